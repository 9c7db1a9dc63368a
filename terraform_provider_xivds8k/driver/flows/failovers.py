"""Switch, failover, resync and failback: what is common to both families.

Every member is looked at afresh on both arrays and checked before the first is touched; then the steps of the family
bring them there, and a last look says where each is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..errors import Ambiguous, DriverError, Refused
from ..pairing import BOTH_WRITABLE, NEEDS_FORCE
from ..replicating import OTHER, FailoverReport, Member, Operation, Pair, Scope, Side, Terms
from ..waiting import Budget, Progress
from .pair_evidence import evidence
from .pair_goals import THERE, is_there, towards
from .pair_offers import begins, goes_on_unwritten
from .pair_outcomes import as_member, found_in, is_all_told, judged, keys, told, unseen, worked_on
from .pair_refusals import (
    both_writable,
    names_copy,
    names_older,
    not_in_row,
    refuse_alive,
    refuse_unconfirmed,
    too_much_lost,
)
from .pair_refused import of_members
from .pair_scopes import resolve
from .pair_views import PairViews
from .pair_work import Done, PairSteps, Run, Work, key_of, was_paused


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Be what was asked for."""

    operation: Operation
    to: Side
    scope: Scope
    terms: Terms


class _UnsaidError(Refused):
    """Nobody said whose data stays."""


def _is_unsaid(problem: DriverError | None) -> bool:
    return isinstance(problem, _UnsaidError)


