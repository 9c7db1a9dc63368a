"""Volumes and snapshots in the store: look-ups, making, removing, and their record in a reply.

A snapshot is a volume row with a master.  Rows are kept by id; names, WWNs and masters are indexes beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import names, space
from .catalog import FailureError
from .wire import Leaf, Record

if TYPE_CHECKING:
    from ..context import Context

MOST_VOLUMES = 10_000  # volumes and snapshots together [K]
INTERNAL = {
    "last-replicated-": "SNAPSHOT_IS_INTERNAL",
    "most-recent-": "SNAPSHOT_IS_INTERNAL",
    "last-consistent-": "SNAPSHOT_IS_CONSISTENT_ELCS",
}
Row = dict[str, Any]


def key_of(number: int) -> str:
    """Return a key that orders as its number does."""
    return f"{number:08d}"


def timestamp(seconds: float) -> str:
    """Return a time as the array writes it [S]."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def find(context: Context, name: str) -> Row | None:
    """Return the volume or snapshot of that name, None when there is none."""
    found = names.id_named(context, "volume", name)
    return None if found is None else context.get("volume", found)


def get(context: Context, name: str, missing: str = "VOLUME_BAD_NAME") -> Row:
    """Return the volume or snapshot of that name; raises the code for a missing one."""
    row = find(context, name)
    if row is None:
        raise FailureError(missing)
    return row


def get_master(context: Context, name: str, missing: str = "VOLUME_BAD_NAME") -> Row:
    """Return the volume of that name; raises VOLUME_IS_SNAPSHOT."""
    row = get(context, name, missing)
    if row["master"]:
        raise FailureError("VOLUME_IS_SNAPSHOT")
    return row


def get_snapshot(context: Context, name: str) -> Row:
    """Return the snapshot of that name; raises VOLUME_IS_NOT_A_SNAPSHOT."""
    row = get(context, name)
    if not row["master"]:
        raise FailureError("VOLUME_IS_NOT_A_SNAPSHOT")
    return row


def by_wwn(context: Context, wwn: str) -> Row | None:
    """Return the volume of that WWN in any case, None when there is none."""
    found = context.get("volume_wwn", wwn.upper())
    return None if found is None else context.get("volume", found["id"])


def snapshots_of(context: Context, volume: Row) -> list[Row]:
    """Return the snapshots of a volume, oldest first."""
    found = (context.get("volume", key) for key, _ in context.rows("snapshot_of", volume["id"]))
    return [row for row in found if row is not None]


def check_name(context: Context, name: str, unless: str = "") -> None:
    """Check that a volume can get the name; raises VOLUME_BAD_PREFIX, VOLUME_EXISTS."""
    if names.is_reserved(name):
        raise FailureError("VOLUME_BAD_PREFIX")
    if names.id_named(context, "volume", name) not in {None, unless}:
        raise FailureError("VOLUME_EXISTS")


def make(context: Context, name: str, pool_id: str, size_bytes: int, **more: Any) -> Row:
    """Enter a volume; ids and WWNs are never given twice.  Raises MAX_VOLUMES_REACHED."""
    if context.count("volume") >= MOST_VOLUMES:
        raise FailureError("MAX_VOLUMES_REACHED")
    number = context.next_number("volume")
    serial = int((context.get("config", "system") or {})["machine_serial_number"])
    row: Row = {
        "id": key_of(number),
        "name": name,
        "wwn": f"001738{(serial << 16) + number:010X}",
        "serial": number,
        "pool": pool_id,
        "size_bytes": size_bytes,
        "used_bytes": 0,
        "master": "",
        "created_s": context.now_s,
        "locked": False,
        "modified": False,
        "cg": "",
        "snap_group": "",
        "perf_class": "",
        "delete_priority": 0,
        "internal": "",
    }
    row.update(more)
    names.give_name(context, "volume", name, row["id"])
    context.put("volume_wwn", row["wwn"], {"id": row["id"]})
    if row["master"]:
        context.put("snapshot_of", row["id"], {}, row["master"])
    save(context, row)
    return row


def save(context: Context, row: Row) -> None:
    """Put a changed volume back."""
    context.put("volume", row["id"], row, row["pool"])


