"""The rule of two spellings of one size, as a property: any sequence of configurations and growth outside.

The expectation is written down a second time here, from the specification, on plain numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.core import Core, Rejected, warnings_of
from support.memory_array import GIB
from support.memory_volume import MemoryWorld
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.schema import UNKNOWN

BLOCK = 512
Verdict = Literal["needs a size", "disagree", "grow", "keep", "grown outside", "shrinks"]


@dataclass
class Expected:
    """Follow one volume's sizes as the specification says."""

    gib: int | None
    size: int
    actual: int
    asked: int | None
    made: int | None

    def reads(self, reported: int) -> None:
        """Follow a refresh."""
        self.actual = reported
        if reported == self.made:
            return
        self.size = reported
        if reported % GIB == 0:
            self.gib = reported // GIB
        elif self.made is None:
            self.gib = None

    def judges(self, gib: int | None, size: int | None) -> tuple[Verdict, int]:
        """Say what a plan makes of two known or unset spellings."""
        if gib is None and size is None:
            return "needs a size", 0
        if gib is not None and size is not None and gib * GIB != size:
            return "disagree", 0
        wanted = size if size is not None else (gib or 0) * GIB
        if wanted > self.size:
            return "grow", wanted
        if wanted == self.size:
            return "keep", wanted
        return ("grown outside" if wanted == self.asked else "shrinks"), wanted

    def grows(self, wanted: int, reported: int) -> None:
        """Follow a growth."""
        self.size, self.gib = wanted, wanted // GIB if wanted % GIB == 0 else None
        self.asked, self.made, self.actual = wanted, reported, reported


