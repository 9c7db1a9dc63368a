"""What a user writes wrong is said at plan; what the array refuses is said at apply, and the state is right after."""

from __future__ import annotations

import re
from typing import Any

import pytest

from support.terraform import Workspace
from support.world import GIB, World
from terraform_provider_xivds8k.driver.explanations import explained

ADDRESS = "xivds8k_volume.a"
TIB = 2**40

AT_PLAN: list[Any] = [
    pytest.param("xiv", {"name": "x" * 64}, "name", ["x" * 64, "1 to 63"], id="xiv long name"),
    pytest.param("ds8k", {"name": "x" * 17}, "name", ["17", "16"], id="ds8k long name"),
    pytest.param("xiv", {"name": ""}, "name", ["1 to 63"], id="xiv empty name"),
    pytest.param("xiv", {"name": "a/b"}, "name", ["'/'", "letters"], id="xiv characters"),
    pytest.param("ds8k", {"name": "a-b"}, "name", ["'-'", "letters"], id="ds8k characters"),
    pytest.param("xiv", {"name": "last-replicated-a"}, "name", ["last-replicated-a", "Choose"], id="xiv reserved"),
    pytest.param("xiv", {"size_bytes": 1000}, "size_bytes", ["1000", "multiple of 512"], id="no multiple of 512"),
    pytest.param("ds8k", {"size_bytes": 1023}, "size_bytes", ["1023", "multiple of 512"], id="ds8k no multiple"),
    pytest.param("ds8k", {"size_gib": 16 * 1024 + 1}, "size_gib", ["out of range", str(16 * TIB)], id="ds8k too large"),
    pytest.param("xiv", {"size_gib": 200 * 1024}, "size_gib", ["out of range"], id="xiv too large"),
    pytest.param("xiv", {"size_gib": 0}, "size_gib", ["size_gib = 0", "1 to"], id="xiv zero"),
    pytest.param("xiv", {"size_gib": 1.5}, "size_gib", ["1.5", "whole number"], id="half a gib"),
    pytest.param("xiv", {"size_gib": 1, "size_bytes": GIB + 512}, "size_bytes", ["disagree"], id="sizes disagree"),
    pytest.param("xiv", {"lss": "00"}, "lss", ["family is xiv", "Remove"], id="lss on an xiv"),
    pytest.param("xiv", {"provisioning": "thin"}, "provisioning", ["family is xiv"], id="provisioning on an xiv"),
    pytest.param("ds8k", {"qos_class": "gold"}, "qos_class", ["family is ds8k"], id="qos on a ds8k"),
    pytest.param("ds8k", {"provisioning": "slim"}, "provisioning", ['"slim"', '"thin" or "thick"'], id="provisioning"),
    pytest.param("ds8k", {"lss": "FF"}, "lss", ["FF", "FE"], id="no such lss"),
    pytest.param("ds8k", {"os400": "B77"}, "os400", ["B77", "A01"], id="no such os400 model"),
    pytest.param("ds8k", {"timeouts": {"create": "soon"}}, "", ["soon", "1h30m"], id="timeouts"),
]


@pytest.mark.parametrize(("family", "written", "attribute", "words"), AT_PLAN, indirect=["family"])
def test_at_plan(workspace: Workspace, world: World, written: dict[str, Any], attribute: str, words: list[str]) -> None:
    """The attribute, the value, what is allowed, what to do."""
    workspace.write(world.volume(**{"name": world.name(), **written}))
    error = workspace.plan_fails().error()
    assert all(word in error.text for word in words), error
    assert attribute in error.code
    assert error.detail.rstrip().endswith(".")


