"""An array that does not answer, with ``when_unreachable = "keep"``: states stand, changes and data sources fail."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.resource_keeping import keeper
from support.simulated import World
from terraform_provider_xivds8k.data_sources import VolumesDataSource
from terraform_provider_xivds8k.driver import Unreachable
from terraform_provider_xivds8k.lifecycle import Configured, Diagnostics, Guards, Resource
from terraform_provider_xivds8k.resources import (
    ConsistencyGroupMemberResource,
    ConsistencyGroupResource,
    ConsistencyGroupSnapshotResource,
    HostAttachmentResource,
    HostResource,
    ManagedVolumeResource,
    SnapshotResource,
    VolumeResource,
)

Kept = tuple[Core, dict[str, Any], dict[str, Any]]  # with the configuration, and with one that changes something
WWPN = "10000000C9BB0001"
TIMEOUTS = {"create": None, "read": "1s", "update": None, "delete": None}


@pytest.fixture
def kept(array: World) -> Iterator[list[Kept]]:
    """Make one object of every type, and have each kept by a new provider process, whose array does not answer."""
    ds8k, pool = array.family == "ds8k", array.pools()[0].id
    found: list[Kept] = []
    later = array.another_driver()

    def keep(kind: type[Resource[Any, Any]], config: dict[str, Any], **change: Any) -> dict[str, Any]:
        core = keeper(array, kind)
        core.run(config)
        dead = keeper(array, kind, driver=later, keeps_unreachable=True)
        dead.instance = core.instance
        found.append((dead, config, {**config, **change}))
        return state_of(core)

    volume = keep(VolumeResource, {"name": "kept_v", "pool": pool, "size_gib": 1}, size_gib=2)
    other = array.driver.create_volume(name="kept_m", pool=pool, size_bytes=2**30)
    managed = {"existing_id": other.id, "name": other.name}
    keep(ManagedVolumeResource, managed)
    keep(SnapshotResource, {"volume_id": volume["id"], "name": "kept_s"})
    host = keep(HostResource, {"name": "kept_h", "wwpns": [WWPN]})
    keep(HostAttachmentResource, {"volume_id": other.id, "host_id": host["id"]})
    place = {} if ds8k else {"pool": pool}
    group = keep(ConsistencyGroupResource, {"name": "kept_g", **place})
    member = {"consistency_group_id": group["id"], "volume_id": volume["id"]}
    keep(ConsistencyGroupMemberResource, member)
    shared = {"allow_shared_lss": True} if ds8k else {}
    points = {"name": "kept_p", "volume_ids": [volume["id"]], "consistency_group_id": group["id"], **shared}
    keep(ConsistencyGroupSnapshotResource, points)
    array.ask("POST", f"/arrays/{array.name}", {"state": "refuse"})
    yield found
    later.close()


def test_every_state_stands_with_a_warning_and_plans_empty(kept: list[Kept]) -> None:
    for core, config, _ in kept:
        before = copy.deepcopy(core.instance)
        (warning,) = warnings_of(core.refresh())
        assert "is kept as it was: the array does not answer" in warning
        assert stands(core, before)
        assert core.plan(config).action == "no-op", core.node.type_name


def stands(core: Core, before: Any) -> bool:
    """Tell whether all that a user sees of an object is as before."""
    now = core.instance
    return now is not None and (now.state, now.identity, now.tainted) == (before.state, before.identity, before.tainted)


def test_no_change_is_made(kept: list[Kept]) -> None:
    for core, _, changed in kept:
        before = copy.deepcopy(core.instance)
        for wanted in (changed, None) if core.node.type_name == "xivds8k_volume" else (None,):
            with pytest.raises(Rejected):
                core.run(wanted)
            assert stands(core, before), core.node.type_name


def test_what_was_kept_is_not_changed_by_a_plan_that_did_not_see_it(array: World) -> None:
    config = {"name": "unseen", "pool": array.pools()[0].id, "size_gib": 1}
    larger = {**config, "size_gib": 2}
    core = keeper(array, VolumeResource, keeps_unreachable=True)
    core.run(config)
    array.ask("POST", f"/arrays/{array.name}", {"state": "refuse"})
    core.refresh()
    before, plans = copy.deepcopy(core.instance), [core.plan(wanted) for wanted in (larger, None)]
    array.ask("POST", f"/arrays/{array.name}", {"state": "up"})
    for plan in plans:
        with pytest.raises(Rejected, match="was kept as it was, and is not changed"):
            core.apply(plan)
        assert core.instance == before
    core.run(larger)
    assert state_of(core)["size_gib"] == 2


def test_the_error_of_an_array_that_does_not_answer_names_the_setting_that_keeps_the_state(array: World) -> None:
    core = keeper(array, VolumeResource)
    core.run({"name": "named", "pool": array.pools()[0].id, "size_gib": 1})
    array.ask("POST", f"/arrays/{array.name}", {"state": "refuse"})
    with pytest.raises(Rejected, match='when_unreachable = "keep" in the provider block keeps the state'):
        core.refresh()


def test_an_array_that_is_slow_is_not_called_silent(array: World) -> None:
    core = keeper(array, VolumeResource)
    core.run({"name": "slow", "pool": array.pools()[0].id, "size_gib": 1, "timeouts": TIMEOUTS})
    array.driver.delete_volume(volume_id=state_of(core)["id"])
    driver = array.another_driver()
    driver.list_pools()
    try:
        later = keeper(array, VolumeResource, driver=driver, keeps_unreachable=True)
        later.instance = core.instance
        for command in {"xiv": ("vol_list",), "ds8k": ("GET /volumes*", "GET /pools*", "GET /systems*")}[array.family]:
            slow = {"array": array.name, "command": command, "nth": 1, "times": 50, "action": "delay_before"}
            array.ask("POST", "/faults", {**slow, "seconds": 1.3})
        with pytest.raises(Rejected, match="Not done within"):
            later.refresh()
    finally:
        driver.close()


def test_an_array_that_hangs_is_silent(array: World) -> None:
    core = keeper(array, VolumeResource)
    core.run({"name": "hanging", "pool": array.pools()[0].id, "size_gib": 1})
    driver = array.another_driver(request_timeout_s=0.3)
    driver.list_pools()
    try:
        later = keeper(array, VolumeResource, driver=driver, keeps_unreachable=True)
        later.instance = core.instance
        array.ask("POST", f"/arrays/{array.name}", {"state": "hang"})
        assert any("is kept as it was" in said for said in warnings_of(later.refresh()))
    finally:
        array.ask("POST", f"/arrays/{array.name}", {"state": "up"})
        driver.close()


def test_an_array_that_answers_and_is_not_trusted_is_an_error(array: World) -> None:
    """It may be another one: nothing is said to be as it was."""
    core = keeper(array, VolumeResource, keeps_unreachable=True)
    core.run({"name": "trusted", "pool": array.pools()[0].id, "size_gib": 1})
    wrong = replace(array.settings.connection, ca_pem=None, fingerprint="00" * 32)
    driver = array.another_driver(connection=wrong)
    try:
        other = keeper(array, VolumeResource, driver=driver, keeps_unreachable=True)
        other.instance = core.instance
        with pytest.raises(Rejected):
            other.refresh()
    finally:
        driver.close()


def test_a_data_source_fails(array: World) -> None:
    array.ask("POST", f"/arrays/{array.name}", {"state": "refuse"})
    configured = Configured(
        open_driver=lambda: array.driver,
        close_driver=lambda one: one.close(),
        guards=Guards(keeps_unreachable=True),
        family=array.family,
    )
    source = VolumesDataSource(configured)
    with pytest.raises(Unreachable):
        source.read(source.model.nothing(), Diagnostics())
