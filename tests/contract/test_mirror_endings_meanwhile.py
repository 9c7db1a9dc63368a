"""What others do to a copy while its replication ends: one that was promoted or unlocked is never deleted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.mirror_lab import Lab
from support.plugin_client import eventually
from terraform_provider_xivds8k.driver import Refused, Remaining, Replication

BOTH: tuple[Remaining, ...] = ("keep", "delete")


def _meanwhile(lab: Lab, made: Replication, remaining: Remaining, command: str, does: Callable[[], None]) -> Refused:
    """End a replication, have somebody do something once home is asked for a command; return what it ends with."""
    lab.linked.forget_calls()
    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(
            lab.driver.disable_replication,
            replication_id=made.id,
            remote_on_delete=remaining,
            remote_id=made.remote_id,
            deadline=60,
        )
        eventually(lambda: lab.linked.calls("home").get(command), f"{command} to be asked for", 10)
        does()
        with pytest.raises(Refused) as refused:
            end.result(30)
    return refused.value


def _hold(lab: Lab, command: str, seconds: float = 1.5) -> None:
    """Have home take its time to answer a command that is carried out by then."""
    lab.linked.fail("home", command, "delay_after", seconds=seconds)


def _until_gone(lab: Lab) -> None:
    eventually(lambda: not lab.tell("home", "mirror_list"), "the mirror to be gone at home", 10)


@pytest.mark.parametrize("remaining", BOTH)
def test_a_copy_that_is_promoted_while_a_sync_job_is_waited_for_is_left_as_it_is(
    still_lab: Lab, remaining: Remaining
) -> None:
    lab = still_lab
    made = lab.driver.enable_replication(mode="async", volume_id=lab.linked.volume("a").id, rpo_s=7200, deadline=20)
    lab.linked.advance(30)
    lab.linked.write("home", made.id, "b")
    lab.tell("home", "mirror_create_snapshot", vol=made.name, name="job", slave_name="job")
    _hold(lab, "sync_job_list", seconds=4)

    def promote() -> None:
        lab.tell("home", "mirror_deactivate", vol=made.name)
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Master")
        lab.linked.write("remote", made.remote_id, "theirs")
        lab.linked.advance(30)

    refused = _meanwhile(lab, made, remaining, "sync_job_list", promote)
    assert "changed meanwhile: home does not serve it any more" in refused.summary
    assert refused.left_behind == "Nothing was changed."
    assert lab.linked.read("remote", made.remote_id)[-1] == "theirs"
    assert lab.row(made.id) == 12


@pytest.mark.parametrize("remaining", BOTH)
def test_a_copy_that_is_promoted_while_the_link_is_down_keeps_its_half_and_its_volume(
    lab: Lab, remaining: Remaining
) -> None:
    made = lab.pair("sync", "a")
    lab.linked.set_link("down")
    _hold(lab, "mirror_delete")

    def promote() -> None:
        _until_gone(lab)
        lab.says("remote", "mirror_deactivate", vol=made.remote_name)
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Master")
        lab.linked.write("remote", made.remote_id, "theirs")

    refused = _meanwhile(lab, made, remaining, "mirror_delete", promote)
    assert refused.has_ended
    assert f"{made.remote_name} on the remote array is a master by now" in refused.summary
    assert "running this again goes on" not in f"{refused}"
    assert "left as it is" in refused.left_behind
    assert lab.states(vol=made.remote_name)[1].startswith("M")
    assert lab.linked.read("remote", made.remote_id) == ["a", "theirs"]


def test_a_copy_that_is_unlocked_while_its_replication_ends_is_not_deleted(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    _hold(lab, "mirror_delete")

    def unlock() -> None:
        _until_gone(lab)
        lab.tell("remote", "vol_unlock", vol=made.remote_name)
        lab.linked.write("remote", made.remote_id, "theirs")

    refused = _meanwhile(lab, made, "delete", "mirror_delete", unlock)
    assert refused.has_ended
    assert "is not locked any more and was not deleted" in refused.summary
    assert f"{made.remote_name} (id {made.remote_id}) stays" in refused.left_behind
    assert lab.linked.read("remote", made.remote_id) == ["a", "theirs"]
    assert lab.driver.find_unfinished_end(made.remote_id, remote_on_delete="delete") is None


def test_a_copy_that_is_unlocked_by_somebody_else_is_as_it_was_to_be_left(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    _hold(lab, "mirror_delete")
    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(lab.driver.disable_replication, replication_id=made.id, deadline=60)
        _until_gone(lab)
        lab.tell("remote", "vol_unlock", vol=made.remote_name)
        end.result(30)
    lab.linked.write("remote", made.remote_id, "b")
    assert lab.driver.find_replication(made.id) is None


def test_a_copy_that_became_the_copy_of_another_while_a_sync_job_is_waited_for_is_left_with_its_mirror(
    still_lab: Lab,
) -> None:
    lab = still_lab
    other = lab.linked.volume("x")
    made = lab.driver.enable_replication(mode="async", volume_id=lab.linked.volume("a").id, rpo_s=7200, deadline=20)
    lab.linked.advance(30)
    lab.linked.write("home", made.id, "b")
    lab.tell("home", "mirror_create_snapshot", vol=made.name, name="job", slave_name="job")
    _hold(lab, "sync_job_list", seconds=4)
    new = {"target": lab.tell("home", "target_list")[0]["name"], "type": "sync_best_effort"}

    def take_over() -> None:
        lab.tell("home", "mirror_deactivate", vol=made.name)
        lab.tell("home", "mirror_delete", vol=made.name)
        for volume, copy, more in (
            (made.name, "r2", {"create_slave": "yes", "remote_pool": "pool1"}),
            (other.name, made.remote_name, {"create_slave": "no"}),
        ):
            lab.tell("home", "mirror_create", vol=volume, slave_vol=copy, **new, **more)
            lab.tell("home", "mirror_activate", vol=volume)
        lab.linked.advance(30)
        lab.linked.set_link("down")

    refused = _meanwhile(lab, made, "delete", "sync_job_list", take_over)
    assert refused.left_behind == "Nothing was changed."
    assert made.remote_name in lab.names("remote")
    assert all(lab.tell("home", "mirror_list", vol=one) for one in (made.name, other.name))
    assert lab.linked.read("remote", made.remote_id) == ["x"]
