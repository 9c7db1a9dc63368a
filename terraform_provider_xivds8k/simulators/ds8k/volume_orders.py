"""POST /volumes: one volume, several by name, several by quantity (ds8k-rest.md §3 "create" [S])."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..context import Context, Row
from . import capacity
from .codes import BAD_REQUEST, BAD_VALUE, ID_TAKEN, NOT_OFFERED, WRONG_STORAGE_TYPE, Refusal
from .envelope import Call, Reply, created, failed, several
from .placement import choose_id
from .records import volume_record

NAME = re.compile(r"\w{1,16}", re.ASCII)  # [S] §3
MOST_AT_ONCE = 256  # [K]


@dataclass(frozen=True)
class _Order:
    """What all volumes of one request share."""

    pool_id: str
    pool: Row
    size: int
    tp: str
    os400: str
    lss: str


def create(call: Call) -> Reply:
    """Make volumes; of several each succeeds or fails for itself, under an ok on top [S]."""
    if call.text("alias").lower() == "true":
        raise Refusal(NOT_OFFERED, what="CKD alias volumes")
    order = _order(call)
    names, ids, single = _asked(call)
    for name in names:
        check_name(name)
    if single:
        return _make(call, order, names[0], ids[0])
    if len({one.upper() for one in ids if one}) != len([one for one in ids if one]):
        raise Refusal(ID_TAKEN, volume=", ".join(ids))
    return several(call, [_part(call, order, name, volume_id) for name, volume_id in zip(names, ids, strict=True)])


def check_name(name: str) -> None:
    """Raise Refusal for a name no volume can have."""
    if not NAME.fullmatch(name):
        raise Refusal(BAD_VALUE, name="name", value=name, why="1 to 16 letters, digits and underscores")


def _order(call: Call) -> _Order:
    context, pool_id = call.context, call.required("pool").upper()
    pool = capacity.pool_row(context, pool_id)
    stgtype = call.text("stgtype").lower() or "fb"
    if stgtype not in {"fb", "ckd"}:
        raise Refusal(BAD_VALUE, name="stgtype", value=stgtype, why="fb or ckd")
    if stgtype != pool["stgtype"]:
        raise Refusal(WRONG_STORAGE_TYPE, name=f"pool {pool_id}", found=pool["stgtype"], wanted=stgtype)
    tp, os400 = call.text("tp").lower() or "none", call.text("os400").upper()
    if tp not in {"none", "ese"}:
        raise Refusal(BAD_VALUE, name="tp", value=tp, why="none or ese")  # TSE is historic [S]
    if os400 and stgtype != "fb":
        raise Refusal(BAD_VALUE, name="os400", value=os400, why="only fb volumes have a model")
    fixed = capacity.os400_fixed_size(context, os400) if os400 else None
    size = fixed or capacity.size_of(call.required("cap"), call.text("captype"), stgtype)
    return _Order(pool_id, pool, size, tp, os400, call.text("lss"))


def _asked(call: Call) -> tuple[list[str], list[str], bool]:
    """Return names, ids ("" for any) and whether one volume was asked for in the form for one."""
    names, ids, quantity = call.texts("namecol"), call.texts("ids"), call.text("quantity")
    name, volume_id = call.text("name"), call.text("id")
    single = not (names or ids or quantity)
    if not names:
        count = _count(quantity or str(len(ids) or 1))
        names = [name] if single else [f"{name}_{number}" for number in range(1, count + 1)]  # naming [K]
    if volume_id and not ids:
        ids = [volume_id]
    ids = ids or [""] * len(names)
    if len(ids) != len(names):
        raise Refusal(BAD_REQUEST, why=f"{len(names)} volumes but {len(ids)} ids")
    return names, ids, single


def _count(quantity: str) -> int:
    if not quantity.isdecimal() or not 1 <= int(quantity) <= MOST_AT_ONCE:
        raise Refusal(BAD_VALUE, name="quantity", value=quantity, why=f"1 to {MOST_AT_ONCE}")
    return int(quantity)


def _part(call: Call, order: _Order, name: str, volume_id: str) -> Reply:
    try:
        return _make(call, order, name, volume_id)
    except Refusal as refusal:
        return failed(call.context, refusal)


def _make(call: Call, order: _Order, name: str, volume_id: str) -> Reply:
    context = call.context
    row = new_volume(name, order.pool_id, order.pool, order.size, tp=order.tp, os400=order.os400)
    capacity.check_room(context, order.pool_id, capacity.held_by(row, order.pool))
    chosen = choose_id(context, order.pool_id, order.pool, order.lss, volume_id)
    add_volume(context, chosen, row)
    return created(call, "volumes", volume_record(call, chosen, row), f"/volumes/{chosen}")


def new_volume(name: str, pool_id: str, pool: Row, size: int, *, tp: str = "none", os400: str = "") -> Row:
    """Return the record of a new volume; ``size`` in bytes (fb) or cylinders (ckd)."""
    return {
        "name": name,
        "pool": pool_id,
        "stgtype": pool["stgtype"],
        "cap": size,
        "tp": tp,
        "os400": os400,
        "real": capacity.extents(size, pool) if tp == "none" else 0,
        "labels": [],
        "active_until_s": 0.0,
        "moving_from": "",
    }


def add_volume(context: Context, volume_id: str, row: Row) -> None:
    """Put a new volume in its place and book its space."""
    pool = capacity.pool_row(context, row["pool"])
    capacity.book(context, row["pool"], capacity.held_by(row, pool))
    context.put("volume", volume_id, row, group=volume_id[:2])
