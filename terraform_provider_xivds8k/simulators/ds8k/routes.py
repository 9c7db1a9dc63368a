"""Which method on which path is answered by what. The journal and faults know commands by these templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from . import (
    flashcopies,
    host_ports,
    hosts,
    machine,
    mappings,
    pair_changes,
    pair_orders,
    paths,
    pools,
    pprcs,
    tokens,
    volume_orders,
    volumes,
)
from .codes import NO_SUCH_PATH, NOT_ALLOWED, Refusal
from .envelope import Call, Reply, listing
from .placement import volume_id_of

BASE = "/api/v1"
Handler = Callable[[Call], Reply]


def _hosts_of_volume(call: Call) -> Reply:
    volume_id = volume_id_of(call.ids["volume"])
    volumes.volume_row(call.context, volume_id)
    return listing(call, "hosts", hosts.list_of_volume(call, volume_id))


# (methods and path, handler, source); a path value's name is what handlers look up
TABLE: tuple[tuple[str, Handler, str], ...] = (
    ("POST /tokens", tokens.sign_in, "[S]"),
    ("GET /systems", machine.list_systems, "[S]"),
    ("GET /systems/{system}", machine.list_systems, "[S]"),
    ("GET /pools", pools.list_pools, "[S]"),
    ("GET /pools/{pool}", pools.show_pool, "[S]"),
    ("GET /pools/{pool}/volumes", volumes.list_of_pool, "[S]"),
    ("GET /pools/{pool}/eserep", pools.show_repository, "[S]"),
    ("PUT /pools/{pool}/eserep", pools.change_repository, "[S]"),
    ("DELETE /pools/{pool}/eserep", pools.delete_repository, "[S]"),
    ("GET /pools/{pool}/tserep", pools.show_track_repository, "[S]"),
    ("GET /lss", pools.list_lss, "[S]"),
    ("POST /lss", pools.create_lss, "[S]"),
    ("GET /lss/{lss}", pools.show_lss, "[S]"),
    ("DELETE /lss/{lss}", pools.delete_lss, "[S]"),
    ("GET /lss/{lss}/volumes", volumes.list_of_lss, "[S]"),
    ("GET /volumes", volumes.refuse_list, "[S]"),
    ("POST /volumes", volume_orders.create, "[S]"),
    ("DELETE /volumes", volumes.delete_several, "[S]"),
    ("GET /volumes/{volume}", volumes.show, "[S]"),
    ("PUT /volumes/{volume}", volumes.change, "[S]"),
    ("DELETE /volumes/{volume}", volumes.delete, "[S]"),
    ("GET /volumes/{volume}/hosts", _hosts_of_volume, "[S]"),
    ("GET /volumes/{volume}/flashcopy", flashcopies.list_of_volume, "[S]"),
    ("GET /volumes/{volume}/pprc", pprcs.list_of_volume, "[S]"),
    ("GET /hosts", hosts.list_hosts, "[S]"),
    ("POST /hosts", hosts.create_host, "[S]"),
    *(
        (f"{method} /{host}{rest}", handler, "[S]")
        for host in ("hosts/{host}", "hosts[id={host_id}]")
        for method, rest, handler in (
            ("GET", "", hosts.show_host),
            ("PUT", "", hosts.change_host),
            ("DELETE", "", hosts.delete_host),
            ("GET", "/volumes", hosts.list_volumes),
            ("GET", "/ioports", hosts.list_ioports),
            ("GET", "/host_ports", hosts.list_ports),
            ("GET", "/mappings", mappings.list_mappings),
            ("POST", "/mappings", mappings.create_mappings),
            ("GET", "/mappings/{lun}", mappings.show_mapping),
            ("DELETE", "/mappings/{lun}", mappings.delete_mapping),
        )
    ),
    ("GET /host_ports", host_ports.list_ports, "[S]"),
    ("POST /host_ports", host_ports.create_port, "[S]"),
    ("POST /host_ports/assign", host_ports.assign_ports, "[S]"),
    ("GET /host_ports/{port}", host_ports.show_port, "[S]"),
    ("PUT /host_ports/{port}", host_ports.change_port, "[S]"),
    ("DELETE /host_ports/{port}", host_ports.delete_port, "[S]"),
    ("GET /flashcopy", flashcopies.list_old, "[S]"),
    ("GET /pprc", pprcs.list_old, "[S]"),
    ("GET /cs/flashcopies", flashcopies.list_relations, "[S]"),
    ("POST /cs/flashcopies", flashcopies.create_relations, "[S]"),
    ("POST /cs/flashcopies/unfreeze", flashcopies.unfreeze, "[S]"),
    ("GET /cs/flashcopies/{relation}", flashcopies.show_relation, "[S]"),
    ("DELETE /cs/flashcopies/{relation}", flashcopies.withdraw, "[S]"),
    ("GET /cs/pprcs", pprcs.list_pairs, "[S]"),
    ("POST /cs/pprcs", pair_orders.create_pairs, "[S]"),
    ("DELETE /cs/pprcs", pprcs.delete_pairs, "[S]"),
    ("POST /cs/pprcs/pause", pair_changes.pause, "[S]"),
    ("POST /cs/pprcs/resume", pair_changes.resume, "[S]"),
    ("POST /cs/pprcs/delete", pprcs.delete_by_volumes, "[S]"),
    ("GET /cs/pprcs/paths", paths.list_paths, "[S]"),
    ("POST /cs/pprcs/paths", paths.create_path, "[S]"),
    ("GET /cs/pprcs/physical_links", paths.list_links, "[S]"),
    ("GET /cs/pprcs/{pair}", pprcs.show_pair, "[S]"),
    ("GET /cs/pprcs/paths/{path}", paths.show_path, "[S]"),
    ("DELETE /cs/pprcs/paths/{path}", paths.delete_path, "[S]"),
    *((f"GET /{name}", machine.list_parts(name), "[S]") for name in machine.PARTS),
    *((f"GET /{name}/{{part}}", machine.show_part(name), "[S]") for name in machine.PARTS),
)


@dataclass(frozen=True)
class Match:
    """A request's command by its template, its handler and the values in its path."""

    command: str
    handler: Handler
    ids: Mapping[str, str]


