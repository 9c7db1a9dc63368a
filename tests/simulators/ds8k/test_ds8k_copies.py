"""FlashCopy relations: who may be in one, what they carry, when they end, and what they forbid."""

from __future__ import annotations

import threading
import urllib.error

import pytest

from support.rest_console import GIB, Console, Seen

SNAPSHOT = ["persistent", "no_background_copy"]


def _copy(console: Console, source: str, target: str, *options: str) -> Seen:
    pairs = [{"source_volume": source, "target_volume": target}]
    return console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": list(options)})


def test_a_plain_copy_ends_by_itself_and_the_target_carries_the_moment(console: Console) -> None:
    source, target = console.make(), console.make()
    console.write(source, "before")
    assert _copy(console, source, target).id == f"{source}:{target}"
    console.write(source, "after")
    assert console.labels(target) == ["before"]
    console.advance(1)
    assert console.ask("GET", "/cs/flashcopies").records == []
    assert console.labels(target) == ["before"]


def test_a_persistent_copy_stays_and_is_in_sync_at_the_end(console: Console) -> None:
    source, target = console.make(), console.make()
    _copy(console, source, target, "persistent")
    console.advance(1)
    (record,) = console.ask("GET", f"/cs/flashcopies/{source}:{target}").records
    assert (record["out_of_sync_tracks"], record["state"]) == ("0", "valid")
    assert console.ask("DELETE", f"/cs/flashcopies/{source}:{target}").status == 200
    console.write(target, "more")
    assert console.labels(target) == ["more"]


