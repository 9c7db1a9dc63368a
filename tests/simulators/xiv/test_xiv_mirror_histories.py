"""Whatever happens to a mirror before a disaster, the other side has a moment that was, or says that it has none."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support.xiv_mirroring import ASYNC, Sites, sites_of, still_arrays

EVENTS = ("write", "write", "down", "up", "activate", "deactivate", "wait", "wait a little", "snapshot")
SECONDS = {"wait": 25.0, "wait a little": 0.2}
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Return both arrays, which all histories share: each has a volume of its own."""
    folder = tmp_path_factory.mktemp("mirrors")
    with still_arrays(folder / "simulator.db") as simulation, sites_of(simulation) as found:
        yield found


def _happens(sites: Sites, volume: str, event: str, number: int) -> None:
    if event == "write":
        sites.write(volume, str(number))
    elif event in {"down", "up"}:
        sites.link(event)
    elif event in SECONDS:
        sites.advance(SECONDS[event])
    elif event == "snapshot":
        name = f"{volume}.{number}"
        sites.home.ask("mirror_create_snapshot", vol=volume, name=name, slave_name=name)
    else:
        sites.home.ask(f"mirror_{event}", vol=volume)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(events=["down", *["write"] * 6, "up", "wait a little"], is_async=False)
@example(events=["write", "snapshot", "write", "wait a little"], is_async=True)
@given(events=st.lists(st.sampled_from(EVENTS), max_size=14), is_async=st.booleans())
def test_a_promoted_side_holds_a_moment_that_was_and_both_end_with_the_same(
    both: Sites, events: list[str], is_async: bool
) -> None:
    volume = f"v{next(numbers)}"
    both.link("up")
    both.volume(volume, "0")
    both.mirror(volume, **(ASYNC if is_async else {}))
    for number, event in enumerate(events, 1):
        _happens(both, volume, event, number)
    written = both.read(volume)[0]
    both.link("down")
    away = both.away.ask("mirror_list", vol=volume).one
    both.away.does("mirror_change_role", vol=volume, new_role="Master")
    held = both.read(volume)[1]
    if away["sync_state"] == "Inconsistent":
        held = both.control.ask("GET", f"/io?array=xiv2&volume=last-consistent-{volume}")
    assert held == written[: len(held)]
    both.write(volume, "after", "xiv2")
    promoted = both.read(volume)[1]
    both.link("up")
    both.home.ask("mirror_deactivate", vol=volume)
    both.home.does("mirror_change_role", vol=volume, new_role="Slave")
    assert both.read(volume)[0] == held
    both.away.does("mirror_activate", vol=volume)
    both.advance(25)
    assert both.read(volume) == (promoted, promoted)
    assert both.states(vol=volume)[1] == ("M+ RPO OK" if is_async else "M+ Synchronized")
    both.away.does("mirror_deactivate", vol=volume)
    both.away.does("mirror_delete", vol=volume)
