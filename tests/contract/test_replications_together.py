"""Many replications at once, and volumes that join a mirrored group as soon as they can."""

from __future__ import annotations

from collections.abc import Iterator
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

SHORT = dict.fromkeys(("create", "read", "update", "delete"), "2s")


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db") as found:
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
