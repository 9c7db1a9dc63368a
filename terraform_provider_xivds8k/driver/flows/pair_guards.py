"""What the state of its pair forbids to do to a replicated volume, looked up right before it is done.

Only where a replication target is configured: without one, nobody can tell what the other array does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..core import Core
from ..errors import DriverError, TimedOut
from ..objects import ConsistencyGroup, Volume
from ..pairing import BOTH_WRITABLE, HARMLESS, SERVED_BY_HOME
from ..replicating import NOT_UNDERSTOOD, Pair, Side, Subject
from ..waiting import Budget, Progress
from .pair_refusals import forbidden, says
from .pair_views import Look, PairViews

IN_STEP = frozenset({1})
COPYING = 2
SETTLES_S = 5.0  # within which a member that comes or goes beside, seen on one array only, is seen on both


class PairGuard:
    """Refuse what would harm a pair of the connected array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._views = PairViews(core, core.partner).bearing("remote") if core.partner is not None else None

    def check_harmless(self, volume: Volume, doing: str, attribute: str, budget: Budget) -> None:
        """Refuse what leaves size, role and membership alone unless home serves and remote is no source."""
        self._check(volume, doing, attribute, HARMLESS, budget)

    def check_served(self, volume: Volume, doing: str, attribute: str, budget: Budget) -> None:
        """Refuse what a replicated volume is never spared where it is not home that serves, and name the way back.

        The caller refuses the rest, by its own words.
        """
        self._check(volume, doing, attribute, SERVED_BY_HOME, budget)

    def _check(self, volume: Volume, doing: str, attribute: str, rows: frozenset[int], budget: Budget) -> None:
        if self._views is None or not self._is_replicated(volume, budget):
            return
        self._core.silent = None  # it has just told of the volume
        pair = _of("volume", volume.id, self._views.look(budget))
        if pair is not None and pair.row not in rows:
            raise forbidden(pair, doing, rows, attribute)

    def _is_replicated(self, volume: Volume, budget: Budget) -> bool:
        """Tell whether the array has a pair of a volume; a DS8000's volumes do not say so themselves."""
        if self._core.array.family == "xiv":
            return volume.replicated
        return bool(self._core.array.pairs.find("volume", volume.id, budget))

    def wait_to_join(self, group: ConsistencyGroup, volume: Volume, budget: Budget, tell: Progress) -> None:
        """Wait until a mirrored group and a volume that is to join it are both in step; refuse what will not be.

        Raises TimedOut or Cancelled where they are not in time.
        """
        views = self._views
        if views is None or not group.is_mirrored:
            return
        told, refusals = False, list[DriverError]()

        def is_ready(look: Budget) -> bool:
            nonlocal told
            pairs = self._settled(lambda seen: self._joining(group, volume, seen), look)
            refusals.extend(
                forbidden(pair, f"put {volume.name} into the group", IN_STEP, "volume_id")
                for pair in pairs
                if pair.row not in {*IN_STEP, COPYING}
            )
            late = [pair for pair in pairs if pair.row not in IN_STEP]
            if late and not refusals and not told:
                told = True
                tell(f"waiting for {' and '.join(pair.name for pair in late)} to be in step: {late[0].cause}")
            return bool(refusals) or not late

        self._core.wait_until(budget, is_ready, f"volume {volume.name} and group {group.name} to be in step")
        if refusals:
            raise refusals[0]

    def _settled(self, of: Callable[[Look], tuple[Pair, ...]], budget: Budget) -> tuple[Pair, ...]:
        """Return pairs of a look, looking again for a while where one is of a group with a member half in it."""
        views, found = self._views, tuple[Pair, ...]()

        def is_settled(look: Budget) -> bool:
            nonlocal found
            found = of(views.look(look)) if views is not None else ()
            return all(pair.row != NOT_UNDERSTOOD for pair in found)

        if not is_settled(budget):
            with suppress(TimedOut):
                brief = Budget(min(SETTLES_S, budget.left_s), budget.stop)
                self._core.wait_until(brief, is_settled, "members to be on both arrays")
        return found

    @staticmethod
    def _joining(group: ConsistencyGroup, volume: Volume, look: Look) -> tuple[Pair, ...]:
        """Return the pairs of a group and of a volume; one that has none is left to the array to refuse."""
        return (*_all_of("group", group.id, look), *_all_of("volume", volume.id, look))

    def check_leaving(self, group_id: str, volume: Volume, budget: Budget) -> None:
        """Refuse to take a volume out of a mirrored group that is not in step."""
        if not volume.replicated:
            return
        for pair in self._settled(lambda seen: _all_of("group", group_id, seen), budget):
            if pair.row not in IN_STEP:
                raise forbidden(pair, f"take {volume.name} out of it", IN_STEP, "volume_id")


def _of(subject: Subject, own_id: str, look: Look) -> Pair | None:
    wanted = own_id.casefold()
    return next((one for one in look.pairs if one.subject == subject and (one.id or "").casefold() == wanted), None)


def _all_of(subject: Subject, own_id: str, look: Look) -> tuple[Pair, ...]:
    found = _of(subject, own_id, look)
    return () if found is None else (found,)


def serving_pair(look: Look, volume_id: str) -> Pair | None:
    """Return the pair of a remote volume that serves in home's place, None where it does not."""
    wanted = volume_id.casefold()
    for pair in look.pairs:
        if pair.subject == "volume" and (pair.remote_id or "").casefold() == wanted and pair.serves == "remote":
            return pair
    return None


def mapping_warning(look: Look, volume_id: str, side: Side) -> str | None:
    """Return what to know before a volume of one side is mapped while both may be written, None otherwise."""
    wanted = volume_id.casefold()
    for pair in look.pairs:
        own = pair.id if side == "home" else pair.remote_id
        if pair.subject == "volume" and own is not None and own.casefold() == wanted and pair.row in BOTH_WRITABLE:
            return (
                f"{pair.name} is in row {pair.row} ({pair.state.replace('_', ' ')}): {pair.cause}. Home says: "
                f"{says(pair, 'home')}; the remote array: {says(pair, 'remote')}. Both sides may take writes, and what "
                "only one of them has is discarded by the resync: let hosts use the side whose data is to stay, only."
            )
    return None
