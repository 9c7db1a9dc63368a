"""PPRC pairs through their life: copied by the clock, paused, resumed, failed over and back, and what they carry."""

from __future__ import annotations

import pytest

from support.mirroring import (
    delete,
    established,
    fail_over,
    joined,
    lacking,
    mirror,
    pause,
    resume,
    set_link,
    states,
)
from support.rest_console import GIB, Console

Two = tuple[Console, Console]
TRACKS = GIB // 65536
IN_SYNC = [["full_duplex"], ["target_full_duplex"]]


@pytest.fixture
def sites(linked: Two) -> Two:
    """Return two arrays with paths in both directions."""
    joined(*linked)
    return linked


def _synchronised(here: Console, there: Console, *labels: str) -> tuple[str, str, str]:
    source = here.make(lss="00")
    for label in labels:
        here.write(source, label)
    found = established(here, there, source=source)
    here.advance(1)
    assert (states(here, there), there.labels(found[1])) == (IN_SYNC, list(labels))
    return found


def _refused_write(console: Console, volume: str) -> bool:
    body = {"array": console.name, "volume": volume, "write": "x"}
    return "target of a PPRC pair" in console.steer_refused("POST", "/io", body)


def test_a_first_copy_goes_on_by_the_clock_and_carries_what_is_written_meanwhile(sites: Two) -> None:
    here, there = sites
    source = here.make(lss="00")
    for label in ("a", "b", "c", "d"):
        here.write(source, label)
    _, target, _ = established(here, there, source=source)
    assert (lacking(here), lacking(there), there.labels(target)) == (TRACKS, 0, [])
    here.advance(0.3)
    assert 0.3 * TRACKS < lacking(here) < 0.5 * TRACKS
    assert there.labels(target) == ["a", "b"]
    here.write(source, "e")
    assert states(here, there) == [["copy_pending"], ["target_copy_pending"]]
    here.advance(0.4)
    assert (lacking(here), there.labels(target), states(here, there)) == (0, ["a", "b", "c", "d", "e"], IN_SYNC)


def test_a_target_s_own_content_is_gone_unless_no_copy_is_asked_for(sites: Two) -> None:
    here, there = sites
    for option, kept in (("initial_copy_full", []), ("initial_copy_none", ["own"])):
        target = there.make(lss="00")
        there.write(target, "own")
        source, _, pair = established(here, there, "metro_mirror", option, target=target)
        if kept:
            assert states(here, there) == IN_SYNC
        here.advance(1)
        here.write(source, "new")
        assert there.labels(target) == [*kept, "new"]
        assert here.ask("DELETE", f"/cs/pprcs?ids={pair}").status == 200


def test_a_global_copy_lags_behind_and_never_is_in_full_duplex(sites: Two) -> None:
    here, there = sites
    source, target, _ = established(here, there, "global_copy")
    here.advance(1)
    here.write(source, "late")
    assert (lacking(here), there.labels(target)) == (1, [])
    here.advance(1)
    assert (lacking(here), there.labels(target)) == (0, ["late"])
    assert states(here, there) == [["copy_pending"], ["target_copy_pending"]]


def test_a_paused_pair_records_what_is_written_and_a_resume_copies_no_more(sites: Two) -> None:
    here, there = sites
    source, target, pair = _synchronised(here, there, "a")
    assert pause(here, pair).status == 200
    assert states(here, there) == [["suspended"], ["target_suspended"]]
    here.write(source, "b")
    here.write(source, "c")
    assert (lacking(here), there.labels(target), _refused_write(there, target)) == (2, ["a"], True)
    assert resume(here, pair).status == 200
    assert (lacking(here), states(here, there)) == (2, [["copy_pending"], ["target_copy_pending"]])
    here.advance(0.2)
    assert (there.labels(target), states(here, there)) == (["a", "b", "c"], IN_SYNC)


@pytest.mark.parametrize(
    ("option", "tracks", "labels"),
    [("initial_copy_full", TRACKS, ["a", "b", "c"]), ("initial_copy_none", 0, ["a", "c"])],
)
def test_a_resume_may_copy_all_or_nothing(sites: Two, option: str, tracks: int, labels: list[str]) -> None:
    """Without a copy the machine says full duplex although the target lacks what was written."""
    here, there = sites
    source, target, pair = _synchronised(here, there, "a")
    pause(here, pair)
    here.write(source, "b")
    resume(here, pair, option)
    assert lacking(here) == tracks
    here.advance(1)
    here.write(source, "c")
    assert (there.labels(target), states(here, there)) == (labels, IN_SYNC)


