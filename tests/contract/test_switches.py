"""What no source confirms: a volume's whole life goes well whichever way each unconfirmed fact turns out."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from support.replication_switches import FLIPPED as PAIRS_FLIPPED
from support.replication_switches import OTHERWISE, PREFIXES, TURNED
from support.simulated import World
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    BadCredentials,
    DriverError,
    HeldGroupSnapshot,
    InUse,
    NoSpace,
    NotFound,
    Secret,
    Unsupported,
    Volume,
)
from terraform_provider_xivds8k.simulators.ds8k.switches import SWITCHES as DS8K_SWITCHES
from terraform_provider_xivds8k.simulators.xiv.switches import SWITCHES as XIV_SWITCHES

GIB = 2**30
SIZE = 17 * GIB
ODD_BYTES = 10_000_000_512
PORTS = ("10000000C9000001", "10000000C9000002", "10000000C9000003")
IQN = "iqn.1994-05.com.example:Host1"
FLIPPED = [
    (switch.family, switch.name, not switch.default)
    for switch in (*XIV_SWITCHES, *DS8K_SWITCHES)
    if not switch.name.startswith(tuple(PREFIXES.values()))  # nothing is mirrored here
]


@pytest.fixture(params=FLIPPED, ids=[f"{name}-{'on' if on else 'off'}" for _, name, on in FLIPPED])
def switch(request: pytest.FixtureRequest) -> tuple[str, str, bool]:
    """Return each unconfirmed fact the other way round than by default."""
    found: tuple[str, str, bool] = request.param
    return found


@pytest.fixture
def family(switch: tuple[str, str, bool]) -> str:
    """Return the family the switch belongs to."""
    return switch[0]


@pytest.fixture
def odd_array(array: World, switch: tuple[str, str, bool]) -> World:
    """Return an array on which one fact is turned round before anything is asked of it."""
    _, name, on = switch
    array.ask("POST", "/switches", {"array": array.name, "name": name, "on": on})
    return array


def test_a_volume_lives_through_every_operation(odd_array: World) -> None:
    driver, (first, second) = odd_array.driver, odd_array.pools()
    made = driver.create_volume(name=odd_array.new_name(), pool=first.id, size_bytes=ODD_BYTES, deadline=20)
    assert ODD_BYTES <= made.size_bytes < ODD_BYTES + first.extent_bytes
    assert driver.find_volume(made.id) == made
    assert made.id in {volume.id for volume in driver.list_volumes()}
    with pytest.raises(AlreadyExists):
        driver.create_volume(name=made.name, pool=first.id, size_bytes=GIB)
    renamed = driver.rename_volume(volume_id=made.id, new_name=odd_array.new_name(), deadline=20)
    grown = driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB, expected_name=renamed.name, deadline=20)
    assert (grown.id, grown.wwn, grown.name) == (made.id, made.wwn, renamed.name)
    assert grown.size_bytes >= 40 * GIB
    assert driver.migrate_volume(volume_id=made.id, pool=second.id, deadline=20).pool_id == second.id
    driver.delete_volume(volume_id=made.id, expected_name=renamed.name, deadline=20)
    assert driver.find_volume(made.id) is None


def test_nothing_is_made_twice_or_called_gone_when_answers_are_lost(
    odd_array: World, create_command: str, delete_command: str
) -> None:
    driver, (pool, _) = odd_array.driver, odd_array.pools()
    odd_array.fail(create_command, "drop_after")
    made = driver.create_volume(name=odd_array.new_name(), pool=pool.id, size_bytes=GIB, deadline=20)
    assert odd_array.calls()[create_command] == 1
    assert [volume.id for volume in driver.find_volumes_by_name(made.name)] == [made.id]
    odd_array.fail(delete_command, "drop_after")
    driver.delete_volume(volume_id=made.id, expected_name=made.name, deadline=20)
    assert driver.find_volume(made.id) is None


def test_refusals_keep_their_kind(odd_array: World) -> None:
    driver, (pool, _) = odd_array.driver, odd_array.pools()
    with pytest.raises(NotFound):
        driver.create_volume(name=odd_array.new_name(), pool="nowhere", size_bytes=GIB)
    size = (pool.virtual_free_bytes or pool.free_bytes) // 512 * 512 + 64 * GIB
    with pytest.raises(NoSpace):
        driver.create_volume(name=odd_array.new_name(), pool=pool.id, size_bytes=size, deadline=20)
    connection = odd_array.settings.connection
    wrong = odd_array.another_driver(
        connection=type(connection)(
            endpoints=connection.endpoints,
            username=connection.username,
            password=Secret("not-the-password"),
            ca_pem=connection.ca_pem,
        )
    )
    try:
        with pytest.raises(BadCredentials):
            wrong.list_pools()
    finally:
        wrong.close()


def test_a_volume_s_copies_live_through_every_operation(odd_array: World, switch: tuple[str, str, bool]) -> None:
    """A snapshot, a clone of the volume, one of the snapshot where the array makes it, and back to the snapshot."""
    driver, pool = odd_array.driver, odd_array.pools()[0].id
    volume = driver.create_volume(name=odd_array.new_name(), pool=pool, size_bytes=SIZE, deadline=20)
    _write(odd_array, volume, "then")
    taken = driver.create_snapshot(volume_id=volume.id, name=odd_array.new_name(), deadline=20)
    _write(odd_array, volume, "since")
    found = driver.find_snapshot(taken.id, volume.id)
    assert found is not None
    assert (found.lost, found.name, found.volume_id) == (None, taken.name, volume.id)
    assert found.id in {one.id for one in driver.list_snapshots()}
    name = odd_array.new_name()
    clone = driver.create_cloned_volume(volume_id=volume.id, name=name, pool=pool, size_bytes=2 * SIZE, deadline=30)
    assert _labels(odd_array, clone) == ["then", "since"]
    assert clone.size_bytes >= 2 * SIZE
    driver.delete_volume(volume_id=clone.id, deadline=20)
    chains = odd_array.family == "xiv" or switch[1] == "flashcopy_from_target_refused"
    name = odd_array.new_name()
    with nullcontext() if chains else pytest.raises(Unsupported):
        copy = driver.create_volume_from_snapshot(snapshot_id=taken.id, name=name, pool=pool, deadline=30)
        assert _labels(odd_array, copy) == ["then"]
        driver.delete_volume(volume_id=copy.id, deadline=20)
    assert driver.find_volumes_by_name(name) == ()
    driver.revert_to_snapshot(snapshot_id=taken.id, volume_id=volume.id, deadline=30)
    assert _labels(odd_array, volume) == ["then"]
    for one in driver.list_snapshots():
        driver.delete_snapshot(snapshot_id=one.id, volume_id=one.volume_id, deadline=20)
    assert driver.list_snapshots() == ()


def test_a_group_and_its_snapshots_live_through_every_operation(odd_array: World) -> None:
    driver, pool = odd_array.driver, odd_array.pools()[0].id
    lss: dict[str, Any] = {"lss": "10"} if odd_array.family == "ds8k" else {}  # one that holds nothing else
    volumes = [
        driver.create_volume(name=odd_array.new_name(), pool=pool, size_bytes=SIZE, deadline=20, **lss)
        for _ in range(2)
    ]
    ids = tuple(one.id for one in volumes)
    more: dict[str, Any] = {"pool": pool} if odd_array.family == "xiv" else {}
    group = driver.create_consistencygroup(name=odd_array.new_name(), deadline=20, **more)
    driver.update_consistencygroup(group_id=group.id, add=ids, deadline=20)
    for one in volumes:
        _write(odd_array, one, "then")
    names = {volume_id: odd_array.new_name() for volume_id in ids}
    copied = driver.create_consistencygroup_from_src(
        name=odd_array.new_name(), source_group_id=group.id, volumes=names, deadline=30
    )
    assert copied.left == ()
    assert [(one.name, _labels(odd_array, one)) for one in copied.volumes] == [
        (one, ["then"]) for one in names.values()
    ]
    taken = driver.create_cgsnapshot(group_id=group.id, name=odd_array.new_name(), volume_ids=ids, deadline=30)
    for one in volumes:
        _write(odd_array, one, "since")
    found = driver.find_cgsnapshot(taken.id)
    assert found is not None
    assert {one.volume_id for one in found.snapshots} == set(ids)
    driver.revert_to_cgsnapshot(cgsnapshot_id=taken.id, deadline=30)
    assert [_labels(odd_array, one) for one in volumes] == [["then"], ["then"]]
    again = driver.create_cgsnapshot(group_id=group.id, name=odd_array.new_name(), volume_ids=ids, deadline=30)
    held = HeldGroupSnapshot(
        id=again.id, name=again.name, snapshot_ids={one.volume_id: one.id for one in again.snapshots},
        created_at=again.created_at,
    )  # fmt: skip
    assert driver.delete_cgsnapshot(held, deadline=30) == ()
    assert driver.find_cgsnapshot(again.id) is None
    if odd_array.family == "xiv":
        with pytest.raises(InUse):
            driver.delete_consistencygroup(group_id=group.id, deadline=20)
    driver.update_consistencygroup(group_id=group.id, remove=ids, deadline=20)


def test_a_host_lives_through_every_operation(odd_array: World, switch: tuple[str, str, bool]) -> None:
    """With ports, a port of its own that is given again, another host's that is not, a mapping, a cluster, CHAP."""
    driver, pool = odd_array.driver, odd_array.pools()[0].id
    other_type = {"xiv": "hpux", "ds8k": "iSeries"}[odd_array.family]
    host = driver.create_host(name=odd_array.new_name(), wwpns=(PORTS[0],), deadline=20)
    other = driver.create_host(name=odd_array.new_name(), wwpns=(PORTS[1],), deadline=20)
    for port in PORTS:
        odd_array.ask("POST", "/logins", {"array": odd_array.name, "port": port, "state": "in"})
    assert {port.address for port in driver.list_host_ports() if port.logged_in} >= set(PORTS[:2])
    odd_array.fail({"xiv": "host_add_port", "ds8k": "POST /host_ports/assign"}[odd_array.family], "drop_after")
    host = driver.update_host(host.id, name=odd_array.new_name(), wwpns=(PORTS[0], PORTS[2]), deadline=20)
    with pytest.raises(InUse):
        driver.update_host(host.id, wwpns=(PORTS[1],), deadline=20)
    assert [driver.find_host(one.id) for one in (host, other)] == [host, other]
    volume = driver.create_volume(name=odd_array.new_name(), pool=pool, size_bytes=SIZE, deadline=20)
    driver.initialize_connection(volume_id=volume.id, host_id=host.id, deadline=20)
    with pytest.raises(InUse):
        driver.update_host(host.id, type=other_type, deadline=20)
    with pytest.raises(InUse):
        driver.delete_host(host.id, deadline=20)
    driver.terminate_connection(volume_id=volume.id, host_id=host.id, deadline=20)
    assert driver.update_host(host.id, type=other_type, deadline=20).type == other_type
    if odd_array.family == "xiv":
        secret = Secret("a-secret-of-16-b")
        driver.update_host(host.id, cluster="c1", chap_name="u", chap_secret=secret, iqns=(IQN,), deadline=20)
        with nullcontext() if switch[1] != "xiv_chap_cleared_by_empty" else pytest.raises(DriverError):
            assert driver.update_host(host.id, chap_name="", iqns=(), deadline=20).iqns == ()
    driver.delete_host(host.id, expected_name=host.name, deadline=20)
    driver.delete_host(other.id, deadline=20)
    assert driver.list_hosts() == ()


def test_what_is_unconfirmed_of_pairs_is_met_by_the_flows_of_replication() -> None:
    """By all of them in the sweep of faults; what some flows are refused for, by tests that name it."""
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    for family, flipped in PAIRS_FLIPPED.items():
        turned = {name for some in TURNED[family] for name in some}
        assert {name for name, _ in flipped} == turned | {one for one in OTHERWISE if one.startswith(PREFIXES[family])}
    assert [name for name in OTHERWISE if f'"{name}"' not in tests] == []


def _write(array: World, volume: Volume, label: str) -> None:
    called = volume.name if array.family == "xiv" else volume.id
    array.ask("POST", "/io", {"array": array.name, "volume": called, "write": label})


def _labels(array: World, volume: Volume) -> list[str]:
    called = volume.name if array.family == "xiv" else volume.id
    return list(array.ask("GET", f"/io?array={array.name}&volume={called}"))
