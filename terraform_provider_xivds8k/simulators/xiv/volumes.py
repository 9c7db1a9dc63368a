"""Commands on volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import attachments, mirror_store, names, pools, qos, space, volume_store
from .catalog import Arguments, FailureError, command
from .volume_store import Recorder
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context

Row = dict[str, Any]


@command(
    "vol_create vol=VolName < size=GB | size_blocks=BLOCKS > pool=PoolName [ compressed=yes|no ] [ managed=yes|no ]",
    "Creates a new volume.",
    category="volume",
)
def vol_create(context: Context, arguments: Arguments) -> list[Record]:
    """Make a volume and return its record [S]."""
    name = arguments.text("vol")
    size_bytes = space.wanted_bytes(context, arguments)
    volume_store.check_name(context, name)
    pool = pools.get(context, arguments.text("pool"))
    allocated = space.rounded_up(size_bytes, space.unit(context))
    used = 0 if context.switch("xiv_new_volume_uses_nothing") else space.unit(context)
    space.charge(pool, allocated, used)
    pools.save(context, pool)
    row = volume_store.make(context, name, pool["id"], size_bytes, used_bytes=used)
    return [Recorder(context).record(row)]


@command(
    "vol_list [ vol=VolName | pool=PoolName | cg=CgName | wwn=WWNString ] [ domain=DomainName ] [ managed=yes|no ]"
    " [ show_proxy=yes|no ]",
    "Lists all volumes or a specific one.",
    category="volume",
)
def vol_list(context: Context, arguments: Arguments) -> list[Record]:
    """List volumes and snapshots; an unknown volume or WWN gives an empty list [S]."""
    rows = _listed(context, arguments)
    for kind in ("pool", "cg"):
        if kind in arguments:
            wanted = _filter_id(context, kind, arguments.text(kind))
            rows = [row for row in rows if row[kind] == wanted]
    return Recorder(context).records(rows)


@command("vol_by_id id=Id", "Prints the volume name according to its internal ID.", category="volume")
def vol_by_id(context: Context, arguments: Arguments) -> list[Record]:
    """Return the volume of an internal id, or nothing."""
    row = context.get("volume", volume_store.key_of(arguments.number("id", most=99_999_999)))
    return Recorder(context).records([] if row is None else [row])


@command("vol_rename vol=VolName new_name=Name", "Renames a volume.", category="volume")
def vol_rename(context: Context, arguments: Arguments) -> None:
    """Give a volume or snapshot another name."""
    row, new_name = volume_store.get(context, arguments.text("vol")), arguments.text("new_name")
    volume_store.check_not_internal(row)
    volume_store.check_name(context, new_name, unless=row["id"])
    volume_store.rename(context, row, new_name)


@command(
    "vol_resize vol=VolName < size=GB | size_blocks=BLOCKS > [ shrink_volume=yes|no ]",
    "Resizes a volume.",
    category="volume",
)
def vol_resize(context: Context, arguments: Arguments) -> None:
    """Resize a volume; shrinking needs shrink_volume=yes and a sure sender."""
    size_bytes, shrink = space.wanted_bytes(context, arguments), arguments.flag("shrink_volume")
    row = volume_store.get_master(context, arguments.text("vol"))
    mirror = mirror_store.of_volume(context, row)
    if mirror is not None and mirror["role"] == mirror_store.SLAVE:
        raise FailureError("VOLUME_IS_SLAVE")
    if row["locked"]:
        raise FailureError("VOLUME_LOCKED")
    if size_bytes < row["size_bytes"]:
        if not shrink:
            raise FailureError("CAN_NOT_SHRINK_VOLUME")
        arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_REDUCE_VOLUME")
    elif size_bytes > row["size_bytes"] and context.switch("xiv_enlarge_needs_sure"):
        arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_ENLARGE_VOLUME")
    if mirror is not None:
        _peer_resized(context, mirror, row, size_bytes)
    resized(context, row, size_bytes)


def _peer_resized(context: Context, mirror: Row, row: Row, size_bytes: int) -> None:
    """Resize the slave as well [M]; where that cannot be, a mirrored volume keeps its size [K]."""
    there = context.partner
    peer = mirror_store.peer_of(there, mirror)
    if there is None or peer is None or not mirror_store.fits(context, mirror, peer):
        raise FailureError("MIRROR_IS_NON_OPERATIONAL")
    slave = there.get("volume", peer["subject"])
    if slave is None:
        raise FailureError("MIRROR_CONFIGURATION_ERROR")
    agree = slave["size_bytes"] == row["size_bytes"]
    if agree and not mirror["active"] and not context.switch("xiv_mirror_inactive_resized"):
        raise FailureError("MIRROR_IS_NON_OPERATIONAL")
    if context.switch("xiv_mirror_acknowledgements_lost"):
        resized(context, row, size_bytes)
        raise FailureError("MIRROR_POSSIBLE_SIZE_MISMATCH", stays=True)
    try:
        resized(there, slave, size_bytes)
    except FailureError:
        raise FailureError("NOT_ENOUGH_SPACE_ON_REMOTE_MACHINE") from None


@command("vol_move vol=VolName pool=PoolName", "Moves a volume from one Storage Pool to another.", category="volume")
def vol_move(context: Context, arguments: Arguments) -> None:
    """Move a volume with its snapshots, online."""
    row = volume_store.get_master(context, arguments.text("vol"))
    target = pools.get(context, arguments.text("pool"))
    if row["cg"] and context.switch("xiv_move_in_group_refused"):
        raise FailureError("VOLUME_BELONGS_TO_CG")
    if target["id"] == row["pool"]:
        return
    source = pools.by_id(context, row["pool"])
    allocated, snapshots = volume_store.allocated_bytes(context, row), volume_store.snapshots_of(context, row)
    in_snapshots = sum(snapshot["used_bytes"] for snapshot in snapshots)
    space.charge(target, allocated, row["used_bytes"])
    space.charge_snapshots(target, in_snapshots)
    space.charge(source, -allocated, -row["used_bytes"])
    space.charge_snapshots(source, -in_snapshots)
    pools.save(context, source)
    pools.save(context, target)
    for moved in (row, *snapshots):
        volume_store.save(context, moved | {"pool": target["id"]})


@command("vol_delete vol=VolName", "Deletes a volume.", category="volume")
def vol_delete(context: Context, arguments: Arguments) -> None:
    """Delete a volume with its snapshots, or a snapshot (§3.3)."""
    row = volume_store.get(context, arguments.text("vol"))
    _check_deletable(context, row)
    arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_DELETE_VOLUME")
    for snapshot in volume_store.snapshots_of(context, row):
        removed(context, snapshot)
    removed(context, row)


@command("vol_format vol=VolName", "Formats a volume.", category="volume")
def vol_format(context: Context, arguments: Arguments) -> None:
    """Make a volume read as zeros again; not while mapped or locked [K]."""
    row = volume_store.get_master(context, arguments.text("vol"))
    mirror_store.check_none(context, row)
    if row["locked"]:
        raise FailureError("VOLUME_LOCKED")
    if attachments.of_volume(context, row["id"]):
        raise FailureError("VOLUME_IS_MAPPED", "Volume that is mapped to a host cannot be formatted")
    arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_FORMAT_VOLUME")
    context.remove("data", row["id"])
    used(context, row, 0)


@command("vol_copy vol_src=VolName vol_trg=VolName", "Copies a source volume onto a target volume.", category="volume")
def vol_copy(context: Context, arguments: Arguments) -> None:
    """Copy at once; the target takes the source's size [S]."""
    source = volume_store.get(context, arguments.text("vol_src"), "SOURCE_VOLUME_BAD_NAME")
    target = volume_store.get_master(context, arguments.text("vol_trg"), "TARGET_VOLUME_BAD_NAME")
    if source["id"] == target["id"]:
        raise FailureError("BAD_PARAMS", "Source and target are the same volume")
    mirror_store.check_none(context, target)
    if target["locked"]:
        raise FailureError("VOLUME_LOCKED")
    if context.switch("xiv_copy_needs_formatted") and context.get("data", target["id"]):
        raise FailureError("VOLUME_NOT_FORMATTED")
    arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_COPY_VOLUME")
    resized(context, target, source["size_bytes"])
    data = context.get("data", source["id"])
    if data is not None:
        context.put("data", target["id"], data)
    used(context, target, content_bytes(context, source))