def test_a_write_on_a_dead_link_suspends_its_pair_and_the_target_does_not_know(sites: Two) -> None:
    here, there = sites
    source, target, pair = _synchronised(here, there, "a")
    set_link(here, "down")
    assert states(here, there) == IN_SYNC
    here.write(source, "b")
    assert (states(here, there), lacking(here)) == ([["suspended"], ["target_full_duplex"]], 1)
    assert resume(here, pair).code == "BE7A0080"
    set_link(here, "up")
    assert states(here, there) == [["suspended"], ["target_full_duplex"]]
    assert resume(here, pair).status == 200
    here.advance(1)
    assert (states(here, there), there.labels(target)) == (IN_SYNC, ["a", "b"])


def test_a_copy_stops_at_the_moment_its_link_goes(sites: Two) -> None:
    here, there = sites
    source = here.make(lss="00")
    for label in ("a", "b", "c", "d"):
        here.write(source, label)
    _, target, pair = established(here, there, source=source)
    here.advance(0.3)
    set_link(here, "down")
    here.advance(100)
    assert (states(here)[0], there.labels(target)) == (["suspended"], ["a", "b"])
    assert 0.3 * TRACKS < lacking(here) < 0.5 * TRACKS
    set_link(here, "up")
    resume(here, pair)
    here.advance(1)
    assert (states(here, there), there.labels(target)) == (IN_SYNC, ["a", "b", "c", "d"])


def test_what_a_global_copy_had_not_sent_when_the_link_went_is_not_at_the_target(sites: Two) -> None:
    here, there = sites
    source, target, _ = established(here, there, "global_copy")
    here.advance(1)
    here.write(source, "sent")
    here.advance(1)
    here.write(source, "lost")
    set_link(here, "down")
    fail_over(there, here, target, source, "global_copy")
    assert (there.labels(target), states(here, there)) == (["sent"], [["suspended"], ["suspended"]])


def test_a_failover_leaves_the_old_source_as_it_is_until_that_is_written(sites: Two) -> None:
    here, there = sites
    source, target, pair = _synchronised(here, there, "a")
    back = fail_over(there, here, target, source)
    assert (back.status, back.id) == (200, ":".join(reversed(pair.split(":"))))
    assert states(here, there) == [["full_duplex"], ["suspended"]]
    (seen,) = there.ask("GET", "/cs/pprcs").records
    assert (seen["source_volume"]["name"], seen["target_volume"]["name"]) == (target, source)
    there.write(target, "there")
    assert (here.labels(source), there.labels(target), lacking(there)) == (["a"], ["a", "there"], 1)
    here.write(source, "here")
    assert (states(here, there), lacking(here)) == ([["suspended"], ["suspended"]], 1)
    assert (here.labels(source), there.labels(target)) == (["a", "here"], ["a", "there"])


def test_a_failback_copies_what_differs_and_what_the_discarded_side_was_written_is_gone(sites: Two) -> None:
    here, there = sites
    source, target, _ = _synchronised(here, there, "a")
    pair = fail_over(there, here, target, source).id
    there.write(target, "kept 1")
    here.write(source, "discarded")
    there.write(target, "kept 2")
    assert resume(there, pair, "failback").status == 200
    assert (lacking(there), states(there, here)) == (3, [["copy_pending"], ["target_copy_pending"]])
    assert (here.ask("GET", "/cs/pprcs").records[0]["id"], _refused_write(here, source)) == (pair, True)
    there.advance(0.2)
    assert (states(there, here), here.labels(source)) == (IN_SYNC, ["a", "kept 1", "kept 2"])
    there.write(target, "later")
    assert here.labels(source) == ["a", "kept 1", "kept 2", "later"]


