"""Hosts of an XIV as Terraform keeps them: clusters, CHAP, and where its secret is not."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from support.core import Rejected, warnings_of
from support.host_keeper import IQN, SECOND, SECRET, Keeper, new_wwpn, state
from support.xcli import Xcli
from terraform_provider_xivds8k.resources import HostResource


@pytest.fixture
def family() -> str:
    """Return the family that has them."""
    return "xiv"


def test_a_port_of_a_form_nobody_knows_does_not_stop_a_plan(keeper: Keeper) -> None:
    core, config = keeper.there(iqns=[IQN])
    odd = "iqn.1994-05.com.example:host_9"
    with Xcli(keeper.array.description, keeper.array.simulation.ca_pem) as xcli:
        xcli.does("host_add_port", host=config["name"], iscsi_name=odd)
    core.refresh()
    assert odd in state(core)["iqns"]  # type: ignore[operator]  # a list
    assert core.plan({"name": config["name"]}).action == "no-op"
    core.run(config)
    assert keeper.host(core).iqns == (IQN.lower(),)


def test_a_host_moves_between_clusters_and_an_empty_one_is_named(keeper: Keeper) -> None:
    core, config = keeper.there(cluster="c1", iqns=[IQN])
    assert state(core)["iqns"] == [IQN]
    name = keeper.hands.get_volume(keeper.map_a_volume(core)).name
    plan = core.plan({**config, "cluster": "c2"})
    assert [one for one in warnings_of(plan.diagnostics) if "leaves cluster c1" in one and name in one]
    said = core.apply(plan)
    assert [one for one in warnings_of(said) if "Cluster c1 has no host any more" in one]
    assert keeper.host(core).cluster == "c2"
    core.refresh()
    assert core.plan({**config, "cluster": "c2"}).action == "no-op"
    core.run({**config, "cluster": ""})
    assert keeper.host(core).cluster is None
    assert core.plan({**config, "cluster": ""}).action == "no-op"
    core.run({**config, "cluster": "c2"})
    assert [one for one in warnings_of(core.apply(core.plan(None))) if "Cluster c2 has no host" in one]


def test_chap_is_sent_when_made_when_the_version_changes_and_with_another_name(keeper: Keeper) -> None:
    chap = {"chap_name": "user1", "chap_secret": SECRET, "chap_secret_version": 1}
    core, config = keeper.there(**chap)
    assert keeper.host(core).chap_name == "user1"
    assert state(core)["chap_secret"] is None

    def sent() -> int:
        return keeper.array.calls().get("host_update", 0)

    assert core.plan({**config, "chap_secret": SECOND}).action == "no-op"  # not seen without another version
    assert sent() == 0
    config |= {"chap_secret": SECOND, "chap_secret_version": 2}
    core.run(config)
    assert sent() == 1
    core.run({**config, "name": keeper.array.new_name()})
    assert sent() == 1
    core.run({**config, "chap_name": "user2"})
    assert (sent(), keeper.host(core).chap_name) == (2, "user2")
    core.run({"name": config["name"], "chap_name": ""})
    assert keeper.host(core).chap_name is None


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"chap_name": "", "chap_secret": SECRET}, "chap_secret"),
        ({"chap_name": "u", "chap_secret": "2short"}, "chap_secret"),
    ],
)
def test_chap_that_is_not_whole_is_an_error_of_the_plan(keeper: Keeper, written: dict[str, Any], path: str) -> None:
    with pytest.raises(Rejected) as caught:
        keeper.core().plan({"name": "h", **written})
    assert path in caught.value.paths
    assert "2short" not in str(caught.value)
    core, config = keeper.there(chap_name="u", chap_secret=SECRET, chap_secret_version=1)
    with pytest.raises(Rejected) as caught:
        core.plan({"name": config["name"], "chap_secret_version": 2})
    assert caught.value.paths == ["chap_secret_version"]
    keeper.hands.update_host(str(state(core)["id"]), chap_name="", deadline=20)
    core.refresh()
    drifted = core.plan({"name": config["name"], "chap_name": "u", "chap_secret_version": 1})  # of what changed outside
    assert [one for one in warnings_of(drifted.diagnostics) if "there is no chap_secret" in one]


def test_a_secret_is_in_no_state_plan_error_or_log(keeper: Keeper, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.NOTSET)
    keeper.array.ask(
        "POST", "/switches", {"array": keeper.array.name, "name": "xiv_refusals_repeat_arguments", "on": True}
    )
    chap: dict[str, Any] = {"chap_name": "u", "chap_secret": SECRET, "chap_secret_version": 1}
    core, config = keeper.there(**chap)
    plan = core.plan({**config, "chap_secret_version": 2, "chap_secret": SECOND})
    said = [repr(core.instance), repr(plan.planned), repr(plan.diagnostics), plan.private.decode()]
    keeper.array.fail("host_update", "garbage", times=2)
    with pytest.raises(Rejected) as caught:
        core.apply(plan)
    said += [str(caught.value), repr(caught.value.errors), repr(core.instance)]
    for broken in ({"type": "hpuxx"}, {"wwpns": [new_wwpn()], "name": config["name"]}):
        with pytest.raises(Rejected) as caught:
            keeper.core().run({"name": keeper.array.new_name(), **chap, **broken})
        said += [str(caught.value), repr(caught.value.errors)]
    said += [repr(HostResource.model.from_raw({**HostResource.model.nothing().raw, **chap}))]
    said += [one.getMessage() + repr(one.args) + repr(one.exc_info) for one in caplog.records] + [caplog.text]
    assert not [one for one in said if SECRET in one or SECOND in one]


def test_a_cluster_in_another_case_keeps_the_user_s_spelling_and_is_no_change(keeper: Keeper) -> None:
    there, _ = keeper.there(cluster="Prod")
    core, config = keeper.there(cluster="prod", iqns=[IQN])
    assert (state(core)["cluster"], keeper.host(core).cluster) == ("prod", "Prod")
    core.refresh()
    assert core.plan(config).action == "no-op"
    assert core.plan({**config, "cluster": "PROD"}).action == "no-op"
    core.run({**config, "cluster": "PROD", "iqns": []})
    core.run({**config, "cluster": "pRod", "name": keeper.array.new_name()})
    imported = keeper.core()
    imported.import_object(str(state(core)["id"]))
    assert state(imported)["cluster"] == "Prod"
    assert imported.plan({"name": state(imported)["name"], "cluster": "prod"}).action == "no-op"
    there.run({"name": state(there)["name"], "cluster": "PROD"})
    assert set(keeper.hands.list_clusters()) == {"Prod"}
    there.run(None)
    assert [one for one in warnings_of(core.apply(core.plan(None))) if "has no host any more" in one]


def test_clusters_that_differ_in_case_are_drift_where_case_counts(keeper: Keeper) -> None:
    keeper.array.turn("xiv_names_case_sensitive", on=True)
    core, config = keeper.there(cluster="prod")
    keeper.hands.update_host(str(state(core)["id"]), cluster="Prod", deadline=20)
    core.refresh()
    assert state(core)["cluster"] == "Prod"
    assert core.plan(config).action == "update"
    core.run(config)
    assert keeper.host(core).cluster == "prod"
    assert [one for one in warnings_of(core.apply(core.plan({**config, "cluster": "Prod"}))) if "Cluster prod" in one]
