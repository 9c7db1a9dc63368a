"""Hosts as Terraform keeps them, on both families: plans, spellings, drift, doubt, imports."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Rejected, warnings_of
from support.host_keeper import IQN, SECRET, Keeper, forget_id, new_wwpn, spelled, state
from terraform_provider_xivds8k.driver import DriverError
from terraform_provider_xivds8k.resources import HostResource

DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)


def test_a_host_is_kept_changed_in_place_and_deleted(keeper: Keeper) -> None:
    first, second = new_wwpn(), new_wwpn()
    core, config = keeper.there(
        wwpns=[spelled(first)], timeouts={"create": "1m", "read": None, "update": "1m", "delete": None}
    )
    had = state(core)
    assert had["wwpns"] == [spelled(first)]
    assert had["type"] == {"xiv": "default", "ds8k": "Linux"}[keeper.array.family]
    core.refresh()
    assert core.plan(config).action == "no-op"
    changes: tuple[dict[str, Any], ...] = (
        {"name": keeper.array.new_name()},
        {"type": keeper.other_type},
        {"wwpns": [first, second]},
        {"wwpns": []},
    )
    for changed in changes:
        config |= changed
        assert core.run(config).action == "update"
        assert state(core)["id"] == had["id"]
        core.refresh()
        assert core.plan(config).action == "no-op"
    assert keeper.host(core).ports == ()
    core.run(None)
    with pytest.raises(DriverError):
        keeper.hands.get_host(str(had["id"]))


def test_another_spelling_is_no_change_and_the_user_s_own_stays(keeper: Keeper) -> None:
    port = new_wwpn()
    core, config = keeper.there(wwpns=[spelled(port)], type=keeper.other_type.lower())
    assert state(core)["type"] == keeper.other_type.lower()
    for same in (port, port.lower(), f"0x{port}", spelled(port).upper()):
        assert core.plan({**config, "wwpns": [same]}).action == "no-op"
    assert core.plan({**config, "type": keeper.other_type.upper()}).action == "no-op"
    assert core.plan({"name": config["name"]}).action == "no-op"  # unset stays as it is
    both = {**config, "wwpns": [port, spelled(port)]}  # one port, written twice
    assert core.plan(both).action == "no-op"


def test_ports_added_outside_are_drift_and_taken_back_where_ports_are_written(keeper: Keeper) -> None:
    mine, theirs = new_wwpn(), new_wwpn()
    core, config = keeper.there(wwpns=[spelled(mine)])
    keeper.hands.update_host(state(core)["id"], wwpns=(mine, theirs), name=keeper.array.new_name(), deadline=20)  # type: ignore[arg-type]  # a text
    core.refresh()
    assert set(state(core)["wwpns"]) == {spelled(mine), theirs}  # type: ignore[arg-type]  # a list
    taken_over = core.plan({"name": state(core)["name"]})
    assert taken_over.planned is not None
    named = {**state(core), "written_name": state(core)["name"]}
    assert {**taken_over.planned, "timeouts": None} == {**named, "timeouts": None}  # the name counts as written then
    core.run(config)
    found = keeper.host(core)
    assert (found.name, found.wwpns) == (config["name"], (mine,))


def test_a_host_that_is_gone_is_named_and_made_again(keeper: Keeper) -> None:
    core, config = keeper.there(wwpns=[new_wwpn()])
    keeper.hands.delete_host(str(state(core)["id"]), deadline=20)
    assert [one for one in warnings_of(core.refresh()) if "is gone" in one]
    assert core.run(config).action == "create"


def test_a_taken_name_is_refused_with_an_import_block(keeper: Keeper) -> None:
    taken = keeper.hands.create_host(name=keeper.array.new_name(), deadline=20)
    core = keeper.core()
    alike = [taken.name, taken.name.upper()] if keeper.array.family == "xiv" else [taken.name]
    for name in alike:  # an XIV does not mind the case
        with pytest.raises(Rejected) as caught:
            core.run({"name": name})
        assert caught.value.paths == ["name"]
        assert f'id = "{taken.id}"' in str(caught.value)
    assert core.instance is None


def test_a_port_of_another_host_is_refused_and_the_state_holds_what_was_reached(keeper: Keeper) -> None:
    port = new_wwpn()
    keeper.there(wwpns=[port])
    core, config = keeper.there()
    with pytest.raises(Rejected) as caught:
        core.run({**config, "wwpns": [spelled(port)]})
    assert caught.value.paths == ["wwpns"]
    assert state(core)["wwpns"] == []
    fresh = keeper.core()
    with pytest.raises(Rejected):
        fresh.run({"name": keeper.array.new_name(), "wwpns": [port]})
    assert fresh.instance is None


def test_names_and_ports_of_others_are_named_when_planned(keeper: Keeper) -> None:
    port = new_wwpn()
    owner, theirs = keeper.there(wwpns=[port])
    core, config = keeper.there()
    plan = core.plan({"name": theirs["name"], "wwpns": [spelled(port)]})
    told = warnings_of(plan.diagnostics)
    assert [one for one in told if f"a host called {theirs['name']!r} already" in one]
    assert [one for one in told if f"is host {theirs['name']}'s" in one]
    assert warnings_of(core.plan({**config, "wwpns": [new_wwpn()]}).diagnostics) == []
    assert warnings_of(owner.plan(theirs, replace=True).diagnostics) == []
    fresh = keeper.core().plan({"name": keeper.array.new_name(), "wwpns": [port]})
    assert [one for one in warnings_of(fresh.diagnostics) if f"is host {theirs['name']}'s" in one]
    keeper.array.ask("POST", f"/arrays/{keeper.array.name}", {"state": "refuse"})
    keeper.driver.forget_recent()
    core.plan({**config, "wwpns": [port]})  # a dead array still plans
    keeper.array.ask("POST", f"/arrays/{keeper.array.name}", {"state": "up"})


def test_an_error_halfway_through_an_update_leaves_the_state_as_the_array_is(keeper: Keeper) -> None:
    core, config = keeper.there()
    ports = sorted([new_wwpn(), new_wwpn()])
    step = {"xiv": "host_add_port", "ds8k": "POST /host_ports/assign"}[keeper.array.family]
    code = {"xiv": "MAX_PORTS_REACHED", "ds8k": "BE7A0007"}[keeper.array.family]
    keeper.array.fail(step, "error", code=code, nth=2)
    wanted = {**config, "name": keeper.array.new_name(), "wwpns": ports}
    with pytest.raises(Rejected):
        core.run(wanted)
    assert (state(core)["name"], state(core)["wwpns"]) == (wanted["name"], ports[:1])
    core.run(wanted)
    assert keeper.host(core).wwpns == tuple(ports)


def test_a_mapped_host_is_named_at_plan_and_refused_at_apply(keeper: Keeper) -> None:
    core, config = keeper.there()
    volume_id = keeper.map_a_volume(core)
    name = keeper.hands.get_volume(volume_id).name if keeper.array.family == "xiv" else volume_id
    plan = core.plan(None)
    assert [one for one in warnings_of(plan.diagnostics) if f"volume {name}" in one and str(config["name"]) in one]
    with pytest.raises(Rejected, match="was not deleted"):
        core.apply(plan)
    retyped = core.plan({**config, "type": keeper.other_type})
    assert [one for one in warnings_of(retyped.diagnostics) if f"volume {name}" in one]
    with pytest.raises(Rejected, match="was not given another type"):
        core.apply(retyped)
    keeper.unmap_all(core)
    core.run({**config, "type": keeper.other_type})
    core.run(None)


def test_a_type_nobody_has_heard_of_is_a_warning_and_the_array_decides(keeper: Keeper) -> None:
    core = keeper.core()
    config = {"name": keeper.array.new_name(), "type": "VMWear" if keeper.array.family == "ds8k" else "hpuxx"}
    plan = core.plan(config)
    assert [one for one in warnings_of(plan.diagnostics) if "is no host type known" in one]
    with pytest.raises(Rejected):
        core.apply(plan)
    assert core.instance is None


def test_a_lost_creation_is_kept_in_doubt_and_settled(keeper: Keeper) -> None:
    port = new_wwpn()
    core, config = keeper.core(), {"name": keeper.array.new_name(), "wwpns": [spelled(port)]}
    create = {"xiv": "host_define", "ds8k": "POST /hosts"}[keeper.array.family]
    look = {"xiv": "host_list", "ds8k": "GET /hosts"}[keeper.array.family]
    keeper.array.fail(create, "drop_after")
    keeper.array.fail(look, "error", code={"xiv": "ACCESS_DENIED", "ds8k": "BE7A0007"}[keeper.array.family], nth=3)
    with pytest.raises(Rejected, match="may be on the array"):
        core.run(config)
    assert state(core)["id"] is None
    assert [one for one in warnings_of(core.refresh()) if "is ours" in one]
    assert core.instance is not None
    core.instance.tainted = False  # terraform untaint
    core.run(config)
    assert keeper.host(core).wwpns == (port,)
    core.refresh()
    assert core.plan(config).action == "no-op"


def test_a_lost_creation_that_never_was_is_made_by_the_next_run(keeper: Keeper) -> None:
    core, config = keeper.core(), {"name": keeper.array.new_name()}
    keeper.array.fail({"xiv": "host_define", "ds8k": "POST /hosts"}[keeper.array.family], "drop_before")
    with pytest.raises(Rejected):
        core.run(config)
    assert [one for one in warnings_of(core.refresh()) if "was never made" in one]
    core.run(config)
    keeper.host(core)


@pytest.mark.parametrize("mapped", [False, True])
def test_destroying_what_is_in_doubt_deletes_only_what_nobody_uses(keeper: Keeper, mapped: bool) -> None:
    core, config = keeper.there()
    if mapped:
        keeper.map_a_volume(core)
    forget_id(core)
    if not mapped:
        core.run(None)
        assert config["name"] not in {host.name for host in keeper.hands.list_hosts()}
        return
    with pytest.raises(Rejected, match="in doubt and was not deleted"):
        core.run(None)
    assert config["name"] in {host.name for host in keeper.hands.list_hosts()}


def test_a_host_in_doubt_with_other_ports_is_not_taken(keeper: Keeper) -> None:
    core, config = keeper.there(wwpns=[new_wwpn()])
    keeper.hands.update_host(str(state(core)["id"]), wwpns=(new_wwpn(),), deadline=20)
    forget_id(core)
    with pytest.raises(Rejected, match="in doubt and was not taken over"):
        core.run(config)


@pytest.mark.parametrize("form", ["id", "name", "identity"])
def test_every_form_of_import_plans_empty(keeper: Keeper, form: str) -> None:
    more: dict[str, Any] = {"cluster": "c1", "iqns": (IQN,)} if keeper.array.family == "xiv" else {}
    made = keeper.hands.create_host(
        name=keeper.array.new_name(), wwpns=(new_wwpn(),), type=keeper.other_type, deadline=20, **more
    )
    core = keeper.core()
    if form == "identity":
        core.import_object(identity={"id": made.id, "system_id": made.system_id})
    else:
        core.import_object({"id": made.id, "name": f"name:{made.name}"}[form])
    assert core.plan({"name": made.name}).action == "no-op"
    generated = core.generated()
    assert generated["wwpns"] == list(made.wwpns)
    assert core.plan(generated).action == "no-op"


def test_what_is_not_there_is_not_imported(keeper: Keeper) -> None:
    made = keeper.hands.create_host(name=keeper.array.new_name(), deadline=20)
    for text in ("name:nobody", "H77", made.name):
        with pytest.raises(Rejected, match="No host") as caught:
            keeper.core().import_object(text)
        assert made.name in str(caught.value)
        assert (f'import by "name:{text}"' in str(caught.value)) == (text == made.name)
    with pytest.raises(Rejected):
        keeper.core().import_object(identity={"id": made.id, "system_id": "another"})


def test_hosts_are_listed_by_filter(keeper: Keeper) -> None:
    port = new_wwpn()
    core, config = keeper.there(wwpns=[port])
    keeper.there()
    resource = HostResource(keeper.configured())
    for filters in ({"name": config["name"]}, {"name_regex": f"^{config['name']}$"}, {"port": spelled(port)}):
        wanted = resource.list_config.from_raw({"name": None, "name_regex": None, "port": None} | filters)
        (listed,) = resource.listing(wanted)
        assert (listed.display_name, listed.state.id) == (config["name"], state(core)["id"])


def test_a_mode_that_forbids_to_destroy_lets_ports_be_added_and_none_be_taken(keeper: Keeper) -> None:
    first, second = new_wwpn(), new_wwpn()
    core, config = keeper.there(wwpns=[first])
    careful = Keeper(keeper.array, keeper.array.another_driver(mode="no_destroy"), "no_destroy")
    core.resource = careful.core().resource
    config["wwpns"] = [first, second]
    added = core.plan(config)
    assert warnings_of(added.diagnostics) == []
    core.apply(added)
    taken = core.plan({**config, "wwpns": [second]})
    assert [one for one in warnings_of(taken.diagnostics) if "no_destroy" in one]
    with pytest.raises(Rejected, match="Taking ports from a host is refused"):
        core.apply(taken)
    assert keeper.host(core).wwpns == tuple(sorted([first, second]))
    careful.driver.close()


@DS8K
@pytest.mark.parametrize("resolved", [False, True])
def test_a_type_the_array_chooses_plans_empty_whatever_it_shows(keeper: Keeper, resolved: bool) -> None:
    switch = {"array": keeper.array.name, "name": "auto_host_type_is_resolved", "on": resolved}
    keeper.array.ask("POST", "/switches", switch)
    core, config = keeper.there(type="auto")
    assert (keeper.host(core).type != "auto") is resolved
    core.refresh()
    assert core.plan(config).action == "no-op"
    core.run({**config, "type": "VMWare"})
    assert keeper.host(core).type == "VMWare"
    assert core.plan(config).action == "no-op"  # the array has a type of its choice or of somebody's already
    keeper.array.fail("PUT /hosts/{id}", "drop_before")
    keeper.hands.update_host(str(state(core)["id"]), type="auto", deadline=20)
    assert keeper.host(core).type != "VMWare"
    core.refresh()
    assert core.plan(config).action == "no-op"


@DS8K
@pytest.mark.parametrize(
    ("name", "value"), [("iqns", [IQN]), ("cluster", "c"), ("chap_name", "c"), ("chap_secret", SECRET)]
)
def test_what_a_ds8000_has_not_is_an_error_of_the_plan(keeper: Keeper, name: str, value: object) -> None:
    with pytest.raises(Rejected) as caught:
        keeper.core().plan({"name": "h", name: value})
    assert name in caught.value.paths
    keeper.there(iqns=[], cluster="", chap_name="")  # none is what it has


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"name": "a/b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "h", "wwpns": ["1234"]}, "wwpns"),
        ({"name": "h", "iqns": ["nobody"]}, "iqns"),
    ],
)
def test_what_is_written_wrong_is_an_error_of_the_plan(keeper: Keeper, written: dict[str, Any], path: str) -> None:
    with pytest.raises(Rejected) as caught:
        keeper.core().plan(written)
    assert path in caught.value.paths


@DS8K
def test_a_host_under_an_id_given_again_is_told_and_not_destroyed(keeper: Keeper) -> None:
    core, config = keeper.there()
    keeper.hands.update_host(str(state(core)["id"]), name="theirs", deadline=20)
    core.refresh()
    assert state(core)["written_name"] == config["name"]
    for plan in (core.plan(config), core.plan(None)):
        assert [one for one in warnings_of(plan.diagnostics) if f"is now called theirs, not {config['name']}" in one]
    with pytest.raises(Rejected, match="was not deleted"):
        core.apply(core.plan(None))
    core.run(config)
    assert (keeper.host(core).name, state(core)["written_name"]) == (config["name"], config["name"])
    core.run(None)


@DS8K
def test_a_host_that_became_another_one_since_the_plan_is_not_changed(keeper: Keeper) -> None:
    core, config = keeper.there()
    plan = core.plan({**config, "wwpns": [new_wwpn()]})
    keeper.hands.update_host(str(state(core)["id"]), name="theirs", deadline=20)
    with pytest.raises(Rejected, match="was not changed"):
        core.apply(plan)
    assert keeper.hands.get_host("theirs").wwpns == ()
    assert state(core)["written_name"] == config["name"]


def test_a_rename_that_came_through_before_another_step_failed_is_the_name_written(keeper: Keeper) -> None:
    core, config = keeper.there()
    command, code = {"xiv": ("host_add_port", "MAX_PORTS_REACHED"), "ds8k": ("POST /host_ports/assign", "BE7A0007")}[
        keeper.array.family
    ]
    keeper.array.fail(command, "error", code=code)
    name = keeper.array.new_name()
    with pytest.raises(Rejected, match=f"renamed to {name}"):
        core.run({**config, "name": name, "wwpns": [new_wwpn()]})
    assert state(core)["written_name"] == name