@command("vol_lock vol=VolName", "Locks a volume so that it is read-only.", category="volume")
def vol_lock(context: Context, arguments: Arguments) -> None:
    """Lock a volume or snapshot."""
    volume_store.save(context, volume_store.get(context, arguments.text("vol")) | {"locked": True})


@command("vol_unlock vol=VolName", "Unlocks a volume, so that it is no longer read-only.", category="volume")
def vol_unlock(context: Context, arguments: Arguments) -> None:
    """Unlock a volume or snapshot; not a slave, nor what mirroring needs [K]."""
    row = volume_store.get(context, arguments.text("vol"))
    mirror = mirror_store.of_volume(context, row)
    if mirror is not None and mirror["role"] == mirror_store.SLAVE:
        raise FailureError("VOLUME_IS_SLAVE")
    volume_store.check_not_internal(row)
    volume_store.save(context, row | {"locked": False})


def resized(context: Context, row: Row, size_bytes: int) -> None:
    """Give a volume another size, charged to its pool; raises NOT_ENOUGH_SPACE."""
    before = volume_store.allocated_bytes(context, row)
    row["size_bytes"] = size_bytes
    pool = pools.by_id(context, row["pool"])
    space.charge(pool, volume_store.allocated_bytes(context, row) - before)
    pools.save(context, pool)
    volume_store.save(context, row)
    used(context, row, min(row["used_bytes"], volume_store.allocated_bytes(context, row)))


