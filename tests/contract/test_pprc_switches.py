"""What no source confirms of pairs on a DS8000, each switch in its other position: replication lives with both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.linked import GIB, Linked, linked
from support.pprc_stage import MODES, Stage
from terraform_provider_xivds8k.driver import ReplicationMode
from terraform_provider_xivds8k.simulators.ds8k.switches import SWITCHES

OTHER_POSITIONS = [(one.name, not one.default) for one in SWITCHES if one.name.startswith("pprc_")]
ANSWERS = [
    (one.name, not one.default)
    for one in SWITCHES
    if one.name in {"failures_with_http_200", "one_code_for_unconfirmed_refusals", "creates_return_links_only"}
]


@pytest.fixture(params=[*OTHER_POSITIONS, *ANSWERS], ids=lambda switch: f"{switch[0]}={switch[1]}")
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Serve two linked DS8000s with one switch in its other position."""
    with linked("ds8k", tmp_path / "s.db") as two:
        two.turn(request.param[0], on=request.param[1])
        yield Stage(two)


def _same(two: Linked, home_id: str, remote_id: str, labels: list[str]) -> None:
    two.advance(5)
    assert two.read("home", home_id) == two.read("remote", remote_id) == labels


@pytest.mark.parametrize("mode", MODES)
def test_a_replication_lives_through_everything(stage: Stage, mode: ReplicationMode) -> None:
    """Made thin, changed, switched, failed over, resynchronised, failed back, grown and ended: no label is lost."""
    made = stage.replicated("a", mode=mode, provisioning="thin")
    other: ReplicationMode = "global_copy" if mode == "metro_mirror" else "metro_mirror"
    for wanted in (other, mode):
        assert stage.driver.change_replication(replication_id=made.id, mode=wanted).mode == wanted
        stage.two.advance(5)
    stage.move("switch", made)
    stage.two.write("remote", made.remote_id, "b")
    stage.two.advance(5)
    stage.move("failback", made)
    _same(stage.two, made.id, made.remote_id, ["a", "b"])
    stage.up("home", "refuse")
    stage.move("failover", made, force=True, accept_inconsistent=True)
    stage.two.write("remote", made.remote_id, "c")
    stage.up("home")
    stage.move("resync", made, authoritative_backend_id="remote")
    stage.two.advance(5)
    stage.move("failback", made)
    _same(stage.two, made.id, made.remote_id, ["a", "b", "c"])
    assert (stage.row(made), stage.mode(made)) == (1, mode)
    stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB, allow_full_resync=True, deadline=30)
    _same(stage.two, made.id, made.remote_id, ["a", "b", "c"])
    stage.driver.disable_replication(replication_id=made.id, remote_on_delete="delete")
    assert stage.driver.list_replications() == ()
    assert stage.two.read("home", made.id) == ["a", "b", "c"]
