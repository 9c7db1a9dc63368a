"""Attachments on the replication target, behind the stand-in for Terraform core, on linked arrays of both families."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.linked import Linked, linked
from support.paired import paired
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import DriverError, Family, Scope, Side, Terms
from terraform_provider_xivds8k.lifecycle.importing import list_objects
from terraform_provider_xivds8k.resources import HostAttachmentResource
from terraform_provider_xivds8k.schema import UNKNOWN

PORT = "10000000C9CC0001"
PATIENT = {"create": "5m", "read": None, "update": None, "delete": None}
EVERYTHING = dict.fromkeys(("host_id", "cluster", "volume_id", "side"))


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays, each with a host of the same name and port."""
    with linked(family, tmp_path / "simulator.db", time_scale=20) as found:
        for driver in (found.driver, found.driver.remote):
            driver.create_host(name="db", wwpns=(PORT,))
        yield found


@pytest.fixture
def core(arrays: Linked) -> Core:
    """Keep an attachment, as one provider process does."""
    return keeper(arrays, HostAttachmentResource)


@pytest.fixture
def config(arrays: Linked) -> dict[str, Any]:
    """Return the configuration of a volume of the remote array, attached to the host there."""
    there = arrays.driver.remote.create_volume(name="copy", pool=arrays.pool, size_bytes=2**30)
    return {"volume_id": there.id, "host_id": arrays.driver.remote.get_host("db").id, "side": "remote"}


def listed(core: Core, **filters: Any) -> list[str]:
    """Return the ids of a listing."""
    resource: Any = core.resource()
    config = {**EVERYTHING, **filters}
    found = list_objects(resource, config, whole=True, limit=0)
    return [one.state["id"] for one in found if one.state is not None and isinstance(one.state["id"], str)]


