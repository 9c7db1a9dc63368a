"""A managed volume whose new name was sent and not confirmed, and one planned while the array is silent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from support.core import Core, Rejected
from support.simulated import World
from support.volume_runs import GIB
from terraform_provider_xivds8k.driver import Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.lifecycle.moving import move_object
from terraform_provider_xivds8k.lifecycle.requests import MoveRequest, StateResponse
from terraform_provider_xivds8k.provider import SOURCE_ADDRESS, Provider
from terraform_provider_xivds8k.resources import ManagedVolumeResource, VolumeResource

SHORT = {"create": "2s", "read": None, "update": None, "delete": None}


@pytest.fixture
def core(array: World) -> Iterator[Core]:
    """Keep a managed volume, as one provider process does."""
    with closing(array.another_driver()) as driver:
        configured: Configured[XIVDS8KDriver] = Configured(
            open_driver=lambda: driver, close_driver=lambda _: None, guards=Guards(), family=array.family
        )
        yield Core(lambda: ManagedVolumeResource(configured), begin=driver.forget_recent)


@pytest.fixture
def legacy(array: World) -> Volume:
    """Have a volume that was there before."""
    return array.driver.create_volume(name=array.new_name(), pool=array.pools()[0].id, size_bytes=16 * GIB)


@pytest.fixture(params=[True, False], ids=["arrived", "lost"])
def halfway(
    request: pytest.FixtureRequest, array: World, core: Core, legacy: Volume, rename_command: str
) -> dict[str, object]:
    """Lose the array while the new name is sent, which arrives or does not; return the configuration."""
    new_name = array.new_name()
    config: dict[str, object] = {"existing_name": legacy.name, "name": new_name, "timeouts": SHORT}
    array.fail(rename_command, "down")
    with pytest.raises(Rejected, match=f"may be called {new_name} by now") as caught:
        core.run(config)
    assert legacy.id in str(caught.value)
    array.ask("DELETE", "/faults")
    array.ask("POST", f"/arrays/{array.name}", {"state": "up"})
    if request.param:
        array.driver.rename_volume(volume_id=legacy.id, new_name=new_name)
    return config


def test_its_state_has_the_id_and_the_old_name_to_go_back_to(
    core: Core, legacy: Volume, halfway: dict[str, object]
) -> None:
    assert core.instance is not None
    state = core.instance.state
    assert core.instance.tainted
    assert (state["id"], state["restore_name"]) == (legacy.id, legacy.name)
    assert state["written_name"] == halfway["name"]


@pytest.mark.parametrize("way", ["applied as it is", "applied with its id beside", "untainted"])
def test_both_ways_on_end_with_the_new_name(
    array: World, core: Core, legacy: Volume, halfway: dict[str, object], way: str
) -> None:
    """Applied as it is, it is given up under its old name and taken again."""
    assert core.instance is not None
    config = {**halfway, "timeouts": None, **({"existing_id": legacy.id} if "beside" in way else {})}
    core.instance.tainted = way != "untainted"
    plan = core.run(config)
    assert plan.action == ("replace" if way != "untainted" else "update")
    assert core.instance is not None
    assert core.instance.state["restore_name"] is None
    assert core.plan(config).action == "no-op"
    assert array.driver.get_volume(legacy.id).name == halfway["name"]


def _moved(core: Core) -> StateResponse:
    """Ask for the state as an owned volume's, as a moved block does."""
    assert core.instance is not None
    return move_object(
        Provider({}),
        VolumeResource(None),
        MoveRequest(
            provider_address=SOURCE_ADDRESS,
            type_name="xivds8k_managed_volume",
            schema_version=0,
            state=json.dumps(core.instance.state).encode(),
            private=core.instance.private,
        ),
    )


@pytest.mark.parametrize("way", ["applied as it is", "untainted"])
def test_it_becomes_no_volume_that_a_tainted_replacement_deletes_until_it_is_settled(
    core: Core, legacy: Volume, halfway: dict[str, object], way: str
) -> None:
    """A refresh settles nothing, an apply does, also one that finds everything as it was to be."""
    config = {**halfway, "timeouts": None, "restore_name": legacy.name}
    core.refresh()
    refused = _moved(core)
    assert refused.state is None
    assert "terraform untaint" in refused.diagnostics.items[0].detail
    assert core.instance is not None
    core.instance.tainted = way == "applied as it is"
    core.run(config)
    settled = _moved(core)
    assert settled.state is not None
    assert settled.state["deletion_protection"] is True
    assert core.plan(config).action == "no-op"


def test_it_is_planned_while_the_array_is_silent(array: World, core: Core, legacy: Volume) -> None:
    """What cannot be known is left to the apply, which fails and leaves nothing."""
    array.ask("POST", f"/arrays/{array.name}", {"state": "refuse"})
    plan = core.plan({"existing_name": legacy.name, "size_gib": 400, "timeouts": SHORT})
    assert plan.action == "create"
    with pytest.raises(Rejected, match="cannot be reached"):
        core.apply(plan)
    assert core.instance is None


@pytest.mark.parametrize("existing", [{"existing_id": "payroll"}, {"existing_name": "nobody"}])
def test_a_plan_tells_at_its_place_of_what_is_no_volume(core: Core, existing: dict[str, object]) -> None:
    """What can be none is an error, what is not there a warning."""
    if "existing_id" in existing:
        with pytest.raises(Rejected, match="is no volume id") as caught:
            core.plan(existing)
        assert caught.value.paths == ["existing_id"]
        return
    (said,) = core.plan(existing).diagnostics.items
    assert (said.severity, str(said.path)) == ("warning", "existing_name")


def test_a_name_is_compared_as_it_is_spelled_in_the_plan_and_in_the_apply(core: Core, legacy: Volume) -> None:
    """An XIV may answer to another spelling; both say how the volume is spelled, and nothing is taken."""
    written = legacy.name.swapcase()
    plan = core.plan({"existing_name": written})
    (said,) = plan.diagnostics.items
    assert (said.severity, str(said.path)) == ("warning", "existing_name")
    assert repr(legacy.name) in said.detail
    with pytest.raises(Rejected, match=repr(legacy.name)):
        core.apply(plan)
    assert core.instance is None
    core.run({"existing_name": legacy.name})
    assert core.plan({"existing_name": legacy.name}).action == "no-op"
