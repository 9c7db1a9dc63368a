"""A creation in doubt, from the resource down to the wire: it ends in a state, and only what it made is ever taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from support.core import Core, Rejected
from support.simulated import World
from terraform_provider_xivds8k.driver import Volume
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.driver.xiv.client import Client
from terraform_provider_xivds8k.plugin import Cancellation

GIB = 2**30
Manage = Callable[..., Core]


def _config(array: World, **values: object) -> dict[str, object]:
    thin = {"provisioning": "thin"} if array.family == "ds8k" else {}
    return {"name": array.new_name(), "pool": array.pools()[0].id, "size_gib": 1, **thin, **values}


def _lost(array: World, core: Core, create_command: str, **values: object) -> dict[str, object]:
    """Lose a creation the array never saw; return the configuration."""
    config = _config(array, **values)
    array.fail(create_command, "drop_before")
    with pytest.raises(Rejected, match="not known"):
        core.run(config)
    assert core.instance is not None
    assert core.instance.state["id"] is None
    return config


def test_a_creation_stopped_before_it_shows_ends_in_a_state(array: World, manage: Manage, create_command: str) -> None:
    """The process has asked the array nothing before that would tell it which array it is."""
    stop = Cancellation()
    core, config = manage(stop), _config(array)
    plan = core.plan(config)
    array.fail(create_command, "delay_before", seconds=4)

    def stop_during_the_creation() -> None:
        deadline = time.monotonic() + 20
        while create_command not in array.calls() and time.monotonic() < deadline:
            time.sleep(0.02)
        stop.set()

    stopping = threading.Thread(target=stop_during_the_creation)
    stopping.start()
    with pytest.raises(Rejected):
        core.apply(plan)
    stopping.join(20)
    assert core.instance is not None
    state = core.instance.state
    assert (state["id"], state["name"], state["system_id"]) == (None, config["name"], array.description["system_id"])


def test_a_volume_of_another_size_is_neither_deleted_nor_taken(
    array: World, manage: Manage, create_command: str
) -> None:
    core = manage()
    config = _lost(array, core, create_command)
    thin = {"provisioning": "thin"} if array.family == "ds8k" else {}
    made = array.driver.create_volume(
        name=str(config["name"]),
        pool=str(config["pool"]),
        size_bytes=64 * GIB,
        **thin,  # type: ignore[arg-type]  # thin or nothing
    )
    _stays(array, core, config, made)


@pytest.mark.parametrize("family", ["ds8k"])
@pytest.mark.parametrize("other", [{"provisioning": "thick"}, {"provisioning": "thin", "lss": "04"}])
def test_a_volume_of_another_kind_is_neither_deleted_nor_taken(
    array: World, manage: Manage, create_command: str, other: dict[str, str]
) -> None:
    """What only a creation decides tells whose it is; taken, it would be replaced by the next apply."""
    core = manage()
    config = _lost(array, core, create_command, lss="02")
    made = array.driver.create_volume(
        name=str(config["name"]),
        pool=str(config["pool"]),
        size_bytes=GIB,
        **other,  # type: ignore[arg-type]  # thin or thick
    )
    _stays(array, core, config, made)


@pytest.mark.parametrize("family", ["ds8k"])
@pytest.mark.parametrize("size_gib", [8, 50])
def test_a_volume_whose_model_nobody_sees_is_not_deleted_for_a_fixed_one(
    array: World, manage: Manage, create_command: str, size_gib: int
) -> None:
    array.ask("POST", "/switches", {"array": array.name, "name": "os400_model_in_mtm", "on": False})
    core = manage()
    config = _lost(array, core, create_command, os400="A01", size_gib=None)
    made = array.driver.create_volume(
        name=str(config["name"]), pool=str(config["pool"]), size_bytes=size_gib * GIB, provisioning="thin"
    )
    with pytest.raises(Rejected, match=r"in doubt and was not deleted"):
        core.run(None)
    assert array.driver.get_volume(made.id).name == config["name"]


@pytest.mark.parametrize("family", ["xiv"])
def test_a_volume_made_and_not_undone_is_in_the_state_with_its_id(array: World, manage: Manage) -> None:
    """Its class was asked for, the answer lost, and the array down from then on."""
    core = manage()
    config = {**_config(array), "qos_class": "gold"}
    array.fail("perf_class_add_vol", "drop_after")
    array.fail("vol_list", "down", nth=2)
    with pytest.raises(Rejected):
        core.run({**config, "timeouts": dict.fromkeys(("create", "read", "update", "delete"), "5s")})
    array.ask("POST", f"/arrays/{array.name}", {"state": "up"})
    assert core.instance is not None
    assert [core.instance.state["id"]] == [one.id for one in array.driver.find_volumes_by_name(str(config["name"]))]


@pytest.mark.parametrize("family", ["xiv"])
def test_a_snapshot_of_our_name_is_neither_deleted_nor_taken(array: World, manage: Manage) -> None:
    """A snapshot of an unchanged volume uses no space either, and is somebody's point in time."""
    core = manage()
    config = _lost(array, core, "vol_create")
    master = array.driver.create_volume(name=array.new_name(), pool=str(config["pool"]), size_bytes=GIB)
    client = Client(array.settings)
    try:
        client.write("snapshot_create", Budget(5), vol=master.name, name=str(config["name"]))
    finally:
        client.close()
    (snapshot,) = array.driver.find_volumes_by_name(str(config["name"]))
    _stays(array, core, config, snapshot)


