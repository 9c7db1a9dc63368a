"""Every array call Terraform causes, broken: a named subset of the contract suite's sweep, through real Terraform.

One volume after the other is made, renamed and grown, and destroyed; each run has one call go wrong, and the next one
has to reach what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from support.sweep_parts import Call
from support.terraform import Result, Workspace
from support.world import World

GIB = 2**30
ADDRESS = "xivds8k_volume.a"
ACTIONS = ("drop_after", "down", "garbage")
SHORT, LONG = "4s", "60s"
FLOWS = ("create", "rename and grow", "destroy")


@dataclass
class Scene:
    """Hold one volume's life: what is written now, and what the array must show."""

    workspace: Workspace
    world: World
    name: str = ""
    gib: int = 1
    exists: bool = False
    id: str = ""
    names: set[str] = field(default_factory=set)

    def to(self, flow: str) -> None:
        """Write what the flow shall reach."""
        if flow == "create":
            self.name, self.gib, self.names = self.world.name("s"), 1, set()
        if flow == "rename and grow":
            self.names = {self.name}
            self.name, self.gib = self.world.name("s"), self.gib + 1
        self.names.add(self.name)
        self.write(SHORT, gone=flow == "destroy")

    def write(self, deadline: str, *, gone: bool) -> None:
        timeouts = dict.fromkeys(("create", "read", "update"), deadline)
        made = self.world.volume(name=self.name, size_gib=self.gib, timeouts={**timeouts, "delete": SHORT})
        self.workspace.write("" if gone else made)

    def run(self) -> Result:
        """Apply, whatever comes of it."""
        return self.workspace.run("apply", "-json", "-auto-approve")

    def seen(self) -> list[Any]:
        """Return every volume of this life that is on the array."""
        return [volume for name in self.names for volume in self.world.named(name)]

    def judge(self, flow: str, result: Result) -> None:
        """Look whether all is in the state or named, and nothing is doubled or harmed."""
        assert "defect" not in result.output
        assert result.code == 0 or result.errors, result.output
        seen = self.seen()
        assert len(seen) <= 1, f"doubled: {seen}"
        stored = self.workspace.instances.get(ADDRESS, {}).get("attributes", {})
        for volume in seen:
            held = stored.get("id") == volume.id or (stored and stored["id"] is None and stored["name"] == volume.name)
            assert held or volume.id in result.output, f"{volume} is nowhere: {stored} {result.output}"
        if flow == "rename and grow":
            assert [volume.id for volume in seen] == [self.id], "deleted, or another one"
            assert self.labels() == ["monday"]
        assert result.code or bool(seen) == (flow != "destroy"), f"said to be done: {seen}"

    def finish(self, flow: str, result: Result) -> None:
        """Run again where it failed, and look that nothing is left to do."""
        self.reach(flow, result)
        self.workspace.plans_empty()

    def reach(self, flow: str, result: Result) -> None:
        """Run again where it failed, and look that the array shows what is written; a host writes to a new volume."""
        if result.code:
            self.write(LONG, gone=flow == "destroy")
            self.workspace.apply()
        seen = self.seen()
        self.exists = flow != "destroy"
        if flow == "destroy":
            assert seen == []
            return
        assert [(one.name, one.size_bytes >= self.gib * GIB) for one in seen] == [(self.name, True)]
        assert self.workspace.state(ADDRESS)["id"] == seen[0].id
        if flow == "create":
            self.id = seen[0].id
            self._io("POST", {"write": "monday"})

    def labels(self) -> list[str]:
        return list(self._io("GET", {}))

    def _io(self, method: str, more: dict[str, str]) -> Any:
        called = self.seen()[0].name if self.world.family == "xiv" else self.id
        body = {"array": self.world.array["name"], "volume": called, **more}
        return self.world.ask_control(method, "/io", body)


@pytest.fixture
def scene(workspace: Workspace, world: World) -> Iterator[Scene]:
    """Give a volume's life on an array that is well again afterwards."""
    yield Scene(workspace, world)
    bring_back(world)


def bring_back(world: World) -> None:
    world.ask_control("DELETE", "/faults")
    world.ask_control("POST", f"/arrays/{world.array['name']}", {"state": "up"})


def calls_of(scene: Scene) -> dict[str, list[Call]]:
    """Live one life undisturbed, and return the calls each of its flows makes."""
    found = {}
    for flow in FLOWS:
        scene.to(flow)
        scene.world.ask_control("DELETE", "/journal")
        result = scene.run()
        counts = scene.world.journal()
        assert result.code == 0, result.output
        scene.judge(flow, result)
        scene.finish(flow, result)
        found[flow] = [Call(command, nth) for command in sorted(counts) for nth in range(1, counts[command] + 1)]
    return found


def broken(scene: Scene, flow: str, call: Call, action: str) -> None:
    scene.to(flow)
    scene.world.fault(call.command, action, nth=call.nth)
    result = scene.run()
    assert scene.world.ask_control("GET", "/faults") == [], f"{flow} never came to {call}"
    bring_back(scene.world)
    scene.judge(flow, result)
    scene.finish(flow, result)


def undisturbed(scene: Scene, flow: str) -> None:
    scene.to(flow)
    scene.reach(flow, scene.run())


def sweep(scene: Scene, ways: Callable[[int, Call], Sequence[str]]) -> tuple[int, int]:
    """Break every call of every flow; lives follow each other, so that little has to be prepared.

    Where nothing is left to break but changes, they follow each other in one life.
    """
    calls = calls_of(scene)
    cases = {flow: [(c, a) for i, c in enumerate(calls[flow]) for a in ways(i, c)] for flow in FLOWS}
    done = 0
    while any(cases.values()):
        for flow in FLOWS:
            if cases[flow]:
                broken(scene, flow, *cases[flow].pop(0))
                done += 1
            elif (flow == "create" and not scene.exists) or (flow == "destroy" and cases["create"]):
                undisturbed(scene, flow)
    if scene.exists:
        undisturbed(scene, "destroy")
    return sum(map(len, calls.values())), done


@pytest.mark.timeout(600)
def test_a_broken_call_of_terraforms_is_made_good_by_the_next_run(scene: Scene, record_property: Any) -> None:
    """Every call is broken, writes in all three ways, reads in one of them in turn."""
    calls, cases = sweep(scene, lambda i, call: ACTIONS if call.is_write else ACTIONS[i % 3 : i % 3 + 1])
    record_property("fault_sweep", [f"Terraform {scene.world.family}", calls, cases])


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_call_of_terraforms_broken_in_any_way_is_made_good_by_the_next_run(
    scene: Scene, record_property: Any
) -> None:
    calls, cases = sweep(scene, lambda _, __: ACTIONS)
    record_property("fault_sweep", [f"Terraform {scene.world.family}", calls, cases])