def check_not_internal(row: Row) -> None:
    """Check that a snapshot is none that mirroring needs; raises SNAPSHOT_IS_INTERNAL and the like."""
    code = INTERNAL.get(row.get("internal", ""))
    if code is not None:
        raise FailureError(code)


def rename(context: Context, row: Row, new_name: str) -> None:
    """Give a volume another name; the caller has checked it."""
    names.drop_name(context, "volume", row["name"])
    row["name"] = new_name
    names.give_name(context, "volume", new_name, row["id"])
    save(context, row)


def forget(context: Context, row: Row) -> None:
    """Remove a volume and its indexes; accounts are the caller's business."""
    names.drop_name(context, "volume", row["name"])
    for kind, key in (("volume", row["id"]), ("volume_wwn", row["wwn"]), ("data", row["id"])):
        context.remove(kind, key)
    context.remove("snapshot_of", row["id"])
    context.remove("snap_group_member", row["id"])


def allocated_bytes(context: Context, row: Row) -> int:
    """Return what a volume takes of its pool: whole units, whatever hosts see [M]."""
    return space.rounded_up(row["size_bytes"], space.unit(context))


class Recorder:
    """Write volumes as records; what all of them need is looked up once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._a9000 = context.switch("xiv_is_a9000")
        self._upper = context.switch("xiv_wwn_upper_case")
        self._qos = context.switch("xiv_qos_on_volumes")
        self._mirrored = set(context.keys("mirror"))
        self._names: dict[tuple[str, str], str] = {}

    def records(self, rows: Iterable[Row]) -> list[Record]:
        """Return one record per volume."""
        return [self.record(row) for row in rows]

    def record(self, row: Row) -> Record:
        """Return a volume as vol_list shows it (leaves: xcli.md §3.3 [S/M])."""
        leaves: dict[str, Leaf] = {
            "id": int(row["id"]),
            "name": row["name"],
            **self._sizes(row),
            "serial": row["serial"],
            "wwn": self._wwn(row["wwn"]),
            "pool_name": self._name("pool", row["pool"]),
            "pool_id": int(row["pool"]),
            "cg_name": self._name("cg", row["cg"]),
            **self._snapshot_leaves(row),
            "locked": row["locked"],
            "locked_by_pool": False,
            "modified": row["modified"],
            "mirrored": f"volume/{row['id']}" in self._mirrored,
            "creator": "admin",
            "creator_category": "storageadmin",
            "short_live_io": False,
            "enable_VAAI": True,
            "user_disabled_VAAI": False,
            "snapshot_format": False,
            "proxy": False,
            "managed": False,
            "perf_class": self._name("perf_class", row["perf_class"]) if self._qos else "",
        }
        if self._a9000:
            leaves["copy_master_wwn"] = "Not Available"
        return Record("volume", leaves, id=f"{int(row['id']):x}")

    def _sizes(self, row: Row) -> dict[str, Leaf]:
        size, used = row["size_bytes"], row["used_bytes"]
        return {
            "size": size // space.GB,
            "size_MiB": size // space.MIB,
            "capacity": size // space.BLOCK,
            "used_capacity": used // space.GB,
            "used_capacity_MiB": used // space.MIB,
        }

    def _snapshot_leaves(self, row: Row) -> dict[str, Leaf]:
        master = self._name("volume", row["master"])
        created = timestamp(row["created_s"]) if master else ""
        return {
            "sg_name": self._name("snap_group", row["snap_group"]),
            "sg_snapshot_of": self._group_of(row["snap_group"]),
            "master_name": master,
            "snapshot_of": master,
            "snapshot_time": created,
            "master_copy_creation_time": created,
            "delete_priority": row["delete_priority"],
        }

    def _group_of(self, snap_group: str) -> str:
        """Return the name of the consistency group a snapshot group was taken of."""
        row = self._context.get("snap_group", snap_group) if snap_group else None
        return self._name("cg", row["cg"]) if row is not None else ""

    def _wwn(self, wwn: str) -> str:
        return wwn if self._upper else wwn.lower()

    def _name(self, kind: str, key: str) -> str:
        if not key:
            return ""
        if (kind, key) not in self._names:
            self._names[kind, key] = (self._context.get(kind, key) or {"name": ""})["name"]
        return self._names[kind, key]
