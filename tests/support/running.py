"""A Terraform command while it runs, in a process group of its own: interrupted as Ctrl-C does it, its providers seen.

What a process is and who started it is read from /proc, so these tests need Linux.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .terraform import Result, Workspace, clean_environment

POLL_S = 0.02
LOOK_EVERY_S = 0.1
PATIENCE_S = 60.0
PROVIDER = b"terraform_provider_xivds8k"


@dataclass(frozen=True)
class Running:
    """Be one command that was started and has not been waited for."""

    arguments: tuple[str, ...]
    process: subprocess.Popen[str]

    def providers(self) -> list[int]:
        """Return the ids of the provider processes it has started and that still run."""
        return [pid for pid, parent, line in _processes() if parent == self.process.pid and PROVIDER in line]

    def interrupt(self) -> None:
        """Press Ctrl-C: the terminal sends SIGINT to the whole process group, the providers included."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill_provider(self) -> None:
        """Kill the provider process at once."""
        (pid,) = self.providers()
        os.kill(pid, signal.SIGKILL)

    def wait(self, within_s: float = PATIENCE_S) -> Result:
        """Return what it did and said, however it ended."""
        stdout, stderr = self.process.communicate(timeout=within_s)
        return Result(self.arguments, self.process.returncode, stdout, stderr)


@contextmanager
def running(workspace: Workspace, *arguments: str, **environment: str) -> Iterator[Running]:
    """Start a command; what still runs of it at the end of the block is killed."""
    process = subprocess.Popen(
        [*workspace.terraform.command, *arguments],
        cwd=workspace.folder,
        env=clean_environment(**{**workspace.environment, **environment}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield Running(arguments, process)
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def until(holds: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> None:
    """Poll until something holds; fails, saying ``what``, where it does not in time."""
    give_up_at = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < give_up_at, f"waited {within_s:g} s for this: {what}"
        time.sleep(POLL_S)


@dataclass
class ProcessList:
    """Be what anybody on the machine could read of the processes that ran: their command lines, by process id."""

    lines: dict[int, set[bytes]] = field(default_factory=dict)

    def watch(self, ended: threading.Event) -> None:
        """Look again and again until the end."""
        while not ended.is_set():
            for pid, _parent, line in _processes():
                self.lines.setdefault(pid, set()).add(line)
            ended.wait(LOOK_EVERY_S)

    @property
    def all_lines(self) -> set[bytes]:
        """Return every command line that was seen."""
        return set().union(*self.lines.values())


@contextmanager
def watched_process_list() -> Iterator[ProcessList]:
    """Read the process list all the time while the block runs."""
    seen, ended = ProcessList(), threading.Event()
    watcher = threading.Thread(target=seen.watch, args=(ended,), name="process-list", daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def _processes() -> Iterator[tuple[int, int, bytes]]:
    """Yield id, parent and command line of every process there is."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with contextlib.suppress(OSError):  # it has ended meanwhile
            line = (folder / "cmdline").read_bytes()
            if line:  # an ended process that nobody has waited for has none
                after_name = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
                yield int(folder.name), int(after_name.split()[1]), line
