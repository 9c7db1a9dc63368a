"""A volume that this call made to copy something onto: what it has come to, and whether it is still that volume."""

from __future__ import annotations

from dataclasses import dataclass

from ..core import Core
from ..errors import Refused
from ..objects import Volume
from ..waiting import Budget
from .deletions import is_same
from .volumes import VolumeFlows


@dataclass(slots=True, kw_only=True)
class Making:
    """Keep what a clone has come to: whether its volume may be deleted again, whether a copy began, and all of it."""

    source: Volume
    target: Volume
    may_be_undone: bool
    has_begun: bool = False
    is_whole: bool = False

    @property
    def holds(self) -> str:
        """Say what the new volume holds."""
        if self.is_whole:
            return f"it holds the whole copy of {self.source.name}"
        if self.has_begun:
            return f"whether it holds all of {self.source.name} is not known; never take it for complete"
        return "nothing was copied onto it"

    def refuse_small(self) -> None:
        """Raise Refused where the array made the new volume too small."""
        if self.target.size_bytes < self.source.size_bytes:
            raise Refused(
                f"The array made {self.target.name} too small for the copy",
                happened=f"It has {self.target.size_bytes} bytes, {self.source.name} has {self.source.size_bytes}.",
                next_step="Choose another OS/400 model or size.",
                attribute="size_bytes",
            )

    def look_at_target(self, core: Core, volumes: VolumeFlows, budget: Budget) -> None:
        """Make sure that what is about to be overwritten is the volume just made, and that nobody uses it."""
        self.refuse_changed(volumes.present(self.target.id, budget))
        users = core.array.volumes.users(self.target, budget)
        if users:
            self.may_be_undone = False
            raise Refused(
                f"Volume {self.target.name}, just made, is in use already and was not overwritten",
                happened=f"It has: {', '.join(users.everything)}.",
                next_step="Find out who uses it.",
            )

    def refuse_changed(self, now: Volume) -> None:
        """Raise Refused where the new volume's id is another's by now."""
        if not is_same(now, self.target):
            self.may_be_undone = False
            raise Refused(
                f"Volume {now.id} changed meanwhile: it is called {now.name}, with {now.size_bytes} bytes",
                happened=f"It was made as {self.target.name}, with {self.target.size_bytes} bytes.",
                next_step="Find out who changes volumes on this array, then run it again.",
            )
