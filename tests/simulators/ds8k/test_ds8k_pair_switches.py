"""What no source confirms about PPRC pairs: each switch, and what the machines do in either of its positions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.mirroring import delete, established, fail_over, join, joined, mirror, pause, resume, states
from support.rest_console import Console
from terraform_provider_xivds8k.simulators.ds8k.switches import SWITCHES

Case = Callable[[Console, Console, bool], None]
NAMES = [switch.name for switch in SWITCHES if switch.name.startswith("pprc_")]
PERMIT = "permit_space_efficient_target"


def _target_states_marked(here: Console, there: Console, on: bool) -> None:
    _, _, pair = established(here, there)
    mark = "target_" if on else ""
    assert states(there) == [[f"{mark}copy_pending"]]
    here.advance(1)
    assert states(there) == [[f"{mark}full_duplex"]]
    pause(here, pair)
    assert states(there) == [["target_suspended"]]


def _tracks_shown(here: Console, there: Console, on: bool) -> None:
    established(here, there)
    for console, tracks in ((here, "16384"), (there, "0")):
        (seen,) = console.ask("GET", "/cs/pprcs").records
        assert seen.get("out_of_sync_tracks") == (tracks if on else None)


def _four_target_lss(here: Console, there: Console, on: bool) -> None:
    for lss in ("02", "04", "06", "08"):
        there.make(lss=lss)
    for lss in ("02", "04", "06", "02"):  # one may be made again
        assert not join(here, there, "00", lss).refused
    assert join(here, there, "00", "08").code == ("BE7A0085" if on else "")


def _path_in_use_stays(here: Console, there: Console, on: bool) -> None:
    source, _, _ = established(here, there)
    here.advance(1)
    (path,) = here.ask("GET", "/cs/pprcs/paths").records
    assert here.ask("DELETE", f"/cs/pprcs/paths/{path['id']}").code == ("BE7A0082" if on else "")
    here.write(source, "x")
    assert states(here) == [["full_duplex" if on else "suspended"]]


def _commands_all_or_none(here: Console, there: Console, on: bool) -> None:
    _, _, pair = established(here, there)
    seen = pause(here, pair, "2107-1_0000:2107-2_0000")
    assert seen.refused == on
    assert states(here) == [["copy_pending" if on else "suspended"]]


def _done_already_refused(here: Console, there: Console, on: bool) -> None:
    source, target, pair = established(here, there)
    code = "BE7A0084" if on else ""
    assert resume(here, pair).code == code
    pause(here, pair)
    assert pause(here, pair).code == code
    fail_over(there, here, target, source)
    assert fail_over(there, here, target, source).code == code
    assert states(here, there) == [["suspended"], ["suspended"]]


def _create_turns_global_copy(here: Console, there: Console, on: bool) -> None:
    source, target, pair = established(here, there, "global_copy")
    here.advance(1)
    assert mirror(here, there, source, target, "metro_mirror").code == ("" if on else "00000013")
    here.advance(1)
    assert states(here) == [["full_duplex" if on else "copy_pending"]]
    assert mirror(here, there, source, target, "global_copy").code == "00000013"
    pause(here, pair)
    assert mirror(here, there, source, target, "metro_mirror").code == "00000013"


def _record_needed(here: Console, there: Console, on: bool) -> None:
    source, target = here.make(lss="00"), there.make(lss="00")
    here.write(source, "x")
    seen = mirror(here, there, source, target, "metro_mirror", "initial_copy_out_of_sync")
    here.advance(1)
    assert (seen.code, there.labels(target)) == (("BE7A0087", []) if on else ("", ["x"]))


def _resume_needs_permission(here: Console, there: Console, on: bool) -> None:
    target = there.make(tp="ese", lss="00")
    source, _, pair = established(here, there, "metro_mirror", PERMIT, target=target)
    pause(here, pair)
    assert resume(here, pair).code == ("BE7A0071" if on else "")
    assert not on or not resume(here, pair, "initial_copy_out_of_sync", PERMIT).refused
    back = fail_over(there, here, target, source).id
    assert not resume(there, back, "failback").refused, "nobody asks a failback for it"


def _failover_keeps_type(here: Console, there: Console, on: bool) -> None:
    source, target, _ = established(here, there, "global_copy")
    assert fail_over(there, here, target, source).code == ("BE7A0088" if on else "")
    assert states(there) == [["target_copy_pending" if on else "suspended"]]
    assert there.ask("GET", "/cs/pprcs").records[0]["type"] == ("global_copy" if on else "metro_mirror")


def _delete_reaches_target(here: Console, there: Console, on: bool) -> None:
    source, _, _ = established(here, there)
    assert delete(here, "source", source).status == 200
    assert states(here, there) == [[], [] if on else ["target_copy_pending"]]


def _growth_refused(here: Console, there: Console, on: bool) -> None:
    source, target, _ = established(here, there)
    more = {"cap": "2", "captype": "gib"}
    assert here.ask("PUT", f"/volumes/{source}", more).code == ("00000013" if on else "BE7A0070")
    for console, volume in ((there, target), (here, source)):
        assert console.ask("PUT", f"/volumes/{volume}", more).code == ("00000013" if on else "")


def _copy_onto_primary_is_pending(here: Console, there: Console, on: bool) -> None:
    source, target, _ = established(here, there)
    here.advance(1)
    other = here.make()
    here.write(other, "copied")
    pairs = [{"source_volume": other, "target_volume": source}]
    options = ["allow_pprc_target_primary"]
    assert not here.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": options}).refused
    assert (states(here), there.labels(target)) == (([["copy_pending"]], []) if on else ([["full_duplex"]], ["copied"]))
    here.advance(1)
    assert (states(here), there.labels(target)) == ([["full_duplex"]], ["copied"])


CASES: dict[str, Case] = {
    "pprc_target_states_marked": _target_states_marked,
    "pprc_tracks_shown": _tracks_shown,
    "pprc_four_target_lss": _four_target_lss,
    "pprc_path_in_use_stays": _path_in_use_stays,
    "pprc_commands_all_or_none": _commands_all_or_none,
    "pprc_done_already_refused": _done_already_refused,
    "pprc_create_turns_global_copy": _create_turns_global_copy,
    "pprc_record_needed": _record_needed,
    "pprc_resume_needs_permission": _resume_needs_permission,
    "pprc_failover_keeps_type": _failover_keeps_type,
    "pprc_delete_reaches_target": _delete_reaches_target,
    "pprc_growth_refused": _growth_refused,
    "pprc_copy_onto_primary_is_pending": _copy_onto_primary_is_pending,
}


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_known_of_pairs_may_turn_out_either_way(
    linked: tuple[Console, Console], name: str, on: bool
) -> None:
    here, there = linked
    for console in linked:
        console.turn(name, on=on)
    joined(here, there)
    CASES[name](here, there, on)
