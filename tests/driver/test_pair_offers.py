"""What is offered of a pair is what goes: in every row, both families, all modes and directions; pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from terraform_provider_xivds8k.driver import (
    Connection,
    Family,
    Half,
    Offer,
    Operation,
    Pair,
    Refused,
    ReplicationMode,
    ReplicationTarget,
    Secret,
    Settings,
    Side,
    Terms,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.driver.flows.failovers import Failovers
from terraform_provider_xivds8k.driver.flows.mirror_checks import MirrorChecks, _movement
from terraform_provider_xivds8k.driver.flows.mirror_deeds import Seen
from terraform_provider_xivds8k.driver.flows.mirror_ends import MirrorEnds
from terraform_provider_xivds8k.driver.flows.mirror_steps import MirrorSteps
from terraform_provider_xivds8k.driver.flows.pair_descriptions import status_of
from terraform_provider_xivds8k.driver.flows.pair_goals import is_there
from terraform_provider_xivds8k.driver.flows.pair_offers import offers_of
from terraform_provider_xivds8k.driver.flows.pair_work import Work, key_of
from terraform_provider_xivds8k.driver.flows.pprc_checks import inconsistent, is_inconsistent
from terraform_provider_xivds8k.driver.flows.pprc_steps import PprcSteps
from terraform_provider_xivds8k.driver.pairing import BOTH_WRITABLE, STATES, paired

FAMILIES: tuple[Family, ...] = ("xiv", "ds8k")
ASKED: tuple[tuple[Operation, Side], ...] = (
    ("switch", "remote"), ("switch", "home"), ("failover", "remote"), ("failover", "home"), ("resync", "remote"),
    ("resync", "home"), ("failback", "home"),
)  # fmt: skip
LABELS = {"home": "default", "remote": "remote"}
NONE = Terms(io_stopped=True)  # who may write is looked up
EVERYTHING = replace(NONE, force=True, accept_inconsistent=True)


@dataclass(frozen=True)
class Judge:
    """Tell whether an operation goes, as far as that is known from what both arrays list."""

    driver: XIVDS8KDriver

    def accepts(self, operation: Operation, to: Side, pair: Pair, terms: Terms) -> bool:
        """Ask what decides: of both families together, and of this one."""
        views = self.driver._views
        is_xiv = self.driver.settings.family == "xiv"
        try:
            kept = Failovers(views, MirrorSteps(views) if is_xiv else PprcSteps(views))._keeps(
                operation, to, terms, pair
            )
            work = Work(operation, to, terms, (pair,), {key_of(pair): kept})
            if is_xiv and operation == "failover":
                MirrorChecks(MirrorEnds(views), Seen())._promotion(work, pair, ())
            elif is_xiv:
                _movement(work, pair, {"home": {}, "remote": {}})
            elif operation == "failover" and not terms.accept_inconsistent and (why := inconsistent(pair, to)):
                raise is_inconsistent(pair, why)
        except Refused:
            return False
        return True


@pytest.fixture(params=FAMILIES)
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Return who decides for a family; no array is asked."""
    connection = Connection(endpoints=("127.0.0.1:1",), username="u", password=Secret("p"), insecure=True)
    settings = Settings(
        family=request.param, connection=connection, replication_target=ReplicationTarget(connection=connection)
    )
    with closing(XIVDS8KDriver(settings)) as driver:
        yield Judge(driver)


def half(side: Side, **told: Any) -> Half:
    """Return what one array tells."""
    own, peer = ("1000", "1200") if side == "home" else ("1200", "1000")
    system, other = ("H", "R") if side == "home" else ("R", "H")
    common: dict[str, Any] = {"subject": "volume", "id": own, "name": own, "system_id": system, "key": system}
    return Half(**common, peer=peer, peer_key=other, words="told", **told)


