"""What the machine is made of: /systems, nodes, arrays, ports, enclosures, users, resource groups, events.

Read-only here; the records are kept as they are shown, links and references apart.
"""

from __future__ import annotations

from collections.abc import Callable

from .codes import NO_SUCH_OBJECT, Refusal
from .envelope import Call, Record, Reply, listing

# collection: (field that is its key, references to other collections)
PARTS: dict[str, tuple[str, dict[str, str]]] = {
    "nodes": ("id", {}),
    "marrays": ("id", {"pool": "pools"}),
    "ioports": ("id", {"io_enclosure": "io_enclosures"}),
    "io_enclosures": ("id", {}),
    "encryption_groups": ("id", {}),
    "resource_groups": ("id", {}),
    "users": ("name", {}),
    "events": ("id", {}),
}


def part_record(call: Call, collection: str, key: str, row: Record) -> Record:
    """Return a part as it is shown."""
    _, references = PARTS[collection]
    shown = {name: call.reference(references[name], row[name]) if name in references else row[name] for name in row}
    return {**shown, **call.link(f"/{collection}/{key}")}


def list_parts(collection: str) -> Callable[[Call], Reply]:
    """Return what answers GET on a collection of parts."""

    def answer(call: Call) -> Reply:
        rows = call.context.rows(f"part {collection}")
        return listing(call, collection, [part_record(call, collection, key, row) for key, row in rows])

    return answer


def show_part(collection: str) -> Callable[[Call], Reply]:
    """Return what answers GET on one part; ids are case-insensitive, names are not."""

    def answer(call: Call) -> Reply:
        asked = call.ids["part"]
        key = asked.upper() if PARTS[collection][0] == "id" else asked
        row = call.context.get(f"part {collection}", key)
        if row is None:
            raise Refusal(NO_SUCH_OBJECT, kind=collection, name=asked)
        return listing(call, collection, [part_record(call, collection, key, row)])

    return answer


def list_systems(call: Call) -> Reply:
    """Answer GET /systems: always one, with the capacity of its FB pools summed up."""
    ((key, row),) = call.context.rows("system")
    if call.ids.get("system", key).upper() not in {key, row["sn"]}:
        raise Refusal(NO_SUCH_OBJECT, kind="system", name=call.ids["system"])
    pools = [pool for _, pool in call.context.rows("pool") if pool["stgtype"] == "fb"]
    total = sum(pool["extents"] * pool["extent"] for pool in pools)
    used = sum(pool["used"] * pool["extent"] for pool in pools)
    space = {"cap": total, "capalloc": used, "capavail": total - used, "capraw": total * 5 // 4}
    record = {**row, **{name: str(amount) for name, amount in space.items()}, **call.link(f"/systems/{key}")}
    return listing(call, "systems", [record])
