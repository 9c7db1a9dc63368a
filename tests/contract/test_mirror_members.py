"""Members of mirrored groups: a replicated volume joins and leaves with its copy, on both arrays or on neither."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest

from support.mirror_lab import COPIED_S, Lab
from support.plugin_client import eventually
from support.refusals import says_all
from terraform_provider_xivds8k.driver import DriverError, InDoubt, Refused, Side, TimedOut

Mode = Literal["sync", "async"]


def _join(lab: Lab, group: str, volume_id: str, deadline: float = 20) -> None:
    lab.driver.update_consistencygroup(group_id=group, add=(volume_id,), deadline=deadline)


def _leave(lab: Lab, group: str, volume_id: str) -> None:
    lab.driver.update_consistencygroup(group_id=group, remove=(volume_id,), deadline=20)


def _members(lab: Lab, side: Side, group: str) -> set[str]:
    return {row["name"] for row in lab.tell(side, "vol_list", cg=group) if not row["master_name"]}


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_volume_joins_and_leaves_with_its_copy(lab: Lab, mode: Mode) -> None:
    made = lab.pair(mode, "a")
    lab.group("g", mode)
    _join(lab, "g", made.id)
    assert _members(lab, "home", "g") == _members(lab, "remote", "g") == {made.name}
    assert lab.row("g") == 1
    _leave(lab, "g", made.id)
    assert _members(lab, "home", "g") == _members(lab, "remote", "g") == set()
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1


def test_a_volume_that_is_not_replicated_is_refused(lab: Lab) -> None:
    lab.group("g", "sync")
    volume = lab.linked.volume("a")
    with pytest.raises(Refused, match=rf"{volume.name} is not replicated.*Replicate the volume first") as refused:
        _join(lab, "g", volume.id)
    says_all(refused.value)
    assert refused.value.attribute == "volume_id"
    assert "cg_add_vol" not in lab.linked.calls("home")


@pytest.mark.parametrize(
    ("own", "rpo_s", "head", "differs"),
    [("sync", 7200, "async", "mode: async of the group, sync of the volume"), ("async", 600, "async", "schedule: ")],
)
def test_a_volume_that_is_replicated_otherwise_is_refused_with_what_differs(
    lab: Lab, own: Mode, rpo_s: int, head: Mode, differs: str
) -> None:
    lab.group("g", head)
    made = lab.replicate(lab.linked.volume("a"), own, rpo_s)
    with pytest.raises(Refused, match=rf"not replicated as consistency group g is.*{differs}") as refused:
        _join(lab, "g", made.id)
    says_all(refused.value)
    assert "cg_add_vol" not in lab.linked.calls("home")


def test_a_volume_that_is_still_being_copied_is_waited_for(lab: Lab) -> None:
    lab.group("g", "sync")
    volume = lab.linked.volume("a")
    made = lab.driver.enable_replication(mode="sync", volume_id=volume.id)
    _join(lab, "g", made.id)
    assert _members(lab, "remote", "g") == {made.name}


def test_a_volume_that_is_not_in_step_in_time_is_not_put_in(still_lab: Lab) -> None:
    lab = still_lab
    lab.group("g", "sync")
    volume = lab.linked.volume("a")
    made = lab.driver.enable_replication(mode="sync", volume_id=volume.id)
    with pytest.raises(TimedOut, match=r"still waiting.*in step"):
        _join(lab, "g", made.id, deadline=1)
    assert _members(lab, "home", "g") == set()


def test_members_change_where_the_group_is_served_only(lab: Lab) -> None:
    member, other = lab.pair(), lab.pair()
    lab.group("g", "sync", member)
    lab.run_group("switch", "g")
    with pytest.raises(Refused, match=r"remote side of a mirror now.*Fail back first") as refused:
        _join(lab, "g", other.id)
    says_all(refused.value)
    with pytest.raises(DriverError) as kept:
        _leave(lab, "g", member.id)
    says_all(kept.value)
    assert _members(lab, "home", "g") == _members(lab, "remote", "g") == {member.name}


@pytest.mark.parametrize("operation", ["switch", "failover", "resync", "failback"])
def test_a_member_never_changes_its_role_by_itself(
    lab: Lab, operation: Literal["switch", "failover", "resync", "failback"]
) -> None:
    member = lab.pair()
    lab.group("g", "sync", member)
    with pytest.raises(Refused, match=r'moves with its consistency group g only.*consistency_group_id = "g"'):
        lab.one(operation, member.id, force=True, authoritative_backend_id="remote")
    assert lab.row("g") == 1


@pytest.mark.parametrize("how", ["drop_before", "drop_after"])
def test_a_lost_answer_is_looked_up_on_both_arrays(lab: Lab, how: str) -> None:
    made = lab.pair()
    lab.group("g", "sync")
    lab.linked.fail("home", "cg_add_vol", how)
    _join(lab, "g", made.id)
    assert _members(lab, "home", "g") == _members(lab, "remote", "g") == {made.name}
    lab.linked.fail("home", "cg_remove_vol", how)
    _leave(lab, "g", made.id)
    assert _members(lab, "home", "g") == _members(lab, "remote", "g") == set()


def test_a_volume_whose_copy_did_not_join_is_taken_out_again(lab: Lab) -> None:
    made = lab.pair()
    lab.group("g", "sync")
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    with pytest.raises(InDoubt, match=r"member on neither array"):
        _join(lab, "g", made.id)
    assert _members(lab, "home", "g") == _members(lab, "remote", "g") == set()
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=False)
    _join(lab, "g", made.id)
    assert _members(lab, "home", "g") == _members(lab, "remote", "g") == {made.name}


def test_a_volume_that_left_on_one_array_only_is_told_of_each_time(lab: Lab) -> None:
    made = lab.pair()
    lab.group("g", "sync", made)
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    with pytest.raises(InDoubt):
        _leave(lab, "g", made.id)
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=False)
    assert (_members(lab, "home", "g"), _members(lab, "remote", "g")) == (set(), {made.name})
    with pytest.raises(InDoubt, match=r"on one array only.*MIRROR_CONS_GROUP_MEMBERSHIP_MISMATCH.*correct the one"):
        _leave(lab, "g", made.id)
    for operation in ("switch", "failover", "resync", "failback"):
        lab.linked.forget_calls()
        with pytest.raises(Refused, match=r"row 16.*members are not as their group is") as unlike:
            lab.run_group(operation, "g", force=True, authoritative_backend_id="remote")
        says_all(unlike.value)
        assert lab.changes() == {"home": [], "remote": []}


@pytest.mark.parametrize("joins", [True, False])
def test_a_member_that_comes_or_goes_beside_is_no_group_that_nobody_understands(lab: Lab, joins: bool) -> None:
    """Terraform changes members side by side: one is seen on one array before the other is asked."""
    made, sibling = lab.pair(), lab.pair()
    lab.group("g", "sync", *(() if joins else (made, sibling)))
    lab.linked.fail("remote", "vol_list", "delay_before", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        change = pool.submit(_join if joins else _leave, lab, "g", made.id)
        held = lambda: lab.linked.ask("GET", "/journal")[lab.linked.name("remote")].get("held")  # noqa: E731
        eventually(held, "the remote array to be asked", 10)
        lab.tell("home", "cg_add_vol" if joins else "cg_remove_vol", vol=sibling.name, **({"cg": "g"} if joins else {}))
        change.result(30)
    there = {made.name, sibling.name} if joins else set()
    assert _members(lab, "home", "g") == _members(lab, "remote", "g") == there


@pytest.mark.parametrize("others", [0, 1])
def test_the_only_volume_of_an_array_in_a_group_that_is_not_mirrored_moves_by_itself(lab: Lab, others: int) -> None:
    made, *_ = [lab.pair("sync", "a") for _ in range(1 + others)]
    for side in ("home", "remote"):
        lab.tell(side, "cg_create", cg="plain", pool=lab.linked.pool)
        lab.tell(side, "cg_add_vol", cg="plain", vol=made.name)
    assert lab.row(made.id) == 1
    lab.lose_home()
    member = lab.one("failover", made.remote_id)
    assert (member.outcome, member.serves) == ("moved", "remote")
