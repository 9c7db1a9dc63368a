"""Where a new volume goes: LSSs, address groups, nodes and free ids (ds8k-rest.md §3 [S])."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..context import Context, Row
from .codes import (
    ALL_LSS_FULL,
    BAD_VALUE,
    ID_TAKEN,
    INCORRECT_ID,
    LSS_FULL,
    MIXED_ADDRESS_GROUP,
    NO_SUCH_OBJECT,
    WRONG_PARITY,
    WRONG_STORAGE_TYPE,
    Refusal,
)

VOLUMES_PER_LSS = 256
LAST_LSS = 0xFE  # FF is reserved [K]
_VOLUME_ID = re.compile(r"[0-9A-F]{4}")
_LSS_ID = re.compile(r"[0-9A-F]{2}")


def volume_id_of(text: str) -> str:
    """Return a volume id in upper case; raises Refusal for what is none."""
    found = text.upper()
    if not _VOLUME_ID.fullmatch(found):
        raise Refusal(INCORRECT_ID, kind="volume", name=text)
    return found


def lss_id_of(text: str) -> str:
    """Return an LSS id in upper case; raises Refusal for what is none."""
    found = text.upper()
    if not _LSS_ID.fullmatch(found) or int(found, 16) > LAST_LSS:
        raise Refusal(INCORRECT_ID, kind="LSS", name=text)
    return found


def new_lss_row(stgtype: str) -> Row:
    """Return the record of an LSS."""
    return {"type": stgtype}


def choose_id(context: Context, pool_id: str, pool: Row, lss: str, volume_id: str) -> str:
    """Return a free volume id: the one asked for, or one in the LSS asked for, or one anywhere.

    An FB LSS that does not exist appears with this volume; a CKD one must exist. Raises Refusal when a rule forbids it.
    """
    if volume_id:
        wanted = volume_id_of(volume_id)
        if lss and lss_id_of(lss) != wanted[:2]:
            raise Refusal(BAD_VALUE, name="lss", value=lss, why=f"the volume {wanted} belongs to another LSS")
        _use_lss(context, lss_id_of(wanted[:2]), pool_id, pool)
        if context.get("volume", wanted) is not None:
            raise Refusal(ID_TAKEN, volume=wanted)
        return wanted
    if lss:
        wanted_lss = lss_id_of(lss)
        _use_lss(context, wanted_lss, pool_id, pool)
        free = _free_id(context, wanted_lss)
        if free is None:
            as_all = context.switch("one_full_lss_reported_as_all")
            raise Refusal(ALL_LSS_FULL) if as_all else Refusal(LSS_FULL, lss=wanted_lss)
        return free
    return _anywhere(context, pool_id, pool)


def _anywhere(context: Context, pool_id: str, pool: Row) -> str:
    existing = dict(context.rows("lss"))
    for lss in [*_fitting(existing, pool), *_possible(existing, pool)]:
        free = _free_id(context, lss)
        if free is not None:
            _use_lss(context, lss, pool_id, pool)
            return free
    raise Refusal(ALL_LSS_FULL)


def _fitting(existing: dict[str, Row], pool: Row) -> Iterable[str]:
    return (lss for lss, row in existing.items() if row["type"] == pool["stgtype"] and int(lss, 16) % 2 == pool["node"])


def _possible(existing: dict[str, Row], pool: Row) -> Iterable[str]:
    if pool["stgtype"] != "fb":
        return []
    mixed = {lss[0] for lss, row in existing.items() if row["type"] != "fb"}
    ids = (f"{number:02X}" for number in range(pool["node"], LAST_LSS + 1, 2))
    return (lss for lss in ids if lss not in existing and lss[0] not in mixed)


def _use_lss(context: Context, lss: str, pool_id: str, pool: Row) -> None:
    if int(lss, 16) % 2 != pool["node"]:
        raise Refusal(WRONG_PARITY, lss=lss, pool=pool_id)
    row = context.get("lss", lss)
    if row is None:
        if pool["stgtype"] != "fb":
            raise Refusal(NO_SUCH_OBJECT, kind="LSS", name=lss)
        check_address_group(context, lss, "fb")
        context.put("lss", lss, new_lss_row("fb"))
    elif row["type"] != pool["stgtype"]:
        raise Refusal(WRONG_STORAGE_TYPE, name=f"LSS {lss}", found=row["type"], wanted=pool["stgtype"])


def check_address_group(context: Context, lss: str, wanted: str) -> None:
    """Raise Refusal when an LSS of this type would mix types within its address group."""
    for other, row in context.rows("lss"):
        if other[0] == lss[0] and row["type"] != wanted:
            raise Refusal(MIXED_ADDRESS_GROUP, group=lss[0], found=row["type"], lss=lss, wanted=wanted)


def _free_id(context: Context, lss: str) -> str | None:
    if context.count("volume", lss) >= VOLUMES_PER_LSS:
        return None
    used = {int(key[2:], 16) for key in context.keys("volume", lss)}
    first = 0 if context.switch("freed_ids_reused_first") or not used else max(used) + 1
    order = [*range(first, VOLUMES_PER_LSS), *range(first)]
    return next((f"{lss}{number:02X}" for number in order if number not in used), None)


def forget_empty_lss(context: Context, lss: str) -> None:
    """Drop an FB LSS whose last volume is gone, where the machine does so."""
    if context.count("volume", lss) or context.switch("empty_lss_stays"):
        return
    row = context.get("lss", lss)
    if row is not None and row["type"] == "fb":
        context.remove("lss", lss)
