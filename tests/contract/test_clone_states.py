"""What Terraform holds after a copy went wrong, and where that leads, on both families."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.clone_lab import COPY, GIB, SNAPSHOT, Lab
from support.core import Core, Rejected
from support.late_copies import let_time_pass, refused_for_now
from support.simulated import World
from terraform_provider_xivds8k.driver import Family, Volume
from terraform_provider_xivds8k.schema import Raw

Manage = Callable[..., Core]
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
xiv_only = pytest.mark.parametrize("family", ["xiv"])
IN_TIME: dict[str, Raw] = dict.fromkeys(("create", "read", "update", "delete"), "20s")
TOO_SHORT: dict[str, Raw] = {**IN_TIME, "create": "2s"}


@pytest.fixture
def lab(array: World, tmp_path: Path) -> Lab:
    """Return an array with a source volume on it."""
    return Lab(array, tmp_path / "simulator.db")


def _config(lab: Lab, **more: Any) -> dict[str, Any]:
    base = {"name": lab.array.new_name(), "pool": lab.pool.id, "size_gib": 2, "timeouts": IN_TIME}
    return {**base, "source_volume_id": lab.source.id, **more}


def _held(core: Core) -> dict[str, Any]:
    assert core.instance is not None
    return core.instance.state


def _asked(core: Core) -> dict[str, Any]:
    """Return the configuration that made what the state holds, without its source."""
    return {name: _held(core)[name] for name in ("name", "pool", "size_gib")}


def _volume(lab: Lab, core: Core) -> Volume:
    found = lab.array.driver.find_volume(_held(core)["id"])
    assert found is not None
    return found


def _unfinished(lab: Lab, core: Core, **more: Any) -> dict[str, Any]:
    """Let the deadline pass while the copy runs; return the configuration, with more time."""
    lab.slow_down()
    config = _config(lab, **more)
    with pytest.raises(Rejected, match="goes on") as caught:
        core.run({**config, "timeouts": TOO_SHORT})
    assert "terraform untaint" in str(caught.value)
    assert core.instance is not None
    assert core.instance.tainted
    core.instance.state["timeouts"] = dict(IN_TIME)
    return config


def test_a_copy_is_made_grown_and_planned_empty(lab: Lab, manage: Manage) -> None:
    core, config = manage(), _config(lab)
    core.run(config)
    core.refresh()
    assert core.plan(config).action == "no-op"
    assert lab.labels(_volume(lab, core)) == ["monday"]
    grown = {**config, "size_gib": 40}
    core.run(grown)
    core.refresh()
    assert core.plan(grown).action == "no-op"
    assert lab.labels(_volume(lab, core)) == ["monday"]
    core.run(None)
    assert lab.labels(lab.source) == ["monday"]


def test_a_refused_copy_leaves_nothing_in_the_state(lab: Lab, manage: Manage) -> None:
    core, config = manage(), _config(lab)
    command = {"xiv": "vol_copy", "ds8k": "POST /cs/flashcopies"}[lab.array.family]
    lab.array.fail(command, "error", code={"xiv": "VOLUME_LOCKED", "ds8k": "000000AE"}[lab.array.family])
    with pytest.raises(Rejected):
        core.run(config)
    assert core.instance is None
    assert lab.nothing_called(config["name"])
    core.run(config)
    assert lab.labels(_volume(lab, core)) == ["monday"]


@ds8k_only
def test_an_unfinished_clone_is_destroyed_with_its_relation(lab: Lab, family: Family, manage: Manage) -> None:
    core = manage()
    config = _unfinished(lab, core)
    core.run(None)
    assert core.instance is None
    assert lab.nothing_called(config["name"])
    assert not lab.array.driver.volume_users(lab.source.id)


def test_a_clone_whose_copy_may_still_come_is_not_deleted_yet_not_even_tainted(lab: Lab, manage: Manage) -> None:
    core, config = manage(), _config(lab, source_volume_id=lab.source.id)
    lab.array.fail("vol_copy" if lab.array.family == "xiv" else "POST /cs/flashcopies", "drop_before")
    with pytest.raises(Rejected, match="not deleted for 15 minutes"):
        core.run(config)
    kept = _volume(lab, core)
    refused_for_now(core, config)
    refused_for_now(core, None)
    assert _volume(lab, core) == kept
    let_time_pass(core)
    assert core.run(config).action == "replace"
    assert lab.labels(_volume(lab, core)) == ["monday"]
    assert _held(core)["copy_in_doubt_since"] is None


@ds8k_only
def test_an_unfinished_clone_applied_tainted_is_made_anew(lab: Lab, family: Family, manage: Manage) -> None:
    core = manage()
    config = _unfinished(lab, core)
    lab.write(lab.source, "tuesday")
    lab.slow_down(factor=1)
    assert core.run(config).action == "replace"
    assert lab.labels(_volume(lab, core)) == ["monday", "tuesday"]
    assert not lab.array.driver.volume_users(_held(core)["id"])


@ds8k_only
@pytest.mark.parametrize("more", [{}, {"size_gib": 5, "provisioning": "thin"}])
def test_an_unfinished_clone_that_is_kept_is_finished_by_the_next_apply(
    lab: Lab, family: Family, manage: Manage, more: dict[str, Any]
) -> None:
    """Without more than untainting it: its plan says that an update is needed, and the next one is empty."""
    core = manage()
    config = _unfinished(lab, core, **more)
    assert core.instance is not None
    core.instance.tainted = False
    lab.write(lab.source, "tuesday")
    volume_id = _held(core)["id"]
    core.refresh()
    plan = core.plan(config)
    assert plan.action == "update"
    lab.array.ask("POST", "/clock", {"advance_s": 60})
    core.apply(plan)
    core.refresh()
    assert core.plan(config).action == "no-op"
    found = _volume(lab, core)
    assert (found.id, found.size_bytes) == (volume_id, config["size_gib"] * GIB)
    assert lab.labels(found) == ["monday"]
    assert not lab.array.driver.volume_users(found.id)


@ds8k_only
def test_a_clone_that_failed_after_it_was_kept_is_never_called_finished(
    lab: Lab, family: Family, manage: Manage
) -> None:
    core = manage()
    config = _unfinished(lab, core)
    assert core.instance is not None
    core.instance.tainted = False
    lab.spoil(_volume(lab, core), "invalid")
    with pytest.raises(Rejected, match="failed"):
        core.run(config)
    assert core.plan(config).action == "update"
    core.run(None)
    assert lab.nothing_called(config["name"])


@ds8k_only
@pytest.mark.parametrize("line", ["source_volume_id", "source_snapshot_id"])
def test_an_unfinished_clone_whose_source_line_changes_is_finished_before_the_state_says_so(
    lab: Lab, family: Family, manage: Manage, line: str
) -> None:
    """While it copies every apply says so; it can be deleted at any time, and is finished when the copy is."""
    core, other = manage(), lab.another()
    _unfinished(lab, core)
    assert core.instance is not None
    core.instance.tainted = False
    changed = {**_asked(core), "source_volume_id": None, "timeouts": {**IN_TIME, "update": "1s"}}
    if line == "source_snapshot_id":
        changed[line] = other.id
    for _ in range(2):
        with pytest.raises(Rejected, match="not done within"):
            core.run(changed)
        assert _held(core)["source_volume_id"] == lab.source.id
        assert lab.array.driver.volume_users(_held(core)["id"]).relations
    lab.array.ask("POST", "/clock", {"advance_s": 60})
    changed["timeouts"] = IN_TIME
    core.run(changed)
    assert not lab.array.driver.volume_users(_held(core)["id"])
    core.refresh()
    assert core.plan(changed).action == "no-op"


@ds8k_only
def test_an_unfinished_clone_whose_source_line_is_gone_can_be_destroyed(
    lab: Lab, family: Family, manage: Manage
) -> None:
    core = manage()
    config = _unfinished(lab, core)
    assert core.instance is not None
    core.instance.tainted = False
    with pytest.raises(Rejected, match="not done within"):
        core.run({**_asked(core), "source_volume_id": None, "timeouts": {**IN_TIME, "update": "1s"}})
    core.run(None)
    assert lab.nothing_called(config["name"])
    assert not lab.array.driver.volume_users(lab.source.id)


@ds8k_only
@pytest.mark.parametrize("how", ["another source written later", "tainted"])
def test_a_relation_that_is_not_the_unfinished_copys_is_never_withdrawn(
    lab: Lab, family: Family, manage: Manage, how: str
) -> None:
    """Neither somebody's copy from what a line names now, nor a snapshot's relation."""
    core, config, other = manage(), _config(lab), lab.another()
    core.run(config)
    assert core.instance is not None
    if how == "tainted":
        core.instance.private, onto = b"", lab.source.id  # as the delete half of its replacement is asked
    else:
        for line in (None, other.id):
            core.run({**config, "source_volume_id": line})
        onto = _held(core)["source_volume_id"]
        assert onto == other.id
    lab.relate(onto, _held(core)["id"], SNAPSHOT if how == "tainted" else COPY)
    with pytest.raises(Rejected, match="FlashCopy"):
        core.run(None)
    assert lab.array.driver.volume_users(_held(core)["id"]).relations


@xiv_only
@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_a_copy_in_doubt_is_tainted_with_its_id_and_its_own_size(
    lab: Lab, family: Family, manage: Manage, action: str
) -> None:
    """Kept by the user, it then grows to the size that was asked for."""
    empty = lab.array.driver.create_volume(name=lab.array.new_name(), pool=lab.pool.id, size_bytes=2 * GIB)
    core, config = manage(), _config(lab, source_volume_id=empty.id)
    lab.array.fail("vol_copy", action)
    with pytest.raises(Rejected, match="not known"):
        core.run(config)
    assert core.instance is not None
    assert core.instance.tainted
    volume_id = _held(core)["id"]
    assert [one.id for one in lab.array.driver.find_volumes_by_name(config["name"])] == [volume_id]
    core.instance.tainted = False
    core.run({**config, "size_gib": 40})
    assert (_held(core)["id"], _volume(lab, core).size_bytes >= 40 * GIB) == (volume_id, True)
    refused_for_now(core, None)
    let_time_pass(core)
    core.run(None)
    assert lab.nothing_called(config["name"])


@xiv_only
def test_a_growth_in_doubt_after_the_copy_is_seen_by_the_next_plan(lab: Lab, family: Family, manage: Manage) -> None:
    core, config = manage(), _config(lab, size_gib=40)
    lab.array.fail("vol_resize", "drop_before", times=2)
    with pytest.raises(Rejected):
        core.run(config)
    assert core.instance is not None
    assert core.instance.tainted
    assert _held(core)["size_bytes"] == _volume(lab, core).size_bytes < 40 * GIB
    core.instance.tainted = False
    assert core.run(config).action == "update"
    assert _volume(lab, core).size_bytes >= 40 * GIB
    assert lab.labels(_volume(lab, core)) == ["monday"]
