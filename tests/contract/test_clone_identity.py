"""What is copied, and onto what, is looked at again: ids are given again, and others work on the array meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.clone_lab import GIB, Lab
from support.rest_console import Console
from support.simulated import World
from support.xcli import Xcli
from terraform_provider_xivds8k.driver import (
    Cancelled,
    DriverError,
    Family,
    NotFound,
    Refused,
    Settings,
    TimedOut,
    Volume,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.driver.array import FlashCopyOption
from terraform_provider_xivds8k.driver.core import Core
from terraform_provider_xivds8k.driver.ds8k import DS8KArray
from terraform_provider_xivds8k.driver.ds8k.client import Client
from terraform_provider_xivds8k.driver.ds8k.flashcopies import DS8KFlashCopies, Pair
from terraform_provider_xivds8k.driver.errors import Busy
from terraform_provider_xivds8k.driver.flows.clones import CloneFlows, CloneOrder
from terraform_provider_xivds8k.driver.waiting import Budget, NoStop
from terraform_provider_xivds8k.plugin import Cancellation

ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
xiv_only = pytest.mark.parametrize("family", ["xiv"])
WITHIN_S = 20


@pytest.fixture
def lab(array: World, tmp_path: Path) -> Lab:
    """Return an array with a source volume on it, which copies from a FlashCopy target."""
    found = Lab(array, tmp_path / "simulator.db")
    if array.family == "ds8k":
        found.turn("flashcopy_from_target_refused", on=False)
    return found


def _another(lab: Lab) -> Volume:
    made = lab.array.driver.create_volume(name=lab.array.new_name(), pool=lab.pool.id, size_bytes=2 * GIB)
    lab.write(made, "another's")
    return made


def _given_again(lab: Lab) -> tuple[Volume, Volume]:
    """Return a snapshot that is gone, and a volume that by now has a snapshot of its own under that id."""
    driver, source, other = lab.array.driver, lab.source, _another(lab)
    gone = lab.snapshot()
    driver.delete_snapshot(snapshot_id=gone.id, volume_id=source.id, deadline=20)
    lab.source = other
    taken = lab.snapshot()
    lab.source = source
    assert taken.id == gone.id, "the id was not given again"
    return gone, other


class BusyOnce(DS8KFlashCopies):
    """Be a DS8000's FlashCopies, too busy for the first one until something else was done."""

    def __init__(
        self,
        client: Client,
        volumes_in: Callable[[str, Budget], tuple[Volume, ...]],
        meanwhile: Callable[[], object],
    ) -> None:
        super().__init__(client, volumes_in)
        self._meanwhile = [meanwhile]

    def establish(
        self, pairs: tuple[Pair, ...], options: tuple[FlashCopyOption, ...], budget: Budget
    ) -> Mapping[Pair, DriverError]:
        if self._meanwhile:
            self._meanwhile.pop()()
            raise Busy("The management console asks to come back later")
        return super().establish(pairs, options, budget)


class BusyArray(DS8KArray):
    """Be a DS8000 that is too busy for the first FlashCopy."""

    def __init__(self, settings: Settings, meanwhile: Callable[[], object]) -> None:
        super().__init__(settings)
        self.flashcopies = BusyOnce(self._client, self.volumes.in_lss, meanwhile)


def _unfinished(lab: Lab, snapshot_id: str) -> Volume:
    """Stop the run while a snapshot is copied; return the volume it leaves."""
    lab.slow_down()
    stop = Cancellation()
    driver = XIVDS8KDriver(lab.array.settings, cancellation=stop)
    with pytest.raises(Cancelled) as caught:
        driver.create_volume_from_snapshot(
            snapshot_id=snapshot_id,
            name=lab.array.new_name(),
            pool=lab.pool.id,
            deadline=60,
            progress=lambda _: stop.set(),
        )
    driver.close()
    assert caught.value.left is not None
    return caught.value.left


def _copied_late(lab: Lab, name: str, meanwhile: Callable[[], object], snapshot: Volume | None = None) -> DriverError:
    """Return what a copy of the source, or of a snapshot, ends in where the array is too busy at first."""
    core = Core(lab.array.settings, BusyArray(lab.array.settings, meanwhile), NoStop())
    flows, budget = CloneFlows(core), core.budget(20)
    source = flows.volume(lab.source.id, budget) if snapshot is None else flows.snapshot(snapshot.id, budget)
    with pytest.raises(DriverError) as caught:
        flows.clone(source, CloneOrder(name=name, pool=lab.pool), budget)
    core.array.close()
    return caught.value


