"""Pairs as both arrays have them right now; an array that does not answer is one of the things that can be seen.

Nothing is remembered but silence, for a short while: an array that did not answer is not waited for again for every
pair.  Who is about to promote a side looks past it.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ..array import Volumes
from ..core import Core
from ..errors import Cancelled, DriverError, Refused, TimedOut, Unreachable
from ..objects import Volume
from ..replicating import LOST, OTHER, Half, Pair, Side
from ..waiting import Budget
from .pair_matching import Known, group_of, joined
from .pair_patience import DEAD, PATIENCE, Patience, asked

CHEAP_S = 2.0
PATIENT_S = 10.0
SILENT_S = 60.0
ONE_BY_ONE = 3  # up to so many volumes are asked about singly
Answer = tuple[Half, ...] | DriverError
Asking = Callable[[Budget], tuple[Half, ...]]


@dataclass(frozen=True, slots=True)
class Look:
    """Be what both arrays listed; None for one that did not answer, with the reason in ``silent``."""

    home: tuple[Half, ...] | None
    remote: tuple[Half, ...] | None
    pairs: tuple[Pair, ...]
    silent: dict[Side, DriverError] = field(default_factory=dict)

    @property
    def heads(self) -> tuple[Pair, ...]:
        """Return what moves by itself: mirrored groups, and the pairs that belong to none."""
        return tuple(pair for pair in self.pairs if group_of(pair) is None)


class PairViews:
    """Read pairs on both arrays.

    Silence is always one of the things that can be seen; of the sides that ``bears`` names, any failure to list is.
    """

    def __init__(
        self,
        home: Core,
        remote: Core,
        *,
        bears: frozenset[Side] = frozenset(),
        patience: Patience = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.home = home
        self.remote = remote
        self._bears = bears
        self._patience = patience
        self._clock = clock
        self._since = clock()

    def bearing(self, *sides: Side) -> PairViews:
        """Return views to which whatever these sides answer is no error: they are to be left, or just to be shown."""
        return PairViews(self.home, self.remote, bears=frozenset(sides), patience=self._patience, clock=self._clock)

    def needing(self, *sides: Side) -> PairViews:
        """Return views for what cannot be done without these sides: they are waited for, and asked anew at first."""
        patience = self._patience.needing(sides)
        return PairViews(self.home, self.remote, bears=self._bears, patience=patience, clock=self._clock)

    def bears(self, side: Side, error: DriverError) -> bool:
        """Tell whether a failure to read one side is among the things that can be seen."""
        if isinstance(error, Cancelled) or error.is_of_settings:
            return False
        return isinstance(error, DEAD) or side in self._bears

    def core(self, side: Side) -> Core:
        """Return the core of one array."""
        return self.home if side == "home" else self.remote

    def look(self, budget: Budget, *, afresh: bool = False) -> Look:
        """Return all pairs, both arrays asked at once; ``afresh`` also one that was silent a moment ago.

        Raises what an array answers to a look unless it is borne, its silence only where the other tells nothing
        either, and Refused (``replication_target``) where both are the same array.
        """
        answers = self._both(budget, afresh=afresh)
        silent = {side: answer for side, answer in answers.items() if isinstance(answer, DriverError)}
        if len(silent) == len(OTHER):
            budget.check()
            raise _nobody(silent)
        home, remote = (None if isinstance(one, DriverError) else one for one in (answers["home"], answers["remote"]))
        known_home, known_remote = (
            Known(core.array.pairs.known_key or None, core.known_system_id) for core in (self.home, self.remote)
        )
        if (
            home is not None
            and remote is not None
            and known_home.key is not None
            and known_home.key == known_remote.key
        ):
            raise _one_array(known_home.system_id or known_home.key)
        pairs = joined(home, remote, known_home, known_remote)
        known = tuple(with_reason(pair, silent) for pair in pairs) if silent else self._with_ids(pairs, budget)
        return Look(home, remote, known, silent)

    def _with_ids(self, pairs: tuple[Pair, ...], budget: Budget) -> tuple[Pair, ...]:
        """Return the pairs, those one array lost with the id the volume has there, where it is told by its name."""
        lone = [pair for pair in pairs if pair.row == LOST and None in {pair.id, pair.remote_id}]
        if not lone:
            return pairs
        names: dict[Side, set[str]] = {side: set() for side in OTHER}
        for pair in lone:
            half = pair.home or pair.remote
            if half is not None and half.peer:  # what is lost with its volume has no name any more
                names["home" if pair.home is None else "remote"].add(half.peer)
        ids = {side: self._ids(side, names[side], budget) for side in OTHER}
        return tuple(_with_peer(pair, ids) if pair in lone else pair for pair in pairs)

    def _ids(self, side: Side, names: set[str], budget: Budget) -> dict[str, str]:
        """Return ids of volumes by their names, in a few calls; none where the array tells none and that is borne."""
        volumes = self.core(side).array.volumes
        try:
            if len(names) <= ONE_BY_ONE:
                found = tuple(volume for name in names for volume in _named(volumes, name, budget))
            else:
                found = volumes.listing(self.core(side).array.pools(budget), budget)
        except DriverError as error:
            if side not in self._bears or not self.bears(side, error):
                raise
            return {}
        return {volume.name: volume.id for volume in found}

    def forget_silence(self) -> None:
        """Ask an array again that did not answer before."""
        self.home.silent = self.remote.silent = None

    def _both(self, budget: Budget, *, afresh: bool) -> dict[Side, Answer]:
        """Ask both arrays, one in a thread of its own, so that a dead one costs its wait once."""
        found: dict[Side, Answer] = {}
        raised: list[BaseException] = []

        def ask(side: Side) -> None:
            try:
                found[side] = self._listed(side, budget, afresh=afresh)
            except BaseException as error:  # noqa: BLE001 - raised below, by the thread that asked for it
                raised.append(error)

        other = threading.Thread(target=ask, args=("home",), name="pairs of home", daemon=True)
        other.start()
        ask("remote")
        other.join()
        if raised:
            raise raised[0]
        return found

    def _listed(self, side: Side, budget: Budget, *, afresh: bool) -> Answer:
        """Return what an array lists, or its silence, or what else it answers where that is borne."""
        try:
            return self.read(side, budget, self.core(side).array.pairs.listing, afresh=afresh)
        except DriverError as error:
            if not isinstance(error, DEAD):
                error.happened = f"This is the {side} array. {error.happened}".rstrip()
            if not self.bears(side, error):
                raise
            return error

    def read(self, side: Side, budget: Budget, ask: Asking, *, afresh: bool) -> tuple[Half, ...]:
        """Return what an array answers, waited for as patience has it; raises its silence, also a remembered one.

        ``afresh`` asks also an array that was silent a moment ago, unless that took long.
        """
        core, began = self.core(side), self._clock()
        known = self._remembered(side)
        if known is not None and not (afresh and self._is_due(core, began - known[0])):
            raise copy.copy(known[1])
        was_dead = known is not None and not getattr(known[1], "was_heard", False)
        brief = self._patience.budget(side, budget, again=was_dead)
        try:
            found = asked(core.array, brief, self._patience.knock_s, ask)
        except DEAD as error:
            proves = was_dead or not isinstance(error, TimedOut) or brief.asked_s >= PATIENT_S
            if error.was_heard:
                _call_slow(error, brief)
            elif proves and isinstance(error, TimedOut):
                error.is_silence = True
            if proves:  # not for a caller in a hurry
                core.silent, core.silence_took_s = (self._clock(), error), self._clock() - began
            raise
        core.silent = None
        return found

    def _remembered(self, side: Side) -> tuple[float, DriverError] | None:
        """Return since when an array is silent, and why; of one that is needed, if it was waited for as that."""
        known = self.core(side).silent
        if known is None or self._clock() - known[0] >= SILENT_S:
            return None
        return None if side in self._patience.needed and known[0] < self._since else known

    @staticmethod
    def _is_due(core: Core, silent_s: float) -> bool:
        """Tell whether to look past silence: where that takes long, for half of the time and no more."""
        return core.silence_took_s <= CHEAP_S or silent_s >= core.silence_took_s


def _named(volumes: Volumes, name: str, budget: Budget) -> tuple[Volume, ...]:
    """Return the volumes of a name that a pair has; an array that takes it for no name has none of it."""
    try:
        return volumes.named(name, budget)
    except Refused as refusal:
        if not refusal.code:
            raise
        return ()


def _call_slow(error: Unreachable | TimedOut, brief: Budget) -> None:
    """Let the error of an array that answered something else say so: it is alive."""
    error.happened = f"{error.summary}. {error.happened}".rstrip()
    if isinstance(error, TimedOut):
        error.summary = f"It answers, and did not tell of its pairs within {round(brief.asked_s, 1):g} s"
    else:
        error.summary = "It answered, and then could not be asked for its pairs"
    error.next_step = "Look at the load and the health of its management, then run it again."


def _with_peer(pair: Pair, ids: Mapping[Side, Mapping[str, str]]) -> Pair:
    home, remote = pair.home, pair.remote
    if remote is not None and home is None:
        return replace(pair, remote=replace(remote, peer_id=ids["home"].get(remote.peer)))
    if home is not None and remote is None:
        return replace(pair, home=replace(home, peer_id=ids["remote"].get(home.peer)))
    return pair


def with_reason(pair: Pair, silent: Mapping[Side, DriverError]) -> Pair:
    """Return a pair, and the members of a group, with why one array's half could not be read."""
    ((side, error),) = silent.items()
    said = f" (the array said {error.code}: {error.words})" if error.code else ""  # what explains it is of other calls
    unread, is_slow = f"{error.summary}{said}", getattr(error, "was_heard", False)
    is_alive = is_slow or not (isinstance(error, TimedOut) or getattr(error, "is_silence", False))
    whose = "home" if side == "home" else "the remote array"
    verdict = "is alive" if is_slow else "answers with an error"
    return replace(
        pair,
        members=tuple(with_reason(member, silent) for member in pair.members),
        cause=f"{pair.cause}; {whose} {verdict}: {unread}" if is_alive else pair.cause,
        unread=unread,
        is_alive=is_alive,
        mending=error.next_step if is_alive else "",
    )