class Failovers:
    """Bring pairs from one side to the other."""

    def __init__(self, views: PairViews, steps: PairSteps) -> None:
        self._views = views
        self._steps = steps

    def run(self, asked: Asked, budget: Budget, progress: Progress) -> FailoverReport:
        """Do one operation and return what became of each member.

        Raises Refused, naming every member and reason, before anything is changed; afterwards an error whose
        ``report`` says where each member is.
        """
        run = Run(self._views, budget, progress)
        with run.pulse():
            return self._done(asked, run)

    def _done(self, asked: Asked, run: Run) -> FailoverReport:
        operation, to, terms, budget = asked.operation, asked.to, asked.terms, run.budget
        look = self._views.look(budget)
        named = resolve(asked.scope, look, self._views, budget)
        there = tuple(
            pair
            for pair in named
            if is_there(operation, to, terms, pair) and not (operation == "resync" and self._names_copy(terms, pair))
        )
        moving = tuple(pair for pair in named if pair not in there)
        refuse_unconfirmed(operation, moving, terms)
        if operation == "failback" and not terms.dry_run and any(pair.row not in {1, 4} for pair in named):
            self._views.home.allow("Failing back what is not in step", destroys=True)
        work = self._checked(operation, to, terms, moving, budget)
        members = tuple(as_member(pair, outcome="was there") for pair in there)
        if terms.dry_run:
            would = tuple(self._foreseen(work, pair) for pair in work.pairs)
            return FailoverReport(
                operation=operation, to=towards(work, there), dry_run=True, members=(*members, *would)
            )
        for member in members:
            run.tell(f"{member.name}: is there already")
        report = FailoverReport(operation=operation, to=towards(work, there), dry_run=False, members=members)
        return self._acted(work, report, run) if work.pairs else report

    def _foreseen(self, work: Work, pair: Pair) -> Member:
        done = Done(self._steps.calls(work, pair), (), self._steps.lost(work, pair))
        return worked_on(work, pair, outcome="would move", done=done)

    # checking

    def _checked(self, operation: Operation, to: Side, terms: Terms, pairs: tuple[Pair, ...], budget: Budget) -> Work:
        problems: dict[str, DriverError] = {}
        keeps: dict[str, Side] = {}
        for pair in pairs:
            try:
                keeps[key_of(pair)] = self._keeps(operation, to, terms, pair)
            except DriverError as problem:
                problems[key_of(pair)] = problem
        unsaid = [pair for pair in pairs if _is_unsaid(problems.get(key_of(pair)))]
        parted = [pair for pair in pairs if pair.row in BOTH_WRITABLE and operation != "failover"]
        asked = {key_of(pair): pair for pair in (*unsaid, *parted)}
        told = evidence(self._views, asked.values(), budget) if asked else {}
        problems |= {key_of(pair): both_writable(operation, pair, told[key_of(pair)], self._labels) for pair in unsaid}
        sound = tuple(pair for pair in pairs if key_of(pair) in keeps)
        work = Work(operation, to, terms, sound, keeps, told)
        if sound:
            problems |= self._steps.problems(work, budget)
            problems |= self._too_much_lost(work, problems)
        if problems:
            raise of_members(operation, pairs, problems)
        return work

    def _keeps(self, operation: Operation, to: Side, terms: Terms, pair: Pair) -> Side:
        """Return whose data stays; raises Refused where the row forbids the operation, or needs it to be said."""
        if operation == "resync" and self._names_copy(terms, pair):
            raise self._of_copy(operation, pair)
        if operation != "failover" and pair.row in THERE[operation, to]:  # copied in another mode than it is to be
            return "home" if pair.row == 1 else "remote"
        asked = self._authoritative(terms)
        if operation == "switch" and asked in {None, OTHER[to]} and was_paused(pair, to):
            return to
        if not begins(operation, to, pair):
            raise not_in_row(operation, to, pair)
        if operation == "failover":
            return self._failing_over(to, terms, pair, asked)
        if pair.row in {1, 2, 4, 5}:
            serving: Side = "home" if pair.row in {1, 2} else "remote"
            if self._names_copy(terms, pair) and not (operation == "failback" and self._holds_all(serving, pair)):
                raise self._of_copy(operation, pair)
            return to if operation == "switch" else serving
        if operation in {"switch", "failback"} and goes_on_unwritten(to, pair):
            new = pair.half(to)
            if asked in {None, to} or (operation == "failback" and new is not None and new.missing_bytes == 0):
                return to
            if operation == "failback":  # the name was given before the side that serves now was promoted
                raise names_older(pair)
        if operation == "switch":
            raise not_in_row(operation, to, pair)
        if asked is None:
            raise _UnsaidError(operation)
        return asked

    def _names_copy(self, terms: Terms, pair: Pair) -> bool:
        """Tell whether the side whose data is to stay is the one that holds the copy, where one side serves."""
        serving = {1: "home", 2: "home", 4: "remote", 5: "remote"}.get(pair.row)
        return serving is not None and self._authoritative(terms) not in {None, serving}

    def _of_copy(self, operation: Operation, pair: Pair) -> Refused:
        if operation == "failback":
            return names_copy(pair)
        return both_writable(operation, pair, "the side you name holds the copy: fail over to it first", self._labels)

    def _failing_over(self, to: Side, terms: Terms, pair: Pair, asked: Side | None) -> Side:
        if pair.row in NEEDS_FORCE and not terms.force:
            raise not_in_row("failover", to, pair)
        refuse_alive(pair, to, force=terms.force)
        if pair.row == 13 and asked is None:
            raise _UnsaidError("failover")
        if asked not in {None, to}:
            raise both_writable("failover", pair, f"a failover to {to} keeps what {to} has", self._labels)
        return to

    @staticmethod
    def _holds_all(serving: Side, pair: Pair) -> bool:
        """Tell whether the other side has nothing to lose: a failback was broken off after the roles were switched."""
        old, new = pair.half(OTHER[serving]), pair.half(serving)
        switched = serving == "home" and new is not None and new.standing == "inactive" and new.missing_bytes == 0
        if not switched or old is None or old.standing != "inactive" or old.is_initial:
            return False
        return old.in_step or bool(old.pair_id)  # a suspended target of a DS8000 never calls itself in step

    @property
    def _labels(self) -> dict[Side, str]:
        home, remote = self._views.home, self._views.remote
        return {"home": home.settings.backend_id, "remote": remote.settings.backend_id}

    def _authoritative(self, terms: Terms) -> Side | None:
        """Return the side a user names as the one whose data stays, by its label or its system id."""
        asked = terms.authoritative_backend_id
        if asked is None:
            return None
        named = [side for side in OTHER if asked in {self._labels[side], self._views.core(side).known_system_id}]
        if len(named) == 1:
            return named[0]
        if named:
            raise Ambiguous(
                f"{asked!r} names both sides",
                happened=f"It is {' and '.join(f'a name of {side}' for side in named)}, by label or system id. What "
                "would happen: the data of the side you do not mean might be discarded.",
                left_behind="Nothing was changed.",
                next_step="Give each array a label of its own: backend_id of the provider and of replication_target.",
                attribute="authoritative_backend_id",
            )
        raise Refused(
            f"No side is called {asked!r}",
            happened=f"Home is {self._labels['home']!r}, the remote array {self._labels['remote']!r}. What would "
            "happen: the data of the side you do not mean might be discarded.",
            left_behind="Nothing was changed.",
            next_step="Write one of them, or the system id of an array that answers.",
            attribute="authoritative_backend_id",
        )

    def _too_much_lost(self, work: Work, problems: Mapping[str, DriverError]) -> dict[str, DriverError]:
        limit = work.terms.max_data_loss_s
        if limit is None or work.operation != "failover":
            return {}
        found: dict[str, DriverError] = {}
        for pair in work.pairs:
            if key_of(pair) in problems:
                continue
            loss_s = self._steps.loss_s(work, pair)
            if loss_s is None or loss_s > limit:
                found[key_of(pair)] = too_much_lost(pair, limit, loss_s, self._steps.lost(work, pair))
        return found

    # acting

    def _acted(self, work: Work, before: FailoverReport, run: Run) -> FailoverReport:
        run.total = len(work.pairs)
        run.awaiting = frozenset(key_of(pair) for pair in work.pairs if self._steps.calls(work, pair))
        ended: DriverError | None = None
        try:
            self._steps.act(work, run)
        except DriverError as error:
            ended = error
        run.at("looking where they are now")
        report = replace(before, members=(*before.members, *self._looked_at(work, run, ended)))
        if report.failed or (ended is not None and not is_all_told(work, run)):
            raise told(report, run, ended)
        return report

    def _looked_at(self, work: Work, run: Run, ended: DriverError | None) -> tuple[Member, ...]:
        """Return what became of each pair, by a last look; without one, nothing is called done."""
        self._views.forget_silence()
        try:
            now = {key: pair for pair in self._views.look(run.budget.for_a_look()).pairs for key in keys(pair)}
        except DriverError as error:
            return tuple(unseen(work, pair, run, ended or error) for pair in work.pairs)
        members = tuple(judged(work, pair, found_in(now, pair), run, ended) for pair in work.pairs)
        for pair, member in zip(work.pairs, members, strict=True):
            run.conclude(pair, member)
        return members
