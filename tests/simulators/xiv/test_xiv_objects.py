"""Rules of the objects around volumes: pools, snapshots, groups, classes, hosts, mappings."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest

from support.xcli import ControlAddress, Xcli


def make(xiv: Xcli, *names: str, pool: str = "pool1") -> None:
    for name in names:
        xiv.does("vol_create", vol=name, size=17, pool=pool)


def names(xiv: Xcli, command: str, **arguments: object) -> list[str]:
    return [row["name"] for row in xiv.does(command, **arguments)]


# pools


def test_a_new_array_has_two_pools_of_different_sizes(xiv: Xcli, partner: Xcli) -> None:
    rows = xiv.does("pool_list")
    assert [row["name"] for row in rows] == ["pool1", "pool2"]
    assert rows[0]["soft_size"] != rows[1]["soft_size"]
    assert rows == partner.does("pool_list")
    assert xiv.does("pool_list", pool="none") == []


def test_a_pool_is_made_in_units_changed_and_deleted_when_empty(xiv: Xcli) -> None:
    made = xiv.ask("pool_create", pool="p", size=100, snapshot_size=20).one
    assert (made["soft_size_MiB"], made["hard_size_MiB"], made["snapshot_size_MiB"]) == ("98304", "98304", "32768")
    assert xiv.says("pool_create", pool="P", size=100, snapshot_size=20) == "POOL_NAME_EXISTS"
    make(xiv, "v1", "v2", "v3", "v4", pool="p")
    assert xiv.says("vol_create", vol="v5", size=17, pool="p") == "NOT_ENOUGH_SPACE"
    xiv.does("pool_resize", pool="p", size=120)
    make(xiv, "v5", pool="p")
    assert xiv.says("pool_resize", pool="p", size=100) == "NOT_ENOUGH_SPACE"
    assert xiv.says("pool_delete", pool="p") == "POOL_HAS_VOLUMES"
    xiv.does("pool_rename", pool="p", new_name="q")
    assert {row["pool_name"] for row in xiv.does("vol_list")} == {"q"}
    for row in xiv.does("vol_list"):
        xiv.does("vol_delete", vol=row["name"])
    xiv.does("cg_create", cg="g", pool="q")
    assert xiv.says("pool_delete", pool="q") == "POOL_HAS_CONS_GROUPS"
    xiv.does("cg_delete", cg="g")
    xiv.does("pool_delete", pool="q")
    assert xiv.says("pool_delete", pool="q") == "POOL_DOES_NOT_EXIST"


@pytest.mark.parametrize(
    ("sizes", "code"),
    [
        ({"hard_size": 200, "soft_size": 100, "snapshot_size": 0}, "SOFT_SIZE_SMALLER_THAN_HARD_SIZE"),
        ({"size": 100, "snapshot_size": 200}, "HARD_SIZE_SMALLER_THAN_SNAPSHOT_SIZE"),
        ({"size": 500_000, "snapshot_size": 0}, "NO_HARD_SPACE"),
        ({"hard_size": 17, "soft_size": 900_000, "snapshot_size": 0}, "NO_SOFT_SPACE"),
        ({"hard_size": 17, "snapshot_size": 0}, "BAD_PARAMS"),
        ({"hard_size": 17, "soft_size": 17, "size": 17, "snapshot_size": 0}, "BAD_PARAMS"),
    ],
)
def test_sizes_of_a_pool_have_to_fit(xiv: Xcli, sizes: dict[str, object], code: str) -> None:
    assert xiv.says("pool_create", pool="p", **sizes) == code
    assert names(xiv, "pool_list") == ["pool1", "pool2"]


def test_an_over_committed_pool_shows_a_negative_amount_unsigned(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("pool_create", pool="thin", hard_size=17, soft_size=170, snapshot_size=0)
    make(xiv, "v1", "v2", pool="thin")
    for name in ("v1", "v2"):
        control.ask("POST", "/io", {"array": "xiv1", "volume": name, "write": "x"})
    assert int(xiv.ask("pool_list", pool="thin").one["empty_space_hard_MiB"]) == 2**64 - 16384


# snapshots


def test_a_snapshot_is_a_locked_volume_with_a_master(xiv: Xcli) -> None:
    make(xiv, "v1")
    first = xiv.ask("snapshot_create", vol="v1").one
    second = xiv.ask("snapshot_create", vol="v1", name="mine", delete_priority=3).one
    assert (first["name"], second["name"]) == ("v1.snapshot_00001", "mine")
    assert (first["master_name"], first["snapshot_of"], first["locked"]) == ("v1", "v1", "yes")
    assert (first["delete_priority"], second["delete_priority"]) == ("1", "3")
    assert xiv.does("snapshot_list", vol="v1") == [first, second]
    assert names(xiv, "vol_list") == ["v1", "v1.snapshot_00001", "mine"]
    xiv.does("vol_rename", vol="v1", new_name="v2")
    assert xiv.ask("vol_list", vol="mine").one["master_name"] == "v2"


def test_volumes_and_snapshots_share_one_space_of_names(xiv: Xcli) -> None:
    make(xiv, "v1", "v2")
    assert xiv.says("snapshot_create", vol="v1", name="V2") == "VOLUME_EXISTS"
    xiv.does("snapshot_create", vol="v1", name="s")
    assert xiv.says("vol_create", vol="s", size=17, pool="pool1") == "VOLUME_EXISTS"
    assert xiv.says("snapshot_create", vol="s") == "VOLUME_IS_SNAPSHOT"
    assert xiv.says("snapshot_delete", snapshot="v2") == "VOLUME_IS_NOT_A_SNAPSHOT"
    assert xiv.says("vol_resize", vol="s", size=34) == "VOLUME_IS_SNAPSHOT"
    assert xiv.says("vol_move", vol="s", pool="pool2") == "VOLUME_IS_SNAPSHOT"


def test_an_automatic_name_stays_within_the_limit(xiv: Xcli) -> None:
    make(xiv, "x" * 63)
    assert len(xiv.ask("snapshot_create", vol="x" * 63).one["name"]) == 63


@pytest.mark.parametrize("takes", [True, False])
def test_deleting_a_volume_takes_its_snapshots_or_is_refused(xiv: Xcli, control: ControlAddress, takes: bool) -> None:
    control.turn("xiv_delete_takes_snapshots", on=takes)
    make(xiv, "v1")
    xiv.does("snapshot_create", vol="v1", name="s1")
    xiv.does("host_define", host="h1")
    xiv.does("map_vol", host="h1", vol="s1", lun=1)
    assert xiv.says("vol_delete", vol="v1") == ("SNAPSHOT_IS_MAPPED" if takes else "VOLUME_HAS_SNAPSHOTS")
    assert xiv.says("snapshot_delete", snapshot="s1") == "SNAPSHOT_IS_MAPPED"
    xiv.does("unmap_vol", host="h1", vol="s1")
    assert xiv.says("vol_delete", vol="v1") == ("SUCCESS" if takes else "VOLUME_HAS_SNAPSHOTS")
    assert names(xiv, "vol_list") == ([] if takes else ["v1", "s1"])


def test_snapshots_go_by_either_command(xiv: Xcli) -> None:
    make(xiv, "v1")
    for name in ("s1", "s2"):
        xiv.does("snapshot_create", vol="v1", name=name)
    xiv.does("snapshot_delete", snapshot="s1")
    xiv.does("vol_delete", vol="s2")
    assert names(xiv, "vol_list") == ["v1"]


def test_snapshots_move_with_their_volume(xiv: Xcli) -> None:
    make(xiv, "v1")
    xiv.does("snapshot_create", vol="v1")
    xiv.does("vol_move", vol="v1", pool="pool2")
    assert {row["pool_name"] for row in xiv.does("vol_list")} == {"pool2"}


def test_a_snapshot_keeps_its_content_and_gives_it_back(xiv: Xcli, control: ControlAddress) -> None:
    def write(volume: str, label: str) -> None:
        control.ask("POST", "/io", {"array": "xiv1", "volume": volume, "write": label})

    def read(volume: str) -> list[str]:
        found: list[str] = control.ask("GET", f"/io?array=xiv1&volume={volume}")
        return found

    make(xiv, "v1")
    write("v1", "a")
    xiv.does("snapshot_create", vol="v1", name="s1")
    write("v1", "b")
    xiv.does("snapshot_duplicate", snapshot="s1", name="s2")
    with pytest.raises(HTTPError):
        write("s1", "c")
    xiv.does("vol_unlock", vol="s2")
    write("s2", "d")
    assert (read("v1"), read("s1"), read("s2")) == (["a", "b"], ["a"], ["a", "d"])
    assert xiv.ask("vol_list", vol="s2").one["modified"] == "yes"
    xiv.does("snapshot_restore", snapshot="s1")
    assert read("v1") == ["a"]
    xiv.does("snapshot_create", vol="v1", overwrite="s2")
    assert (read("s2"), xiv.ask("vol_list", vol="s2").one["locked"]) == (["a"], "yes")


def test_without_snapshot_space_the_least_important_and_oldest_snapshots_go(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("pool_create", pool="none", size=170, snapshot_size=0)
    make(xiv, "v0", pool="none")
    assert xiv.says("snapshot_create", vol="v0") == "NOT_ENOUGH_SNAPSHOT_SPACE"
    xiv.does("pool_create", pool="little", size=170, snapshot_size=34)
    snapshots = (("first", 4), ("second", 4), ("kept", 1), ("last", 4))
    for number, (name, priority) in enumerate(snapshots):
        make(xiv, f"v{number + 1}", pool="little")
        xiv.does("snapshot_create", vol=f"v{number + 1}", name=name, delete_priority=priority)
    left = []
    for number in range(1, 5):
        control.ask("POST", "/io", {"array": "xiv1", "volume": f"v{number}", "write": "x"})
        left.append({name for name, _ in snapshots} & set(names(xiv, "vol_list", pool="little")))
    assert left[0] == left[1] == {"first", "second", "kept", "last"}
    assert left[2] == {"second", "kept", "last"}
    assert left[3] == {"kept", "last"}
    used = xiv.ask("pool_list", pool="little").one
    assert used["used_by_snapshots_MiB"] == used["snapshot_size_MiB"]


# consistency groups


def test_a_group_holds_volumes_of_its_pool_and_goes_when_empty(xiv: Xcli) -> None:
    make(xiv, "v1", "v2")
    make(xiv, "far", pool="pool2")
    xiv.does("cg_create", cg="g1", pool="pool1")
    xiv.does("cg_create", cg="g2", pool="pool1")
    assert xiv.says("cg_create", cg="G1", pool="pool1") == "CONS_GROUP_NAME_EXISTS"
    assert xiv.says("cg_create", cg="g3", pool="none") == "POOL_DOES_NOT_EXIST"
    xiv.does("cg_add_vol", cg="g1", vol="v1")
    assert xiv.says("cg_add_vol", cg="g2", vol="v1") == "VOLUME_BELONGS_TO_CG"
    assert xiv.says("cg_add_vol", cg="g1", vol="far") == "VOLUME_BAD_POOL"
    assert xiv.says("cg_add_vol", cg="g1", vol="none") == "VOLUME_BAD_NAME"
    assert xiv.says("cg_delete", cg="g1") == "CONS_GROUP_NOT_EMPTY"
    assert names(xiv, "vol_list", cg="g1") == ["v1"]
    xiv.does("cg_rename", cg="g1", new_name="g9")
    assert xiv.ask("vol_list", vol="v1").one["cg_name"] == "g9"
    assert [(row["name"], row["pool"]) for row in xiv.does("cg_list")] == [("g9", "pool1"), ("g2", "pool1")]
    assert xiv.says("cg_remove_vol", vol="v2") == "VOLUME_NOT_IN_CONS_GROUP"
    xiv.does("cg_remove_vol", vol="v1")
    xiv.does("cg_delete", cg="g9")
    assert names(xiv, "cg_list") == ["g2"]


@pytest.mark.parametrize("refused", [True, False])
def test_a_member_stays_in_its_pool(xiv: Xcli, control: ControlAddress, refused: bool) -> None:
    control.turn("xiv_move_in_group_refused", on=refused)
    make(xiv, "v1")
    xiv.does("cg_create", cg="g1", pool="pool1")
    xiv.does("cg_add_vol", cg="g1", vol="v1")
    assert xiv.says("vol_move", vol="v1", pool="pool2") == ("VOLUME_BELONGS_TO_CG" if refused else "SUCCESS")


@pytest.mark.parametrize(("bad_name", "code"), [(True, "CONS_GROUP_BAD_NAME"), (False, "CONS_GROUP_DOES_NOT_EXIST")])
def test_a_missing_group_has_one_of_two_codes(xiv: Xcli, control: ControlAddress, bad_name: bool, code: str) -> None:
    control.turn("xiv_group_missing_is_bad_name", on=bad_name)
    assert xiv.says("cg_delete", cg="none") == code


# performance classes


def test_a_volume_is_in_one_class_at_most(xiv: Xcli) -> None:
    make(xiv, "v1")
    xiv.does("perf_class_create", perf_class="silver", type="independent")
    xiv.does("perf_class_set_rate", perf_class="silver", max_io_rate=500, max_bw_rate=20)
    assert xiv.ask("perf_class_list", perf_class="silver").one == {
        "name": "silver",
        "type": "independent",
        "max_iops": "500",
        "max_bw": "20",
    }
    assert names(xiv, "perf_class_list") == ["gold", "silver"]
    assert xiv.says("perf_class_create", perf_class="gold") == "PERF_CLASS_EXISTS"
    assert xiv.says("perf_class_remove_vol", vol="v1") == "VOLUME_NOT_CONNECTED_TO_ANY_PERF_CLASS"
    assert xiv.says("perf_class_add_vol", perf_class="none", vol="v1") == "PERF_CLASS_BAD_NAME"
    xiv.does("perf_class_add_vol", perf_class="gold", vol="v1")
    assert xiv.says("perf_class_add_vol", perf_class="gold", vol="v1") == "VOLUME_ALREADY_IN_PERF_CLASS"
    xiv.does("perf_class_add_vol", perf_class="silver", vol="v1")
    xiv.does("perf_class_delete", perf_class="gold")
    assert xiv.says("perf_class_delete", perf_class="silver") == "PERF_CLASS_ASSOCIATED_WITH_VOLUMES"
    xiv.does("perf_class_rename", perf_class="silver", new_name="tin")
    assert xiv.ask("vol_list", vol="v1").one["perf_class"] == "tin"
    xiv.does("vol_delete", vol="v1")
    xiv.does("perf_class_delete", perf_class="tin")


def test_an_older_release_has_no_classes_for_volumes(xiv: Xcli, control: ControlAddress) -> None:
    control.turn("xiv_qos_on_volumes", on=False)
    make(xiv, "v1")
    assert xiv.says("perf_class_add_vol", perf_class="gold", vol="v1") == "UNRECOGNIZED_COMMAND"
    assert "perf_class_add_vol" not in names(xiv, "help")
    assert xiv.ask("version_get").one["system_version"].startswith("11.")


# hosts and mappings


def test_a_port_belongs_to_one_host(xiv: Xcli) -> None:
    assert xiv.ask("host_define", host="h1").one["fc_ports"] == ""
    xiv.does("host_define", host="h2")
    assert xiv.says("host_define", host="H1") == "HOST_NAME_EXISTS"
    xiv.does("host_add_port", host="h1", fcaddress="10:00:00:00:c9:aa:bb:01")
    xiv.does("host_add_port", host="h1", fcaddress="10000000C9AABB02")
    xiv.does("host_add_port", host="h1", iscsi_name="iqn.1994-05.com.example:h1")
    row = xiv.ask("host_list", host="h1").one
    assert row["fc_ports"] == "10000000C9AABB01,10000000C9AABB02"
    assert row["iscsi_ports"] == "iqn.1994-05.com.example:h1"
    assert xiv.says("host_add_port", host="h2", fcaddress="10000000c9aabb01") == "HOST_PORT_EXISTS"
    assert xiv.says("host_add_port", host="h2", fcaddress="10") == "ILLEGAL_VALUE"
    assert xiv.says("host_add_port", host="h2", iscsi_name="h2") == "ISCSI_HOST_ILLEGAL_PORT_NAME"
    assert xiv.says("host_add_port", host="none", fcaddress="10000000c9aabb01") == "HOST_BAD_NAME"
    xiv.does("host_remove_port", host="h1", fcaddress="10000000C9AABB01")
    xiv.does("host_add_port", host="h2", fcaddress="10000000C9AABB01")
    xiv.does("host_delete", host="h2")
    xiv.does("host_add_port", host="h1", fcaddress="10000000C9AABB01")
    assert xiv.does("host_list", host="h2") == []


def test_log_ins_are_listed_by_host(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("host_define", host="h1")
    xiv.does("host_add_port", host="h1", fcaddress="10000000c9aabb01")
    assert xiv.does("host_connectivity_list", host="h1") == []
    control.ask("POST", "/logins", {"array": "xiv1", "port": "10:00:00:00:c9:aa:bb:01", "state": "in"})
    row = xiv.ask("host_connectivity_list", host="h1").one
    assert (row["host"], row["host_port"], row["type"]) == ("h1", "10000000C9AABB01", "FC")
    control.ask("POST", "/logins", {"array": "xiv1", "port": "10000000c9aabb01", "state": "out"})
    assert xiv.does("host_connectivity_list") == []


def test_a_lun_is_the_senders_choice_and_can_be_taken(xiv: Xcli) -> None:
    make(xiv, "v1", "v2")
    for host in ("h1", "h2"):
        xiv.does("host_define", host=host)
    xiv.does("map_vol", host="h1", vol="v1", lun=5)
    xiv.does("map_vol", host="h1", vol="v1", lun=5)
    taken = xiv.ask("map_vol", host="h1", vol="v2", lun=5)
    assert (taken.code, taken.words) == ("LUN_ALREADY_IN_USE", "LUN is already in use")
    assert xiv.says("map_vol", host="h1", vol="v1", lun=6) == "VOLUME_ALREADY_ASSIGNED"
    assert xiv.says("map_vol", host="h1", vol="v2", lun=512) == "ILLEGAL_LUN"
    assert xiv.says("map_vol", host="none", vol="v2", lun=1) == "HOST_BAD_NAME"
    assert xiv.says("map_vol", host="h1", vol="none", lun=1) == "VOLUME_BAD_NAME"
    xiv.options["i-am-sure"] = "no"
    assert xiv.says("map_vol", host="h2", vol="v1", lun=5) == "ARE_YOU_SURE_YOU_WANT_TO_MAP_VOLUME"
    xiv.options["i-am-sure"] = "yes"
    xiv.does("map_vol", host="h2", vol="v1", lun=5)
    assert [(row["host"], row["lun"]) for row in xiv.does("vol_mapping_list", vol="v1")] == [("h1", "5"), ("h2", "5")]
    xiv.does("map_vol", host="h1", vol="v2", lun=5, override="yes")
    assert [(row["volume"], row["lun"]) for row in xiv.does("mapping_list", host="h1")] == [("v2", "5")]
    assert [(row["host"], row["volume"]) for row in xiv.does("mapping_list")] == [("h1", "v2"), ("h2", "v1")]


@pytest.mark.parametrize("allowed", [False, True])
def test_lun_zero_is_reserved_or_not(xiv: Xcli, control: ControlAddress, allowed: bool) -> None:
    control.turn("xiv_lun_zero_allowed", on=allowed)
    make(xiv, "v1")
    xiv.does("host_define", host="h1")
    assert xiv.says("map_vol", host="h1", vol="v1", lun=0) == ("SUCCESS" if allowed else "ILLEGAL_LUN")


@pytest.mark.parametrize(("refused", "code"), [(True, "MAPPING_IS_NOT_DEFINED"), (False, "SUCCESS")])
def test_unmapping_what_is_not_mapped(xiv: Xcli, control: ControlAddress, refused: bool, code: str) -> None:
    control.turn("xiv_unmap_missing_refused", on=refused)
    make(xiv, "v1")
    xiv.does("host_define", host="h1")
    assert xiv.says("unmap_vol", host="h1", vol="v1") == code


@pytest.mark.parametrize(("drops", "code"), [(True, "SUCCESS"), (False, "HOST_HAS_MAPPINGS")])
def test_deleting_a_mapped_host(xiv: Xcli, control: ControlAddress, drops: bool, code: str) -> None:
    control.turn("xiv_host_delete_unmaps", on=drops)
    make(xiv, "v1")
    xiv.does("host_define", host="h1")
    xiv.does("map_vol", host="h1", vol="v1", lun=1)
    assert xiv.says("host_delete", host="h1") == code
    assert len(xiv.does("vol_mapping_list", vol="v1")) == (0 if drops else 1)


def test_hosts_of_a_cluster_are_mapped_through_it(xiv: Xcli) -> None:
    make(xiv, "v1")
    xiv.does("host_define", host="h1")
    xiv.does("cluster_create", cluster="c1")
    xiv.does("cluster_add_host", cluster="c1", host="h1")
    assert xiv.says("map_vol", host="h1", vol="v1", lun=1) == "HOST_BELONGS_TO_CLUSTER"
    assert xiv.says("host_delete", host="h1") == "HOST_BELONGS_TO_CLUSTER"
    xiv.does("map_vol", cluster="c1", vol="v1", lun=1)
    row = xiv.ask("vol_mapping_list", vol="v1").one
    assert (row["host"], row["type"], row["lun"]) == ("c1", "cluster", "1")
    assert [row["volume"] for row in xiv.does("mapping_list", host="h1")] == ["v1"]
    assert xiv.ask("cluster_list", cluster="c1").one["hosts"] == "h1"
    assert xiv.ask("host_list", host="h1").one["cluster"] == "c1"
    assert xiv.says("cluster_delete", cluster="c1") == "CLUSTER_HAS_MAPPINGS"
    xiv.does("unmap_vol", cluster="c1", vol="v1")
    xiv.does("cluster_remove_host", cluster="c1", host="h1")
    xiv.does("cluster_delete", cluster="c1")
    assert xiv.says("map_vol", cluster="c1", vol="v1", lun=1) == "CLUSTER_BAD_NAME"
