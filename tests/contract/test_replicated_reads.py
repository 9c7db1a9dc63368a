"""Replicated volumes and their pairs on the day an array is lost: read as they were, planned empty, nothing changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.linked import Linked, linked
from support.resource_keeping import keeper
from support.xiv_mirroring import sites_of
from terraform_provider_xivds8k.driver import Family, Operation, Scope, Side, Terms, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Resource
from terraform_provider_xivds8k.resources import (
    ConsistencyGroupMemberResource,
    ConsistencyGroupResource,
    ReplicationResource,
    VolumeResource,
)

MODES: dict[Family, str] = {"xiv": "sync", "ds8k": "metro_mirror"}


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db", time_scale=20) as found:
        yield found


@dataclass
class Kept:
    """Keep objects and their configurations as a state file does; each run is a new provider process."""

    arrays: Linked
    objects: dict[str, tuple[type[Resource[Any, Any]], dict[str, Any], Core]]
    drivers: list[XIVDS8KDriver]

    def make(self, label: str, kind: type[Resource[Any, Any]], config: dict[str, Any]) -> dict[str, Any]:
        """Have one made; return its state."""
        core = keeper(self.arrays, kind)
        core.run(config)
        self.objects[label] = kind, config, core
        return state_of(core)

    def again(self, label: str, *, keeps: bool = False) -> Core:
        """Return an object behind a new provider process."""
        kind, _, core = self.objects[label]
        driver = self.arrays.another_driver()
        self.drivers.append(driver)
        later = keeper(self.arrays, kind, driver=driver, keeps_unreachable=keeps)
        later.instance = copy.deepcopy(core.instance)
        return later

    def plans_empty(self, label: str) -> list[str]:
        """Refresh in a new process, make sure that nothing changes; return the warnings."""
        core = self.again(label)
        before = copy.deepcopy(core.instance)
        said = warnings_of(core.refresh())
        assert core.instance == before, label
        assert core.plan(self.objects[label][1]).action == "no-op", label
        return said


@pytest.fixture
def kept(arrays: Linked) -> Iterator[Kept]:
    """Keep a replicated volume and its replication, and a volume that is none."""
    found = Kept(arrays, {}, [])
    volume = {"name": "repl_v", "pool": arrays.pool, "size_gib": 1, "allow_full_resync": True}
    own_id = found.make("volume", VolumeResource, volume)["id"]
    found.make("plain", VolumeResource, {**volume, "name": "plain_v"})
    place = {"remote_pool": arrays.pool, "wait_for_sync": True}
    pair = {"volume_id": own_id, "mode": MODES[arrays.family], **place}
    found.make("pair", ReplicationResource, pair)
    found.again("volume").refresh()
    yield found
    for driver in found.drivers:
        driver.close()


def move(kept: Kept, operation: Operation, to: Side | None = None, **terms: Any) -> None:
    """Move the pair."""
    remote_id = state_of(kept.objects["pair"][2])["remote_volume_id"]
    driver = kept.arrays.another_driver()
    kept.drivers.append(driver)
    driver.failover_host(operation=operation, to=to, scope=Scope(ids=(remote_id,)), terms=Terms(**terms))


def test_nothing_is_planned_through_the_loss_of_home_a_failover_and_the_way_back(arrays: Linked, kept: Kept) -> None:
    replicated = ("volume", "pair")
    arrays.set_state("home", "refuse")
    arrays.set_link("down")
    for label in replicated:
        assert any("home array does not answer" in said for said in kept.plans_empty(label)), label
    move(kept, "failover")
    for label in replicated:
        kept.plans_empty(label)
    arrays.set_state("home", "up")
    arrays.set_link("up")
    for label in replicated:
        assert kept.plans_empty(label) == []
    move(kept, "resync", authoritative_backend_id="remote", io_stopped=True)
    for label in replicated:
        kept.plans_empty(label)
    arrays.advance(60)
    move(kept, "failback", authoritative_backend_id="remote", io_stopped=True)
    for label in replicated:
        assert kept.plans_empty(label) == []


def test_with_the_remote_array_lost_both_plan_empty_and_the_pair_is_not_gone(arrays: Linked, kept: Kept) -> None:
    arrays.set_state("remote", "refuse")
    assert kept.plans_empty("volume") == []
    assert any("remote array does not answer" in said for said in kept.plans_empty("pair"))


def test_a_volume_the_remote_array_does_not_list_is_an_error_or_kept_where_that_is_said(
    arrays: Linked, kept: Kept
) -> None:
    arrays.set_state("home", "refuse")
    with pytest.raises(Rejected):
        kept.again("plain").refresh()
    core = kept.again("plain", keeps=True)
    before = copy.deepcopy(state_of(core))
    assert ["is kept as it was" in said for said in warnings_of(core.refresh())] == [True]
    assert state_of(core) == before


def test_a_pair_one_array_denies_while_the_other_is_silent_is_kept_in_those_words(arrays: Linked, kept: Kept) -> None:
    arrays.driver.disable_replication(replication_id=state_of(kept.objects["pair"][2])["id"])
    arrays.set_state("remote", "refuse")
    with pytest.raises(Rejected):
        kept.again("pair").refresh()
    (said,) = warnings_of(kept.again("pair", keeps=True).refresh())
    assert "home says that there is no such pair, and the remote array does not answer" in said


def test_with_both_arrays_lost_everything_is_an_error_or_kept_where_that_is_said(arrays: Linked, kept: Kept) -> None:
    arrays.set_state("home", "refuse")
    arrays.set_state("remote", "refuse")
    for label in ("volume", "pair"):
        with pytest.raises(Rejected):
            kept.again(label).refresh()
        core = kept.again(label, keeps=True)
        before = copy.deepcopy(state_of(core))
        assert ["is kept as it was" in said for said in warnings_of(core.refresh())] == [True]
        assert state_of(core) == before


def test_with_home_lost_no_change_is_made(arrays: Linked, kept: Kept) -> None:
    arrays.set_state("home", "refuse")
    for label, change in (("volume", {"name": "other"}), ("pair", {"wait_for_sync": False})):
        for wanted in ({**kept.objects[label][1], **change}, None):
            core = kept.again(label)
            before = copy.deepcopy(core.instance)
            with pytest.raises(Rejected):
                core.run(wanted)
            assert core.instance == before


def test_a_replicated_volume_grows_on_both_arrays(arrays: Linked, kept: Kept) -> None:
    grown = {**kept.objects["volume"][1], "size_gib": 2}
    core = kept.again("volume")
    core.run(grown)
    core.refresh()
    assert core.plan(grown).action == "no-op"
    pair = state_of(kept.again("pair"))
    sizes = [arrays.driver.get_volume(pair["id"]), arrays.driver.remote.get_volume(pair["remote_volume_id"])]
    assert min(volume.size_bytes for volume in sizes) >= 2 * 2**30
    kept.plans_empty("pair")


def test_a_growth_of_a_pair_that_is_not_in_step_is_told_at_plan_and_refused(arrays: Linked, kept: Kept) -> None:
    arrays.set_link("down")
    arrays.write("home", state_of(kept.again("volume"))["id"], "late")
    grown = {**kept.objects["volume"][1], "size_gib": 2}
    core = kept.again("volume")
    assert any("its pair is in row 2" in said for said in warnings_of(core.plan(grown).diagnostics))
    with pytest.raises(Rejected, match="row 2"):
        core.run(grown)


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_growth_that_no_destroy_may_refuse_is_told_at_plan(arrays: Linked, kept: Kept) -> None:
    grown = {**kept.objects["volume"][1], "size_gib": 2}
    driver = arrays.another_driver(mode="no_destroy")
    core = keeper(arrays, VolumeResource, driver=driver, mode="no_destroy")
    core.instance = kept.again("volume").instance
    plan = core.plan(grown)
    (said,) = [item.detail for item in plan.diagnostics.items if "may be taken apart" in item.summary]
    assert 'mode = "no_destroy" refuses that' in said
    with pytest.raises(Rejected, match="no_destroy"):
        core.apply(plan)
    plan = kept.again("volume").plan(grown)
    assert not [item for item in plan.diagnostics.items if "no_destroy" in item.detail]
    driver.close()


def test_the_destruction_of_a_replicated_volume_is_told_at_plan_and_refused(kept: Kept) -> None:
    core = kept.again("volume")
    (warning,) = warnings_of(core.plan(None).diagnostics)
    assert "is to be destroyed and has" in warning
    with pytest.raises(Rejected):
        core.run(None)


@pytest.mark.parametrize("family", ["xiv"])
def test_a_mirrored_group_and_its_members_are_read_as_they_were_while_home_is_lost(arrays: Linked, kept: Kept) -> None:
    group = kept.make("group", ConsistencyGroupResource, {"name": "mirrored_g", "pool": arrays.pool})
    place = {"remote_pool": arrays.pool, "wait_for_sync": True, "mode": "sync"}
    kept.make("group pair", ReplicationResource, {"consistency_group_id": group["id"], **place})
    volume_id = state_of(kept.again("volume"))["id"]
    member = {"consistency_group_id": group["id"], "volume_id": volume_id}
    kept.make("member", ConsistencyGroupMemberResource, member)
    for label in ("group", "group pair", "member", "volume", "pair"):
        assert kept.plans_empty(label) == [], label
    arrays.set_state("home", "refuse")
    for label in ("group", "group pair", "member", "volume", "pair"):
        assert any("home array does not answer" in said for said in kept.plans_empty(label)), label


@pytest.mark.parametrize("family", ["ds8k"])
@pytest.mark.parametrize("dead", ["home", "remote"])
def test_another_spelling_of_a_pool_plans_nothing_whichever_array_is_lost(
    arrays: Linked, kept: Kept, dead: Side
) -> None:
    """Only where something else is to change, too, it has to be known."""
    pools = {pool.id: pool.name for pool in arrays.driver.list_pools()}
    arrays.set_state(dead, "refuse")
    for label, line in (("volume", "pool"), ("pair", "remote_pool")):
        core, config = kept.again(label), kept.objects[label][1]
        respelled = {**config, line: pools[config[line]]}
        core.refresh()
        before = copy.deepcopy(core.instance)
        assert core.plan(respelled).action == "no-op", label
        assert core.instance == before


def test_a_label_that_is_changed_while_home_is_lost_replaces_nothing(arrays: Linked, kept: Kept) -> None:
    core, config = kept.again("pair"), kept.objects["pair"][1]
    core.run({**config, "backend_id": "remote"})
    target = arrays.settings.replication_target
    assert target is not None
    driver = arrays.another_driver(replication_target=replace(target, backend_id="potsdam"))
    kept.drivers.append(driver)
    later = keeper(arrays, ReplicationResource, driver=driver)
    later.instance = copy.deepcopy(core.instance)
    for side in ("home", "remote"):
        arrays.set_state(side, "refuse")
        later.refresh()
        assert later.plan({**config, "backend_id": "potsdam"}).action == "update", side
        arrays.set_state(side, "up")


@pytest.mark.parametrize("family", ["xiv"])
def test_a_remote_pool_that_was_renamed_replaces_no_pair(arrays: Linked, kept: Kept) -> None:
    with sites_of(arrays.simulation) as sites:
        sites.away.does("pool_rename", pool=arrays.pool, new_name="renamed")
    core, config = kept.again("pair"), kept.objects["pair"][1]
    core.refresh()
    assert core.plan({**config, "remote_pool": "renamed"}).action == "no-op"
    with sites_of(arrays.simulation) as sites:
        other = sites.away.does("pool_list")
    (elsewhere,) = [pool["name"] for pool in other if pool["name"] != "renamed"][:1]
    with pytest.raises(Rejected, match="stays is called"):
        core.plan({**config, "remote_pool": elsewhere})
