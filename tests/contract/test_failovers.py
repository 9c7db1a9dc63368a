"""What holds for every move of pairs on both families: whom it asks, what stops it, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from support.linked import Linked
from support.pair_rows import Hands, Pairing, writes
from support.refusals import says_all
from terraform_provider_xivds8k.driver import (
    Ambiguous,
    BadCredentials,
    DriverError,
    FailoverReport,
    Family,
    Operation,
    Refused,
    Scope,
    Secret,
    Side,
    Terms,
    Unreachable,
    XIVDS8KDriver,
    report_lines,
)

LISTS: dict[Family, str] = {"xiv": "mirror_list", "ds8k": "GET /cs/pprcs"}
CODES: dict[Family, tuple[str, ...]] = {
    "xiv": ("INTERNAL_ERROR", "OPERATION_FORBIDDEN_FOR_USER_CATEGORY", "SERVER_NOT_RUNNING", "NEVER_HEARD_OF"),
    "ds8k": ("BE7A0031", "BE742001", "BE7A0001", "BE7A0029"),
}
FAILING = [(family, code) for family, codes in CODES.items() for code in codes]
ACCEPTED = Terms(force=True, accept_inconsistent=True)


@dataclass
class Scene:
    """Be two linked arrays, and whatever was done to them, undone at the end."""

    both: Linked
    hands: Hands
    stack: ExitStack

    def make(self, *labels: str, row: int = 1) -> Pairing:
        """Make a pair and bring it into a row."""
        pairing = self.hands.make(*labels)
        self.stack.callback(pairing.bring_back)
        if row != 1:
            self.hands.bring(pairing, row)
        self.both.driver.forget_recent()
        return pairing

    def driver(self, **settings: Any) -> XIVDS8KDriver:
        """Return a driver that has not asked anybody anything yet."""
        driver = self.both.another_driver(**settings)
        self.stack.callback(driver.close)
        return driver

    def break_listing(self, side: Side, code: str, nth: int = 1) -> None:
        """Let an array answer its listing with an error from the nth time on."""
        self.both.fail(side, LISTS[self.both.family], "error", code=code, nth=nth, times=1000)


@pytest.fixture
def scene(sites: Callable[[Family], tuple[Linked, Hands]], family: Family) -> Iterator[Scene]:
    """Return two linked arrays of the family."""
    both, hands = sites(family)
    with ExitStack() as stack:
        stack.callback(both.driver.forget_recent)
        stack.callback(both.set_link, "up")
        stack.callback(both.ask, "DELETE", "/faults")
        yield Scene(both, hands, stack)


def run(
    driver: XIVDS8KDriver, pairing: Pairing, operation: Operation = "failover", to: Side = "remote", **terms: Any
) -> FailoverReport:
    """Do an operation on one pair, named by its remote volume unless it is the remote array that is to be left."""
    one = pairing.remote_id if to == "remote" else pairing.id
    return driver.failover_host(operation=operation, to=to, scope=Scope(ids=(one,)), terms=Terms(**terms), deadline=60)


def row_of(scene: Scene, pairing: Pairing) -> int | None:
    """Return the row a pair is in now."""
    scene.both.driver.forget_recent()
    found = scene.both.driver.find_replication(pairing.id, remote_id=pairing.remote_id)
    return None if found is None else found.row


# an array that answers with an error


@pytest.mark.parametrize(("family", "code"), FAILING)
def test_whatever_home_answers_a_forced_failover_goes_on_and_one_without_force_says_so(scene: Scene, code: str) -> None:
    """With an error from the first look on: the reason is in the refusal and in the status."""
    pairing = scene.make("a")
    scene.both.set_link("down")
    scene.break_listing("home", code)
    driver = scene.driver()
    scene.both.forget_calls()
    with pytest.raises(Refused) as caught:
        run(driver, pairing, accept_inconsistent=True)
    says_all(caught.value, "force")
    assert (caught.value.attribute, writes(scene.both)) == ("force", [])
    assert code in str(caught.value)
    assert "force = true" in caught.value.next_step
    (status,) = driver.get_replication_status([pairing.remote_id])
    assert (status.row, "answers with an error" in status.home_says) == (7, True)
    assert code in status.home_says
    assert code in status.cause
    (member,) = run(driver, pairing, force=True, accept_inconsistent=True).members
    assert (member.outcome, member.serves) == ("moved", "remote")
    scene.both.write("remote", pairing.remote_id, "b")
    assert scene.both.read("remote", pairing.remote_id) == ["a", "b"]


@pytest.mark.parametrize("nth", [2, 3])
def test_a_home_that_breaks_down_in_the_middle_does_not_stop_a_forced_failover(scene: Scene, nth: int) -> None:
    pairing = scene.make("a")
    scene.both.set_link("down")
    scene.break_listing("home", CODES[scene.both.family][0], nth)
    (member,) = run(scene.driver(), pairing, force=True, accept_inconsistent=True).members
    assert member.outcome == "moved"
    scene.both.write("remote", pairing.remote_id, "b")


def test_a_home_that_refuses_the_sign_in_is_left_by_force_only(scene: Scene) -> None:
    pairing = scene.make("a")
    scene.both.set_link("down")
    driver = scene.driver(connection=replace(scene.both.settings.connection, password=Secret("wrong")))
    with pytest.raises(Refused, match="refused username or password") as caught:
        run(driver, pairing)
    assert caught.value.attribute == "force"
    (status,) = driver.get_replication_status([pairing.remote_id])
    assert "refused username or password" in status.home_says
    assert run(driver, pairing, force=True, accept_inconsistent=True).members[0].outcome == "moved"


def test_an_error_of_the_side_that_is_to_serve_is_one_and_status_shows_it_as_a_reason(scene: Scene) -> None:
    pairing = scene.make("a")
    code = CODES[scene.both.family][0]
    scene.break_listing("remote", code)
    driver = scene.driver()
    for terms in (Terms(), ACCEPTED):
        scene.both.forget_calls()
        with pytest.raises(DriverError, match=code) as caught:
            driver.failover_host(scope=Scope(ids=(pairing.id,)), terms=terms, deadline=60)
        assert (caught.value.code, writes(scene.both)) == (code, [])
    (status,) = driver.get_replication_status([pairing.id])
    assert status.row == 3
    assert code in status.remote_says
    assert code in status.cause


@pytest.mark.parametrize("operation", ["switch", "resync", "failback"])
def test_what_needs_both_sides_ends_with_the_error_of_either(scene: Scene, operation: Operation) -> None:
    pairing = scene.make("a", row={"switch": 1, "resync": 2, "failback": 4}[operation])
    code = CODES[scene.both.family][0]
    scene.break_listing("home", code)
    scene.both.forget_calls()
    with pytest.raises(DriverError, match="This is the home array") as caught:
        run(scene.driver(), pairing, operation, "home" if operation == "failback" else "remote", force=True)
    assert (caught.value.code, writes(scene.both)) == (code, [])


def test_where_both_arrays_fail_the_one_that_answers_is_named_first(scene: Scene) -> None:
    pairing = scene.make("a")
    scene.both.set_state("remote", "refuse")
    scene.stack.callback(scene.both.set_state, "remote", "up")
    driver = scene.driver(connection=replace(scene.both.settings.connection, password=Secret("wrong")))
    with pytest.raises(BadCredentials, match="The other array tells nothing either"):
        driver.get_replication_status([pairing.id])


def test_a_remote_array_that_refuses_the_sign_in_does_not_keep_a_home_volume_from_being_renamed(scene: Scene) -> None:
    pairing = scene.make("a")
    target = scene.both.settings.replication_target
    assert target is not None
    wrong = replace(target.connection, password=Secret("wrong"))
    driver = scene.driver(replication_target=replace(target, connection=wrong))
    new_name = f"{pairing.volume.name}_new"
    assert driver.rename_volume(volume_id=pairing.id, new_name=new_name).name == new_name


# an array that comes back


def test_a_home_that_comes_back_while_members_are_failed_over_is_seen_right_before_the_next(
    sites: Callable[[Family], tuple[Linked, Hands]],
) -> None:
    """The link is down, so nothing else tells; without force the second mirror is not promoted beside its master."""
    both, hands = sites("xiv")
    first, second = hands.make("a"), hands.make("b")
    both.set_link("down")
    first.kill("home")

    def back(line: str) -> None:
        if "(1 of 2)" in line:
            both.set_state("home", "up")

    try:
        scope = Scope(ids=(first.remote_id, second.remote_id))
        with pytest.raises(DriverError) as caught:
            both.driver.failover_host(scope=scope, progress=back, deadline=60)
        assert caught.value.report is not None
        assert [one.outcome for one in caught.value.report.members] == ["moved", "failed"]
        both.write("home", second.id, "c")
        with pytest.raises(ValueError, match="locked"):
            both.write("remote", second.remote_id, "d")
    finally:
        first.bring_back()


# whose data stays


def test_a_label_that_names_both_sides_is_refused_and_nothing_is_discarded(scene: Scene) -> None:
    """The same label twice, or home labelled with the other array's system id."""
    pairing = scene.make("a", row=12)
    for label in ("remote", str(scene.both.simulation.arrays[1]["system_id"])):
        scene.both.forget_calls()
        with pytest.raises(Ambiguous, match="names both sides") as caught:
            run(scene.driver(backend_id=label), pairing, "resync", authoritative_backend_id=label, io_stopped=True)
        says_all(caught.value, "backend_id")
        assert (caught.value.attribute, writes(scene.both)) == ("authoritative_backend_id", [])


