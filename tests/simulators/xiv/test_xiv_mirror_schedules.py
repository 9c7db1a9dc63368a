"""Asynchronous mirrors of two simulated XIVs: schedules, sync jobs by the clock, recovery points, their snapshots."""

from __future__ import annotations

from datetime import datetime

import pytest

from support.xcli import Xcli
from support.xiv_mirroring import ASYNC, Sites

MANUAL = {"type": "async_interval", "rpo": 3600, "schedule": "by_hand", "remote_schedule": "Never"}


@pytest.fixture
def mirrored(sites: Sites) -> Sites:
    """Return both arrays with a volume replicated every 20 seconds."""
    sites.volume("v1", "a")
    sites.mirror("v1", **ASYNC)
    return sites


@pytest.fixture
def manual(sites: Sites) -> Sites:
    """Return both arrays with a volume that is replicated when asked for."""
    sites.home.does("schedule_create", schedule="by_hand", type="manual")
    sites.volume("v1", "a")
    sites.mirror("v1", **MANUAL)
    return sites


def _recovery_points(sites: Sites) -> tuple[datetime, datetime]:
    home, away = (datetime.fromisoformat(row["last_replicated_snapshot_time"]) for row in sites.seen())
    return home, away


def test_what_is_written_travels_with_the_next_sync_job(mirrored: Sites) -> None:
    before = _recovery_points(mirrored)
    mirrored.write("v1", "b")
    assert mirrored.read() == (["a", "b"], ["a"])
    mirrored.advance(21)
    assert mirrored.read() == (["a", "b"], ["a", "b"])
    after = _recovery_points(mirrored)
    assert after[0] == after[1]
    assert 0 < (after[0] - before[0]).total_seconds() <= 21
    assert after[0].second % 20 == 0


def test_both_sides_keep_the_last_replicated_state_as_a_snapshot_of_the_array(mirrored: Sites) -> None:
    for array in (mirrored.home, mirrored.away):
        assert mirrored.snapshots(array) == ["last-replicated-v1"]
        assert array.says("snapshot_delete", snapshot="last-replicated-v1") == "SNAPSHOT_IS_INTERNAL"
        assert array.says("vol_delete", vol="last-replicated-v1") == "SNAPSHOT_IS_INTERNAL"
        assert array.says("vol_unlock", vol="last-replicated-v1") == "SNAPSHOT_IS_INTERNAL"
        assert array.says("vol_rename", vol="last-replicated-v1", new_name="mine") == "SNAPSHOT_IS_INTERNAL"
        assert array.says("snapshot_create", vol="v1", name="last-replicated-mine") in {
            "VOLUME_BAD_PREFIX",
            "VOLUME_IS_SLAVE",
        }
    mirrored.away.does("snapshot_duplicate", snapshot="last-replicated-v1", name="kept")
    mirrored.write("v1", "b")
    mirrored.advance(21)
    assert mirrored.control.ask("GET", "/io?array=xiv2&volume=last-replicated-v1") == ["a", "b"]
    assert mirrored.control.ask("GET", "/io?array=xiv2&volume=kept") == ["a"]
    mirrored.away.does("snapshot_delete", snapshot="kept")


def test_an_asynchronous_slave_takes_no_snapshot(mirrored: Sites) -> None:
    assert mirrored.away.says("snapshot_create", vol="v1") == "VOLUME_IS_SLAVE"


def test_a_mirror_lags_once_its_recovery_point_is_older_than_its_rpo(mirrored: Sites) -> None:
    mirrored.link("down")
    mirrored.advance(100)
    assert mirrored.states() == ("M~ RPO OK", "S~ RPO OK")
    mirrored.advance(100)
    assert mirrored.states() == ("M~ RPO Lagging", "S~ RPO Lagging")
    mirrored.write("v1", "b")
    mirrored.link("up")
    assert mirrored.read() == (["a", "b"], ["a"])
    mirrored.advance(1)
    assert mirrored.read() == (["a", "b"], ["a", "b"])
    assert mirrored.states() == ("M+ RPO OK", "S+ RPO OK")


