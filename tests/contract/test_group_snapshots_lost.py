"""A group snapshot that is lost, renamed, or would be lost by a plan: what is said, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.core import Core, warnings_of
from support.group_stage import GIB, Members, lose, members
from support.rest_console import Console
from support.simulated import World

Manage = Callable[..., Core]
DS8K = pytest.mark.parametrize("family", ["ds8k"])


def config(group: Members, **more: Any) -> dict[str, Any]:
    """Return a configuration of a group snapshot of all members."""
    return {"consistency_group_id": group.group_id, "name": "monday", "volume_ids": group.ids, **more}


def state_of(core: Core) -> dict[str, Any]:
    """Return what the state holds."""
    assert core.instance is not None
    return dict(core.instance.state)


@pytest.fixture
def console(array: World) -> Iterator[Console]:
    """Return somebody else's client of a DS8000."""
    opened = Console(array.description, array.control)
    opened.sign_in()
    yield opened
    opened.close()


@DS8K
def test_a_lost_one_never_names_what_uses_a_volume_that_was_given_its_id(
    array: World, manage_group_snapshot: Manage, console: Console
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    lose(group, state_of(core))
    (target, *_) = sorted(state_of(core)["snapshot_ids"].values())
    pool = array.driver.get_volume(target).pool_id
    array.driver.delete_volume(volume_id=target)
    foreign = array.driver.create_volume(name="foreign", pool=pool, size_bytes=GIB, lss=target[:2])
    assert foreign.id == target
    console.ask("POST", "/hosts", {"name": "theirs", "hosttype": "LinuxRHEL"})
    console.ask("POST", "/hosts/theirs/mappings", {"volumes": [foreign.id]})
    core.refresh()
    assert not any("theirs" in one for one in warnings_of(core.plan(None).diagnostics))
    core.run(None)
    assert array.driver.find_volume(foreign.id) is not None
