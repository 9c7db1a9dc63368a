"""The package's own source files, parsed: what the tests of the project's rules walk."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "terraform_provider_xivds8k"


@cache
def modules() -> dict[str, Path]:
    """Return the written modules by dotted name relative to the package; generated ones are left out."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if not path.stem.endswith("_pb2"):
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def parsed(path: Path) -> ast.Module:
    """Return a file's syntax tree; kept by nobody, since those of all files are millions of objects to collect."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def imports(module: str, path: Path) -> tuple[tuple[int, str], ...]:
    """Return line and dotted name of every import in a file, inside functions too, made absolute."""
    return tuple(_imports(module, path))


def _imports(module: str, path: Path) -> Iterator[tuple[int, str]]:
    base = [PACKAGE.name, *module.split(".")] if module else [PACKAGE.name]
    package = base if path.name == "__init__.py" else base[:-1]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*start, *([node.module] if node.module else [])])
            # what a package gives out may be one of its modules
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)
