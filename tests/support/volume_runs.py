"""How what a sweep leaves of volumes is judged, and its runs through the driver, as a Python user calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from terraform_provider_xivds8k.driver import AlreadyExists, DriverError, Volume, XIVDS8KDriver

from .sweep_benches import LABEL, labels, write_label
from .sweep_parts import Bench, Run, Seen, Told

GIB = 2**30
SHORT_S = 2  # how long a disturbed operation may take
LONG_S = 60  # how long one may that nothing disturbs


@dataclass(frozen=True)
class Wanted:
    """Be how a volume shall be in the end; ``size`` is the least."""

    name: str
    size: int
    place: str
    more: str | None = None

    def check(self, found: tuple[Seen, ...], volume_id: str | None) -> None:
        """Make sure that there is one such volume."""
        named = [seen for seen in found if seen.name == self.name]
        assert len(named) == 1, f"volumes called {self.name}: {named}"
        seen = named[0]
        assert volume_id in {None, seen.id}, f"{seen} is not {volume_id}"
        assert seen.place == self.place, seen
        assert self.size <= seen.size < self.size + 17 * GIB, seen
        assert self.more in {None, seen.more}, seen


class VolumeRun(Run):
    """Judge what all flows on volumes have in common."""

    def __init__(self, bench: Bench, wanted: Wanted | None, names: set[str], existing: Volume | None = None) -> None:
        self.bench = bench
        self.wanted = wanted
        self.names = names
        self.existing = existing
        self.before = {seen.id for seen in bench.witness.objects()}
        if existing is not None and wanted is not None:
            write_label(bench, existing.id, existing.name)

    def check_array(self) -> tuple[Seen, ...]:
        """Make sure that nothing is there twice, and that what existed is as good as it was; return what is there."""
        found = self.bench.witness.objects()
        for name in self.names:
            twice = [seen for seen in found if seen.name == name]
            assert len(twice) <= 1, f"doubled: {twice}"
        if self.existing is not None and self.wanted is not None:
            now = next((seen for seen in found if seen.id == self.existing.id), None)
            assert now is not None, f"{self.existing.name} was deleted"
            assert now.size >= self.existing.size_bytes, f"shrunk: {now}"
            assert now.name in self.names, f"named by nobody: {now}"
            assert labels(self.bench, now.id, now.name) == [LABEL], "what was written is lost"
        return found

    def made(self, found: tuple[Seen, ...]) -> list[Seen]:
        """Return what this run made."""
        return [seen for seen in found if seen.id not in self.before]


class DriverRun(VolumeRun):
    """Call one method of the driver with a deadline; ``answer`` judges what it returns."""

    def __init__(
        self,
        bench: Bench,
        call: Callable[[XIVDS8KDriver, float], Any],
        wanted: Wanted | None,
        names: set[str],
        existing: Volume | None = None,
        *,
        answer: Callable[[Any], None] = lambda _: None,
    ) -> None:
        super().__init__(bench, wanted, names, existing)
        self.call = call
        self.answer = answer
        self.done = False

    def act(self, driver: XIVDS8KDriver) -> None:
        self.answer(self.call(driver, SHORT_S))
        self.done = True

    def judge(self, told: Told) -> None:
        found = self.check_array()
        if self.done:
            self._check_done(found)
            return
        for seen in self.made(found):
            assert seen.id in told.words or seen.name in told.words, f"{seen} is not named: {told.words}"

    def _check_done(self, found: tuple[Seen, ...]) -> None:
        if self.wanted is not None:
            self.wanted.check(found, self.existing.id if self.existing is not None else None)
        else:
            assert not [seen for seen in found if seen.name in self.names], "said to be done, and there"

    def finish(self, told: Told) -> None:
        """Call it again; a creation whose outcome was left open may find its name taken by what it made."""
        there = self.made(self.bench.witness.objects())
        refused = self._refused()
        if refused is not None:
            assert isinstance(refused, AlreadyExists), f"refused: {refused}"
            assert [one.id for one in refused.candidates] == [seen.id for seen in there]
        self._check_done(self.check_array())

    def _refused(self) -> DriverError | None:
        self.bench.calm.forget_recent()  # as a new process would
        try:
            self.answer(self.call(self.bench.calm, LONG_S))
        except DriverError as refused:
            return refused
        return None
