"""Deleting a group snapshot of a DS8000: every pair is looked at first, then withdrawn and its target deleted.

Only what is provably ours goes: a target that bears the name it was made under and holds a valid copy of its volume,
or whose copy this deletion has withdrawn before.  What is not is left and told of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from .. import rules
from ..array import FlashCopies
from ..core import Core
from ..errors import Candidate, DriverError, InUse, NotFound, Refused
from ..objects import Relation, Volume
from ..waiting import Budget
from .flashcopies import FlashCopySteps
from .freezing import Freezing, still_frozen
from .late import refuse_while_open
from .relations import lost_reason
from .volumes import VolumeFlows

Step = Literal["withdrawn", "deleted"]
OnStep = Callable[[str, Step], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """Be what is there of one pair; ``left`` says why it stays."""

    source_id: str
    target: Volume | None = None
    has_copy: bool = False
    left: str = ""


class CopyDeletions:
    """Delete group snapshots of one DS8000."""

    def __init__(self, core: Core, volumes: VolumeFlows, copies: FlashCopies, freezing: Freezing) -> None:
        self._core = core
        self._volumes = volumes
        self._copies = copies
        self._freezing = freezing
        self._steps = FlashCopySteps(core, volumes, copies)

    def delete(
        self,
        name: str,
        targets: Mapping[str, str],
        withdrawn: Collection[str],
        on_step: OnStep,
        budget: Budget,
        *,
        in_doubt_since: str | None = None,
    ) -> tuple[str, ...]:
        """Delete the targets, given by their volumes' ids; return what is left because it is not provably ours.

        ``withdrawn`` are the volumes whose copy an earlier deletion withdrew, or may have.  ``on_step`` is told of a
        copy that is withdrawn, or may be, while its target is left, and of a target that is gone.  With
        ``in_doubt_since`` nothing is deleted while a copy may still come to one of them.
        """
        ours = {volume_id.upper() for volume_id in withdrawn}
        wanted = {source.upper(): target.upper() for source, target in targets.items()}
        found = [self._looked_at(name, source, wanted[source], ours, budget) for source in sorted(wanted)]
        for pair in found:
            if pair.target is not None and not pair.has_copy:
                refuse_while_open(pair.target, in_doubt_since)
        for pair in found:
            self._remove(name, pair, ours, on_step, budget)
        return tuple(pair.left for pair in found if pair.left)

    def _looked_at(self, name: str, source_id: str, target_id: str, ours: set[str], budget: Budget) -> Pair:
        target = self._core.array.volumes.find(target_id, budget)
        if target is None:
            return Pair(source_id)
        relations = self._copies.of_volume(target_id, budget)
        own = next((one for one in relations if (one.source_id, one.target_id) == (source_id, target_id)), None)
        holds = lost_reason(own, source_id, target_id) is None
        called = rules.copy_name(name, source_id)
        if not holds and source_id not in ours:
            return Pair(source_id, left=f"{_described(target)} holds no valid copy of {source_id} any more")
        if target.name != called:
            if own is None:
                return Pair(source_id, left=f"{_described(target)} is not called {called}")
            raise Refused(
                f"Volume {target_id} is called {target.name}, not {called}, and was not deleted",
                happened=f"It is the target of FlashCopy {source_id}:{target_id} and was renamed by somebody else, or "
                "it is another volume under an id given again.",
                left_behind="Nothing was changed.",
                next_step=f"If it is yours, name it {called} again; else take the group snapshot out of the state.",
                attribute="name",
            )
        self._refuse_used(target, own, budget)
        return Pair(source_id, target, has_copy=own is not None)

    def _refuse_used(self, target: Volume, own: Relation | None, budget: Budget) -> None:
        mine = f"FlashCopy {own.id}" if own is not None else ""
        uses = [use for use in self._core.array.volumes.users(target, budget).everything if use != mine]
        if uses:
            raise InUse(
                f"Snapshot {target.name} ({target.id}) is in use; the group snapshot was not deleted",
                happened=f"It has: {', '.join(uses)}.",
                left_behind="Nothing was changed by this.",
                next_step="Remove these first, then delete the group snapshot.",
            )

    def _remove(self, name: str, pair: Pair, ours: set[str], on_step: OnStep, budget: Budget) -> None:
        if pair.left:
            return
        if pair.target is not None:
            target, called = pair.target, rules.copy_name(name, pair.source_id)
            size_bytes = target.size_bytes if pair.source_id in ours else None
            try:
                stays = self._steps.delete(target.id, pair.source_id, called, size_bytes, budget)
            except DriverError as error:
                if error.left is not None:  # else its copy is as it was
                    on_step(pair.source_id, "withdrawn")
                raise
            if stays is not None:
                raise Refused(
                    f"Volume {target.id} is no copy of {pair.source_id} any more and was not deleted",
                    happened="It was one right before: somebody withdrew its FlashCopy meanwhile.",
                    next_step="Run it again: what is there is looked at first.",
                )
        on_step(pair.source_id, "deleted")

    def clear(
        self,
        name: str,
        volume_ids: Collection[str],
        targets: Mapping[str, str],
        on_step: OnStep,
        budget: Budget,
        *,
        in_doubt_since: str | None = None,
    ) -> tuple[str, ...]:
        """Thaw and remove what a group snapshot that was not taken left behind; return what there is to say.

        Beside ``targets``, which the array named in its answers, volumes may bear the names of targets whose creation
        was in doubt: they go where they are provably new, empty and unused.  Raises Refused naming any other.
        """
        said = self._thawed(volume_ids, budget)
        known = {target.upper() for target in targets.values()}
        named = [one for one in self.named(name, volume_ids, budget) if one.id not in known]
        for volume in named:
            self._refuse_unless_hollow(name, volume, budget)
        left = self.delete(name, targets, targets.keys(), on_step, budget, in_doubt_since=in_doubt_since)
        for volume in named:
            self._volumes.delete(volume.id, volume.name, budget)
        return (*said, *left)

    def named(self, name: str, volume_ids: Collection[str], budget: Budget) -> tuple[Volume, ...]:
        """Return the volumes that bear the names of a group snapshot's targets."""
        wanted = {rules.copy_name(name, volume_id) for volume_id in volume_ids}
        everything = self._core.array.volumes.listing(self._core.array.pools(budget), budget)
        return tuple(volume for volume in everything if volume.name in wanted)

    def _thawed(self, volume_ids: Collection[str], budget: Budget) -> tuple[str, ...]:
        """Thaw the LSSs of volumes; an answer that refuses it stands in the way of nothing, silence does."""
        lss_ids = tuple(sorted({volume_id[:2].upper() for volume_id in volume_ids}))
        failed = self._freezing.thaw(lss_ids, budget) if lss_ids else {}
        silent = {lss: error for lss, error in failed.items() if not isinstance(error, Refused)}
        if silent:
            raise still_frozen(silent)
        return tuple(
            f"the array would not thaw LSS {lss}, as it may where nothing is frozen: {error.code} {error.words}"
            for lss, error in failed.items()
        )

    def _refuse_unless_hollow(self, name: str, volume: Volume, budget: Budget) -> None:
        try:
            now = self._core.array.volumes.find(volume.id, budget)
            users = self._core.array.volumes.users(volume, budget)
            relations = self._copies.of_volume(volume.id, budget)
        except NotFound:
            return
        same = now is not None and (now.name, now.size_bytes, now.pool_id) == (
            volume.name,
            volume.size_bytes,
            volume.pool_id,
        )
        if now is not None and same and now.provably_unwritten and not users and not relations:
            return
        raise Refused(
            f"Group snapshot {name} is in doubt and was not deleted",
            happened=f"The answer to its creation was lost. A volume bears the name of one of its targets, and is not "
            f"provably new, empty and unused: {_described(volume)}.",
            left_behind="Nothing was deleted.",
            next_step="Look at it; delete it, or take it over with an import block. Then run it again.",
        )


def _described(volume: Volume) -> str:
    return str(Candidate(id=volume.id, name=volume.name, size_bytes=volume.size_bytes, pool=volume.pool_id))
