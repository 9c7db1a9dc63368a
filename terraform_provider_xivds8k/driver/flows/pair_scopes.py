"""Which pairs an operation is about: named ones, one group, or all in named remote pools; never all there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..core import near
from ..errors import Ambiguous, DriverError, NotFound, Refused
from ..replicating import Pair, Scope
from ..waiting import Budget
from .pair_matching import group_of
from .pair_refused import listed
from .pair_views import Look, PairViews
from .pair_work import with_ids


def resolve(scope: Scope, look: Look, views: PairViews, budget: Budget) -> tuple[Pair, ...]:
    """Return the pairs a scope names, each once; raises NotFound, Ambiguous, Refused."""
    ways = [bool(scope.ids), scope.group is not None, bool(scope.pools)]
    if sum(ways) != 1:
        raise Refused(
            "Say in one way which replications are meant",
            happened="What would happen: replications would be moved that nobody thought of.",
            left_behind="Nothing was changed.",
            next_step="Give replication_ids, or one consistency_group_id, or pools with expected_count. No option "
            "means everything there is.",
            attribute="replication_ids",
        )
    if scope.pools:
        return _in_pools(scope, look, views, budget)
    if scope.group is not None:
        group = group_named(scope.group, look)
        expect_meant(scope.group, group, look, views, budget, attribute="consistency_group_id")
        return (group,)
    found: dict[int, Pair] = {}
    for text in scope.ids:
        pair = _moving(text, look)
        expect_meant(text, pair, look, views, budget, attribute="replication_ids")
        found[id(pair)] = pair
    return tuple(found.values())


def expect_meant(text: str, pair: Pair, look: Look, views: PairViews, budget: Budget, *, attribute: str) -> None:
    """Refuse an id that may be of another volume than that of the pair it leads to.

    An id of home is taken for one only once home told which array it is, since others replicate there as well; an id of
    the remote array is not, while home has a volume, or group, of the same id that is in no pair.
    """
    wanted = text.casefold()
    halves = [half for half in (pair.home, pair.remote) if half is not None]
    exact = {one.casefold() for one in (*full_ids(pair), *(half.pair_id or "" for half in halves))}
    is_remote = pair.remote is not None and pair.remote.id.casefold() == wanted
    if wanted in exact:
        return
    if look.home is None and not is_remote and not views.home.array.pairs.known_key:
        why = "Home has not told which array it is, and other arrays may replicate to the remote one as well."
    elif look.home is not None and is_remote and _is_alone_at_home(text, pair, views, budget):
        why = f"It is the remote {pair.subject} of {pair.name}, and home has a {pair.subject} of that id in no pair."
    else:
        return
    is_group = pair.subject == "group"
    exactly = [str(pair.remote_id if look.home is None else pair.id)] if is_group else sorted(full_ids(pair))
    raise Ambiguous(
        f"{text!r} may not be {'the' if is_group else 'the volume of'} {pair.name}",
        happened=f"{why} What would happen: another replication than the one you mean would be moved or told of.",
        left_behind="Nothing was changed.",
        next_step=f"Say which one is meant: {' or '.join(exactly)}.",
        attribute=attribute,
    )


def _is_alone_at_home(text: str, pair: Pair, views: PairViews, budget: Budget) -> bool:
    """Tell whether home has a volume or group of an id under which it has no pair; volumes of XIVs share no id."""
    home, is_group = views.home, pair.subject == "group"
    if pair.id is None or pair.id.casefold() == text.casefold() or (home.array.family == "xiv" and not is_group):
        return False
    try:
        if is_group:
            return home.array.groups is not None and home.array.groups.find(text, budget) is not None
        return home.inventory.find(text, budget) is not None
    except DriverError as error:
        if not views.bears("home", error):
            raise
        return False


def named(text: str, look: Look, *, attribute: str = "replication_ids") -> Pair:
    """Return the pair of an id, its remote volume's id, or the array's own id of it; raises NotFound, Ambiguous.

    ``system_id/id`` names the volume of one array, where the two arrays have volumes of the same ids.
    """
    wanted = text.casefold()
    fitting = [pair for pair in look.pairs if wanted in {one.casefold() for one in (*ids_of(pair), *full_ids(pair))}]
    if not fitting:
        raise _not_found(text, look, attribute)
    if len(fitting) > 1:
        raise Ambiguous(
            f"{text!r} names several replications",
            happened=f"They are: {', '.join(pair.name for pair in fitting)}.",
            left_behind="Nothing was changed.",
            next_step=f"Say on which array that volume is: {' or '.join(_told_apart(wanted, fitting))}.",
            attribute=attribute,
        )
    return fitting[0]


def _not_found(text: str, look: Look, attribute: str) -> NotFound:
    """Return the error for an id nobody has; an id like it proposes nothing, since ids of volumes have no relation."""
    called_so = tuple(pair for pair in look.pairs if text.casefold() in _names_of(pair))
    listed = _listed(called_so or look.pairs, _with_both_ids)
    wanted = "That is a name, and names can be another's: write an id" if called_so else "Write an id of one of these"
    return NotFound(
        f"No replication {text!r}",
        happened=_who_was_asked(look),
        left_behind="Nothing was changed.",
        next_step=f"{f'{wanted}: {listed}.' if look.pairs else 'Look at replication status.'}{_while_silent(look)}",
        attribute=attribute,
    )


def _names_of(pair: Pair) -> set[str]:
    halves = [half for half in (pair.home, pair.remote) if half is not None]
    return {one.casefold() for one in (pair.name, *(half.name for half in halves))}


def _with_both_ids(pair: Pair) -> str:
    return with_ids(pair.name, pair.subject, pair.id, pair.remote_id)


def _while_silent(look: Look) -> str:
    if not look.silent:
        return ""
    return (
        " While an array does not answer, an XIV's volumes have no id but their own: name the other array's volume "
        "(remote_volume_id while home is silent)."
    )


def _moving(text: str, look: Look) -> Pair:
    """Return a pair that moves by itself; raises Refused for a member of a mirrored group."""
    pair = named(text, look)
    group = group_of(pair)
    if group is not None:
        raise Refused(
            f"{pair.name} moves with its consistency group {group} only",
            happened="What would happen: it would be served by another array than the rest of its group.",
            left_behind="Nothing was changed.",
            next_step=f'Name the group instead: consistency_group_id = "{group}". No option moves a member alone.',
            attribute="replication_ids",
        )
    return pair


def group_named(name: str, look: Look) -> Pair:
    """Return a mirrored group by home's name of it, or else by the remote array's; raises NotFound, Ambiguous."""
    groups = [pair for pair in look.pairs if pair.subject == "group"]
    wanted = name.casefold()
    for ids in ([pair.id for pair in groups], [pair.remote_id for pair in groups]):
        fitting = [pair for pair, own in zip(groups, ids, strict=True) if own is not None and own.casefold() == wanted]
        if len(fitting) > 1:
            raise Ambiguous(
                f"{name!r} names several mirrored consistency groups",
                happened=f"They are: {', '.join(pair.name for pair in fitting)}.",
                left_behind="Nothing was changed.",
                next_step="Look at them on both arrays.",
                attribute="consistency_group_id",
            )
        if fitting:
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
            happened="What would happen: replications would be moved that came into these pools unseen.",
            left_behind="Nothing was changed.",
            next_step="Write expected_count, how many replications you expect there; a group counts once.",
            attribute="expected_count",
        )
    found = in_pools(scope.pools, look, views, budget)
    _refuse_several_homes(found, look, views)
    if len(found) != scope.expected_count:
        raise Refused(
            f"{len(found)} replications are in {', '.join(scope.pools)}, not {scope.expected_count}",
            happened=f"They are: {_listed(found)}. What would happen: others would be moved than you count on, or "
            "fewer.",
            left_behind="Nothing was changed.",
            next_step="Look why (replication status), then correct expected_count or pools.",
            attribute="expected_count",
        )
    return found


def _refuse_several_homes(found: tuple[Pair, ...], look: Look, views: PairViews) -> None:
    """Refuse pools with pairs of several arrays while it is not known which of them is home."""
    if look.home is not None or views.home.array.pairs.known_key:
        return
    partners = {
        pair.remote.peer_key: pair.remote.partner
        for pair in found
        if pair.remote is not None and pair.remote.peer_key is not None
    }
    if len(partners) > 1:
        raise Refused(
            "The pools hold pairs with several arrays, and home does not say which it is",
            happened=f"The pairs are with {', '.join(sorted(partners.values()))}. {look.silent['home']} What would "
            "happen: replications of another array than home would be moved.",
            left_behind="Nothing was changed.",
            next_step="Name the replications by replication_ids.",
            attribute="pools",
        )


def in_pools(pools: tuple[str, ...], look: Look, views: PairViews, budget: Budget) -> tuple[Pair, ...]:
    """Return what has its remote side in these pools of the remote array, a group once; raises NotFound (``pools``)."""
    if look.remote is None:
        raise Refused(
            "The pools of the remote array cannot be looked at: it does not answer",
            happened=f"{look.silent['remote']} What would happen: what is in them now would be guessed.",
            left_behind="Nothing was changed.",
            next_step="Name the replications by replication_ids.",
            attribute="pools",
        )
    inside = _contents(views, pools, budget)
    return tuple(pair for pair in look.heads if _is_inside(pair, inside))


def _contents(views: PairViews, names: Iterable[str], budget: Budget) -> Callable[[Pair], bool]:
    """Return how to tell whether the remote side of a pair is in one of these pools."""
    remote = views.remote
    pools = []
    for name in names:
        try:
            pools.append(remote.get_pool(name, budget))
        except DriverError as error:
            error.attribute = "pools"
            error.left_behind = error.left_behind or "Nothing was changed."
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


def full_ids(pair: Pair) -> set[str]:
    """Return both volumes of a pair as ``system_id/id``, as far as the array that answers tells."""
    halves = [half for half in (pair.home, pair.remote) if half is not None]
    own = {f"{half.system_id}/{half.id}" for half in halves}
    return own | {f"{half.peer_key}/{half.peer}" for half in halves if half.pair_id and half.peer_key}


def _told_apart(wanted: str, pairs: Iterable[Pair]) -> list[str]:
    """Return what tells pairs apart that one id names."""
    return [one for pair in pairs for one in sorted(full_ids(pair)) if one.casefold().endswith(f"/{wanted}")] or [
        pair.name for pair in pairs
    ]


def _listed(pairs: tuple[Pair, ...], said: Callable[[Pair], str] = lambda pair: pair.name) -> str:
    return listed([said(pair) for pair in pairs]) or "none"


def _who_was_asked(look: Look) -> str:
    silent = "; ".join(f"the {side} array does not answer ({error.summary})" for side, error in look.silent.items())
    return f"{len(look.pairs)} are known. {silent}".strip()
