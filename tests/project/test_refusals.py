"""What is refused of a replication is refused in whole texts: why or what would happen, what is left, what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import terraform_provider_xivds8k
from terraform_provider_xivds8k.driver import AlreadyExists, Ambiguous, InUse, NoSpace, Refused, Unsupported

DRIVER = Path(terraform_provider_xivds8k.__file__).parent / "driver"
MODULES = sorted(
    [
        *DRIVER.glob("flows/mirror_*.py"),
        *DRIVER.glob("flows/pair_*.py"),
        *DRIVER.glob("flows/pprc_*.py"),
        *DRIVER.glob("flows/failovers.py"),
        *DRIVER.glob("flows/replications.py"),
        *DRIVER.glob("operations/replication.py"),
    ]
)
REFUSALS = {kind.__name__ for kind in (AlreadyExists, Ambiguous, InUse, NoSpace, Refused, Unsupported)}
SAID = {"happened", "next_step"}
OUTCOMES = {"judged", "told"}  # functions that make errors of what was done, and fill them in afterwards


def refusals(file: Path) -> Iterator[tuple[int, set[str]]]:
    """Yield the line of each refusal a module makes, and what is said of it."""
    for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef) or function.name in OUTCOMES:
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in REFUSALS:
                yield call.lineno, {keyword.arg or "" for keyword in call.keywords}


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(DRIVER)))
def test_a_refusal_says_why_and_what_to_do(file: Path) -> None:
    assert [f"line {line}: {SAID - said}" for line, said in refusals(file) if SAID - said] == []


def test_refusals_are_found() -> None:
    assert sum(len(list(refusals(file))) for file in MODULES) > 80
