"""Many replications at once, and volumes that join a mirrored group as soon as they can."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from support.core import Rejected, state_of
from support.linked import Linked, linked
from support.paired import pair
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.resources import (
    ConsistencyGroupMemberResource,
    ReplicationResource,
    VolumeResource,
)

MODES: dict[Family, str] = {"xiv": "sync", "ds8k": "metro_mirror"}
FACTS = ("xiv_mirror", "xiv_unknown_mirror", "pprc_")
EVENTS = {"xiv_mirror_acknowledgements_lost"}
SHORT = dict.fromkeys(("create", "read", "update", "delete"), "2s")


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db", time_scale=20) as found:
        yield found


def test_a_refresh_of_more_replications_asks_no_more_of_either_array(arrays: Linked) -> None:
    ids = [arrays.volume().id for _ in range(7)]
    for own_id in ids:
        found = arrays.driver.find_volume(own_id)
        assert found is not None
        pair(arrays, found)

    def calls(number: int) -> int:
        driver = arrays.another_driver()
        try:
            cores = []
            for own_id in ids[:number]:
                for kind in (VolumeResource, ReplicationResource):
                    cores.append(keeper(arrays, kind, driver=driver))
                    cores[-1].import_object(own_id)
            driver.forget_recent()
            arrays.forget_calls()
            for core in cores:
                core.begin = lambda: None
                core.refresh()
            return sum(arrays.calls("home").values()) + sum(arrays.calls("remote").values())
        finally:
            driver.close()

    assert calls(7) == calls(4)


def test_a_replication_lives_with_every_switch_in_the_other_position(arrays: Linked) -> None:
    """Set up, refreshed, read with home silent, and ended; what a change of mode does is tested below the resource."""
    switches = import_module(f"terraform_provider_xivds8k.simulators.{arrays.family}.switches").SWITCHES
    mine = [one for one in switches if one.name.startswith(FACTS) and one.name not in EVENTS]
    assert len(mine) > 10
    for switch in mine:
        arrays.turn(switch.name, on=not switch.default)
        core = keeper(arrays, ReplicationResource)
        config = {"volume_id": arrays.volume().id, "mode": MODES[arrays.family], "remote_on_delete": "delete"}
        core.run({**config, "wait_for_sync": True})
        before = dict(state_of(core))
        for state in ("up", "refuse"):
            arrays.set_state("home", state)
            core.refresh()
            assert state_of(core) == before, switch.name
            assert core.plan({**config, "wait_for_sync": True}).action == "no-op", switch.name
        arrays.set_state("home", "up")
        arrays.driver.forget_recent()
        core.run(None)
        assert arrays.driver.remote.find_volume(before["remote_volume_id"]) is None, switch.name
        arrays.turn(switch.name, on=switch.default)


@pytest.fixture
def group(arrays: Linked) -> dict[str, Any]:
    """Return the configuration of a member-to-be: a mirrored group, and a volume whose first copy is not complete."""
    arrays.driver.create_consistencygroup(name="together", pool=arrays.pool)
    arrays.driver.enable_replication(consistency_group_id="together", mode="sync", wait_for_sync=True)
    return {"consistency_group_id": "together", "volume_id": arrays.volume("first").id}


@pytest.mark.parametrize("family", ["xiv"])
def test_a_member_waits_until_its_volume_can_join_the_mirrored_group(arrays: Linked, group: dict[str, Any]) -> None:
    replication = keeper(arrays, ReplicationResource)
    replication.run({"volume_id": group["volume_id"], "mode": "sync"})
    member = keeper(arrays, ConsistencyGroupMemberResource)
    member.run(group)
    member.refresh()
    assert member.plan(group).action == "no-op"
    assert state_of(member)["id"] == f"together/{group['volume_id']}"
    found = arrays.driver.find_replication("together")
    assert found is not None
    assert [one.id for one in found.members] == [group["volume_id"]]


@pytest.mark.parametrize("family", ["xiv"])
def test_a_member_whose_volume_is_not_in_step_in_time_is_refused_and_stays_out(
    arrays: Linked, group: dict[str, Any]
) -> None:
    keeper(arrays, ReplicationResource).run({"volume_id": group["volume_id"], "mode": "sync", "wait_for_sync": True})
    arrays.set_link("down")
    member = keeper(arrays, ConsistencyGroupMemberResource)
    with pytest.raises(Rejected, match="in step"):
        member.run({**group, "timeouts": SHORT})
    assert member.instance is None
    volume = arrays.driver.find_volume(group["volume_id"])
    assert volume is not None
    assert volume.group is None


@pytest.mark.parametrize("family", ["xiv"])
def test_a_member_whose_volume_is_not_replicated_is_refused(arrays: Linked, group: dict[str, Any]) -> None:
    member = keeper(arrays, ConsistencyGroupMemberResource)
    with pytest.raises(Rejected):
        member.run(group)
    assert member.instance is None