def test_a_shrink_at_plan(workspace: Workspace, world: World) -> None:
    name = world.name()
    workspace.write(world.volume(name=name, size_gib=2))
    workspace.apply()
    workspace.write(world.volume(name=name, size_gib=1))
    error = workspace.plan_fails().error()
    assert "cannot shrink" in error.summary
    assert str(2 * GIB) in error.detail
    assert "size_gib" in error.code


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_a_pool_of_another_node_at_plan(workspace: Workspace, world: World) -> None:
    name = world.name()
    workspace.write(world.volume(name=name, pool="P0"))
    workspace.apply()
    workspace.write(world.volume(name=name, pool="P1"))
    error = workspace.plan_fails().error()
    assert "P1" in error.summary
    assert "new volume" in error.detail
    assert "pool" in error.code


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"family": "vmax"}, ["vmax", '"xiv" or "ds8k"']),
        ({"family": ...}, ["family is needed", "XIVDS8K_FAMILY"]),
        ({"simulator": {}}, ["simulator", "endpoints", "exclude"]),
        ({"insecure": True}, ["exclude"]),
        ({"fingerprint": "12:34", "ca_pem": ...}, ["12:34", "64 hex digits"]),
        ({"mode": "careful"}, ["careful", "read_only"]),
        ({"request_timeout": "0s"}, ["0s", "above zero"]),
        ({"max_sessions": 0}, ["max_sessions = 0", "1 to 50"]),
    ],
)
def test_a_provider_block_that_cannot_be(
    bare: Workspace, world: World, block: dict[str, Any], words: list[str]
) -> None:
    bare.providers(world.provider(**block))
    bare.write(world.volume(name=world.name()))
    text = "\n".join(error.text for error in bare.plan_fails().errors)
    assert all(word in text for word in words), text


def test_a_name_that_is_taken_lists_the_candidates_and_an_import_block(workspace: Workspace, world: World) -> None:
    """Nothing is adopted and nothing is made."""
    taken = world.make(world.name("mine"), 2 * GIB)
    workspace.write(world.volume(name=taken.name))
    error = workspace.apply_fails().error()
    assert all(word in error.detail for word in (taken.id, str(taken.size_bytes), taken.pool_id, "not mapped"))
    assert f'id = "{taken.id}"' in error.detail
    assert "import {" in error.detail
    assert "name" in error.code
    assert workspace.instances == {}
    assert [one.id for one in world.named(taken.name)] == [taken.id]


def test_a_rename_to_a_taken_name_is_refused_and_the_state_stays(workspace: Workspace, world: World) -> None:
    taken = world.make(world.name("mine"))
    name = world.name()
    workspace.write(world.volume(name=name))
    workspace.apply()
    workspace.write(world.volume(name=taken.name))
    assert taken.id in workspace.apply_fails().error().detail
    assert workspace.state(ADDRESS)["name"] == name
    workspace.write(world.volume(name=name))
    workspace.plans_empty()


def test_a_pool_that_does_not_exist_names_near_ones(workspace: Workspace, world: World) -> None:
    workspace.write(world.volume(name=world.name(), pool=f"{world.pool}x"))
    error = workspace.apply_fails().error()
    assert repr(f"{world.pool}x") in error.summary
    assert world.pool in error.detail
    said = "The array said" in error.detail
    assert said == (world.family == "ds8k")  # an XIV answers with an empty list, which has no words to show
    assert "pool" in error.code
    assert workspace.instances == {}


def test_more_than_a_pool_holds_in_all_is_said_at_plan(workspace: Workspace, world: World) -> None:
    pool = world.pool_now()
    most_gib = (pool.virtual_total_bytes or pool.total_bytes) // GIB
    workspace.write(world.volume(name=world.name(), size_gib=most_gib + 1))
    error = workspace.plan_fails().error()
    assert pool.id in error.summary
    assert "size_gib" in error.code