def used(context: Context, row: Row, used_bytes: int) -> None:
    """Set what is written of a volume or snapshot, charged to its pool."""
    pool = pools.by_id(context, row["pool"])
    pool["snapshots_used_bytes" if row["master"] else "used_bytes"] += used_bytes - row["used_bytes"]
    row["used_bytes"] = used_bytes
    pools.save(context, pool)
    volume_store.save(context, row)


def content_bytes(context: Context, row: Row) -> int:
    """Return what a copy of a volume or snapshot takes: all it shows, not what a snapshot holds for itself."""
    if not row["master"]:
        return int(row["used_bytes"])
    written = len((context.get("data", row["id"]) or {"labels": []})["labels"])
    return min(volume_store.allocated_bytes(context, row), written * space.unit(context))


def removed(context: Context, row: Row) -> None:
    """Remove a volume or snapshot and give its space back to the pool."""
    pool = pools.by_id(context, row["pool"])
    if row["master"]:
        space.charge_snapshots(pool, -row["used_bytes"])
    else:
        space.charge(pool, -volume_store.allocated_bytes(context, row), -row["used_bytes"])
        qos.leave(context, row)
    pools.save(context, pool)
    volume_store.forget(context, row)


def _listed(context: Context, arguments: Arguments) -> list[Row]:
    if "wwn" in arguments:
        found = volume_store.by_wwn(context, arguments.text("wwn"))
        return [] if found is None else [found]
    wanted = arguments.listed("vol")
    if wanted is not None:
        named = (volume_store.find(context, name) for name in wanted)
        return [row for row in named if row is not None]
    if "pool" in arguments:
        pool_id = names.id_named(context, "pool", arguments.text("pool"))
        return [] if pool_id is None else [row for _, row in context.rows("volume", pool_id)]
    return [row for _, row in context.rows("volume")]


def _filter_id(context: Context, kind: str, name: str) -> str | None:
    found = names.id_named(context, kind, name)
    if found is None and not context.switch("xiv_filter_unknown_empty"):
        raise FailureError("POOL_DOES_NOT_EXIST" if kind == "pool" else "CONS_GROUP_BAD_NAME")
    return found


def _check_deletable(context: Context, row: Row) -> None:
    if attachments.of_volume(context, row["id"]):
        raise FailureError("SNAPSHOT_IS_MAPPED" if row["master"] else "VOLUME_IS_MAPPED")
    mirror_store.check_none(context, row)
    volume_store.check_not_internal(row)
    if row["cg"]:
        raise FailureError("VOLUME_BELONGS_TO_CG")
    snapshots = volume_store.snapshots_of(context, row)
    if snapshots and not context.switch("xiv_delete_takes_snapshots"):
        raise FailureError("VOLUME_HAS_SNAPSHOTS")
    if any(attachments.of_volume(context, snapshot["id"]) for snapshot in snapshots):
        raise FailureError("SNAPSHOT_IS_MAPPED")
    if any(one["snap_group"] for one in (row, *snapshots)):
        raise FailureError("SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP")
