"""What plans and applies of many volumes cost: requests, time against the echo provider, memory."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from support.terraform import Workspace
from terraform_provider_xivds8k.driver import Family

from .report import EARLY, as_for, figure
from .stage import FAMILIES, POOLS, Array, Stage, write_state
from .starting import medians_s

APPLIES, PLANS = 3, 3
MOST_X = 1.5
MOST_MB = 200.0
FIXED, PER_POOL = 6, 2  # requests a refresh may cost
Side = Family | Literal["floor", "echo"]
SIDES: tuple[Side, ...] = ("floor", "echo", *FAMILIES)


class Scaling:
    """Measure with ``small`` volumes made by Terraform, then with ``large`` ones."""

    def __init__(self, stage: Stage, small: int, large: int) -> None:
        self._stage = stage
        self._small = small
        self._large = large
        self._numbers = itertools.count(1)
        self._applied: dict[Side, Workspace] = {}
        self.arrays: dict[Family, Array] = {}

    def close(self) -> None:
        """End every simulation."""
        for array in self.arrays.values():
            array.stop()

    def figures(self) -> list[dict[str, Any]]:
        """Return everything that grows with the number of volumes."""
        applies = self._ratios(f"apply of {self._small} new volumes", self._apply, APPLIES)
        created = self._requests_per_volume()
        refreshes, most = self._refreshes()
        plans = self._ratios(f"plan of {self._small} volumes with nothing to do", self._plan, PLANS)
        return [*refreshes, *self._large_refreshes(most), *plans, *applies, *created]

    def _ratios(self, what: str, work: Callable[[Side], float], turns: int) -> list[dict[str, Any]]:
        taken = medians_s({side: partial(work, side) for side in SIDES}, turns)
        bounded = [
            figure(f"{what}, {words} ÷ echo provider", taken[name] / taken["echo"], MOST_X)
            for name, words in FAMILIES.items()
        ]
        shown: list[tuple[Side, str]] = [*FAMILIES.items(), ("echo", "echo provider")]
        return bounded + [
            figure(f"{what}, {words} ÷ `terraform_data`", taken[side] / taken["floor"]) for side, words in shown
        ]

    def _apply(self, side: Side) -> float:
        """Make everything anew, on a fresh array, and return the seconds of the apply alone."""
        folder = f"{side}-{next(self._numbers)}"
        if side == "floor":
            workspace = self._stage.floor(folder, self._small)
        elif side == "echo":
            block = {"family": "ds8k", "endpoints": ["none"], "username": "", "password": ""}
            workspace = self._stage.volumes(folder, "echo", block, self._small)
        else:
            if side in self.arrays:
                self.arrays.pop(side).stop()
            array = self.arrays[side] = Array.start(side, self._stage.root / f"{folder}.db")
            workspace = self._stage.volumes(folder, "provider", array.block(), self._small)
        self._applied[side] = workspace
        return _seconds(workspace.apply)

    def _plan(self, side: Side) -> float:
        return _seconds(self._applied[side].plans_empty)

    def _requests_per_volume(self) -> list[dict[str, Any]]:
        return [
            figure(
                f"requests for one new volume, {FAMILIES[name]}",
                sum(array.requests().values()) / self._small,
                unit="requests",
            )
            for name, array in self.arrays.items()
        ]

    def _refreshes(self) -> tuple[list[dict[str, Any]], dict[Family, int]]:
        figures = []
        counted: dict[Family, int] = {}
        for name, array in self.arrays.items():
            counted[name] = _requests(array, self._applied[name])
            pools = len(POOLS[array.family])
            most, note = _most_requests(array), f"{FIXED} + {PER_POOL} for each of {pools} pools"
            what = f"requests for a refresh of {self._small} volumes, {FAMILIES[name]}"
            figures.append(figure(what, counted[name], most, "requests", note))
        return figures, counted

    def _large_refreshes(self, counted: dict[Family, int]) -> list[dict[str, Any]]:
        """Return requests and memory of a plan of the large number, whose state is written and not applied."""
        requests, memory = [], []
        for name, array in self.arrays.items():
            array.fill(self._small, self._large)
            workspace = self._stage.volumes(f"{name}-large", "weighed", array.block(), self._large)
            write_state(self._applied[name], workspace, array, self._large)
            asked = _requests(array, workspace)
            what = f"requests for a refresh of {self._large} volumes, {FAMILIES[name]}"
            most = min(counted[name] + EARLY, _most_requests(array))
            requests.append(figure(what, asked, most, "requests", as_for(str(self._small))))
            peaks = [float(line) for line in self._stage.peaks.read_text(encoding="ascii").split()]
            self._stage.peaks.unlink()
            what = f"peak memory of the provider, plan of {self._large} volumes, {FAMILIES[name]}"
            memory.append(figure(what, max(peaks), MOST_MB, "MB"))
        return requests + memory


def _most_requests(array: Array) -> int:
    return FIXED + PER_POOL * len(POOLS[array.family])


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _requests(array: Array, workspace: Workspace) -> int:
    """Return how many requests a plan costs that finds nothing to do."""
    array.forget()
    workspace.plans_empty()
    return sum(array.requests().values())
