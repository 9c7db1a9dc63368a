"""Which mirrors a command means, and what it asks of them first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import groups, mirror_store, volume_store
from .catalog import Arguments, FailureError
from .mirror_store import GROUP, MASTER, VOLUME

if TYPE_CHECKING:
    from ..context import Context

SUBJECT = "< vol=VolName | cg=CgName > [ target=TargetName ]"
Row = dict[str, Any]


def partner_named(context: Context, name: str) -> Context:
    """Return the array a target's name stands for; raises TARGET_BAD_NAME."""
    partner = context.partner
    system = None if partner is None else partner.get("config", "system")
    if partner is None or system is None or system["system_name"] != name:
        raise FailureError("TARGET_BAD_NAME")
    return partner


def target_name(context: Context) -> str:
    """Return the name under which this array knows its partner."""
    partner = context.partner
    system = None if partner is None else partner.get("config", "system")
    return "" if system is None else str(system["system_name"])


def one(context: Context, arguments: Arguments) -> Row:
    """Return the mirror a command means; raises what ``several`` raises."""
    found = list(several(context, arguments))
    if len(found) != 1:
        raise FailureError("BAD_PARAMS", "Give one volume or one Consistency Group")
    return found[0]


def several(context: Context, arguments: Arguments) -> Iterator[Row]:
    """Yield the mirrors a command means, of one or several volumes or groups.

    Raises VOLUME_NO_MIRROR, CONS_GROUP_NO_MIRROR, and VOLUME_BELONGS_TO_MIRRORED_CONS_GROUP where the group has to be
    named.
    """
    if ("vol" in arguments) == ("cg" in arguments):
        raise FailureError("BAD_PARAMS", "Give vol or cg")
    if "target" in arguments:
        partner_named(context, arguments.text("target"))
    for name in arguments.listed("vol") or ():
        volume = volume_store.get_master(context, name)
        row = mirror_store.of_volume(context, volume)
        if row is None:
            raise FailureError("VOLUME_NO_MIRROR")
        if mirror_store.group_of(context, volume) is not None:
            raise FailureError("VOLUME_BELONGS_TO_MIRRORED_CONS_GROUP")
        yield row
    for name in arguments.listed("cg") or ():
        row = mirror_store.find(context, GROUP, groups.get(context, name)["id"])
        if row is None:
            raise FailureError("CONS_GROUP_NO_MIRROR")
        yield row


def check_master(row: Row) -> None:
    """Check that this array has the master; raises LOCAL_PEER_IS_NOT_MASTER."""
    if row["role"] != MASTER:
        raise FailureError("LOCAL_PEER_IS_NOT_MASTER")


def reached(context: Context, row: Row, code: str = "TARGET_NOT_CONNECTED") -> tuple[Context, Row]:
    """Return the other array and what it knows of a mirror.

    Raises the code while the link is down, MIRROR_CONFIGURATION_ERROR where the other array knows nothing of it.
    """
    partner = context.partner
    if partner is None or not context.linked:
        raise FailureError(code)
    peer = mirror_store.peer_of(partner, row)
    if peer is None:
        raise FailureError("MIRROR_CONFIGURATION_ERROR")
    return partner, peer


def name_of(context: Context | None, kind: str, subject: str) -> str:
    """Return the name of a mirrored volume or group."""
    found = None if context is None else context.get("volume" if kind == VOLUME else "cg", subject)
    return "" if found is None else str(found["name"])
