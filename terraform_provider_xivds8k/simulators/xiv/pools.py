"""Pools: their accounts and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import names, space
from .catalog import Arguments, FailureError, command
from .volume_store import key_of
from .wire import Leaf, Record

if TYPE_CHECKING:
    from ..context import Context

MOST_POOLS = 256  # [K]
LOCK_BEHAVIORS = ("read_only", "no_io")
Row = dict[str, Any]


def get(context: Context, name: str) -> Row:
    """Return the pool of that name; raises POOL_DOES_NOT_EXIST."""
    found = names.id_named(context, "pool", name)
    row = None if found is None else context.get("pool", found)
    if row is None:
        raise FailureError("POOL_DOES_NOT_EXIST")
    return row


def by_id(context: Context, pool_id: str) -> Row:
    """Return the pool that a volume row points to."""
    row = context.get("pool", pool_id)
    if row is None:
        raise LookupError(f"no pool {pool_id}")
    return row


def save(context: Context, row: Row) -> None:
    """Put a changed pool back."""
    context.put("pool", row["id"], row)


def make(context: Context, name: str, soft_bytes: int, hard_bytes: int, snapshot_bytes: int) -> Row:
    """Enter a pool; the caller has checked name and space."""
    row: Row = {
        "id": key_of(context.next_number("pool")),
        "name": name,
        "soft_bytes": soft_bytes,
        "hard_bytes": hard_bytes,
        "snapshot_bytes": snapshot_bytes,
        "volumes_bytes": 0,
        "used_bytes": 0,
        "snapshots_used_bytes": 0,
        "lock_behavior": "read_only",
    }
    names.give_name(context, "pool", name, row["id"])
    save(context, row)
    return row


def record(context: Context, row: Row) -> Record:
    """Return a pool as pool_list shows it (leaves: xcli.md §3.2 [S])."""
    soft, hard = row["soft_bytes"], row["hard_bytes"]
    used, in_snapshots = row["used_bytes"], row["snapshots_used_bytes"]
    free_soft, free_hard = space.free_bytes(row), hard - used - in_snapshots
    leaves: dict[str, Leaf] = {"creator": "admin", "creator_category": "storageadmin"}
    leaves |= {"id": int(row["id"]), "name": row["name"]}
    if context.switch("xiv_is_a9000"):
        leaves |= _pair("size", soft) | _pair("empty_space", free_soft) | {"domain": "no-domain"}
    else:
        leaves |= _pair("soft_size", soft) | _pair("hard_size", hard)
        leaves |= _pair("empty_space_soft", free_soft) | _pair("empty_space_hard", free_hard)
    leaves |= _pair("snapshot_size", row["snapshot_bytes"]) | _pair("total_volume_size", row["volumes_bytes"])
    leaves |= _pair("used_by_volumes", used) | _pair("used_by_snapshots", in_snapshots)
    leaves |= {
        "locked": False,
        "lock_behavior": row["lock_behavior"],
        "create_last_consistent_snapshot": True,
        "protected_snapshot_priority": 0,
        "managed": False,
    }
    return Record("pool", leaves, id=f"{int(row['id']):x}")


def _pair(name: str, size_bytes: int) -> dict[str, Leaf]:
    """Return GB and MiB; what is negative shows as an unsigned number of 64 bits [S]."""
    return {name: size_bytes // space.GB % 2**64, f"{name}_MiB": size_bytes // space.MIB % 2**64}


@command(
    "pool_list [ pool=PoolName ] [ domain=DomainName ] [ managed=yes|no ]", "Lists Storage Pools.", category="pool"
)
def pool_list(context: Context, arguments: Arguments) -> list[Record]:
    """List pools; an unknown one gives an empty list."""
    if "pool" not in arguments:
        return [record(context, row) for _, row in context.rows("pool")]
    found = names.id_named(context, "pool", arguments.text("pool"))
    return [] if found is None else [record(context, by_id(context, found))]


@command("domain_list [ domain=DomainName ]", "Lists the domains of the system.", category="access")
def domain_list(_context: Context, _arguments: Arguments) -> list[Record]:
    """List domains: this machine is not divided into any, so that pools and hosts are in none."""
    return []


@command(
    "pool_create pool=PoolName < size=GB | hard_size=GB soft_size=GB > snapshot_size=GB"
    " [ lock_behavior=read_only|no_io ] [ perf_class=PerfClass ] [ domain=DomainName ]",
    "Creates a Storage Pool.",
    category="pool",
)
def pool_create(context: Context, arguments: Arguments) -> list[Record]:
    """Make a pool; sizes are rounded up to the unit [M]."""
    name = arguments.text("pool")
    behavior = arguments.choice("lock_behavior", LOCK_BEHAVIORS, "read_only")
    if names.id_named(context, "pool", name) is not None:
        raise FailureError("POOL_NAME_EXISTS")
    if context.count("pool") >= MOST_POOLS:
        raise FailureError("MAX_POOLS_REACHED")
    soft, hard, snapshots = _sizes(context, arguments)
    _check_system_space(context, soft, hard, unless="")
    row = make(context, name, soft, hard, snapshots)
    row["lock_behavior"] = behavior
    save(context, row)
    return [record(context, row)]


@command(
    "pool_resize pool=PoolName < size=GB | hard_size=GB soft_size=GB > [ snapshot_size=GB ]",
    "Resizes a Storage Pool.",
    category="pool",
)
def pool_resize(context: Context, arguments: Arguments) -> None:
    """Resize a pool within what the system has and what the pool's volumes take."""
    row = get(context, arguments.text("pool"))
    soft, hard, snapshots = _sizes(context, arguments, row["snapshot_bytes"])
    _check_system_space(context, soft, hard, unless=row["id"])
    used = row["used_bytes"] + row["snapshots_used_bytes"]
    if soft - snapshots < row["volumes_bytes"] or hard < used or snapshots < row["snapshots_used_bytes"]:
        raise FailureError("NOT_ENOUGH_SPACE", "The Storage Pool holds more than that")
    row |= {"soft_bytes": soft, "hard_bytes": hard, "snapshot_bytes": snapshots}
    save(context, row)


