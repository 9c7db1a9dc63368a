"""Two volumes of a mirror that differ in size: no side is given up for one that can never be copied to."""

from __future__ import annotations

import re

import pytest

from support.mirror_lab import COPIED_S, Lab
from support.refusals import says_all
from terraform_provider_xivds8k.driver import DriverError, Refused, Replication

GIB = 2**30


def _half_grown(lab: Lab) -> Replication:
    """Return a pair of which home alone has grown: the other array's acknowledgement was lost."""
    made = lab.pair("sync", "a")
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    with pytest.raises(DriverError):
        lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB, deadline=3)
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=False)
    return made


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_switch_to_a_smaller_copy_is_refused_until_the_growth_is_finished(lab: Lab, dry_run: bool) -> None:
    made = _half_grown(lab)
    lab.linked.forget_calls()
    with pytest.raises(
        Refused, match=rf"differ in size.*{40 * GIB} bytes at home.*apply a size_bytes of at least"
    ) as refused:
        lab.one("switch", made.id, dry_run=dry_run)
    says_all(refused.value)
    assert lab.changes() == {"home": [], "remote": []}
    lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)
    assert lab.one("switch", made.id, dry_run=dry_run).outcome == ("would move" if dry_run else "moved")


def test_a_forced_failover_to_a_smaller_copy_is_accepted_and_said(lab: Lab) -> None:
    made = _half_grown(lab)
    with pytest.raises(Refused, match=r"smaller than the volume.*accept_inconsistent = true") as refused:
        lab.one("failover", made.id, force=True)
    says_all(refused.value, "accept_inconsistent")
    assert refused.value.attribute == "accept_inconsistent"
    assert lab.row(made.id) == 1
    would = lab.one("failover", made.id, force=True, accept_inconsistent=True, dry_run=True)
    moved = lab.one("failover", made.id, force=True, accept_inconsistent=True)
    assert moved.lost == would.lost
    assert f"beyond the end of the smaller copy, which a growth never reached ({made.name} has {40 * GIB}" in moved.lost


def test_a_resync_that_gives_up_home_for_a_copy_of_another_size_is_not_begun(lab: Lab) -> None:
    made = _half_grown(lab)
    lab.lose_home()
    lab.one("failover", made.remote_id)
    lab.linked.write("remote", made.remote_id, "remote's")
    lab.return_home()
    lab.linked.write("home", made.id, "home's")
    lab.linked.forget_calls()
    for operation in ("resync", "failback"):
        with pytest.raises(
            Refused, match=r"differ in size.*Decide whose data stays.*mirror_delete, vol_unlock"
        ) as refused:
            lab.one(operation, made.id, authoritative_backend_id="remote")
        says_all(refused.value)
    assert lab.changes() == {"home": [], "remote": []}
    assert lab.linked.read("home", made.id) == ["a", "home's"]


def test_members_of_a_group_are_compared_each(lab: Lab) -> None:
    first, others = _half_grown(lab), [lab.pair() for _ in range(3)]
    lab.group("g", "sync", first, *others)
    with pytest.raises(Refused, match=rf"differ in size.*{first.name} has {40 * GIB}"):
        lab.run_group("switch", "g")
    assert "mirror_switch_roles" not in lab.linked.calls("home")


def test_the_commands_that_mirror_an_asynchronous_one_anew_are_whole(lab: Lab) -> None:
    """With its RPO and the schedules of both sides, as the refusal writes them."""
    made = lab.pair("async", "a")
    lab.one("switch", made.id)
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    assert lab.says("remote", "vol_resize", vol=made.name, size_blocks=40 * GIB // 512)
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=False)
    lab.tell("remote", "mirror_deactivate", vol=made.name)
    with pytest.raises(Refused, match="differ in size") as refused:
        lab.one("resync", made.id)
    _, _, anew = refused.value.next_step.partition("Where the array refuses that")
    for side, command in re.findall(r"(home|remote): ([^;()]+)[;)]", anew):
        name, *arguments = command.split()
        lab.tell("home" if side == "home" else "remote", name, **dict(one.split("=", 1) for one in arguments))
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 4
