"""What hosts and attachments cost: requests for a refresh, for some and for twice as many, and for one more volume."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.rest_console import Console
from support.terraform import Workspace
from support.xcli import Xcli
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.resources import host_attachment_model as attaching
from terraform_provider_xivds8k.resources import host_model as hosting

from .report import EARLY, as_for, figure
from .stage import FAMILIES, NAME, POOLS, Array, Stage, instance_of

ATTACHMENTS, ON_ONE_HOST = 1000, 200
ON_A_HOST = 10  # there are a tenth as many hosts as attachments
MOST, MOST_FOR_ONE = 40, 30  # requests of a refresh, and of an apply that attaches one volume, its refresh included
FIRST = ON_A_HOST  # made by Terraform; the rest is made outside, and written into the state after their pattern
CONFIGURATION = """
locals {
  pools      = [%(many)s, %(few)s]
  volume_ids = %(volume_ids)s
  host_ids   = %(host_ids)s
}

resource "xivds8k_volume" "it" {
  count    = %(number)d
  name     = "bench${count.index}"
  pool     = local.pools[count.index %% 5 == 0 ? 1 : 0]
  size_gib = 1
}

resource "xivds8k_host" "it" {
  count = %(hosts)d
  name  = "host${count.index}"
  wwpns = [format("10000000%%08X", count.index)]
}

resource "xivds8k_host_attachment" "it" {
  count     = %(number)d
  volume_id = %(volume)s
  host_id   = %(host)s
}
"""
REFERENCES = {
    "volume": "xivds8k_volume.it[count.index].id",
    "host": "xivds8k_host.it[0].id",
    "volume_ids": "[]",
    "host_ids": "[]",
}
LITERALS = {"volume": "local.volume_ids[count.index]", "host": f"local.host_ids[floor(count.index / {ON_A_HOST})]"}
ONE_MORE = """
resource "xivds8k_volume" "one" {
  count    = %(number)d
  name     = "one${count.index}"
  pool     = "%(pool)s"
  size_gib = 1
}

resource "xivds8k_host" "one" {
  name = "manyluns"
}