def _public(command: str) -> str:
    """Return a command as journal and faults know it: every value in its path is called {id}."""
    return re.sub(r"{\w+}", "{id}", command)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/\\]]+)", re.escape(template)))


_ROUTES: dict[tuple[str, int], list[tuple[re.Pattern[str], str, Handler]]] = {}
for _command, _handler, _source in TABLE:
    _method, _, _path = _command.partition(" ")
    _ROUTES.setdefault((_method, _path.count("/")), []).append((_pattern(_path), _public(_command), _handler))


def find(method: str, path: str) -> Match:
    """Return what answers a request on a percent-encoded path; an unknown one matches with a handler that refuses."""
    inner = path.removeprefix(BASE).rstrip("/") if path.startswith(f"{BASE}/") else ""
    decoded = "/".join(unquote(part).replace("/", "%2F") for part in inner.split("/"))
    # literal paths stand before those with a value of the same length, so the first match is the closest
    for pattern, command, handler in _ROUTES.get((method, decoded.count("/")), []):
        matched = pattern.fullmatch(decoded)
        if matched:
            return Match(command, handler, matched.groupdict())
    others = [
        command
        for (_, slashes), candidates in _ROUTES.items()
        for pattern, command, _ in candidates
        if slashes == decoded.count("/") and pattern.fullmatch(decoded)
    ]
    refusal = Refusal(NOT_ALLOWED, method=method, path=path) if others else Refusal(NO_SUCH_PATH, path=path)
    return Match(f"{method} (unknown)", _refusing(refusal), {})


def _refusing(refusal: Refusal) -> Handler:
    def refuse(call: Call) -> Reply:  # noqa: ARG001 - a handler's shape
        raise refusal

    return refuse