@command("pool_rename pool=PoolName new_name=Name", "Renames a Storage Pool.", category="pool")
def pool_rename(context: Context, arguments: Arguments) -> None:
    """Give a pool another name."""
    row, new_name = get(context, arguments.text("pool")), arguments.text("new_name")
    if names.id_named(context, "pool", new_name) not in {None, row["id"]}:
        raise FailureError("POOL_NAME_EXISTS")
    names.drop_name(context, "pool", row["name"])
    row["name"] = new_name
    names.give_name(context, "pool", new_name, row["id"])
    save(context, row)


@command("pool_delete pool=PoolName", "Deletes a Storage Pool.", category="pool")
def pool_delete(context: Context, arguments: Arguments) -> None:
    """Delete an empty pool."""
    row = get(context, arguments.text("pool"))
    if context.count("volume", row["id"]):
        raise FailureError("POOL_HAS_VOLUMES")
    if any(group["pool"] == row["id"] for _, group in context.rows("cg")):
        raise FailureError("POOL_HAS_CONS_GROUPS")
    names.drop_name(context, "pool", row["name"])
    context.remove("pool", row["id"])


def _sizes(context: Context, arguments: Arguments, snapshot_default: int | None = None) -> tuple[int, int, int]:
    both = "hard_size" in arguments and "soft_size" in arguments
    if both == ("size" in arguments) or ("hard_size" in arguments) != ("soft_size" in arguments):
        raise FailureError("BAD_PARAMS", "Give size, or hard_size and soft_size")

    def taken(name: str) -> int:
        return space.rounded_up(arguments.number(name) * space.GB, space.unit(context))

    soft, hard = (taken("soft_size"), taken("hard_size")) if both else (taken("size"),) * 2
    if "snapshot_size" in arguments or snapshot_default is None:
        snapshots = taken("snapshot_size")
    else:
        snapshots = snapshot_default
    if soft < hard:
        raise FailureError("SOFT_SIZE_SMALLER_THAN_HARD_SIZE")
    if hard < snapshots:
        raise FailureError("HARD_SIZE_SMALLER_THAN_SNAPSHOT_SIZE")
    return soft, hard, snapshots


def _check_system_space(context: Context, soft: int, hard: int, unless: str) -> None:
    others = [row for key, row in context.rows("pool") if key != unless]
    if hard + sum(row["hard_bytes"] for row in others) > space.SYSTEM_BYTES:
        raise FailureError("NO_HARD_SPACE")
    if soft + sum(row["soft_bytes"] for row in others) > 2 * space.SYSTEM_BYTES:
        raise FailureError("NO_SOFT_SPACE")
