"""A changed label of the array to replicate to: the same array, unless home says that its pair is with another one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.linked import Linked, connection_of, linked
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Connection, Family, Side, XIVDS8KDriver
from terraform_provider_xivds8k.resources import ReplicationResource
from terraform_provider_xivds8k.simulators.context import context_of
from terraform_provider_xivds8k.simulators.ds8k.pairs import KIND, of_volume
from terraform_provider_xivds8k.simulators.store import Store

MODES: dict[Family, str] = {"xiv": "sync", "ds8k": "metro_mirror"}
LISTINGS: dict[Family, str] = {"xiv": "mirror_list", "ds8k": "GET /cs/pprcs"}
REFUSALS: dict[Family, str] = {"xiv": "INTERNAL_ERROR", "ds8k": "BE7A0042"}


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db", request_timeout_s=2, time_scale=20) as found:
        yield found


@pytest.fixture
def config(arrays: Linked) -> dict[str, Any]:
    """Return the configuration of a copy that names its array."""
    volume = arrays.volume("first")
    return {"volume_id": volume.id, "mode": MODES[arrays.family], "wait_for_sync": True, "backend_id": "remote"}


@pytest.fixture
def core(arrays: Linked, config: dict[str, Any]) -> Core:
    """Keep a replication that is set up."""
    kept = keeper(arrays, ReplicationResource)
    kept.run(config)
    return kept


@pytest.fixture
def third(family: Family, tmp_path: Path) -> Iterator[Connection]:
    """Serve an array that is none of the two, and return how it is reached."""
    file = tmp_path / "third.db"
    with linked(family, file) as others:
        store = Store(file)
        with store.transaction() as transaction:
            context = context_of(transaction, others.name("remote"))
            ((kind, key),) = [(kind, key) for kind in ("config", "system") for key in context.keys(kind)]
            row = context.get(kind, key) or {}
            context.remove(kind, key)
            if family == "xiv":
                context.put(kind, key, {**row, "machine_serial_number": "1300777", "system_id": "300777"})
            else:
                context.put(kind, "2107-75THIRD", {**row, "id": "2107-75THIRD", "sn": "75THIRD"})
        store.close()
        yield connection_of(others.simulation, 1)


def labelled(arrays: Linked, connection: Connection | None = None) -> XIVDS8KDriver:
    """Return a driver of a new process, whose target has another label."""
    target = arrays.settings.replication_target
    assert target is not None
    reached = connection or target.connection
    return arrays.another_driver(replication_target=replace(target, backend_id="potsdam", connection=reached))


def later(arrays: Linked, core: Core, driver: XIVDS8KDriver) -> Core:
    """Keep what is in the state in a new process, which has refreshed nothing."""
    kept = keeper(arrays, ReplicationResource, driver=driver)
    kept.instance = core.instance
    return kept


@pytest.mark.parametrize("lost", ["both arrays", "home", "remote", "one listing"])
def test_a_label_is_left_to_a_plan_that_can_tell_whose_it_is(
    arrays: Linked, core: Core, config: dict[str, Any], lost: str
) -> None:
    sides: dict[str, tuple[Side, ...]] = {"both arrays": ("home", "remote"), "home": ("home",), "remote": ("remote",)}
    for side in sides.get(lost, ()):
        arrays.set_state(side, "refuse")
    if lost == "one listing":
        arrays.fail("home", LISTINGS[arrays.family], "error", code=REFUSALS[arrays.family], times=9)
    renamed = {**config, "backend_id": "potsdam"}
    with closing(labelled(arrays)) as driver:
        kept = later(arrays, core, driver)
        plan = kept.plan(renamed)
        if lost == "home":
            assert plan.action == "update"  # the remote array lists the pair with home
            return
        assert plan.action == "no-op"
        assert [one for one in warnings_of(plan.diagnostics) if "cannot be told whether 'potsdam' is the array" in one]
        with pytest.raises(Rejected, match="cannot be told whether 'potsdam' is the array") as refused:
            kept.plan({**renamed, "remote_on_delete": "delete"})
        assert refused.value.paths == ["backend_id"]
        assert kept.plan(None).action == "delete"
        for side in sides.get(lost, ()):
            arrays.set_state(side, "up")
        arrays.ask("DELETE", "/faults")
        driver.forget_recent()
        kept.apply(kept.plan(renamed))
        assert state_of(kept)["backend_id"] == "potsdam"


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_label_of_a_pair_that_nobody_understands_is_taken_over(
    arrays: Linked, core: Core, config: dict[str, Any], tmp_path: Path
) -> None:
    store = Store(tmp_path / "simulator.db")
    with store.transaction() as transaction:
        context = context_of(transaction, arrays.name("home"))
        ((key, row),) = of_volume(context, config["volume_id"])
        context.put(KIND, key, {**row, "state": "volume_inaccessible"}, group="steady")
    store.close()
    with closing(labelled(arrays)) as driver:
        found = driver.find_replication(config["volume_id"])
        assert found is not None
        assert found.row == 16
        assert later(arrays, core, driver).plan({**config, "backend_id": "potsdam"}).action == "update"


def test_a_pair_with_another_array_than_the_label_s_is_to_be_replaced(
    arrays: Linked, core: Core, config: dict[str, Any], third: Connection
) -> None:
    with closing(labelled(arrays, third)) as driver:
        kept = later(arrays, core, driver)
        plan = kept.plan({**config, "backend_id": "potsdam", "remote_name": "another"})
        assert plan.action == "replace"
        assert "backend_id" in plan.replaces
