"""What an operation does to one mirror: the calls that were sent, what is kept, and the texts of both."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..errors import DriverError, Refused, Unreachable
from ..mirrors import End
from ..replicating import Half, Pair, Side
from .mirror_ends import UNSEEN, UNTOUCHED
from .pair_calls import NOT_ANSWERED, REFUSED, came_of, sent_so_far
from .pair_evidence import volumes_at
from .pair_work import Done, Work, key_of
from .restores import group_safety_name, safety_name


@dataclass(slots=True)
class Deed:
    """Take down what is done to one pair."""

    calls: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    lost: str = ""
    left: list[str] = field(default_factory=list)  # what could not be tidied up
    unstopped: str = ""  # of a side that is given up, where it could not be stopped first
    has_job: bool = False  # snapshots were asked for, to have a sync job run

    def sends(self, side: Side, command: str) -> None:
        """Take down a call that is about to be sent."""
        self.calls.append(f"{side}: {command}")

    @contextmanager
    def sending(self, side: Side, command: str) -> Iterator[None]:
        """Take down a call that the block sends, and what came of it."""
        self.sends(side, command)
        at = len(self.calls) - 1
        try:
            yield
        except DriverError as error:
            outcome = came_of(error)
            if outcome is None:
                del self.calls[at]
            else:
                self.calls[at] += outcome
            raise

    def carried_out(self) -> None:
        """Take down that the call sent last was carried out, though it was not answered."""
        self.calls[-1] = self.calls[-1].removesuffix(NOT_ANSWERED)

    def does_without(self) -> None:
        """Leave out a call that the array refused, and that nothing depends on."""
        if self.calls and self.calls[-1].endswith(REFUSED):
            self.calls.pop()

    def done(self, problem: DriverError | None = None) -> Done:
        """Return what became of it; a problem tells also of what is left."""
        refused_first = problem is not None and bool(problem.code) and len(self.calls) == 1
        if problem is not None and self.calls and not refused_first and problem.left_behind in {"", UNTOUCHED}:
            problem.left_behind = sent_so_far(self.calls)
        if problem is not None and self.unstopped:
            problem.left_behind = f"{problem.left_behind} {self.unstopped[:1].upper()}{self.unstopped[1:]}.".strip()
        if problem is not None and self.left:
            problem.left_behind = f"{problem.left_behind} Left: {', '.join(self.left)}.".strip()
        return Done(tuple(self.calls), tuple(self.kept), self.lost, problem)


@dataclass(slots=True)
class Seen:
    """Be what the checks saw of all pairs in bulk: times, and by key the snapshots kept and what is short."""

    times: dict[Side, str] = field(default_factory=dict)
    last_consistent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    last_replicated: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shortened: dict[str, str] = field(default_factory=dict)


class Names:
    """Name what one operation makes: each pair's names stay the same while it lasts, so that a dry run shows them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def of(self, pair: Pair, side: Side, before: str) -> str:
        """Return the name of a snapshot, or snapshot group, of one side taken before something."""
        half = given(pair, side)
        key = key_of(pair), before
        if key not in self._known:
            members = tuple(one.name for one in volumes_at(pair, side))
            self._known[key] = (
                group_safety_name(half.name, members, before)
                if pair.subject == "group"
                else safety_name(half.name, before=before)
            )
        return self._known[key]

    def job(self, pair: Pair) -> str:
        """Return the name of the snapshots by which a sync job is asked for."""
        return self._known.setdefault((key_of(pair), "job"), f"xivds8k-switch-{secrets.token_hex(4)}")


def given(pair: Pair, side: Side) -> Half:
    """Return one half; raises Refused where its array told of none."""
    half = pair.half(side)
    if half is None:
        gone = pair.answers(side)
        raise (Refused if gone else Unreachable)(
            f"{pair.name}: the {side} array {'has no such mirror' if gone else 'does not answer'}",
            happened=UNSEEN,
            left_behind=UNTOUCHED,
            next_step="Look at replication status, then run it again.",
        )
    return half


def argument(half: Half) -> str:
    """Return how a command names what a half is of."""
    return End.of(half).argument


def is_promoted_aside(work: Work, pair: Pair) -> bool:
    """Tell whether the side whose changes are discarded takes writes, so that it has to be made a slave."""
    half = pair.half(work.discarded(pair))
    return half is not None and half.role == "source"


def users_of(pair: Pair, side: Side, using: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return who may be writing to one side of a pair, in words."""
    return tuple(f"{half.name}: {', '.join(using[half.id])}" for half in volumes_at(pair, side) if half.id in using)


def still_used(pair: Pair, side: Side, users: tuple[str, ...], why: str) -> Refused:
    """Return the refusal while hosts may write where they must not."""
    return Refused(
        f"{pair.name}: hosts may be writing at {side}",
        happened=f"{'; '.join(users)}. What would happen: {why}",
        left_behind=UNTOUCHED,
        next_step=f"Stop those hosts and unmap the volumes at {side}, or log their ports out; or set io_stopped = true "
        "when they write no more for certain.",
        attribute="io_stopped",
    )
