"""A volume in a consistency group whose pool changes: outside it is drift, in the configuration a mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.core import Core, Rejected, warnings_of
from support.simulated import World
from terraform_provider_xivds8k.driver import Family

Manage = Callable[..., Core]
XIV = pytest.mark.parametrize("family", ["xiv"])


def state(core: Core) -> dict[str, Any]:
    """Return what is kept."""
    assert core.instance is not None
    return core.instance.state


def made(array: World, core: Core) -> dict[str, Any]:
    """Make a volume in the first pool; return its configuration."""
    config = {"name": array.new_name(), "pool": array.pools()[0].name, "size_gib": 17}
    core.run(config)
    return config


def grouped(array: World, core: Core, pool: int) -> str:
    """Have somebody move the volume to a pool and put it into a new group there; return the group's name."""
    name, found = array.new_name(), array.pools()[pool]
    before = array.driver.get_volume(state(core)["id"]).group
    if before is not None:
        array.driver.update_consistencygroup(group_id=before, remove=(state(core)["id"],))
    array.driver.migrate_volume(volume_id=state(core)["id"], pool=found.id)
    array.driver.create_consistencygroup(name=name, pool=found.id)
    array.driver.update_consistencygroup(group_id=name, add=(state(core)["id"],))
    return name


@XIV
@pytest.mark.parametrize("refreshed_before", [True, False])
def test_a_grouped_volume_moved_outside_is_a_warning_and_can_be_grown_and_destroyed(
    array: World, manage: Manage, family: Family, *, refreshed_before: bool
) -> None:
    core = manage()
    config = made(array, core)
    if refreshed_before:
        core.refresh()
    group = grouped(array, core, 1)
    for _ in range(2):  # the state of the first run is kept, the line still the same
        core.refresh()
        plan = core.plan(config)
        assert plan.action == "no-op"
        (said,) = warnings_of(plan.diagnostics)
        assert group in said
        assert array.pools()[1].name in said
    core.run({**config, "size_gib": 34})
    assert state(core)["pool_id"] == array.pools()[1].id
    assert core.plan({**config, "size_gib": 34}).action == "no-op"
    assert core.plan({**config, "size_gib": 34, "pool": array.pools()[1].name}).diagnostics.items == []
    array.driver.update_consistencygroup(group_id=group, remove=(state(core)["id"],))
    core.run(None)
    assert core.instance is None


@XIV
@pytest.mark.parametrize("grown_between", [True, False])
def test_a_grouped_volume_moved_outside_once_more_is_a_warning_too(
    array: World, manage: Manage, family: Family, *, grown_between: bool
) -> None:
    """The first move was accepted by writing the pool, which a plan without a change does not keep."""
    core = manage()
    config = {**made(array, core), "pool": array.pools()[1].name}
    grouped(array, core, 1)
    core.refresh()
    assert core.plan(config).action == "no-op"
    if grown_between:
        config["size_gib"] = 34
        assert core.run(config).action == "update"
    group = grouped(array, core, 0)
    core.refresh()
    plan = core.plan(config)
    assert plan.action == "no-op"
    assert group in warnings_of(plan.diagnostics)[0]


@XIV
def test_a_changed_pool_of_a_grouped_volume_is_an_error(array: World, manage: Manage, family: Family) -> None:
    core = manage()
    config = made(array, core)
    group = grouped(array, core, 0)
    core.refresh()
    with pytest.raises(Rejected, match=group) as caught:
        core.plan({**config, "pool": array.pools()[1].name})
    assert caught.value.paths == ["pool"]


@XIV
def test_a_pool_terraform_moved_a_volume_to_is_the_one_written(array: World, manage: Manage, family: Family) -> None:
    core = manage()
    config = {**made(array, core), "pool": array.pools()[1].name}
    core.run(config)
    group = grouped(array, core, 0)
    core.refresh()
    plan = core.plan(config)
    assert (plan.action, group in str(plan.diagnostics.items)) == ("no-op", True)
