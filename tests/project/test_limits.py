"""How long modules and functions may be, and what a module is never called."""

from __future__ import annotations

import ast

import pytest

from support.sources import ROOT, modules, parsed

MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 50
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc"}
TABLES = {
    "driver.xiv.codes",
    "driver.ds8k.codes",
    "driver.explanations.xiv",
    "driver.explanations.ds8k",
}  # of the arrays' codes
MODULES = modules()
FILES = {
    **{str(path.relative_to(ROOT)): path for name, path in MODULES.items() if name not in TABLES},
    **{str(path.relative_to(ROOT)): path for path in sorted((ROOT / "tests").rglob("*.py"))},
}


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_module_is_not_too_long(file: str) -> None:
    lines = len(FILES[file].read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_MODULE_LINES


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_function_is_not_too_long(file: str) -> None:
    long = [
        f"{node.name} has {length} lines"
        for node in ast.walk(parsed(FILES[file]))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_FUNCTION_LINES
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {part for file in FILES for part in file.removesuffix(".py").split("/")}
    assert named & FORBIDDEN == set()


def test_tables_of_codes_hold_no_behaviour() -> None:
    for name in TABLES & MODULES.keys():
        functions = [node for node in ast.walk(parsed(MODULES[name])) if isinstance(node, ast.FunctionDef)]
        assert len(functions) <= 2, f"{name} is more than a table"
