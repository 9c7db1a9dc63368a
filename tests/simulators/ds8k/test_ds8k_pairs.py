"""PPRC pairs of two linked arrays: made over a path, seen from both sides, and what they forbid."""

from __future__ import annotations

import pytest

from support.mirroring import facts, join, mirror
from support.rest_console import Console
from terraform_provider_xivds8k.simulators.ds8k import pair_changes, pair_orders, pairs, pprcs
from terraform_provider_xivds8k.simulators.ds8k.fields import FIELDS, WORDS

Two = tuple[Console, Console]


def _paired(here: Console, there: Console) -> tuple[str, str, str]:
    source, target = here.make(lss="00"), there.make(lss="00")
    assert not join(here, there).refused
    return source, target, mirror(here, there, source, target).id


def _states(here: Console, there: Console) -> tuple[str, str]:
    first, second = (console.ask("GET", "/cs/pprcs").records[0]["state"] for console in (here, there))
    return first, second


def _refused(console: Console, volume: str) -> str:
    return console.steer_refused("POST", "/io", {"array": console.name, "volume": volume, "write": "x"})


def test_an_array_without_a_partner_has_neither_links_nor_pairs(console: Console) -> None:
    for path in ("/cs/pprcs", "/pprc", "/volumes/0000/pprc", "/cs/pprcs/paths", "/cs/pprcs/physical_links"):
        assert console.ask("GET", path).records == []
    assert console.ask("GET", "/cs/pprcs/2107-1_0000:2107-2_0000").code == "BE7A0001"
    ends = {"source_volume": "0000", "source_system_id": facts(console)[0], "target_volume": "0000"}
    body = {"volume_pairs": [ends | {"target_system_id": "2107-1"}], "type": "metro_mirror"}
    assert console.ask("POST", "/cs/pprcs", body).code == "BE7A0081"


def test_a_path_joins_two_lss_and_is_read_and_deleted_by_its_id(linked: Two) -> None:
    here, there = linked
    made = join(here, there).id
    assert made == f"{facts(here)[1]}_00:{facts(there)[1]}_00"
    (seen,) = here.ask("GET", "/cs/pprcs/paths?source_lss_id_from=00&source_lss_id_to=FF").records
    assert {port["state"] for port in seen["port_pairs"]} == {"success"}
    assert here.ask("GET", f"/cs/pprcs/paths/{made}").records == [seen]
    assert there.ask("GET", "/cs/pprcs/paths").records == []
    here.steer("POST", "/link", {"family": "ds8k", "state": "down"})
    (seen,) = here.ask("GET", f"/cs/pprcs/paths/{made}").records
    assert {port["state"] for port in seen["port_pairs"]} == {"failed"}
    assert here.ask("DELETE", f"/cs/pprcs/paths/{made}").status == 200
    assert here.ask("GET", f"/cs/pprcs/paths/{made}").code == "BE7A0001"


def test_a_pair_is_seen_from_both_sides_and_ends_in_sync(linked: Two) -> None:
    here, there = linked
    source, target, pair = _paired(here, there)
    for console, state in ((here, "copy_pending"), (there, "target_copy_pending")):
        (seen,) = console.ask("GET", "/cs/pprcs").records
        assert (seen["id"], seen["state"]) == (pair, state)
        assert (seen["source_volume"]["name"], seen["target_volume"]["name"]) == (source, target)
    here.advance(1)
    for console, volume, state in ((here, source, "full_duplex"), (there, target, "target_full_duplex")):
        (old,) = console.ask("GET", f"/volumes/{volume}/pprc").records
        assert (old["state"], old["type"], old["targetvolume"]["id"]) == (state, "metromirror", target)
        assert console.ask("GET", f"/cs/pprcs/{pair}").records[0]["id"] == pair
    assert here.ask("GET", f"/cs/pprcs/{source}").records[0]["id"] == pair
    assert here.ask("GET", f"/cs/pprcs?volume_id_from={source}&volume_id_to={source}").records != []
    assert here.ask("GET", "/cs/pprcs?volume_id_from=0100&volume_id_to=FFFF").records == []


def test_a_global_copy_never_ends(linked: Two) -> None:
    here, there = linked
    source, target = here.make(lss="00"), there.make(lss="00")
    join(here, there)
    mirror(here, there, source, target, "global_copy")
    here.advance(1000)
    assert here.ask("GET", "/cs/pprcs").records[0]["state"] == "copy_pending"


