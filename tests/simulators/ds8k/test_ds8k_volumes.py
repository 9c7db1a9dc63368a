"""Where volumes may be, how they are made, grown, moved and deleted, and what they cost their pool."""

from __future__ import annotations

import pytest

from support.rest_console import GIB, Console


def _pool(console: Console, pool: str = "P0") -> dict[str, int]:
    (record,) = console.ask("GET", f"/pools/{pool}").records
    (repository,) = console.ask("GET", f"/pools/{pool}/eserep").records
    return {
        "free": int(record["capavail"]),
        "thin": int(record["real_capacity_allocated_on_ese"]),
        "virtual_free": int(repository["capavail"]),
    }


def test_the_default_contents_are_three_fb_pools_and_an_lss_in_use(console: Console) -> None:
    pools = {one["id"]: (one["node"], one["stgtype"]) for one in console.ask("GET", "/pools").records}
    assert pools == {"P0": ("0", "fb"), "P1": ("1", "fb"), "P2": ("0", "fb"), "P3": ("1", "ckd")}
    assert [one["configvols"] for one in console.ask("GET", "/lss").records] == ["1"]
    assert console.ask("GET", "/lss/00/volumes").records == console.ask("GET", "/pools/P0/volumes").records


def test_listing_all_volumes_is_refused(console: Console) -> None:
    assert console.ask("GET", "/volumes").refused


def test_the_lss_goes_by_the_node_of_the_pool(console: Console) -> None:
    assert console.make(pool="P0")[:2] == "00"
    assert console.make(pool="P1")[:2] == "01"
    assert console.order(pool="P1", lss="02").code == "BE7A0041"
    assert console.order(pool="P0", id="0302").code == "BE7A0041"


def test_an_fb_lss_appears_with_its_first_volume(console: Console) -> None:
    assert console.ask("GET", "/lss/24").code == "BE7A0001"
    console.make(pool="P0", lss="24")
    (record,) = console.ask("GET", "/lss/24").records
    assert (record["type"], record["group"], record["addrgrp"], record["configvols"]) == ("fb", "0", "2", "1")


def test_address_groups_hold_one_type(console: Console) -> None:
    assert console.ask("POST", "/lss", {"id": "01", "type": "ckd"}).code == "BE7A0042"
    assert console.ask("POST", "/lss", {"id": "11", "type": "ckd"}).status == 200
    assert console.order(pool="P0", lss="1E").code == "BE7A0042"
    assert console.order(pool="P3", lss="11", stgtype="ckd", cap="1113", captype="cyl").id == "1100"
    assert console.volume("1100")["datatype"] == "3390"


def test_a_failed_create_leaves_no_lss_behind(console: Console) -> None:
    assert console.order(pool="P0", lss="40", gib=6000).code == "BE534459"
    assert console.ask("GET", "/lss/40").status == 404


def test_an_lss_holds_256_volumes(console: Console) -> None:
    filled = console.ask("POST", "/volumes", _many(256, pool="P0", lss="02"))
    assert all(part["server"]["status"] == "ok" for part in filled.body["responses"])
    assert console.order(pool="P0", lss="02").code == "BE7A0031"
    console.turn("one_full_lss_reported_as_all", on=True)
    assert console.order(pool="P0", lss="02").code == "BE7A0032"
    assert console.ask("DELETE", "/volumes/0277").status == 200
    assert console.make(pool="P0", lss="02") == "0277"


def _many(quantity: int, **more: str) -> dict[str, object]:
    return {"name": "m", "quantity": str(quantity), "cap": "512", "captype": "bytes", "tp": "ese", **more}


def test_when_an_lss_is_full_the_machine_chooses_the_next(console: Console) -> None:
    console.ask("POST", "/volumes", _many(255, pool="P0", lss="00"))
    assert console.make(pool="P0") == "0200"


def test_a_freed_id_is_given_again_or_not_by_a_switch(console: Console) -> None:
    ids = [console.make(lss="04") for _ in range(3)]
    console.ask("DELETE", f"/volumes/{ids[0]}")
    console.turn("freed_ids_reused_first", on=False)
    assert console.make(lss="04") == "0403"
    console.turn("freed_ids_reused_first", on=True)
    assert console.make(lss="04") == ids[0]


def test_an_empty_lss_stays_or_goes_by_a_switch(console: Console) -> None:
    console.ask("DELETE", f"/volumes/{console.make(lss='06')}")
    assert console.ask("GET", "/lss/06").status == 200
    console.turn("empty_lss_stays", on=False)
    console.ask("DELETE", f"/volumes/{console.make(lss='06')}")
    assert console.ask("GET", "/lss/06").status == 404


def test_parts_of_a_create_succeed_and_fail_for_themselves(console: Console) -> None:
    params = {"namecol": ["a", "b", "c"], "ids": ["0A00", "0000", "0A02"], "pool": "P0", "cap": "1", "captype": "gib"}
    seen = console.ask("POST", "/volumes", params)
    assert (seen.status, seen.refused) == (200, False)
    parts = [(part["server"]["status"], part["server"]["code"]) for part in seen.body["responses"]]
    assert parts == [("ok", ""), ("failed", "BE7A0040"), ("ok", "")]
    assert [one["name"] for one in console.ask("GET", "/lss/0A/volumes").records] == ["a", "c"]


