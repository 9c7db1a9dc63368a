"""/volumes/ID: show, rename, extend, move, delete (ds8k-rest.md §3)."""

from __future__ import annotations

from dataclasses import asdict

from ..context import Context, Row
from . import capacity, pair_growth, pairs, progress
from .codes import (
    BAD_REQUEST,
    BEING_MOVED,
    CANNOT_SHRINK,
    FIXED_SIZE,
    IN_COPY_RELATION,
    LIST_NOT_ALLOWED,
    MAPPED,
    NO_SUCH_OBJECT,
    OTHER_NODE,
    POOL_FULL_FOR_GROWTH,
    RECENT_IO,
    TOO_MANY_IDS,
    WRONG_STORAGE_TYPE,
    Refusal,
)
from .envelope import Call, Reply, deleted, done, failed, linked, listing, several
from .placement import forget_empty_lss, lss_id_of, volume_id_of
from .records import shown_pool, volume_record, volume_records
from .volume_orders import check_name

MOST_IDS = 32  # [S] §1.3


def refuse_list(call: Call) -> Reply:  # noqa: ARG001 - a handler's shape
    """Answer GET /volumes: real machines refuse it [S]."""
    raise Refusal(LIST_NOT_ALLOWED)


def volume_row(context: Context, volume_id: str) -> Row:
    """Return a volume; raises Refusal when it does not exist."""
    row = context.get("volume", volume_id)
    if row is None:
        raise Refusal(NO_SUCH_OBJECT, kind="volume", name=volume_id)
    return row


def show(call: Call) -> Reply:
    """Answer GET /volumes/ID."""
    volume_id = volume_id_of(call.ids["volume"])
    return listing(call, "volumes", [volume_record(call, volume_id, volume_row(call.context, volume_id))])


def list_of_pool(call: Call) -> Reply:
    """Answer GET /pools/P0/volumes."""
    pool_id = call.ids["pool"].upper()
    capacity.pool_row(call.context, pool_id)
    rows = [(key, row) for key, row in call.context.rows("volume") if shown_pool(call.context, row) == pool_id]
    return listing(call, "volumes", volume_records(call, rows))


def list_of_lss(call: Call) -> Reply:
    """Answer GET /lss/00/volumes."""
    lss = lss_id_of(call.ids["lss"])
    if call.context.get("lss", lss) is None:
        raise Refusal(NO_SUCH_OBJECT, kind="LSS", name=lss)
    return listing(call, "volumes", volume_records(call, call.context.rows("volume", lss)))


def change(call: Call) -> Reply:
    """Answer PUT /volumes/ID: what is sent changes, the rest stays [S]."""
    volume_id = volume_id_of(call.ids["volume"])
    row = volume_row(call.context, volume_id)
    name, cap, pool = call.text("name"), call.text("cap"), call.text("pool")
    if not (name or cap or pool):
        raise Refusal(BAD_REQUEST, why="nothing to change")
    if name:
        check_name(name)
        row["name"] = name
    if cap:
        _extend(call.context, volume_id, row, capacity.size_of(cap, call.text("captype"), row["stgtype"]))
    if pool:
        _move(call.context, volume_id, row, pool.upper())
    call.context.put("volume", volume_id, row, group=volume_id[:2])
    return linked(call, f"/volumes/{volume_id}")


def _extend(context: Context, volume_id: str, row: Row, size: int) -> None:
    if size < row["cap"] or (size == row["cap"] and context.switch("growth_to_same_size_refused")):
        raise Refusal(CANNOT_SHRINK, volume=volume_id)
    if row["os400"] and capacity.os400_fixed_size(context, row["os400"]) is not None:
        raise Refusal(FIXED_SIZE, volume=volume_id, model=row["os400"])
    _check_still(volume_id, row)
    if relations_of(context, volume_id):
        raise Refusal(IN_COPY_RELATION, volume=volume_id)
    pair_growth.check(context, volume_id, size)
    pool = capacity.pool_row(context, row["pool"])
    if row["tp"] == "none":
        more = capacity.extents(size, pool) - int(row["real"])
        capacity.book(context, row["pool"], capacity.Held(real=more), POOL_FULL_FOR_GROWTH)
        row["real"] += more
    else:
        capacity.book(context, row["pool"], capacity.Held(virtual=size - row["cap"]), POOL_FULL_FOR_GROWTH)
    row["cap"] = size


