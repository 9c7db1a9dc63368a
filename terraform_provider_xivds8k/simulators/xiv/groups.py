"""Consistency groups: volumes of one pool that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import mirror_store, names, pools, volume_store
from .catalog import Arguments, FailureError, command
from .volume_store import key_of
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context

MOST_GROUPS = 256  # 11.4 [M]
MOST_MEMBERS = 128  # [K]; 512 on an A9000 [K]
Row = dict[str, Any]


def find(context: Context, name: str) -> Row | None:
    """Return the group of that name, None when there is none."""
    found = names.id_named(context, "cg", name)
    return None if found is None else context.get("cg", found)


def members(context: Context, group: Row) -> list[Row]:
    """Return the volumes of a group."""
    found = (context.get("volume", key) for key, _ in context.rows("cg_member", group["id"]))
    return [row for row in found if row is not None]


def get(context: Context, name: str) -> Row:
    """Return the group of that name; raises the code for a missing one."""
    row = find(context, name)
    if row is None:
        by_name = context.switch("xiv_group_missing_is_bad_name")
        raise FailureError("CONS_GROUP_BAD_NAME" if by_name else "CONS_GROUP_DOES_NOT_EXIST")
    return row


def _check_free(context: Context, name: str, unless: str = "") -> None:
    if names.id_named(context, "cg", name) not in {None, unless}:
        raise FailureError("CONS_GROUP_NAME_EXISTS")


def made(context: Context, name: str, pool_id: str) -> Row:
    """Enter an empty group; the caller has checked its name.  Raises MAX_CONS_GROUPS_REACHED."""
    if context.count("cg") >= MOST_GROUPS:
        raise FailureError("MAX_CONS_GROUPS_REACHED")
    row = {"id": key_of(context.next_number("cg")), "name": name, "pool": pool_id}
    names.give_name(context, "cg", name, row["id"])
    context.put("cg", row["id"], row)
    return row


@command("cg_create cg=CgName pool=PoolName", "Creates a Consistency Group.", category="cg")
def cg_create(context: Context, arguments: Arguments) -> None:
    """Make an empty group in a pool."""
    name = arguments.text("cg")
    _check_free(context, name)
    pool = pools.get(context, arguments.text("pool"))
    made(context, name, pool["id"])


@command("cg_list [ cg=CgName ] [ pool=PoolName ]", "Lists Consistency Groups.", category="cg")
def cg_list(context: Context, arguments: Arguments) -> list[Record]:
    """List groups; unknown filters give an empty list."""
    group = names.id_named(context, "cg", arguments.text("cg")) if "cg" in arguments else None
    pool = names.id_named(context, "pool", arguments.text("pool")) if "pool" in arguments else None
    mirrored = {key for key, _ in context.rows("cg") if mirror_store.find(context, mirror_store.GROUP, key)}
    listed = []
    for key, row in context.rows("cg"):
        if ("cg" in arguments and key != group) or ("pool" in arguments and row["pool"] != pool):
            continue
        pool_name = pools.by_id(context, row["pool"])["name"]
        leaves = {
            "id": int(key),
            "name": row["name"],
            "pool": pool_name,
            "mirrored": key in mirrored,
            "creator": "admin",
        }
        listed.append(Record("cg", leaves, id=f"{int(key):x}"))
    return listed


@command("cg_rename cg=CgName new_name=Name", "Renames a Consistency Group.", category="cg")
def cg_rename(context: Context, arguments: Arguments) -> None:
    """Give a group another name."""
    row, new_name = get(context, arguments.text("cg")), arguments.text("new_name")
    _check_free(context, new_name, row["id"])
    names.drop_name(context, "cg", row["name"])
    row["name"] = new_name
    names.give_name(context, "cg", new_name, row["id"])
    context.put("cg", row["id"], row)


@command("cg_delete cg=CgName", "Deletes a Consistency Group.", category="cg")
def cg_delete(context: Context, arguments: Arguments) -> None:
    """Delete an empty group."""
    row = get(context, arguments.text("cg"))
    if mirror_store.find(context, mirror_store.GROUP, row["id"]) is not None:
        raise FailureError("CONS_GROUP_HAS_MIRROR")
    if context.count("cg_member", row["id"]):
        raise FailureError("CONS_GROUP_NOT_EMPTY")
    names.drop_name(context, "cg", row["name"])
    context.remove("cg", row["id"])


def check_room(context: Context, row: Row, code: str = "MAX_VOLUMES_IN_CONS_GROUP_REACHED") -> None:
    """Check that a group can take one more volume; raises the code."""
    most = 4 * MOST_MEMBERS if context.switch("xiv_is_a9000") else MOST_MEMBERS
    if context.count("cg_member", row["id"]) >= most:
        raise FailureError(code)


def joined(context: Context, row: Row, volume: Row) -> None:
    """Put a volume into a group; the caller has checked both."""
    context.put("cg_member", volume["id"], {}, row["id"])
    volume_store.save(context, volume | {"cg": row["id"]})


def left(context: Context, volume: Row) -> None:
    """Take a volume out of its group."""
    context.remove("cg_member", volume["id"])
    volume_store.save(context, volume | {"cg": ""})
