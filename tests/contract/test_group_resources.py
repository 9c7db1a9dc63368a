"""Consistency groups and members as Terraform keeps them, on both families: plans, drift, doubt, imports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support.core import Core, Rejected, warnings_of
from support.simulated import World
from terraform_provider_xivds8k.driver import Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.resources import ConsistencyGroupMemberResource, ConsistencyGroupResource
from terraform_provider_xivds8k.schema import UNKNOWN

GIB = 2**30
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)


@dataclass
class Keeper:
    """Keep groups and members of one array, as one provider process does; ``hands`` are somebody else's."""

    array: World
    driver: XIVDS8KDriver

    @property
    def hands(self) -> XIVDS8KDriver:
        """Return the driver somebody else holds."""
        return self.array.driver

    @property
    def keeps(self) -> bool:
        """Tell whether the array itself has groups."""
        return self.array.family == "xiv"

    def group(self) -> Core:
        """Return a core that keeps a group."""
        return Core(lambda: ConsistencyGroupResource(self._configured()), begin=self.driver.forget_recent)

    def member(self) -> Core:
        """Return a core that keeps a member."""
        return Core(lambda: ConsistencyGroupMemberResource(self._configured()), begin=self.driver.forget_recent)

    def _configured(self) -> Configured[XIVDS8KDriver]:
        found: Configured[XIVDS8KDriver] = Configured(
            open_driver=lambda: self.driver,
            close_driver=lambda _: None,
            guards=Guards(),
            family=self.array.family,
        )
        found.driver.system_id()  # as it is after a refresh
        return found

    def config(self, name: str = "", **more: Any) -> dict[str, Any]:
        """Return a group's configuration."""
        pool = {"pool": self.array.pools()[0].name} if self.keeps else {}
        return {"name": name or self.array.new_name(), **pool, **more}

    def volume(self, pool: int = 0) -> Volume:
        """Return a new volume, made outside."""
        return self.hands.create_volume(
            name=self.array.new_name(), pool=self.array.pools()[pool].id, size_bytes=GIB, deadline=20
        )

    def there(self) -> tuple[Core, dict[str, Any]]:
        """Return a group that is kept, with its configuration."""
        core, config = self.group(), self.config()
        core.run(config)
        return core, config

    def inside(self) -> tuple[Core, dict[str, Any], Volume]:
        """Return a member that is kept, with its configuration and volume."""
        group, _ = self.there()
        core, volume = self.member(), self.volume()
        config = {"consistency_group_id": state(group)["id"], "volume_id": volume.id}
        core.run(config)
        return core, config, volume


def state(core: Core) -> dict[str, Any]:
    """Return what is kept."""
    assert core.instance is not None
    return core.instance.state


def summaries(said: Any) -> str:
    """Return the summaries of all warnings."""
    return "\n".join(warnings_of(said))


@pytest.fixture
def keeper(array: World) -> Iterator[Keeper]:
    """Return a keeper on a fresh array."""
    driver = array.another_driver()
    yield Keeper(array, driver)
    driver.close()


def test_a_group_and_a_member_are_made_planned_empty_and_destroyed(keeper: Keeper) -> None:
    group, config = keeper.there()
    assert state(group)["id"] == config["name"] if keeper.keeps else len(state(group)["id"]) == 36
    assert state(group)["system_id"] == keeper.hands.system_id()
    member, volume = keeper.member(), keeper.volume()
    inside = {"consistency_group_id": state(group)["id"], "volume_id": volume.id}
    member.run(inside)
    assert state(member)["id"] == f"{state(group)['id']}/{volume.id}"
    for core, written in ((group, config), (member, inside)):
        core.refresh()
        assert core.plan(written).action == "no-op"
        core.run({**written, "timeouts": {"delete": "3m", "create": None, "read": None, "update": None}})
    if keeper.keeps:
        assert f"volume {volume.name}" in summaries(group.plan(None).diagnostics)
        with pytest.raises(Rejected, match=volume.name):
            group.apply(group.plan(None))
    member.run(None)
    assert keeper.hands.get_volume(volume.id).group is None
    group.run(None)
    assert (member.instance, group.instance) == (None, None)


