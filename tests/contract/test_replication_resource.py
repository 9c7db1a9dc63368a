"""The replication resource behind the stand-in for Terraform core, on linked arrays of both families."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, state_of
from support.linked import Linked, linked
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Family, Volume
from terraform_provider_xivds8k.resources import ReplicationResource

MODES: dict[Family, str] = {"xiv": "sync", "ds8k": "metro_mirror"}


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db") as found:
        yield found


@pytest.fixture
def core(arrays: Linked) -> Core:
    """Keep a replication, as one provider process does."""
    return keeper(arrays, ReplicationResource)


@pytest.fixture
def volume(arrays: Linked) -> Volume:
    """Return a volume at home, written to."""
    return arrays.volume("first")


@pytest.fixture
def config(arrays: Linked, volume: Volume) -> dict[str, Any]:
    """Return the configuration of a synchronous copy of the volume."""
    return {"volume_id": volume.id, "mode": MODES[arrays.family], "wait_for_sync": True}


def test_a_replication_lives_from_creation_to_destruction(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    core.run(config)
    state = state_of(core)
    assert (state["id"], state["system_id"]) == (volume.id, arrays.simulation.arrays[0]["system_id"])
    assert (state["backend_id"], state["rpo_seconds"]) == ("remote", None)
    assert state["remote_name"] == volume.name
    remote = arrays.driver.remote.get_volume(state["remote_volume_id"])
    assert state["remote_wwn"] == remote.wwn
    assert arrays.read("remote", remote.id) == ["first"]
    core.refresh()
    assert core.plan(config).action == "no-op"
    core.run(None)
    assert arrays.driver.find_replication(volume.id) is None
    arrays.write("remote", remote.id, "after")
    assert arrays.read("remote", remote.id) == ["first", "after"]
    assert arrays.read("home", volume.id) == ["first"]