def of_xiv(side: Side, mode: ReplicationMode, *, linked: bool | None) -> list[Half]:
    """Return all an XIV may tell of its half."""
    found = [
        half(side, role=role, mode=mode, standing=standing, in_step=in_step, is_linked=linked)
        for role in ("source", "target")
        for standing in ("active", "hindered", "inactive")
        for in_step in (True, False)
    ]
    first = {"mode": mode, "standing": "active", "in_step": False, "is_linked": linked, "is_initial": True}
    return [*found, *(half(side, role=role, **first) for role in ("source", "target"))]


def of_ds8k(side: Side, mode: ReplicationMode) -> list[Half]:
    """Return all a DS8000 may tell of its half."""
    return [
        half(side, role=role, mode=mode, standing=standing, in_step=in_step, pair_id=f"{side}:{role}")
        for role in ("source", "target")
        for standing, in_step in (("active", True), ("active", False), ("inactive", False))
    ]


def pairs_of(homes: list[Half], remotes: list[Half]) -> Iterator[Pair]:
    """Return every pair that two arrays may have, one of which may not answer, or answer with an error."""
    ours: list[tuple[Half, ...] | None] = [None, (), *((one,) for one in homes)]
    theirs: list[tuple[Half, ...] | None] = [None, (), *((one,) for one in remotes)]
    for home, remote in itertools.product(ours, theirs):
        if home or remote:
            try:
                found = paired("volume", home, remote)
            except ValueError:  # the one that does not answer may have the pair
                continue
            if found.row in BOTH_WRITABLE and any(one.is_initial for one in (*(home or ()), *(remote or ()))):
                continue  # no array promotes what is being copied for the first time
            yield found
            if home is None or remote is None:
                yield replace(found, is_alive=True, unread="an error")


def pairs(family: Family) -> Iterator[Pair]:
    """Return every pair a family may show, in all modes."""
    if family == "xiv":
        modes: tuple[ReplicationMode, ...] = ("sync", "async")
        for mode, linked in itertools.product(modes, (True, False, None)):
            yield from pairs_of(of_xiv("home", mode, linked=linked), of_xiv("remote", mode, linked=linked))
    else:
        kinds: tuple[ReplicationMode, ...] = ("metro_mirror", "global_copy")
        for here, there in itertools.product(kinds, kinds):  # home may not know yet
            yield from pairs_of(of_ds8k("home", here), of_ds8k("remote", there))


def offer(pair: Pair, operation: Operation, to: Side) -> Offer | None:
    """Return what is offered of an operation in a direction."""
    fitting = [one for one in offers_of(pair) if one.operation == operation and one.to in {None, to}]
    assert len(fitting) <= 1
    return fitting[0] if fitting else None


def terms_for(one: Offer, to: Side) -> list[Terms]:
    """Return what is said with an offer: whose data stays is either side's, of a failover the one that is to serve."""
    said = replace(NONE, force="force" in one.needs, accept_inconsistent="accept_inconsistent" in one.needs)
    if "authoritative_backend_id" not in one.needs:
        return [said]
    sides: tuple[Side, ...] = (to,) if one.operation == "failover" else ("home", "remote")
    return [replace(said, authoritative_backend_id=LABELS[side]) for side in sides]


def without_one(said: Terms, one: Offer) -> list[Terms]:
    """Return the same with one thing left unsaid."""
    unsaid: dict[str, Any] = {"force": False, "accept_inconsistent": False, "authoritative_backend_id": None}
    return [replace(said, **{need: unsaid[need]}) for need in one.needs]


