"""A pair that somebody else brings where an operation wants it, while the operation goes on: told as theirs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from support.linked import Linked
from support.pair_rows import Hands, Pairing, XIVHands
from support.plugin_client import eventually
from terraform_provider_xivds8k.driver import DriverError, FailoverReport, Family, Member, Scope, member_lines

LISTS: dict[Family, str] = {"xiv": "mirror_list", "ds8k": "GET /cs/pprcs"}
BY_OTHERS = "was there by now: somebody else did it, or an earlier call"


@dataclass
class Both:
    """Be what two processes that switch the same pair end with; ``lines`` are what the slower one told on its way."""

    lines: list[str] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)

    @property
    def told(self) -> str:
        """Return what was told last of the pair itself."""
        return [line for line in self.lines if line.startswith(f"{self.members[0].name}: ")][-1]

    @property
    def reported(self) -> str:
        """Return how the report tells it."""
        report = FailoverReport(operation="switch", to="remote", dry_run=False)
        return member_lines(report, self.members[0])[0]


def switched_by_both(both: Linked, pairing: Pairing, nth: int) -> Both:
    """Switch a pair, and let another process do it while our nth look at home is held up."""
    both.fail("home", LISTS[both.family], "delay_before", nth=nth, seconds=1)
    found, scope = Both(), Scope(ids=(pairing.remote_id,))
    held = lambda: both.ask("GET", "/journal")[both.name("home")].get("held")  # noqa: E731
    with closing(both.another_driver()) as ours, closing(both.another_driver()) as theirs, ThreadPoolExecutor() as pool:
        switching = pool.submit(
            lambda: ours.failover_host(operation="switch", scope=scope, deadline=60, progress=found.lines.append)
        )
        eventually(held, "our look is held up")
        theirs.failover_host(operation="switch", scope=scope, deadline=60)
        found.members += switching.result().members
    return found


@pytest.mark.parametrize(("family", "nth"), [("xiv", 2), ("xiv", 3), ("ds8k", 2)])
def test_what_somebody_else_brought_there_is_told_as_theirs_on_the_way_and_in_the_end(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family, nth: int
) -> None:
    """Before our own look at it, or after that: nothing of ours was sent, and nothing failed."""
    both, hands = sites(family)
    found = switched_by_both(both, hands.make("a"), nth)
    (member,) = found.members
    assert (member.outcome, member.by_others, member.calls, member.after) == ("was there", True, (), 4)
    assert not [line for line in found.lines if "failed" in line]
    assert BY_OTHERS in found.told
    assert BY_OTHERS in found.reported
    assert "row 4" in found.reported


@pytest.fixture
def mirrored(sites: Callable[[Family], tuple[Linked, Hands]]) -> tuple[Linked, XIVHands, Pairing]:
    """Return a mirror of two XIVs, in step."""
    both, hands = sites("xiv")
    assert isinstance(hands, XIVHands)
    return both, hands, hands.make("a")


def test_what_stopped_is_not_called_failed_where_a_last_look_finds_it_done(
    mirrored: tuple[Linked, XIVHands, Pairing],
) -> None:
    """The new master refuses to copy, and somebody lets it."""
    both, hands, pairing = mirrored
    both.fail("remote", "mirror_activate", "error", code="ACCESS_DENIED")
    lines: list[str] = []

    def tell(line: str) -> None:
        if "stopped" in line:
            hands.away.does("mirror_activate", vol=pairing.volume.name)
            both.advance(5)
        lines.append(line)

    (member,) = both.driver.failover_host(
        operation="switch", scope=Scope(ids=(pairing.id,)), deadline=60, progress=tell
    ).members
    assert (member.outcome, member.by_others, member.after) == ("moved", False, 4)
    assert len(member.calls) == 2
    stopped, concluded = (line for line in lines if line.startswith(f"{member.name}: "))
    assert "stopped: " in stopped
    assert concluded == f"{member.name}: done, as a last look shows"


def test_what_was_told_as_done_is_told_otherwise_where_a_last_look_finds_it_elsewhere(
    mirrored: tuple[Linked, XIVHands, Pairing],
) -> None:
    """It was in step, and somebody stops the copying right after."""
    both, hands, pairing = mirrored
    lines: list[str] = []

    def tell(line: str) -> None:
        if ": done (" in line:
            hands.away.does("mirror_deactivate", vol=pairing.volume.name)
        lines.append(line)

    with pytest.raises(DriverError) as caught:
        both.driver.failover_host(operation="switch", scope=Scope(ids=(pairing.id,)), deadline=60, progress=tell)
    assert caught.value.report is not None
    (member,) = caught.value.report.members
    assert (member.outcome, member.after) == ("failed", 5)
    assert lines[-1] == f"{member.name}: failed after all: {member.problem}"
