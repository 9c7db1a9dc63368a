"""A volume moved between the two types that keep one: the plan after it is empty, and nothing else may be moved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.core import Core, Instance, Rejected
from support.core_checks import on_the_wire
from support.memory_volume import MemoryWorld, gib
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.lifecycle.moving import move_object
from terraform_provider_xivds8k.lifecycle.requests import MoveRequest, StateResponse
from terraform_provider_xivds8k.provider import SOURCE_ADDRESS, Provider
from terraform_provider_xivds8k.resources import ManagedVolumeResource, VolumeResource
from terraform_provider_xivds8k.resources.volume_source import UNFINISHED

PROVIDER = Provider({})
KINDS: dict[str, Any] = {"xivds8k_volume": VolumeResource, "xivds8k_managed_volume": ManagedVolumeResource}
SIZES = {"size_gib": 8}
THEIR_IDS: dict[Family, str] = {"xiv": "0017380000ffff01", "ds8k": "00F0"}


def _asked(source: str, state: Any, target: str, private: bytes = b"", **more: Any) -> StateResponse:
    """Ask an unconfigured provider to move a state, as Terraform does."""
    text = state if isinstance(state, bytes) else json.dumps(state).encode()
    request: dict[str, Any] = {"provider_address": SOURCE_ADDRESS, "type_name": source, "schema_version": 0, **more}
    return move_object(PROVIDER, KINDS[target](None), MoveRequest(state=text, private=private, **request))


def _moved(core: Core, target: Core) -> Core:
    """Move what a core holds to another type."""
    assert core.instance is not None
    had = core.instance
    answer = _asked(core.resource().model.type_name, had.state, target.resource().model.type_name, had.private)
    assert not answer.diagnostics.items
    assert answer.state is not None
    assert answer.identity == had.identity
    target.instance = Instance(on_the_wire(target.node, answer.state), answer.private, answer.identity)
    target.refresh()
    return target


@pytest.mark.parametrize("protect", [True, False])
def test_a_managed_volume_becomes_a_volume_and_back_without_a_change(memory: MemoryWorld, protect: bool) -> None:
    """It keeps its sizes and is protected, whatever the provider's default, which it loses again."""
    made = memory.array.outside_make(THEIR_IDS[memory.family], gib(8))
    managed = memory.core(ManagedVolumeResource, protect=protect)
    managed.run({"existing_id": made.id, "restore_name": made.name, "name": "db1", "timeouts": None})
    volume = _moved(managed, memory.core(protect=protect))
    assert volume.instance is not None
    assert volume.instance.state["deletion_protection"] is True
    assert volume.plan(memory.config()).action == "no-op"
    volume.run(memory.config(size_gib=32))
    back = _moved(volume, memory.core(ManagedVolumeResource, protect=protect))
    assert back.instance is not None
    state = back.instance.state
    assert [state[f"existing_{one}"] for one in ("name", "id", "wwn")] == ["db1", made.id, made.wwn]
    for config in ({}, {"existing_id": made.id.upper(), **memory.config(size_gib=32)}, {"existing_name": "db1"}):
        assert back.plan(config).action == "no-op"
    back.run(None)
    assert made.id in memory.array.volumes.held


def test_a_size_an_array_rounded_up_stays_as_it_was_asked_for(family: Any) -> None:
    memory = MemoryWorld(family, rounds=True)
    volume = memory.core()
    volume.run(memory.config())
    managed = _moved(volume, memory.core(ManagedVolumeResource))
    assert managed.plan({"existing_name": "db1", **SIZES}).action == "no-op"
    assert _moved(managed, memory.core()).plan(memory.config()).action == "no-op"


def test_what_was_moved_is_protected_before_its_first_read(memory: MemoryWorld) -> None:
    made = memory.array.outside_make(THEIR_IDS[memory.family], gib(8))
    managed = memory.core(ManagedVolumeResource, protect=True)
    managed.run({"existing_id": made.id})
    assert managed.instance is not None
    answer = _asked("xivds8k_managed_volume", managed.instance.state, "xivds8k_volume")
    assert answer.state is not None
    core = memory.core(protect=True)
    core.instance = Instance(answer.state, answer.private, answer.identity)
    with pytest.raises(Rejected, match="is protected"):
        core.plan(None)


@pytest.mark.parametrize("happens", ["tainted", "deposed"])
def test_what_was_moved_when_a_replacement_was_due_is_not_deleted_by_it(memory: MemoryWorld, happens: str) -> None:
    """A failed provisioner taints what it was run for; nothing shows it to whoever moves a state."""
    made = memory.array.outside_make(THEIR_IDS[memory.family], gib(8))
    managed = memory.core(ManagedVolumeResource, protect=False)
    managed.run({"existing_id": made.id, "name": "db1"})
    volume = _moved(managed, memory.core(protect=False))
    assert volume.instance is not None
    config = memory.config(deletion_protection=False)
    if happens == "tainted":
        volume.instance.tainted = True
        with pytest.raises(Rejected, match="terraform untaint"):
            volume.apply(volume.plan(config))
        volume.instance.tainted = False
    else:
        deposed = Instance(volume.instance.state, volume.instance.private, volume.instance.identity)
        volume.run(config)
        current, volume.instance = volume.instance, deposed
        with pytest.raises(Rejected, match="is protected"):
            volume.plan(None)
        volume.instance = current
    volume.run(config)
    assert made.id in memory.array.volumes.held
    volume.run(None)
    assert made.id not in memory.array.volumes.held


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"provider_address": "registry.terraform.io/ibm/xiv"}, "of provider registry.terraform.io/ibm/xiv"),
        ({"type_name": "xivds8k_snapshot"}, "Remove the moved block"),
        ({"type_name": "xivds8k_nothing"}, "has no xivds8k_nothing"),
        ({"schema_version": 7}, "init -upgrade"),
        ({"state": b"{"}, "does not have the type's form"),
        ({"state": b"null"}, "does not have the type's form"),
        ({"state": b'{"name": [1]}'}, "does not have the type's form"),
    ],
)
def test_what_cannot_be_moved_is_refused_in_words(memory: MemoryWorld, more: dict[str, Any], words: str) -> None:
    source = more.get("type_name", "xivds8k_volume")
    kind = PROVIDER.resources.get(source, VolumeResource)
    state = more.get("state", kind.model.nothing().raw)
    others = {name: value for name, value in more.items() if name not in {"state", "type_name"}}
    answer = _asked(source, state, "xivds8k_managed_volume", **others)
    assert answer.state is None
    (error,) = answer.diagnostics.items
    assert error.severity == "error"
    assert words in error.detail
    assert source in error.summary


def test_a_mirror_s_registry_is_as_good_as_any(memory: MemoryWorld) -> None:
    core = memory.core()
    core.run(memory.config())
    assert core.instance is not None
    address = "terraform.example.com/XIVDS8K/xivds8k"
    answer = _asked("xivds8k_volume", core.instance.state, "xivds8k_managed_volume", provider_address=address)
    assert answer.state is not None


@pytest.mark.parametrize("why", ["in doubt", "its copy still runs"])
def test_a_volume_whose_creation_is_not_finished_stays_one(memory: MemoryWorld, why: str) -> None:
    core = memory.core()
    core.run(memory.config())
    assert core.instance is not None
    state = {**core.instance.state, **({"id": None} if why == "in doubt" else {})}
    private = json.dumps({UNFINISHED: True}).encode() if why != "in doubt" else b""
    answer = _asked("xivds8k_volume", state, "xivds8k_managed_volume", private)
    assert answer.state is None
    assert why in answer.diagnostics.items[0].detail