def test_withdrawing_a_snapshot_destroys_its_content(console: Console) -> None:
    source, target = console.make(), console.make(tp="ese")
    console.write(source, "x")
    _copy(console, source, target, "permit_space_efficient_target", *SNAPSHOT)
    console.advance(1200)
    (record,) = console.ask("GET", "/cs/flashcopies").records
    assert record["out_of_sync_tracks"] == str(GIB // 65536)
    assert console.labels(target) == ["x"]
    console.ask("DELETE", f"/cs/flashcopies/{source}:{target}")
    assert console.labels(target) == []


def test_all_forms_of_reading_agree(console: Console) -> None:
    source, target = console.make(), console.make()
    _copy(console, source, target, *SNAPSHOT)
    (old,) = console.ask("GET", f"/volumes/{source}/flashcopy").records
    assert console.ask("GET", f"/volumes/{target}/flashcopy").records == [old]
    assert console.ask("GET", "/flashcopy").records == [old]
    ends = old["sourcevolume"]["id"], old["targetvolume"]["id"], old["persistent"], old["backgroundcopy"]
    assert ends == (source, target, "enabled", "disabled")
    assert console.ask("GET", "/volumes/0000/flashcopy").records == []


def test_the_list_key_depends_on_the_machine(console: Console) -> None:
    assert set(console.ask("GET", "/cs/flashcopies").body["data"]) == {"flashcopies"}
    console.turn("flashcopies_key_singular", on=True)
    assert set(console.ask("GET", "/cs/flashcopies").body["data"]) == {"flashcopy"}


def test_a_volume_in_a_relation_is_neither_grown_nor_deleted(console: Console) -> None:
    source, target = console.make(), console.make()
    _copy(console, source, target, *SNAPSHOT)
    for one in (source, target):
        assert console.ask("PUT", f"/volumes/{one}", {"cap": "9", "captype": "gib"}).code == "00000013"
        assert console.ask("DELETE", f"/volumes/{one}").code == "00000013"


def test_a_target_has_one_source(console: Console) -> None:
    first, second, target = console.make(), console.make(), console.make()
    _copy(console, first, target, *SNAPSHOT)
    assert _copy(console, second, target).code == "000000AE"
    assert _copy(console, second, first).code == "00000013"
    assert _copy(console, second, "0BAD").code == "00000013"


def test_copying_from_a_target_is_refused_or_not(console: Console) -> None:
    first, second, third = console.make(), console.make(), console.make()
    _copy(console, first, second, *SNAPSHOT)
    assert _copy(console, second, third).code == "00000013"
    console.turn("flashcopy_from_target_refused", on=False)
    assert _copy(console, second, third).status == 200


def test_a_target_is_large_enough_and_of_the_same_type(console: Console) -> None:
    small = console.make()
    assert _copy(console, "0000", small).code == "BE7A0070"
    console.ask("POST", "/lss", {"id": "11", "type": "ckd"})
    ckd = console.order(pool="P3", lss="11", stgtype="ckd", cap="1113", captype="cyl").id
    assert _copy(console, small, ckd).code == "BE7A0043"


def test_a_thin_target_must_be_permitted(console: Console) -> None:
    source, target = console.make(), console.make(tp="ese")
    assert _copy(console, source, target).code == "BE7A0071"
    assert _copy(console, source, target, "permit_space_efficient_target").status == 200
    assert console.volume(target)["real_cap"] == str(GIB)


def test_a_source_has_at_most_12_relations_or_more(console: Console) -> None:
    source = console.make()
    targets = [console.make() for _ in range(13)]
    assert all(_copy(console, source, target, *SNAPSHOT).status == 200 for target in targets[:12])
    assert _copy(console, source, targets[12], *SNAPSHOT).code == "BE7A0072"
    console.turn("twelve_relations_a_source", on=False)
    assert _copy(console, source, targets[12], *SNAPSHOT).status == 200


def test_of_several_pairs_each_stands_for_itself(console: Console) -> None:
    source, target = console.make(), console.make()
    pairs = [{"source_volume": source, "target_volume": one} for one in (target, "0BAD")]
    seen = console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": SNAPSHOT})
    assert [part["server"]["code"] for part in seen.body["responses"]] == ["", "00000013"]


def test_unknown_options_are_refused(console: Console) -> None:
    source, target = console.make(), console.make()
    assert _copy(console, source, target, "nonsense").refused
    assert _copy(console, source, target, "reverse_restore", "fast_reverse_restore").refused


def test_a_fast_reverse_restore_gives_the_source_back_and_consumes_the_target(console: Console) -> None:
    source, target = console.make(), console.make()
    console.write(source, "then")
    _copy(console, source, target, *SNAPSHOT)
    console.write(source, "since")
    assert _copy(console, source, target, "fast_reverse_restore").status == 200
    assert (console.labels(source), console.labels(target)) == (["then"], [])
    console.advance(1)
    assert console.ask("GET", "/cs/flashcopies").records == []
    assert _copy(console, source, target, "fast_reverse_restore").code == "BE7A0001"


@pytest.mark.parametrize("turns", [True, False])
def test_a_reverse_restore_needs_a_finished_recording_copy_and_keeps_it(console: Console, turns: bool) -> None:
    console.turn("reverse_restore_turns_relation", on=turns)
    source, target = console.make(), console.make()
    console.write(source, "then")
    _copy(console, source, target, "persistent", "record_changes")
    assert _copy(console, source, target, "reverse_restore").code == "BE7A0073"
    console.advance(1)
    console.write(source, "since")
    assert _copy(console, source, target, "reverse_restore").id == (
        f"{target}:{source}" if turns else f"{source}:{target}"
    )
    assert console.labels(source) == console.labels(target) == ["then"]


def test_a_source_of_several_relations_is_not_restored(console: Console) -> None:
    source, first, second = console.make(), console.make(), console.make()
    for target in (first, second):
        _copy(console, source, target, *SNAPSHOT)
    assert _copy(console, source, first, "fast_reverse_restore").code == "00000013"


def test_an_incremental_copy_is_refreshed_in_place(console: Console) -> None:
    source, target = console.make(), console.make()
    _copy(console, source, target, "persistent", "record_changes")
    console.write(source, "since")
    assert _copy(console, source, target, "persistent", "record_changes").id == f"{source}:{target}"
    assert console.labels(target) == ["since"]
    assert _copy(console, source, target, "persistent").code == "000000AE"


def test_a_thin_copy_takes_the_room_of_all_it_shows(console: Console) -> None:
    source, snapshot, clone = (
        console.make(tp="ese", gib=4),
        console.make(tp="ese", gib=4),
        console.make(tp="ese", gib=4),
    )
    for label in "abc":
        console.write(source, label)
    _copy(console, source, snapshot, "permit_space_efficient_target", *SNAPSHOT)
    assert console.volume(snapshot)["real_cap"] == "0"
    console.turn("flashcopy_from_target_refused", on=False)
    _copy(console, snapshot, clone, "permit_space_efficient_target")
    assert (console.labels(clone), console.volume(clone)["real_cap"]) == (["a", "b", "c"], str(3 * GIB))


@pytest.mark.parametrize("alone", [True, False])
def test_a_thin_target_without_room_fails_alone_or_fails_the_write(console: Console, alone: bool) -> None:
    source, target = console.make(), console.make(tp="ese")
    option = ["fail_space_efficient_target_out_of_space"] if alone else []
    _copy(console, source, target, "permit_space_efficient_target", *option, *SNAPSHOT)
    while console.order(tp="none", cap=str(_room(console)), captype="bytes").refused:
        assert _room(console), "the pool cannot be filled"
    if alone:
        console.write(source, "x")
        (record,) = console.ask("GET", "/cs/flashcopies").records
        assert record["state"] == "invalid"
    else:
        assert console.steer_refused("POST", "/io", {"array": console.name, "volume": source, "write": "x"})
        assert console.labels(source) == []


def _room(console: Console) -> int:
    (pool,) = console.ask("GET", "/pools/P0").records
    return min(int(pool["capavail"]), 16 * 2**40)


@pytest.mark.parametrize("refused", [True, False])
def test_a_thaw_after_the_timer_is_refused_or_does_nothing(console: Console, refused: bool) -> None:
    console.turn("thaw_of_unfrozen_refused", on=refused)
    source, target = console.make(lss="08"), console.make(lss="08")
    _copy(console, source, target, "freeze_consistency", *SNAPSHOT)
    console.advance(61)
    assert console.ask("POST", "/cs/flashcopies/unfreeze", {"lss_ids": ["08"]}).refused == refused


def test_a_frozen_lss_takes_no_writes_until_it_is_thawed(console: Console) -> None:
    source, target = console.make(lss="08"), console.make(lss="08")
    _copy(console, source, target, "freeze_consistency", *SNAPSHOT)
    refused = console.steer_refused("POST", "/io", {"array": console.name, "volume": source, "write": "x"})
    assert "frozen" in refused
    assert console.ask("POST", "/cs/flashcopies/unfreeze", {"lss_ids": ["08"]}).status == 200
    console.write(source, "x")
    assert console.labels(source) == ["x"]


@pytest.mark.parametrize("one_moment", [True, False])
def test_without_a_freeze_pairs_of_one_request_are_one_moment_or_not(console: Console, one_moment: bool) -> None:
    console.turn("pairs_of_one_request_are_one_moment", on=one_moment)
    ends = [(console.make(), console.make()) for _ in range(2)]
    (first, its_copy), (second, other_copy) = ends
    pairs = [{"source_volume": source, "target_volume": target} for source, target in ends]
    console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": SNAPSHOT})
    console.write(first, "early")
    console.write(second, "early")
    console.advance(1)
    console.write(second, "late")
    assert (console.labels(its_copy), console.labels(other_copy)) == ([], [] if one_moment else ["early"])


def test_a_freeze_makes_one_moment_of_all_pairs_whoever_writes(console: Console) -> None:
    """Write to one volume, then the other, without end: the copies never hold the second write without the first."""
    ends = [(console.make(lss="08"), console.make(lss="0A")), (console.make(lss="0C"), console.make(lss="0E"))]
    pairs = [{"source_volume": source, "target_volume": target} for source, target in ends]
    written, done = [0, 0], threading.Event()

    def write() -> None:
        while not done.is_set():
            side = int(written[0] > written[1])
            try:
                console.write(ends[side][0], str(written[side]))
            except urllib.error.HTTPError as refused:
                with refused:
                    said.add(refused.read())
                held.set()
            else:
                written[side] += 1
                if held.is_set():
                    resumed.set()

    said: set[bytes] = set()
    held, resumed, writer = threading.Event(), threading.Event(), threading.Thread(target=write)
    writer.start()
    try:
        console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": ["freeze_consistency", *SNAPSHOT]})
        assert held.wait(10)
        before = sum(written)
        assert not console.ask("POST", "/cs/flashcopies/unfreeze", {"lss_ids": ["08", "0C"]}).refused
        assert resumed.wait(10)
    finally:
        done.set()
        writer.join()
    assert all(b"frozen" in words for words in said)
    first, second = (len(console.labels(target)) for _, target in ends)
    assert first + second == before
    assert first - second in {0, 1}


def test_a_freeze_ends_by_a_timer_or_never(console: Console) -> None:
    source, target = console.make(lss="08"), console.make(lss="08")
    _copy(console, source, target, "freeze_consistency", *SNAPSHOT)
    console.advance(61)
    console.turn("freeze_ends_by_timer", on=False)
    assert console.steer_refused("POST", "/io", {"array": console.name, "volume": source, "write": "x"})
    console.turn("freeze_ends_by_timer", on=True)
    console.write(source, "x")


def test_an_inhibited_target_takes_no_writes(console: Console) -> None:
    source, target = console.make(), console.make()
    _copy(console, source, target, "inhibit_target_writes", *SNAPSHOT)
    assert console.steer_refused("POST", "/io", {"array": console.name, "volume": target, "write": "x"})
