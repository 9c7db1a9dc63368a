"""Mirrors are defined and deleted (§3.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import groups, mirror_data, mirror_store, names, pools, schedules, space, volume_store
from .catalog import Arguments, FailureError, command
from .mirror_data import LAST_REPLICATED, MOST_RECENT, MOST_UPDATED
from .mirror_progress import agreed
from .mirror_store import ASYNC, GROUP, MASTER, SLAVE, SYNC, VOLUME
from .mirror_subjects import SUBJECT, one, partner_named

if TYPE_CHECKING:
    from ..context import Context

LONGEST_RPO_S = 86_400  # [K]
DEFAULT_REMOTE_SCHEDULE = "Never"  # [K]
Row = dict[str, Any]


@command(
    "mirror_create < vol=VolName slave_vol=VolName | cg=CgName slave_cg=CgName > target=TargetName"
    " [ type=sync_best_effort|async_interval ] [ create_slave=yes|no ] [ remote_pool=PoolName ] [ rpo=SECONDS ]"
    " [ remote_rpo=SECONDS ] [ schedule=Schedule ] [ remote_schedule=Schedule ] [ init_type=online|offline ]",
    "Defines a mirror between a master and a slave.",
    category="mirror",
)
def mirror_create(context: Context, arguments: Arguments) -> None:
    """Define a mirror: the local side is master, the coupling is born inactive [M]."""
    there = partner_named(context, arguments.text("target"))
    if not context.linked:
        raise FailureError("REMOTE_TARGET_NOT_CONNECTED")
    arguments.choice("init_type", ("online", "offline"), "online")
    if ("vol" in arguments) == ("cg" in arguments):
        raise FailureError("BAD_PARAMS", "Give vol or cg")
    kind = VOLUME if "vol" in arguments else GROUP
    if not arguments.text("slave_vol" if kind == VOLUME else "slave_cg"):
        raise FailureError("BAD_PARAMS", "Give slave_vol with vol, slave_cg with cg")
    ours, theirs = _settings(context, there, arguments)
    subject, peer = _volumes(context, there, arguments) if kind == VOLUME else _groups(context, there, arguments)
    mirror_store.save(context, mirror_store.made(kind, subject, peer, MASTER, **ours))
    slave = mirror_store.made(kind, peer, subject, SLAVE, **theirs)
    mirror_store.save(there, slave)
    mirror_data.lock(there, slave, locked=True)
    agreed(there, slave)


def _settings(context: Context, there: Context, arguments: Arguments) -> tuple[Row, Row]:
    """Return type, schedule and RPO as each side keeps them."""
    kind = arguments.choice("type", (SYNC, ASYNC), SYNC)
    if kind == SYNC:
        given = [name for name in ("rpo", "remote_rpo", "schedule", "remote_schedule") if name in arguments]
        if given:
            raise FailureError("BAD_PARAMS", f"A synchronous mirror has no {', '.join(given)}")
        none: Row = {"type": SYNC, "schedule": "", "rpo_s": 0, "remote_rpo_s": 0}
        return none, dict(none)
    rpo_s = arguments.number("rpo", least=1)
    remote_rpo_s = arguments.number("remote_rpo", least=1) if "remote_rpo" in arguments else rpo_s
    schedule = schedules.get(context, arguments.text("schedule"))["name"]
    remote = arguments.text("remote_schedule", DEFAULT_REMOTE_SCHEDULE)
    remote = schedules.get(there, remote, "Remote schedule does not exist")["name"]
    check_rpo(context, rpo_s, schedule)
    check_rpo(there, remote_rpo_s, remote, remote=True)
    ours: Row = {"type": ASYNC, "schedule": schedule, "rpo_s": rpo_s, "remote_rpo_s": remote_rpo_s}
    return ours, {"type": ASYNC, "schedule": remote, "rpo_s": remote_rpo_s, "remote_rpo_s": rpo_s}


def check_rpo(context: Context, rpo_s: int, schedule: str, *, remote: bool = False) -> None:
    """Check that an RPO is longer than the interval of its schedule and below a day."""
    if rpo_s > LONGEST_RPO_S:
        raise FailureError("ASYNC_MIRROR_RPO_TOO_LONG")
    if rpo_s <= schedules.interval_s(context, schedule):
        raise FailureError("ASYNC_MIRROR_REMOTE_RPO_TOO_SHORT" if remote else "ASYNC_MIRROR_LOCAL_RPO_TOO_SHORT")


def _volumes(context: Context, there: Context, arguments: Arguments) -> tuple[str, str]:
    """Return the ids of master and slave, which is made where that is asked for."""
    master = volume_store.get_master(context, arguments.text("vol"))
    own = mirror_store.of_volume(context, master)
    if own is not None:
        raise FailureError("VOLUME_IS_MASTER" if own["role"] == MASTER else "VOLUME_IS_SLAVE")
    if mirror_store.group_of(context, master) is not None:
        raise FailureError("VOLUME_BELONGS_TO_MIRRORED_CONS_GROUP")
    _check_no_leftovers(context, master)
    name = arguments.text("slave_vol")
    if arguments.flag("create_slave"):
        return master["id"], _slave_made(there, arguments, name, master["size_bytes"])["id"]
    slave = volume_store.find(there, name)
    if slave is None:
        raise FailureError("VOLUME_BAD_NAME", "Slave volume name does not exist on the target")
    if slave["master"]:
        raise FailureError("VOLUME_IS_SNAPSHOT")
    other = mirror_store.of_volume(there, slave)
    if other is not None:
        raise FailureError("REMOTE_VOLUME_IS_MASTER" if other["role"] == MASTER else "VOLUME_IS_SLAVE")
    if slave["size_bytes"] != master["size_bytes"]:
        raise FailureError("VOLUME_INCOMPATIBLE_SIZE")
    _check_no_leftovers(there, slave)
    return master["id"], slave["id"]


def _check_no_leftovers(context: Context, volume: Row) -> None:
    """Refuse a volume that still has the snapshots of an earlier mirror [M]; the code is [K]."""
    left = [one["name"] for one in volume_store.snapshots_of(context, volume) if names.is_reserved(one["name"])]
    if any(not name.startswith(MOST_UPDATED) for name in left):
        raise FailureError("VOLUME_EXISTS", "Snapshots of an earlier mirror of the volume still exist")


def _slave_made(there: Context, arguments: Arguments, name: str, size_bytes: int) -> Row:
    pool = _remote_pool(there, arguments)
    if names.id_named(there, "volume", name) is not None:
        raise FailureError("REMOTE_VOLUME_EXISTS")
    volume_store.check_name(there, name)
    try:
        space.charge(pool, space.rounded_up(size_bytes, space.unit(there)))
        pools.save(there, pool)
        return volume_store.make(there, name, pool["id"], size_bytes)
    except FailureError as failure:
        full = failure.code == "MAX_VOLUMES_REACHED"
        code = "REMOTE_MAX_VOLUMES_REACHED" if full else "NOT_ENOUGH_SPACE_ON_REMOTE_MACHINE"
        raise FailureError(code) from None


def _remote_pool(there: Context, arguments: Arguments) -> Row:
    if not arguments.text("remote_pool"):
        raise FailureError("BAD_PARAMS", "create_slave=yes needs remote_pool")
    found = names.id_named(there, "pool", arguments.text("remote_pool"))
    if found is None:
        raise FailureError("POOL_DOES_NOT_EXIST", "Storage Pool does not exist on the target")
    return pools.by_id(there, found)


def _groups(context: Context, there: Context, arguments: Arguments) -> tuple[str, str]:
    """Return the ids of two groups, both of them empty [M]; the slave is made where that is asked for."""
    master = groups.get(context, arguments.text("cg"))
    name = arguments.text("slave_cg")
    if mirror_store.find(context, GROUP, master["id"]) is not None:
        raise FailureError("CONS_GROUP_HAS_MIRROR")
    slave = groups.find(there, name)
    if arguments.flag("create_slave"):
        if slave is not None:
            raise FailureError("CONS_GROUP_NAME_EXISTS", "Consistency Group name already exists on the target")
        slave = groups.made(there, name, _remote_pool(there, arguments)["id"])
    elif slave is None:
        raise FailureError("CONS_GROUP_BAD_NAME", "Slave Consistency Group name does not exist on the target")
    if mirror_store.find(there, GROUP, slave["id"]) is not None:
        raise FailureError("CONS_GROUP_HAS_MIRROR", "The slave Consistency Group has a mirror")
    if context.count("cg_member", master["id"]) or there.count("cg_member", slave["id"]):
        raise FailureError("CONS_GROUP_NOT_EMPTY")
    return master["id"], slave["id"]


@command(
    f"mirror_delete {SUBJECT} [ force_on_slave=yes|no ]",
    "Deletes a mirroring definition.",
    category="mirror",
)
def mirror_delete(context: Context, arguments: Arguments) -> None:
    """Delete an inactive mirror on both arrays; what was a slave stays locked [S]."""
    row = one(context, arguments)
    if row["role"] == SLAVE and not arguments.flag("force_on_slave"):
        raise FailureError("LOCAL_PEER_IS_NOT_MASTER")
    if row["active"]:
        raise FailureError("MIRROR_IS_ACTIVE")
    there = context.partner
    peer = mirror_store.peer_of(there, row)
    if not context.linked:
        if context.switch("xiv_mirror_delete_needs_link"):
            raise FailureError("TARGET_NOT_CONNECTED")
    elif there is not None and peer is not None and _goes_too(context, row, peer):
        _forgotten(there, peer)
    _forgotten(context, row)


def _goes_too(context: Context, row: Row, peer: Row) -> bool:
    """Return whether the other array's definition goes with this one's: two masters stand each for itself [K]."""
    conflict = row["role"] == peer["role"] == MASTER
    return not conflict or context.switch("xiv_mirror_delete_takes_both_masters")


def _forgotten(context: Context, row: Row) -> None:
    """Forget a mirror; what may be somebody's last consistent state, or all there is of his last writes, stays [M]."""
    if not context.switch("xiv_mirror_delete_keeps_snapshots"):
        for prefix in (LAST_REPLICATED, MOST_RECENT):
            mirror_data.drop(context, row, prefix)
    mirror_data.release(context, row)
    mirror_store.remove(context, row)
