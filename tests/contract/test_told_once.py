"""What a text calls a mirrored group: by its name, which is its id as well, and said once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, state_of
from support.linked import Linked, linked
from support.mirror_lab import Lab
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import NotFound, Scope, Terms, report_lines
from terraform_provider_xivds8k.lifecycle import Diagnostics, Resource
from terraform_provider_xivds8k.resources import (
    ConsistencyGroupMemberResource,
    ConsistencyGroupResource,
    ReplicationResource,
    VolumeResource,
)

PAIR: dict[str, Any] = {"mode": "sync", "remote_pool": "pool1", "wait_for_sync": True}


@pytest.fixture
def arrays(tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked XIVs."""
    with linked("xiv", tmp_path / "simulator.db", time_scale=20) as found:
        yield found


def made(arrays: Linked, kind: type[Resource[Any, Any]], config: dict[str, Any]) -> Core:
    """Have an object made."""
    core = keeper(arrays, kind)
    core.run(config)
    return core


def details(diagnostics: Diagnostics) -> str:
    """Return all that is told below the summaries."""
    return " ".join(one.detail for one in diagnostics.items)


def again(arrays: Linked, stack: ExitStack, kind: type[Resource[Any, Any]], core: Core) -> Core:
    """Return an object behind a new provider process."""
    driver = arrays.another_driver()
    stack.callback(driver.close)
    later = keeper(arrays, kind, driver=driver)
    later.instance = core.instance
    return later


def test_a_group_and_its_member_that_home_does_not_tell_of_are_named_once(arrays: Linked) -> None:
    volume = state_of(made(arrays, VolumeResource, {"name": "v", "pool": "pool1", "size_gib": 1}))["id"]
    group = made(arrays, ConsistencyGroupResource, {"name": "erp", "pool": "pool1"})
    made(arrays, ReplicationResource, {"volume_id": volume, **PAIR})
    pair = made(arrays, ReplicationResource, {"consistency_group_id": "erp", **PAIR})
    member = made(arrays, ConsistencyGroupMemberResource, {"consistency_group_id": "erp", "volume_id": volume})
    planned = details(pair.plan(None).diagnostics)
    assert "The remote group erp stays" in planned
    assert "erp (erp)" not in planned
    arrays.set_state("home", "refuse")
    with ExitStack() as stack:
        of_group = details(again(arrays, stack, ConsistencyGroupResource, group).refresh())
        of_member = details(again(arrays, stack, ConsistencyGroupMemberResource, member).refresh())
    assert "Group erp: the remote array lists its pair" in of_group
    assert f"Member {volume} of consistency group erp: the remote array lists its pair" in of_member


def test_a_report_and_a_refused_id_name_a_group_once(lab: Lab) -> None:
    lab.group("erp", "sync", lab.pair())
    report = lab.driver.failover_host(operation="switch", scope=Scope(group="erp"), terms=Terms(dry_run=True))
    (head, *_) = report_lines(report)
    assert head.startswith("group erp: would be done; ")
    with pytest.raises(NotFound) as caught:
        lab.driver.get_replication_status(["nothing"])
    assert "group erp" in str(caught.value)
    assert "id erp" not in str(caught.value)
