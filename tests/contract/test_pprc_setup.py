"""Replication on two linked DS8000s, set up and changed: both modes, every refusal, nothing left behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from support.linked import GIB, Linked
from support.pprc_stage import MODES, Stage
from support.refusals import says_all
from support.rest_console import Console
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    DriverError,
    InUse,
    NoSpace,
    NotFound,
    Refused,
    ReplicationMode,
    Side,
    Unsupported,
)
from terraform_provider_xivds8k.driver.flows.pprc_paths import MadePaths, PprcPaths, Way

SIDES: tuple[Side, ...] = ("home", "remote")


# making


def test_a_volume_is_copied_to_a_new_volume_like_it(stage: Stage, mode: ReplicationMode) -> None:
    """The remote volume is new, as large, provisioned alike, in the pool asked for, and holds the same."""
    volume = stage.two.volume("a", "b", provisioning="thin")
    made = stage.replicate(volume, mode, remote_pool="P2", remote_name="copy_of_it")
    stage.two.advance(5)
    remote = stage.driver.remote.find_volume(made.remote_id)
    assert remote is not None
    assert (remote.name, remote.size_bytes, remote.provisioning) == ("copy_of_it", volume.size_bytes, "thin")
    assert (made.remote_wwn, made.mode, remote.pool_id) == (remote.wwn, mode, "P2")
    assert stage.row(made) == 1
    assert stage.two.read("remote", made.remote_id) == ["a", "b"]


def test_paths_are_made_both_ways_once(stage: Stage) -> None:
    """The first pair makes a path in each direction; the next one between the same LSSs uses them."""
    stage.replicated()
    stage.two.forget_calls()
    stage.replicated()
    for side in SIDES:
        assert "POST /cs/pprcs/paths" not in stage.posts(side)


def test_the_remote_lss_is_one_a_path_leads_to(stage: Stage) -> None:
    """A remote LSS that is reached already is taken before one that is emptier."""
    first = stage.replicated()
    with stage.two.other_driver("remote") as other:
        for number in range(3):
            other.create_volume(name=f"filler{number}", pool="P0", size_bytes=GIB, lss=first.remote_id[:2])
        other.create_volume(name="elsewhere", pool="P0", size_bytes=GIB, lss="0E")
    assert stage.replicated().remote_id[:2] == first.remote_id[:2]


def test_a_full_remote_lss_leads_to_the_next_one_with_paths_of_its_own(stage: Stage) -> None:
    """Where the LSS that is reached has no id left, another one is taken and joined both ways."""
    first = stage.replicated()
    with stage.two.other_driver("remote") as other:
        for number in range(256 - len(other.list_volumes())):
            other.create_volume(
                name=f"filler{number}", pool="P0", size_bytes=GIB, lss=first.remote_id[:2], provisioning="thin"
            )
    made = stage.replicated("x")
    assert made.remote_id[:2] != first.remote_id[:2]
    assert stage.two.read("remote", made.remote_id) == ["x"]
    assert [line for line in stage.told if "made a path" in line][2:]


def test_configured_port_pairs_are_used(two: Linked) -> None:
    """With port_pairs the paths take these ports and no others, turned round on the way back."""
    target = two.settings.replication_target
    assert target is not None
    links = two.driver._core.array.pprcs.links("", "00", "00", two.driver._core.budget())  # type: ignore[union-attr]
    chosen = ((links[0][0], links[1][1]),)
    driver = two.another_driver(replication_target=replace(target, port_pairs=chosen))
    try:
        volume = two.volume()
        driver.enable_replication(volume_id=volume.id, mode="metro_mirror")
        (there,) = driver._core.array.pprcs.paths(driver._core.budget())  # type: ignore[union-attr]
        (back,) = driver.remote._core.array.pprcs.paths(driver.remote._core.budget())  # type: ignore[union-attr]
        assert tuple(there.states) == chosen
        assert tuple(back.states) == ((chosen[0][1], chosen[0][0]),)
    finally:
        driver.close()


@pytest.mark.parametrize("mapped", [False, True])
def test_a_name_that_is_taken_on_the_remote_array_is_refused(stage: Stage, mapped: bool) -> None:
    """An existing volume is never made a copy target, whatever it holds; the error tells id, size and mapping."""
    with stage.two.other_driver("remote") as other:
        there = other.create_volume(name="wanted", pool="P0", size_bytes=GIB)
    if mapped:
        stage.host("remote", there.id)
    volume = stage.two.volume("a", name="wanted")
    stage.two.forget_calls()
    with pytest.raises(AlreadyExists) as refused:
        stage.replicate(volume)
    says_all(refused.value)
    (candidate,) = refused.value.candidates
    assert (candidate.id, candidate.size_bytes, candidate.mapped) == (there.id, GIB, mapped)
    assert refused.value.attribute == "remote_name"
    assert stage.posts("home") == stage.posts("remote") == {}


def test_what_cannot_be_replicated_is_refused_before_anything_is_made(stage: Stage) -> None:
    """An unknown volume, a pool that is not there, a group, an RPO, a mode of another family, a volume in a pair."""
    volume, paired = stage.two.volume(), stage.replicated()
    refusals: list[tuple[type[DriverError], str, dict[str, object]]] = [
        (NotFound, "volume_id", {"volume_id": "00FE", "mode": "metro_mirror"}),
        (NotFound, "remote_pool", {"volume_id": volume.id, "mode": "metro_mirror", "remote_pool": "P9"}),
        (Unsupported, "consistency_group_id", {"consistency_group_id": "g", "mode": "metro_mirror"}),
        (Unsupported, "rpo_seconds", {"volume_id": volume.id, "mode": "global_copy", "rpo_s": 60}),
        (Unsupported, "mode", {"volume_id": volume.id, "mode": "sync"}),
        (InUse, "volume_id", {"volume_id": paired.id, "mode": "metro_mirror", "remote_name": "another"}),
        (Refused, "remote_pool", {"volume_id": volume.id, "mode": "metro_mirror", "remote_pool": "P3"}),
        (Unsupported, "volume_id", {"volume_id": _ckd_volume(stage), "mode": "metro_mirror"}),
        (Refused, "remote_name", {"volume_id": volume.id, "mode": "metro_mirror", "remote_name": "x" * 17}),
    ]
    stage.two.forget_calls()
    for kind, attribute, asked in refusals:
        with pytest.raises(kind) as refused:
            stage.driver.enable_replication(**asked)  # type: ignore[arg-type]
        assert refused.value.attribute == attribute, refused.value
        assert refused.value.next_step
    assert stage.posts("home") == stage.posts("remote") == {}


def _ckd_volume(stage: Stage) -> str:
    """Make a volume of a mainframe at home, beside the driver."""
    console = Console(stage.two.simulation.arrays[0], str(stage.two.simulation.control))
    console.sign_in()
    try:
        assert not console.ask("POST", "/lss", {"id": "FD", "type": "ckd", "sub_system_identifier": "FD00"}).refused
        order = {"name": "mvs001", "pool": "P3", "cap": "1113", "captype": "cyl", "stgtype": "ckd", "lss": "FD"}
        made = console.ask("POST", "/volumes", order)
        assert not made.refused, made.body
        return made.id
    finally:
        console.close()


def test_a_pool_must_be_named_somewhere(two: Linked) -> None:
    """Without remote_pool and without a pool of the target, it is refused."""
    target = two.settings.replication_target
    assert target is not None
    driver = two.another_driver(replication_target=replace(target, pool=None))
    volume = two.volume()
    try:
        with pytest.raises(Refused) as refused:
            driver.enable_replication(volume_id=volume.id, mode="metro_mirror")
    finally:
        driver.close()
    assert refused.value.attribute == "remote_pool"


def test_without_a_link_everything_made_is_taken_back(stage: Stage) -> None:
    """No path can be made: the new remote volume is gone again, and home is as it was."""
    volume = stage.two.volume("a")
    stage.two.set_link("down")
    with pytest.raises(Refused) as refused:
        stage.replicate(volume)
    assert refused.value.attribute == "port_pairs"
    assert "Nothing is left" in refused.value.left_behind
    assert [one.name for one in stage.driver.remote.list_volumes() if one.name == volume.name] == []
    assert stage.driver.list_replications() == ()


@pytest.mark.parametrize(
    ("side", "command"),
    [
        ("remote", "POST /volumes"),
        ("home", "POST /cs/pprcs/paths"),
        ("remote", "POST /cs/pprcs/paths"),
        ("home", "POST /cs/pprcs"),
    ],
)
def test_a_refusal_half_way_leaves_nothing(stage: Stage, side: str, command: str) -> None:
    """Whatever the array refuses, the volume, both paths and the pair this call made are gone again."""
    volume = stage.two.volume("a")
    stage.two.fail(side, command, "error", code="BE7A00FF")  # type: ignore[arg-type]
    with pytest.raises(DriverError) as refused:
        stage.replicate(volume)
    assert "Nothing is left" in refused.value.left_behind or command == "POST /volumes"
    assert [one for one in stage.driver.remote.list_volumes() if one.name == volume.name] == []
    for core in (stage.driver._core, stage.driver.remote._core):
        assert core.array.pprcs is not None
        assert core.array.pprcs.paths(core.budget()) == ()
    assert stage.row(stage.replicate(volume)) == 1


def test_paths_others_use_by_now_stay(stage: Stage) -> None:
    """A call that fails deletes no path that was there before it."""
    stage.replicated()
    volume = stage.two.volume("a")
    stage.two.fail("home", "POST /cs/pprcs", "error", code="BE7A00FF")
    stage.two.forget_calls()
    with pytest.raises(DriverError):
        stage.replicate(volume)
    assert "DELETE /cs/pprcs/paths/{id}" not in stage.posts("home") | stage.posts("remote")


def test_a_path_another_call_relies_on_stays_until_that_has_its_pair(stage: Stage) -> None:
    """One call makes a path, another finds it, the first fails: its path stays and is named; alone it takes it back."""
    home, there = stage.two.volume(), stage.driver.remote.create_volume(name="x", pool="P0", size_bytes=GIB)
    paths, budget = PprcPaths(stage.driver._views), stage.driver._core.budget()
    pprcs, way = stage.driver._core.array.pprcs, Way("home", home.id[:2], there.id[:2])
    assert pprcs is not None
    first, second = MadePaths(), MadePaths()
    for made in (first, second):
        paths.ensure(way, made, budget)
    (left,) = paths.undo(first, budget)
    assert "another call of this run relies on it" in left
    assert len(pprcs.paths(budget)) == 1
    paths.release(first)
    paths.release(second)
    alone = MadePaths()
    pprcs.delete_path(pprcs.paths(budget)[0].id, budget)
    paths.ensure(way, alone, budget)
    assert paths.undo(alone, budget) == ()
    assert pprcs.paths(budget) == ()
    paths.release(alone)


def test_a_call_that_ended_relies_on_no_path_any_more(stage: Stage) -> None:
    """The first call made its pair, which is gone since: a later one that fails takes back what it made itself."""
    made, volume = stage.replicated(), stage.two.volume()
    stage.driver.disable_replication(replication_id=made.id, remote_on_delete="delete")
    for core in (stage.driver._core, stage.driver.remote._core):
        assert core.array.pprcs is not None
        for path in core.array.pprcs.paths(core.budget()):
            core.array.pprcs.delete_path(path.id, core.budget())
    stage.two.fail("home", "POST /cs/pprcs", "error", code="BE7A00FF")
    with pytest.raises(DriverError) as failed:
        stage.replicate(volume)
    assert "Nothing is left" in failed.value.left_behind


def test_a_full_remote_pool_is_told_and_leaves_nothing(stage: Stage) -> None:
    """The remote pool has no room: NoSpace names remote_pool, and nothing was made."""
    small = next(pool for pool in stage.driver.remote.list_pools() if pool.id == "P2")
    volume = stage.two.volume(gib=small.free_bytes // GIB + 1)
    with pytest.raises(NoSpace) as refused:
        stage.replicate(volume, remote_pool="P2")
    assert refused.value.attribute == "remote_pool"
    assert [one for one in stage.driver.remote.list_volumes() if one.name == volume.name] == []


def test_many_set_up_together_share_one_path_each_way(stage: Stage) -> None:
    """Six at once from one LSS, with no path there yet: all are copied, over one path there and one back."""
    volumes = [stage.two.volume(f"v{number}") for number in range(6)]
    with ThreadPoolExecutor(len(volumes)) as together:
        made = list(together.map(stage.replicate, volumes))
    stage.two.advance(5)
    assert [stage.two.read("remote", one.remote_id) for one in made] == [[f"v{number}"] for number in range(6)]
    calls = [stage.posts(side)["POST /cs/pprcs/paths"] for side in SIDES]
    assert calls == [1, 1]


@pytest.mark.parametrize("limited", [True, False])
def test_an_lss_with_four_target_lsss_is_joined_to_no_fifth(stage: Stage, limited: bool) -> None:
    """Where the array allows four only, a pool none of the four suits is refused, and nothing is left."""
    stage.two.turn("pprc_four_target_lss", on=limited)
    home, remote = stage.driver._core, stage.driver.remote._core
    assert home.array.pprcs is not None
    wwnn = str(remote.system().wwnn)
    ports = home.array.pprcs.links(wwnn, "00", "01", home.budget())
    volume, other_volume = stage.two.volume("a", lss="00"), stage.two.volume("b", lss="00")
    for lss in ("01", "03", "05", "07"):
        stage.driver.remote.create_volume(name=f"odd{lss}", pool="P1", size_bytes=GIB, lss=lss)
        home.array.pprcs.create_path(wwnn, "00", lss, ports, home.budget())
    if limited:
        with pytest.raises(DriverError) as refused:
            stage.replicate(volume)
        assert refused.value.code == "BE7A0085"
        assert [one for one in stage.driver.remote.list_volumes() if one.name == volume.name] == []
    else:
        assert stage.row(stage.replicate(volume)) == 1
    assert stage.row(stage.replicate(other_volume, remote_pool="P1")) == 1


# changing


def test_a_mode_changes_in_place_and_back(stage: Stage) -> None:
    """Global Copy becomes Metro Mirror and back: the same pair, no full copy, no label missing."""
    made = stage.replicated("a", mode="global_copy")
    for wanted in MODES:
        changed = stage.driver.change_replication(replication_id=made.id, mode=wanted)
        assert (changed.mode, changed.remote_id) == (wanted, made.remote_id)
        stage.two.write("home", made.id, wanted)
        stage.two.advance(5)
        assert stage.row(made) == 1
    assert stage.two.read("remote", made.remote_id) == ["a", *MODES]


def test_the_same_mode_again_changes_nothing(stage: Stage, mode: ReplicationMode) -> None:
    """Asked for what it is, nothing is sent."""
    made = stage.replicated(mode=mode)
    stage.two.forget_calls()
    stage.driver.change_replication(replication_id=made.id, mode=mode)
    assert stage.posts("home") == stage.posts("remote") == {}


def test_a_mode_that_cannot_be_had_goes_on_as_it_was(stage: Stage) -> None:
    """The array refuses the other type: copying goes on as before, and the error says so."""
    made = stage.replicated(mode="global_copy")
    stage.two.fail("home", "POST /cs/pprcs/resume", "error", code="BE7A00FF")
    with pytest.raises(DriverError) as refused:
        stage.driver.change_replication(replication_id=made.id, mode="metro_mirror")
    assert "as before" in refused.value.left_behind
    assert (stage.row(made), stage.mode(made)) == (1, "global_copy")


def test_a_mode_is_changed_in_row_1_only(stage: Stage) -> None:
    """While the copy is not complete the change is refused, and nothing is sent."""
    made = stage.replicated()
    stage.two.set_link("down")
    stage.two.write("home", made.id, "x")
    with pytest.raises(Refused, match="row 2"):
        stage.driver.change_replication(replication_id=made.id, mode="global_copy")


def test_a_recovery_point_objective_is_none_of_a_ds8000(stage: Stage) -> None:
    """Neither when a pair is made nor afterwards."""
    made = stage.replicated()
    stage.two.forget_calls()
    with pytest.raises(Unsupported) as refused:
        stage.driver.change_replication(replication_id=made.id, mode="global_copy", rpo_s=60)
    assert refused.value.attribute == "rpo_seconds"
    assert stage.posts("home") == stage.posts("remote") == {}
