"""FlashCopies of and onto volumes that are in a PPRC pair: what is allowed, and what the other array then holds."""

from __future__ import annotations

import pytest

from support.mirroring import established, fail_over, joined, lacking, mirror, pause, resume, states
from support.rest_console import GIB, Console, Seen

Two = tuple[Console, Console]
TRACKS = GIB // 65536
ONTO_PRIMARY = "allow_pprc_target_primary"


@pytest.fixture
def sites(linked: Two) -> Two:
    """Return two arrays with paths in both directions."""
    joined(*linked)
    return linked


def _copy(console: Console, source: str, target: str, *options: str) -> Seen:
    pairs = [{"source_volume": source, "target_volume": target}]
    return console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": list(options)})


def _filled(console: Console) -> str:
    volume = console.make()
    console.write(volume, "copied")
    return volume


def test_what_is_copied_onto_a_paused_source_is_copied_in_full_by_its_resume(sites: Two) -> None:
    here, there = sites
    source, target, pair = established(here, there)
    here.advance(1)
    pause(here, pair)
    assert not _copy(here, _filled(here), source, ONTO_PRIMARY).refused
    assert (lacking(here), there.labels(target)) == (TRACKS, [])
    resume(here, pair)
    here.advance(1)
    assert (states(here), there.labels(target)) == ([["full_duplex"]], ["copied"])


def test_what_is_copied_onto_the_discarded_side_is_overwritten_by_a_failback(sites: Two) -> None:
    here, there = sites
    source, target, _ = established(here, there)
    here.advance(1)
    here.write(source, "a")
    back = fail_over(there, here, target, source).id
    assert not _copy(here, _filled(here), source, ONTO_PRIMARY).refused
    here.advance(1)
    resume(there, back, "failback")
    assert lacking(there) == TRACKS
    there.advance(1)
    assert (states(there), here.labels(source)) == ([["full_duplex"]], ["a"])


@pytest.mark.parametrize(
    ("options", "turned", "labels"),
    [
        (["persistent", "no_background_copy"], "fast_reverse_restore", ["then"]),
        (["persistent", "record_changes"], "reverse_restore", ["then"]),
    ],
)
def test_what_a_restore_gives_a_source_back_is_copied_too(
    sites: Two, options: list[str], turned: str, labels: list[str]
) -> None:
    here, there = sites
    source, target, _ = established(here, there)
    here.write(source, "then")
    snapshot = here.make()
    assert not _copy(here, source, snapshot, *options).refused
    here.advance(1)
    here.write(source, "since")
    assert there.labels(target) == ["then", "since"]
    assert _copy(here, source, snapshot, turned).code == "00000013"
    assert not _copy(here, source, snapshot, turned, ONTO_PRIMARY).refused
    here.advance(1)
    assert (here.labels(source), there.labels(target)) == (labels, labels)


def test_a_copy_that_is_withdrawn_before_its_end_leaves_nothing_at_the_other_end_either(sites: Two) -> None:
    here, there = sites
    source, target, _ = established(here, there)
    here.advance(1)
    original = _filled(here)
    _copy(here, original, source, ONTO_PRIMARY, "persistent", "no_background_copy")
    here.advance(1)
    assert there.labels(target) == ["copied"]
    assert here.ask("DELETE", f"/cs/flashcopies/{original}:{source}").status == 200
    here.advance(1)
    assert (here.labels(source), there.labels(target)) == ([], [])


def test_either_end_can_be_copied_from(sites: Two) -> None:
    here, there = sites
    source, target, _ = established(here, there)
    here.advance(1)
    here.write(source, "a")
    for console, volume in ((here, source), (there, target)):
        copy = console.make()
        assert not _copy(console, volume, copy).refused
        assert console.labels(copy) == ["a"]


def test_a_flashcopy_target_is_the_source_of_a_pair_but_not_its_target(sites: Two) -> None:
    here, there = sites
    for console, other in ((here, there), (there, here)):
        copy, free = console.make(lss="00"), other.make(lss="00")
        _copy(console, console.make(), copy, "persistent", "no_background_copy")
        assert mirror(other, console, free, copy).code == "00000013"
        assert not mirror(console, other, copy, free).refused


def test_a_held_back_copy_onto_a_source_takes_late_writes_to_the_other_end(sites: Two) -> None:
    """Several pairs of one request are not one moment; what comes before a pair's own moment is in its target."""
    here, there = sites
    source, target, _ = established(here, there)
    here.advance(1)
    original = _filled(here)
    wanted = [(here.make(), here.make()), (original, source)]
    pairs = [{"source_volume": one, "target_volume": other} for one, other in wanted]
    here.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": [ONTO_PRIMARY]})
    here.write(original, "late")
    here.advance(1)
    assert (here.labels(source), there.labels(target)) == (["copied", "late"], ["copied", "late"])
