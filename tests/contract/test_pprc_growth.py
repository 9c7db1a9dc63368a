"""Growth of a volume in a PPRC pair: in place where the array does that, else with a pair taken apart and made anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from support.linked import GIB
from support.pprc_stage import Stage
from support.refusals import says_all
from terraform_provider_xivds8k.driver import DriverError, InUse, NoSpace, Refused, Replication, ReplicationMode, Side
from terraform_provider_xivds8k.driver.flows.pprc_bulk import ends_of
from terraform_provider_xivds8k.driver.flows.pprc_setup import PprcSetup

MOST_GIB = 4096


def sizes(stage: Stage, home_id: str, remote_id: str) -> tuple[int, int]:
    """Return how large both volumes are, in GiB."""
    here, there = stage.driver.find_volume(home_id), stage.driver.remote.find_volume(remote_id)
    assert here is not None
    assert there is not None
    return here.size_bytes // GIB, there.size_bytes // GIB


def test_an_array_that_grows_pairs_in_place_keeps_the_pair(stage: Stage, mode: ReplicationMode) -> None:
    """The target grows first, then the source; the pair never ends, and nothing needs to be allowed."""
    stage.two.turn("pprc_growth_refused", on=False)
    made = stage.replicated("a", mode=mode)
    stage.two.forget_calls()
    for _ in range(2):
        grown = stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB)
        assert grown.size_bytes == 2 * GIB
    assert sizes(stage, made.id, made.remote_id) == (2, 2)
    assert stage.row(made) == 1
    for side in ("home", "remote"):
        assert set(stage.posts(side)) == {"PUT /volumes/{id}"}
        assert stage.posts(side)["PUT /volumes/{id}"] == 1


def test_growth_that_needs_a_full_copy_is_refused_until_allowed(stage: Stage, mode: ReplicationMode) -> None:
    """The refusal says what would happen, and names allow_full_resync; nothing was changed."""
    made = stage.replicated("a", mode=mode)
    with pytest.raises(Refused, match="copied again") as refused:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB)
    says_all(refused.value, "allow_full_resync")
    assert refused.value.attribute == "allow_full_resync"
    assert sizes(stage, made.id, made.remote_id) == (1, 1)
    assert stage.row(made) == 1


def test_allowed_growth_takes_the_pair_apart_and_copies_onto_the_same_volume(
    stage: Stage, mode: ReplicationMode
) -> None:
    """Both volumes grow, the pair is of the same two volumes and mode, and the time without one is told."""
    made = stage.replicated("a", mode=mode)
    told: list[str] = []
    for _ in range(2):
        stage.driver.extend_volume(
            volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True, progress=told.append, deadline=30
        )
    stage.two.write("home", made.id, "b")
    stage.two.advance(5)
    assert sizes(stage, made.id, made.remote_id) == (2, 2)
    assert (stage.row(made), stage.mode(made)) == (1, mode)
    assert stage.two.read("remote", made.remote_id) == ["a", "b"]
    assert any("no copy to rely on" in line for line in told)
    assert sum("without a pair" in line for line in told) == 1


def test_a_copy_hosts_could_write_to_is_not_taken_apart(stage: Stage) -> None:
    """While the pair is apart, hosts logged in to the copy could write, and the full copy would overwrite that."""
    made = stage.replicated("a")
    host = stage.host("remote", made.remote_id)
    with pytest.raises(InUse, match=host) as refused:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True)
    says_all(refused.value)
    assert refused.value.attribute == "allow_full_resync"
    assert stage.row(made) == 1


def test_space_is_checked_on_both_sides_first(stage: Stage) -> None:
    """The remote pool has no room: nothing is changed on either array, whatever is allowed."""
    volume = stage.two.volume("a")
    made = stage.replicate(volume, remote_pool="P2")
    room = next(pool for pool in stage.driver.remote.list_pools() if pool.id == "P2").free_bytes
    stage.two.forget_calls()
    with pytest.raises(NoSpace, match="remote array") as refused:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=room + 2 * GIB, allow_full_resync=True)
    says_all(refused.value)
    assert refused.value.attribute == "size_bytes"
    assert stage.posts("home") == stage.posts("remote") == {}


@pytest.mark.parametrize("side", ["home", "remote"])
def test_a_snapshot_keeps_its_source_from_growing(stage: Stage, side: Side) -> None:
    """A snapshot's relation is never withdrawn, on neither array."""
    made = stage.replicated("a")
    with stage.two.other_driver(side) as other:
        other.create_snapshot(volume_id=made.id if side == "home" else made.remote_id, name="point")
    with pytest.raises(InUse, match="snapshot") as refused:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True)
    says_all(refused.value)
    assert stage.row(made) == 1