def test_what_is_offered_goes_with_what_it_needs_and_no_less_and_what_is_not_is_refused(judge: Judge) -> None:
    seen = set()
    for pair in pairs(judge.driver.settings.family):
        for operation, to in ASKED:
            found = offer(pair, operation, to)
            case = f"{operation} to {to} in row {pair.row}: {pair.home}; {pair.remote}; offered: {found}"
            if found is None:
                for terms in (
                    NONE,
                    EVERYTHING,
                    *(replace(EVERYTHING, authoritative_backend_id=LABELS[side]) for side in LABELS),
                ):
                    if not is_there(operation, to, terms, pair):
                        assert not judge.accepts(operation, to, pair, terms), case
                continue
            seen.add(pair.row)
            assert not is_there(operation, to, NONE, pair), case
            for terms in terms_for(found, to):
                assert judge.accepts(operation, to, pair, terms), case
                assert not any(judge.accepts(operation, to, pair, less) for less in without_one(terms, found)), case
    assert seen == {1, 2, 4, 5, 6, 7, 10, 11, 12, 13}


ROWS: dict[int, tuple[str, ...]] = {  # of a mirror or Metro Mirror whose link is up, and where one is silent, down
    1: ("switch (to remote)", "failover (to remote, force)"),
    2: ("switch (to home)", "failover (to remote, force)", "resync", "failback"),
    4: ("switch (to home)", "failback"),
    5: ("switch (to remote)", "resync", "failback"),
    6: ("failover (to home)",),
    7: ("failover (to remote)",),
    10: ("resync (authoritative-backend-id)", "failback (authoritative-backend-id)"),
    11: ("resync (authoritative-backend-id)", "failback (authoritative-backend-id)"),
    12: ("resync (authoritative-backend-id)",),
    13: (
        "failover (to remote, authoritative-backend-id)",
        "failover (to home, authoritative-backend-id)",
    ),
}


@pytest.mark.parametrize("row", STATES)
def test_each_row_offers_what_the_table_has_with_its_direction(row: int) -> None:
    for family in FAMILIES:
        plain = [pair for pair in pairs(family) if pair.row == row and _is_plain(pair)]
        assert {tuple(map(str, offers_of(pair))) for pair in plain} == ({ROWS.get(row, ())} if plain else set())
        assert plain or row in {15, 16}


def _is_plain(pair: Pair) -> bool:
    """Tell whether nothing is special: one mode, each copy complete, the link down where one of them is."""
    halves = [one for one in (pair.home, pair.remote) if one is not None]
    is_metro = {one.mode for one in halves} in ({"sync"}, {"async"}, {"metro_mirror"})
    copies = [one for one in halves if one.role == "target"]
    is_silent = not (pair.home_answers and pair.remote_answers)
    linked = {one.is_linked for one in halves} <= ({False, None} if is_silent else {True, None})
    mixed = any(not one.in_step for one in copies) or any(one.is_initial for one in halves)
    unwritten = pair.row in {10, 11} and any(one.in_step and one.pair_id for one in halves)
    return is_metro and linked and not mixed and not unwritten and not pair.is_alive


def test_a_broken_switch_of_a_ds8000_goes_on_where_nothing_was_written_since() -> None:
    """And of a Global Copy that was paused for one, in both directions."""
    home = half("home", role="source", mode="metro_mirror", standing="active", in_step=True, pair_id="a")
    remote = half("remote", role="source", mode="metro_mirror", standing="inactive", in_step=False, pair_id="b")
    assert next(map(str, offers_of(paired("volume", (home,), (remote,))))) == "switch (to remote)"
    copied: dict[str, Any] = {"mode": "global_copy", "pair_id": "a"}
    paused = half("home", role="source", standing="inactive", in_step=False, **copied)
    target = half("remote", role="target", standing="active", in_step=True, **copied)
    offered = list(map(str, offers_of(paired("volume", (paused,), (target,)))))
    assert offered[:2] == ["switch (to remote)", "switch (to home)"]


def test_a_member_of_a_mirrored_group_is_offered_nothing_of_its_own() -> None:
    home = half("home", role="source", mode="sync", standing="active", in_step=True, group="g")
    remote = half("remote", role="target", mode="sync", standing="active", in_step=True, group="g")
    status = status_of(paired("volume", (home,), (remote,)))
    assert (status.offers, status.operations, status.group) == ((), (), "g")
