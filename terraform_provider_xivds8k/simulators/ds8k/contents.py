"""What a new array contains: pools, ports, users, one LSS in use. Samples of real machines: ds8k-rest.md §2 [S]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..context import Context, Row
from . import capacity
from .placement import new_lss_row
from .volume_orders import add_volume, new_volume

SYSTEMS = {
    1: ("75DXA41", "5005076306FFD65A"),
    2: ("75LZX21", "5005076306FFD2F0"),
}

# id: name, node, type, extents, one extent in bytes or cylinders, how that is called
POOLS: dict[str, tuple[str, int, str, int, int, str]] = {
    "P0": ("FB_even", 0, "fb", 5161, capacity.GIB, "1GiB"),
    "P1": ("FB_odd", 1, "fb", 5161, capacity.GIB, "1GiB"),
    "P2": ("FB_even_small", 0, "fb", 65536, 2**24, "16MiB"),
    "P3": ("CKD_odd", 1, "ckd", 395, capacity.CYLINDERS_PER_MOD1, "1113cyl"),
}
VIRTUAL_TIMES = 4  # virtual capacity of the repository as a multiple of the pool

IOPORTS = ("I0000", "I0001", "I0100", "I0101")


def fill(context: Context, number: int) -> None:
    """Make the contents of array 1 or 2 of a simulation: other serial and name, the same pools and volume ids."""
    serial, wwnn = SYSTEMS[number]
    context.put(
        "system",
        f"2107-{serial}",
        {
            "id": f"2107-{serial}",
            "name": f"IBM.2107-{serial[:-1]}0",
            "state": "online",
            "release": "8.3.3",
            "bundle": "88.33.41.0",
            "MTM": "2831-984",
            "sn": serial,
            "wwnn": wwnn,
        },
    )
    for pool_id, pool in POOLS.items():
        context.put("pool", pool_id, _pool(pool))
    for collection, rows in _parts(context, wwnn).items():
        for key, row in rows.items():
            context.put(f"part {collection}", key, row)
    context.put("lss", "00", new_lss_row("fb"))
    pool_row = capacity.pool_row(context, "P0")
    add_volume(context, "0000", new_volume("existing_0", "P0", pool_row, 50 * capacity.GIB))


def describe(context: Context) -> Mapping[str, Any]:
    """Return what the ready line says of the array; pools by id, as clients address them."""
    ((system_id, _),) = context.rows("system")
    pools = [key for key, row in context.rows("pool") if row["stgtype"] == "fb"]
    return {"system_id": system_id, "pools": pools, "target_name": system_id}


def _pool(facts: tuple[str, int, str, int, int, str]) -> Row:
    name, node, stgtype, extents, extent, extent_size = facts
    return {
        "name": name,
        "node": node,
        "stgtype": stgtype,
        "extents": extents,
        "extent": extent,
        "extent_size": extent_size,
        "used": 0,
        "ese_used": 0,
        "virtual": 0,
        "repository": VIRTUAL_TIMES * extents * extent,
        "repository_threshold": 0,
    }


def _parts(context: Context, wwnn: str) -> dict[str, dict[str, Row]]:
    every_id = [f"{number:02X}" for number in range(256)]
    return {
        "nodes": {key: {"id": key, "state": "online"} for key in ("00", "01")},
        "marrays": {
            f"MA{number}": {"id": f"MA{number}", "disk_class": "enterprise", "pool": pool}
            for number, pool in enumerate(POOLS, 1)
        },
        "io_enclosures": {key: {"id": key, "name": f"io_enclosure{key}", "state": "online"} for key in ("1", "2")},
        "ioports": {key: _ioport(key, wwnn) for key in IOPORTS},
        "encryption_groups": {},
        "resource_groups": {
            "RG0": {
                "id": "RG0",
                "name": "Default_Resource_Group",
                "state": "normal",
                "label": "PUBLIC",
                "cs_global": "PUBLIC",
                "pass_global": "PUBLIC",
                "gm_masters": every_id,
                "gm_sessions": every_id,
            }
        },
        "users": {
            context.username: {"name": context.username, "state": "active", "group": ["Administrator"]},
        },
        "events": {},
    }


def _ioport(key: str, wwnn: str) -> Row:
    enclosure = str(int(key[1:3]) + 1)
    return {
        "id": key,
        "state": "online",
        "protocol": "SCSI-FCP",
        "wwpn": f"50050763{key[2]}{key[4]}{wwnn[-6:]}",
        "type": "Fibre Channel-SW",
        "speed": "8 Gb/s",
        "loc": f"U1400.1B{enclosure}.{wwnn[-7:]}-P1-C{key[3]}-T{key[4]}",
        "io_enclosure": enclosure,
    }