def _nobody(silent: dict[Side, DriverError]) -> DriverError:
    for side, error in silent.items():
        if not isinstance(error, DEAD):  # it can be mended from here
            error.happened = f"{error.happened} The other array tells nothing either: {silent[OTHER[side]].summary}."
            return error
    told = {side.capitalize(): silent[side] for side in OTHER}
    steps = {error.next_step for error in told.values()}
    neither = Unreachable(
        "Neither array tells of its pairs"
        if any(getattr(error, "was_heard", False) for error in silent.values())
        else "Neither array answers",
        happened=" ".join(f"{side}: {error.summary}. {error.happened}".rstrip() for side, error in told.items()),
        left_behind="Nothing was changed.",
        next_step=steps.pop()
        if len(steps) == 1
        else " ".join(f"{side}: {error.next_step}" for side, error in told.items() if error.next_step),
        attribute="endpoints",
    )
    neither.is_silence = all(is_silence(error) for error in silent.values())
    return neither


def is_silence(error: DriverError) -> bool:
    """Tell whether a failure to read a side says that it is dead as far as anybody can tell, not just slow."""
    return isinstance(error, DEAD) and error.is_silence


def _one_array(system_id: str) -> Refused:
    return Refused(
        f"The replication target is the connected array itself, {system_id}",
        happened="What would happen: copies would be lost together with what they are of.",
        left_behind="Nothing was changed.",
        next_step="Let replication_target's endpoints lead to the other array.",
        attribute="replication_target",
    )


def need_target(core: Core) -> Core:
    """Return the core of the replication target; raises Refused (``replication_target``) where none is configured."""
    if core.partner is None:
        raise target_missing()
    return core.partner


def target_missing() -> Refused:
    """Return the refusal where no replication target is configured."""
    return Refused(
        "There is no replication target",
        happened="It is not known which array holds the remote copies.",
        left_behind="Nothing was changed.",
        next_step="Write replication_target with the endpoints of the other array.",
        attribute="replication_target",
    )
