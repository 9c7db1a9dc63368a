"""What a plan for a volume says and an apply keeps, from the resource down to the wire."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.core import Core, Rejected, state_of
from support.simulated import World
from terraform_provider_xivds8k.driver import Family

GIB = 2**30
Manage = Callable[..., Core]
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])


def _config(array: World, **values: object) -> dict[str, object]:
    return {"name": array.new_name(), "pool": array.pools()[0].id, "size_gib": 1, **values}


@pytest.mark.parametrize("spelling", ["id", "name"])
def test_a_pool_is_written_by_id_or_by_name(array: World, manage: Manage, spelling: str) -> None:
    first, second = (str(getattr(pool, spelling)) for pool in array.pools())
    core, name = manage(), array.new_name()
    core.run({"name": name, "pool": first, "size_gib": 1})
    assert core.plan({"name": name, "pool": first, "size_gib": 1}).action == "no-op"
    core.run({"name": name, "pool": second, "size_gib": 1})
    core.refresh()
    assert core.plan({"name": name, "pool": second, "size_gib": 1}).action == "no-op"
    assert core.instance is not None
    assert core.instance.state["pool"] == second


def test_an_imported_volume_that_is_grown_outside_is_a_warning_and_no_error(array: World, manage: Manage) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=16 * GIB)
    core = manage()
    core.import_object(made.id)
    config = {"name": made.name, "pool": core.instance.state["pool"] if core.instance else "", "size_gib": 16}
    assert core.plan(config).action == "no-op"
    array.driver.extend_volume(volume_id=made.id, size_bytes=32 * GIB)
    core.refresh()
    plan = core.plan(config)
    assert plan.action == "no-op"
    assert "grown outside" in str(plan.diagnostics.items)
    assert core.plan({**config, "size_gib": 32}).action == "no-op"


@ds8k_only
def test_a_size_that_is_not_the_os400_model_s_is_an_error_at_plan(array: World, manage: Manage, family: Family) -> None:
    core = manage()
    with pytest.raises(Rejected, match="8 GiB"):
        core.plan(_config(array, os400="A01", size_gib=20))
    core.run(_config(array, os400="A01", size_gib=8))
    assert core.instance is not None
    assert core.instance.state["actual_bytes"] == 8 * GIB


@ds8k_only
def test_an_lss_of_the_other_node_is_an_error_at_plan(array: World, manage: Manage, family: Family) -> None:
    core = manage()
    with pytest.raises(Rejected) as refused:
        core.plan(_config(array, lss="0D"))
    assert refused.value.paths == ["lss"]
    config = _config(array, lss="0A")
    core.run(config)
    with pytest.raises(Rejected, match="LSS 0D"):
        core.plan({**config, "lss": "0D"})


@ds8k_only
def test_a_replacement_into_a_pool_that_is_not_there_is_an_error_at_plan(
    array: World, manage: Manage, family: Family
) -> None:
    """The old volume would be gone before the array could refuse the new one."""
    core, config = manage(), _config(array, lss="0A")
    core.run(config)
    with pytest.raises(Rejected) as refused:
        core.plan({**config, "lss": "0C", "pool": "nowhere"})
    assert refused.value.paths == ["pool"]


@ds8k_only
def test_a_replacement_may_go_to_a_pool_of_the_other_node(array: World, manage: Manage, family: Family) -> None:
    core, config = manage(), _config(array, lss="0A")
    core.run(config)
    odd = next(pool for pool in array.driver.list_pools() if pool.node == 1 and pool.storage_type == "fb")
    plan = core.plan({**config, "lss": "0D", "pool": odd.id})
    assert plan.action == "replace"
    core.apply(plan)
    assert core.instance is not None
    assert core.instance.state["pool_id"] == odd.id


def test_an_unknown_pool_is_warned_of_at_plan_and_refused_at_apply(array: World, manage: Manage) -> None:
    core = manage()
    plan = core.plan(_config(array, pool="nowhere"))
    assert "No pool 'nowhere'" in str(plan.diagnostics.items)
    with pytest.raises(Rejected, match="No pool"):
        core.apply(plan)
    assert core.instance is None


@ds8k_only
def test_the_plan_of_a_growth_names_the_copies_that_will_refuse_it(
    array: World, manage: Manage, family: Family
) -> None:
    core, config = manage(), _config(array)
    core.run(config)
    volume_id = str(state_of(core)["id"])
    taken = array.driver.create_snapshot(volume_id=volume_id, name=array.new_name(), deadline=10)
    (warning,) = core.plan({**config, "size_gib": 2}).diagnostics.items
    assert warning.severity == "warning"
    assert taken.id in warning.summary
    assert core.plan(config).diagnostics.items == []
    with pytest.raises(Rejected, match="cannot grow while it is in a copy relation"):
        core.run({**config, "size_gib": 2})


@ds8k_only
def test_a_model_the_array_does_not_show_is_written_beside_an_imported_volume_and_replaces_nothing(
    array: World, manage: Manage, family: Family
) -> None:
    array.turn("os400_model_in_mtm", on=False)
    made = array.driver.create_volume(name=array.new_name(), pool=array.pools()[0].id, size_bytes=8 * GIB, os400="A01")
    core = manage()
    core.import_object(made.id)
    config = {"name": made.name, "pool": made.pool_id, "os400": "A01"}
    before = writes_of(array)
    assert core.run(config).action == "update"
    assert core.run(config).action == "no-op"
    core.refresh()
    assert core.run(config).action == "no-op"
    assert writes_of(array) == before
    assert core.plan({**config, "os400": "A02"}).action == "replace"


@ds8k_only
@pytest.mark.parametrize("model", ["A01", "A02"])
def test_a_model_that_an_imported_volume_does_not_have_replaces_it(
    array: World, manage: Manage, family: Family, model: str
) -> None:
    """A volume of 512-byte blocks is of none, and one of another size not of this one."""
    array.turn("os400_model_in_mtm", on=False)
    made = array.driver.create_volume(
        name=array.new_name(), pool=array.pools()[0].id, size_bytes=8 * GIB, os400="A01" if model == "A02" else None
    )
    core = manage()
    core.import_object(made.id)
    assert core.plan({"name": made.name, "pool": made.pool_id, "os400": model}).action == "replace"


def test_a_replacement_names_what_uses_the_volume_and_is_refused_before_anything_is_deleted(
    array: World, manage: Manage
) -> None:
    """The plan says how to replace that, too; of a tainted volume only the apply sees that it goes."""
    core, config = manage(), _config(array)
    core.run(config)
    volume_id = str(state_of(core)["id"])
    host = array.driver.create_host(name=array.new_name(), deadline=10)
    array.driver.initialize_connection(volume_id=volume_id, host_id=host.id, deadline=10)
    if array.family == "ds8k":
        other = {"thin": "thick", "thick": "thin"}[str(state_of(core)["provisioning"])]
        told = str(core.plan({**config, "provisioning": other}).diagnostics.items)
        assert host.name in told
        assert "replace_triggered_by = [xivds8k_volume.NAME.id]" in told
    assert core.instance is not None
    core.instance.tainted = True
    with pytest.raises(Rejected, match=host.name):
        core.run(config)
    assert array.driver.find_volume(volume_id) is not None


def writes_of(array: World) -> dict[str, int]:
    return {name: count for name, count in array.calls().items() if not name.startswith(("GET", "POST /tokens"))}


def test_a_volume_larger_than_its_pool_is_an_error_at_plan(array: World, manage: Manage) -> None:
    pool = array.driver.get_pool(array.pools()[0].id)
    size = (pool.virtual_total_bytes or pool.total_bytes) // GIB + 1
    thick = {"provisioning": "thick"} if array.family == "ds8k" else {}
    with pytest.raises(Rejected, match=f"are more than pool {pool.id} holds"):
        manage().plan(_config(array, size_gib=size, **thick))


def test_a_plan_that_asks_for_more_than_is_free_in_all_is_a_warning_with_the_projected_ratio(
    array: World, manage: Manage
) -> None:
    """What one volume asks for fits; the sum of a plan is told of only, since what it frees may come first."""
    pool = array.driver.get_pool(array.pools()[0].id)
    free = pool.virtual_free_bytes if pool.virtual_free_bytes is not None else pool.free_bytes
    core, thin = manage(), {"provisioning": "thin"} if array.family == "ds8k" else {}
    first = core.plan(_config(array, size_gib=free // GIB * 2 // 3, **thin))
    assert not first.diagnostics.items
    second = core.plan(_config(array, size_gib=free // GIB * 2 // 3, **thin))
    (warning,) = second.diagnostics.items
    assert warning.summary == f"Pool {pool.id} may not have room for this plan"
    assert "Promised over physical capacity would be" in warning.detail
    assert ("Kept for snapshots" in warning.detail) == (array.family == "xiv")
