"""Each call that sets a replication up or ends it is broken in turn: the next run comes to the end, nothing is lost.

Behind the stand-in for Terraform core, on linked arrays of both families.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of
from support.linked import Linked, linked
from support.resource_keeping import keeper
from support.sweep_parts import Call
from terraform_provider_xivds8k.driver import Family, Side, Volume
from terraform_provider_xivds8k.driver.objects import Provisioning
from terraform_provider_xivds8k.resources import ReplicationResource

MODES: dict[Family, str] = {"xiv": "sync", "ds8k": "metro_mirror"}
SIDES: tuple[Side, ...] = ("home", "remote")
WAYS = ("drop_before", "drop_after")


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db", request_timeout_s=2, time_scale=20) as found:
        yield found


def configured(arrays: Linked, volume: Volume) -> dict[str, Any]:
    """Return the configuration of a copy of a volume that goes with its pair."""
    return {"volume_id": volume.id, "mode": MODES[arrays.family], "remote_on_delete": "delete"}


def writes(arrays: Linked) -> list[tuple[Side, str, int]]:
    """Return what was changed since counting began: side, command, and the how-manieth call of it."""
    return [
        (side, command, number)
        for side in SIDES
        for command, count in arrays.calls(side).items()
        if Call(command, 1).is_write and not command.startswith("POST /tokens")
        for number in range(1, count + 1)
    ]


def settle(arrays: Linked, core: Core, config: dict[str, Any] | None) -> None:
    """Run until nothing is refused any more, as a user does who is told what to do; three times at most."""
    arrays.ask("DELETE", "/faults")
    for _ in range(3):
        core.refresh()
        if core.instance is None and config is None:
            return
        try:
            core.run(config)
        except Rejected:
            continue
        return
    core.run(config)


def is_whole(arrays: Linked, core: Core, volume: Volume) -> None:
    """Make sure that the volume has its one copy, and that nothing is left to do."""
    config = configured(arrays, volume)
    core.refresh()
    assert core.plan(config).action == "no-op"
    assert state_of(core)["id"] == volume.id
    copies = [one for one in arrays.driver.remote.list_volumes() if one.name.startswith(volume.name)]
    assert [one.id for one in copies] == [state_of(core)["remote_volume_id"]]
    assert arrays.read("home", volume.id) == ["first"]


@pytest.mark.parametrize("how", WAYS)
def test_setting_up_comes_to_its_end_whichever_answer_is_lost(arrays: Linked, how: str) -> None:
    volume, core = arrays.volume("first"), keeper(arrays, ReplicationResource)
    arrays.forget_calls()
    core.run(configured(arrays, volume))
    broken = writes(arrays)
    assert broken
    for side, command, number in broken:
        volume, core = arrays.volume("first"), keeper(arrays, ReplicationResource)
        arrays.fail(side, command, how, nth=number)
        try:
            core.run(configured(arrays, volume))
        except Rejected:
            if core.instance is None:
                assert arrays.driver.find_replication(volume.id) is None, (side, command, number)
            settle(arrays, core, configured(arrays, volume))
        is_whole(arrays, core, volume)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("remaining", ["keep", "delete"])
def test_ending_comes_to_its_end_whichever_answer_is_lost(arrays: Linked, how: str, remaining: str) -> None:
    def kept() -> tuple[Core, Volume, str]:
        volume, core = arrays.volume("first"), keeper(arrays, ReplicationResource)
        core.run({**configured(arrays, volume), "wait_for_sync": True, "remote_on_delete": remaining})
        return core, volume, state_of(core)["remote_volume_id"]

    core, volume, remote_id = kept()
    arrays.forget_calls()
    core.run(None)
    broken = writes(arrays)
    assert broken
    for side, command, number in broken:
        core, volume, remote_id = kept()
        arrays.fail(side, command, how, nth=number)
        try:
            core.run(None)
        except Rejected:
            assert core.instance is not None
            settle(arrays, core, None)
        assert core.instance is None
        assert arrays.driver.find_replication(volume.id) is None
        assert arrays.read("home", volume.id) == ["first"]
        if remaining == "delete":
            assert arrays.driver.remote.find_volumes_by_name(volume.name) == (), (side, command, number)
        else:
            arrays.write("remote", remote_id, "after")
            assert arrays.read("remote", remote_id) == ["first", "after"], (side, command, number)


@pytest.mark.parametrize("provisioning", ["thin", "thick"])
@pytest.mark.parametrize("family", ["ds8k"])
def test_a_remote_volume_that_could_not_be_taken_back_stays_in_sight_and_goes_later(
    arrays: Linked, provisioning: Provisioning
) -> None:
    """The pair is refused, and the new volume cannot be deleted again; a thick one never tells that it is empty."""
    volume, core = arrays.volume("first", provisioning=provisioning), keeper(arrays, ReplicationResource)
    arrays.fail("home", "POST /cs/pprcs", "error", code="BE7A0042", times=9)
    arrays.fail("remote", "DELETE /volumes/{id}", "error", code="BE7A0042", times=9)
    with pytest.raises(Rejected) as refused:
        core.run(configured(arrays, volume))
    (left,) = arrays.driver.remote.find_volumes_by_name(volume.name)
    assert left.id in str(refused.value)
    assert core.instance is not None
    assert core.instance.tainted
    assert (state_of(core)["id"], state_of(core)["remote_volume_id"]) == (None, left.id)
    if provisioning == "thick":
        arrays.ask("DELETE", "/faults")
        with pytest.raises(Rejected, match=f"{left.id}.*was left over and is not deleted"):
            core.run(configured(arrays, volume))
        arrays.driver.remote.delete_volume(volume_id=left.id)
    settle(arrays, core, configured(arrays, volume))
    is_whole(arrays, core, volume)
