"""The table of commands: name, category, description, syntax, and the function that runs it.

``help`` is served from this table, and arguments are checked against the syntax, so the two cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .names import is_legal
from .texts import TEXTS
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context

_NAME = re.compile(r"([a-z_]\w*)=")
_BRACKETED = re.compile(r"\[[^\[\]]*\]|<[^<>]*>")

# arguments that name an object, so that ILLEGAL_NAME applies to them
NAMING = (
    frozenset({"vol", "vol_src", "vol_trg", "snapshot", "overwrite", "name", "new_name"})
    | frozenset({"pool", "cg", "host", "cluster", "perf_class", "target", "snap_group", "new_snap_group"})
    | frozenset({"slave_vol", "slave_cg", "remote_pool", "slave_name", "schedule", "remote_schedule"})
)


class FailureError(Exception):
    """The machine refuses: a code of the table, and other words than the table's where needed.

    What the command did so far is undone, unless it ``stays``.
    """

    def __init__(self, code: str, words: str = "", *, stays: bool = False) -> None:
        super().__init__(code)
        text = TEXTS[code]
        self.code = code
        self.level = text.level
        self.words = words or text.words
        self.stays = stays


class Arguments:
    """The arguments of one command, checked for presence; values are checked when they are taken."""

    def __init__(self, values: Mapping[str, str], *, sure: bool) -> None:
        self._values = values
        self.sure = sure

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """Return an argument's text."""
        return self._values.get(name, default)

    def listed(self, name: str) -> tuple[str, ...] | None:
        """Return the parts of a comma-separated argument, None where it was not given."""
        if name not in self._values:
            return None
        return tuple(part for part in self._values[name].split(",") if part)

    def number(self, name: str, *, least: int = 0, most: int = 2**63 - 1) -> int:
        """Return a decimal argument within its range; raises ILLEGAL_VALUE."""
        text = self._values.get(name, "")
        if not re.fullmatch(r"[0-9]{1,19}", text) or not least <= int(text) <= most:
            raise FailureError("ILLEGAL_VALUE", f"{name}={text[:40]} is not a number from {least} to {most}")
        return int(text)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes/no argument; raises ILLEGAL_VALUE."""
        text = self._values.get(name, "yes" if default else "no").lower()
        if text not in {"yes", "no"}:
            raise FailureError("ILLEGAL_VALUE", f"{name} is yes or no")
        return text == "yes"

    def choice(self, name: str, allowed: Iterable[str], default: str) -> str:
        """Return one of the allowed words; raises ILLEGAL_VALUE."""
        text = self._values.get(name, default).lower()
        if text not in set(allowed):
            raise FailureError("ILLEGAL_VALUE", f"{name} is one of {', '.join(allowed)}")
        return text

    def confirm(self, context: Context, warning: str) -> None:
        """Raise the warning unless the sender is sure."""
        if not self.sure and context.switch("xiv_warnings_need_sure"):
            raise FailureError(warning)


Work = Callable[["Context", Arguments], Iterable[Record] | None]


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the table."""

    name: str
    category: str
    description: str
    syntax: str
    run: Work
    needs_switch: str = ""
    allowed: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()

    def offered(self, context: Context) -> bool:
        """Return whether this machine has the command."""
        return not self.needs_switch or context.switch(self.needs_switch)

    def arguments(self, context: Context, values: Mapping[str, str], *, sure: bool) -> Arguments:
        """Return the arguments; raises BAD_PARAMS, ILLEGAL_NAME."""
        missing = sorted(name for name in self.required if not values.get(name))
        unknown = sorted(set(values) - self.allowed)
        if missing:
            raise FailureError("BAD_PARAMS", f"Missing argument {', '.join(missing)}. Syntax: {self.syntax}")
        if unknown:
            raise FailureError("BAD_PARAMS", f"Unrecognized argument {', '.join(unknown)}. Syntax: {self.syntax}")
        for name in NAMING & set(values):
            parts = values[name].split(",") if name not in self.required else [values[name]]
            if not all(is_legal(context, part) for part in parts):
                raise FailureError("ILLEGAL_NAME", f"Illegal object name for {name}")
        return Arguments(values, sure=sure)


COMMANDS: dict[str, Command] = {}


def command(syntax: str, description: str, *, category: str, needs_switch: str = "") -> Callable[[Work], Work]:
    """Put a function into the table under the first word of its syntax.

    In a syntax ``[ … ]`` is optional and ``< a=A | b=B >`` an alternative that the function itself checks.
    """

    def enter(run: Work) -> Work:
        name = syntax.split(maxsplit=1)[0]
        bare = syntax
        while _BRACKETED.search(bare):
            bare = _BRACKETED.sub(" ", bare)
        COMMANDS[name] = Command(
            name=name,
            category=category,
            description=description,
            syntax=syntax,
            run=run,
            needs_switch=needs_switch,
            allowed=frozenset(_NAME.findall(syntax)),
            required=frozenset(_NAME.findall(bare)),
        )
        return run

    return enter
