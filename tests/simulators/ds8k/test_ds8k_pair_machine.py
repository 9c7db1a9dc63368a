"""Any history of a PPRC pair: what a machine calls in sync is the same on both, and a source never loses a write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from support.mirroring import delete, facts, fail_over, joined, mirror, pause, resume
from support.rest_console import Console, Seen
from terraform_provider_xivds8k import simulators

KINDS = ("metro_mirror", "global_copy")
IN_SYNC = ["full_duplex", "target_full_duplex"]
sides, kinds = st.sampled_from((0, 1)), st.sampled_from(KINDS)


class Site:
    """One of two linked arrays, its control address without a wire."""

    def __init__(self, simulation: simulators.Simulation, number: int) -> None:
        self.console = Console(simulation.arrays[number])
        self.console.sign_in()
        self.system = facts(self.console)[0]
        self.steer = simulation.ask
        self.copied = self.console.make("copied")
        self.write(self.copied, "copied")

    def write(self, volume: str, label: str) -> bool:
        """Write a label; tell whether it was taken."""
        try:
            self.steer("POST", "/io", {"array": self.console.name, "volume": volume, "write": label})
        except ValueError:
            return False
        return True

    def labels(self, volume: str) -> list[str]:
        """Return the labels of a volume."""
        return list(self.steer("GET", f"/io?array={self.console.name}&volume={volume}"))


class PairHistory(RuleBasedStateMachine):
    """Ask two linked machines for whatever comes to mind about a volume of each."""

    sites: ClassVar[tuple[Site, Site]]

    def __init__(self) -> None:
        super().__init__()
        self.volumes = [site.console.make("v", lss="00") for site in self.sites]
        self.keys = [self._key(side) for side in (0, 1)]
        self.writes = 0
        self.held: list[list[str]] = [[], []]

    def _key(self, side: int) -> str:
        ends = [f"{self.sites[one].system}_{self.volumes[one]}" for one in (side, 1 - side)]
        return ":".join(ends)

    def teardown(self) -> None:
        """Give the volumes back."""
        self._set_link("up")
        for site, volume in zip(self.sites, self.volumes, strict=True):
            for role in ("source", "target"):
                delete(site.console, role, volume)
            for relation in site.console.ask("GET", f"/volumes/{volume}/flashcopy").records:
                site.console.ask("DELETE", f"/cs/flashcopies/{relation['id']}")
            assert site.console.ask("DELETE", f"/volumes/{volume}").status == 200

    def _set_link(self, state: str) -> None:
        self.sites[0].steer("POST", "/link", {"family": "ds8k", "state": state})

    def _rows(self) -> list[dict[str, Any]]:
        """Return each machine's row of the pair, {} for none."""
        asked = [
            site.console.ask("GET", f"/cs/pprcs?volume_id_from={volume}&volume_id_to={volume}").records
            for site, volume in zip(self.sites, self.volumes, strict=True)
        ]
        assert all(len(records) <= 1 for records in asked)
        return [records[0] if records else {} for records in asked]

    def _first(self, side: int, role: str, *, suspended: bool | None = None) -> tuple[int, dict[str, Any]] | None:
        """Return a side that has the role, the given one rather than the other, and its row."""
        rows = self._rows()
        for one in (side, 1 - side):
            key = self.keys[one if role == "source" else 1 - one]
            fits = suspended is None or (rows[one].get("state") == "suspended") == suspended
            if rows[one].get("id") == key and fits:
                return one, rows[one]
        return None

    @initialize(side=sides, kind=kinds)
    def begin(self, side: int, kind: str) -> None:
        """Begin with a pair; most that can happen happens to one."""
        self.pair(side, kind)
        assert all(self._rows())

    @rule(side=sides, kind=kinds)
    def pair(self, side: int, kind: str) -> None:
        """Make a pair with a full copy; a volume that is in one is not put into another."""
        before = self._rows()
        here, there = self.sites[side], self.sites[1 - side]
        made = mirror(here.console, there.console, self.volumes[side], self.volumes[1 - side], kind)
        assert made.refused or not any(before)

    @rule(side=sides)
    def write(self, side: int) -> None:
        """Write; a target takes none, another volume always does."""
        self.writes += 1
        row, label = self._rows()[side], str(self.writes)
        taken = self.sites[side].write(self.volumes[side], label)
        assert taken == (row.get("id") in {None, self.keys[side]})
        if taken:
            self.held[side].append(label)

    @rule(side=sides)
    def write_in_the_dark(self, side: int) -> None:
        """Write while the link is down for a moment."""
        self._set_link("down")
        self.write(side)
        self._set_link("up")

    @rule(side=sides, both=st.booleans())
    def part(self, side: int, both: bool) -> None:
        """Let a target take over, and write to it, or to both."""
        self.take_over(side)
        self.write(side)
        if both:
            self.write(1 - side)

    @rule(side=sides)
    def take_over(self, side: int) -> None:
        """Let a target take over with what it holds; the other machine is not asked."""
        found = self._first(side, "target")
        if found is None:
            return
        side, row = found
        here, there = self.sites[side], self.sites[1 - side]
        seen = fail_over(here.console, there.console, self.volumes[side], self.volumes[1 - side], row["type"])
        assert not seen.refused, seen.body
        self.held[side] = here.labels(self.volumes[side])

    @rule(side=sides)
    def stop(self, side: int) -> None:
        """Pause a pair where it is a source."""
        found = self._first(side, "source", suspended=False)
        assert found is None or not pause(self.sites[found[0]].console, self.keys[found[0]]).refused

    @rule(side=sides, kind=kinds, option=st.sampled_from(("initial_copy_out_of_sync", "initial_copy_full", "failback")))
    def go_on(self, side: int, kind: str, option: str) -> None:
        """Resume a suspended source, or fail back from there: its volume loses nothing by it."""
        found = self._first(side, "source", suspended=True)
        if found is None:
            return
        side, _ = found
        seen = resume(self.sites[side].console, self.keys[side], option, kind=kind)
        assert seen.refused or [row["id"] for row in self._rows()] == [self.keys[side]] * 2

    @rule(side=sides, what=st.sampled_from((pause, resume)))
    def ask_the_wrong_one(self, side: int, what: Callable[[Console, str], Seen]) -> None:
        """Ask a machine that is not the source: it refuses and nothing changes."""
        before = self._rows()
        if before[side].get("id") != self.keys[side]:
            assert what(self.sites[side].console, self.keys[side]).refused
            assert self._rows() == before

    @rule(side=sides, always=st.booleans(), role=st.sampled_from(("source", "target")))
    def end(self, side: int, always: bool, role: str) -> None:
        """Delete the pair from one side."""
        before = self._rows()
        labels = [site.labels(volume) for site, volume in zip(self.sites, self.volumes, strict=True)]
        delete(self.sites[side].console, role, self.volumes[side], always=always)
        for number, (was, row) in enumerate(zip(before, self._rows(), strict=True)):
            if was and not row:
                self.held[number] = labels[number]

    @rule(side=sides)
    def copy_onto(self, side: int) -> None:
        """Make a FlashCopy onto a volume, which is refused for a target."""
        site, target = self.sites[side], self.volumes[side]
        pairs = [{"source_volume": site.copied, "target_volume": target}]
        options = ["allow_pprc_target_primary"]
        seen = site.console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": options})
        if not seen.refused:
            self.held[side] = ["copied"]

    @rule(state=st.sampled_from(("up", "down")))
    def link(self, state: str) -> None:
        """Take the link up or down."""
        self._set_link(state)

    @rule(seconds=st.sampled_from((0.05, 0.3, 1)))
    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.sites[0].steer("POST", "/clock", {"advance_s": seconds})

    @rule(side=sides)
    def end_well(self, side: int) -> None:
        """With the link up a source that fails back is in sync soon, with all it holds."""
        found = self._first(side, "source")
        if found is None:
            return
        side, _ = found
        self._set_link("up")
        pause(self.sites[side].console, self.keys[side])
        if not resume(self.sites[side].console, self.keys[side], "failback").refused:
            self.advance(1)
            assert [one["state"] for one in (self._rows()[side], self._rows()[1 - side])] == IN_SYNC

    @invariant()
    def in_sync_is_the_same(self) -> None:
        """A source whose target lacks no track, and which is its target still, has the same content."""
        rows = self._rows()
        labels = [site.labels(volume) for site, volume in zip(self.sites, self.volumes, strict=True)]
        for side, row in enumerate(rows):
            is_source = row.get("id") == self.keys[side]
            if not row or is_source:
                assert labels[side] == self.held[side]
            if is_source and rows[1 - side].get("id") == self.keys[side] and row["out_of_sync_tracks"] == "0":
                assert labels[0] == labels[1]


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """Yield two linked arrays with paths in both directions."""
    with simulators.start(tmp_path / "s.db", ds8k=["127.0.0.1"] * 2, time_scale=1e-9) as simulation:
        here, there = (Site(simulation, number) for number in (0, 1))
        joined(here.console, there.console)
        yield here, there
        for site in (here, there):
            site.console.close()


@pytest.mark.parametrize("examples", [30, pytest.param(400, marks=pytest.mark.long)])
def test_any_history_of_a_pair_keeps_its_promises(sites: tuple[Site, Site], examples: int) -> None:
    history = type("History", (PairHistory,), {"sites": sites})
    run_state_machine_as_test(history, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None))