def test_a_pair_out_of_step_does_not_grow(stage: Stage) -> None:
    """Outside row 1 growth is refused before anything is sent."""
    made = stage.replicated("a")
    stage.two.set_link("down")
    stage.two.write("home", made.id, "b")
    stage.two.forget_calls()
    with pytest.raises(Refused, match="row 2") as refused:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True)
    says_all(refused.value)
    assert stage.posts("home") == stage.posts("remote") == {}


def test_a_pair_that_left_the_first_row_meanwhile_is_not_taken_apart(stage: Stage) -> None:
    """It was in step when it was looked at, and is suspended by the time the array refused to grow it as it is."""
    made = stage.replicated("a")
    pair = stage.driver.find_replication(made.id)
    assert pair is not None
    stage.two.set_link("down")
    stage.two.write("home", made.id, "b")
    grow = PprcSetup(stage.driver._views).grow
    with pytest.raises(Refused, match="not in step any more") as refused:
        grow(pair, 2 * GIB, stage.driver._core.budget(10), stage.told.append, anew=True)
    says_all(refused.value)
    assert sizes(stage, made.id, made.remote_id) == (1, 1)
    stage.two.set_link("up")
    assert stage.driver.find_replication(made.id) is not None


def test_without_a_replication_target_a_paired_volume_does_not_grow(stage: Stage) -> None:
    """A driver that knows no partner refuses, naming the pair."""
    made = stage.replicated("a")
    with stage.two.other_driver("home") as alone, pytest.raises(InUse, match="PPRC pair"):
        alone.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True)


@pytest.mark.parametrize("side", ["home", "remote"])
def test_a_failure_while_apart_makes_the_pair_again_and_says_so(stage: Stage, side: Side) -> None:
    """One volume cannot grow: the pair is there again, copied in full, and a second run finishes the growth."""
    made = stage.replicated("a")
    nth = {"home": 1, "remote": 2}[side]  # the remote one is asked once before, while the pair still is
    stage.two.fail(side, "PUT /volumes/{id}", "error", code="BE7A00FF", nth=nth)
    with pytest.raises(DriverError) as failed:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True, deadline=30)
    assert "made again" in failed.value.left_behind
    stage.two.advance(5)
    assert stage.row(made) == 1
    stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True, deadline=30)
    stage.two.advance(5)
    assert sizes(stage, made.id, made.remote_id) == (2, 2)
    assert stage.two.read("remote", made.remote_id) == ["a"]


def test_a_pair_that_cannot_be_made_again_is_never_unsaid(stage: Stage) -> None:
    """The array does not take the pair back: the error says that the volume is not replicated, and what to do."""
    made = stage.replicated("a")
    stage.two.fail("home", "POST /cs/pprcs", "error", code="BE7A00FF")
    with pytest.raises(DriverError) as failed:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True, deadline=30)
    assert "NOT replicated" in failed.value.left_behind
    assert made.remote_id in failed.value.left_behind
    assert stage.driver.list_replications() == ()


