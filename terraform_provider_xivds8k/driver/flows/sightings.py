"""Where a volume is mapped, told for certain: an XIV tells volumes and hosts by names, which may change meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..attaching import Mapping
from ..core import Core
from ..errors import Refused
from ..objects import Volume
from ..waiting import Budget
from .holders import ATTEMPTS, Held, Holder, Holders

Confirming = Literal["always", "mapped", "unmapped"]


@dataclass(frozen=True, slots=True)
class Sight:
    """Be a volume and a holder as they were just read, None where there is none."""

    volume: Volume | None
    held: Held | None

    @property
    def own(self) -> tuple[Mapping, ...]:
        """Return the holder's own mappings of the volume, by LUN."""
        return self.held.own(self.volume) if self.held is not None and self.volume is not None else ()


class Sightings:
    """Look at what one array has mapped; every read is direct."""

    def __init__(self, core: Core) -> None:
        self._volumes = core.array.volumes
        self._hosts = core.array.hosts
        self._by_name = core.array.mappings.by_name
        self._holders = Holders(core)

    def look(
        self,
        volume_id: str,
        holder: Holder,
        budget: Budget,
        *,
        known: Volume | None = None,
        confirming: Confirming = "always",
    ) -> Sight:
        """Return what is mapped; the names are the same before and after, else it is looked at again.

        ``known`` is the volume where it was just read.  ``confirming`` names the answers that count by themselves: a
        command that is sent because of the other one confirms the names itself.
        """
        for _ in range(ATTEMPTS):
            volume = known if known is not None else self._volumes.find(volume_id, budget)
            sight = Sight(volume, self._holders.find(holder, budget) if volume is not None else None)
            told = "mapped" if sight.own else "unmapped"
            if confirming not in {"always", told} or self._is_unchanged(sight, budget):
                return sight
            known = None
        raise Refused(
            f"Volume {volume_id} or {holder.key} was renamed again and again while it was read",
            left_behind="Nothing was concluded from it.",
            next_step="Run it again.",
            attribute="volume_id",
        )

    def _is_unchanged(self, sight: Sight, budget: Budget) -> bool:
        volume, held = sight.volume, sight.held
        if not self._by_name or volume is None or held is None:
            return True
        now = self._volumes.find(volume.id, budget)
        if now is None or now.name != volume.name:
            return False
        if held.host is None:
            return True
        host = self._hosts.find(held.host.id, budget)
        return host is not None and (host.name, host.cluster) == (held.host.name, held.host.cluster)
