"""Which LUN a volume gets: the lowest free one, chosen by one thread at a time for each host or cluster.

The lock is the process's, not a driver's: two aliases of one provider can lead to one array.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Set
from contextlib import contextmanager

from .. import rules
from ..errors import NoSpace, Refused
from ..waiting import Budget, in_turn

_lock = threading.Lock()
_turns: dict[tuple[str, str], tuple[threading.Lock, int]] = {}


@contextmanager
def choosing(system_id: str, holder: str, budget: Budget) -> Iterator[None]:
    """Let one thread at a time choose and take LUNs of a holder; raises Cancelled, TimedOut."""
    key = (system_id, holder)
    with _lock:
        turn, waiting = _turns.get(key, (threading.Lock(), 0))
        _turns[key] = (turn, waiting + 1)
    try:
        with in_turn(turn, budget):
            yield
    finally:
        with _lock:
            turn, waiting = _turns.pop(key)
            if waiting > 1:
                _turns[key] = (turn, waiting - 1)


@contextmanager
def mapping(system_id: str, holder: str, volume_id: str, budget: Budget) -> Iterator[None]:
    """Let one thread at a time map or unmap for a holder, and of a volume; raises Cancelled, TimedOut.

    Who deletes a volume takes its key alone, who changes a holder the holder's: the order here keeps both apart.
    """
    with choosing(system_id, holder, budget), choosing(system_id, volume_key(volume_id), budget):
        yield


def volume_key(volume_id: str) -> str:
    """Return what no other volume, and no holder, of an array is called."""
    return f"volume:{volume_id.casefold()}"


def lowest_free(taken: Set[int], allowed: tuple[int, int], family: str, holder: str) -> int:
    """Return the lowest LUN of a range nothing has, never 0; raises NoSpace."""
    first, last = allowed[0], min(allowed[1], rules.HIGHEST_LUN[family])
    for lun in range(max(first, 1), last + 1):  # 0 is often the array's own, and given only where it is asked for
        if lun not in taken:
            return lun
    raise NoSpace(
        f"No LUN from {max(first, 1)} to {last} is free on {holder}",
        happened=f"{len(taken)} are in use there.",
        left_behind="Nothing was changed.",
        next_step="Detach a volume, or widen the provider's lun_range.",
        attribute="lun",
    )


def check_asked(lun: int, allowed: tuple[int, int], family: str) -> None:
    """Refuse a LUN the provider may not use, or the array does not have."""
    problem = rules.lun_problem(family, lun, allowed)
    if problem:
        raise Refused(
            f"LUN {lun} cannot be asked for", happened=problem, left_behind="Nothing was changed.", attribute="lun"
        )


def masked_lun(volume_id: str) -> int:
    """Return the LUN a DS8000 host addressed by LUN masking sees a volume under (ds8k-rest.md §3 [S])."""
    return int(f"40{volume_id[2:]}40{volume_id[:2]}", 16)
