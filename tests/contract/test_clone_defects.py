"""Copies that go wrong: confirmed defects of the driver that this one replaces, none of which is here.

Numbers are those of the list of 26 in the reference on the replaced driver, §7.1.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.clone_lab import Lab
from support.rest_console import Console
from support.simulated import World
from terraform_provider_xivds8k.driver import DriverError, Family, InDoubt, Refused, Volume

POLL = "GET /cs/flashcopies/{id}"
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])


@pytest.fixture
def lab(array: World, tmp_path: Path) -> Lab:
    """Return an array with a source volume on it."""
    return Lab(array, tmp_path / "simulator.db")


def _when_it_copies(lab: Lab, name: str, do: Callable[[Volume], None]) -> Callable[[str], None]:
    """Return a listener that does something to the new volume once, when its copy is first seen to run."""
    done: list[Volume] = []

    def listen(_: str) -> None:
        if not done:
            done.append(lab.array.driver.find_volumes_by_name(name)[0])
            do(done[0])

    return listen


@ds8k_only
@pytest.mark.parametrize("action", ["error", "garbage", "drop_after", "drop_before"])
def test_defect_2_a_failed_status_query_is_no_verdict_on_a_clone(lab: Lab, family: Family, action: str) -> None:
    more = {"code": "BE7A0000"} if action == "error" else {}
    lab.array.fail(POLL, action, times=2, **more)
    made = lab.clone()
    assert lab.labels(made) == ["monday"]
    assert lab.array.driver.find_volume(made.id) == made
    assert not lab.array.driver.volume_users(made.id)


@ds8k_only
def test_defect_2_a_clone_whose_relation_fails_is_an_error_and_nothing_is_left(lab: Lab, family: Family) -> None:
    """The relation and the new volume are ours and go; the source keeps what it holds."""
    name = lab.array.new_name()
    lab.slow_down()
    spoil = _when_it_copies(lab, name, lambda target: lab.spoil(target, "tse_out_of_space"))
    with pytest.raises(Refused) as caught:
        lab.clone(name, progress=spoil)
    assert "tse_out_of_space" in str(caught.value)
    assert caught.value.left is None
    assert lab.nothing_called(name)
    assert lab.labels(lab.source) == ["monday"]
    assert not lab.array.driver.volume_users(lab.source.id)


@ds8k_only
@pytest.mark.parametrize("command", ["DELETE /cs/flashcopies/{id}", "DELETE /volumes/{id}"])
@pytest.mark.parametrize("action", ["error", "drop_before"])
def test_defect_2_a_failed_clone_that_cannot_be_undone_is_named(
    lab: Lab, family: Family, command: str, action: str
) -> None:
    name = lab.array.new_name()
    lab.slow_down()
    lab.array.fail(command, action, times=9, **({"code": "BE7A0000"} if action == "error" else {}))
    spoil = _when_it_copies(lab, name, lambda target: lab.spoil(target, "invalid"))
    with pytest.raises(Refused) as caught:
        lab.clone(name, progress=spoil)
    left = caught.value.left
    assert left is not None
    assert [one.id for one in lab.array.driver.find_volumes_by_name(name)] == [left.id]
    assert f"{name} (id {left.id}) is left" in caught.value.left_behind


@pytest.mark.parametrize("kind", ["refused", "no space"])
def test_defect_3_a_refused_copy_leaks_no_target(lab: Lab, kind: str) -> None:
    command = {"xiv": "vol_copy", "ds8k": "POST /cs/flashcopies"}[lab.array.family]
    codes = {"xiv": ("VOLUME_LOCKED", "NOT_ENOUGH_SPACE"), "ds8k": ("000000AE", "BE534459")}[lab.array.family]
    code, name = codes[kind == "no space"], lab.array.new_name()
    lab.array.fail(command, "error", code=code)
    with pytest.raises(DriverError) as caught:
        lab.clone(name)
    assert (caught.value.code, caught.value.left) == (code, None)
    assert lab.nothing_called(name)
    assert lab.labels(lab.source) == ["monday"]


@pytest.mark.parametrize("provisioning", ["thin"])
def test_defect_3_a_copy_that_cannot_grow_to_its_size_leaks_no_target(lab: Lab, provisioning: str) -> None:
    command = {"xiv": "vol_resize", "ds8k": "PUT /volumes/{id}"}[lab.array.family]
    code, name = {"xiv": "NOT_ENOUGH_SPACE", "ds8k": "BE531465"}[lab.array.family], lab.array.new_name()
    more = {"provisioning": provisioning} if lab.array.family == "ds8k" else {}
    lab.array.fail(command, "error", code=code)
    with pytest.raises(DriverError) as caught:
        lab.clone(name, size_bytes=40 * 2**30, **more)
    assert (caught.value.code, caught.value.left) == (code, None)
    assert lab.nothing_called(name)


@ds8k_only
def test_defect_8_a_relation_that_vanished_is_no_finished_copy(lab: Lab, family: Family, console: Console) -> None:
    """Withdrawn by somebody while it copied: the new volume is named, left, and not called done."""
    name = lab.array.new_name()
    lab.slow_down()

    def withdraw(target: Volume) -> None:
        assert not console.ask("DELETE", f"/cs/flashcopies/{lab.source.id}:{target.id}").refused

    with pytest.raises(InDoubt) as caught:
        lab.clone(name, progress=_when_it_copies(lab, name, withdraw))
    left = caught.value.left
    assert left is not None
    assert f"{lab.source.id}:{left.id}" in caught.value.summary
    assert "never take it for complete" in caught.value.left_behind
    assert [one.id for one in lab.array.driver.find_volumes_by_name(name)] == [left.id]
    assert lab.labels(lab.source) == ["monday"]


@ds8k_only
def test_defect_8_a_finished_copy_counts_only_while_its_relation_says_so(lab: Lab, family: Family) -> None:
    """Every clone asked for the relation, saw no track left, withdrew it, and saw it gone."""
    lab.array.ask("DELETE", "/journal")
    lab.clone()
    calls = lab.array.calls()
    assert calls["DELETE /cs/flashcopies/{id}"] == 1
    assert calls[POLL] >= 3
