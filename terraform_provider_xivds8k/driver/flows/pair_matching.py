"""Which halves of two arrays belong together: pure, both listings were read before.

A half names its peer by name or id, and often the array that has it.  What is paired with a third array is not ours: a
volume of home is shown as what nobody here understands, one of the remote array is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..pairing import paired
from ..replicating import NOT_UNDERSTOOD, Half, Pair, Subject

Key = tuple[Subject, str]
Listed = tuple[Half, ...] | None  # None: the array did not answer


@dataclass(frozen=True, slots=True)
class Known:
    """Say what partners call an array, and what its users do, as far as it has told."""

    key: str | None
    system_id: str | None = None


def joined(home: Listed, remote: Listed, home_is: Known, remote_is: Known) -> tuple[Pair, ...]:
    """Return all pairs these listings make, home's first."""
    ours, theirs = _by_own(_marked(home, remote_is)), _by_own(_marked(remote, home_is))
    pairs = tuple(
        paired(subject, None if home is None else here, None if remote is None else there)
        for subject, here, there in _matched(ours, theirs)
    )
    return tuple(_with_members(pair, pairs) if pair.subject == "group" else pair for pair in pairs)


def group_of(pair: Pair) -> str | None:
    """Return home's name of the mirrored group a volume's pair moves with."""
    return next((half.group for half in (pair.home, pair.remote) if half is not None and half.group), None)


def _marked(halves: Listed, partner: Known) -> tuple[Half, ...]:
    """Mark what is paired with an array that is not the other one: nobody here can read its other half."""
    return tuple(
        replace(
            half,
            strange=f"paired with {half.partner}; the other array here is {partner.system_id or partner.key}",
            is_foreign=True,
        )
        if partner.key is not None and half.peer_key not in {None, partner.key}
        else half
        for half in halves or ()
    )


def _by_own(halves: tuple[Half, ...]) -> dict[Key, tuple[Half, ...]]:
    found: dict[Key, list[Half]] = defaultdict(list)
    for half in halves:
        found[half.subject, half.id].append(half)
    return {key: tuple(ends) for key, ends in found.items()}


def _matched(
    ours: dict[Key, tuple[Half, ...]], theirs: dict[Key, tuple[Half, ...]]
) -> Iterable[tuple[Subject, tuple[Half, ...], tuple[Half, ...]]]:
    """Return what belongs together: all halves of a volume or group, and of what either calls its peer."""
    fitting: dict[Key, set[Key]] = defaultdict(set)
    for key, others in _peers(ours, theirs):
        fitting[key] |= others
    for other, keys in _peers(theirs, ours):
        for key in keys:
            fitting[key].add(other)
    left = dict(theirs)
    for key, halves in ours.items():
        for other in fitting[key]:
            left.pop(other, None)
        yield key[0], halves, tuple(end for other in sorted(fitting[key]) for end in theirs[other])
    for key, ends in left.items():
        if not all(end.is_foreign for end in ends):
            yield key[0], (), ends


def _peers(ours: dict[Key, tuple[Half, ...]], theirs: dict[Key, tuple[Half, ...]]) -> Iterable[tuple[Key, set[Key]]]:
    """Return by each of ours what it calls its peers; only where no name is spelled so, one in another case."""
    exact, folded = _named(theirs, str), _named(theirs, str.casefold)
    for key, halves in ours.items():
        for half in halves:
            if not half.is_foreign:
                peer = half.peer
                yield key, exact.get((half.subject, peer)) or folded.get((half.subject, peer.casefold()), set())


def _named(own: dict[Key, tuple[Half, ...]], spelled: Callable[[str], str]) -> dict[Key, set[Key]]:
    found: dict[Key, set[Key]] = defaultdict(set)
    for key, halves in own.items():
        for half in halves:
            for text in (half.id, half.name):
                found[half.subject, spelled(text)].add(key)
    return found


def _with_members(group: Pair, pairs: tuple[Pair, ...]) -> Pair:
    members = tuple(pair for pair in pairs if pair.subject == "volume" and _is_member(pair, group))
    if not members or group.row == NOT_UNDERSTOOD:
        return replace(group, members=members)
    return paired(
        "group",
        (group.home,) if group.home else () if group.home_answers else None,
        (group.remote,) if group.remote else () if group.remote_answers else None,
        members,
    )


def _is_member(pair: Pair, group: Pair) -> bool:
    here = pair.home is not None and group.home is not None and pair.home.group == group.home.name
    there = pair.remote is not None and group.remote is not None and pair.remote.group == group.remote.name
    return here or there