# again


def test_a_forced_failover_of_which_one_member_failed_is_run_again_after_home_was_written(scene: Scene) -> None:
    """The one that was promoted has two sources then, and is there all the same; without force that is refused."""
    first, second = scene.make("a"), scene.make("b")
    (member,) = run(scene.both.driver, first, force=True).members
    assert member.outcome == "moved"
    scene.both.write("home", first.id, "late")
    scene.both.driver.forget_recent()
    scope = Scope(ids=(first.remote_id, second.remote_id))
    if row_of(scene, first) == 12:
        with pytest.raises(Refused):
            scene.both.driver.failover_host(scope=scope, deadline=60)
    report = scene.both.driver.failover_host(scope=scope, terms=ACCEPTED, deadline=60)
    assert [one.outcome for one in report.members] == ["was there", "moved"]
    again = scene.both.driver.failover_host(scope=scope, terms=ACCEPTED, deadline=60)
    assert [one.outcome for one in again.members] == ["was there", "was there"]


@pytest.mark.parametrize(("row", "copy", "source"), [(1, "remote", "default"), (4, "default", "remote")])
def test_a_resync_in_step_that_is_to_keep_the_copy_is_refused_and_not_called_done(
    scene: Scene, row: int, copy: str, source: str
) -> None:
    pairing = scene.make("a", row=row)
    scene.both.forget_calls()
    with pytest.raises(Refused, match="holds the copy") as caught:
        run(scene.both.driver, pairing, "resync", authoritative_backend_id=copy)
    says_all(caught.value, "authoritative_backend_id")
    assert (caught.value.attribute, writes(scene.both)) == ("authoritative_backend_id", [])
    (member,) = run(scene.both.driver, pairing, "resync", authoritative_backend_id=source).members
    assert member.outcome == "was there"


