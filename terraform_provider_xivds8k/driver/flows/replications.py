"""Replications as they are set up: found, described, made, changed and ended under the rules of the table.

A replication is gone only when both arrays say so; while one of them does not answer, it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..errors import Ambiguous, DriverError, NotFound, Refused, Unreachable
from ..once import Recent
from ..pairing import STATES
from ..pairs import UNPLACED
from ..replicating import (
    DELETABLE,
    Pair,
    Remaining,
    Replication,
    ReplicationMode,
    ReplicationOrder,
    ReplicationStatus,
    UnfinishedEnd,
)
from ..rules import is_xiv_id
from ..waiting import Budget, Progress
from .pair_calls import after
from .pair_descriptions import described, status_of
from .pair_endings import ended, not_deleted, refuse_other_remote, still_there, tell_of_remote
from .pair_meant import meant
from .pair_patience import LOOK_S
from .pair_refusals import forbidden, says
from .pair_scopes import group_named, in_pools, named
from .pair_setup import PairSetup
from .pair_views import Look, PairViews, is_silence

RECENT_S = 60.0
NOT_IN_STEP = 2


class Replications:
    """Keep the replications between two arrays."""

    def __init__(self, views: PairViews, setup: PairSetup) -> None:
        self._views = views
        self._setup = setup
        self._recent: Recent[Look] = Recent(self._looked, RECENT_S, silent_s=LOOK_S)

    def _looked(self, budget: Budget, views: PairViews | None = None) -> Look:
        """Return all pairs as they are now, and take down what only both arrays can tell."""
        look = (views or self._views).look(budget)
        self._setup.remember(look, budget)
        return look

    def forget(self) -> None:
        """Ask both arrays again for what was read before."""
        self._recent.forget()
        self._views.forget_silence()

    def find(self, own_id: str, remote_id: str | None, budget: Budget) -> Pair | None:
        """Return a pair as it is now, None where both arrays say that there is none.

        It is found by home's id, or by the remote one where home does not answer.  Raises Unreachable where an array
        does not answer and the other has no such pair.
        """
        look = self._views.look(budget)
        found = self._found(look, own_id, remote_id)
        if found is None and any(half.strange == UNPLACED for half in look.home or ()) and is_xiv_id(own_id):
            self._refuse_unplaced(own_id, budget)
        return found

    def _refuse_unplaced(self, own_id: str, budget: Budget) -> None:
        """Refuse to call a pair gone whose volume bore no name that home listed."""
        if self._views.home.array.pairs.find("volume", own_id, budget):
            raise Refused(
                f"{own_id} is replicated, and was renamed while home was asked for its pairs",
                happened="Home listed a pair under a name that no volume of it had.",
                left_behind="Nothing was changed.",
                next_step="Run it again; if it stays so, look at mirror_list and vol_list on home.",
                attribute="id",
            )

    def find_recent(self, own_id: str, remote_id: str | None, budget: Budget) -> Pair | None:
        """Return a pair as it was at most a minute ago, None only by a look made now."""
        found = self._known(self._recent.get(budget), own_id, remote_id)
        return found if found is not None else self.find(own_id, remote_id, budget)

    def recent(self, budget: Budget) -> Look:
        """Return all pairs as they were at most a minute ago."""
        return self._recent.get(budget)

    def _found(self, look: Look, own_id: str, remote_id: str | None) -> Pair | None:
        found = self._known(look, own_id, remote_id)
        if found is None and look.silent:
            ((side, why),) = look.silent.items()
            unknown = Unreachable(
                f"It is not known whether {own_id} is replicated: the {side} array does not answer",
                happened=f"The other array has no such pair. {why}",
                left_behind="Nothing was changed.",
                next_step="Get both arrays to answer, then run it again.",
                attribute="endpoints",
            )
            unknown.is_silence = is_silence(why)
            whole = "home" if side == "remote" else "the remote array"
            unknown.known_while_silent = (
                f"{whole} says that there is no such pair, and the {side} array does not answer"
            )
            raise unknown
        return found

    def _known(self, look: Look, own_id: str, remote_id: str | None) -> Pair | None:
        """Return a pair by home's id; where home is silent, by what remote calls it, which must be that volume.

        A half that home lost is found by the remote volume's id, too.  Without that id, one of another array that
        replicates there would fit as well while home has not told which array it is.
        """
        own, theirs = own_id.casefold(), remote_id.casefold() if remote_id is not None else None
        if look.home is not None:
            known = next((pair for pair in look.pairs if pair.id is not None and pair.id.casefold() == own), None)
            lone = (pair for pair in look.pairs if pair.home is None and theirs is not None)
            return known or next((one for one in lone if one.remote and one.remote.id.casefold() == theirs), None)
        is_known = theirs is not None or bool(self._views.home.array.pairs.known_key)
        fitting = [
            pair
            for pair in look.pairs
            if pair.remote is not None
            and is_known
            and theirs in {None, pair.remote.id.casefold()}
            and (own == pair.id.casefold() if pair.id is not None else theirs is not None)
        ]
        if len(fitting) > 1:
            raise Ambiguous(
                f"{own_id} names several pairs on the remote array, and home does not answer",
                happened="; ".join(f"{one.name}: {says(one, 'remote')}" for one in fitting),
                left_behind="Nothing was changed.",
                next_step="Get home to answer, or name the remote volume.",
                attribute="id",
            )
        return fitting[0] if fitting else None

    def get(self, own_id: str, remote_id: str | None, budget: Budget) -> Pair:
        """Return a pair as it is now; raises NotFound, Unreachable."""
        found = self.find(own_id, remote_id, budget)
        if found is None:
            raise NotFound(
                f"{own_id} is not replicated",
                happened="Both arrays say that there is no such pair.",
                left_behind="Nothing was changed.",
                next_step="Run it again: the plan then shows what is there.",
                attribute="id",
            )
        return found

    def described(self, pair: Pair, budget: Budget) -> Replication:
        """Return what is set up; raises Unreachable where one side does not answer."""
        return described(self._views, pair, budget)

    def statuses(
        self, ids: Sequence[str] | None, group: str | None, pools: Sequence[str] | None, budget: Budget
    ) -> tuple[ReplicationStatus, ...]:
        """Return how replications stand: those of ids, one group, all in remote pools, or all; raises NotFound."""
        look = self._looked(budget, self._views.bearing("home", "remote"))
        if group is not None:
            found: tuple[Pair, ...] = (group_named(group, look),)
        elif pools is not None:
            found = in_pools(tuple(pools), look, self._views, budget)
        elif ids is not None:
            found = tuple(named(one, look) for one in ids)
        else:
            found = look.heads
        return tuple(status_of(pair) for pair in found)

    def status(self, own_id: str, remote_id: str | None, budget: Budget) -> ReplicationStatus:
        """Return how the replication of home's id stands; raises NotFound, Ambiguous."""
        views = self._views.bearing("home", "remote")
        look = self._looked(budget, views)
        known = self._known(look, own_id, remote_id)
        return status_of(meant(own_id, remote_id, look, views, budget, known=known))

    # changing

    def create(
        self, order: ReplicationOrder, budget: Budget, progress: Progress, *, wait_for_sync: bool
    ) -> Replication:
        """Make a replication, or leave nothing behind; with ``wait_for_sync`` until its first copy is complete."""
        self._setup.create(order, budget, progress)
        self.forget()
        try:
            if wait_for_sync:
                self.wait_for(order.id, frozenset({1}), budget)
            return self.described(self.get(order.id, None, budget.for_a_look()), budget.for_a_look())
        except DriverError as error:
            error.left_behind = f"The replication of {order.id} is set up, and the arrays go on copying."
            error.may_be_there = True
            if wait_for_sync and not error.attribute:
                error.attribute = "wait_for_sync"
            raise

    def begin(self, own_id: str, budget: Budget) -> None:
        """Let the first copy begin where a creation was broken off before that; raises Refused where it was stopped."""
        pair = self.get(own_id, None, budget)
        if pair.row == NOT_IN_STEP and pair.home is not None and pair.home.standing == "inactive":
            self._setup.begin(pair, budget)
            self.forget()

    def wait_for(self, own_id: str, rows: frozenset[int], budget: Budget) -> None:
        """Wait until a pair is in one of these rows; raises TimedOut, Cancelled."""
        self._views.home.wait_until(
            budget,
            lambda look: self.get(own_id, None, look).row in rows,
            f"the pair of {own_id} to be {' or '.join(sorted({STATES[row] for row in rows}))}, in step",
        )

    def change(
        self,
        own_id: str,
        mode: ReplicationMode,
        rpo_s: int | None,
        budget: Budget,
        progress: Progress,
        *,
        allow_full_resync: bool,
    ) -> Replication:
        """Change mode or RPO, in row 1; raises Refused elsewhere, unless both are so already."""
        pair = self.get(own_id, None, budget)
        if pair.copies_as(mode, rpo_s):
            return self.described(pair, budget)
        _refuse_out_of_row_1(pair, "change its mode")
        with self._taking_apart("Making a pair anew to change its mode", allowed=allow_full_resync) as anew:
            self._setup.change(pair, mode, rpo_s, budget, progress, anew=anew)
        self.forget()
        with after(f"{pair.name} was changed, to be copied as {mode}{f' within {rpo_s} s' if rpo_s else ''}."):
            return self.described(self.get(own_id, None, budget.for_a_look()), budget.for_a_look())

    def grow(
        self, own_id: str, size_bytes: int, budget: Budget, progress: Progress, *, allow_full_resync: bool
    ) -> None:
        """Grow both volumes of a pair, in row 1."""
        pair = self.in_row_1(own_id, "grow it", budget)
        with self._taking_apart("Taking a pair apart to grow it", allowed=allow_full_resync) as anew:
            self._setup.grow(pair, size_bytes, budget, progress, anew=anew)
        self.forget()

    @contextmanager
    def _taking_apart(self, doing: str, *, allowed: bool) -> Iterator[bool]:
        """Yield whether a pair may be taken apart; where the provider's mode alone forbids what needs it, that is said.

        What can be done without is done.
        """
        barred: Refused | None = None
        try:
            self._views.home.allow(doing, destroys=True)
        except Refused as refusal:
            barred = refusal
        try:
            yield allowed and barred is None
        except Refused as refusal:
            if allowed and barred is not None and refusal.attribute == "allow_full_resync":
                raise barred from refusal
            raise

    def delete(
        self,
        own_id: str,
        remaining: Remaining,
        budget: Budget,
        progress: Progress,
        *,
        remote_id: str | None = None,
    ) -> None:
        """End a replication, in rows 1 and 2, and what an ending that was broken off left of one.

        That is half of a pair home served (row 14), and of one that is gone on both arrays its remote volume.  Where
        ``remote_id`` is said, no other remote volume is deleted.
        """
        pair = self.find(own_id, None, budget)
        if pair is None:
            if remote_id is not None:
                self._refuse_alone(own_id, remote_id, budget)
                self._setup.finish(remote_id, remaining, budget, progress)
            return
        if not pair.can_be_ended:
            raise forbidden(pair, "delete the pair", DELETABLE)
        if remaining == "delete":
            refuse_other_remote(pair, remote_id)
            self._refuse_only_copy(pair, budget)
        try:
            self._setup.delete(pair, remaining, budget, progress)
            if pair.remote is None and remote_id is not None:  # told by its name alone it may be any volume
                self._setup.finish(remote_id, remaining, budget, progress)
        except DriverError as error:
            tell_of_remote(pair, remaining, error)
            raise
        self.forget()
        with after(ended(pair, remaining)):
            left = self.find(own_id, None, budget.for_a_look())
            is_left = left is None and remaining == "delete" and self._is_left(pair, budget.for_a_look())
        if is_left:
            raise not_deleted(pair)
        if left is not None:
            raise still_there(left)

    def _refuse_alone(self, own_id: str, remote_id: str, budget: Budget) -> None:
        """Refuse to call a pair ended of which the remote array has its half, while home has lost the volume, too."""
        alone = self.find(own_id, remote_id, budget)
        if alone is not None:
            raise Refused(
                f"The remote half of the pair of {own_id} is still there, and home has no volume {own_id} any more",
                happened=f"The remote array says of {alone.remote_id}: {says(alone, 'remote')}. "
                "What would happen: its volume may be the "
                "only good copy by now, and would be unlocked or deleted.",
                left_behind="Nothing was changed.",
                next_step="Look what the remote volume holds. Where it is not needed, mirror_delete and vol_delete on "
                "the remote array end it; where it is, mirror_delete and vol_unlock there let hosts use it. Then "
                "run it again. No option does it.",
                attribute="id",
            )

    def _refuse_only_copy(self, pair: Pair, budget: Budget) -> None:
        """Refuse to delete the copy of what is not at home any more."""
        if pair.home is not None or pair.subject != "volume" or pair.id is None or pair.remote is None:
            return
        if self._views.home.array.volumes.find(pair.id, budget) is None:
            raise Refused(
                f"{pair.name}: home has no volume {pair.id} any more, and its copy is not deleted",
                happened=f"{pair.remote.name} ({pair.remote.id}) may be the only good copy by now. What would happen: "
                "it would be deleted with all its data.",
                left_behind="Nothing was changed.",
                next_step='Look what it holds. remote_on_delete = "keep" ends the pair and keeps it; delete it there '
                "by hand when nobody needs it. No option deletes it.",
                attribute="remote_on_delete",
            )

    def _is_left(self, pair: Pair, budget: Budget) -> bool:
        """Tell whether the remote volume is there of which the remote array had lost its half."""
        if pair.remote is not None or pair.remote_id is None or pair.subject != "volume":
            return False
        return self._views.remote.array.volumes.find(pair.remote_id, budget) is not None

    def unfinished(self, remote_id: str, remaining: Remaining, budget: Budget) -> UnfinishedEnd | None:
        """Return what the end of a pair that is gone left to be done on the remote array; raises what it answers."""
        return self._setup.unfinished(remote_id, remaining, budget)

    def in_row_1(self, own_id: str, what: str, budget: Budget) -> Pair:
        """Return a pair as it is now; raises Refused where it is in another row than the first."""
        pair = self.get(own_id, None, budget)
        _refuse_out_of_row_1(pair, what)
        return pair


def _refuse_out_of_row_1(pair: Pair, what: str) -> None:
    if pair.row != 1:
        raise forbidden(pair, what, frozenset({1}))