@contextmanager
def full_pool(stage: Stage, side: Side) -> Iterator[None]:
    """Have somebody take what a pool has left for thin volumes, all but less than a GiB, while the block runs."""
    taken: list[str] = []
    with stage.two.other_driver(side) as other:
        gib = MOST_GIB
        while gib:
            try:
                made = other.create_volume(
                    name=f"theirs{len(taken)}", pool=stage.two.pool, size_bytes=gib * GIB, provisioning="thin"
                )
            except NoSpace:
                gib //= 2
            else:
                taken.append(made.id)
        yield
        for one in taken:
            other.delete_volume(volume_id=one)


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("short", ["remote", "home"])
def test_a_pool_that_has_no_room_for_a_thin_volume_leaves_a_pair_that_is_told_and_grows_later(
    stage: Stage, short: Side, *, in_place: bool
) -> None:
    """What a thin volume may need is for the array to tell; the copy grows first, so home is never the larger one."""
    stage.two.turn("pprc_growth_refused", on=not in_place)
    made = stage.replicated("a", provisioning="thin")
    with full_pool(stage, short), pytest.raises(NoSpace) as failed:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=4 * GIB, allow_full_resync=True, deadline=30)
    told = failed.value.left_behind
    assert ("The pair was made again" in told) == (not in_place)
    unequal = short == "home"
    assert (f"The remote volume has {4 * GIB} bytes" in told) == unequal
    assert ("can neither be switched nor failed back" in told) == unequal
    assert ("Both volumes are as large as before" in told) == (not unequal)
    assert short in failed.value.happened
    stage.two.advance(5)
    assert (stage.row(made), sizes(stage, made.id, made.remote_id)) == (1, (1, 4 if unequal else 1))
    stage.driver.extend_volume(volume_id=made.id, size_bytes=4 * GIB, allow_full_resync=True, deadline=30)
    stage.two.advance(5)
    assert (stage.row(made), sizes(stage, made.id, made.remote_id)) == (1, (4, 4))
    stage.move("switch", made)
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a"]


@pytest.mark.parametrize("side", ["remote", "home"])
def test_a_volume_that_may_grow_late_is_named(stage: Stage, side: Side) -> None:
    """Both orders to grow it are lost: its size is not called known, and a second run finishes."""
    stage.two.turn("pprc_growth_refused", on=False)
    made = stage.replicated("a")
    stage.two.fail(side, "PUT /volumes/{id}", "drop_before", times=2)
    with pytest.raises(DriverError) as failed:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, deadline=30)
    assert f"The {side} volume may have {2 * GIB} bytes by now, or later" in failed.value.left_behind
    assert (f"The remote volume has {2 * GIB} bytes." in failed.value.left_behind) == (side == "home")
    stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, deadline=30)
    assert sizes(stage, made.id, made.remote_id) == (2, 2)


def test_a_thin_remote_volume_for_which_there_is_no_room_leaves_nothing(stage: Stage) -> None:
    volume = stage.two.volume("a", gib=4, provisioning="thin")
    with full_pool(stage, "remote"):
        before = {one.id for one in stage.driver.remote.list_volumes()}
        with pytest.raises(NoSpace) as failed:
            stage.replicate(volume)
        assert failed.value.attribute == "remote_pool"
        assert {one.id for one in stage.driver.remote.list_volumes()} == before
    assert stage.driver.list_replications() == ()
    assert stage.row(stage.replicate(volume)) == 1


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize(
    ("side", "command"),
    [
        ("remote", "PUT /volumes/{id}"),
        ("home", "POST /cs/pprcs/delete"),
        ("home", "PUT /volumes/{id}"),
        ("home", "POST /cs/pprcs"),
    ],
)
def test_a_lost_answer_is_looked_up(stage: Stage, side: Side, command: str, action: str) -> None:
    """Whatever answer is lost while the pair is apart, both volumes are grown and paired in the end."""
    made = stage.replicated("a")
    stage.two.fail(side, command, action)
    stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True, deadline=30)
    stage.two.advance(5)
    assert sizes(stage, made.id, made.remote_id) == (2, 2)
    assert stage.row(made) == 1
    assert stage.two.read("remote", made.remote_id) == ["a"]


def test_a_pair_that_could_not_be_taken_apart_is_not_called_made_again(stage: Stage) -> None:
    """Both orders to end it are lost: the pair goes on, and the error says what a late order would bring about."""
    made = stage.replicated("a")
    stage.two.fail("home", "POST /cs/pprcs/delete", "drop_before", times=2)
    told: list[str] = []
    with pytest.raises(DriverError) as failed:
        stage.driver.extend_volume(
            volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True, deadline=30, progress=told.append
        )
    assert "not taken apart and goes on" in failed.value.left_behind
    assert "NOT replicated from then on" in failed.value.left_behind
    assert "made again" not in failed.value.left_behind
    assert not any("paired again" in line for line in told)
    assert (stage.row(made), sizes(stage, made.id, made.remote_id)) == (1, (1, 1))