def test_a_target_holds_what_its_source_is_written_and_takes_no_writes(linked: Two) -> None:
    here, there = linked
    source, target = here.make(lss="00"), there.make(lss="00")
    here.write(source, "before")
    join(here, there)
    pair = mirror(here, there, source, target).id
    here.advance(1)
    here.write(source, "after")
    assert there.labels(target) == ["before", "after"]
    assert "PPRC" in _refused(there, target)
    here.steer("POST", "/link", {"family": "ds8k", "state": "down"})
    here.write(source, "alone")
    assert (here.labels(source), there.labels(target)) == (["before", "after", "alone"], ["before", "after"])
    assert here.ask("GET", "/cs/pprcs").records[0]["state"] == "suspended"
    assert here.ask("DELETE", f"/cs/pprcs?ids={pair}").code == "BE7A0081"
    here.steer("POST", "/link", {"family": "ds8k", "state": "up"})
    assert here.ask("DELETE", f"/cs/pprcs?ids={pair}").status == 200
    there.write(target, "own")
    assert there.labels(target) == ["before", "after", "own"]


def test_a_volume_of_a_pair_is_neither_grown_deleted_nor_copied_onto(linked: Two) -> None:
    here, there = linked
    source, target, _ = _paired(here, there)
    for console, volume in ((here, source), (there, target)):
        assert console.ask("DELETE", f"/volumes/{volume}").code == "00000013"
        assert console.ask("PUT", f"/volumes/{volume}", {"cap": "2", "captype": "gib"}).code == "00000013"
        pairs = [{"source_volume": console.make(), "target_volume": volume}]
        for options, refused in ((["persistent"], True), (["allow_pprc_target_primary"], console is there)):
            seen = console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": options})
            assert seen.refused == refused


def test_a_primary_that_is_copied_onto_passes_it_on(linked: Two) -> None:
    here, there = linked
    source, target, _ = _paired(here, there)
    here.advance(1)
    other = here.make()
    here.write(other, "copied")
    pairs = [{"source_volume": other, "target_volume": source}]
    options = ["allow_pprc_target_primary"]
    assert not here.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": options}).refused
    assert (there.labels(target), _states(here, there)) == ([], ("copy_pending", "target_copy_pending"))
    here.advance(1)
    assert (there.labels(target), _states(here, there)) == (["copied"], ("full_duplex", "target_full_duplex"))


def test_a_path_in_use_stays(linked: Two) -> None:
    here, there = linked
    _paired(here, there)
    (path,) = here.ask("GET", "/cs/pprcs/paths").records
    assert here.ask("DELETE", f"/cs/pprcs/paths/{path['id']}").code == "BE7A0082"


@pytest.mark.parametrize(
    ("gib", "target", "options", "code"),
    [
        (2, {}, [], "BE7A0070"),
        (1, {"tp": "ese"}, [], "BE7A0071"),
        (1, {"tp": "ese"}, ["permit_space_efficient_target"], ""),
        (1, {"lss": "02"}, [], "BE7A0080"),
        (1, {}, ["failover"], "BE7A0083"),
        (1, {}, ["failback"], "BE7A0008"),
        (1, {}, ["initial_copy_full", "initial_copy_none"], "BE7A0007"),
    ],
)
def test_what_cannot_be_a_pair(linked: Two, gib: int, target: dict[str, str], options: list[str], code: str) -> None:
    here, there = linked
    join(here, there)
    source, onto = here.make(gib=gib, lss="00"), there.make(**{"lss": "00", **target})  # type: ignore[arg-type]
    seen = mirror(here, there, source, onto, "metro_mirror", *options)
    assert (seen.refused, seen.code) == (bool(code), code)


def test_of_several_pairs_each_stands_for_itself(linked: Two) -> None:
    here, there = linked
    source, target, _ = _paired(here, there)
    ends = {"source_system_id": facts(here)[0], "target_system_id": facts(there)[0]}
    pairs = [
        ends | {"source_volume": one, "target_volume": other}
        for one, other in ((source, target), (here.make(lss="00"), there.make(lss="00")))
    ]
    seen = here.ask("POST", "/cs/pprcs", {"volume_pairs": pairs, "type": "global_copy"})
    assert [part["server"]["code"] for part in seen.body["responses"]] == ["00000013", ""]


def test_every_field_of_pairs_and_paths_has_a_source(linked: Two) -> None:
    here, there = linked
    _paired(here, there)
    for path in ("cs/pprcs", "pprc", "cs/pprcs/paths", "cs/pprcs/physical_links"):
        ((key, records),) = here.ask("GET", f"/{path}").body["data"].items()
        assert records
        assert all(set(record) <= set(FIELDS[key]) for record in records), path


def test_every_word_of_pairs_has_a_source() -> None:
    states = {pairs.PENDING, pairs.DUPLEX, pairs.SUSPENDED}
    assert set(WORDS["`state` of a pair"]) == states | {f"target_{state}" for state in states}
    assert set(WORDS["`type` of a pair"]) == set(pairs.TYPES)
    assert set(WORDS["`type` of a pair, older form"]) == set(pairs.TYPES.values())
    for path, options in (
        ("", pair_orders.OPTIONS),
        ("/resume", pair_changes.OPTIONS),
        ("/delete", {*pprcs.ISSUED, pprcs.UNCONDITIONAL}),
    ):
        assert set(WORDS[f"`options` of `POST /cs/pprcs{path}`"]) == set(options)
