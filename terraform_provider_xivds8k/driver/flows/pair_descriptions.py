"""What is set up in a pair, and how it stands, as callers are told.

The volumes come from each array's listing of at most a minute ago, so that hundreds of replications cost few calls.
"""

from __future__ import annotations

from ..core import Core
from ..errors import NotFound, Unreachable
from ..pairing import BOTH_WRITABLE
from ..replicating import Half, Pair, Replication, ReplicationStatus, Side
from ..waiting import Budget
from .pair_matching import group_of
from .pair_offers import offers_of
from .pair_refusals import says, way_on_for
from .pair_views import PairViews
from .pair_work import NOT_KNOWN

SERVING_ALIKE = frozenset({1, 4})


def described(views: PairViews, pair: Pair, budget: Budget) -> Replication:
    """Return what is set up; raises Unreachable where one side does not answer, NotFound."""
    home, remote = _halves(pair)
    remote_pool, remote_name, remote_wwn = _placed(views.remote, remote, budget)
    return Replication(
        id=home.id,
        subject=pair.subject,
        name=_placed(views.home, home, budget)[1],
        system_id=home.system_id,
        backend_id=views.remote.settings.backend_id,
        mode=home.mode,
        rpo_s=home.rpo_s if home.rpo_s is not None else remote.rpo_s,
        remote_system_id=remote.system_id,
        remote_id=remote.id,
        remote_name=remote_name,
        remote_pool=remote_pool,
        remote_wwn=remote_wwn,
    )


def _halves(pair: Pair) -> tuple[Half, Half]:
    if pair.home is None or pair.remote is None:
        side: Side = "remote" if pair.remote is None else "home"
        raise Unreachable(
            f"{pair.name} cannot be read whole: {side} says: {says(pair, side)}",
            happened="Either array tells of its own half only.",
            left_behind="Nothing was changed.",
            next_step="Get both arrays to answer, then run it again.",
            attribute="endpoints",
        )
    return pair.home, pair.remote


def _placed(core: Core, half: Half, budget: Budget) -> tuple[str, str, str | None]:
    """Return pool, name and WWN of a volume or group; a DS8000's pools go by their ids."""
    if half.subject == "group":
        listed = core.recent.groups.get(budget)
        group = next((one for one in listed if one.name == half.id), None)
        if group is None and core.array.groups is not None:
            group = core.array.groups.find(half.id, budget)
        return (group.pool_name or "") if group is not None else "", half.name, None
    volume = core.inventory.find(half.id, budget)
    if volume is None:
        raise NotFound(
            f"Volume {half.id} of a pair is not on array {half.system_id}",
            happened="The array lists the pair and not the volume.",
            left_behind="Nothing was changed.",
            next_step="Run it again; if it stays so, look at the array's health.",
        )
    return volume.pool_id if volume.lss is not None else volume.pool_name, volume.name, volume.wwn


def status_of(pair: Pair) -> ReplicationStatus:
    """Return how a pair stands, and each member of a group."""
    source = next((half for half in (pair.home, pair.remote) if half is not None and half.role == "source"), None)
    target = next((half for half in (pair.remote, pair.home) if half is not None and half.role == "target"), None)
    offers = offers_of(pair)
    return ReplicationStatus(
        id=pair.id,
        remote_id=pair.remote_id,
        subject=pair.subject,
        name=pair.name,
        mode=pair.mode,
        row=pair.row,
        state=pair.state,
        cause=pair.cause,
        serves=pair.serves,
        operations=tuple(dict.fromkeys(one.operation for one in offers)),
        home_says=says(pair, "home"),
        remote_says=says(pair, "remote"),
        progress=source.progress if source is not None else None,
        missing_bytes=source.missing_bytes if source is not None else None,
        replicated_at=next((half.replicated_at for half in (target, source) if half and half.replicated_at), None),
        recovery_point=recovery_point(pair),
        next_step=way_on_for(pair),
        failover_needs_force=any("force" in one.needs for one in offers),
        offers=offers,
        group=group_of(pair),
        members=tuple(status_of(member) for member in pair.members),
    )


def recovery_point(pair: Pair) -> str:
    """Return up to when the copy holds what hosts wrote, in words; what one side alone tells is the least there is."""
    source = next((half for half in (pair.home, pair.remote) if half is not None and half.role == "source"), None)
    target = next((half for half in (pair.remote, pair.home) if half is not None and half.role == "target"), None)
    if pair.row in BOTH_WRITABLE:
        return NOT_KNOWN
    if pair.row > max(BOTH_WRITABLE):
        return "not known: see the arrays' own words"
    if pair.mode == "async":
        at = next((half.replicated_at for half in (target, source) if half is not None and half.replicated_at), None)
        return f"{at} (all that was written until then)" if at else "not known: nothing was replicated yet"
    if pair.mode == "global_copy":
        return "not known: a Global Copy tells no point in time" + _missing(source)
    if pair.row in SERVING_ALIKE:
        return "now: every write is on both sides"
    alone = source is None or target is None
    return NOT_KNOWN if alone else "not known: the copy is not complete" + _missing(source)


def _missing(source: Half | None) -> str:
    if source is None or not source.missing_bytes:
        return ""
    return f"; it lacks up to {source.missing_bytes} bytes"