@XIV
def test_what_an_xiv_needs_and_a_name_it_would_not_take_are_errors_at_plan(keeper: Keeper) -> None:
    core = keeper.group()
    for config, path in (({"name": "g"}, "pool"), (keeper.config("a/b"), "name")):
        with pytest.raises(Rejected) as caught:
            core.plan(config)
        assert caught.value.paths == [path]
    assert "No pool 'nowhere'" in summaries(core.plan(keeper.config(pool="nowhere")).diagnostics)


@DS8K
def test_a_pool_on_a_ds8000_is_an_error_at_plan(keeper: Keeper) -> None:
    with pytest.raises(Rejected, match="knows no groups"):
        keeper.group().plan(keeper.config(pool="P0"))


@DS8K
def test_another_name_on_a_ds8000_changes_the_state_and_keeps_the_id(keeper: Keeper) -> None:
    core, _ = keeper.there()
    had = state(core)["id"]
    plan = core.run(keeper.config("other"))
    assert (plan.action, state(core)["id"], state(core)["name"]) == ("update", had, "other")


@XIV
def test_another_name_on_an_xiv_replaces_a_group_nothing_uses(keeper: Keeper) -> None:
    core, config = keeper.there()
    plan = core.run({**config, "name": "other"})
    assert (plan.action, plan.replaces, state(core)["id"]) == ("replace", ("name",), "other")
    assert keeper.hands.find_consistencygroup(config["name"]) is None
    assert core.plan({**config, "name": UNKNOWN}).action == "no-op"


@XIV
def test_another_name_for_a_group_in_use_is_refused_naming_the_users(keeper: Keeper) -> None:
    """At plan where it can be seen; at apply always, since a taint is not seen at plan."""
    member, config, volume = keeper.inside()
    core = keeper.group()
    core.import_object(f"name:{config['consistency_group_id']}")
    with pytest.raises(Rejected, match=volume.name) as caught:
        core.plan(keeper.config("other"))
    assert caught.value.paths == ["name"]
    again = keeper.config(config["consistency_group_id"])
    with pytest.raises(Rejected, match="in use and was not deleted"):
        core.apply(core.plan(again, replace=True))
    assert keeper.hands.get_volume(volume.id).group == config["consistency_group_id"]
    assert member.plan(config).action == "no-op"


@XIV
def test_another_pool_is_refused_at_plan_with_the_procedure_and_another_spelling_is_not(keeper: Keeper) -> None:
    core, config = keeper.there()
    first, second = keeper.array.pools()
    with pytest.raises(Rejected, match="make a new group in the other pool") as caught:
        core.plan({**config, "pool": second.name})
    assert caught.value.paths == ["pool"]
    assert core.plan({**config, "pool": first.id}).action == "no-op"
    assert core.plan({**config, "pool": UNKNOWN}).action == "no-op"


@XIV
def test_a_group_moved_outside_is_a_warning_until_the_new_pool_is_written(keeper: Keeper) -> None:
    """Afterwards the old pool is a change of the user's again, and refused."""
    core, config = keeper.there()
    first, second = keeper.array.pools()
    keeper.hands.delete_consistencygroup(group_id=config["name"])
    keeper.hands.create_consistencygroup(name=config["name"], pool=second.id)
    for _ in range(2):
        core.refresh()
        plan = core.plan(config)
        assert plan.action == "no-op"
        assert "was moved outside" in summaries(plan.diagnostics)
    accepted = {**config, "pool": second.name}
    assert warnings_of(core.run(accepted).diagnostics) == []
    core.refresh()
    assert core.plan(accepted).action == "no-op"
    assert core.plan({**config, "pool": second.id}).action == "no-op"
    with pytest.raises(Rejected, match="make a new group in the other pool"):
        core.plan({**config, "pool": first.name})


@XIV
def test_a_group_deleted_or_renamed_outside_is_gone_with_a_warning(keeper: Keeper) -> None:
    core, config = keeper.there()
    keeper.hands.delete_consistencygroup(group_id=config["name"])
    assert summaries(core.refresh()) == f"Consistency group {config['name']} is gone"
    assert core.instance is None
    assert core.run(config).action == "create"


