"""Hundreds of pairs: how they stand, and moving them, costs calls that do not grow with them; silence is never long."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from support.linked import Linked
from support.mirroring import facts, join
from support.pair_rows import DS8KHands, XIVHands, writes
from support.rest_console import Console
from terraform_provider_xivds8k.driver import DriverError, Family, Refused, Scope, Terms

Sites = Callable[[Family], tuple[Linked, DS8KHands | XIVHands]]
FEW, MANY = {"xiv": 10, "ds8k": 50}, {"xiv": 60, "ds8k": 500}
STATUS_CALLS, REFRESH_CALLS, MOST_CALLS = 6, 24, 40
MOST_SILENT_S = 5.0
LSS = ("20", "22")
FULL = 250


@pytest.fixture(params=["xiv", "ds8k"])
def family(request: pytest.FixtureRequest) -> Family:
    """Return each family in turn."""
    found: Family = request.param
    return found


def make_pairs(hands: DS8KHands | XIVHands, number: int, first: int = 0) -> list[str]:
    """Make pairs of new volumes by plain commands; return home's names or ids."""
    if isinstance(hands, XIVHands):
        names = [f"many{one:03d}" for one in range(first, first + number)]
        for name in names:
            hands.home.does("vol_create", vol=name, size=17, pool="pool1")
            hands.mirror(name)
        return names
    made: list[str] = []
    for lss in LSS:
        part = min(number - len(made), FULL - len(_in_lss(hands.home, lss)))
        made += _ds8k_pairs(hands, lss, part) if part > 0 else []
    assert len(made) == number
    return made


def _ds8k_pairs(hands: DS8KHands, lss: str, number: int) -> list[str]:
    ids = []
    for console in (hands.home, hands.away):
        order = {"name": "many", "quantity": str(number), "pool": "P0", "cap": "1", "captype": "gib", "lss": lss}
        before = _in_lss(console, lss)
        console.ask("POST", "/volumes", {**order, "stgtype": "fb", "tp": "ese"})
        ids.append(sorted(_in_lss(console, lss) - before))
        assert len(ids[-1]) == number
    for one, other in ((hands.home, hands.away), (hands.away, hands.home)):
        join(one, other, lss, lss)  # refused where there is one
    systems = [facts(console)[0] for console in (hands.home, hands.away)]
    ends = [
        {
            "source_volume": source, "source_system_id": systems[0],
            "target_volume": target, "target_system_id": systems[1],
        }
        for source, target in zip(*ids, strict=True)
    ]  # fmt: skip
    options = ["permit_space_efficient_target"]
    made = hands.home.ask("POST", "/cs/pprcs", {"volume_pairs": ends, "type": "metro_mirror", "options": options})
    assert not made.refused, made.body
    return ids[0]


def _in_lss(console: Console, lss: str) -> set[str]:
    seen = console.ask("GET", f"/lss/{lss}/volumes")
    return set() if seen.refused else {record["id"] for record in seen.records}


def have_pairs(both: Linked, hands: DS8KHands | XIVHands, number: int, *, in_step: bool = False) -> None:
    """Have so many pairs at the least, or so many in step: others may have been failed over before."""
    there = len([pair for pair in both.driver.list_replications() if pair.row == 1 or not in_step])
    if there < number:
        make_pairs(hands, number - there, first=there)
    both.advance(60)


def calls_of(both: Linked, ask: Callable[[], object]) -> int:
    """Return how many calls asking costs on both arrays together."""
    both.driver.forget_recent()
    both.forget_calls()
    ask()
    return sum(both.calls("home").values()) + sum(both.calls("remote").values())