def test_the_old_source_is_kept_by_a_pause_and_a_failback_there(sites: Two) -> None:
    here, there = sites
    source, target, pair = _synchronised(here, there, "a")
    fail_over(there, here, target, source)
    there.write(target, "discarded")
    assert resume(here, pair, "failback").code == "BE7A0084"
    assert pause(here, pair).status == 200
    assert resume(here, pair).code == "BE7A0086"
    assert resume(here, pair, "failback").status == 200
    here.advance(1)
    assert (states(here, there), there.labels(target)) == (IN_SYNC, ["a"])


def test_home_again_by_failback_failover_and_failback(sites: Two) -> None:
    here, there = sites
    source, target, pair = _synchronised(here, there, "a")
    back = fail_over(there, here, target, source).id
    there.write(target, "b")
    resume(there, back, "failback")
    there.advance(1)
    assert fail_over(here, there, source, target).id == pair
    assert states(here, there) == [["suspended"], ["full_duplex"]]
    here.write(source, "c")
    resume(here, pair, "failback")
    here.advance(1)
    assert (states(here, there), here.labels(source)) == (IN_SYNC, ["a", "b", "c"])
    assert there.labels(target) == ["a", "b", "c"]


def test_a_failover_needs_neither_link_nor_path_and_a_failback_both(linked: Two) -> None:
    here, there = linked
    joined(here, there)
    source, target, _ = _synchronised(here, there, "a")
    (path,) = there.ask("GET", "/cs/pprcs/paths").records
    assert there.ask("DELETE", f"/cs/pprcs/paths/{path['id']}").status == 200
    set_link(here, "down")
    pair = fail_over(there, here, target, source).id
    assert states(there) == [["suspended"]]
    set_link(here, "up")
    assert resume(there, pair, "failback").code == "BE7A0080"
    ends = {"source_lss_id": "00", "target_lss_id": "00", "target_system_wwnn": path["target_system_wwnn"]}
    assert there.ask("POST", "/cs/pprcs/paths", ends | {"port_pairs": path["port_pairs"]}).status == 200
    set_link(here, "down")
    assert resume(there, pair, "failback").code == "BE7A0080"
    set_link(here, "up")
    assert resume(there, pair, "failback").status == 200


def test_a_target_that_is_not_copied_in_full_holds_a_part_after_a_failover(sites: Two) -> None:
    here, there = sites
    source = here.make(lss="00")
    for label in ("a", "b", "c", "d"):
        here.write(source, label)
    _, target, _ = established(here, there, source=source)
    here.advance(0.3)
    pair = fail_over(there, here, target, source).id
    assert (there.labels(target), states(here, there)) == (["a", "b"], [["suspended"], ["suspended"]])
    there.write(target, "x")
    resume(there, pair, "failback")
    here.advance(1)
    assert here.labels(source) == ["a", "b", "x"]


def test_a_pause_and_a_resume_turn_a_global_copy_into_metro_mirror_and_back(sites: Two) -> None:
    here, there = sites
    source, target, pair = established(here, there, "global_copy")
    here.advance(1)
    pause(here, pair)
    here.write(source, "between")
    assert resume(here, pair, "initial_copy_out_of_sync", kind="metro_mirror").status == 200
    assert lacking(here) == 1
    here.advance(1)
    assert (states(here, there), there.labels(target)) == (IN_SYNC, ["between"])
    pause(here, pair)
    resume(here, pair, kind="global_copy")
    here.advance(1)
    assert [one.ask("GET", "/cs/pprcs").records[0]["type"] for one in sites] == ["global_copy"] * 2
    assert states(here, there) == [["copy_pending"], ["target_copy_pending"]]


def test_a_pair_is_deleted_from_one_side_or_from_both(sites: Two) -> None:
    here, there = sites
    source, target, _ = _synchronised(here, there, "a")
    assert delete(here, "target", source).code == "BE7A0083"
    assert delete(there, "source", target).code == "BE7A0083"
    set_link(here, "down")
    assert delete(here, "source", source, always=False).code == "BE7A0081"
    assert delete(here, "source", source).status == 200
    assert states(here, there) == [[], ["target_full_duplex"]]
    assert there.ask("DELETE", f"/volumes/{target}").code == "00000013"
    assert delete(there, "target", target).status == 200
    there.write(target, "own")
    assert (here.labels(source), there.labels(target)) == (["a"], ["a", "own"])
    set_link(here, "up")
    established(here, there, source=source, target=target)
    assert delete(there, "target", target, always=False).status == 200
    assert states(here, there) == [[], []]
    established(here, there, source=source, target=target)
    assert delete(there, "target", target).status == 200
    assert states(here, there) == [["suspended"], []]


