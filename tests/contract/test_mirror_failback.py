"""A failback of XIVs: home gets what remote was given, and serves again."""

from __future__ import annotations

from typing import Literal

import pytest

from support.mirror_lab import Lab
from terraform_provider_xivds8k.driver import DriverError, Refused, Replication, Side, report_lines

Mode = Literal["sync", "async"]
MODES: tuple[Mode, ...] = ("sync", "async")


def _safety(lab: Lab, side: Side) -> list[str]:
    return sorted(name for name in lab.names(side) if ".before-resync-" in name)


@pytest.mark.parametrize("mode", MODES)
def test_a_failback_brings_home_what_remote_was_given(lab: Lab, mode: Mode) -> None:
    made = lab.parted(mode)
    done = lab.one("failback", made.id, authoritative_backend_id="remote")
    assert (done.before, done.after, done.serves) == (10, 1, "home")
    assert lab.linked.read("home", made.id) == ["common", "remote's"]
    (name,) = _safety(lab, "home")
    assert lab.labels("home", name) == ["common", "home's"]


def test_a_failback_that_keeps_home_ends_with_home_in_step(lab: Lab) -> None:
    made = lab.parted()
    done = lab.one("failback", made.id, authoritative_backend_id="default")
    assert (done.after, lab.linked.read("remote", made.remote_id)) == (1, ["common", "home's"])


@pytest.mark.parametrize("mode", MODES)
def test_hosts_that_write_at_remote_hinder_the_switch_and_not_the_copying(lab: Lab, mode: Mode) -> None:
    made = lab.parted(mode)
    host = lab.attach("remote", made.remote_name)
    with pytest.raises(Refused, match=rf"writing at remote.*{host}.*home is in step") as refused:
        lab.one("failback", made.id, authoritative_backend_id="remote")
    report = refused.value.report
    assert report is not None
    assert report.members[0].after == 4
    assert report.members[0].kept
    with pytest.raises(Refused, match=rf"writing at remote.*{host}"):
        lab.one("failback", made.id)
    assert lab.one("failback", made.id, io_stopped=True).after == 1


def test_after_a_failback_a_pair_grows_again(lab: Lab) -> None:
    made: Replication = lab.parted()
    with pytest.raises(Refused, match=r"row 10"):
        lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * 2**30)
    lab.one("failback", made.id, authoritative_backend_id="remote")
    assert lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * 2**30).size_bytes == 40 * 2**30


@pytest.mark.parametrize("mode", MODES)
def test_a_failback_broken_off_after_the_roles_were_switched_goes_on_as_it_was_asked_for(lab: Lab, mode: Mode) -> None:
    made = lab.parted(mode)
    lab.linked.fail("home", "mirror_activate", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError) as failed:
        lab.one("failback", made.id, authoritative_backend_id="remote")
    report = failed.value.report
    assert report is not None
    assert report.members[0].after == 2
    assert lab.one("failback", made.id, authoritative_backend_id="remote").after == 1
    assert lab.linked.read("home", made.id) == ["common", "remote's"]


def test_home_that_was_written_since_then_is_not_taken_for_it(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.fail("home", "mirror_activate", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError):
        lab.one("failback", made.id, authoritative_backend_id="remote")
    lab.linked.write("home", made.id, "new")
    with pytest.raises(Refused, match=r"holds the copy"):
        lab.one("failback", made.id, authoritative_backend_id="remote")
    assert lab.one("failback", made.id).after == 1
    assert lab.linked.read("remote", made.remote_id) == ["common", "remote's", "new"]


@pytest.mark.parametrize(("how", "times"), [("error", 1), ("drop_before", 2)])
def test_a_failback_broken_off_once_home_was_stopped_names_the_operation_that_goes_on(
    lab: Lab, how: str, times: int
) -> None:
    made = lab.parted()
    lab.linked.fail("home", "mirror_change_role", how, code="ACCESS_DENIED", times=times)
    with pytest.raises(DriverError, match=r"row 12.*resync with authoritative_backend_id.*then failback") as failed:
        lab.one("failback", made.id, authoritative_backend_id="remote")
    assert failed.value.next_step.count("then failback") == 1
    assert failed.value.report is not None
    lines = report_lines(failed.value.report)
    assert "From row 12 a failback does not go on by itself: run resync" in lines[-1]
    assert lab.row(made.id) == 12
    with pytest.raises(Refused, match=r"row 12"):
        lab.one("failback", made.id, authoritative_backend_id="remote")
    assert lab.one("resync", made.id, authoritative_backend_id="remote").after == 4
    assert lab.one("failback", made.id).after == 1
