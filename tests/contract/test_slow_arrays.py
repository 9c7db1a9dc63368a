"""An array that answers late is no dead one: home is left by force only, and the side to be kept is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from support.linked import Linked
from support.pair_rows import Hands, Pairing, writes
from support.refusals import says_all
from terraform_provider_xivds8k.driver import Family, Refused, Scope, Side, Terms, XIVDS8KDriver
from terraform_provider_xivds8k.driver.flows.failovers import Asked
from terraform_provider_xivds8k.driver.flows.pair_patience import Patience
from terraform_provider_xivds8k.driver.flows.pair_views import PairViews
from terraform_provider_xivds8k.driver.operations.replication import _failovers

BRIEF = Patience(look_s=2.0, knock_s=0.5)
LATE_S = 3.0
IMPATIENT = Patience(look_s=0.2)
A_LITTLE_LATE_S = 0.4
LISTS: dict[Family, str] = {"xiv": "mirror_list", "ds8k": "GET /cs/pprcs"}
LISTS_LAST: dict[Family, str] = {"xiv": "vol_list", "ds8k": "GET /cs/pprcs"}
SIGNS_IN: dict[Family, str] = {"xiv": "config_get", "ds8k": "POST /tokens"}
SAYS_WHICH: dict[Family, str] = {"xiv": "config_get", "ds8k": "GET /systems"}
SLOW = "It answers, and did not tell of its pairs"
PASSIVE = "It answered, and then could not be asked for its pairs"


@dataclass
class Late:
    """Be two linked arrays, of which one may be late, and a pair of theirs."""

    both: Linked
    pairing: Pairing
    stack: ExitStack

    def driver(self, **settings: Any) -> XIVDS8KDriver:
        """Return a driver that has not asked anybody anything yet."""
        driver = self.both.another_driver(**settings)
        self.stack.callback(driver.close)
        return driver

    def delay(self, side: Side, command: str, seconds: float, times: int = 1000) -> None:
        """Let a command of an array be answered late from now on."""
        self.both.fail(side, command, "delay_before", seconds=seconds, times=times)

    def fail_over(self, driver: XIVDS8KDriver, patience: Patience) -> str:
        """Fail over; return what became of the pair."""
        views = PairViews(driver._core, driver.remote._core, patience=patience)
        scope = Scope(ids=(self.pairing.remote_id,))
        asked = Asked(operation="failover", to="remote", scope=scope, terms=Terms(accept_inconsistent=True))
        (member,) = _failovers(views, asked).run(asked, driver._core.budget(60), lambda _: None).members
        return member.outcome


@pytest.fixture
def late(sites: Callable[[Family], tuple[Linked, Hands]], family: Family) -> Iterator[Late]:
    """Return them while nothing gets through between the arrays, so that nothing else tells that home is alive."""
    both, hands = sites(family)
    with ExitStack() as stack:
        stack.callback(both.driver.forget_recent)
        pairing = hands.make("a")
        pairing.dead.append("home")
        stack.callback(pairing.bring_back)
        both.set_link("down")
        stack.callback(both.set_link, "up")
        stack.callback(both.ask, "DELETE", "/faults")
        yield Late(both, pairing, stack)


def _refused(late: Late, driver: XIVDS8KDriver, said: str = SLOW) -> None:
    """Make sure that home is known to be alive, and left by force only."""
    late.both.forget_calls()
    with pytest.raises(Refused, match=said) as refused:
        late.fail_over(driver, BRIEF)
    says_all(refused.value, "force")
    assert refused.value.attribute == "force"
    assert writes(late.both) == []


def test_a_home_that_signs_in_and_is_late_with_its_pairs_is_left_by_force_only(late: Late, family: Family) -> None:
    """What it answered in the same look proves that it is alive, and that its hosts may write."""
    late.delay("home", LISTS_LAST[family], LATE_S)
    _refused(late, late.driver())


def test_a_home_that_was_signed_in_to_before_is_asked_something_else_beside(late: Late, family: Family) -> None:
    """Nothing of the look itself is answered: another question is, and that proves it."""
    driver = late.driver()
    assert driver.find_replication(late.pairing.id, remote_id=late.pairing.remote_id) is not None
    late.delay("home", LISTS[family], LATE_S)
    _refused(late, driver)


def test_a_home_all_of_whose_connections_wait_for_it_is_asked_on_another_one(late: Late, family: Family) -> None:
    """Where every connection it may have is taken, whether it is alive is asked all the same, while there is time."""
    driver = late.driver(max_sessions=1)
    assert driver.find_replication(late.pairing.id, remote_id=late.pairing.remote_id) is not None
    late.delay("home", LISTS[family], LATE_S)
    late.delay("home", SAYS_WHICH[family], A_LITTLE_LATE_S)  # too much for what is sent when the look ends
    look = PairViews(driver._core, driver.remote._core, patience=BRIEF).look(driver._core.budget(60))
    (pair,) = (one for one in look.pairs if one.remote_id == late.pairing.remote_id)
    assert look.home is None
    assert pair.is_alive, pair.unread
    assert SLOW in pair.unread


@pytest.mark.parametrize("family", ["xiv"])
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "signed in to before"])
def test_a_home_that_is_reached_by_its_passive_manager_is_left_by_force_only(late: Late, *, is_new: bool) -> None:
    """That manager does nothing for anybody, and proves that the array is alive."""
    driver = late.driver()
    if not is_new:
        assert driver.find_replication(late.pairing.id, remote_id=late.pairing.remote_id) is not None
    for command in ("config_get", "mirror_list", "vol_list", "target_list", "state_list"):
        late.both.fail("home", command, "error", code="COMMAND_ON_PASSIVE_MANAGER", times=1000)
    _refused(late, driver, PASSIVE)


def test_a_remote_array_that_is_late_is_waited_for_and_failed_over_to(late: Late, family: Family) -> None:
    """It is what is kept: it has as long as the whole failover, also for the sign-in."""
    driver = late.driver()
    late.both.set_state("home", "refuse")
    late.stack.callback(late.both.set_state, "home", "up")
    for command in (SIGNS_IN[family], LISTS[family]):
        late.delay("remote", command, A_LITTLE_LATE_S, times=1)
    assert late.fail_over(driver, IMPATIENT) == "moved"


def test_a_home_that_hangs_altogether_is_dead_as_soon_as_ever(late: Late) -> None:
    """Nothing comes from it, whatever it is asked: the failover needs no force."""
    driver = late.driver()
    assert driver.find_replication(late.pairing.id, remote_id=late.pairing.remote_id) is not None
    late.both.set_state("home", "hang")
    late.stack.callback(late.both.set_state, "home", "up")
    assert late.fail_over(driver, BRIEF) == "moved"