# what an id means


def test_an_id_of_home_that_is_in_no_pair_does_not_move_the_pair_whose_remote_volume_bears_it(
    sites: Callable[[Family], tuple[Linked, Hands]],
) -> None:
    """Two DS8000s have volumes of the same ids."""
    both, hands = sites("ds8k")
    pairing = hands.make("a")
    alone = both.volume(lss=pairing.remote_id[:2])
    while alone.id < pairing.remote_id:
        alone = both.volume(lss=pairing.remote_id[:2])
    assert alone.id == pairing.remote_id
    remote_system = both.simulation.arrays[1]["system_id"]
    for dry_run in (True, False):
        both.forget_calls()
        with pytest.raises(Ambiguous, match=f"{remote_system}/{alone.id}"):
            run(both.driver, pairing, force=True, dry_run=dry_run)
        assert writes(both) == []
    scope, terms = Scope(ids=(f"{remote_system}/{alone.id}",)), Terms(force=True, dry_run=True)
    (member,) = both.driver.failover_host(scope=scope, terms=terms, deadline=60).members
    assert (member.id, member.outcome) == (pairing.id, "would move")


def test_while_home_never_told_which_array_it_is_an_id_of_home_is_not_taken(
    sites: Callable[[Family], tuple[Linked, Hands]],
) -> None:
    """The remote array's own id, or one with the system, is."""
    both, hands = sites("ds8k")
    pairing = hands.make("a")
    both.set_link("down")
    pairing.kill("home")
    driver = both.another_driver()
    home_system = both.simulation.arrays[0]["system_id"]
    try:
        terms = Terms(dry_run=True)
        with pytest.raises(Ambiguous, match=f"{home_system}/{pairing.id}"):
            driver.failover_host(scope=Scope(ids=(pairing.id,)), terms=terms, deadline=60)
        with pytest.raises(Unreachable):
            driver.find_replication(pairing.id)
        found = driver.find_replication(pairing.id, remote_id=pairing.remote_id)
        assert found is not None
        for text in (f"{home_system}/{pairing.id}", pairing.remote_id):
            (member,) = driver.failover_host(scope=Scope(ids=(text,)), terms=terms, deadline=60).members
            assert (member.remote_id, member.outcome) == (pairing.remote_id, "would move")
    finally:
        driver.close()
        pairing.bring_back()


