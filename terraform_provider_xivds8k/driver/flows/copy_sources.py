"""What is looked at before volumes of a DS8000 are copied at one point in time: the volumes, their LSSs, the names."""

from __future__ import annotations

from collections.abc import Collection

from ..array import FlashCopies
from ..core import Core
from ..errors import AlreadyExists, InUse, NotFound, Refused, Unsupported
from ..objects import Volume
from ..waiting import Budget
from .volumes import VolumeFlows

MOST_RELATIONS = 12  # of one source [K]
NAMED = 5


class CopySources:
    """Look at the volumes to copy, by direct reads."""

    def __init__(self, core: Core, volumes: VolumeFlows, copies: FlashCopies) -> None:
        self._core = core
        self._volumes = volumes
        self._copies = copies

    def checked(self, volume_ids: tuple[str, ...], budget: Budget, attribute: str = "volume_ids") -> tuple[Volume, ...]:
        """Return the volumes, by id; raises Refused, NotFound, Unsupported or InUse where one cannot be copied.

        ``attribute`` is what names them.
        """
        wanted = sorted({volume_id.upper() for volume_id in volume_ids})
        if not wanted:
            raise Refused(
                "A group snapshot on a DS8000 needs volume_ids",
                happened="The array knows no consistency groups, so it cannot tell their members.",
                left_behind="Nothing was changed.",
                next_step="Write volume_ids = [for m in xivds8k_consistency_group_member.m : m.volume_id].",
                attribute="volume_ids",
            )
        return tuple(self._checked(volume_id, attribute, budget) for volume_id in wanted)

    def _checked(self, volume_id: str, attribute: str, budget: Budget) -> Volume:
        found = self._core.array.volumes.find(volume_id, budget)
        if found is None:
            raise NotFound(
                f"Volume {volume_id} is not on the array",
                left_behind="Nothing was changed.",
                next_step=f"Take it out of {attribute}, or correct its id.",
                attribute=attribute,
            )
        if found.storage_type != "fb":
            raise Unsupported(
                f"Volume {volume_id} is a {found.storage_type} volume",
                next_step="Only fixed-block (fb) volumes are copied.",
                attribute=attribute,
            )
        relations = self._copies.of_volume(found.id, budget)
        own = [one for one in relations if one.source_id == found.id]
        if len(own) < len(relations):
            sources = ", ".join(one.id for one in relations if one.source_id != found.id)
            raise InUse(
                f"Volume {found.name} ({found.id}) is itself a FlashCopy target and cannot be copied",
                happened=f"It has: FlashCopy {sources}.",
                left_behind="Nothing was changed.",
                next_step="Copy its source, or wait until the copy is done.",
                attribute=attribute,
            )
        if len(own) >= MOST_RELATIONS:
            raise InUse(
                f"Volume {found.name} ({found.id}) has {len(own)} FlashCopy relations; a source has "
                f"{MOST_RELATIONS} at most",
                happened=f"Its targets are {', '.join(one.target_id for one in own)}.",
                left_behind="Nothing was changed.",
                next_step="Remove snapshots of it first.",
                attribute=attribute,
            )
        return found

    def refuse_taken_names(self, wanted: Collection[str], what: str, attribute: str, budget: Budget) -> None:
        """Raise AlreadyExists where a volume bears a name that a target is to bear."""
        taken = self.bearing(wanted, budget)
        if not taken:
            return
        candidates = self._volumes.candidates_of(taken, budget)
        raise AlreadyExists(
            f"There are volumes already that bear names of {what}",
            happened=f"On the array: {'; '.join(map(str, candidates))}.",
            left_behind="Nothing was changed.",
            next_step="Choose another name, or remove what is left of an earlier run.",
            attribute=attribute,
            candidates=candidates,
        )

    def bearing(self, names: Collection[str], budget: Budget) -> tuple[Volume, ...]:
        """Return the volumes that bear any of the names."""
        everything = self._core.array.volumes.listing(self._core.array.pools(budget), budget)
        return tuple(volume for volume in everything if volume.name in names)

    def refuse_shared(self, sources: tuple[Volume, ...], budget: Budget) -> None:
        """Raise Refused where an LSS to be frozen holds volumes that hosts use and that are not copied.

        A snapshot that is not mapped is nobody's, and so is a target of ours that is no snapshot yet, or no more:
        nothing is held back by freezing it.
        """
        own = {source.id for source in sources}
        for lss in sorted({source.id[:2] for source in sources}):
            others = tuple(one for one in self._copies.volumes_in(lss, budget) if one.id not in own)
            foreign = [
                one
                for one in self._core.array.volumes.detailed(others, budget)
                if one.mapped is not False or (one.snapshot_of is None and not self._core.passing.has(one))
            ]
            if foreign:
                raise _shared(lss, foreign)


def _shared(lss: str, foreign: list[Volume]) -> Refused:
    named = ", ".join(f"{one.name} ({one.id})" for one in foreign[:NAMED])
    more = f" and {len(foreign) - NAMED} more" if len(foreign) > NAMED else ""
    return Refused(
        f"LSS {lss} also holds volumes that are not in the group",
        happened=f"They are {named}{more}. The whole LSS is frozen for a moment, so what hosts write to these is held "
        "back, too.",
        left_behind="Nothing was changed.",
        next_step="Set allow_shared_lss = true if that is acceptable, or keep the group in LSSs of its own.",
        attribute="allow_shared_lss",
    )