def _move(context: Context, volume_id: str, row: Row, pool_id: str) -> None:
    """Begin a migration: the volume holds space in both pools until it ends."""
    new, old = capacity.pool_row(context, pool_id), capacity.pool_row(context, row["pool"])
    if new["stgtype"] != row["stgtype"]:
        raise Refusal(WRONG_STORAGE_TYPE, name=f"pool {pool_id}", found=new["stgtype"], wanted=row["stgtype"])
    if new["node"] != old["node"] and context.switch("move_across_nodes_refused"):
        raise Refusal(OTHER_NODE, pool=pool_id)
    _check_still(volume_id, row)
    if pool_id == row["pool"]:
        return
    held = capacity.held_by(row, old)
    written = int(row["real"]) * int(old["extent"])
    row["real"] = capacity.extents(row["cap"] if row["tp"] == "none" else written, new)
    capacity.book(context, pool_id, capacity.held_by(row, new))
    until_s = context.now_s + progress.MIGRATION_S
    context.put("migration", volume_id, {"from": row["pool"], "until_s": until_s, "held": asdict(held)})
    row["moving_from"], row["pool"] = row["pool"], pool_id


def _check_still(volume_id: str, row: Row) -> None:
    if row["moving_from"]:
        raise Refusal(BEING_MOVED, volume=volume_id)


def relations_of(context: Context, volume_id: str) -> list[tuple[str, Row]]:
    """Return the FlashCopy relations a volume is source or target of."""
    rows = context.rows("flashcopy")
    return [(key, row) for key, row in rows if volume_id in {row["source"], row["target"]}]


def delete(call: Call) -> Reply:
    """Answer DELETE /volumes/ID."""
    _delete(call.context, volume_id_of(call.ids["volume"]))
    return deleted(call)


def delete_several(call: Call) -> Reply:
    """Answer DELETE /volumes?ids=: at most 32 [S]."""
    ids = [one for one in call.query.get("ids", "").split(",") if one]
    if not ids:
        raise Refusal(BAD_REQUEST, why="ids is missing")
    if len(ids) > MOST_IDS:
        raise Refusal(TOO_MANY_IDS)
    if call.context.switch("bulk_delete_is_all_or_nothing"):
        for one in ids:
            _delete(call.context, volume_id_of(one))
        return done(call)
    return several(call, [_delete_part(call, one) for one in ids])


def _delete_part(call: Call, volume_id: str) -> Reply:
    try:
        _delete(call.context, volume_id_of(volume_id))
    except Refusal as refusal:
        return failed(call.context, refusal)
    return done(call)


def _delete(context: Context, volume_id: str) -> None:
    """Delete a volume; one that is being migrated too, as IBM's own suite does [S] pyds8k."""
    row = volume_row(context, volume_id)
    mappings = context.rows("mapping", volume_id)
    if mappings and context.switch("delete_mapped_volume_refused"):
        raise Refusal(MAPPED, volume=volume_id, host=mappings[0][1]["host"])
    if relations_of(context, volume_id) or pairs.of_volume(context, volume_id):
        raise Refusal(IN_COPY_RELATION, volume=volume_id)
    if row["active_until_s"] > context.now_s and context.switch("recent_io_blocks_delete"):
        raise Refusal(RECENT_IO, volume=volume_id)
    for key, _ in mappings:
        context.remove("mapping", key)
    progress.end_migration(context, volume_id)
    capacity.give_back(context, row["pool"], capacity.held_by(row, capacity.pool_row(context, row["pool"])))
    context.remove("volume", volume_id)
    forget_empty_lss(context, volume_id[:2])
