"""The terminal or pipe a command talks to: results on stdout, everything else on stderr, questions to a person only.

Any of them may be closed, or become so: that ends nothing, and a result that could not be written is remembered.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from io import StringIO
from typing import TextIO


@dataclass
class Console:
    """Hold the three streams of a command, None for one that was closed when it began."""

    stdin: TextIO | None
    stdout: TextIO | None
    stderr: TextIO | None
    is_result_lost: bool = field(default=False, init=False)

    @property
    def is_terminal(self) -> bool:
        """Tell whether a person sits there, who can be asked."""
        return all(stream is not None and stream.isatty() for stream in (self.stdin, self.stderr))

    def show(self, text: str) -> None:
        """Write a part of the result."""
        if not _is_written(self.stdout, text):
            self.is_result_lost = True

    def say(self, text: str) -> None:
        """Write a line that is not part of the result: progress, questions, refusals."""
        _is_written(self.stderr, text)

    def ask(self, question: str) -> str | None:
        """Return what a person answers, None where nobody does."""
        _is_written(self.stderr, question, end="")
        line = (self.stdin or StringIO()).readline()
        return line.strip() if line else None

    def ask_secret(self, question: str) -> str:
        """Return what a person types without its being shown."""
        from getpass import getpass

        try:
            return getpass(question, stream=self.stderr)
        except EOFError:  # nobody types
            return ""


def printable(text: str) -> str:
    """Return one line without control characters: what an array says is not to steer a terminal."""
    return "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in text)


def _is_written(stream: TextIO | None, text: str, end: str = "\n") -> bool:
    """Write a text at once, and tell whether it was; a terminal that is gone keeps nothing from being finished."""
    if stream is None:
        return False
    try:
        stream.write(f"{text}{end}")
        stream.flush()
    except (OSError, ValueError):
        return False
    return True
