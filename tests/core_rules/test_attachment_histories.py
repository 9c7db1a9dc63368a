"""Whatever is attached and whatever happens outside: core finds nothing to complain about, and no LUN is doubled."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.core import Core, Rejected
from support.memory_array import GIB, MemoryArray, MemoryDriver
from support.memory_mappings import mapping_of
from support.memory_volume import MemoryWorld
from terraform_provider_xivds8k.driver import Family, HostOrder, InDoubt, Volume
from terraform_provider_xivds8k.driver.attaching import Mapping
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.resources import HostAttachmentResource

SOON = Budget(60)
PORTS = ("10000000C9000001", "10000000C9000002")
IDS: dict[Family, tuple[str, ...]] = {"xiv": ("0017380000fff001", "0017380000fff002"), "ds8k": ("00F1", "00F2")}
THEIRS: dict[Family, str] = {"xiv": "0017380000ffe0%02x", "ds8k": "00E%X"}
FAMILIES: tuple[Family, ...] = ("xiv", "ds8k")


def _filled(array: MemoryArray) -> tuple[list[Volume], list[str]]:
    """Make two volumes, and two hosts with a port each; on an XIV a third is in a cluster."""
    volumes = [array.outside_make(volume_id, GIB) for volume_id in IDS[array.family]]
    hosts = [array.hosts.create(HostOrder(name=f"h{number}"), SOON) for number in range(2)]
    for host_id, port in zip(hosts, PORTS, strict=True):
        array.hosts.add_port(array.hosts.held[host_id], port, "fc", SOON)
    if array.family == "xiv":
        array.hosts.make_cluster("c1", SOON)
        clustered = array.hosts.create(HostOrder(name="clustered"), SOON)
        array.hosts.join(array.hosts.held[clustered], "c1", SOON)
    return volumes, hosts


def _forms(array: MemoryArray, hosts: list[str]) -> list[dict[str, Any]]:
    by_id = [{"host_id": host_id} for host_id in hosts]
    by_port = [{"connector": {"wwpns": [port.lower()], "iqn": None}} for port in PORTS]
    return [*by_id, *by_port, *([{"cluster": "c1"}] if array.family == "xiv" else [])]


def _outside(array: MemoryArray, what: str, lun: int) -> None:
    """Let somebody end every mapping, map again under another LUN, or rename the first host."""
    held = array.mappings.held
    if what == "unmap":
        held.clear()
    elif what == "remap":
        held[:] = [replace(one, lun=one.lun + lun, lun_id=f"{one.lun + lun:02X}") for one in held]
    elif what == "rename":
        first = next(iter(array.hosts.held.values()))
        array.hosts.rename(first, f"{first.name}x", SOON)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_history_plans_repeatably_and_ends_empty(family: Family, data: st.DataObject) -> None:
    """Every plan is applied as planned, or refused in words; afterwards the plan is empty and one LUN is in use."""
    world = MemoryWorld(family)
    volumes, hosts = _filled(world.array)
    core: Core = world.core(HostAttachmentResource)
    for _ in range(data.draw(st.integers(1, 5))):
        wanted = {
            "volume_id": data.draw(st.sampled_from([one.id for one in volumes])),
            "lun": data.draw(st.sampled_from([None, None, 1, 7])),
            **data.draw(st.sampled_from(_forms(world.array, hosts))),
        }
        _outside(world.array, data.draw(st.sampled_from(["", "", "unmap", "remap", "rename"])), 3)
        try:
            core.run(wanted)
        except Rejected:
            continue
        core.refresh()
        again = core.plan(wanted)
        assert again.action == "no-op", again.planned
        assert len(world.array.mappings.held) == 1


class Racer:
    """Map a volume of somebody else's right before the next mapping, under the lowest LUN that is free."""

    def __init__(self, array: MemoryArray) -> None:
        self._array = array
        self._host_id: str | None = None
        self.made: list[Mapping] = []
        array.mappings.on_map = self._race

    def aim(self, host_id: str | None) -> None:
        """Say on which host, None for not at all."""
        self._host_id = host_id

    def _race(self) -> None:
        if self._host_id is None:
            return
        host, self._host_id = self._array.hosts.held[self._host_id], None
        taken = {one.lun for one in self._array.mappings.of_host(host, SOON)}
        volume = self._array.outside_make(THEIRS[self._array.family] % len(self.made), GIB)
        mapping = mapping_of(volume, host, None, next(lun for lun in range(1, 99) if lun not in taken))
        self._array.mappings.held.append(mapping)
        self.made.append(mapping)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_no_lun_is_doubled_and_no_mapping_of_others_is_touched(family: Family, data: st.DataObject) -> None:
    """Whatever answers are lost, and whoever maps right before; a mapping that is told is the one that is there."""
    array = MemoryArray(family)
    (volumes, hosts), driver, racer = _filled(array), MemoryDriver(array), Racer(array)
    held = array.mappings.held
    for _ in range(data.draw(st.integers(1, 6))):
        volume_id, host_id = data.draw(st.sampled_from([one.id for one in volumes])), data.draw(st.sampled_from(hosts))
        array.mappings.loses = data.draw(st.sampled_from(["", "", "before", "after"]))
        racer.aim(host_id if data.draw(st.booleans()) else None)
        told: list[int] = []
        try:
            if data.draw(st.booleans()):
                told = [driver.initialize_connection(volume_id=volume_id, host_id=host_id, deadline=5).lun]
            else:
                driver.terminate_connection(volume_id=volume_id, host_id=host_id, deadline=5)
        except InDoubt:
            assert array.mappings.loses == "before"
        else:
            assert told == [one.lun for one in held if (one.volume_id, one.host_id) == (volume_id, host_id)]
        assert max(Counter((one.host_id, one.lun) for one in held).values(), default=1) == 1
        assert max(Counter((one.host_id, one.volume_id) for one in held).values(), default=1) == 1
        assert [one for one in racer.made if one not in held] == [], "somebody's mapping is gone"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_mapping_that_is_refused_by_an_unknown_code_and_there_is_made(family: Family) -> None:
    array = MemoryArray(family)
    (volumes, hosts), driver = _filled(array), MemoryDriver(array)
    array.mappings.refuses = "BE7A00FF"
    made = driver.initialize_connection(volume_id=volumes[0].id, host_id=hosts[0], new=True, deadline=5)
    assert [(one.volume_id, one.lun) for one in array.mappings.held] == [(volumes[0].id, made.lun)]
    assert array.mappings.sent == 1
