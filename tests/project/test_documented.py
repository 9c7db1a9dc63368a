"""Every public name says what it is for."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator

import pytest

from support.sources import PACKAGE, modules, parsed

MODULES = modules()
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _undocumented(module: str) -> Iterator[str]:
    tree = parsed(MODULES[module])
    if not ast.get_docstring(tree) and tree.body:
        yield "the module itself"
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield node.name
            if isinstance(node, ast.ClassDef):
                yield from _undocumented_methods(module, node)


def _undocumented_methods(module: str, owner: ast.ClassDef) -> Iterator[str]:
    for node in owner.body:
        if isinstance(node, Function) and not node.name.startswith("_") and not ast.get_docstring(node):
            kind = getattr(importlib.import_module(f"{PACKAGE.name}.{module}"), owner.name)
            if not any(_documents(base, node.name) for base in kind.__mro__[1:]):
                yield f"{owner.name}.{node.name}"


def _documents(base: type, name: str) -> bool:
    """Tell whether a base class says what the method is for; inherited texts of ``object`` do not count."""
    found = vars(base).get(name)
    return found is not None and bool(inspect.getdoc(found))


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_public_name_has_a_docstring(module: str) -> None:
    assert list(_undocumented(module)) == []