def test_how_pairs_stand_is_told_in_the_same_calls_however_many_there_are(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    driver = both.driver

    def refresh() -> None:
        for pair in driver.list_replications():
            found = driver.find_recent_replication(pair.id or "")
            assert found is not None
            assert driver.describe_replication(found).id == pair.id

    for number in (FEW[family], MANY[family]):
        have_pairs(both, hands, number)
        driver.get_replication_status()  # which arrays they are is asked once
        assert len(driver.get_replication_status()) >= number
        assert calls_of(both, driver.get_replication_status) <= STATUS_CALLS
        assert calls_of(both, refresh) <= REFRESH_CALLS


def test_what_all_of_many_are_refused_for_is_told_once_with_a_few_of_them_by_name(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    if family == "xiv":
        have_pairs(both, hands, FEW[family] + 1, in_step=True)
    else:
        for _ in range(FEW["xiv"] + 1):  # in LSSs of their own, of which the others leave nothing
            hands.make()
    pairs = [pair for pair in both.driver.list_replications() if pair.row == 1]
    with pytest.raises(Refused, match="not possible in row 1") as caught:
        both.driver.failover_host(scope=Scope(ids=tuple(pair.remote_id or "" for pair in pairs)), deadline=60)
    assert f"refused for {len(pairs)} of {len(pairs)} replications" in caught.value.summary
    assert f" and {len(pairs) - 10} more. Home says: " in caught.value.happened
    assert f"{caught.value}".count("force = true") == 1
    assert [refusal.names for refusal in caught.value.refusals] == [tuple(pair.name for pair in pairs)]


@pytest.mark.parametrize("family", ["ds8k"])
def test_hundreds_of_volumes_fail_over_in_a_few_calls_and_the_second_time_in_none_that_writes(
    sites: Sites, family: Family
) -> None:
    both, hands = sites(family)
    have_pairs(both, hands, MANY[family], in_step=True)
    ids = tuple(pair.remote_id or "" for pair in both.driver.list_replications() if pair.row == 1)
    assert len(ids) >= MANY[family]
    told = _Told()
    both.set_state("home", "refuse")
    both.set_link("down")
    try:
        both.forget_calls()
        report = both.driver.failover_host(scope=Scope(ids=ids), progress=told, deadline=300)
        assert sum(both.calls("remote").values()) <= MOST_CALLS, both.calls("remote")
        assert {member.outcome for member in report.members} == {"moved"}
        assert told.longest_silence_s <= MOST_SILENT_S
        assert sum(": done" in line for line in told.lines) == len(ids)
        both.forget_calls()
        again = both.driver.failover_host(scope=Scope(ids=ids), deadline=300)
        assert {member.outcome for member in again.members} == {"was there"}
        assert writes(both) == []
    finally:
        both.set_state("home", "up")
        both.set_link("up")
        both.driver.forget_recent()


SLOW_S = 5.5


def test_a_user_hears_of_it_every_few_seconds_while_arrays_are_slow(sites: Sites, family: Family) -> None:
    """While it is found out that home is dead, while the remote array takes its time, and at the last look."""
    both, hands = sites(family)
    pairing = hands.make("a")
    pairing.dead.append("home")
    both.set_state("home", "hang" if family == "xiv" else "refuse")
    both.set_link("down")
    command = {"xiv": "mirror_change_role", "ds8k": "POST /cs/pprcs"}[family]
    both.fail("remote", command, "delay_before", seconds=SLOW_S)
    driver = both.another_driver(request_timeout_s=SLOW_S + 1)
    told = _Told()
    try:
        report = driver.failover_host(scope=Scope(ids=(pairing.remote_id,)), progress=told, deadline=120)
    finally:
        driver.close()
        pairing.bring_back()
    assert [member.outcome for member in report.members] == ["moved"]
    assert told.lasted_s >= SLOW_S
    assert told.longest_silence_s <= MOST_SILENT_S, told.lines


@pytest.mark.parametrize("family", ["xiv"])
def test_one_array_that_hangs_is_waited_for_once_however_many_pairs_there_are(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    ids = [hands.make().remote_id for _ in range(3)]
    driver = both.another_driver(request_timeout_s=1)
    both.set_state("home", "hang")
    began = time.monotonic()
    try:
        with pytest.raises(DriverError) as caught:  # the link is alive
            driver.failover_host(scope=Scope(ids=tuple(ids)), terms=Terms(dry_run=True), deadline=60)
        assert caught.value.attribute == "force"
        first_s = time.monotonic() - began
        for one in ids:
            (status,) = driver.get_replication_status([one])
            assert status.row == 7
            found = driver.find_replication("FFFF", remote_id=one)
            assert found is not None
            assert found.row == 7
        assert time.monotonic() - began < 4 * first_s  # seven looks
    finally:
        both.set_state("home", "up")
        driver.close()
        both.driver.forget_recent()


class _Told:
    """Keep the lines of progress, and how long nobody said anything."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.longest_silence_s = 0.0
        self._began = self._last = time.monotonic()

    def __call__(self, line: str) -> None:
        now = time.monotonic()
        self.longest_silence_s = max(self.longest_silence_s, now - self._last)
        self._last = now
        self.lines.append(line)

    @property
    def lasted_s(self) -> float:
        """Return how long it took until the last line."""
        return self._last - self._began