def test_a_pool_that_is_full_is_said_in_the_arrays_words(workspace: Workspace, world: World) -> None:
    """Nothing is left behind, neither on the array nor in the state."""
    name = world.name()
    with world.filled_pool(leave_gib=20):
        workspace.write(world.volume(name=name, size_gib=40, **world.thick))
        workspace.plan()
        error = workspace.apply_fails().error()
    said = re.search(r"^The array said (\w+): .+\n(.+)$", error.detail, re.MULTILINE)
    explanation = explained(said[1] if said else "")
    assert explanation is not None
    assert (said and said[2], error.detail.endswith(explanation.next_step)) == (explanation.cause, True)
    assert workspace.instances == {}
    assert world.named(name) == ()


def test_growing_in_a_full_pool_keeps_what_was_reached_in_the_state(workspace: Workspace, world: World) -> None:
    """Renamed, not grown: the state says both, and the configuration of what was reached plans empty."""
    workspace.write(world.volume(name=world.name(), **world.thick))
    workspace.apply()
    second = world.name()
    with world.filled_pool(leave_gib=20):
        workspace.write(world.volume(name=second, size_gib=100, **world.thick))
        assert "The array said" in workspace.apply_fails().error().detail
    state = workspace.state(ADDRESS)
    assert (state["name"], state["size_gib"]) == (second, 1)
    workspace.write(world.volume(name=second, **world.thick))
    workspace.plans_empty()


def test_a_mapped_volume_is_named_at_plan_and_kept_at_apply(workspace: Workspace, world: World) -> None:
    workspace.write(world.volume(name=world.name()))
    workspace.apply()
    volume_id, host = workspace.state(ADDRESS)["id"], world.name("host")
    world.map_to_host(volume_id, host)
    planned = workspace.plan("-destroy")
    assert any(host in warning.summary and volume_id in warning.summary for warning in planned.warnings)
    error = workspace.destroy_fails().error()
    assert host in error.detail
    assert "Nothing was changed" in error.detail
    assert world.find(volume_id) is not None
    assert sorted(workspace.instances) == [ADDRESS]
    workspace.plans_empty()


def test_a_volume_with_snapshots_is_named_at_plan_and_kept_at_apply(workspace: Workspace, world: World) -> None:
    workspace.write(world.volume(name=world.name()))
    workspace.apply()
    state, snapshot = workspace.state(ADDRESS), world.name("snap")
    world.snapshot(state["id"], snapshot)
    warned = " ".join(warning.summary for warning in workspace.plan("-destroy").warnings)
    assert state["id"] in warned
    error = workspace.destroy_fails().error()
    assert "snap" in error.detail.lower() or "flashcopy" in error.detail.lower()
    assert world.find(state["id"]) is not None
    assert sorted(workspace.instances) == [ADDRESS]


def test_wrong_credentials_are_said_once_and_nothing_is_made(workspace: Workspace, world: World) -> None:
    workspace.providers(world.provider(password="wrong-pass-word"))
    workspace.write(world.volume(name=world.name()))
    result = workspace.apply_fails()
    assert "wrong-pass-word" not in result.output
    assert workspace.instances == {}


def test_an_array_that_does_not_answer_is_an_error_that_names_the_endpoint(workspace: Workspace, world: World) -> None:
    workspace.write(world.volume(name=world.name()))
    workspace.apply()
    workspace.providers(world.provider(endpoints=["127.0.0.1:9"], request_timeout="2s"))
    assert "127.0.0.1:9" in workspace.plan_fails().error().text
    assert sorted(workspace.instances) == [ADDRESS]


def test_a_certificate_of_somebody_else_is_refused_before_the_password_is_sent(
    workspace: Workspace, world: World
) -> None:
    workspace.providers(world.provider(ca_pem=..., fingerprint="00" * 32))
    workspace.write(world.volume(name=world.name()))
    error = workspace.apply_fails().error()
    assert "fingerprint" in error.text
    assert "no password" in error.text


def test_a_user_error_through_real_starts(installed: Workspace, world: World) -> None:
    """The same text and the same source line as over a debug process."""
    installed.write(world.volume(name="x" * 64))
    error = installed.plan_fails().error()
    assert "name" in error.code
    assert "63" in error.text or "16" in error.text