def test_a_running_sync_job_is_listed_and_what_is_written_meanwhile_waits_for_the_next(manual: Sites) -> None:
    assert manual.home.does("sync_job_list", vol="v1") == []
    manual.write("v1", "b")
    manual.home.does("schedule_create_tick", schedule="by_hand")
    manual.write("v1", "c")
    job = manual.home.ask("sync_job_list", vol="v1").one
    assert (job["local_peer_name"], job["job_state"]) == ("v1", "active")
    assert manual.snapshots(manual.home) == ["last-replicated-v1", "most-recent-v1"]
    manual.advance(1)
    assert manual.read() == (["a", "b", "c"], ["a", "b"])
    assert manual.home.does("sync_job_list") == []
    assert manual.snapshots(manual.home) == ["last-replicated-v1"]
    manual.advance(3600)
    assert manual.read()[1] == ["a", "b"]


def test_a_link_lost_during_a_sync_job_leaves_the_slave_at_its_recovery_point(manual: Sites) -> None:
    manual.write("v1", "b")
    manual.home.does("schedule_create_tick", schedule="by_hand")
    manual.link("down")
    manual.advance(60)
    assert manual.read() == (["a", "b"], ["a"])
    assert manual.home.does("sync_job_list") == []
    assert manual.snapshots(manual.home) == ["last-replicated-v1"]


def test_a_snapshot_of_both_peers_moves_the_recovery_point(manual: Sites) -> None:
    before = _recovery_points(manual)
    manual.advance(60)
    manual.write("v1", "b")
    for name in ("s1", "s2"):
        manual.home.does("mirror_create_snapshot", vol="v1", name=name, slave_name=name)
    manual.write("v1", "c")
    states = [row["job_state"] for row in manual.home.does("sync_job_list", vol="v1")]
    assert states == ["active", "pending"]
    manual.home.does("mirror_cancel_snapshot", vol="v1")
    manual.advance(1)
    assert manual.control.ask("GET", "/io?array=xiv2&volume=s1") == ["a", "b"]
    assert set(manual.snapshots(manual.away)) == {"s1", "last-replicated-v1"}
    after = _recovery_points(manual)
    assert after[0] == after[1]
    assert (after[0] - before[0]).total_seconds() >= 60


def test_a_mirror_has_a_schedule_faster_than_its_rpo(manual: Sites) -> None:
    home = manual.home
    home.does("schedule_create", schedule="hourly", interval="01:00")
    assert home.says("mirror_change_schedule", vol="v1", schedule="hourly") == "ASYNC_MIRROR_LOCAL_RPO_TOO_SHORT"
    home.does("mirror_change_rpo", vol="v1", rpo=7200, remote_rpo=60)
    home.does("mirror_change_schedule", vol="v1", schedule="hourly")
    assert home.says("mirror_change_rpo", vol="v1", rpo=600, remote_rpo=60) == "ASYNC_MIRROR_LOCAL_RPO_TOO_SHORT"
    assert home.says("mirror_change_rpo", vol="v1", rpo=100_000, remote_rpo=60) == "ASYNC_MIRROR_RPO_TOO_LONG"
    seen, away = manual.seen()
    assert (seen["schedule_name"], seen["rpo"], seen["remote_rpo"]) == ("hourly", "02:00:00", "00:01:00")
    assert (away["schedule_name"], away["rpo"], away["remote_rpo"]) == ("Never", "00:01:00", "02:00:00")
    home.does("mirror_change_remote_schedule", vol="v1", remote_schedule="min_interval")
    assert manual.seen()[1]["schedule_name"] == "min_interval"
    manual.link("down")
    assert home.says("mirror_change_rpo", vol="v1", rpo=7200, remote_rpo=60) == "TARGET_NOT_CONNECTED"


