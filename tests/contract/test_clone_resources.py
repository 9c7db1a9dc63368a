"""What Terraform copies from and finishes is the object that was meant, though a DS8000 gives ids again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.clone_lab import Lab
from support.core import Core, Rejected, warnings_of
from support.simulated import World
from terraform_provider_xivds8k.driver import Volume
from terraform_provider_xivds8k.schema import Raw

Manage = Callable[..., Core]
IN_TIME: dict[str, Raw] = dict.fromkeys(("create", "read", "update", "delete"), "20s")
pytestmark = pytest.mark.parametrize("family", ["ds8k"])


@pytest.fixture
def lab(array: World, tmp_path: Path) -> Lab:
    """Return an array with a source volume on it, which copies from a FlashCopy target."""
    found = Lab(array, tmp_path / "simulator.db")
    found.turn("flashcopy_from_target_refused", on=False)
    return found


def _config(lab: Lab, **more: Any) -> dict[str, Any]:
    return {"name": lab.array.new_name(), "pool": lab.pool.id, "size_gib": 2, "timeouts": IN_TIME, **more}


def _unfinished(lab: Lab, core: Core, **source: str) -> tuple[dict[str, Any], Volume]:
    """Let the deadline pass while the copy runs, keep it, and let the copy end; return what holds and is planned."""
    lab.slow_down()
    config = _config(lab, **source)
    with pytest.raises(Rejected, match="goes on"):
        core.run({**config, "timeouts": {**IN_TIME, "create": "2s"}})
    assert core.instance is not None
    core.instance.tainted = False
    core.instance.state["timeouts"] = dict(IN_TIME)
    lab.array.ask("POST", "/clock", {"advance_s": 60})
    found = lab.array.driver.find_volume(str(core.instance.state["id"]))
    assert found is not None
    return config, found


def test_a_snapshot_named_with_its_volume_is_copied_kept_finished_and_destroyed(lab: Lab, manage: Manage) -> None:
    taken = lab.snapshot()
    source = {"source_snapshot_id": f"{lab.source.id}:{taken.id}"}
    core = manage()
    config, made = _unfinished(lab, core, **source)
    core.refresh()
    core.apply(core.plan(config))
    core.refresh()
    assert core.plan(config).action == "no-op"
    assert lab.labels(made) == ["monday"]
    assert not lab.array.driver.volume_users(made.id)
    lab.slow_down()
    other = manage()
    config, _ = _unfinished(lab, other, **source)
    other.run(None)
    assert lab.nothing_called(config["name"])


def test_another_volumes_snapshot_under_the_id_is_told_of_by_the_plan_and_not_copied(lab: Lab, manage: Manage) -> None:
    taken = lab.snapshot()
    core, config = manage(), _config(lab, source_snapshot_id=f"0FFF:{taken.id}")
    plan = core.plan(config)
    assert any("to copy from" in one for one in warnings_of(plan.diagnostics))
    with pytest.raises(Rejected, match="no snapshot of 0FFF"):
        core.apply(plan)
    assert lab.nothing_called(config["name"])
    made = _config(lab, provisioning="thin")
    core.run(made)
    with pytest.raises(Rejected, match="deleted first"):
        core.plan({**made, "provisioning": "thick", "source_snapshot_id": config["source_snapshot_id"]})


def test_an_unfinished_copy_that_was_renamed_outside_is_finished_once_its_name_is_written(
    lab: Lab, manage: Manage
) -> None:
    core = manage()
    config, made = _unfinished(lab, core, source_volume_id=lab.source.id)
    lab.array.driver.rename_volume(volume_id=made.id, new_name="renamed", deadline=20)
    core.begin()
    core.refresh()
    core.apply(core.plan(config))
    assert lab.array.driver.volume_users(made.id), "finished while it may have been another's"
    core.refresh()
    plan = core.plan(config)
    assert plan.action == "update"
    core.apply(plan)
    core.refresh()
    assert core.plan(config).action == "no-op"
    assert not lab.array.driver.volume_users(made.id)
    assert lab.labels(made) == ["monday"]


def test_a_full_copy_snapshot_that_was_given_the_id_of_an_unfinished_copy_stays_one(lab: Lab, manage: Manage) -> None:
    core = manage()
    config, made = _unfinished(lab, core, source_volume_id=lab.source.id, lss=lab.source.id[:2])
    driver = lab.array.driver
    driver.delete_volume(volume_id=made.id, copied_from=lab.source.id, deadline=20)
    lab.slow_down(factor=1)
    taken = driver.create_snapshot(volume_id=lab.source.id, name="precious", copy="full", deadline=20)
    assert taken.id == made.id, "the id was not given again"
    core.begin()
    with pytest.raises(Rejected, match="precious"):
        core.apply(core.plan(config))
    found = driver.find_snapshot(taken.id, lab.source.id)
    assert found is not None
    assert (found.name, found.lost) == ("precious", None)