sizes = st.one_of(
    st.integers(1, 40).map(lambda count: count * GIB),
    st.integers(1, 40 * GIB // BLOCK).map(lambda blocks: blocks * BLOCK),
    st.sampled_from([10_000_000_512, 16 * GIB, 16 * GIB + BLOCK, 16 * GIB - BLOCK]),
)


@st.composite
def spellings(draw: st.DrawFn) -> dict[str, int]:
    """Write a size in one spelling, in both, or in neither; now and then they disagree."""
    size = draw(sizes)
    form = draw(st.sampled_from(["gib", "bytes", "both", "both", "neither", "apart"]))
    whole = {"size_gib": max(1, size // GIB)}
    if form == "gib":
        return whole
    if form == "both":
        return {**whole, "size_bytes": whole["size_gib"] * GIB}
    if form == "apart":
        return {**whole, "size_bytes": size}
    return {"size_bytes": size} if form == "bytes" else {}


steps = st.lists(
    st.one_of(
        st.tuples(st.just("configure"), spellings()),
        st.tuples(st.just("swap"), st.just({})),
        st.tuples(st.just("write down"), st.just({})),
        st.tuples(st.just("grown outside"), sizes),
        st.tuples(st.just("import"), st.just({})),
    ),
    max_size=8,
)


@pytest.mark.parametrize("rounds", [False, True])
@settings(max_examples=150, deadline=None)
@given(first=sizes, script=steps)
def test_any_history_of_sizes_goes_as_the_rule_says(*, rounds: bool, first: int, script: list[tuple[str, Any]]) -> None:
    world = MemoryWorld("xiv", rounds=rounds)
    core = world.core()
    core.run(world.config(size_gib=None, size_bytes=first))
    made = world.array.volumes.rounded(first)
    expected = Expected(first // GIB if first % GIB == 0 else None, first, made, first, made)
    for step, value in script:
        _follow(world, core, expected, step, value)
        _compare(core, expected)


def _follow(world: MemoryWorld, core: Core, expected: Expected, step: str, value: Any) -> None:
    if step == "configure":
        _configure(world, core, expected, value)
    elif step == "swap":
        other = {"size_gib": expected.gib} if expected.gib is not None else {"size_bytes": expected.size}
        _configure(world, core, expected, other)
    elif step == "write down":
        _configure(world, core, expected, {"size_bytes": _reported(world, core)})
    elif step == "grown outside":
        world.array.outside_grow(_id(core), max(value, _reported(world, core)))
    else:
        core.import_object(_id(core))
        expected.made = None
        expected.reads(_reported(world, core))
        expected.asked = expected.made = _reported(world, core)  # so that growth outside is drift, as for our own


def _configure(world: MemoryWorld, core: Core, expected: Expected, written: dict[str, int]) -> None:
    core.refresh()
    expected.reads(_reported(world, core))
    verdict, wanted = expected.judges(written.get("size_gib"), written.get("size_bytes"))
    asked_before = world.array.resizes
    config = world.config(**{"size_gib": None, **written})
    if verdict in {"needs a size", "disagree", "shrinks"}:
        with pytest.raises(Rejected) as refused:
            core.plan(config)
        _explains(refused.value, verdict, expected)
        return
    plan = core.plan(config)
    assert plan.action == ("update" if verdict == "grow" else "no-op")
    assert any("grown outside" in text for text in warnings_of(plan.diagnostics)) == (verdict == "grown outside")
    core.apply(plan)
    if verdict == "grow":
        needless = expected.actual >= wanted and expected.actual == expected.made
        assert world.array.resizes - asked_before == (0 if needless or expected.actual >= wanted else 1)
        expected.grows(wanted, _reported(world, core))
        assert core.plan(config).action == "no-op"


def _explains(refused: Rejected, verdict: str, expected: Expected) -> None:
    words = {"needs a size": "needs a size", "disagree": "disagree", "shrinks": "cannot shrink"}[verdict]
    assert words in str(refused)
    if verdict == "shrinks":
        assert str(expected.size) in str(refused)
        outside = expected.asked is not None and expected.asked != expected.size
        assert ("grown outside" in str(refused)) == outside


def _compare(core: Core, expected: Expected) -> None:
    assert core.instance is not None
    state = core.instance.state
    assert (state["size_gib"], state["size_bytes"], state["actual_bytes"]) == (
        expected.gib,
        expected.size,
        expected.actual,
    )


def _reported(world: MemoryWorld, core: Core) -> int:
    return world.array.volumes.held[_id(core)].size_bytes


def _id(core: Core) -> str:
    assert core.instance is not None
    return str(core.instance.state["id"])


@pytest.mark.parametrize("written", [{"size_gib": UNKNOWN}, {"size_bytes": UNKNOWN}])
def test_an_unknown_size_is_planned_and_then_grows(memory: MemoryWorld, core: Core, written: dict[str, Any]) -> None:
    """An unknown spelling makes both unknown, and the apply finds a growth where there is one."""
    core.run(memory.config(size_gib=8))
    plan = core.plan(memory.config(**{"size_gib": None, **written}))
    assert plan.planned is not None
    assert plan.planned["size_gib"] is UNKNOWN
    assert plan.planned["size_bytes"] is UNKNOWN
    name = next(iter(written))
    core.apply(plan, memory.config(**{"size_gib": None, name: 9 if name == "size_gib" else 9 * GIB}))
    assert core.instance is not None
    assert (core.instance.state["size_gib"], core.instance.state["size_bytes"]) == (9, 9 * GIB)


@pytest.mark.parametrize("written", [{"size_gib": UNKNOWN}, {"size_bytes": UNKNOWN}])
def test_an_unknown_size_that_turns_out_the_same_changes_nothing(
    memory: MemoryWorld, core: Core, written: dict[str, Any]
) -> None:
    core.run(memory.config(size_gib=8))
    plan = core.plan(memory.config(**{"size_gib": None, **written}))
    name = next(iter(written))
    core.apply(plan, memory.config(**{"size_gib": None, name: 8 if name == "size_gib" else 8 * GIB}))
    assert memory.array.resizes == 0


def test_an_unknown_size_that_turns_out_smaller_is_refused_at_apply(memory: MemoryWorld, core: Core) -> None:
    core.run(memory.config(size_gib=8))
    plan = core.plan(memory.config(size_gib=UNKNOWN))
    with pytest.raises(Rejected, match="cannot shrink"):
        core.apply(plan, memory.config(size_gib=7))


@pytest.mark.parametrize(("known", "unknown"), [("size_gib", "size_bytes"), ("size_bytes", "size_gib")])
def test_one_known_spelling_is_enough_beside_an_unknown_one(
    memory: MemoryWorld, core: Core, known: str, unknown: str
) -> None:
    """The known spelling decides; the other may turn out to agree."""
    both = {"size_gib": 8, "size_bytes": 8 * GIB}
    plan = core.plan(memory.config(**{known: both[known], unknown: UNKNOWN}))
    core.apply(plan, memory.config(**both))
    assert core.plan(memory.config(**{known: both[known], unknown: UNKNOWN, "size_gib": both["size_gib"]})) is not None
    assert core.instance is not None
    assert core.instance.state["size_bytes"] == 8 * GIB


def test_writing_down_what_was_grown_outside_plans_empty(memory: MemoryWorld, core: Core) -> None:
    """Also where the size is no whole number of GiB any more and the state keeps the GiB that were written."""
    core.run(memory.config(size_gib=8))
    memory.array.outside_grow(_id(core), 8 * GIB + BLOCK)
    core.refresh()
    assert core.instance is not None
    assert core.instance.state["size_gib"] == 8
    assert core.plan(memory.config(size_bytes=8 * GIB + BLOCK)).action == "no-op"


def test_an_xiv_that_rounds_up_is_not_drift() -> None:
    """What the array made of the size is kept privately, so the next plan is empty."""
    world = MemoryWorld("xiv", rounds=True)
    core = world.core()
    core.run(world.config(size_gib=8))
    core.refresh()
    assert core.instance is not None
    assert core.instance.state["actual_bytes"] == 16 * GIB
    assert core.plan(world.config(size_gib=8)).action == "no-op"


def test_growth_within_what_the_array_rounded_up_to_asks_the_array_nothing() -> None:
    world = MemoryWorld("xiv", rounds=True)
    core = world.core()
    core.run(world.config(size_gib=8))
    plan = core.plan(world.config(size_gib=12))
    looked_up = world.array.looked_up
    core.apply(plan)
    assert (world.array.resizes, world.array.looked_up) == (0, looked_up)
    assert core.instance is not None
    assert core.instance.state["size_gib"] == 12


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_a_fixed_os400_model_needs_no_size(memory: MemoryWorld, core: Core, family: Family) -> None:
    core.run(memory.config(size_gib=None, os400="A01"))
    assert core.instance is not None
    assert core.instance.state["size_gib"] == 8
    assert core.plan(memory.config(size_gib=None, os400="A01")).action == "no-op"
