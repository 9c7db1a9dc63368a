"""Mirrors that are changed: the RPO in place, both sizes; the mode by the module beside.

Only in row 1, which is looked at once more right before.
"""

from __future__ import annotations

from ..core import Core
from ..errors import DriverError, InDoubt, NoSpace, Refused, TimedOut
from ..mirrors import End, Schedule
from ..objects import Volume
from ..replicating import Half, Pair, ReplicationMode, Side
from ..waiting import Budget, Progress
from .mirror_ends import UNTOUCHED, MirrorEnds, alone, whole
from .mirror_modes import AGAIN_S, MirrorModes, Wish, again_in_step
from .mirror_schedules import SIDES, Schedules, is_ours, schedule_for

FOLLOW_S = 20.0  # a member waits so long for its group's change, which one apply begins at the same time


class MirrorChanges:
    """Change mirrors that are in step."""

    def __init__(self, ends: MirrorEnds, schedules: Schedules) -> None:
        self._ends = ends
        self._schedules = schedules
        self._modes = MirrorModes(ends, schedules)

    def change(
        self, pair: Pair, mode: ReplicationMode, rpo_s: int | None, budget: Budget, progress: Progress, *, anew: bool
    ) -> None:
        """Copy in another mode or within another RPO."""
        home, _ = whole(pair)
        schedule = _schedule(mode, rpo_s)
        if (home.mode, home.rpo_s) == (mode, rpo_s) or (home.mode == mode and self._follows(home, rpo_s, budget)):
            return
        alone(pair, "changed")
        try:
            if home.mode == mode:
                self._change_rpo(again_in_step(self._ends, pair, budget), rpo_s or 0, schedule, budget)
                progress(f"{pair.name}: RPO is {rpo_s} s")
            else:
                wish = Wish(mode=mode, rpo_s=rpo_s, schedule=schedule, anew=anew)
                self._modes.change(pair, wish, budget, progress)
        finally:
            self._ends.forget_volumes(pair)
            named = [half.schedule for half in whole(pair)] + [schedule.name if schedule is not None else None]
            self._schedules.tidy(named, Budget(AGAIN_S, self._ends.core("home").stop))

    # RPO

    def _follows(self, home: Half, rpo_s: int | None, budget: Budget) -> bool:
        """Tell whether a member gets the RPO with its group, which others may be changing at the same time."""
        if home.subject == "group" or home.group is None:
            return False
        brief = Budget(min(FOLLOW_S, budget.left_s), budget.stop)
        try:
            self._ends.core("home").wait_until(
                brief, lambda look: self._half("home", home, look).rpo_s == rpo_s, f"the RPO of group {home.group}"
            )
        except TimedOut:
            return False
        return True

    def _change_rpo(self, halves: tuple[Half, Half], rpo_s: int, schedule: Schedule | None, budget: Budget) -> None:
        """Set the RPO and, where it is needed, the schedules; at no time is an interval above its RPO."""
        home, _ = halves
        if rpo_s > (home.rpo_s or 0):
            self._set_rpo(home, rpo_s, budget)
            self._set_schedules(halves, rpo_s, schedule, budget)
        else:
            self._set_schedules(halves, rpo_s, schedule, budget)
            self._set_rpo(home, rpo_s, budget)

    def _set_rpo(self, home: Half, rpo_s: int, budget: Budget) -> None:
        mirrors, end = self._ends.mirrors("home"), End.of(home)
        self._ends.write(
            "home",
            budget,
            lambda: mirrors.change_rpo(end, rpo_s, budget),
            lambda look: self._half("home", home, look).rpo_s == rpo_s,
        )

    def _set_schedules(self, halves: tuple[Half, Half], rpo_s: int, schedule: Schedule | None, budget: Budget) -> None:
        """Give both sides our schedule; one that is somebody else's and keeps the RPO stays."""
        changing = [
            side
            for side, half in zip(SIDES, halves, strict=True)
            if not self._keeps(side, half.schedule, rpo_s, budget)
        ]
        if not changing or schedule is None:
            return
        home, remote = halves
        mirrors, end = self._ends.mirrors("home"), End.of(home)
        with self._schedules.held(schedule, budget):
            if "home" in changing:
                self._ends.write(
                    "home",
                    budget,
                    lambda: mirrors.change_schedule(end, schedule.name, budget),
                    lambda look: self._half("home", home, look).schedule == schedule.name,
                )
            if "remote" in changing:
                self._ends.write(
                    "home",
                    budget,
                    lambda: mirrors.change_remote_schedule(end, schedule.name, budget),
                    lambda look: self._half("remote", remote, look).schedule == schedule.name,
                )

    def _keeps(self, side: Side, name: str | None, rpo_s: int, budget: Budget) -> bool:
        if name is None or is_ours(name) or name == schedule_for(rpo_s).name:
            return name == schedule_for(rpo_s).name
        interval_s = self._schedules.interval_s(side, name, budget)
        return interval_s is not None and interval_s < rpo_s

    def _half(self, side: Side, half: Half, budget: Budget) -> Half:
        found = self._ends.half(side, half.subject, half.id, budget)
        return found if found is not None else half

    # size

    def grow(self, pair: Pair, size_bytes: int, budget: Budget, progress: Progress) -> None:
        """Grow both volumes by one command; where the other array's part is in doubt, both are looked at."""
        home, remote = again_in_step(self._ends, pair, budget)
        ours, theirs = self._ends.volume("home", home, budget), self._ends.volume("remote", remote, budget)
        if min(ours.size_bytes, theirs.size_bytes) >= size_bytes:
            return
        self._refuse_full("home", ours, size_bytes, budget)
        self._refuse_full("remote", theirs, size_bytes, budget)
        core = self._ends.core("home")
        try:
            self._ends.write(
                "home",
                budget,
                lambda: core.array.volumes.resize(ours, max(size_bytes, ours.size_bytes), budget),
                lambda look: min(self._sizes(home, remote, look)) >= size_bytes,
            )
            core.wait_until(
                budget,
                lambda look: min(self._sizes(home, remote, look)) >= size_bytes,
                f"both volumes of {pair.name} to have {size_bytes} bytes",
            )
        except InDoubt as doubt:
            self._tell_sizes(pair, home, remote, doubt)
            raise
        finally:
            self._ends.forget_volumes(pair)
        progress(f"{pair.name}: both volumes have {size_bytes} bytes")

    def _sizes(self, home: Half, remote: Half, budget: Budget) -> tuple[int, int]:
        return (
            self._ends.volume("home", home, budget).size_bytes,
            self._ends.volume("remote", remote, budget).size_bytes,
        )

    def _tell_sizes(self, pair: Pair, home: Half, remote: Half, doubt: InDoubt) -> None:
        try:
            ours, theirs = self._sizes(home, remote, Budget(1.0).for_a_look())
        except DriverError:
            doubt.left_behind = f"One or both volumes of {pair.name} may have grown."
        else:
            doubt.left_behind = (
                f"{home.name} has {ours} bytes at home, {remote.name} {theirs} on the remote array. While they differ, "
                "the array will not activate the mirror once it has stopped (MIRROR_SIZE_MISMATCH)."
            )
        doubt.next_step = "Run it again: the smaller one is grown then."

    def _refuse_full(self, side: Side, volume: Volume, size_bytes: int, budget: Budget) -> None:
        core: Core = self._ends.core(side)
        pool = core.get_pool(volume.pool_id, budget)
        unit = pool.extent_bytes
        more = -(-size_bytes // unit) * unit - -(-volume.size_bytes // unit) * unit
        free = pool.virtual_free_bytes if pool.virtual_free_bytes is not None else pool.free_bytes
        if more > free:
            raise NoSpace(
                f"Pool {pool.label} of the {side} array has no room to grow {volume.name}",
                happened=f"It takes {more} bytes more, in whole units of {unit}; {max(0, free)} are free. What would "
                "happen: one volume might grow without the other, and the mirror not be activated again once it stops.",
                left_behind=UNTOUCHED,
                next_step="Enlarge that pool, then run it again. Both volumes grow, or none: no option grows one "
                "alone.",
                attribute="size_bytes",
            )


def _schedule(mode: ReplicationMode, rpo_s: int | None) -> Schedule | None:
    if (mode == "async") == (rpo_s is None):
        raise Refused(
            "rpo_seconds goes with mode async, and only with it",
            happened="What is acknowledged by a synchronous mirror is on both arrays; an asynchronous one lags behind.",
            left_behind=UNTOUCHED,
            next_step="Write both, or neither.",
            attribute="rpo_seconds",
        )
    return schedule_for(rpo_s) if rpo_s is not None else None