def test_names_need_not_differ(console: Console) -> None:
    assert console.make("same") != console.make("same")


@pytest.mark.parametrize("name", ["a" * 17, "with-dash", "blank name", "umlaut_ä"])
def test_a_name_has_16_letters_digits_and_underscores(console: Console, name: str) -> None:
    assert console.order(name).refused
    assert console.ask("PUT", "/volumes/0000", {"name": name}).refused


@pytest.mark.parametrize(
    "size",
    [
        {"cap": "513", "captype": "bytes"},
        {"cap": "0", "captype": "gib"},
        {"cap": "-1", "captype": "gib"},
        {"cap": "16385", "captype": "gib"},
        {"cap": "1.5", "captype": "gib"},
        {"cap": "10", "captype": "cyl"},
        {"cap": "10", "captype": "furlongs"},
    ],
)
def test_sizes_no_fb_volume_has_are_refused(console: Console, size: dict[str, str]) -> None:
    params = {"name": "v", "pool": "P0", "stgtype": "fb", **size}
    assert console.ask("POST", "/volumes", params).refused


def test_a_thick_volume_takes_whole_extents_and_gives_them_back(console: Console) -> None:
    before = _pool(console)
    made = console.make(cap=str(GIB + 512), captype="bytes")
    assert before["free"] - _pool(console)["free"] == 2 * GIB
    record = console.volume(made)
    assert (record["cap"], record["real_cap"], record["tp"]) == (str(GIB + 512), str(2 * GIB), "none")
    console.ask("DELETE", f"/volumes/{made}")
    assert _pool(console) == before


def test_a_thin_volume_takes_extents_as_it_is_written(console: Console) -> None:
    before = _pool(console)
    made = console.make(gib=2, tp="ese")
    after = _pool(console)
    assert after == before | {"virtual_free": before["virtual_free"] - 2 * GIB}
    assert console.volume(made)["real_cap"] == "0"
    for label in "abc":
        console.write(made, label)
    assert _pool(console)["thin"] == 2 * GIB == before["free"] - _pool(console)["free"]
    assert console.labels(made) == ["a", "b", "c"]
    console.ask("DELETE", f"/volumes/{made}")
    assert _pool(console) == before


def test_an_unwritten_thin_volume_may_show_an_extent(console: Console) -> None:
    made = console.make(tp="ese")
    console.turn("unwritten_ese_real_cap_zero", on=False)
    assert console.volume(made)["real_cap"] == str(GIB)


def test_virtual_capacity_is_limited_by_the_repository_or_not(console: Console) -> None:
    assert console.ask("PUT", "/pools/P0/eserep", {"cap": "10", "captype": "gib"}).status == 200
    assert console.order(gib=11, tp="ese").code == "BE534459"
    console.turn("ese_limited_by_repository", on=False)
    assert console.order(gib=11, tp="ese").status == 200


def test_a_full_pool_says_so_for_create_and_for_growth(console: Console) -> None:
    assert console.order(gib=5200).code == "BE534459"
    made = console.make(gib=5000)
    assert console.ask("PUT", f"/volumes/{made}", {"cap": "5200", "captype": "gib"}).code == "BE531465"
    assert console.volume(made)["cap"] == str(5000 * GIB)


def test_a_volume_only_grows(console: Console) -> None:
    made = console.make(gib=2)
    before = _pool(console)["free"]
    assert console.ask("PUT", f"/volumes/{made}", {"cap": "1", "captype": "gib"}).code == "BE7A0044"
    assert console.ask("PUT", f"/volumes/{made}", {"cap": "2", "captype": "gib"}).status == 200
    assert console.ask("PUT", f"/volumes/{made}", {"cap": "5", "captype": "gib"}).status == 200
    assert (console.volume(made)["cap"], before - _pool(console)["free"]) == (str(5 * GIB), 3 * GIB)
    console.turn("growth_to_same_size_refused", on=True)
    assert console.ask("PUT", f"/volumes/{made}", {"cap": "5", "captype": "gib"}).refused


def test_a_put_changes_only_what_is_sent(console: Console) -> None:
    before = console.volume("0000")
    assert console.ask("PUT", "/volumes/0000", {"name": "renamed"}).id == "0000"
    assert console.volume("0000") == before | {"name": "renamed"}


def test_a_move_takes_time_and_space_in_both_pools(console: Console) -> None:
    old, new = _pool(console, "P0")["free"], _pool(console, "P2")["free"]
    assert console.ask("PUT", "/volumes/0000", {"pool": "p2"}).status == 200
    record = console.volume("0000")
    if record["state"] == "migrating":  # a slow machine may already be done
        assert console.ask("PUT", "/volumes/0000", {"cap": "60", "captype": "gib"}).code == "BE7A0047"
    console.advance(1)
    record = console.volume("0000")
    assert (record["state"], record["pool"]["id"]) == ("normal", "P2")
    assert (_pool(console, "P0")["free"], _pool(console, "P2")["free"]) == (old + 50 * GIB, new - 50 * GIB)
    assert [one["id"] for one in console.ask("GET", "/pools/P2/volumes").records] == ["0000"]


