"""The command line as a person or a script runs it: in this process where that is enough, else in one of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.commands import replication
from terraform_provider_xivds8k.commands.console import Console
from terraform_provider_xivds8k.plugin import Cancellation
from terraform_provider_xivds8k.provider_options import open_driver

from .linked import Linked
from .plugin_client import eventually
from .terraform import clean_environment


@dataclass(frozen=True)
class Ended:
    """Hold how a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Return everything that was shown."""
        return self.out + self.err

    @property
    def document(self) -> Any:
        """Return the JSON on stdout."""
        return json.loads(self.out)


def variables_of(linked: Linked, ca_file: Path) -> dict[str, str]:
    """Return the environment that names both arrays, their authority's certificate written to a file."""
    home, target = linked.settings.connection, linked.settings.replication_target
    assert target is not None
    assert home.ca_pem is not None
    ca_file.write_text(home.ca_pem, encoding="ascii")
    found: dict[str, str] = {"XIVDS8K_FAMILY": linked.family}
    for prefix, one in (("XIVDS8K_", home), ("XIVDS8K_REMOTE_", target.connection)):
        found |= {
            f"{prefix}ENDPOINTS": ",".join(one.endpoints),
            f"{prefix}USERNAME": one.username,
            f"{prefix}PASSWORD": one.password.reveal(),
            f"{prefix}CA_FILE": str(ca_file),
        }
    return found


def ran(variables: Mapping[str, str], *arguments: str, typed: str | None = None) -> Ended:
    """Run ``replication`` with these arguments; ``typed`` is what a person types on a terminal, None has none."""
    out, err = io.StringIO(), io.StringIO()
    if typed is None:
        code = _run(variables, arguments, Console(io.StringIO(), out, err))
        return Ended(code, out.getvalue(), err.getvalue())
    with terminal() as (controlling, name, seen):
        os.write(controlling, typed.encode())
        with Path(name).open(encoding="utf-8") as keys, Path(name).open("w", encoding="utf-8") as screen:
            code = _run(variables, arguments, Console(keys, out, screen))
    return Ended(code, out.getvalue(), b"".join(seen).decode())


def run_on(variables: Mapping[str, str], arguments: Sequence[str], console: Console) -> Ended:
    """Run ``replication`` on streams that hold what is written to them."""
    code = _run(variables, arguments, console)
    assert isinstance(console.stdout, io.StringIO)
    assert isinstance(console.stderr, io.StringIO)
    return Ended(code, console.stdout.getvalue(), console.stderr.getvalue())


@contextmanager
def terminal() -> Iterator[tuple[int, str, list[bytes]]]:
    """Give a terminal: the end a person sits at, its name, and what is shown on it, whole when the block has ended."""
    controlling, other = os.openpty()
    seen: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(controlling, seen), daemon=True)
    reader.start()
    try:
        yield controlling, os.ttyname(other), seen
    finally:
        os.close(other)
        reader.join(10)
        os.close(controlling)


def _read_all(controlling: int, seen: list[bytes]) -> None:
    with suppress(OSError):  # Linux says so when the last one has closed the terminal
        while some := os.read(controlling, 4096):
            seen.append(some)


def _is_asked(question: str, seen: list[bytes]) -> bool:
    return question in b"".join(seen).decode()


def _run(variables: Mapping[str, str], arguments: Sequence[str], console: Console) -> int:
    around = replication.Surroundings(
        variables=variables,
        console=console,
        sign=Cancellation(),
        open_driver=lambda settings, sign: open_driver(settings, variables, sign, console.say),
    )
    return replication.run(arguments, around)


def as_a_person(variables: Mapping[str, str], *arguments: str, answers: Mapping[str, str]) -> Ended:
    """Run the program itself on a terminal; ``answers`` is what a person types, by the question it is an answer to."""
    with terminal() as (controlling, name, seen):
        with Path(name).open("r+b", buffering=0) as screen:
            process = subprocess.Popen(
                [sys.executable, "-m", "terraform_provider_xivds8k", "replication", *arguments],
                env={**clean_environment(), **variables},
                stdin=screen,
                stdout=subprocess.PIPE,
                stderr=screen,
                text=True,
                start_new_session=True,
            )
        for question, answer in answers.items():
            eventually(partial(_is_asked, question, seen), f"it asks {question!r}", 30)
            os.write(controlling, f"{answer}\n".encode())
        out, _ = process.communicate(timeout=60)
    return Ended(process.returncode, out, b"".join(seen).decode())