def _stays(array: World, core: Core, config: dict[str, object], found: Volume) -> None:
    with pytest.raises(Rejected, match=r"in doubt and was not deleted"):
        core.run(None)
    assert core.instance is not None
    core.instance.tainted = False
    with pytest.raises(Rejected, match=r"in doubt and was not taken over"):
        core.run(config)
    assert array.driver.get_volume(found.id).name == config["name"]


@pytest.mark.parametrize("family", ["ds8k"])
@pytest.mark.parametrize("whole_gib", [True, False])
def test_a_fixed_model_has_the_size_the_array_gives_it(array: World, manage: Manage, whole_gib: bool) -> None:
    """Its creation is found after a lost answer, its import plans empty, and it gives way to a smaller model."""
    array.ask("POST", "/switches", {"array": array.name, "name": "os400_reports_whole_gib", "on": whole_gib})
    core = manage()
    config = {"name": array.new_name(), "pool": "P0", "os400": "A04"}
    array.fail("POST /volumes", "drop_after")
    core.run(config)
    core.refresh()
    assert core.plan(config).action == "no-op"
    assert core.instance is not None
    adopted = manage()
    adopted.import_object(str(core.instance.state["id"]))
    kept = {**config, "deletion_protection": False}
    assert adopted.plan(kept).action == "no-op"
    assert adopted.plan({**kept, "os400": "A01"}).action == "replace"


@pytest.mark.parametrize("os400", ["", "A99"])
def test_an_os400_model_that_is_none_is_refused_before_anything_is_made(
    array: World, manage: Manage, os400: str
) -> None:
    core = manage()
    with pytest.raises(Rejected) as refused:
        core.run({**_config(array), "os400": os400})
    assert refused.value.paths == ["os400"]


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_replacement_may_be_smaller(array: World, manage: Manage, family: str) -> None:
    """Nothing of a volume on an XIV is replaced."""
    core = manage()
    config = _config(array, size_gib=4)
    core.run(config)
    core.refresh()
    smaller = {**config, "size_gib": 2}
    with pytest.raises(Rejected, match="cannot shrink"):
        core.plan(smaller)
    plan = core.plan({**smaller, "provisioning": "thick"})
    assert plan.action == "replace"
    core.apply(plan)
    assert core.instance is not None
    assert core.instance.state["actual_bytes"] == 2 * GIB