def test_a_member_is_gone_with_its_volume_or_its_membership_and_never_without(keeper: Keeper) -> None:
    core, config, volume = keeper.inside()
    core.refresh()
    assert core.instance is not None
    if keeper.keeps:
        group_id = config["consistency_group_id"]
        keeper.hands.update_consistencygroup(group_id=group_id, remove=(volume.id,))
        assert "is none any more" in summaries(core.refresh())
        core.run(config)
        other, _ = keeper.there()
        keeper.hands.update_consistencygroup(group_id=group_id, remove=(volume.id,))
        keeper.hands.update_consistencygroup(group_id=state(other)["id"], add=(volume.id,))
        said = core.refresh()
        assert state(other)["id"] in said.items[0].detail
        assert state(other)["id"] in summaries(core.plan(config).diagnostics)
        with pytest.raises(Rejected, match=state(other)["id"]):
            core.run(config)
        keeper.hands.update_consistencygroup(group_id=state(other)["id"], remove=(volume.id,))
        core.run(config)
        keeper.hands.update_consistencygroup(group_id=group_id, remove=(volume.id,))
    keeper.hands.delete_volume(volume_id=volume.id, deadline=20)
    assert "is none any more" in summaries(core.refresh())
    assert core.instance is None


@XIV
def test_a_member_in_another_pool_is_warned_of_at_plan_and_refused_at_apply(keeper: Keeper) -> None:
    group, _ = keeper.there()
    core, volume = keeper.member(), keeper.volume(pool=1)
    plan = core.plan({"consistency_group_id": state(group)["id"], "volume_id": volume.id})
    assert volume.name in summaries(plan.diagnostics)
    with pytest.raises(Rejected, match=volume.name) as caught:
        core.apply(plan)
    assert caught.value.paths == ["volume_id"]
    assert core.instance is None


@XIV
def test_a_member_goes_to_another_group_without_a_warning(keeper: Keeper) -> None:
    core, config, volume = keeper.inside()
    other, _ = keeper.there()
    plan = core.plan({**config, "consistency_group_id": state(other)["id"]})
    assert (plan.replaces, warnings_of(plan.diagnostics)) == (("consistency_group_id",), [])
    core.apply(plan)
    assert keeper.hands.get_volume(volume.id).group == state(other)["id"]


def test_a_volume_id_in_another_case_is_the_same_member(keeper: Keeper) -> None:
    core, config, volume = keeper.inside()
    for spelling in (volume.id.upper(), volume.id.lower()):
        assert core.plan({**config, "volume_id": spelling}).action == "no-op"
    core.run(None)
    loud = {**config, "volume_id": "".join(map(str.swapcase, volume.id))}
    core.run(loud)
    core.refresh()
    assert core.plan(loud).action == "no-op"
    assert state(core)["id"] == f"{config['consistency_group_id']}/{volume.id}"
    assert core.instance is not None
    assert core.instance.identity is not None
    assert core.instance.identity["volume_id"] == volume.id
    if keeper.keeps:
        imported = keeper.member()
        imported.import_object(f"{config['consistency_group_id']}/{loud['volume_id']}")
        assert imported.plan(loud).action == "no-op"
        assert imported.plan(config).action == "no-op"
        other, _ = keeper.there()
        plan = core.plan({**loud, "consistency_group_id": state(other)["id"]})
        assert (plan.action, warnings_of(plan.diagnostics)) == ("replace", [])


@XIV
def test_a_group_or_a_member_that_exists_is_refused_with_a_block_to_import_it(keeper: Keeper) -> None:
    core, config, volume = keeper.inside()
    with pytest.raises(Rejected) as taken:
        keeper.member().run(config)
    assert f'id = "{state(core)["id"]}"' in str(taken.value)
    with pytest.raises(Rejected) as named:
        keeper.group().run(keeper.config(config["consistency_group_id"]))
    assert f'id = "name:{config["consistency_group_id"]}"' in str(named.value)
    assert keeper.hands.get_volume(volume.id).group == config["consistency_group_id"]


