"""What hosts and attachments cost: requests for a refresh, for some and for twice as many, and for one more volume."""

from __future__ import annotations

from typing import Any

from support.terraform import Workspace
from terraform_provider_xivds8k.driver import Family

from .report import figure
from .stage import FAMILIES, POOLS, Array, Stage

ATTACHMENTS, HOSTS = 1000, 100
MOST, MOST_FOR_ONE = 40, 24  # requests: of a refresh; of an apply that attaches one volume, its refresh included
ON_ONE_HOST = 200
SAME = "as for half as many; one or two volumes are read before the listing"
CONFIGURATION = """
locals {
  pools = [%(many)s, %(few)s]
}

resource "xivds8k_volume" "it" {
  count    = %(volumes)d
  name     = "%(name)s${count.index}"
  pool     = local.pools[count.index %% 5 == 0 ? 1 : 0]
  size_gib = 1
}

resource "xivds8k_host" "it" {
  count = %(hosts)d
  name  = "%(name)shost${count.index}"
  wwpns = [format("10000000%%08X", count.index + %(first_port)d)]
}

resource "xivds8k_host_attachment" "it" {
  count     = %(attached)d
  volume_id = xivds8k_volume.it[count.index].id
  host_id   = xivds8k_host.it[%(host)s].id
}
"""


def figures(stage: Stage, attachments: int = ATTACHMENTS) -> list[dict[str, Any]]:
    """Return the requests on each family; with fewer ``attachments`` there are fewer hosts too."""
    return [one for family in FAMILIES for one in _of_family(stage, family, attachments)]


def _of_family(stage: Stage, family: Family, attachments: int) -> list[dict[str, Any]]:
    array = Array.start(family, stage.root / f"attachments-{family}.db")
    try:
        array.fill(0, 0)
        workspace = _workspace(stage, array, "attachments")
        few, many = (_refreshed(array, workspace, scale * attachments) for scale in (1, 2))
        on_one = ON_ONE_HOST * attachments // ATTACHMENTS
        workspace = _workspace(stage, array, "one-host")
        one_more = [_one_more(array, workspace, number) for number in (on_one // 2, on_one)]
    finally:
        array.stop()
    on_host = f"requests for an apply that attaches a volume to a host with %d others, {FAMILIES[family]}"
    return [
        figure(_what(attachments, family), few, MOST, "requests"),
        figure(_what(2 * attachments, family), many, few + 1, "requests", SAME),
        figure(on_host % (on_one // 2), one_more[0], MOST_FOR_ONE, "requests"),
        figure(on_host % on_one, one_more[1], one_more[0], "requests", "as for half as many"),
    ]


def _workspace(stage: Stage, array: Array, name: str) -> Workspace:
    workspace = stage.workspace(f"{name}-{array.family}", "provider")
    workspace.providers(array.block())
    workspace.init()
    return workspace


def _what(attachments: int, family: Family) -> str:
    hosts = _hosts(attachments)
    return f"requests for a refresh of {attachments} volumes and attachments, {hosts} hosts, {FAMILIES[family]}"


def _hosts(attachments: int) -> int:
    return max(1, HOSTS * attachments // ATTACHMENTS)


def _write(workspace: Workspace, family: Family, volumes: int, attached: int, *, on_one: bool) -> None:
    many, few = POOLS[family]
    hosts = 1 if on_one else _hosts(attached)
    values = {
        "name": "one" if on_one else "bench",
        "first_port": 2**20 if on_one else 0,
        "many": f'"{many}"',
        "few": f'"{few}"',
        "volumes": volumes,
        "hosts": hosts,
        "attached": attached,
        "host": "0" if on_one else f"floor(count.index / {ATTACHMENTS // HOSTS})",  # none moves when there are more
    }
    workspace.write(CONFIGURATION % values)
    workspace.apply()


def _refreshed(array: Array, workspace: Workspace, attachments: int) -> int:
    _write(workspace, array.family, attachments, attachments, on_one=False)
    array.forget()
    workspace.plans_empty()
    return sum(array.requests().values())


def _one_more(array: Array, workspace: Workspace, number: int) -> int:
    """Return the requests of an apply that attaches one more volume to a host that has so many."""
    _write(workspace, array.family, number + 1, number, on_one=True)
    array.forget()
    _write(workspace, array.family, number + 1, number + 1, on_one=True)
    return sum(array.requests().values())
