"""The XIV array module against the simulated array: exact sizes, names that moved on, users in words, classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from support.simulated import World
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    Connection,
    DriverError,
    InDoubt,
    InUse,
    NoSpace,
    NotFound,
    Pool,
    Refused,
    Secret,
    Settings,
    Unsupported,
    Volume,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.driver.array import VolumeOrder
from terraform_provider_xivds8k.driver.waiting import Budget, NoStop
from terraform_provider_xivds8k.driver.xiv import XIVArray
from terraform_provider_xivds8k.driver.xiv.client import Client
from terraform_provider_xivds8k.simulators import start

GIB = 2**30
EXACT_BYTES = 10_000_000_512
UNIT_BYTES = 16 * GIB

_numbers = count(1)


@dataclass(frozen=True)
class Xiv:
    """Hold a simulated XIV, the array module on it, and a client for what the module cannot do yet."""

    world: World
    array: XIVArray
    client: Client

    @property
    def pools(self) -> tuple[Pool, ...]:
        """Return its pools."""
        return self.array.pools(Budget(10))

    def order(self, size_bytes: int = GIB, **changes: Any) -> VolumeOrder:
        """Return an order for a volume of a new name."""
        return replace(
            VolumeOrder(name=f"vol{next(_numbers):04d}", pool=self.pools[0], size_bytes=size_bytes), **changes
        )

    def made(self, size_bytes: int = GIB) -> Volume:
        """Return a new volume."""
        return self.array.volumes.create(self.order(size_bytes), Budget(10))

    def run(self, command: str, **arguments: str | int) -> None:
        """Run any command that changes something."""
        self.client.write(command, Budget(10), sure=True, **arguments)

    def switch(self, name: str, *, on: bool) -> None:
        """Put a switch of the simulator in a position."""
        self.world.ask("POST", "/switches", {"array": self.world.name, "name": name, "on": on})

    def now(self, volume: Volume) -> Volume:
        """Return the volume as it is now."""
        found = self.array.volumes.find(volume.id, Budget(10))
        assert found is not None
        return found


@pytest.fixture
def xiv(tmp_path: Path) -> Iterator[Xiv]:
    """Return a fresh XIV."""
    with start(tmp_path / "simulator.db", xiv=["127.0.0.1:0"], control="127.0.0.1:0") as simulation:
        described = simulation.arrays[0]
        connection = Connection(
            endpoints=tuple(described["endpoints"]),
            username=described["username"],
            password=Secret(described["password"]),
            ca_pem=simulation.ca_pem,
        )
        settings = Settings(family="xiv", connection=connection, request_timeout_s=5)
        array, client, driver = XIVArray(settings, NoStop()), Client(settings), XIVDS8KDriver(settings)
        yield Xiv(World("xiv", described, simulation, settings, driver), array, client)
        for one in (array, client, driver):
            one.close()


@pytest.mark.parametrize("rounded", [False, True])
def test_a_volume_has_exactly_the_bytes_asked_for_unless_the_array_rounds_up(xiv: Xiv, rounded: bool) -> None:
    xiv.switch("xiv_size_blocks_rounded", on=rounded)
    made = xiv.made(EXACT_BYTES)
    assert made.size_bytes == (UNIT_BYTES if rounded else EXACT_BYTES)
    assert made == xiv.now(made)


@pytest.mark.parametrize("rounded", [False, True])
def test_a_volume_grows_to_the_byte(xiv: Xiv, rounded: bool) -> None:
    xiv.switch("xiv_size_blocks_rounded", on=rounded)
    made = xiv.made(GIB)
    xiv.array.volumes.resize(made, UNIT_BYTES + 512, Budget(10))
    assert xiv.now(made).size_bytes == (2 * UNIT_BYTES if rounded else UNIT_BYTES + 512)


def test_a_volume_is_not_shrunk(xiv: Xiv) -> None:
    made = xiv.made(2 * GIB)
    with pytest.raises(Refused) as caught:
        xiv.array.volumes.resize(made, GIB, Budget(10))
    assert caught.value.attribute == "size_bytes"
    assert xiv.now(made).size_bytes == 2 * GIB
    assert "vol_resize" not in xiv.world.calls()


@pytest.mark.parametrize("upper", [False, True])
def test_a_volume_is_found_by_its_wwn_in_any_case(xiv: Xiv, upper: bool) -> None:
    xiv.switch("xiv_wwn_upper_case", on=upper)
    made = xiv.made()
    assert made.id == made.wwn == made.wwn.lower()
    assert xiv.array.volumes.find(made.id.upper(), Budget(10)) == made
    assert xiv.array.volumes.by_wwn(made.id.upper(), Budget(10)) == made


def test_what_is_not_there_is_found_by_no_way(xiv: Xiv) -> None:
    volumes = xiv.array.volumes
    assert volumes.find("0017380000000000", Budget(10)) is None
    assert volumes.by_wwn("6005076308ffc2b40000000000000a01", Budget(10)) is None
    assert volumes.named("nothing", Budget(10)) == ()
    with pytest.raises(Refused, match="16 hex digits"):
        volumes.find("0A01", Budget(10))


def test_a_rename_keeps_the_wwn(xiv: Xiv) -> None:
    made = xiv.made()
    xiv.array.volumes.rename(made, "other name", Budget(10))
    assert xiv.now(made).name == "other name"
    assert xiv.array.volumes.named(made.name, Budget(10)) == ()


def test_a_move_keeps_the_wwn(xiv: Xiv) -> None:
    made = xiv.made()
    xiv.array.volumes.move(made, xiv.pools[1], Budget(10))
    moved = xiv.now(made)
    assert (moved.pool_id, moved.pool_name) == (xiv.pools[1].id, xiv.pools[1].name)


def test_a_deleted_volume_is_gone_and_not_there_to_delete(xiv: Xiv) -> None:
    made = xiv.made()
    xiv.array.volumes.delete(made, Budget(10))
    assert xiv.array.volumes.find(made.id, Budget(10)) is None
    with pytest.raises(NotFound):
        xiv.array.volumes.delete(made, Budget(10))


def test_another_volume_under_the_name_is_never_changed(xiv: Xiv) -> None:
    made, volumes = xiv.made(), xiv.array.volumes
    xiv.run("vol_rename", vol=made.name, new_name="moved on")
    other = volumes.create(xiv.order(name=made.name), Budget(10))
    before = xiv.world.calls()
    with pytest.raises(Refused, match="renamed meanwhile"):
        volumes.delete(made, Budget(10))
    with pytest.raises(Refused, match="renamed meanwhile"):
        volumes.resize(made, 5 * GIB, Budget(10))
    with pytest.raises(Refused, match="renamed meanwhile"):
        volumes.move(made, xiv.pools[1], Budget(10))
    with pytest.raises(Refused, match="renamed meanwhile"):
        volumes.rename(made, "third", Budget(10))
    assert xiv.array.qos is not None
    with pytest.raises(Refused, match="renamed meanwhile"):
        xiv.array.qos.assign(made, "gold", Budget(10))
    after = xiv.world.calls()
    assert {name: times for name, times in after.items() if times != before.get(name)}.keys() <= {
        "vol_list",
        "pool_list",
    }
    assert xiv.now(other) == other


def test_a_name_that_is_taken_and_a_pool_that_is_full_are_told_apart(xiv: Xiv) -> None:
    made = xiv.made()
    with pytest.raises(AlreadyExists) as taken:
        xiv.array.volumes.create(xiv.order(name=made.name), Budget(10))
    assert taken.value.attribute == "name"
    small = xiv.pools[1]
    with pytest.raises(NoSpace) as full:
        xiv.array.volumes.create(xiv.order((small.virtual_total_bytes or 0) + UNIT_BYTES, pool=small), Budget(10))
    assert full.value.attribute == "pool"
    with pytest.raises(NotFound) as missing:
        xiv.array.volumes.create(xiv.order(pool=replace(small, name="nowhere")), Budget(10))
    assert missing.value.attribute == "pool"


@pytest.mark.parametrize("action", ["drop_after", "half", "garbage", "wrong_id", "huge"])
def test_a_creation_whose_answer_is_lost_is_in_doubt_and_settles(xiv: Xiv, action: str) -> None:
    order = xiv.order(EXACT_BYTES)
    xiv.world.fail("vol_create", action)
    with pytest.raises(InDoubt):
        xiv.array.volumes.create(order, Budget(20))
    settled = xiv.array.volumes.settled(order, Budget(10))
    assert settled is not None
    assert (settled.name, settled.size_bytes) == (order.name, EXACT_BYTES)
    assert xiv.world.calls()["vol_create"] == 1


def test_a_creation_that_did_not_happen_does_not_settle(xiv: Xiv) -> None:
    order = xiv.order()
    xiv.world.fail("vol_create", "drop_before")
    with pytest.raises(InDoubt):
        xiv.array.volumes.create(order, Budget(20))
    assert xiv.array.volumes.settled(order, Budget(10)) is None


def test_another_volume_of_the_name_is_never_taken_for_the_one_in_doubt(xiv: Xiv) -> None:
    order = xiv.order(GIB)
    made = xiv.array.volumes.create(order, Budget(10))
    settled = xiv.array.volumes.settled
    assert settled(order, Budget(10)) == made
    for other in (
        replace(order, size_bytes=2 * GIB),
        replace(order, pool=xiv.pools[1]),
        replace(order, pool=replace(order.pool, extent_bytes=512), size_bytes=GIB - 512),
    ):
        assert settled(other, Budget(10)) is None
    xiv.run("snapshot_create", vol=made.name, name="point")
    assert settled(replace(order, name="point"), Budget(10)) is None


def test_users_are_named_in_words(xiv: Xiv) -> None:
    made = xiv.made()
    assert not xiv.array.volumes.users(made, Budget(10))
    assert made.provably_unwritten
    xiv.run("host_define", host="h1")
    xiv.run("map_vol", host="h1", vol=made.name, lun=3)
    xiv.run("snapshot_create", vol=made.name, name="point")
    xiv.run("cg_create", cg="cg1", pool=made.pool_name)
    xiv.run("cg_add_vol", cg="cg1", vol=made.name)
    users = xiv.array.volumes.users(xiv.now(made), Budget(10))
    assert users.everything == ("mapped to host h1 as LUN 3", "snapshot point", "consistency group cg1")
    with pytest.raises(InUse):
        xiv.array.volumes.delete(made, Budget(10))


def test_a_written_volume_is_not_provably_unwritten(xiv: Xiv) -> None:
    made = xiv.made()
    xiv.world.ask("POST", "/io", {"array": xiv.world.name, "volume": made.name, "write": "a"})
    now = xiv.now(made)
    assert not now.provably_unwritten
    assert now.allocated_bytes


@pytest.mark.parametrize("how_many", [2, 6])
def test_details_say_what_is_mapped_one_by_one_or_in_one_listing(xiv: Xiv, how_many: int) -> None:
    made = tuple(xiv.made() for _ in range(how_many))
    xiv.run("host_define", host="h1")
    xiv.run("map_vol", host="h1", vol=made[1].name, lun=7)
    detailed = xiv.array.volumes.detailed(made, Budget(10))
    assert [volume.id for volume in detailed] == [volume.id for volume in made]
    assert [volume.mapped for volume in detailed] == [position == 1 for position in range(how_many)]
    assert xiv.world.calls().get("vol_mapping_list", 0) == (how_many if how_many <= 3 else 0)


def test_volumes_are_found_by_a_host_and_by_its_cluster(xiv: Xiv) -> None:
    alone, shared, other = xiv.made(), xiv.made(), xiv.made()
    xiv.run("host_define", host="h1")
    xiv.run("map_vol", host="h1", vol=alone.name, lun=1)
    xiv.run("cluster_create", cluster="c1")
    xiv.run("host_define", host="h2", cluster="c1")
    xiv.run("map_vol", cluster="c1", vol=shared.name, lun=1)
    mapped_to = xiv.array.volumes.mapped_to
    assert mapped_to("h1", Budget(10)) == {alone.id}
    assert mapped_to("h2", Budget(10)) == {shared.id}
    assert other.id not in mapped_to("h2", Budget(10))
    with pytest.raises(NotFound) as caught:
        mapped_to("h3", Budget(10))
    assert caught.value.attribute == "host"


def test_a_listing_holds_the_pools_asked_for_with_snapshots_by_id(xiv: Xiv) -> None:
    first = xiv.made()
    second = xiv.array.volumes.create(xiv.order(pool=xiv.pools[1]), Budget(10))
    xiv.run("snapshot_create", vol=first.name, name="point")
    listing = xiv.array.volumes.listing
    everything = listing(xiv.pools, Budget(10))
    assert {volume.name for volume in everything} == {first.name, second.name, "point"}
    assert [volume.id for volume in everything] == sorted(volume.id for volume in everything)
    assert [volume.name for volume in listing(xiv.pools[1:], Budget(10))] == [second.name]
    (point,) = xiv.array.volumes.named("point", Budget(10))
    assert point.snapshot_of == first.name
    assert point.is_snapshot


def test_a_volume_goes_into_a_class_to_another_and_out_again(xiv: Xiv) -> None:
    xiv.run("perf_class_create", perf_class="silver")
    qos, made = xiv.array.qos, xiv.made()
    assert qos is not None
    assert qos.classes(Budget(10)) == ("gold", "silver")
    assert "qos" in xiv.array.system(Budget(10)).abilities
    for wanted in ("gold", "gold", "silver", None, None):
        qos.assign(made, wanted, Budget(10))
        assert xiv.now(made).qos_class == wanted
    with pytest.raises(NotFound) as caught:
        qos.assign(made, "bronze", Budget(10))
    assert caught.value.attribute == "qos_class"


def test_a_release_without_classes_for_volumes_says_so(xiv: Xiv) -> None:
    xiv.switch("xiv_qos_on_volumes", on=False)
    qos, made = xiv.array.qos, xiv.made()
    assert qos is not None
    assert "qos" not in xiv.array.system(Budget(10)).abilities
    with pytest.raises(Unsupported) as caught:
        qos.assign(made, "gold", Budget(10))
    assert caught.value.attribute == "qos_class"


def test_the_array_says_who_it_is_as_the_simulation_does(xiv: Xiv) -> None:
    system = xiv.array.system(Budget(10))
    assert system.system_id == xiv.world.description["system_id"]
    assert system.serial in system.system_id
    assert {port.kind for port in system.ports} == {"fc", "iscsi"}
    assert all(port.online for port in system.ports)
    assert system.total_bytes is not None
    assert system.free_bytes is not None
    assert system.total_bytes > system.free_bytes > 0
    assert xiv.made().system_id == system.system_id


@pytest.mark.parametrize("a9000", [False, True])
def test_pools_of_both_kinds_of_rows_add_up(xiv: Xiv, a9000: bool) -> None:
    xiv.switch("xiv_is_a9000", on=a9000)
    before = xiv.pools[0]
    made = xiv.made(64 * GIB)
    after = xiv.pools[0]
    assert made.pool_id == after.id
    assert after.extent_bytes == (GIB if a9000 else UNIT_BYTES)
    assert after.thin_ratio == (Decimal(64 * GIB) / after.total_bytes).quantize(Decimal("0.0001"))
    if a9000:
        assert after.virtual_total_bytes is None
        assert before.free_bytes - after.free_bytes == 64 * GIB
    else:
        assert (before.virtual_free_bytes or 0) - (after.virtual_free_bytes or 0) == 64 * GIB


def test_both_cases_of_names_work(xiv: Xiv) -> None:
    xiv.switch("xiv_names_case_sensitive", on=True)
    lower = xiv.array.volumes.create(xiv.order(name="db"), Budget(10))
    upper = xiv.array.volumes.create(xiv.order(name="DB"), Budget(10))
    assert xiv.array.volumes.named("db", Budget(10)) == (lower,)
    xiv.array.volumes.delete(lower, Budget(10))
    assert xiv.now(upper) == upper


@pytest.mark.parametrize("state", ["refuse", "hang"])
def test_an_array_that_is_away_is_an_error_and_never_gone(xiv: Xiv, state: str) -> None:
    made = xiv.made()
    xiv.array.close()
    settings = replace(xiv.world.settings, request_timeout_s=0.4)
    away = XIVArray(settings, NoStop())
    xiv.world.ask("POST", f"/arrays/{xiv.world.name}", {"state": state})
    try:
        with pytest.raises(DriverError, match=xiv.world.description["endpoints"][0]):
            away.volumes.find(made.id, Budget(10))
        xiv.world.ask("POST", f"/arrays/{xiv.world.name}", {"state": "up"})
        assert away.volumes.find(made.id, Budget(10)) == made
    finally:
        away.close()