def test_a_pair_the_array_does_not_take_apart_goes_on(stage: Stage) -> None:
    """The array refuses to end it: nothing is grown, and nothing may come late."""
    made = stage.replicated("a")
    stage.two.fail("home", "POST /cs/pprcs/delete", "error", code="BE7A00FF")
    with pytest.raises(DriverError) as failed:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True, deadline=30)
    assert "not taken apart and goes on" in failed.value.left_behind
    assert "NOT replicated" not in failed.value.left_behind
    assert stage.row(made) == 1


@pytest.mark.parametrize("in_place", [True, False])
def test_a_growth_broken_off_before_a_disaster_has_a_way_back(stage: Stage, *, in_place: bool) -> None:
    """The surviving copy is larger than home: the refusal names the way by hand, and it brings all of it home."""
    stage.two.turn("pprc_growth_refused", on=not in_place)
    made = stage.replicated("a")
    stage.two.fail("home", "PUT /volumes/{id}", "error", code="BE531465")
    with pytest.raises(DriverError) as failed:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True, deadline=30)
    assert "can neither be switched nor failed back" in failed.value.left_behind
    stage.two.advance(5)
    _home_dies_and_is_back(stage, made)
    stage.two.write("remote", made.remote_id, "b")
    with pytest.raises(Refused, match="smaller") as refused:
        stage.move("failback", made, authoritative_backend_id="remote")
    told = refused.value.next_step
    assert f"grow volume {made.id} of the home array by hand to {2 * GIB} bytes" in told
    assert f"from {made.remote_id} of the remote array to {made.id}" in told
    if in_place:
        _grown_by_hand(stage, made)
    else:
        _paired_anew_by_hand(stage, made)
    stage.two.advance(5)
    stage.move("failback", made, authoritative_backend_id="remote")
    stage.two.advance(5)
    assert (stage.row(made), sizes(stage, made.id, made.remote_id)) == (1, (2, 2))
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a", "b"]


def _home_dies_and_is_back(stage: Stage, made: Replication) -> None:
    stage.two.set_link("down")
    stage.up("home", "refuse")
    stage.move("failover", made)
    stage.up("home")
    stage.two.set_link("up")


def _grown_by_hand(stage: Stage, made: Replication) -> None:
    with stage.two.other_driver("home") as home:
        volume = home.find_volume(made.id)
        assert volume is not None
        home._core.array.volumes.resize(volume, 2 * GIB, home._core.budget())


def _paired_anew_by_hand(stage: Stage, made: Replication) -> None:
    pair = stage.driver.find_replication(made.id)
    assert pair is not None
    with stage.two.other_driver("home") as home, stage.two.other_driver("remote") as remote:
        for ends, driver in ((ends_of(pair, "home"), home), (ends_of(pair, "remote"), remote)):
            assert driver._core.array.pprcs is not None
            assert driver._core.array.pprcs.delete((ends,), "source", driver._core.budget()) == {}
        _grown_by_hand(stage, made)
        pprcs, budget = remote._core.array.pprcs, remote._core.budget()
        assert pprcs is not None
        assert pprcs.create((ends_of(pair, "remote"),), "metro_mirror", ("initial_copy_full",), budget) == {}


def test_a_refusal_at_home_says_that_the_remote_volume_has_grown_by_then(stage: Stage) -> None:
    """The target grew in place, the source is refused: the two are unlike, and the error says what that means."""
    stage.two.turn("pprc_growth_refused", on=False)
    made = stage.replicated("a")
    stage.two.fail("home", "PUT /volumes/{id}", "error", code="BE7A00FF", times=1000)
    with pytest.raises(Refused, match="copied again") as refused:
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB)
    assert sizes(stage, made.id, made.remote_id) == (1, 2)
    assert f"The remote volume has {2 * GIB} bytes, that at home is as large as before" in refused.value.left_behind
    assert "neither be switched nor failed back" in refused.value.left_behind
    stage.two.ask("DELETE", "/faults")
    stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB)
    assert (sizes(stage, made.id, made.remote_id), stage.row(made)) == ((2, 2), 1)
