"""The restore action on real Terraform: invoked by hand, looked at first, refused with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from support.hcl import block
from support.terraform import Result, Workspace
from support.world import World
from terraform_provider_xivds8k.driver import Volume

pytestmark = pytest.mark.needs_terraform((1, 14))
NAME = "action.xivds8k_snapshot_restore.a"


@dataclass
class Written:
    """Be a volume that was written to before and after its snapshot."""

    world: World
    volume: Volume
    snapshot: Volume

    @property
    def labels(self) -> list[str]:
        """Return what the volume holds."""
        return self.world.labels(self.volume.id)


@pytest.fixture
def written(world: World) -> Written:
    """Have a volume, its snapshot, and what was written since."""
    volume = world.make(world.name(), size_bytes=17 * 2**30)
    world.write_label(volume.id, "then")
    name = world.name("s")
    world.snapshot(volume.id, name)
    world.write_label(volume.id, "since")
    (snapshot,) = world.named(name)
    return Written(world, volume, snapshot)


def invoke(workspace: Workspace, **config: Any) -> Result:
    """Invoke the action with a configuration, whatever its outcome."""
    workspace.write(action(**config))
    return workspace.run("apply", "-json", "-auto-approve", "-refresh=false", f"-invoke={NAME}")


def action(**config: Any) -> str:
    """Return the action's block."""
    return block("action", "xivds8k_snapshot_restore", "a", inside=block("config", **config))


def progress(result: Result) -> list[str]:
    """Return the lines the action showed."""
    return [m["hook"]["message"] for m in result.messages if m.get("type") == "action_progress"]


def test_a_dry_run_names_the_calls_and_changes_nothing_and_the_restore_restores(
    workspace: Workspace, written: Written
) -> None:
    looked = invoke(workspace, volume_id=written.volume.id, snapshot_id=written.snapshot.id, dry_run=True)
    assert looked.code == 0, looked.output
    assert any("would send" in line for line in progress(looked))
    assert written.labels == ["then", "since"]
    done = invoke(workspace, volume_id=written.volume.id, snapshot_id=written.snapshot.id)
    assert done.code == 0, done.output
    assert written.labels == ["then"]
    (said,) = [line for line in progress(done) if line.startswith("restored")]
    assert written.volume.id in said
    if written.world.family == "xiv":
        (safety,) = [one for one in written.world.hands.list_volumes() if f"{one.name}" in said and one.is_snapshot]
        assert written.world.labels(safety.id) == ["then", "since"]
    else:
        assert any("is consumed" in one.summary + one.detail for one in done.warnings)


def test_a_mapped_volume_is_warned_of_at_plan_and_refused_with_cause_and_next_step(
    workspace: Workspace, written: Written
) -> None:
    written.world.map_to_host(written.volume.id, written.world.name("h"))
    refused = invoke(workspace, volume_id=written.volume.id, snapshot_id=written.snapshot.id)
    assert refused.code == 1
    (error,) = refused.errors
    assert written.volume.name in error.text
    assert "hosts_offline = true" in error.text
    assert any("would be refused now" in one.summary for one in refused.warnings)
    assert written.labels == ["then", "since"]
    done = invoke(workspace, volume_id=written.volume.id, snapshot_id=written.snapshot.id, hosts_offline=True)
    assert done.code == 0, done.output
    assert written.labels == ["then"]


def test_an_array_that_refuses_is_quoted_with_its_code(workspace: Workspace, written: Written) -> None:
    command, code = {"xiv": ("snapshot_restore", "VOLUME_LOCKED"), "ds8k": ("POST /cs/flashcopies", "000000AE")}[
        written.world.family
    ]
    written.world.refuse(command, code)
    refused = invoke(workspace, volume_id=written.volume.id, snapshot_id=written.snapshot.id)
    assert refused.code == 1
    assert code in refused.errors[0].text
    assert written.labels == ["then", "since"]


def test_a_mode_that_destroys_nothing_restores_nothing(bare: Workspace, written: Written) -> None:
    bare.providers(written.world.provider(mode="no_destroy"))
    looked = invoke(bare, volume_id=written.volume.id, snapshot_id=written.snapshot.id, dry_run=True)
    assert looked.code == 0, looked.output
    refused = invoke(bare, volume_id=written.volume.id, snapshot_id=written.snapshot.id)
    assert refused.code == 1
    assert "no_destroy" in refused.errors[0].text
    assert written.labels == ["then", "since"]


def test_a_wrong_password_is_sent_once(bare: Workspace, written: Written) -> None:
    """The plan fails already: the invocation would send it again."""
    world = written.world
    bare.providers(world.provider(password="Wr0ng-Secret-Word"))
    world.ask_control("DELETE", "/journal")
    refused = invoke(bare, volume_id=written.volume.id, snapshot_id=written.snapshot.id, dry_run=True)
    assert world.ask_control("GET", "/journal")[world.array["name"]]["sign_ins"] == {"ok": 0, "refused": 1}
    assert refused.code == 1
    assert all("refused username or password" in error.text for error in refused.errors), refused.output


@pytest.mark.parametrize("config", [{}, {"snapshot_id": "x", "consistency_group_snapshot_id": "y"}], ids=str)
def test_exactly_one_snapshot_is_named(workspace: Workspace, config: dict[str, str]) -> None:
    workspace.write(action(**config))
    refused = workspace.run("validate", "-json")
    assert "Exactly one snapshot" in refused.stdout
