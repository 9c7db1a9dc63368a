"""A volume that something holds in its pool: refused by name, and never pulled out of a relation to be moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.copying import Bystander, DS8KBystander
from support.core import Core, Rejected, warnings_of
from support.simulated import World
from terraform_provider_xivds8k.driver import Family, InUse, Volume

Manage = Callable[..., Core]
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])


@ds8k_only
def test_a_volume_with_a_snapshot_stays_in_its_pool(
    array: World, bystander: DS8KBystander, written: tuple[Volume, str], manage: Manage
) -> None:
    """The driver and the plan name the snapshot, whose relation and content stay."""
    volume, snapshot = written
    with pytest.raises(InUse, match=f"FlashCopy {volume.id}:{snapshot}") as caught:
        array.driver.migrate_volume(volume_id=volume.id, pool=array.pools()[1].id)
    assert caught.value.attribute == "pool"
    core = manage()
    core.import_object(volume.id)
    config = {"name": volume.name, "pool": volume.pool_id, "size_bytes": volume.size_bytes}
    assert core.plan(config).action == "no-op"
    with pytest.raises(Rejected, match=f"FlashCopy {volume.id}:{snapshot}") as refused:
        core.plan({**config, "pool": array.pools()[1].id})
    assert refused.value.paths == ["pool"]
    assert "PUT /volumes/{id}" not in array.calls()
    assert bystander.labels(snapshot) == ["then"]


@ds8k_only
def test_one_that_was_moved_outside_and_is_held_since_is_a_warning(
    array: World, bystander: DS8KBystander, manage: Manage, family: Family
) -> None:
    """The user changed nothing, so that a plan stays possible; it is moved back when nothing holds it any more."""
    core, name = manage(), array.new_name()
    config = {"name": name, "pool": array.pools()[0].id, "size_gib": 17}
    core.run(config)
    assert core.instance is not None
    volume = array.driver.migrate_volume(volume_id=str(core.instance.state["id"]), pool=array.pools()[1].id)
    snapshot = bystander.snapshot(volume)
    core.refresh()
    plan = core.plan(config)
    assert plan.action == "no-op"
    assert [one for one in warnings_of(plan.diagnostics) if "cannot be moved back now" in one]
    bystander.console.ask("DELETE", f"/cs/flashcopies/{volume.id}:{snapshot}")
    assert core.run(config).action == "update"
    assert core.instance.state["pool_id"] == array.pools()[0].id


@pytest.mark.parametrize("family", ["xiv"])
def test_an_xiv_moves_a_volume_with_its_snapshots(
    array: World, bystander: Bystander, written: tuple[Volume, str], family: Family
) -> None:
    volume, snapshot = written
    moved = array.driver.migrate_volume(volume_id=volume.id, pool=array.pools()[1].id)
    assert moved.pool_id == array.driver.get_volume(snapshot).pool_id == array.pools()[1].id
    assert bystander.labels(snapshot) == ["then"]
