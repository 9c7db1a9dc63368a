"""What the plan of a host tells, and what it leaves to the apply: drift, names in several spellings, what is mapped."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Rejected, warnings_of
from support.host_keeper import SECRET, Keeper, state
from support.xcli import Xcli
from terraform_provider_xivds8k.data_sources import HostDataSource as HostSource
from terraform_provider_xivds8k.driver import DriverError, HostFilter
from terraform_provider_xivds8k.lifecycle import Diagnostics

XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)


def adopted(keeper: Keeper, core: Any) -> tuple[Any, dict[str, Any]]:
    """Return a host imported with the configuration that is generated for it."""
    imported = keeper.core()
    imported.import_object(str(state(core)["id"]))
    return imported, imported.generated()


@XIV
@pytest.mark.parametrize("left_out", ["chap_name", "chap_secret"])
def test_a_host_deleted_outside_may_lack_half_of_its_chap_in_the_plan_and_not_in_the_apply(
    keeper: Keeper, left_out: str
) -> None:
    made, _ = keeper.there(chap_name="u", chap_secret=SECRET)
    core, config = adopted(keeper, made)
    if left_out == "chap_name":
        config = {"name": config["name"], "chap_secret": SECRET}
    assert core.plan(config).action == "no-op"
    keeper.hands.delete_host(str(state(core)["id"]), deadline=20)
    core.refresh()
    plan = core.plan(config)
    assert plan.action == "create"
    assert [one for one in warnings_of(plan.diagnostics) if one.endswith(f"needs {left_out}")]
    with pytest.raises(Rejected) as caught:
        core.apply(plan)
    assert caught.value.paths == [{"chap_name": "chap_secret", "chap_secret": "chap_name"}[left_out]]
    assert config["name"] not in {host.name for host in keeper.hands.list_hosts()}


@XIV
def test_a_secret_for_a_host_without_a_chap_name_is_never_said_to_be_sent(keeper: Keeper) -> None:
    core, config = keeper.there(chap_name="u", chap_secret=SECRET, chap_secret_version=1)
    keeper.hands.update_host(str(state(core)["id"]), chap_name="", deadline=20)
    core.refresh()
    config = {"name": config["name"], "chap_secret": SECRET}
    plan = core.plan({**config, "chap_secret_version": 2})
    assert [one for one in warnings_of(plan.diagnostics) if one == "chap_secret needs chap_name"]
    with pytest.raises(Rejected) as caught:
        core.apply(plan)
    assert caught.value.paths == ["chap_secret"]
    assert (state(core)["chap_secret_version"], keeper.host(core).chap_name) == (1, None)
    with pytest.raises(Rejected) as caught:
        core.plan({**config, "chap_secret_version": 2, "chap_name": ""})
    assert caught.value.paths == ["chap_secret"]
    assert core.run({**config, "chap_secret_version": 2, "chap_name": "u"}).action == "update"
    assert (state(core)["chap_secret_version"], keeper.host(core).chap_name) == (2, "u")
    core.run({**config, "chap_secret_version": 2, "chap_name": ""})  # clears both, whatever is written of the secret
    assert keeper.host(core).chap_name is None


def test_the_type_auto_is_whatever_a_ds8000_chose_and_no_type_of_an_xiv(keeper: Keeper) -> None:
    made, _ = keeper.there(type=keeper.other_type)
    core, config = adopted(keeper, made)
    plan = core.plan({**config, "type": "Auto"})
    if keeper.array.family == "ds8k":
        assert (plan.action, plan.diagnostics.items) == ("no-op", [])
        assert core.run({**config, "type": "auto", "name": keeper.array.new_name()}).action == "update"
        assert keeper.host(core).type == keeper.other_type
    else:
        assert [one for one in warnings_of(plan.diagnostics) if "no host type known" in one]


@XIV
def test_a_host_with_mappings_of_its_own_is_named_before_it_is_refused_by_a_cluster(keeper: Keeper) -> None:
    core, config = keeper.there()
    name = keeper.hands.get_volume(keeper.map_a_volume(core)).name
    plan = core.plan({**config, "cluster": "c6"})
    assert [one for one in warnings_of(plan.diagnostics) if "is to join cluster c6 and sees" in one and name in one]
    with pytest.raises(Rejected) as caught:
        core.apply(plan)
    assert caught.value.paths == ["cluster"]
    keeper.unmap_all(core)
    joining = core.plan({**config, "cluster": "c6"})
    assert warnings_of(joining.diagnostics) == []
    core.apply(joining)
    assert keeper.host(core).cluster == "c6"


@XIV
def test_an_iscsi_name_of_the_form_eui_is_imported_as_it_is_and_given_to_hosts(keeper: Keeper) -> None:
    odd = "eui.02004567A425678D"
    made, config = keeper.there()
    with Xcli(keeper.array.description, keeper.array.simulation.ca_pem) as xcli:
        xcli.does("host_add_port", host=config["name"], iscsi_name=odd)
    core, config = adopted(keeper, made)
    assert config["iqns"] == [odd.lower()]
    for same in (odd.lower(), odd):
        assert core.plan({**config, "iqns": [same]}).action == "no-op"
    core.run({**config, "iqns": []})
    assert keeper.host(core).iqns == ()
    core.run({**config, "iqns": [odd]})
    assert keeper.hands.list_hosts(HostFilter(port=odd)) == (keeper.host(core),)


def test_a_mapped_host_that_is_to_be_replaced_says_how_its_attachments_go_first(keeper: Keeper) -> None:
    core, config = keeper.there()
    keeper.map_a_volume(core)
    with pytest.raises(Rejected, match="has mapped volumes and was not deleted") as caught:
        core.apply(core.plan(config, replace=True))
    assert "replace_triggered_by = [xivds8k_host.NAME.id]" in str(caught.value)
    keeper.unmap_all(core)
    core.apply(core.plan(config, replace=True))


@pytest.mark.parametrize("made", [False, True])
def test_a_type_the_array_does_not_know_is_told_at_the_type_with_near_ones(keeper: Keeper, made: bool) -> None:
    near, wrong = {"xiv": ("hpux", "hpuxx"), "ds8k": ("VMWare", "vmwar")}[keeper.array.family]
    core, config = keeper.there() if made else (keeper.core(), {"name": keeper.array.new_name()})
    with pytest.raises(Rejected, match=f"Did you mean '{near}'") as caught:
        core.run({**config, "type": wrong})
    assert caught.value.paths == ["type"]


@pytest.mark.parametrize("attribute", ["id", "name", "port"])
def test_an_empty_text_names_no_host(keeper: Keeper, attribute: str) -> None:
    with pytest.raises(Rejected, match="No host ''"):
        keeper.core().import_object(identity={"id": ""})
    config = HostSource.model.nothing()
    config.raw[attribute] = "" if attribute != "port" else "10000000CBFFFFFF"
    with pytest.raises(DriverError, match="No host '") as caught:
        HostSource(keeper.configured()).read(config, Diagnostics())
    assert caught.value.attribute == attribute
