"""A pair that others made anew where ours had ended, and a copy that is the only one left: neither is taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected
from support.linked import linked
from support.mirror_lab import Lab, lab_of
from support.plugin_client import eventually
from support.pprc_stage import Stage
from support.refusals import says_all
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Refused, Remaining, Volume
from terraform_provider_xivds8k.driver.pprcs import PairEnds
from terraform_provider_xivds8k.resources import ReplicationResource


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Return two linked XIVs whose clock runs twenty times as fast."""
    with lab_of(tmp_path / "lab.db", 20) as held:
        yield held


@pytest.fixture
def volume(lab: Lab) -> Volume:
    """Return a volume at home, written to."""
    return lab.linked.volume("first")


@pytest.fixture
def config(volume: Volume) -> dict[str, Any]:
    """Return the configuration of a copy of it that goes with its pair."""
    more = {"remote_name": "copy", "remote_on_delete": "delete"}
    return {"volume_id": volume.id, "mode": "sync", "wait_for_sync": True, **more}


@pytest.fixture
def core(lab: Lab) -> Core:
    """Keep a replication, as one provider process does."""
    return keeper(lab.linked, ReplicationResource)


def mirror_by_hand(lab: Lab, volume: Volume) -> None:
    (target, *_) = lab.tell("home", "target_list")
    how = {"create_slave": "no", "type": "sync_best_effort"}
    lab.tell("home", "mirror_create", vol=volume.name, slave_vol="copy", target=target["name"], **how)
    lab.tell("home", "mirror_activate", vol=volume.name)
    eventually(lambda: lab.row(volume.id) == 1, "both sides to be in step", 20)


def remote_wwns(lab: Lab) -> list[str]:
    return [row["wwn"].lower() for row in lab.tell("remote", "vol_list")]


def test_a_pair_that_was_mended_by_hand_after_a_failed_change_of_mode_stays(
    lab: Lab, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    core.run(config)
    (there,) = remote_wwns(lab)
    lab.linked.fail("home", "mirror_create", "error", code="INTERNAL_ERROR", times=99)
    with pytest.raises(Rejected):
        core.run({**config, "mode": "async", "rpo_seconds": 7200, "allow_full_resync": True})
    lab.linked.ask("DELETE", "/faults")
    assert lab.states(vol=volume.name) == ("-", "-")
    mirror_by_hand(lab, volume)
    core.refresh()
    plan = core.plan(config)
    assert plan.action != "replace"
    core.apply(plan, config)
    assert (lab.row(volume.id), remote_wwns(lab)) == (1, [there])


@pytest.mark.parametrize(("is_new", "is_refreshed"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_pair_that_others_made_of_what_an_end_left_never_goes_unnamed(
    lab: Lab, core: Core, config: dict[str, Any], *, is_new: bool, is_refreshed: bool
) -> None:
    volume = lab.linked.driver.find_volume(config["volume_id"])
    assert volume is not None
    core.run(config)
    lab.linked.fail("remote", "vol_delete", "error", code="ACCESS_DENIED", times=9)
    with pytest.raises(Rejected):
        core.run(None)
    lab.linked.ask("DELETE", "/faults")
    if is_new:
        lab.tell("remote", "vol_unlock", vol="copy")
        lab.tell("remote", "vol_delete", vol="copy")
        lab.tell("remote", "vol_create", vol="copy", size_blocks=volume.size_bytes // 512, pool=lab.linked.pool)
    mirror_by_hand(lab, volume)
    (there,) = remote_wwns(lab)
    if is_refreshed:
        core.refresh()
    plan = core.plan(None)
    if is_refreshed:
        named = any(there in said.summary + said.detail for said in plan.diagnostics.items)
        assert named or is_new
        if is_new:  # of the volume the state knows the plan says that it goes; another one stays
            core.apply(plan)
            assert remote_wwns(lab) == [there]
        return
    with pytest.raises(Rejected) as refused:
        core.apply(plan)
    assert "Nothing was changed" in f"{refused.value}"
    assert (lab.row(volume.id), remote_wwns(lab)) == (1, [there])


@pytest.mark.parametrize("remaining", ["keep", "delete"])
def test_an_xiv_s_half_that_is_left_where_home_lost_its_volume_is_no_end(lab: Lab, remaining: Remaining) -> None:
    made = lab.pair("sync", "a")
    lab.linked.set_link("down")
    lab.tell("home", "mirror_deactivate", vol=made.name)
    lab.tell("home", "mirror_delete", vol=made.name)
    lab.tell("home", "vol_delete", vol=made.name)
    lab.linked.set_link("up")
    with pytest.raises(Refused, match="is still there, and home has no volume") as refused:
        lab.driver.disable_replication(
            replication_id=made.id, remote_on_delete=remaining, remote_id=made.remote_id, deadline=30
        )
    says_all(refused.value)
    assert lab.labels("remote", made.remote_name or "") == ["a"]
    assert len(lab.tell("remote", "mirror_list")) == 1


@pytest.mark.parametrize("remaining", ["keep", "delete"])
def test_a_ds8000_s_copy_of_what_home_has_lost_is_not_deleted(tmp_path: Path, remaining: Remaining) -> None:
    with linked("ds8k", tmp_path / "s.db") as two:
        made = Stage(two).replicated("a")
        core = two.driver._core
        (half,) = core.array.pairs.listing(core.budget(20))
        assert core.array.pprcs is not None
        ends = PairEnds(half.system_id, half.id, half.peer_key or "", half.peer)
        two.set_link("down")
        core.array.pprcs.delete((ends,), "source", core.budget(20))
        two.driver.delete_volume(volume_id=half.id, deadline=20)
        two.set_link("up")
        two.driver.forget_recent()

        def end() -> None:
            two.driver.disable_replication(
                replication_id=made.id, remote_on_delete=remaining, remote_id=made.remote_id, deadline=30
            )

        if remaining == "keep":
            end()
        else:
            with pytest.raises(
                Refused, match=r"home has no volume .* any more, and its copy is not deleted"
            ) as refused:
                end()
            says_all(refused.value)
        assert two.driver.remote.find_volume(made.remote_id or "") is not None


@pytest.mark.parametrize("is_renamed", [True, False])
def test_a_copy_that_is_renamed_or_mapped_before_a_mode_changes_hinders_nothing(lab: Lab, is_renamed: bool) -> None:
    made = lab.pair("sync", "a")
    lab.linked.forget_calls()
    lab.linked.fail("home", "schedule_create", "delay_before", seconds=2)
    with ThreadPoolExecutor(1) as pool:
        change = pool.submit(
            lab.driver.change_replication,
            replication_id=made.id,
            mode="async",
            rpo_s=7200,
            allow_full_resync=True,
            deadline=40,
        )
        held = lambda: lab.linked.ask("GET", "/journal")[lab.linked.name("home")].get("held")  # noqa: E731
        eventually(held, "home to be asked for a schedule", 10)
        if is_renamed:
            lab.tell("remote", "vol_rename", vol=made.remote_name, new_name="renamed")
        else:
            lab.attach("remote", made.remote_name or "")
        assert change.result(40).mode == "async"