resource "xivds8k_host_attachment" "one" {
  count     = %(attached)d
  volume_id = xivds8k_volume.one[count.index].id
  host_id   = xivds8k_host.one.id
}
"""


def figures(stage: Stage, attachments: int = ATTACHMENTS) -> list[dict[str, Any]]:
    """Return the requests on each family; with fewer ``attachments`` there are fewer hosts too."""
    return [one for family in FAMILIES for one in _of_family(stage, family, max(2 * FIRST, attachments))]


def _of_family(stage: Stage, family: Family, attachments: int) -> list[dict[str, Any]]:
    array = Array.start(family, stage.root / f"attachments-{family}.db")
    try:
        array.fill(0, 0)
        pattern = _workspace(stage, array, FIRST, REFERENCES)
        pattern.apply()
        _make(array, FIRST, 2 * attachments)
        few, many = (_refreshed(stage, array, pattern, scale * attachments) for scale in (1, 2))
        on_one = max(2, ON_ONE_HOST * attachments // ATTACHMENTS)
        one_more = _one_more(stage, array, (on_one // 2, on_one))
    finally:
        array.stop()
    on_host = f"requests for an apply that attaches a volume to a host with %d others, {FAMILIES[family]}"
    return [
        figure(_what(attachments, family), few, MOST, "requests"),
        figure(_what(2 * attachments, family), many, few + EARLY, "requests", as_for("half as many")),
        figure(on_host % (on_one // 2), one_more[0], MOST_FOR_ONE, "requests"),
        figure(on_host % on_one, one_more[1], one_more[0] + EARLY, "requests", as_for("half as many")),
    ]


def _what(attachments: int, family: Family) -> str:
    hosts = attachments // ON_A_HOST
    return f"requests for a refresh of {attachments} volumes and attachments, {hosts} hosts, {FAMILIES[family]}"


def _workspace(stage: Stage, array: Array, number: int, written: Mapping[str, str]) -> Workspace:
    """Return a configuration of so many; among thousands Terraform takes minutes to follow references."""
    many, few = POOLS[array.family]
    workspace = stage.workspace(f"attachments-{number}-{array.family}", "provider")
    workspace.providers(array.block())
    values = {"many": f'"{many}"', "few": f'"{few}"', "number": number, "hosts": number // ON_A_HOST}
    workspace.write(CONFIGURATION % {**values, **written})
    workspace.init()
    return workspace


def _make(array: Array, first: int, beyond: int) -> None:
    """Make volumes, hosts and mappings outside Terraform, over the plain wire."""
    array.fill(first, beyond)
    numbers = range(first, beyond)
    if array.family == "xiv":
        with Xcli(array.described, Path(array.described["ca_file"]).read_text(encoding="ascii")) as xcli:
            for number in numbers[::ON_A_HOST]:
                xcli.does("host_define", host=f"host{number // ON_A_HOST}")
                xcli.does("host_add_port", host=f"host{number // ON_A_HOST}", fcaddress=_port(number // ON_A_HOST))
            for number in numbers:
                lun = 1 + number % ON_A_HOST
                xcli.does("map_vol", host=f"host{number // ON_A_HOST}", vol=NAME % number, lun=lun)
        return
    found, console = array.volumes(), Console(dict(array.described), array.control)
    console.sign_in()
    for number in numbers[::ON_A_HOST]:
        host = f"host{number // ON_A_HOST}"
        made = console.ask("POST", "/hosts", {"name": host, "hosttype": "Linux"})
        assert made.status == 200, made.body
        assert console.ask("POST", "/host_ports", {"wwpn": _port(number // ON_A_HOST), "host": host}).status == 200
        luns = [{f"{1 + part:02X}": found[NAME % (number + part)].id} for part in range(ON_A_HOST)]
        assert console.ask("POST", f"/hosts/{host}/mappings", {"mappings": luns}).status == 200
    console.close()


def _port(host: int) -> str:
    return f"10000000{host:08X}"


def _refreshed(stage: Stage, array: Array, pattern: Workspace, number: int) -> int:
    state = _state(array, pattern, number)
    ids = {
        resource["type"]: json.dumps([one["attributes"]["id"] for one in resource["instances"]])
        for resource in state["resources"]
    }
    literal = {**LITERALS, "volume_ids": ids["xivds8k_volume"], "host_ids": ids["xivds8k_host"]}
    workspace = _workspace(stage, array, number, literal)
    (workspace.folder / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")
    array.forget()
    workspace.plans_empty()
    return sum(array.requests().values())


def _state(array: Array, pattern: Workspace, number: int) -> Mapping[str, Any]:
    """Return a state of so many volumes and attachments, after the pattern of the first ones."""
    state, volumes = pattern.state_file, array.volumes()
    with array.driver() as driver:
        hosts = {host.name: host for host in driver.list_hosts()}
        attached = {one.volume_id: one for one in driver.list_attachments()}
    for resource in state["resources"]:
        first = resource["instances"][0]
        if resource["type"] == "xivds8k_volume":
            made = [instance_of(first, index, volumes[NAME % index]) for index in range(number)]
        elif resource["type"] == "xivds8k_host":
            made = [_host(first, index, hosts[f"host{index}"]) for index in range(number // ON_A_HOST)]
        else:
            made = [_attachment(first, index, attached[volumes[NAME % index].id]) for index in range(number)]
        resource["instances"] = made
    return state


def _host(pattern: Mapping[str, Any], index: int, found: Any) -> dict[str, Any]:
    host = hosting.fill(hosting.Host.from_raw({**pattern["attributes"], "wwpns": None}), found)
    host.set(hosting.Host.written_name, found.name)
    identity = {"system_id": found.system_id, "id": found.id}
    return {**pattern, "index_key": index, "attributes": host.raw, "identity": identity}


def _attachment(pattern: Mapping[str, Any], index: int, found: Any) -> dict[str, Any]:
    state = attaching.fill(attaching.HostAttachment.from_raw(dict(pattern["attributes"])), found)
    identity = {**pattern["identity"], "host_id": found.host_id, "volume_id": found.volume_id}
    return {**pattern, "index_key": index, "attributes": state.raw, "identity": identity}


def _one_more(stage: Stage, array: Array, numbers: tuple[int, ...]) -> list[int]:
    """Return the requests of applies that attach one more volume to a host that has so many already."""
    workspace = stage.workspace(f"one-more-{array.family}", "provider")
    workspace.providers(array.block())
    workspace.init()
    values = {"pool": POOLS[array.family][0], "number": max(numbers) + 1}
    asked = []
    for number in numbers:
        workspace.write(ONE_MORE % {**values, "attached": number})
        workspace.apply()
        array.forget()
        workspace.write(ONE_MORE % {**values, "attached": number + 1})
        workspace.apply()
        asked.append(sum(array.requests().values()))
    return asked
