"""The terminal or pipe a command talks to: results on stdout, everything else on stderr, questions to a person only."""

from __future__ import annotations

import contextlib
import unicodedata
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True)
class Console:
    """Hold the three streams of a command."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO

    @property
    def is_terminal(self) -> bool:
        """Tell whether a person sits there, who can be asked."""
        return self.stdin.isatty() and self.stderr.isatty()

    def show(self, text: str) -> None:
        """Write a part of the result."""
        _write(self.stdout, text)

    def say(self, text: str) -> None:
        """Write a line that is not part of the result: progress, questions, refusals."""
        _write(self.stderr, text)

    def ask(self, question: str) -> str | None:
        """Return what a person answers, None where nobody does."""
        self.stderr.write(question)
        self.stderr.flush()
        line = self.stdin.readline()
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


def _write(stream: TextIO, text: str) -> None:
    """Write a line at once; a terminal that is gone keeps nothing from being finished."""
    with contextlib.suppress(OSError, ValueError):
        stream.write(f"{text}\n")
        stream.flush()