@ds8k_only
def test_a_snapshot_named_with_its_volume_is_copied_from(lab: Lab, family: Family) -> None:
    taken = lab.snapshot()
    lab.write(lab.source, "too late")
    made = lab.restore(taken, snapshot_id=f"{lab.source.id}:{taken.id}".lower())
    assert lab.labels(made) == ["monday"]


@ds8k_only
def test_another_volumes_snapshot_under_the_same_id_is_not_copied_from(lab: Lab, family: Family) -> None:
    gone, other = _given_again(lab)
    name = lab.array.new_name()
    with pytest.raises(NotFound) as caught:
        lab.restore(gone, name, snapshot_id=f"{lab.source.id}:{gone.id}")
    assert caught.value.attribute == "source_snapshot_id"
    assert f"{other.id}:{gone.id}" in str(caught.value)
    assert lab.nothing_called(name)


@ds8k_only
def test_an_unfinished_copy_of_a_snapshot_named_with_its_volume_is_finished_or_deleted(
    lab: Lab, family: Family
) -> None:
    taken = lab.snapshot()
    whole = f"{lab.source.id}:{taken.id}"
    kept, dropped = _unfinished(lab, whole), _unfinished(lab, whole)
    assert not lab.array.driver.volume_users(dropped.id, copied_from=whole)
    lab.array.driver.delete_volume(volume_id=dropped.id, expected_name=dropped.name, copied_from=whole, deadline=20)
    lab.array.ask("POST", "/clock", {"advance_s": 60})
    lab.array.driver.finish_cloned_volume(
        volume_id=kept.id, copied_from=whole, expected_name=kept.name, size_bytes=kept.size_bytes, deadline=20
    )
    assert lab.labels(kept) == ["monday"]
    assert not lab.array.driver.volume_users(kept.id)


@ds8k_only
@pytest.mark.parametrize("named", ["alone", "with its volume"])
def test_a_snapshot_lost_while_it_is_copied_makes_no_clone(
    lab: Lab, family: Family, console: Console, named: str
) -> None:
    """The copy ends with every track, of what the array no longer vouches for: it is undone."""
    taken, name = lab.snapshot(), lab.array.new_name()
    lab.slow_down()
    lost: list[str] = []

    def lose(_: str) -> None:
        if not lost:
            lost.append(f"{lab.source.id}:{taken.id}")
            assert not console.ask("DELETE", f"/cs/flashcopies/{lost[0]}").refused
            lab.array.ask("POST", "/clock", {"advance_s": 60})

    spelt = {"alone": taken.id, "with its volume": f"{lab.source.id}:{taken.id}"}[named]
    with pytest.raises(NotFound, match="lost its point in time") as caught:
        lab.restore(taken, name, snapshot_id=spelt, progress=lose)
    assert lost[0] in str(caught.value)
    assert caught.value.left is None
    assert lab.nothing_called(name)
    assert lab.labels(lab.source) == ["monday"]


@ds8k_only
def test_a_snapshot_of_which_nothing_is_certain_after_the_last_track_makes_no_clone(lab: Lab, family: Family) -> None:
    """Until the array calls it valid again the copy is waited for, and then left, named, and not called done."""
    taken, name = lab.snapshot(), lab.array.new_name()
    lab.slow_down()

    def doubt(_: str) -> None:
        lab.spoil(taken, "validation_required")
        lab.array.ask("POST", "/clock", {"advance_s": 60})

    with pytest.raises(TimedOut) as caught:
        lab.restore(taken, name, progress=doubt, deadline=3)
    assert caught.value.left is not None
    assert "never take it for complete" in caught.value.left_behind


@ds8k_only
def test_a_snapshot_lost_while_its_copy_is_not_waited_for_is_not_finished(
    lab: Lab, family: Family, console: Console
) -> None:
    taken = lab.snapshot()
    whole = f"{lab.source.id}:{taken.id}"
    left = _unfinished(lab, taken.id)
    assert not console.ask("DELETE", f"/cs/flashcopies/{whole}").refused
    lab.array.ask("POST", "/clock", {"advance_s": 60})
    with pytest.raises(NotFound, match="lost its point in time"):
        lab.array.driver.finish_cloned_volume(
            volume_id=left.id, copied_from=whole, expected_name=left.name, size_bytes=left.size_bytes, deadline=5
        )
    assert lab.array.driver.volume_users(left.id).relations == (f"FlashCopy {taken.id}:{left.id}",)


