"""Who is master: roles are changed one side at a time, or switched on both at once (§3.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import mirror_data, mirror_progress, mirror_store
from .catalog import Arguments, FailureError, command
from .mirror_data import LAST_CONSISTENT, MOST_RECENT, MOST_UPDATED
from .mirror_store import ASYNC, MASTER, OPPOSITE, SLAVE
from .mirror_subjects import SUBJECT, check_master, one, reached

if TYPE_CHECKING:
    from ..context import Context

STANDBY: dict[str, Any] = {"active": False, "in_step": False, "copy": None, "jobs": [], "running": False}
Row = dict[str, Any]


@command(
    f"mirror_change_role {SUBJECT} [ new_role=Master|Slave|None ]",
    "Changes the role of the local peer of a mirror.",
    category="mirror",
)
def mirror_change_role(context: Context, arguments: Arguments) -> None:
    """Change the role of this side alone, or turn it round where none is named [M]; the mirror becomes inactive."""
    row = one(context, arguments)
    wanted = arguments.choice("new_role", ("master", "slave", "none"), "none").title()
    if wanted == row["role"]:
        return
    if not row["initialized"]:
        raise FailureError("MIRROR_IS_INITIAL")
    if row["active"] and (row["role"] == MASTER or context.switch("xiv_mirror_promote_needs_standby")):
        raise FailureError("MIRROR_IS_ACTIVE")
    arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_CHANGE_MIRROR_ROLE")
    if row["role"] == MASTER:
        _demoted(context, row)
    else:
        _promoted(context, row)
    mirror_progress.settle(context)


def _demoted(context: Context, row: Row) -> None:
    """Make a master a slave: it goes back to the last common point [M].

    What only it holds stays in a most-updated snapshot where it is synchronous [M] and its pool has room.
    """
    held = mirror_data.contents(context, row)
    known = {volume_id: mirror_store.common(context, volume_id) for volume_id in held}
    if row["type"] != ASYNC and held != known:
        mirror_data.take(context, row, MOST_UPDATED, held, context.now_s)
    mirror_data.drop(context, row, MOST_RECENT)
    for volume_id, labels in known.items():
        mirror_data.fill(context, volume_id, labels)
    mirror_store.save(context, row | STANDBY | {"role": SLAVE, "consistent": True})
    mirror_data.lock(context, row, locked=True)


def _promoted(context: Context, row: Row) -> None:
    """Make a slave a master, which hosts may write.

    An asynchronous one goes back to what was last replicated; one that was caught in a resynchronisation keeps what it
    holds, in a most-updated snapshot as well, beside its last-consistent one [M].
    """
    if row["type"] == ASYNC:
        for member in mirror_store.members(context, row):
            mirror_data.fill(context, member["subject"], mirror_store.common(context, member["subject"]))
    elif row["consistent"]:
        mirror_progress.agreed(context, row)
    elif mirror_data.has(context, row, LAST_CONSISTENT):
        mirror_data.take(context, row, MOST_UPDATED, mirror_data.contents(context, row), context.now_s)
    mirror_store.save(context, row | STANDBY | {"role": MASTER})
    mirror_data.lock(context, row, locked=False)


@command(
    f"mirror_switch_roles {SUBJECT}",
    "Switches the roles of master and slave.",
    category="mirror",
)
def mirror_switch_roles(context: Context, arguments: Arguments) -> None:
    """Switch the roles on both sides at once, on the master, while nothing is on its way; then it is inactive [M]."""
    row = one(context, arguments)
    check_master(row)
    there, peer = reached(context, row, "MIRROR_IS_NON_OPERATIONAL")
    if not mirror_store.operational(context, row, peer):
        raise FailureError("MIRROR_IS_NON_OPERATIONAL")
    _check_nothing_pending(context, row)
    arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_SWITCH_MIRROR_ROLES")
    stays = context.switch("xiv_mirror_switched_roles_stay_active")
    for where, side in ((context, row), (there, peer)):
        if row["type"] != ASYNC:
            mirror_progress.agreed(where, side)
        left = {"consistent": True} if stays else STANDBY | {"consistent": True}
        mirror_store.save(where, side | left | {"role": OPPOSITE[side["role"]]})
        mirror_data.lock(where, side, locked=side["role"] == MASTER)


def _check_nothing_pending(context: Context, row: Row) -> None:
    """Check that the slave has everything; raises MIRROR_IS_NOT_SYNCHRONIZED, or MIRROR_IS_ASYNC [S names, K rule]."""
    if row["type"] != ASYNC:
        if not row["in_step"]:
            raise FailureError("MIRROR_IS_NOT_SYNCHRONIZED")
        return
    held = mirror_data.contents(context, row)
    behind = any(labels != mirror_store.common(context, volume_id) for volume_id, labels in held.items())
    if context.switch("xiv_mirror_async_switch_refused") or not row["initialized"] or row["jobs"] or behind:
        raise FailureError("MIRROR_IS_ASYNC")
