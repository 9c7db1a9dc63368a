"""The table of what two arrays say of a pair (SEMANTICS §3): which row it is.

Pure: both sides were read before, and no row is ever remembered.
"""

from __future__ import annotations

from .replicating import NOT_UNDERSTOOD, Half, Pair, PairState, Subject

Seen = tuple[Half, ...] | None  # None: the array did not answer

STATES: dict[int, PairState] = {
    1: "home_serves",
    2: "home_serves",
    3: "home_serves",
    4: "remote_serves",
    5: "remote_serves",
    6: "remote_serves",
    7: "home_serves",
    8: "remote_serves",
    9: "failed_over",
    10: "failed_over",
    11: "failed_over",
    12: "split",
    13: "nobody_serves",
    14: "broken",
    15: "gone",
    16: "unknown",
}
CAUSES: dict[int, str] = {
    3: "the remote array does not answer",
    6: "the remote array, which serves, does not answer",
    7: "the home array, which serves, does not answer",
    8: "the home array does not answer",
    9: "the remote copy was promoted; the home array does not answer",
    10: "the remote copy was promoted; home takes writes as well",
    11: "home was promoted; the remote copy takes writes as well",
    12: "both sides take writes, and neither shows which was promoted",
    13: "both sides are targets: no host can write",
    14: "one array lists the pair and the other does not",
}
PROMOTED_OR_STOPPED = "; home does not copy: it was promoted by a failover, or copying has stopped"
NEEDS_FORCE = frozenset({1, 2})  # the rows of a failover from a side that answers
BOTH_WRITABLE = frozenset({9, 10, 11, 12})
SERVED_BY_HOME = frozenset({1, 2, 3})
HARMLESS = SERVED_BY_HOME  # the rows in which what leaves size, role and membership alone may be done to a volume


def paired(subject: Subject, home: Seen, remote: Seen, members: tuple[Pair, ...] = ()) -> Pair:
    """Return the pair that these halves make; raises ValueError where nobody answers or the one who does has none."""
    row, cause = row_of(home, remote)
    if row not in {15, 16}:
        unlike = [member.name for member in members if member.row != row or _is_half_in(member)]
        if unlike:
            row, cause = NOT_UNDERSTOOD, f"members are not as their group is: {', '.join(unlike)}"
    return Pair(
        subject=subject,
        home=home[0] if home else None,
        remote=remote[0] if remote else None,
        home_answers=home is not None,
        remote_answers=remote is not None,
        row=row,
        state=STATES[row],
        cause=cause,
        members=members,
    )


def _is_half_in(member: Pair) -> bool:
    """Tell whether a volume is in a mirrored group on one array and in none on the other."""
    return (
        member.home is not None
        and member.remote is not None
        and (member.home.group is None) != (member.remote.group is None)
    )


def row_of(home: Seen, remote: Seen) -> tuple[int, str]:
    """Return the row and, in words, what is not as it should be; raises ValueError where no row can be known."""
    for side, seen in (("home", home), ("the remote array", remote)):
        strange = _strange(seen or ())
        if strange:
            return 16, f"{side}: {strange}"
    if not home and not remote:
        if home is None or remote is None:
            message = "an array that does not answer may have the pair"
            raise ValueError(message)
        return 15, ""
    if home is None:
        return _alone(remote, {"target": 7, "active": 8, "inactive": 9})
    if remote is None:
        return _alone(home, {"target": 6, "active": 3, "inactive": 3})
    if not home or not remote:
        return 14, CAUSES[14]
    return _both(home[0], remote[0])


def _strange(seen: tuple[Half, ...]) -> str:
    if len(seen) > 1:
        return f"{len(seen)} relations: {'; '.join(half.words for half in seen)}"
    return seen[0].strange if seen else ""


def _alone(seen: Seen, rows: dict[str, int]) -> tuple[int, str]:
    """Return the row of a pair that one array alone tells of."""
    if not seen:
        message = "an array that does not answer may have the pair"
        raise ValueError(message)
    half = seen[0]
    is_inactive = half.standing == "inactive"
    row = rows["target" if half.role == "target" else "inactive" if is_inactive else "active"]
    stands_still = is_inactive and row in SERVED_BY_HOME
    return row, f"{CAUSES[row]}{PROMOTED_OR_STOPPED if stands_still else ''}"


def _both(home: Half, remote: Half) -> tuple[int, str]:
    unlike = _unlike(home, remote)
    if unlike:
        return 16, unlike
    if home.role != remote.role:
        first = 1 if home.role == "source" else 4
        cause = _not_in_step(home, remote)
        return (first + 1, cause) if cause else (first, "")
    if home.role == "target":
        return 13, CAUSES[13]
    here, there = (half.standing == "inactive" for half in (home, remote))
    row = 12 if here == there else 10 if there else 11
    return row, CAUSES[row]


def _unlike(home: Half, remote: Half) -> str:
    """Say in what the halves do not belong together."""
    for half, other in ((home, remote), (remote, home)):
        if half.peer_key is not None and other.key is not None and half.peer_key != other.key:
            return f"{half.name} on {half.system_id} is paired with {half.partner}, not with {other.system_id}"
        if half.peer.casefold() not in {other.id.casefold(), other.name.casefold()}:
            return f"{half.name} on {half.system_id} is paired with {half.peer}, not with {other.name}"
    return ""


def _not_in_step(home: Half, remote: Half) -> str:
    problems = [
        f"{where}: {half.words}"
        for where, half in (("home", home), ("remote", remote))
        if not (half.in_step and half.standing == "active")
    ]
    if home.mode != remote.mode:
        problems.append(f"home calls it {home.mode}, the remote array {remote.mode}")
    return "; ".join(problems)
