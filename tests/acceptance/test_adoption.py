"""An array full of volumes and hosts nobody described is taken over by a query: nothing of it is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import GIB, World, world_of
from terraform_provider_xivds8k import simulators

VOLUMES, HOSTS, THREADS = 300, 40, 8
FOUND = ["xivds8k_host", "xivds8k_host_attachment", "xivds8k_volume"]


@pytest.fixture
def world(family: str, tmp_path: Path) -> Iterator[World]:
    """Hold an array of its own, with volumes and hosts, every tenth volume mapped."""
    addresses = {"xiv": (["127.0.0.1"], []), "ds8k": ([], ["127.0.0.1"])}[family]
    with simulators.start(
        tmp_path / "simulator.db", xiv=addresses[0], ds8k=addresses[1], control="127.0.0.1:0"
    ) as running:
        held = world_of(running, f"{family}1")
        _fill(held)
        yield held
        held.close()


def _fill(world: World) -> None:
    """Make the volumes and the hosts, side by side."""
    with ThreadPoolExecutor(THREADS) as threads:
        made = list(threads.map(lambda n: world.make(f"data{n:03}", (1 + n % 3) * GIB), range(VOLUMES)))
        hosts = list(
            threads.map(
                lambda n: world.hands.create_host(name=f"esx{n:02}", wwpns=(f"10000000c9{n:06x}",), deadline=30),
                range(HOSTS),
            )
        )
        list(
            threads.map(
                lambda n: world.hands.initialize_connection(
                    volume_id=made[n * 10].id, host_id=hosts[n].id, deadline=30
                ),
                range(VOLUMES // 10),
            )
        )


def _everything(world: World) -> tuple[tuple[Any, ...], ...]:
    return world.hands.list_volumes(), world.hands.list_hosts(), world.hands.list_attachments()


@pytest.mark.needs_terraform((1, 14))
def test_a_whole_array_is_adopted_by_a_query_and_an_import_that_plan_empty(workspace: Workspace, world: World) -> None:
    lists = (block("list", kind, "all", provider=Expression("xivds8k"), limit=1000) for kind in FOUND)
    workspace.write("\n".join(lists), "all.tfquery.hcl")
    workspace.query("-generate-config-out=generated.tf")
    generated = (workspace.folder / "generated.tf").read_text(encoding="utf-8")
    counted = [len(re.findall(rf'^resource "{kind}"', generated, re.MULTILINE)) for kind in FOUND]
    before = _everything(world)
    there = len(before[0])  # a DS8000 has one volume from the beginning
    assert there >= VOLUMES
    assert counted == [HOSTS, VOLUMES // 10, there]
    applied = workspace.apply()
    (summary,) = [one["changes"] for one in applied.messages if one["type"] == "change_summary"][-1:]
    assert {key: summary[key] for key in ("add", "change", "import", "remove")} == {
        "add": 0,
        "change": 0,
        "import": sum(counted),
        "remove": 0,
    }
    workspace.plans_empty()
    assert _everything(world) == before
