"""Which pairs an operation is about: named ones, one group, or all in named remote pools; never all there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..core import near
from ..errors import Ambiguous, DriverError, NotFound, Refused
from ..replicating import Pair, Scope
from ..waiting import Budget
from .pair_views import Look, PairViews, group_of

SHOWN = 10


def resolve(scope: Scope, look: Look, views: PairViews, budget: Budget) -> tuple[Pair, ...]:
    """Return the pairs a scope names, each once; raises NotFound, Ambiguous, Refused."""
    ways = [bool(scope.ids), scope.group is not None, bool(scope.pools)]
    if sum(ways) != 1:
        raise Refused(
            "Say in one way which replications are meant",
            happened="An operation is never about everything there is.",
            left_behind="Nothing was changed.",
            next_step="Give replication_ids, or one consistency_group_id, or pools with expected_count.",
            attribute="replication_ids",
        )
    if scope.pools:
        return _in_pools(scope, look, views, budget)
    if scope.group is not None:
        return (_group(scope.group, look),)
    found = {id(pair): pair for text in scope.ids for pair in (_named(text, look),)}
    return tuple(found.values())


def _named(text: str, look: Look) -> Pair:
    wanted = text.casefold()
    fitting = [pair for pair in look.pairs if wanted in {one.casefold() for one in ids_of(pair)}]
    if not fitting:
        known = sorted({one for pair in look.pairs for one in ids_of(pair)})
        raise NotFound(
            f"No replication {text!r}",
            happened=_who_was_asked(look),
            left_behind="Nothing was changed.",
            next_step=f"{near(text, known)} While an XIV does not answer, its volumes' own ids are not known: name the "
            "other array's volume (remote_volume_id).",
            attribute="replication_ids",
        )
    if len(fitting) > 1:
        raise Ambiguous(
            f"{text!r} names several replications",
            happened=f"They are: {', '.join(pair.name for pair in fitting)}.",
            left_behind="Nothing was changed.",
            next_step=f"Write the id of the pair: {' or '.join(pair_ids(fitting))}.",
            attribute="replication_ids",
        )
    group = group_of(fitting[0])
    if group is not None:
        raise Refused(
            f"{fitting[0].name} moves with its consistency group {group} only",
            left_behind="Nothing was changed.",
            next_step=f'Name the group instead: consistency_group_id = "{group}".',
            attribute="replication_ids",
        )
    return fitting[0]


def _group(name: str, look: Look) -> Pair:
    groups = [pair for pair in look.pairs if pair.subject == "group"]
    fitting = [pair for pair in groups if name in ids_of(pair)]
    if len(fitting) == 1:
        return fitting[0]
    raise NotFound(
        f"No mirrored consistency group {name!r}",
        happened=_who_was_asked(look),
        left_behind="Nothing was changed.",
        next_step=near(name, sorted({one for pair in groups for one in ids_of(pair)})),
        attribute="consistency_group_id",
    )


def _in_pools(scope: Scope, look: Look, views: PairViews, budget: Budget) -> tuple[Pair, ...]:
    """Return what has its remote side in these pools; raises Refused where it is not as many as expected."""
    if scope.expected_count is None:
        raise Refused(
            "expected_count goes with pools",
            left_behind="Nothing was changed.",
            next_step="Write how many replications you expect there; a group counts once.",
            attribute="expected_count",
        )
    if look.remote is None:
        raise Refused(
            "The pools of the remote array cannot be looked at: it does not answer",
            happened=f"{look.silent['remote']}",
            left_behind="Nothing was changed.",
            next_step="Name the replications by replication_ids.",
            attribute="pools",
        )
    inside = _contents(views, scope.pools, budget)
    found = tuple(pair for pair in look.heads if _is_inside(pair, inside))
    if len(found) != scope.expected_count:
        raise Refused(
            f"{len(found)} replications are in {', '.join(scope.pools)}, not {scope.expected_count}",
            happened=f"They are: {_listed(found)}.",
            left_behind="Nothing was changed.",
            next_step="Look why (replication status), then correct expected_count or pools.",
            attribute="expected_count",
        )
    return found


def _contents(views: PairViews, names: Iterable[str], budget: Budget) -> Callable[[Pair], bool]:
    """Return how to tell whether the remote side of a pair is in one of these pools."""
    remote = views.remote
    pools = []
    for name in names:
        try:
            pools.append(remote.get_pool(name, budget))
        except DriverError as error:
            error.attribute = "pools"
            raise
    volumes = {volume.id for volume in remote.array.volumes.listing(tuple(pools), budget)}
    ids = {pool.id for pool in pools}
    groups = remote.array.groups.listing(budget) if remote.array.groups is not None else ()
    inside = {group.name for group in groups if group.pool_id in ids}

    def is_inside(pair: Pair) -> bool:
        if pair.remote is None:
            return False
        return pair.remote.id in (inside if pair.subject == "group" else volumes)

    return is_inside


def _is_inside(pair: Pair, inside: Callable[[Pair], bool]) -> bool:
    return inside(pair) or any(inside(member) for member in pair.members)


def ids_of(pair: Pair) -> set[str]:
    """Return every id a pair may be named by."""
    halves = [half for half in (pair.home, pair.remote) if half is not None]
    return {one for one in (pair.id, pair.remote_id, *(half.pair_id for half in halves)) if one}


def pair_ids(pairs: Iterable[Pair]) -> list[str]:
    """Return the arrays' own ids of pairs, or what else tells them apart."""
    return [next((half.pair_id for half in (one.home, one.remote) if half and half.pair_id), one.name) for one in pairs]


def _listed(pairs: tuple[Pair, ...]) -> str:
    shown = ", ".join(pair.name for pair in pairs[:SHOWN])
    return f"{shown} and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else shown or "none"


def _who_was_asked(look: Look) -> str:
    silent = "; ".join(f"the {side} array does not answer ({error.summary})" for side, error in look.silent.items())
    return f"{len(look.pairs)} are known. {silent}".strip()
