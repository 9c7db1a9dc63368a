"""The steps that bring one PPRC pair where an operation wants it, known before the first is taken; pure.

[failover] makes a target a suspended source that takes writes; [failback] turns its old source into its target, which
loses what it was written since the two parted.  Between the two both volumes take writes: while the old source still is
in full duplex it was not written, since any write would have suspended it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ..pprcs import PairEnds, PairOption, PairType
from ..replicating import OTHER, Half, Pair, Side
from .pair_work import Work, was_paused
from .pprc_bulk import ends_of
from .pprc_paths import Way

GO_ON: tuple[PairOption, ...] = ("permit_space_efficient_target", "initial_copy_out_of_sync")
FAIL_BACK: tuple[PairOption, ...] = ("failback",)
SERVED: dict[Side, int] = {"home": 1, "remote": 4}  # rows in which a side serves and the other holds its copy
TURNED: dict[Side, int] = {"home": 11, "remote": 10}  # rows in which a side was promoted


@dataclass(frozen=True, slots=True)
class Join:
    """Make a path."""

    way: Way


@dataclass(frozen=True, slots=True)
class Quiet:
    """Expect that no host may write to a side any more: it serves until here, and what follows takes that from it."""

    side: Side


@dataclass(frozen=True, slots=True)
class FailOver:
    """Promote a side; of a planned move only while both hold the same (``in_step``)."""

    side: Side
    kind: PairType
    in_step: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Suspend a side's sources."""

    side: Side


@dataclass(frozen=True, slots=True)
class Resume:
    """Let a side's suspended sources copy, with ``failback`` onto what was the source before.

    ``unwritten`` is whether that is to be in full duplex still, so that nothing is lost.
    """

    side: Side
    kind: PairType
    failback: bool = False
    unwritten: bool = False

    @property
    def options(self) -> tuple[PairOption, ...]:
        """Return the options it is asked for with; a failback needs no permission for a thin target [K]."""
        return FAIL_BACK if self.failback else GO_ON


@dataclass(frozen=True, slots=True)
class Arrive:
    """Wait until a side serves and the other holds its copy, in a mode."""

    side: Side
    kind: PairType


Step: TypeAlias = Join | Quiet | FailOver | Pause | Resume | Arrive


def steps_of(work: Work, pair: Pair) -> tuple[Step, ...]:
    """Return the steps for a pair, but for the paths they need."""
    if work.operation == "failover":
        return (FailOver(work.to, _kind(pair.half(work.to)), in_step=False),)
    steps = _moving(work, pair)
    last = steps[-1] if steps else None
    wanted = work.terms.mode
    if wanted is None or (isinstance(last, Arrive) and last.kind == wanted):
        return steps
    side: Side = last.side if isinstance(last, Arrive) else work.kept(pair)
    kind: PairType = "global_copy" if wanted == "global_copy" else "metro_mirror"
    return (*steps, Pause(side), Resume(side, kind), Arrive(side, kind))


def _moving(work: Work, pair: Pair) -> tuple[Step, ...]:
    """Return the steps to where a pair is to be, in whichever mode; none where it is there."""
    goal = work.kept(pair) if work.operation == "resync" else work.to
    if pair.row == SERVED[goal]:
        return ()
    if work.operation == "switch":
        return _switched(pair, work.to)
    if pair.row == SERVED["remote"]:  # only a failback has something to do here
        return _switched(pair, work.to)
    kept = work.kept(pair)
    first = _resynced(pair, kept, unwritten=is_unwritten(work, pair))
    if work.operation == "resync" or kept == "home":
        return first
    return (*first, Quiet(kept), *_moved(work.to, _kind(pair.half(kept))))


def is_unwritten(work: Work, pair: Pair) -> bool:
    """Tell whether the side that is given up is a source in full duplex: it was not written since the sides parted.

    Any write would have suspended it.  Of a Global Copy nothing shows that: its source may hold what was never copied.
    """
    old = pair.half(work.discarded(pair))
    return old is not None and old.role == "source" and old.in_step and old.mode == "metro_mirror"


def ways_of(pair: Pair, steps: tuple[Step, ...]) -> tuple[Way, ...]:
    """Return the ways data has to take for these steps, in the order they are needed."""
    found = []
    for step in steps:
        if isinstance(step, Resume):
            ends = ends_of(pair, step.side)
            found.append(Way(step.side, ends.source[:2], ends.target[:2]))
    return tuple(dict.fromkeys(found))


def quiet_sides(work: Work, pair: Pair) -> tuple[Side, ...]:
    """Return the sides whose hosts must not write from the beginning: what they write from now on would be lost."""
    steps = steps_of(work, pair)
    now = steps[: next((at for at, step in enumerate(steps) if isinstance(step, Quiet)), len(steps))]
    found = [OTHER[step.side] for step in now if isinstance(step, FailOver) and step.in_step]
    discarded = pair.half(work.discarded(pair))
    if work.operation != "failover" and discarded is not None and discarded.role == "source" and pair.row >= 10:
        found.append(work.discarded(pair))
    return tuple(dict.fromkeys(found))


def call_of(step: Step, pair: Pair) -> str:
    """Return the call of a step as it is sent, with the array it goes to; empty where it changes nothing."""
    if isinstance(step, Join):
        return f"{step.way.side}: POST /cs/pprcs/paths (LSS {step.way.source_lss} -> LSS {step.way.target_lss})"
    if isinstance(step, Arrive | Quiet):
        return ""
    ends: PairEnds = ends_of(pair, step.side)
    if isinstance(step, Pause):
        return f"{step.side}: POST /cs/pprcs/pause {ends.id}"
    if isinstance(step, FailOver):
        return f"{step.side}: POST /cs/pprcs {ends.id} {step.kind} [failover]"
    return f"{step.side}: POST /cs/pprcs/resume {ends.id} {step.kind} [{', '.join(step.options)}]"


def _kind(half: Half | None) -> PairType:
    return "global_copy" if half is not None and half.mode == "global_copy" else "metro_mirror"


def _switched(pair: Pair, to: Side) -> tuple[Step, ...]:
    if pair.row == SERVED[OTHER[to]] or was_paused(pair, to):
        return _moved(to, _kind(pair.half(OTHER[to])))
    return _resynced(pair, to, unwritten=pair.row == TURNED[to])


def _moved(to: Side, kind: PairType) -> tuple[Step, ...]:
    """Return the steps from a side that serves, in step, to the other one."""
    turned: tuple[Step, ...] = (
        FailOver(to, "metro_mirror", in_step=True),
        Resume(to, "metro_mirror", failback=True, unwritten=True),
        Arrive(to, "metro_mirror"),
    )
    if kind == "metro_mirror":
        return turned
    old = OTHER[to]
    to_sync = (Pause(old), Resume(old, "metro_mirror"), Arrive(old, "metro_mirror"))
    return (*to_sync, *turned, Pause(to), Resume(to, "global_copy"), Arrive(to, "global_copy"))


def _resynced(pair: Pair, kept: Side, *, unwritten: bool = False) -> tuple[Step, ...]:
    """Return the steps that let the other side be the copy of the one that is kept."""
    source, other = pair.half(kept), pair.half(OTHER[kept])
    kind = _kind(source)
    is_copied = other is not None and other.role == "target"
    active = source is not None and source.standing != "inactive"
    if active and is_copied:
        return (Arrive(kept, kind),)
    resumed = (Resume(kept, kind, failback=True, unwritten=unwritten), Arrive(kept, kind))
    return (Pause(kept), *resumed) if active else resumed