# what the provider's mode and a freeze forbid


def test_a_freeze_is_of_both_arrays(scene: Scene) -> None:
    driver = scene.driver()
    driver.freeze_backend()
    scene.both.forget_calls()
    for one in (driver, driver.remote):
        with pytest.raises(Refused, match="frozen"):
            one.create_volume(name="frozen", pool=scene.both.pool, size_bytes=2**30)
    assert writes(scene.both) == []
    driver.thaw_backend()
    driver.remote.delete_volume(
        volume_id=driver.remote.create_volume(
            name=f"thawed_{scene.both.family}", pool=scene.both.pool, size_bytes=2**30
        ).id
    )


def test_no_destroy_lets_no_pair_be_taken_apart_by_a_change_or_a_growth(scene: Scene) -> None:
    """On an XIV a change of the mode makes a mirror anew, a DS8000 that grows nothing in a pair its pair."""
    pairing = scene.make("a")
    both, driver = scene.both, scene.driver(mode="no_destroy")
    both.forget_calls()
    if both.family == "xiv":
        with pytest.raises(Refused, match="no_destroy") as caught:
            driver.change_replication(replication_id=pairing.id, mode="async", rpo_s=60, allow_full_resync=True)
        assert writes(both) == []
    else:
        with pytest.raises(Refused, match="no_destroy") as caught:
            driver.extend_volume(volume_id=pairing.id, size_bytes=2 * 2**30, allow_full_resync=True)
        assert not [one for one in writes(both) if "delete" in one]
    assert caught.value.attribute == "mode"
    assert row_of(scene, pairing) == 1


@pytest.mark.parametrize("operation", ["resync", "failback"])
def test_what_tells_which_side_was_written_last_is_in_the_dry_run_and_in_the_report(
    scene: Scene, operation: Operation
) -> None:
    """Also once it was said whose data stays, for a last thought."""
    pairing = scene.make("a", row=10)
    scene.both.write("remote", pairing.remote_id, "b")
    to: Side = "home" if operation == "failback" else "remote"
    terms = {"authoritative_backend_id": "remote", "io_stopped": True}
    dry = run(scene.both.driver, pairing, operation, to, dry_run=True, **terms)
    done = run(scene.both.driver, pairing, operation, to, **terms)
    for report in (dry, done):
        (member,) = report.members
        assert "at home no host is logged in" in member.evidence
        assert "at remote no host is logged in" in member.evidence
        assert f"  seen before: {member.evidence}" in report_lines(report)
    assert done.members[0].outcome == "moved"


def test_what_could_not_be_looked_at_afterwards_is_not_told_as_where_it_was(scene: Scene) -> None:
    """The roles are switched by then: hosts of the side that served before must not be told to go on."""
    pairing = scene.make("a")

    def die(line: str) -> None:
        if "(1 of 1)" in line:
            pairing.kill("home")
            pairing.kill("remote")

    scope = Scope(ids=(f"{scene.both.driver.system_id()}/{pairing.id}",))
    with pytest.raises(DriverError) as failed:
        scene.both.driver.failover_host(
            operation="switch", scope=scope, terms=Terms(io_stopped=True), deadline=60, progress=die
        )
    assert failed.value.report is not None
    (member,) = failed.value.report.members
    assert (member.outcome, member.after, member.serves) == ("failed", None, None)
    told = "\n".join([str(failed.value), *report_lines(failed.value.report)])
    assert "Neither array answers" in told
    assert "serving now: not known" in told
    assert all(call in member.problem for call in member.calls)
    assert "Nothing was" not in member.problem
    pairing.bring_back()
    (status,) = scene.both.driver.get_replication_status([*scope.ids])
    assert (status.row, status.serves) == (4, "remote")
