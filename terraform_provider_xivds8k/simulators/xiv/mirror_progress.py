"""What time and the link do to mirrors: copies, sync jobs, resynchronisation, loss of step.

Called before every command, write and change of the link; nothing runs by itself.  Between two calls no volume
changes, so that whatever was due in between has the contents of now.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import mirror_data, mirror_store, pools, schedules
from .mirror_data import LAST_CONSISTENT, LAST_REPLICATED, MOST_RECENT, Contents, Image
from .mirror_store import ASYNC, MASTER, SLAVE, SYNC

if TYPE_CHECKING:
    from ..context import Context

COPY_S = 0.5  # by default copies end within a second of simulated time
JOB_S = 0.5
NEVER_S = 2.0**53
Row = dict[str, Any]


def settle(context: Context) -> None:
    """Bring the mirrors of both arrays up to the present moment."""
    partner = context.partner
    if partner is None or _quiet(context, partner):
        return
    now_s, next_s = context.now_s, NEVER_S
    for here, there in ((context, partner), (partner, context)):
        for row in mirror_store.heads(here, MASTER):
            _settle_one(here, there, row, now_s)
            next_s = min(next_s, _next_s(here, row, now_s))
        for row in mirror_store.heads(here, SLAVE):
            _without_master(here, there, row)
    if next_s > now_s:
        for here in (context, partner):
            mirror_store.keep_quiet(here, next_s, _conditions(here))


def _quiet(context: Context, partner: Context) -> bool:
    """Return whether nothing can have happened since the last time: neither a mirror has changed nor is one due."""
    return all(mirror_store.is_quiet(here, context.now_s, _conditions(here)) for here in (context, partner))


def _conditions(here: Context) -> list[bool]:
    """Return what decides about mirrors beside their rows."""
    return [here.linked, here.switch("xiv_mirror_role_conflict_deactivates")]


def _next_s(here: Context, row: Row, now_s: float) -> float:
    """Return when the next thing happens to a mirror; a copy goes on all the time."""
    if row["copy"]:
        return now_s
    if row["jobs"]:
        return float(row["jobs"][0]["until_s"])
    interval_s = schedules.interval_s(here, row["schedule"]) if row["running"] else 0
    return (math.floor(now_s / interval_s) + 1.0) * interval_s if interval_s else NEVER_S


def _without_master(here: Context, there: Context, row: Row) -> None:
    """Let a slave that finds no master at the other end of the link be inactive."""
    peer = mirror_store.peer_of(there, row)
    if row["active"] and here.linked and (peer is None or peer["role"] == SLAVE):
        mirror_store.save(here, row | {"active": False, "copy": None, "jobs": []})


def _settle_one(here: Context, there: Context, row: Row, now_s: float) -> None:
    peer = mirror_store.peer_of(there, row)
    if peer is not None and peer["role"] == SLAVE and here.linked and peer["active"] != row["active"]:
        peer["active"] = row["active"]
        mirror_store.save(there, peer)
    if peer is not None and peer["role"] == MASTER and row["active"] and here.linked:
        _in_conflict(here, row)
    if peer is None or not mirror_store.operational(here, row, peer):
        stopped(here, there, row, peer)
        return
    if not row["initialized"] or (row["type"] == SYNC and not row["in_step"]):
        _copied(here, there, row, peer, now_s)
    if row["type"] == ASYNC and row["initialized"]:
        _jobs_done(here, there, row, peer, now_s)


def _in_conflict(here: Context, row: Row) -> None:
    if here.switch("xiv_mirror_role_conflict_deactivates"):
        row["active"] = False
        mirror_store.save(here, row)


def stopped(here: Context, there: Context, row: Row, peer: Row | None) -> None:
    """Let a mirror fall out of step where it was in: what both peers hold now is what they have in common."""
    if not (row["in_step"] or row["copy"] or row["running"]):
        return
    if row["in_step"] and row["type"] == SYNC:
        agreed(here, row)
        if peer is not None and peer["role"] == SLAVE:
            agreed(there, peer)
    mirror_data.drop(here, row, MOST_RECENT)
    halted: Row = {"in_step": False, "copy": None, "jobs": [], "running": False}
    mirror_store.save(here, row | halted)
    if peer is not None and peer["role"] == SLAVE:
        mirror_store.save(there, peer | halted)
    row |= halted


def agreed(context: Context, row: Row) -> None:
    """Keep what the volumes of a mirror hold as the last common point."""
    for volume_id, held in mirror_data.contents(context, row).items():
        mirror_store.set_common(context, volume_id, held)


def _copied(here: Context, there: Context, row: Row, peer: Row, now_s: float) -> None:
    """Copy everything, or what differs after a time without step."""
    if row["copy"] is None:
        row["copy"] = _begun(here, there, row, peer, now_s)
        mirror_store.save(here, row)
        mirror_store.save(there, peer | {"copy": row["copy"]})
    if now_s < row["copy"]["until_s"]:
        _copied_so_far(here, there, row, now_s)
        return
    done_s = row["copy"]["until_s"]
    arrived(here, there, row, mirror_data.contents(here, row))
    for context, one in ((here, row), (there, peer)):
        mirror_data.drop(context, one, LAST_CONSISTENT)
    done: Row = {"copy": None, "initialized": True, "in_step": row["type"] == SYNC, "consistent": True}
    if row["type"] == ASYNC:
        done |= {"running": True, "ticked_s": done_s}
    row |= done
    peer |= done
    mirror_store.save(here, row)
    mirror_store.save(there, peer)
    if row["type"] == ASYNC:
        _replicated(here, there, row, peer, Image(mirror_data.contents(here, row), done_s))


def _begun(here: Context, there: Context, row: Row, peer: Row, now_s: float) -> Row:
    """Begin a copy; a slave that is resynchronised keeps its consistent state in a snapshot [M]."""
    differs = any(
        mirror_data.labels(here, one["subject"]) != mirror_data.labels(there, one["peer"])
        for one in mirror_store.members(here, row)
    )
    if row["initialized"] and differs:
        if peer["consistent"] and _keeps_last_consistent(there, peer):
            mirror_data.take(there, peer, LAST_CONSISTENT, mirror_data.contents(there, peer), now_s)
        peer["consistent"] = False
    nothing = not mirror_store.members(here, row) or (row["initialized"] and not differs)
    return {"from_s": now_s, "until_s": now_s + (0.0 if nothing else COPY_S)}


def _keeps_last_consistent(there: Context, peer: Row) -> bool:
    """Return whether the pools of a slave have room for such snapshots at all (create_last_consistent_snapshot)."""
    volumes = [there.get("volume", one["subject"]) for one in mirror_store.members(there, peer)]
    return all(pools.by_id(there, one["pool"])["snapshot_bytes"] for one in volumes if one is not None)


def _copied_so_far(here: Context, there: Context, row: Row, now_s: float) -> None:
    """Let slaves hold a part of what is copied: blocks come in any order, so that it makes no sense by itself."""
    share = (now_s - row["copy"]["from_s"]) / COPY_S
    for one in mirror_store.members(here, row):
        wanted, held = mirror_data.labels(here, one["subject"]), mirror_store.common(there, one["peer"])
        alike = next((i for i, (a, b) in enumerate(zip(wanted, held, strict=False)) if a != b), len(held))
        missing = wanted[alike:]
        mirror_data.fill(there, one["peer"], wanted[:alike] + missing[len(missing) - int(share * len(missing)) :])


def carried(context: Context, volume: Row) -> None:
    """Let a slave have what was just written to its master, where both are in step; the caller has settled."""
    row, there = mirror_store.of_volume(context, volume), context.partner
    if there is None or row is None or row["role"] != MASTER or not row["in_step"]:
        return
    mirror_data.fill(there, row["peer"], mirror_data.labels(context, volume["id"]), volume["used_bytes"])


def arrived(here: Context, there: Context, row: Row, held: Contents) -> None:
    """Let slaves hold these contents of their masters; a volume that has joined since is not among them."""
    for one in mirror_store.members(here, row):
        master = here.get("volume", one["subject"])
        if master is not None and one["subject"] in held:
            mirror_data.fill(there, one["peer"], held[one["subject"]], master["used_bytes"])


def _jobs_done(here: Context, there: Context, row: Row, peer: Row, now_s: float) -> None:
    """Run the sync jobs of a mirror up to now: what was asked for, then what the schedule wants."""
    before = (len(row["jobs"]), row["running"], row["ticked_s"])
    if not row["running"]:  # back in operation: what was missed runs at once [K]
        row |= {"running": True, "ticked_s": now_s}
        queue(here, row, now_s)
    while True:
        _finished(here, there, row, peer, now_s)
        due_s = None if row["jobs"] else _due(here, row, now_s)
        if due_s is None:
            break
        row["ticked_s"] = due_s
        queue(here, row, due_s)
    if before != (len(row["jobs"]), row["running"], row["ticked_s"]):
        mirror_store.save(here, row)
        mirror_store.save(there, peer | {"jobs": row["jobs"], "running": True, "ticked_s": row["ticked_s"]})


def _due(here: Context, row: Row, now_s: float) -> float | None:
    """Return the tick of the schedule that is due: the last whose job is over by now, else the last there was."""
    interval_s = schedules.interval_s(here, row["schedule"])
    if not interval_s:
        return None
    over_s = math.floor((now_s - JOB_S) / interval_s) * interval_s
    last_s = math.floor(now_s / interval_s) * interval_s
    return next((float(tick_s) for tick_s in (over_s, last_s) if tick_s > row["ticked_s"]), None)


def queue(here: Context, row: Row, point_s: float, snapshot: Row | None = None) -> None:
    """Queue a sync job of what the volumes hold now; it begins when those before it are done [M].

    ``snapshot`` names what is made of it on the slave.  The caller saves the row.
    """
    begins_s = row["jobs"][-1]["until_s"] if row["jobs"] else point_s
    held = mirror_data.contents(here, row)
    if not mirror_data.has(here, row, MOST_RECENT):
        mirror_data.take(here, row, MOST_RECENT, held, point_s)
    job = {"point_s": point_s, "from_s": begins_s, "until_s": begins_s + JOB_S, "held": held, "snapshot": snapshot}
    row["jobs"] = [*row["jobs"], job]


def _finished(here: Context, there: Context, row: Row, peer: Row, now_s: float) -> None:
    while row["jobs"] and row["jobs"][0]["until_s"] <= now_s:
        job, *row["jobs"] = row["jobs"]
        if not row["jobs"]:
            mirror_data.drop(here, row, MOST_RECENT)
        arrived(here, there, row, job["held"])
        _replicated(here, there, row, peer, Image(job["held"], job["point_s"]))
        if job["snapshot"]:
            _snapshot_made(there, peer, job)


def _replicated(here: Context, there: Context, row: Row, peer: Row, image: Image) -> None:
    """Keep contents as the last common point of both peers, in snapshots on both [M]."""
    ours = [one["subject"] for one in mirror_store.members(here, row)]
    known = {key: image.held[key] if key in image.held else mirror_store.common(here, key) for key in ours}
    slaves = mirror_store.members(there, peer)
    theirs = {one["subject"]: known.get(one["peer"], mirror_store.common(there, one["subject"])) for one in slaves}
    unnoticed = here.switch("xiv_mirror_acknowledgements_lost")
    for context, one, contents in ((there, peer, theirs), *(() if unnoticed else ((here, row, known),))):
        for volume_id, labels in contents.items():
            mirror_store.set_common(context, volume_id, labels)
        mirror_data.take(context, one, LAST_REPLICATED, contents, image.at_s)
        one["replicated_s"], one["replicated_ahead_s"] = image.at_s, here.ahead_s  # by the clock of the master
        mirror_store.save(context, one)


def _snapshot_made(there: Context, peer: Row, job: Row) -> None:
    """Make the slave's snapshot of a job that was asked for by name."""
    mine = mirror_store.members(there, peer)
    theirs = {one["subject"]: job["held"].get(one["peer"], mirror_data.labels(there, one["subject"])) for one in mine}
    image = Image(theirs, job["point_s"], job["snapshot"]["slave_priority"])
    mirror_data.point_in_time(there, peer, job["snapshot"]["slave_name"], image)
