"""Detaching volumes: only the holder's own mapping of exactly this volume is ended, and that is sent once.

A second unmapping could be carried out late and hit what was mapped there since, so a lost answer is only looked up.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..attaching import Mapping
from ..core import Core
from ..errors import InDoubt, InUse, NotFound, Refused
from ..objects import Volume
from ..waiting import Budget
from .holders import Held, Holder
from .late import refuse_while_mapping_open
from .luns import mapping
from .sightings import Sight, Sightings


@dataclass(frozen=True, slots=True)
class Expected:
    """Say what was attached when a caller last saw it; None is not compared.

    On a DS8000, which gives ids and LUNs again, another one is refused.  ``lun`` alone is ended there; on an XIV a
    volume has one LUN on a host, and what has an id is never another object.
    """

    lun: int | None = None
    host_name: str | None = None
    volume_name: str | None = None


class Detachments:
    """Detach volumes of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._mappings = core.array.mappings
        self._sightings = Sightings(core)

    def detach(
        self, volume_id: str, holder: Holder, expected: Expected, in_doubt_since: str | None, budget: Budget
    ) -> tuple[int, ...]:
        """End the holder's own mapping of a volume; one that is gone, with volume or holder too, is done.

        Returns the LUNs of other mappings to it that stay.  Raises InUse where a host sees the volume through its
        cluster, Refused where it is not what was ``expected`` or a mapping ``in_doubt_since`` may still come, InDoubt.
        """
        with mapping(self._core.array.system_id(budget), holder.key, volume_id, budget):
            try:
                return self._ended(volume_id, holder, expected, in_doubt_since, budget)
            finally:
                self._core.recent.mappings.forget()

    def _ended(
        self, volume_id: str, holder: Holder, expected: Expected, in_doubt_since: str | None, budget: Budget
    ) -> tuple[int, ...]:
        left: tuple[int, ...] = ()

        def is_ended(look: Budget) -> bool:
            return not self._meant(self._sightings.look(volume_id, holder, look, confirming="unmapped"), expected)

        def send() -> None:
            nonlocal left
            sight = self._sightings.look(volume_id, holder, budget, confirming="unmapped")
            self._refuse_others(sight, expected)
            meant = self._meant(sight, expected)
            left = tuple(one.lun for one in sight.own if one not in meant)
            if not meant:
                refuse_while_mapping_open(_label(volume_id, sight), holder.key, in_doubt_since)
            for one in meant:
                self._end(sight, one, holder, expected, budget)

        try:
            self._core.patiently(budget, send)
        except InDoubt as doubt:
            if not self._core.certainly(budget.for_a_look(), is_ended):
                doubt.left_behind = f"Volume {volume_id} may be mapped to {holder.key}, or still get unmapped."
                raise
        return left

    def _end(self, sight: Sight, one: Mapping, holder: Holder, expected: Expected, budget: Budget) -> None:
        volume = sight.volume
        if volume is None:
            return
        missing: NotFound | None = None
        try:
            self._mappings.unmap(volume, one, budget)
        except NotFound as error:
            missing = error
        if missing is None and not self._mappings.by_name:
            return
        after = self._sightings.look(volume.id, holder, budget, known=volume, confirming="unmapped")
        if all(other.lun != one.lun for other in self._meant(after, expected)):
            return
        if missing is not None:
            raise missing
        raise InDoubt(
            f"Volume {volume.name} is still mapped to {one.holder}, though the array answered that it is not",
            happened="Commands act by name: a host or a volume may have been renamed at that moment.",
            next_step="Look which hosts see the volume, then run it again.",
        )

    def _meant(self, sight: Sight, expected: Expected) -> tuple[Mapping, ...]:
        """Return the mappings to end: all of the holder's own, or on a DS8000 the one under the LUN that is meant."""
        if expected.lun is None or self._core.array.family != "ds8k":
            return sight.own
        return tuple(one for one in sight.own if one.lun == expected.lun)

    def _refuse_others(self, sight: Sight, expected: Expected) -> None:
        if sight.volume is None or sight.held is None:
            return
        _refuse_shared(sight.volume, sight.held)
        if not sight.own or self._core.array.family != "ds8k":
            return
        refuse_renamed(sight.volume, sight.held, expected, "detached")
        if not self._meant(sight, expected):
            raise Refused(
                f"Volume {sight.volume.id} is attached to {sight.held.label} as LUN "
                f"{', '.join(str(one.lun) for one in sight.own)}, not as LUN {expected.lun}, and was not detached",
                happened="It was mapped anew by somebody else, or its id was given to another volume.",
                left_behind="Nothing was changed.",
                next_step="Make sure whose mapping it is, then plan again: the LUN is read anew.",
                attribute="lun",
            )


def refuse_renamed(volume: Volume, held: Held, expected: Expected, doing: str) -> None:
    """Refuse a volume or host that no longer bears the name it had: an id may be another's by now."""
    names = [("Volume", "volume_id", volume.id, volume.name, expected.volume_name)]
    if held.host is not None:
        names.append(("Host", "host_id", held.host.id, held.host.name, expected.host_name))
    for what, attribute, object_id, name, wanted in names:
        if wanted not in {None, name}:
            raise Refused(
                f"{what} {object_id} is called {name}, not {wanted}, and nothing was {doing}",
                happened=f"It was renamed by somebody else, or deleted and its id given to another {what.lower()}.",
                left_behind="Nothing was changed.",
                next_step="Make sure whose it is, then plan again: its name is read anew.",
                attribute=attribute,
            )


def _refuse_shared(volume: Volume, held: Held) -> None:
    through = next((one.cluster for one in held.all_of(volume) if one.cluster is not None), None)
    if held.host is not None and through is not None and not held.own(volume):
        raise InUse(
            f"Host {held.host.name} sees volume {volume.name} through cluster {through}",
            happened="It has no mapping of its own to end; the cluster's is not this attachment.",
            left_behind="Nothing was changed.",
            next_step=f"Detach the volume from cluster {through}, or take the host out of it.",
            attribute="host_id",
        )


def _label(volume_id: str, sight: Sight) -> str:
    return f"{sight.volume.name} ({volume_id})" if sight.volume is not None else volume_id