@xiv_only
def test_a_new_volume_renamed_while_an_xiv_was_busy_is_not_overwritten(lab: Lab, family: Family) -> None:
    name, ended = lab.array.new_name(), list[DriverError]()
    lab.array.fail("vol_copy", "error", code="MIRROR_RETRY_OPERATION", times=1000)

    def copy() -> None:
        try:
            lab.clone(name)
        except DriverError as error:
            ended.append(error)

    copying = threading.Thread(target=copy)
    copying.start()
    deadline = time.monotonic() + WITHIN_S
    while lab.array.calls().get("vol_copy", 0) < 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    with Xcli(lab.array.description, lab.array.settings.connection.ca_pem or "") as xcli:
        xcli.does("vol_rename", vol=name, new_name=f"{name}x")
    lab.array.ask("DELETE", "/faults")
    copying.join(WITHIN_S)
    (error,) = ended
    assert isinstance(error, Refused)
    (found,) = lab.array.driver.find_volumes_by_name(f"{name}x")
    assert error.left is not None
    assert error.left.id == found.id
    assert lab.labels(found) == []


@ds8k_only
def test_a_new_volume_renamed_while_the_array_was_busy_is_not_overwritten(lab: Lab, family: Family) -> None:
    name, driver = lab.array.new_name(), lab.array.driver

    def rename() -> None:
        driver.rename_volume(volume_id=driver.find_volumes_by_name(name)[0].id, new_name=f"{name}x")

    error = _copied_late(lab, name, rename)
    assert isinstance(error, Refused)
    (found,) = driver.find_volumes_by_name(f"{name}x")
    assert error.left is not None
    assert error.left.id == found.id
    assert lab.labels(found) == []


@ds8k_only
def test_a_new_volume_mapped_while_the_array_was_busy_is_not_overwritten(
    lab: Lab, family: Family, console: Console
) -> None:
    name = lab.array.new_name()
    console.ask("POST", "/hosts", {"name": "h", "hosttype": "LinuxRHEL"})

    def attach() -> None:
        found = lab.array.driver.find_volumes_by_name(name)[0]
        assert not console.ask("POST", "/hosts/h/mappings", {"volumes": [found.id]}).refused

    error = _copied_late(lab, name, attach)
    assert "in use already" in str(error)
    assert error.left is not None
    assert lab.labels(error.left) == []


@ds8k_only
def test_a_snapshot_lost_while_the_array_was_busy_is_not_copied_from(
    lab: Lab, family: Family, console: Console
) -> None:
    taken, name = lab.snapshot(), lab.array.new_name()

    def lose() -> None:
        assert not console.ask("DELETE", f"/cs/flashcopies/{lab.source.id}:{taken.id}").refused

    error = _copied_late(lab, name, lose, taken)
    assert isinstance(error, NotFound)
    assert lab.nothing_called(name)


@ds8k_only
def test_a_source_replaced_by_another_volume_while_the_array_was_busy_is_not_copied(lab: Lab, family: Family) -> None:
    name, driver = lab.array.new_name(), lab.array.driver

    def replace() -> None:
        driver.delete_volume(volume_id=lab.source.id, deadline=20)
        again = driver.create_volume(
            name=lab.array.new_name(), pool=lab.pool.id, size_bytes=2 * GIB, lss=lab.source.id[:2]
        )
        assert again.id == lab.source.id, "the id was not given again"

    error = _copied_late(lab, name, replace)
    assert isinstance(error, Refused)
    assert lab.nothing_called(name)


@ds8k_only
@pytest.mark.parametrize("other", [{"expected_name": "another"}, {"size_bytes": GIB}])
def test_somebodys_full_copy_snapshot_under_a_clones_id_is_not_finished(
    lab: Lab, family: Family, other: dict[str, object]
) -> None:
    """Its relation looks as an unfinished clone's does: only its name and its size tell them apart."""
    taken = lab.array.driver.create_snapshot(
        volume_id=lab.source.id, name=lab.array.new_name(), copy="full", deadline=20
    )
    asked: dict[str, object] = {"expected_name": taken.name, "size_bytes": taken.size_bytes, **other}
    with pytest.raises(Refused):
        lab.array.driver.finish_cloned_volume(volume_id=taken.id, copied_from=lab.source.id, deadline=5, **asked)  # type: ignore[arg-type]
    found = lab.array.driver.find_snapshot(taken.id, lab.source.id)
    assert found is not None
    assert found.lost is None