def test_a_volume_of_the_remote_array_is_attached_there_and_nowhere_else(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    state = state_of(core)
    assert state["id"] == f"remote/host:{config['host_id']}/{config['volume_id']}"
    assert state["system_id"] == arrays.simulation.arrays[1]["system_id"]
    assert len(arrays.driver.remote.list_attachments()) == 1
    assert arrays.driver.list_attachments() == ()
    core.refresh()
    assert core.plan(config).action == "no-op"
    core.run(None)
    assert arrays.driver.remote.list_attachments() == ()


def test_it_is_imported_by_its_id_and_by_its_identity(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    state = state_of(core)
    host_id, volume_id, system_id = config["host_id"], config["volume_id"], state["system_id"]
    identity = {"system_id": system_id, "side": "remote", "host_id": host_id, "cluster": None, "volume_id": volume_id}
    for how in ({"text": state["id"]}, {"text": f"remote/host:db/{volume_id}"}, {"identity": identity}):
        other = keeper(arrays, HostAttachmentResource)
        other.import_object(**how)
        other.refresh()
        assert state_of(other) == state
        assert other.plan(config).action == "no-op"
    with pytest.raises(Rejected, match="not attached"):
        keeper(arrays, HostAttachmentResource).import_object(f"home/host:db/{arrays.volume().id}")


def test_the_other_side_is_a_replacement(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    here = {"volume_id": arrays.volume().id, "host_id": arrays.driver.get_host("db").id}
    plan = core.plan({**here, "side": "home"})
    assert plan.action == "replace"
    assert "side" in plan.replaces
    core.apply(plan, {**here, "side": "home"})
    assert (len(arrays.driver.list_attachments()), arrays.driver.remote.list_attachments()) == (1, ())


def test_a_connector_is_the_host_of_its_own_side(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    arrays.driver.delete_host(host_id=arrays.driver.get_host("db").id)
    named = {**config, "host_id": None, "connector": {"wwpns": [PORT.lower()], "iqn": None}}
    core.run(named)
    core.refresh()
    assert core.plan(named).action == "no-op"
    assert core.plan(config).action in {"no-op", "update"}
    assert state_of(core)["host_id"] == config["host_id"]


def test_a_listing_is_of_both_sides_or_of_one(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    at_home = keeper(arrays, HostAttachmentResource)
    at_home.run({"volume_id": arrays.volume().id, "host_id": arrays.driver.get_host("db").id})
    home, remote = state_of(at_home)["id"], state_of(core)["id"]
    assert listed(core) == [home, remote]
    assert listed(core, host_id="db") == [home, remote]
    assert (listed(core, side="home"), listed(core, side="remote")) == ([home], [remote])
    assert listed(core, volume_id="copy") == [remote]
    with pytest.raises(Exception, match="No volume 'nothing'"):
        listed(core, volume_id="nothing")


def test_a_listing_without_a_side_is_of_the_array_that_answers_and_warns_of_the_other(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    at_home = keeper(arrays, HostAttachmentResource)
    at_home.run({"volume_id": arrays.volume().id, "host_id": arrays.driver.get_host("db").id})
    answering: dict[Side, str] = {"remote": state_of(at_home)["id"], "home": state_of(core)["id"]}  # by the dead side
    sides: tuple[Side, Side] = ("home", "remote")
    for dead, there in answering.items():
        arrays.set_state(dead, "refuse")
        resource: Any = core.resource()
        found = list_objects(resource, dict(EVERYTHING), whole=True, limit=0)
        assert [one.state["id"] for one in found if one.state is not None] == [there]
        assert [f"of the {dead} array" in said for said in warnings_of(resource.not_listed)] == [True]
        with pytest.raises(DriverError):
            listed(core, side=dead)
        for side in sides:
            arrays.set_state(side, "refuse")
        with pytest.raises(DriverError):
            listed(core)
        for side in sides:
            arrays.set_state(side, "up")
        arrays.driver.forget_recent()


def test_with_home_dead_the_remote_side_is_attached_and_read(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    arrays.set_state("home", "refuse")
    core.run(config)
    assert warnings_of(core.refresh()) == []
    assert core.plan(config).action == "no-op"


def test_attaching_a_volume_whose_other_side_may_be_written_is_a_warning(arrays: Linked, core: Core) -> None:
    volume, remote_id = paired(arrays)
    config = {"volume_id": remote_id, "host_id": arrays.driver.remote.get_host("db").id, "side": "remote"}
    assert warnings_of(core.plan(config).diagnostics) == []
    arrays.set_state("home", "refuse")
    arrays.set_link("down")
    arrays.driver.failover_host(operation="failover", scope=Scope(ids=(remote_id,)))
    plan = core.plan(config)
    summary = f"Both sides of volume {remote_id} may be written (remote side)"
    assert warnings_of(plan.diagnostics) == [summary]
    assert warnings_of(core.apply(plan, config)) == [summary]
    arrays.set_state("home", "up")
    arrays.driver.forget_recent()
    at_home = keeper(arrays, HostAttachmentResource)
    here = at_home.plan({"volume_id": volume.id, "host_id": arrays.driver.get_host("db").id})
    assert [said for said in warnings_of(here.diagnostics) if "may be written (home side)" in said]


@pytest.mark.parametrize("lost", [False, True])
def test_detaching_a_copy_that_serves_is_a_warning_and_stays_allowed(arrays: Linked, core: Core, *, lost: bool) -> None:
    """Hosts lose what they work on, also where the end of the replication in the same plan is then refused."""
    _, remote_id = paired(arrays)
    config = {"volume_id": remote_id, "host_id": arrays.driver.remote.get_host("db").id, "side": "remote"}
    core.run(config)
    assert warnings_of(core.plan(None).diagnostics) == []
    if lost:
        arrays.set_state("home", "refuse")
        arrays.set_link("down")
        arrays.driver.failover_host(operation="failover", scope=Scope(ids=(remote_id,)))
    else:
        terms = Terms(io_stopped=True)
        arrays.driver.failover_host(operation="switch", to="remote", scope=Scope(ids=(remote_id,)), terms=terms)
    plan = core.plan(None)
    (said,) = plan.diagnostics.items
    assert "is to be detached while the volume serves there" in said.summary
    assert f"row {9 if lost else 4}" in said.detail
    replaced = core.plan({**config, "lun": 77})
    assert replaced.action == "replace"
    assert any("while the volume serves there" in one for one in warnings_of(replaced.diagnostics))
    core.apply(plan)
    assert arrays.driver.remote.list_attachments() == ()


def test_without_a_replication_target_there_is_no_remote_side(arrays: Linked, config: dict[str, Any]) -> None:
    alone = arrays.another_driver(replication_target=None)
    try:
        with pytest.raises(Rejected, match="side: There is no remote side") as refused:
            keeper(arrays, HostAttachmentResource, driver=alone).run(config)
        assert refused.value.paths == ["side"]
    finally:
        alone.close()


def test_a_state_of_another_remote_array_is_refused(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    state_of(core)["system_id"] = "2107-75OTHER"
    with pytest.raises(Rejected, match="2107-75OTHER"):
        core.refresh()
    with pytest.raises(Rejected, match="the replication target is"):
        core.plan(None)


def test_a_replacement_without_a_side_is_refused_instead_of_going_home(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    """The same ids are another volume and another host there."""
    core.run(config)
    without = {**config, "side": None}
    here = {"volume_id": arrays.volume().id, "host_id": arrays.driver.get_host("db").id}
    for change in ({"lun": 77}, {"volume_id": UNKNOWN}, {**here, "lun": 5}):
        with pytest.raises(Rejected, match="would be replaced by an attachment at home") as refused:
            core.plan({**without, **change})
        assert refused.value.paths == ["side"]
    assert core.plan({**config, "lun": 77}).action == "replace"
    assert core.plan({**here, "side": "home"}).action == "replace"
    assert len(arrays.driver.remote.list_attachments()) == 1


def test_a_side_that_is_not_written_is_warned_of_while_the_attachment_stays(core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    for values in ({**config, "side": None}, {**config, "side": None, "timeouts": PATIENT}):
        plan = core.plan(values)
        assert plan.action in {"no-op", "update"}
        (said,) = warnings_of(plan.diagnostics)
        assert said.endswith('has no side = "remote" in its block')
        core.apply(plan, values)
        assert state_of(core)["side"] == "remote"
    assert warnings_of(core.plan(config).diagnostics) == []


def test_replaced_by_hand_without_a_side_it_is_refused_at_plan(core: Core, config: dict[str, Any]) -> None:
    """By -replace and replace_triggered_by the plan of the second half is the first to see it."""
    core.run(config)
    core.run({**config, "side": None, "timeouts": PATIENT})  # whatever was noted for an update
    with pytest.raises(Rejected, match="would be replaced by an attachment at home") as refused:
        core.plan({**config, "side": None}, replace=True)
    assert refused.value.paths == ["side"]
    plan = core.plan(config, replace=True)
    core.apply(plan, config)
    assert state_of(core)["side"] == "remote"


def test_tainted_without_a_side_nothing_is_attached_at_home_in_its_place(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    volume, remote = arrays.volume(), arrays.driver.remote
    if arrays.family == "ds8k":
        assert (volume.id, arrays.driver.get_host("db").id) == (config["volume_id"], config["host_id"])
    core.run(config)
    assert core.instance is not None
    core.instance.tainted = True
    without = {**config, "side": None}
    with pytest.raises(Rejected, match="nothing is attached at home in its place") as refused:
        core.apply(core.plan(without), without)
    assert 'Write side = "remote" before the next apply' in refused.value.errors[0].detail
    assert (arrays.driver.list_attachments(), remote.list_attachments()) == ((), ())
    core.run(config)
    assert len(remote.list_attachments()) == 1


def test_one_that_is_destroyed_is_in_the_way_of_none_at_home(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    """On two DS8000s the ids may well be the same."""
    here = {"volume_id": arrays.volume().id, "host_id": arrays.driver.get_host("db").id}
    core.run(config)
    core.run(None)
    core.run(here)
    assert state_of(core)["side"] == "home"