def test_a_volume_deleted_while_it_moves_leaves_both_pools(console: Console) -> None:
    before = _pool(console, "P0"), _pool(console, "P2")
    made = console.make(gib=3)
    assert console.ask("PUT", f"/volumes/{made}", {"pool": "P2"}).status == 200
    assert console.ask("DELETE", f"/volumes/{made}").status == 200
    console.advance(1)
    assert (_pool(console, "P0"), _pool(console, "P2")) == before


def test_a_moving_thin_volume_keeps_what_is_written(console: Console) -> None:
    made = console.make(gib=4, tp="ese")
    console.write(made, "x")
    before = _pool(console, "P0"), _pool(console, "P2")
    console.ask("PUT", f"/volumes/{made}", {"pool": "P2"})
    console.advance(1)
    assert console.volume(made)["real_cap"] == str(GIB)
    assert console.labels(made) == ["x"]
    assert _pool(console, "P0")["thin"] == before[0]["thin"] - GIB
    assert _pool(console, "P2")["thin"] == before[1]["thin"] + GIB


def test_a_move_across_nodes_is_refused_or_not(console: Console) -> None:
    assert console.ask("PUT", "/volumes/0000", {"pool": "P1"}).code == "BE7A0046"
    console.turn("move_across_nodes_refused", on=False)
    assert console.ask("PUT", "/volumes/0000", {"pool": "P1"}).status == 200


def test_a_volume_cannot_move_to_a_pool_of_another_type_or_to_none(console: Console) -> None:
    assert console.ask("PUT", "/volumes/0000", {"pool": "P3"}).code == "BE7A0043"
    assert console.ask("PUT", "/volumes/0000", {"pool": "P9"}).code == "BE7A0001"


def test_several_are_deleted_at_once_each_for_itself(console: Console) -> None:
    ids = [console.make(lss="0C") for _ in range(3)]
    seen = console.ask("DELETE", f"/volumes?ids={ids[0]},0BAD,{ids[1].lower()}")
    assert [part["server"]["code"] for part in seen.body["responses"]] == ["", "BE7A0001", ""]
    assert [one["id"] for one in console.ask("GET", "/lss/0C/volumes").records] == [ids[2]]


def test_a_bulk_delete_may_be_all_or_nothing(console: Console) -> None:
    console.turn("bulk_delete_is_all_or_nothing", on=True)
    made = console.make(lss="0C")
    assert console.ask("DELETE", f"/volumes?ids={made},0BAD").code == "BE7A0001"
    assert console.volume(made)["id"] == made


def test_at_most_32_ids_are_deleted_at_once(console: Console) -> None:
    assert console.ask("DELETE", f"/volumes?ids={','.join(['0BAD'] * 33)}").refused


def test_a_volume_with_recent_io_cannot_be_deleted_for_a_while(console: Console) -> None:
    made = console.make()
    console.steer("POST", "/activity", {"array": console.name, "volume": made, "seconds": 120})
    assert console.ask("DELETE", f"/volumes/{made}").code == "BE7A0049"
    console.advance(121)
    assert console.ask("DELETE", f"/volumes/{made}").status == 200


@pytest.mark.parametrize(
    ("model", "gib", "datatype"),
    [
        ("A01", 8, "FB 520P"),
        ("A84", 66, "FB 520U"),
        ("a07", 263, "FB 520P"),
        ("050", 3, "FB 520UV"),
        ("099", 3, "FB 520PV"),
    ],
)
def test_an_os400_model_decides_size_and_type(console: Console, model: str, gib: int, datatype: str) -> None:
    record = console.volume(console.make(gib=3, os400=model))
    assert (record["cap"], record["datatype"], record["MTM"]) == (str(gib * GIB), datatype, f"2107-{model.upper()}")


def test_an_os400_model_may_show_its_exact_blocks(console: Console) -> None:
    console.turn("os400_reports_whole_gib", on=False)
    console.turn("os400_model_in_mtm", on=False)
    record = console.volume(console.make(os400="A02"))
    assert (record["cap"], record["MTM"]) == (str(34_275_328 * 512), "2107-900")


def test_an_unknown_os400_model_is_refused_and_a_fixed_one_does_not_grow(console: Console) -> None:
    assert console.order(os400="A03").refused
    made = console.make(os400="A01")
    assert console.ask("PUT", f"/volumes/{made}", {"cap": "9", "captype": "gib"}).code == "BE7A0045"


def test_a_create_may_return_nothing_but_a_link(console: Console) -> None:
    console.turn("creates_return_links_only", on=True)
    seen = console.order()
    assert "data" not in seen.body
    assert console.volume(seen.id)["id"] == seen.id


def test_a_delete_may_answer_without_a_body(console: Console) -> None:
    console.turn("empty_delete_answers", on=True)
    assert console.ask("DELETE", "/volumes/0000").status == 204
    assert console.ask("GET", "/volumes/0000").status == 404
