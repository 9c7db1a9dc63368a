"""Who may import whom: the table of layers, kept for every import, those inside functions included."""

from __future__ import annotations

import sys

import pytest

from support.sources import PACKAGE, imports, modules

# rows share their table line: `resources` may use what `data_sources` declares, and the other way round
BEHAVIOUR = {"resources", "data_sources", "actions", "functions"}
OURS: dict[str, set[str]] = {
    "schema": set(),
    "lifecycle": {"schema"},
    "plugin": {"lifecycle", "schema"},
    "driver": set(),
    **{kind: {"lifecycle", "schema", "driver", *BEHAVIOUR} for kind in BEHAVIOUR},
    "tools": {"schema", "lifecycle", "driver", *BEHAVIOUR},
    "commands": {"schema", "driver"},
    "simulators": set(),
}
FOREIGN: dict[str, set[str]] = {
    "schema.codec": {"msgpack"},
    "plugin": {"grpc", "google", "cryptography"},
    "simulators": {"cryptography"},
    "driver.ds8k.transport": {"requests", "urllib3"},
}
TOP = {"__main__", "cli", "provider", "provider_model", "provider_opening", "provider_options", "provider_target"}
MAY_SIMULATE = {"cli", "provider", "provider_opening"}
MODULES = modules()


def _layer(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def _ours(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == PACKAGE.name and len(parts) > 1 else None


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_the_layers_below_it(module: str) -> None:
    layer = _layer(module)
    if layer in TOP or not module:
        return
    foreign = [
        f"line {line}: {name}"
        for line, name in imports(module, MODULES[module])
        if (to := _ours(name)) is not None and to != layer and to not in OURS[layer]
    ]
    assert foreign == []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_the_third_parties_of_its_row(module: str) -> None:
    allowed = {PACKAGE.name, *sys.stdlib_module_names}
    for row, names in FOREIGN.items():
        if module == row or module.startswith(f"{row}."):
            allowed |= names
    foreign = [
        f"line {line}: {name}" for line, name in imports(module, MODULES[module]) if name.split(".")[0] not in allowed
    ]
    assert foreign == []


@pytest.mark.parametrize("module", sorted(m for m in MODULES if _layer(m) == "driver"))
def test_the_two_families_never_meet(module: str) -> None:
    mine = module.split(".")[1:2]
    other = {"xiv": "ds8k", "ds8k": "xiv"}.get(mine[0] if mine else "")
    if other is None:
        return
    prefix = f"{PACKAGE.name}.driver.{other}"
    assert [name for _, name in imports(module, MODULES[module]) if f"{name}.".startswith(f"{prefix}.")] == []


def test_only_the_command_line_and_the_provider_block_import_the_simulators() -> None:
    users = {
        module
        for module, path in MODULES.items()
        if _layer(module) != "simulators" and any(_ours(name) == "simulators" for _, name in imports(module, path))
    }
    assert users <= MAY_SIMULATE


def test_behaviour_uses_the_surface_of_the_driver() -> None:
    inner = {
        f"{module}: {name}"
        for module, path in MODULES.items()
        if _layer(module) in BEHAVIOUR
        for _, name in imports(module, path)
        if name.startswith((f"{PACKAGE.name}.driver.xiv", f"{PACKAGE.name}.driver.ds8k"))
    }
    assert inner == set()


def test_every_layer_is_in_the_table() -> None:
    assert {_layer(module) for module in MODULES if module} <= OURS.keys() | TOP


def test_an_import_inside_a_function_is_seen() -> None:
    assert any(name == "requests" for _, name in imports("driver.ds8k.transport", MODULES["driver.ds8k.transport"]))
