"""What a refresh of volumes, their snapshots and groups costs: requests, for some and for twice as many."""

from __future__ import annotations

from typing import Any

from support.terraform import Workspace
from terraform_provider_xivds8k.driver import Family

from .report import EARLY, as_for, figure
from .stage import FAMILIES, POOLS, Array, Stage

SNAPSHOTS, GROUPS, MEMBERS = 500, 20, 100
FIXED, PER_POOL = 6, 4  # requests a refresh may cost
CONFIGURATION = """
locals {
  pools = [%(many)s, %(few)s]
}

resource "xivds8k_volume" "it" {
  count    = %(volumes)d
  name     = "bench${count.index}"
  pool     = local.pools[count.index %% 5 == 0 ? 1 : 0]
  size_gib = 1
}

resource "xivds8k_snapshot" "it" {
  count     = %(volumes)d
  name      = "snap${count.index}"
  volume_id = xivds8k_volume.it[count.index].id
}

resource "xivds8k_consistency_group" "it" {
  count = %(groups)d
  name  = "group${count.index}"
  %(pool_of_group)s
}

resource "xivds8k_consistency_group_member" "it" {
  count                = %(members)d
  consistency_group_id = xivds8k_consistency_group.it[count.index %% %(groups)d].id
  volume_id            = xivds8k_volume.it[count.index * 5 + 1].id
}
"""


def figures(stage: Stage, snapshots: int = SNAPSHOTS) -> list[dict[str, Any]]:
    """Return the requests of a refresh on each family; with fewer ``snapshots`` there are fewer groups too."""
    return [one for family in FAMILIES for one in _of_family(stage, family, snapshots)]


def _of_family(stage: Stage, family: Family, snapshots: int) -> list[dict[str, Any]]:
    array = Array.start(family, stage.root / f"copies-{family}.db")
    try:
        array.fill(0, 0)
        workspace = stage.workspace(f"copies-{family}", "provider")
        workspace.providers(array.block())
        workspace.init()
        few, many = (_requests(array, workspace, scale, snapshots) for scale in (1, 2))
    finally:
        array.stop()
    pools = len(POOLS[family])
    note = f"{FIXED} + {PER_POOL} for each of {pools} pools"
    return [
        figure(_what(1, snapshots, family), few, FIXED + PER_POOL * pools, "requests", note),
        figure(_what(2, snapshots, family), many, few + EARLY, "requests", as_for("half as many")),
    ]


def _what(scale: int, snapshots: int, family: Family) -> str:
    volumes, groups = scale * snapshots, scale * _groups(snapshots)
    return f"requests for a refresh of {volumes} volumes, {volumes} snapshots, {groups} groups, {FAMILIES[family]}"


def _groups(snapshots: int) -> int:
    return max(1, GROUPS * snapshots // SNAPSHOTS)


def _requests(array: Array, workspace: Workspace, scale: int, snapshots: int) -> int:
    many, few = POOLS[array.family]
    values = {
        "many": f'"{many}"',
        "few": f'"{few}"',
        "volumes": scale * snapshots,
        "groups": scale * _groups(snapshots),
        "members": scale * MEMBERS * snapshots // SNAPSHOTS,
        "pool_of_group": f'pool  = "{many}"' if array.family == "xiv" else "",
    }
    workspace.write(CONFIGURATION % values)
    workspace.apply()
    array.forget()
    workspace.plans_empty()
    return sum(array.requests().values())
