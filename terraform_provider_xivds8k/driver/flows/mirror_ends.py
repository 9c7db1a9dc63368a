"""Both ends of mirrors between two XIVs: what is read of them right before a flow acts, and writes it makes sure of."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..array import Groups
from ..core import Core
from ..errors import Cancelled, DriverError, InDoubt, InUse, NotFound, Refused, Unsupported
from ..mirrors import End, KeptSnapshot, Mirrors, Part
from ..objects import Volume
from ..pairing import paired
from ..replicating import Half, Pair, Side, Subject
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .pair_views import PairViews, with_reason
from .volumes import UNDO_S

UNTOUCHED = "Nothing was changed."
JUST_NOW_S = 1.0
UNSEEN = "What would happen: it would be done to what nobody looked at."


class MirrorEnds:
    """Reach both arrays of a pair."""

    def __init__(self, views: PairViews) -> None:
        self.views = views

    def core(self, side: Side) -> Core:
        """Return the core of one array."""
        return self.views.core(side)

    def mirrors(self, side: Side) -> Mirrors:
        """Return the mirror commands of one array; raises Unsupported on an array of the other family."""
        found = self.core(side).array.mirrors
        if found is None:
            raise Unsupported(
                f"The {side} array has no mirrors: it is no XIV",
                happened="The two arrays are of different families.",
                left_behind=UNTOUCHED,
                next_step="Pairs are made between two arrays of one family.",
                attribute="replication_target",
            )
        return found

    def groups(self, side: Side) -> Groups:
        """Return the consistency groups of one array."""
        found = self.core(side).array.groups
        if found is None:
            raise Unsupported(
                f"The {side} array has no consistency groups",
                happened="It is no XIV.",
                left_behind=UNTOUCHED,
                next_step="Pairs are made between two arrays of one family.",
                attribute="replication_target",
            )
        return found

    def half(self, side: Side, subject: Subject, own_id: str, budget: Budget) -> Half | None:
        """Return what one array has of a mirror right now; raises Refused where that is not understood."""
        found = self.core(side).array.pairs.find(subject, own_id, budget)
        if len(found) > 1 or (found and found[0].strange):
            raise Refused(
                f"What the {side} array says of {found[0].name} is not understood",
                happened="; ".join(half.strange or half.words for half in found),
                left_behind=UNTOUCHED,
                next_step="Look at the mirror on both arrays.",
            )
        return found[0] if found else None

    def again(self, pair: Pair, budget: Budget) -> Pair:
        """Return a pair both arrays told of as they have it right now; raises what either answers.

        A group is read with its members, so that one that joined meanwhile counts.
        """
        halves = [
            None if half is None else self.half(side, pair.subject, half.id, budget) for side, half in self.sides(pair)
        ]
        if pair.subject == "group" and None not in halves:
            return self._listed(pair, budget)
        home, remote = (() if half is None else (half,) for half in halves)
        return paired(pair.subject, home, remote)

    def now(self, pair: Pair, budget: Budget) -> Pair:
        """Return a pair as it is right now, where one array may not answer; raises what the other says.

        A group is read with its members: it is in a row only when they are.
        """
        if pair.subject == "group" or any(half is None for _, half in self.sides(pair)):
            return self._listed(pair, budget)
        seen: dict[Side, tuple[Half, ...] | None] = {}
        unread: dict[Side, DriverError] = {}
        for side, half in self.sides(pair):
            try:
                seen[side] = self._brief(side, half, budget)
            except DriverError as error:
                if unread or not self.views.bears(side, error):
                    raise
                budget.check()
                seen[side], unread[side] = None, error
        if unread and not any(seen.values()):
            raise _half_gone(pair, unread)
        now = paired(pair.subject, seen["home"], seen["remote"])
        return with_reason(now, unread) if unread else now

    def _brief(self, side: Side, half: Half | None, budget: Budget) -> tuple[Half, ...]:
        if half is None:
            return ()
        pairs = self.core(side).array.pairs
        return self.views.read(side, budget, lambda brief: pairs.find(half.subject, half.id, brief), afresh=True)

    def _listed(self, pair: Pair, budget: Budget) -> Pair:
        """Return a pair, of which one array may have told nothing so far, by listing both."""
        for found in self.views.look(budget, afresh=True).pairs:
            for side, half in self.sides(pair):
                other = found.half(side)
                if half is not None and other is not None and (half.subject, half.id) == (other.subject, other.id):
                    return found
        raise Refused(
            f"{pair.name} is not listed any more",
            happened=UNSEEN,
            left_behind=UNTOUCHED,
            next_step="Run it again: what is there is looked at first.",
        )

    @staticmethod
    def sides(pair: Pair) -> tuple[tuple[Side, Half | None], tuple[Side, Half | None]]:
        """Return both halves with their sides."""
        return ("home", pair.home), ("remote", pair.remote)

    def volume(self, side: Side, half: Half, budget: Budget) -> Volume:
        """Return the volume of a half as it is right now; raises Refused where it is gone or called otherwise."""
        found = self.core(side).array.volumes.find(half.id, budget)
        if found is None or found.name != half.name:
            raise Refused(
                f"Volume {half.name} (WWN {half.id}) of the {side} array changed meanwhile",
                happened="It is gone." if found is None else f"It is called {found.name} now.",
                next_step="Run it again: what is there is looked at first.",
            )
        return found

    def write(
        self, side: Side, budget: Budget, send: Callable[[], None], took_effect: Callable[[Budget], bool]
    ) -> None:
        """Send what sets something to a value, and make sure that it did, as ``Core.write``; looks once more at last.

        What was carried out late, or the first time and refused the second, has taken effect all the same.
        """
        core = self.core(side)
        try:
            core.write(budget, send, took_effect)
        except InDoubt:
            if not core.certainly(budget.for_a_look(), took_effect):
                raise

    def activate(self, side: Side, half: Half, budget: Budget) -> None:
        """Let the data of a master travel."""
        mirrors, end = self.mirrors(side), End.of(half)
        self.write(
            side,
            budget,
            lambda: mirrors.activate(end, budget),
            lambda look: self._stands(side, half, look) in {"active", "hindered"},
        )

    def deactivate(self, side: Side, half: Half, budget: Budget) -> None:
        """Stop the data of a master."""
        mirrors, end = self.mirrors(side), End.of(half)
        self.write(
            side,
            budget,
            lambda: mirrors.deactivate(end, budget),
            lambda look: self._stands(side, half, look) == "inactive",
        )

    def become(
        self, side: Side, half: Half, part: Part, budget: Budget, look: Callable[[], None] = lambda: None
    ) -> None:
        """Change the role of one side; each time it is sent ``look`` comes right before, and raises where not to."""
        mirrors, end = self.mirrors(side), End.of(half)
        role = "source" if part == "Master" else "target"

        def send() -> None:
            look()
            mirrors.become(end, part, budget)

        self.write(side, budget, send, lambda look: self.has_role(side, half, role, look))

    def switch_roles(self, side: Side, half: Half, budget: Budget) -> None:
        """Switch both roles, on the master."""
        mirrors, end = self.mirrors(side), End.of(half)
        self.write(
            side,
            budget,
            lambda: mirrors.switch_roles(end, budget),
            lambda look: self.has_role(side, half, "target", look),
        )

    def has_role(self, side: Side, half: Half, role: str, budget: Budget) -> bool:
        """Tell whether one side has a role right now."""
        found = self.half(side, half.subject, half.id, budget)
        return found is not None and found.role == role

    def delete(self, side: Side, half: Half, budget: Budget, *, force_on_slave: bool = False) -> None:
        """Delete an inactive mirror; one that is gone is done."""
        mirrors, end = self.mirrors(side), End.of(half)

        def send() -> None:
            try:
                mirrors.delete(end, budget, force_on_slave=force_on_slave)
            except NotFound:
                if self._stands(side, half, budget) != "gone":
                    raise

        self.write(side, budget, send, lambda look: self._stands(side, half, look) == "gone")

    def discard(self, side: Side, kept: Iterable[KeptSnapshot], budget: Budget) -> None:
        """Delete snapshots that an ended mirror left behind."""
        for one in kept:
            self.drop(side, one.subject, one.name, budget)

    def drop(self, side: Side, subject: Subject, name: str, budget: Budget) -> None:
        """Delete a snapshot or snapshot group; one that is not there is done."""
        mirrors = self.mirrors(side)
        self.write(
            side,
            budget,
            lambda: mirrors.discard(subject, name, budget),
            lambda look: not mirrors.holds(subject, name, look),
        )

    def dropped(self, side: Side, half: Half, name: str, role: str) -> bool:
        """Delete a snapshot taken before a change of role that was certainly not sent; tell whether it is gone.

        It stays where the side has another role all the same, by somebody else's doing: then it may be of use.
        """
        try:
            try:
                return self._dropped(side, half, name, role, Budget(UNDO_S, self.core(side).stop))
            except Cancelled:
                return self._dropped(side, half, name, role, Budget(LOOK_AFTER_STOP_S))
        except DriverError:
            return False

    def _dropped(self, side: Side, half: Half, name: str, role: str, budget: Budget) -> bool:
        if not self.has_role(side, half, role, budget):
            return False
        self.drop(side, half.subject, name, budget)
        return True

    def _stands(self, side: Side, half: Half, budget: Budget) -> str:
        found = self.half(side, half.subject, half.id, budget)
        return "gone" if found is None else found.standing

    def forget_volumes(self, pair: Pair) -> None:
        """Let both arrays be asked about the volumes of a pair that was changed."""
        for side, half in self.sides(pair):
            core = self.core(side)
            core.recent.forget()
            if half is not None and half.subject == "volume":
                core.inventory.doubt(volume_id=half.id)


@dataclass(slots=True)
class Sight:
    """Look once more, when called, where what was seen is not of just now any more: an array may have been busy."""

    look: Callable[[], object]
    _seen_at_s: float = field(default_factory=time.monotonic)

    def __call__(self) -> None:
        """Raise what the look raises."""
        if time.monotonic() - self._seen_at_s > JUST_NOW_S:
            self.look()
            self._seen_at_s = time.monotonic()


def _half_gone(pair: Pair, unread: Mapping[Side, DriverError]) -> Refused:
    """Return the refusal where the one array that answers has no such mirror any more."""
    ((silent, error),) = unread.items()
    answers, other = ("home", "the remote array") if silent == "remote" else ("the remote array", "home")
    return Refused(
        f"{pair.name}: {answers} has no such mirror any more, and {other} does not answer",
        happened=f"{error.summary}. {UNSEEN}",
        left_behind=UNTOUCHED,
        next_step="Look at replication status once both arrays answer, then run it again.",
    )


def whole(pair: Pair) -> tuple[Half, Half]:
    """Return both halves; raises Refused where one array has lost its own."""
    if pair.home is None or pair.remote is None:
        side = "home" if pair.home is None else "remote"
        raise Refused(
            f"{pair.name} changed meanwhile: the {side} array has no such mirror",
            happened=UNSEEN,
            left_behind=UNTOUCHED,
            next_step="Run it again: what is there is looked at first.",
        )
    return pair.home, pair.remote


def alone(pair: Pair, doing: str) -> None:
    """Raise InUse for a volume that moves with its consistency group only."""
    group = next((half.group for half in (pair.home, pair.remote) if half is not None and half.group), None)
    if pair.subject == "volume" and group is not None:
        raise InUse(
            f"{pair.name} moves with its consistency group {group} only, and is not {doing} by itself",
            happened="What would happen: it would be unlike its group, whose mode, RPO, schedule and role a member "
            "has, and the group could not be copied as one any more.",
            left_behind=UNTOUCHED,
            next_step=f"Do it to the group, or take the volume out of {group} first. No option does it to one alone.",
            attribute="id",
        )


def empty(pair: Pair, doing: str) -> None:
    """Raise InUse for a mirrored group that has members."""
    if pair.subject == "group" and pair.members:
        raise InUse(
            f"{pair.name} has members and is not {doing}",
            happened=f"They are: {', '.join(member.name for member in pair.members)}. What would happen: the array "
            "would refuse it, since the mirror of a group can be made and ended while the group is empty only.",
            left_behind=UNTOUCHED,
            next_step="Take its volumes out first (xivds8k_consistency_group_member); their own mirrors go on. No "
            "option does it with volumes in the group.",
            attribute="id",
        )