def test_a_synchronous_mirror_has_neither_schedule_nor_rpo(sites: Sites) -> None:
    sites.volume()
    asked = {"vol": "v1", "slave_vol": "v1", "create_slave": "yes", "remote_pool": "pool1", "target": sites.names[1]}
    assert sites.home.says("mirror_create", **asked, rpo=60) == "BAD_PARAMS"
    assert sites.home.says("mirror_create", **asked, type="async_interval", rpo=60) == "SCHEDULE_DOES_NOT_EXIST"
    wanted = {"type": "async_interval", "rpo": 60, "schedule": "min_interval"}
    assert sites.home.says("mirror_create", **asked, **wanted, remote_schedule="x") == "SCHEDULE_DOES_NOT_EXIST"
    assert sites.home.says("mirror_create", **asked, **(wanted | {"rpo": 20})) == "ASYNC_MIRROR_LOCAL_RPO_TOO_SHORT"
    sites.mirror()
    assert sites.home.says("mirror_change_schedule", vol="v1", schedule="min_interval") == "BAD_PARAMS"


def test_schedules_are_made_changed_and_deleted(xiv: Xcli) -> None:
    xiv.does("schedule_create", schedule="mine")
    xiv.does("schedule_create", schedule="by_hand", type="manual")
    listed = {row["name"]: (row["type"], row["interval"]) for row in xiv.does("schedule_list")}
    assert listed == {
        "min_interval": ("interval", "00:00:20"),
        "Never": ("manual", "00:00:00"),
        "mine": ("interval", "00:10:00"),
        "by_hand": ("manual", "00:00:00"),
    }
    xiv.does("schedule_change", schedule="mine", interval="00:00:30")
    xiv.does("schedule_rename", schedule="mine", new_name="yours")
    assert xiv.ask("schedule_list", schedule="yours").one["interval"] == "00:00:30"
    xiv.does("schedule_delete", schedule="yours")
    assert xiv.does("schedule_list", schedule="yours") == []


@pytest.mark.parametrize(
    ("command", "arguments", "code"),
    [
        ("schedule_create", {"schedule": "mine"}, "SCHEDULE_EXISTS"),
        ("schedule_create", {"schedule": "never"}, "SCHEDULE_EXISTS"),
        ("schedule_create", {"schedule": "new", "interval": "00:07"}, "ILLEGAL_INTERVAL"),
        ("schedule_create", {"schedule": "new", "interval": "7 minutes"}, "BAD_SCHEDULE_TIME_FORMAT"),
        ("schedule_rename", {"schedule": "mine", "new_name": "Never"}, "SCHEDULE_EXISTS"),
        ("schedule_change", {"schedule": "by_hand", "interval": "00:10"}, "ILLEGAL_INTERVAL"),
        ("schedule_change", {"schedule": "min_interval", "interval": "00:10"}, "SCHEDULE_IS_BUILT_IN"),
        ("schedule_delete", {"schedule": "Never"}, "SCHEDULE_IS_BUILT_IN"),
        ("schedule_delete", {"schedule": "none"}, "SCHEDULE_DOES_NOT_EXIST"),
        ("schedule_create_tick", {"schedule": "mine"}, "BAD_PARAMS"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(xiv: Xcli, command: str, arguments: dict[str, str], code: str) -> None:
    xiv.does("schedule_create", schedule="mine")
    xiv.does("schedule_create", schedule="by_hand", type="manual")
    before = xiv.does("schedule_list")
    assert xiv.says(command, **arguments) == code
    assert xiv.does("schedule_list") == before


def test_space_that_runs_out_costs_the_users_snapshots_before_the_arrays_own(manual: Sites) -> None:
    manual.home.does("pool_create", pool="tight", size=17 * 8, snapshot_size=17 * 2)
    manual.home.does("vol_create", vol="big", size=17 * 4, pool="tight")
    manual.mirror("big", type="async_interval", rpo=3600, schedule="by_hand")
    manual.home.does("snapshot_create", vol="big", name="mine", delete_priority=1)
    for label in "abcd":
        manual.write("big", label)
    assert manual.snapshots(manual.home, "big") == ["last-replicated-big"]
