"""Restores for the sweep of faults: whatever breaks, a volume holds all of one content, and the other is not lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from terraform_provider_xivds8k.driver import NotFound, Restored, Volume, XIVDS8KDriver

from .copying import Bystander, bystander_of
from .sweep_benches import labels, write_label
from .sweep_parts import Bench, Flow, Run, Told
from .volume_runs import SHORT_S

THEN, SINCE = "then", "since"
LONG_S = 60.0


@dataclass
class Kept:
    """Be a volume with a snapshot of it."""

    volume: Volume
    snapshot: str


class RestoreRun(Run):
    """Restore volumes that were written to since; ``restore`` takes the driver and a deadline."""

    def __init__(self, bench: Bench, kept: list[Kept], restore: Callable[[XIVDS8KDriver, float], Restored]) -> None:
        self.bench = bench
        self.kept = kept
        self.restore = restore
        self.done: Restored | None = None
        for one in kept:
            write_label(bench, one.volume.id, one.volume.name, SINCE)
        self.before = {seen.id for seen in bench.witness.objects()}

    def act(self, driver: XIVDS8KDriver) -> None:
        self.done = self.restore(driver, SHORT_S)

    def judge(self, told: Told) -> None:
        found = {seen.id: seen for seen in self.bench.witness.objects()}
        assert self.before <= set(found), "a restore deleted something"
        made = [found[one] for one in set(found) - self.before]
        said = f"{told.words} {self.done.safety if self.done is not None else ''}"
        unnamed = [seen for seen in made if not any(name and name in said for name in _called(self.bench, seen.name))]
        assert not unnamed, f"{unnamed} are named nowhere: {said}"
        held = [labels(self.bench, one.volume.id, one.volume.name) for one in self.kept]
        assert all(one in ([THEN], [THEN, SINCE]) for one in held), f"neither the one nor the other: {held}"
        if self.done is not None:
            assert held == [[THEN]] * len(held), f"said to be restored: {held}"
        if self.bench.family == "xiv" and [THEN] in held:
            safe = [labels(self.bench, seen.id, seen.name) for seen in made]
            assert safe.count([THEN, SINCE]) == len(held), f"what was written is lost: {safe}"

    def finish(self, told: Told) -> None:
        """Run it again: done, or refused because it was done already and consumed the snapshots."""
        refused = self._refused()
        if refused is not None:
            assert refused.attribute == "snapshot_id"
            assert self.bench.family == "ds8k", f"refused: {refused}"
        held = [labels(self.bench, one.volume.id, one.volume.name) for one in self.kept]
        assert held == [[THEN]] * len(held), f"not restored in the end: {held}"

    def _refused(self) -> NotFound | None:
        try:
            self.restore(self.bench.calm, LONG_S)
        except NotFound as lost:
            return lost
        return None


def _called(bench: Bench, name: str) -> tuple[str, ...]:
    """Return the names by which a user may be told of a safety snapshot: its own, or that of its group."""
    return (name, name.partition(".vol")[0]) if bench.family == "xiv" else (name,)


def _written(bench: Bench, bystander: Bystander) -> Volume:
    volume = bystander.make(1 if bench.family == "ds8k" else 17)
    write_label(bench, volume.id, volume.name, THEN)
    return volume


def _one(bench: Bench) -> Run:
    bystander = bystander_of(bench.world)
    try:
        volume = _written(bench, bystander)
        kept = Kept(volume, bystander.snapshot(volume))
    finally:
        bystander.close()
    return RestoreRun(
        bench,
        [kept],
        lambda driver, deadline: driver.revert_to_snapshot(
            snapshot_id=kept.snapshot, volume_id=kept.volume.id, deadline=deadline
        ),
    )


def _group(bench: Bench) -> Run:
    bystander = bystander_of(bench.world)
    try:
        volumes = [_written(bench, bystander) for _ in range(2)]
        name, snapshots = bystander.group_snapshot(volumes)
    finally:
        bystander.close()
    kept = [Kept(volume, snapshot) for volume, snapshot in zip(volumes, snapshots, strict=True)]
    return RestoreRun(
        bench,
        kept,
        lambda driver, deadline: driver.revert_to_cgsnapshot(cgsnapshot_id=name, deadline=deadline),
    )


RESTORE_FLOWS = (
    Flow("revert_to_snapshot", ("xiv", "ds8k"), _one),
    Flow("revert_to_cgsnapshot", ("xiv", "ds8k"), _group),
)
