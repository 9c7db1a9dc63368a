"""What a user is told: errors and warnings with the attribute they belong to.

The one place where an exception becomes a diagnostic.  Exceptions are recognised by their shape (``Problem``), so
that this layer needs to know no driver.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from terraform_provider_xivds8k.schema import ROOT, Attr, Path

_log = logging.getLogger("lifecycle")


@runtime_checkable
class Problem(Protocol):
    """Be an exception that knows what happened, what may be left behind and what to do next."""

    summary: str
    happened: str
    left_behind: str
    next_step: str
    attribute: str
    code: str
    words: str

    @property
    def cause(self) -> str:
        """Return what the array's code means, empty where that is not known."""


def is_silence(error: BaseException) -> bool:
    """Tell whether an exception is a problem that says: the array does not answer."""
    return isinstance(error, Problem) and bool(getattr(error, "is_silence", False))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Be one error or warning; an empty path means the whole object."""

    severity: Literal["error", "warning"]
    summary: str
    detail: str = ""
    path: Path = ROOT


Where = Attr[Any] | Path | None


@dataclass(slots=True)
class Diagnostics:
    """Collect what one request has to say; ``known`` names the attributes of the object at hand."""

    items: list[Diagnostic] = field(default_factory=list)
    known: frozenset[str] = frozenset()

    def error(self, where: Where, summary: str, detail: str = "") -> None:
        """Add an error at an attribute, a path or (None) the whole object."""
        self.items.append(Diagnostic("error", summary, detail, _path(where)))

    def warning(self, where: Where, summary: str, detail: str = "") -> None:
        """Add a warning at an attribute, a path or (None) the whole object."""
        self.items.append(Diagnostic("warning", summary, detail, _path(where)))

    @property
    def has_errors(self) -> bool:
        """Tell whether anything was an error."""
        return any(item.severity == "error" for item in self.items)

    def add(self, problem: Problem) -> None:
        """Add an error for a problem, at its attribute where the object has one of that name."""
        path = Path((problem.attribute,)) if problem.attribute in self.known else ROOT
        self.items.append(Diagnostic("error", problem.summary, problem_text(problem), path))

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Turn a problem raised inside into an error; anything else is a defect of ours and said to be one."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the last stop before Terraform, which would show a crash
            if isinstance(error, Problem):
                _log.debug("refused", exc_info=error)
                self.add(error)
            else:
                _log.error("defect", exc_info=error)
                self.error(None, "The provider has a defect", defect_text(error))


def problem_text(problem: Problem) -> str:
    """Say what happened, what the array said and what that means, what may be left behind and what to do next."""
    array = f"The array said {problem.code}: {problem.words}".rstrip(": ") if problem.code else ""
    said = "\n".join(part for part in (array, problem.cause) if part)
    parts = (problem.happened, said, problem.left_behind, problem.next_step)
    return "\n\n".join(part for part in parts if part)


def defect_text(error: BaseException) -> str:
    """Say of an unexpected exception what a report needs, without the values it may carry."""
    return (
        f"{type(error).__name__} where nothing of the kind should happen. Nothing more was sent to the array after it. "
        "Run again with TF_LOG_PROVIDER=ERROR to see where, and please report it."
    )


def _path(where: Where) -> Path:
    if where is None:
        return ROOT
    return where if isinstance(where, Path) else where.path