def test_what_is_asked_of_several_pairs_has_an_answer_each(sites: Two) -> None:
    here, there = sites
    (_, _, first), (other, _, second) = (established(here, there) for _ in range(2))
    pause(here, first)
    seen = pause(here, first, second)
    assert [part["server"]["code"] for part in seen.body["responses"]] == ["BE7A0084", ""]
    assert states(here) == [["suspended", "suspended"]]
    here.ask("DELETE", f"/cs/pprcs?ids={first}")
    seen = resume(here, [second, first])
    assert [part["server"]["code"] for part in seen.body["responses"]] == ["", "BE7A0001"]
    seen = delete(here, "source", other, "0000")
    assert [part["server"]["code"] for part in seen.body["responses"]] == ["", "BE7A0083"]


def test_a_thin_target_takes_space_as_it_is_copied_and_its_pair_is_suspended_when_there_is_none(sites: Two) -> None:
    here, there = sites
    source, target = here.make(tp="ese", lss="00"), there.make(tp="ese", lss="00")
    here.write(source, "a")
    _, _, pair = established(here, there, "metro_mirror", "permit_space_efficient_target", source=source, target=target)
    here.advance(1)
    assert there.volume(target)["real_cap"] == str(GIB)
    grown = [one.make(gib=4, tp="ese", lss="00") for one in sites]
    made = mirror(here, there, *grown, "metro_mirror", "permit_space_efficient_target")
    here.advance(1)
    free = int(there.ask("GET", "/pools/P0").records[0]["capavail"]) // GIB
    there.make(gib=free, pool="P0")
    here.write(grown[0], "b")
    assert here.ask("GET", f"/cs/pprcs/{made.id}").records[0]["state"] == "suspended"
    assert (here.labels(grown[0]), there.labels(grown[1])) == (["b"], [])
    assert here.ask("GET", f"/cs/pprcs/{pair}").records[0]["state"] == "full_duplex"


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("pause", {"pprc_ids": []}, "BE7A0006"),
        ("pause", {"pprc_ids": ["2107-1_0000:2107-2_0000"]}, "BE7A0001"),
        ("resume", {"pprc_ids": ["x"]}, "BE7A0006"),
        ("resume", {"pprc_ids": ["x"], "type": "sync"}, "BE7A0007"),
        ("resume", {"pprc_ids": ["x"], "type": "metro_mirror", "options": ["failover"]}, "BE7A0008"),
        (
            "resume",
            {"pprc_ids": ["x"], "type": "metro_mirror", "options": ["failback", "initial_copy_full"]},
            "BE7A0007",
        ),
        ("delete", {"volume_full_ids": [], "options": ["issue_source"]}, "BE7A0006"),
        ("delete", {"volume_full_ids": [{}], "options": ["issue_source", "issue_target"]}, "BE7A0007"),
        (
            "delete",
            {"volume_full_ids": [{"volume_id": "0000", "system_id": "x"}], "options": ["issue_source"]},
            "BE7A0001",
        ),
    ],
)
def test_what_is_no_request_about_pairs(linked: Two, path: str, params: object, code: str) -> None:
    assert linked[0].ask("POST", f"/cs/pprcs/{path}", params).code == code


def test_commands_about_a_pair_go_to_its_source(sites: Two) -> None:
    here, there = sites
    _, _, pair = _synchronised(here, there)
    for asked in (pause(there, pair), resume(there, pair), resume(there, pair, "failback")):
        assert asked.code == "BE7A0083"
    assert states(here, there) == IN_SYNC


def test_a_larger_target_is_not_copied_back_onto_its_smaller_source(sites: Two) -> None:
    here, there = sites
    target = there.make(gib=2, lss="00")
    source, _, _ = established(here, there, target=target)
    here.advance(1)
    back = fail_over(there, here, target, source).id
    assert resume(there, back, "failback").code == "BE7A0070"
    assert states(here, there) == [["full_duplex"], ["suspended"]]
