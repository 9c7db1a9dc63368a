"""What a new XIV holds: its identity, two pools, one performance class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import pools, qos, space
from .system import settings

if TYPE_CHECKING:
    from ..context import Context

SERIALS = {1: 1300331, 2: 1300518}


def fill(context: Context, number: int) -> None:
    """Make the contents of array 1 or 2: the same pools, another serial number."""
    serial = SERIALS[number]
    system_id = serial % 1_000_000
    context.put(
        "config",
        "system",
        {
            "dns_primary": "",
            "dns_secondary": "",
            "email_sender_address": "",
            "iscsi_name": f"iqn.2005-10.com.xivstorage:{system_id:06d}",
            "machine_model": "214",
            "machine_serial_number": str(serial),
            "machine_type": "2810",
            "ntp_server": "",
            "system_id": str(system_id),
            "system_name": f"XIV-{serial}",
            "timezone": "GMT",
        },
    )
    pools.make(context, "pool1", 4096 * space.UNIT, 4096 * space.UNIT, 256 * space.UNIT)
    pools.make(context, "pool2", 1024 * space.UNIT, 640 * space.UNIT, 64 * space.UNIT)
    qos.make(context, "gold", "shared", 10_000, 400)


def describe(context: Context) -> Mapping[str, Any]:
    """Return what the ready line says of the array; system_id is type, model and serial, as clients join them."""
    kept = settings(context)
    return {
        "system_id": "-".join(kept[name] for name in ("machine_type", "machine_model", "machine_serial_number")),
        "pools": [row["name"] for _, row in context.rows("pool")],
        "target_name": kept["system_name"],
    }