@XIV
@pytest.mark.parametrize("form", ["text", "identity"])
def test_an_import_plans_empty(keeper: Keeper, form: str) -> None:
    _, config, volume = keeper.inside()
    name, system_id = config["consistency_group_id"], keeper.hands.system_id()
    group, member = keeper.group(), keeper.member()
    if form == "text":
        group.import_object(f"name:{name}")
        member.import_object(f"{name}/{volume.id}")
    else:
        group.import_object(identity={"system_id": system_id, "id": name})
        member.import_object(identity={"consistency_group_id": name, "volume_id": volume.id})
    assert group.plan(keeper.config(name)).action == "no-op"
    assert member.plan(config).action == "no-op"
    assert group.plan(group.generated()).action == "no-op"
    assert member.plan(member.generated()).action == "no-op"


def test_an_import_of_what_is_not_there_says_how(keeper: Keeper) -> None:
    volume = keeper.volume()
    for core, text, form in (
        (keeper.group(), "name:nowhere", "name:NAME"),
        (keeper.member(), f"g/{volume.id}", "GROUP/"),
    ):
        with pytest.raises(Rejected) as caught:
            core.import_object(text)
        assert (form if keeper.keeps else "it costs nothing") in str(caught.value)
    with pytest.raises(Rejected, match="GROUP/VOLUME"):
        keeper.member().import_object(volume.id)


def test_an_identity_or_a_state_of_another_array_is_refused(keeper: Keeper) -> None:
    core, config = keeper.there()
    with pytest.raises(Rejected, match="elsewhere"):
        keeper.group().import_object(identity={"system_id": "elsewhere", "id": config["name"]})
    state(core)["system_id"] = "elsewhere"
    with pytest.raises(Rejected, match="elsewhere"):
        core.refresh()
    with pytest.raises(Rejected, match="elsewhere"):
        core.plan(None)


@XIV
def test_a_group_in_doubt_is_kept_without_an_id_and_each_way_out_works(keeper: Keeper) -> None:
    core, config = keeper.group(), keeper.config()
    keeper.array.fail("cg_create", "drop_after")
    keeper.array.fail("cg_list", "drop_before", nth=2, times=9)
    with pytest.raises(Rejected):
        core.run(config)
    keeper.array.ask("DELETE", "/faults")
    assert (state(core)["id"], state(core)["name"], state(core)["pool"]) == (None, config["name"], config["pool"])
    assert "is ours" in summaries(core.refresh())
    assert core.instance is not None
    core.instance.tainted = False
    plan = core.run(config)
    assert (plan.action, state(core)["id"]) == ("update", config["name"])
    core.refresh()
    assert core.plan(config).action == "no-op"


@XIV
def test_a_group_in_doubt_is_deleted_only_while_nothing_uses_it(keeper: Keeper) -> None:
    core, config, volume = keeper.group(), keeper.config(), keeper.volume()
    keeper.array.fail("cg_create", "drop_before")
    with pytest.raises(Rejected):
        core.run(config)
    assert "was never made" in summaries(core.refresh())
    keeper.array.fail("cg_create", "drop_before")
    with pytest.raises(Rejected):
        core.run(config)
    keeper.hands.create_consistencygroup(name=config["name"], pool=config["pool"])
    keeper.hands.update_consistencygroup(group_id=config["name"], add=(volume.id,))
    with pytest.raises(Rejected, match=volume.name):
        core.apply(core.plan(config))
    keeper.hands.update_consistencygroup(group_id=config["name"], remove=(volume.id,))
    core.apply(core.plan(config))
    assert state(core)["id"] == config["name"]


@XIV
def test_a_member_in_doubt_is_kept_without_an_id_and_each_way_out_works(keeper: Keeper) -> None:
    group, _ = keeper.there()
    core, volume = keeper.member(), keeper.volume()
    config = {"consistency_group_id": state(group)["id"], "volume_id": volume.id}
    for tainted in (True, False):
        keeper.array.fail("cg_add_vol", "drop_before", times=2)
        with pytest.raises(Rejected):
            core.run(config)
        keeper.hands.update_consistencygroup(group_id=config["consistency_group_id"], add=(volume.id,))  # late
        assert (state(core)["id"], state(core)["volume_id"]) == (None, volume.id)
        assert "who put" in summaries(core.refresh())
        assert core.instance is not None
        core.instance.tainted = tainted
        assert core.run(config).action == ("replace" if tainted else "update")
        assert state(core)["id"] == f"{config['consistency_group_id']}/{volume.id}"
        core.run(None)
