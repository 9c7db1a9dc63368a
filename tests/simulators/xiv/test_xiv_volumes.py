"""Rules of volumes: sizes, names, identity, pools, what forbids a change."""

from __future__ import annotations

import pytest

from support.xcli import ControlAddress, Leaves, Xcli

UNIT = 16 * 2**30
BLOCKS_PER_UNIT = UNIT // 512


def volume(xiv: Xcli, name: str) -> Leaves:
    return xiv.ask("vol_list", vol=name).one


def pool(xiv: Xcli, name: str = "pool1") -> dict[str, int]:
    found = xiv.ask("pool_list", pool=name).one
    return {leaf: int(value) for leaf, value in found.items() if value.isdigit()}


def make(xiv: Xcli, name: str, blocks: int = BLOCKS_PER_UNIT, pool_name: str = "pool1") -> Leaves:
    return xiv.ask("vol_create", vol=name, size_blocks=blocks, pool=pool_name).one


@pytest.mark.parametrize(
    ("rounds", "gigabytes", "capacity"),
    [
        (True, 51, 3 * BLOCKS_PER_UNIT),
        (True, 17, BLOCKS_PER_UNIT),
        (True, 18, 2 * BLOCKS_PER_UNIT),
        (False, 51, 51 * 10**9 // 512),
    ],
)
def test_size_is_decimal_gigabytes_rounded_up_to_units(
    xiv: Xcli, control: ControlAddress, rounds: bool, gigabytes: int, capacity: int
) -> None:
    control.turn("xiv_size_gb_rounded", on=rounds)
    made = xiv.ask("vol_create", vol="v1", size=gigabytes, pool="pool1").one
    assert int(made["capacity"]) == capacity
    assert int(made["size_MiB"]) == capacity * 512 // 2**20
    assert int(made["size"]) == capacity * 512 // 10**9


@pytest.mark.parametrize(("rounds", "capacity"), [(False, 19531251), (True, BLOCKS_PER_UNIT)])
def test_size_blocks_is_exact_or_rounded_and_allocation_is_always_in_units(
    xiv: Xcli, control: ControlAddress, rounds: bool, capacity: int
) -> None:
    control.turn("xiv_size_blocks_rounded", on=rounds)
    assert int(make(xiv, "v1", 10_000_000_512 // 512)["capacity"]) == capacity
    assert pool(xiv)["total_volume_size_MiB"] == UNIT // 2**20


def test_an_a9000_has_no_units_of_17_gb_and_other_rows(xiv: Xcli, control: ControlAddress) -> None:
    control.turn("xiv_is_a9000", on=True)
    made = xiv.ask("vol_create", vol="v1", size=1, pool="pool1").one
    assert int(made["capacity"]) == 10**9 // 512
    assert made["copy_master_wwn"] == "Not Available"
    row = xiv.ask("pool_list", pool="pool1").one
    assert "hard_size" not in row
    assert int(row["size_MiB"]) - int(row["snapshot_size_MiB"]) - int(row["empty_space_MiB"]) == 1024
    assert xiv.ask("version_get").one["system_version"].startswith("12.")
    assert xiv.ask("config_get", name="machine_type").one["value"] == "9835"


def test_vol_create_returns_the_row_that_vol_list_shows(xiv: Xcli) -> None:
    made = make(xiv, "v1")
    assert made == volume(xiv, "v1")
    assert made == xiv.ask("vol_list", wwn=made["wwn"].lower()).one
    assert made == xiv.ask("vol_by_id", id=made["id"]).one
    assert made["pool_id"] == xiv.ask("pool_list", pool="pool1").one["id"]
    assert made["wwn"].startswith("001738")
    assert (len(made["wwn"]), made["used_capacity"]) == (16, "0")
    empty = ("cg_name", "sg_name", "master_name", "snapshot_of", "snapshot_time", "perf_class")
    assert {made[leaf] for leaf in empty} == {""}


def test_unknown_volumes_list_as_nothing(xiv: Xcli, control: ControlAddress) -> None:
    for arguments in ({"vol": "none"}, {"wwn": "00173800000000FF"}, {"pool": "none"}, {"cg": "none"}):
        assert xiv.ask("vol_list", **arguments).records == []
    control.turn("xiv_filter_unknown_empty", on=False)
    assert xiv.says("vol_list", pool="none") == "POOL_DOES_NOT_EXIST"


def test_listings_filter_by_pool_and_by_several_names(xiv: Xcli) -> None:
    for name, where in (("a", "pool1"), ("b", "pool2"), ("c", "pool1")):
        make(xiv, name, pool_name=where)
    assert [row["name"] for row in xiv.does("vol_list")] == ["a", "b", "c"]
    assert [row["name"] for row in xiv.does("vol_list", pool="pool1")] == ["a", "c"]
    assert [row["name"] for row in xiv.does("vol_list", vol="b,a,none")] == ["b", "a"]


def test_ids_and_wwns_are_never_given_twice(xiv: Xcli, partner: Xcli) -> None:
    first = make(xiv, "v1")
    xiv.does("vol_delete", vol="v1")
    second = make(xiv, "v1")
    assert first["id"] != second["id"]
    assert first["wwn"] != second["wwn"]
    assert make(partner, "v1")["wwn"] not in {first["wwn"], second["wwn"]}


@pytest.mark.parametrize("sensitive", [False, True])
def test_names_are_unique_whatever_the_case_rule(xiv: Xcli, control: ControlAddress, sensitive: bool) -> None:
    control.turn("xiv_names_case_sensitive", on=sensitive)
    make(xiv, "Data")
    assert xiv.says("vol_create", vol="Data", size=17, pool="pool1") == "VOLUME_EXISTS"
    expected = "SUCCESS" if sensitive else "VOLUME_EXISTS"
    assert xiv.says("vol_create", vol="data", size=17, pool="pool1") == expected
    assert len(xiv.does("vol_list", vol="DATA")) == (0 if sensitive else 1)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x" * 63, "SUCCESS"),
        ("x" * 64, "ILLEGAL_NAME"),
        ("a b.c_d-e~f", "SUCCESS"),
        ("a/b", "ILLEGAL_NAME"),
        ("last-replicated-v1", "VOLUME_BAD_PREFIX"),
        ("most-recent-v1", "VOLUME_BAD_PREFIX"),
    ],
)
def test_what_a_volume_may_be_called(xiv: Xcli, name: str, code: str) -> None:
    assert xiv.says("vol_create", vol=name, size=17, pool="pool1") == code
    make(xiv, "other")
    if code != "SUCCESS":
        assert xiv.says("vol_rename", vol="other", new_name=name) == code


def test_renaming_keeps_everything_else(xiv: Xcli) -> None:
    before = make(xiv, "v1")
    make(xiv, "v2")
    assert xiv.says("vol_rename", vol="v1", new_name="V2") == "VOLUME_EXISTS"
    assert xiv.says("vol_rename", vol="none", new_name="v3") == "VOLUME_BAD_NAME"
    xiv.does("vol_rename", vol="v1", new_name="V1")
    assert volume(xiv, "V1") == before | {"name": "V1"}
    xiv.does("vol_rename", vol="V1", new_name="v3")
    assert xiv.does("vol_list", vol="v1") == []
    make(xiv, "v1")


def test_resizing_grows_freely_and_shrinks_only_when_told(xiv: Xcli) -> None:
    make(xiv, "v1", 4096)
    xiv.does("vol_resize", vol="v1", size_blocks=8192)
    assert volume(xiv, "v1")["capacity"] == "8192"
    assert xiv.says("vol_resize", vol="v1", size_blocks=4096) == "CAN_NOT_SHRINK_VOLUME"
    xiv.options["i-am-sure"] = "no"
    arguments = {"vol": "v1", "size_blocks": 4096, "shrink_volume": "yes"}
    assert xiv.says("vol_resize", **arguments) == "ARE_YOU_SURE_YOU_WANT_TO_REDUCE_VOLUME"
    xiv.options["i-am-sure"] = "yes"
    xiv.does("vol_resize", **arguments)
    assert volume(xiv, "v1")["capacity"] == "4096"
    assert xiv.says("vol_resize", vol="none", size_blocks=4096) == "VOLUME_BAD_NAME"


def test_growing_may_need_a_sure_sender(xiv: Xcli, control: ControlAddress) -> None:
    make(xiv, "v1", 4096)
    control.turn("xiv_enlarge_needs_sure", on=True)
    xiv.options["i-am-sure"] = "no"
    warning = "ARE_YOU_SURE_YOU_WANT_TO_ENLARGE_VOLUME"
    assert xiv.says("vol_resize", vol="v1", size_blocks=8192) == warning
    control.turn("xiv_warnings_need_sure", on=False)
    assert xiv.says("vol_resize", vol="v1", size_blocks=8192) == "SUCCESS"


def test_a_pool_is_charged_and_given_back_exactly(xiv: Xcli) -> None:
    before = pool(xiv), pool(xiv, "pool2")
    make(xiv, "v1", 3 * BLOCKS_PER_UNIT + 1)
    assert before[0]["empty_space_soft_MiB"] - pool(xiv)["empty_space_soft_MiB"] == 4 * 16384
    xiv.does("vol_resize", vol="v1", size_blocks=5 * BLOCKS_PER_UNIT)
    xiv.does("vol_move", vol="v1", pool="pool2")
    assert pool(xiv) == before[0]
    assert pool(xiv, "pool2")["total_volume_size_MiB"] == 5 * 16384
    assert volume(xiv, "v1")["pool_name"] == "pool2"
    xiv.does("vol_delete", vol="v1")
    assert (pool(xiv), pool(xiv, "pool2")) == before


def test_space_runs_out_and_nothing_is_left_of_what_failed(xiv: Xcli) -> None:
    free = pool(xiv, "pool2")["empty_space_soft_MiB"] * 2048
    reply = xiv.ask("vol_create", vol="v1", size_blocks=free + 1, pool="pool2")
    assert (reply.code, reply.level) == ("NOT_ENOUGH_SPACE", "3")
    assert reply.words == "No space to allocate to the volume"
    make(xiv, "v1", free, "pool2")
    assert pool(xiv, "pool2")["empty_space_soft_MiB"] == 0
    assert xiv.says("vol_create", vol="v2", size=17, pool="pool2") == "NOT_ENOUGH_SPACE"
    assert xiv.says("vol_resize", vol="v1", size_blocks=free + 1) == "NOT_ENOUGH_SPACE"
    make(xiv, "v3")
    assert xiv.says("vol_move", vol="v3", pool="pool2") == "NOT_ENOUGH_SPACE"
    assert xiv.does("vol_list", vol="v2") == []
    assert xiv.says("vol_create", vol="v4", size=170_000, pool="pool1") == "VOLUME_SIZE_ABOVE_LIMIT"


@pytest.mark.parametrize("command", ["vol_delete", "vol_lock", "vol_unlock", "vol_format", "vol_mapping_list"])
def test_a_missing_volume_is_a_bad_name_of_runtime_level(xiv: Xcli, command: str) -> None:
    reply = xiv.ask(command, vol="none")
    assert (reply.code, reply.level, reply.words) == ("VOLUME_BAD_NAME", "3", "Volume name does not exist")


def test_deleting_asks_whether_the_sender_is_sure(xiv: Xcli, control: ControlAddress) -> None:
    make(xiv, "v1")
    xiv.options["i-am-sure"] = "no"
    assert xiv.says("vol_delete", vol="v1") == "ARE_YOU_SURE_YOU_WANT_TO_DELETE_VOLUME"
    assert volume(xiv, "v1")
    control.turn("xiv_warnings_need_sure", on=False)
    assert xiv.says("vol_delete", vol="v1") == "SUCCESS"


def test_what_uses_a_volume_forbids_its_deletion_even_for_the_sure(xiv: Xcli) -> None:
    make(xiv, "v1")
    xiv.does("host_define", host="h1")
    xiv.does("map_vol", host="h1", vol="v1", lun=1)
    assert xiv.says("vol_delete", vol="v1") == "VOLUME_IS_MAPPED"
    xiv.does("unmap_vol", host="h1", vol="v1")
    xiv.does("cg_create", cg="g1", pool="pool1")
    xiv.does("cg_add_vol", cg="g1", vol="v1")
    assert xiv.says("vol_delete", vol="v1") == "VOLUME_BELONGS_TO_CG"
    xiv.does("cg_remove_vol", vol="v1")
    xiv.does("vol_delete", vol="v1")
    assert xiv.says("vol_delete", vol="v1") == "VOLUME_BAD_NAME"


def test_a_locked_volume_cannot_be_changed(xiv: Xcli) -> None:
    make(xiv, "v1", 4096)
    xiv.does("vol_lock", vol="v1")
    assert volume(xiv, "v1")["locked"] == "yes"
    assert xiv.says("vol_resize", vol="v1", size_blocks=8192) == "VOLUME_LOCKED"
    xiv.does("vol_unlock", vol="v1")
    xiv.does("vol_resize", vol="v1", size_blocks=8192)


def test_copying_carries_content_and_size(xiv: Xcli, control: ControlAddress) -> None:
    make(xiv, "from", 8192)
    make(xiv, "to", 4096)
    control.ask("POST", "/io", {"array": "xiv1", "volume": "from", "write": "one"})
    control.ask("POST", "/io", {"array": "xiv1", "volume": "to", "write": "old"})
    assert xiv.says("vol_copy", vol_src="none", vol_trg="to") == "SOURCE_VOLUME_BAD_NAME"
    assert xiv.says("vol_copy", vol_src="from", vol_trg="none") == "TARGET_VOLUME_BAD_NAME"
    assert xiv.says("vol_copy", vol_src="from", vol_trg="to") == "VOLUME_NOT_FORMATTED"
    xiv.does("vol_format", vol="to")
    assert control.ask("GET", "/io?array=xiv1&volume=to") == []
    xiv.does("vol_copy", vol_src="from", vol_trg="to")
    assert control.ask("GET", "/io?array=xiv1&volume=to") == ["one"]
    assert volume(xiv, "to")["capacity"] == "8192"


@pytest.mark.parametrize(("nothing", "used"), [(True, 0), (False, 17)])
def test_used_capacity_tells_what_was_written(xiv: Xcli, control: ControlAddress, nothing: bool, used: int) -> None:
    control.turn("xiv_new_volume_uses_nothing", on=nothing)
    assert make(xiv, "v1", 4 * BLOCKS_PER_UNIT)["used_capacity"] == str(used)
    control.ask("POST", "/io", {"array": "xiv1", "volume": "v1", "write": "one"})
    assert int(volume(xiv, "v1")["used_capacity"]) > used
    assert pool(xiv)["used_by_volumes"] == int(volume(xiv, "v1")["used_capacity"])


def test_wwns_are_written_in_either_case(xiv: Xcli, control: ControlAddress) -> None:
    upper = [make(xiv, f"v{number}")["wwn"] for number in range(12)]
    control.turn("xiv_wwn_upper_case", on=False)
    assert [row["wwn"] for row in xiv.does("vol_list")] == [wwn.lower() for wwn in upper]
    assert upper == [wwn.upper() for wwn in upper]
