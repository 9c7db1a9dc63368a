"""What an attachment would be refused for, told before anything is done.  Reads only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ..core import Core
from ..errors import AlreadyExists, DriverError, NotFound, Refused
from ..objects import Volume
from ..waiting import Budget
from .attached import present
from .attachments import check_lun, refuse_unfit
from .holders import Held, Holder, Holders
from .luns import check_asked

T = TypeVar("T")


class Trials:
    """Try attachments of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._found: list[DriverError] = []

    def obstacles(
        self, volume_id: str | None, holder: Holder | None, lun: int | None, freed_lun: int | None, budget: Budget
    ) -> tuple[DriverError, ...]:
        """Return what is in the way now; None is not known yet and left out, ``freed_lun`` counts as free."""
        volume = held = None
        if volume_id is not None:
            volume = self._tried(lambda: present(self._core.array.volumes, volume_id, budget), {"volume_id"})
        if holder is not None:
            held = self._tried(lambda: Holders(self._core).read(holder, budget), {"host_id", "cluster"})
        if held is not None:
            held = replace(held, taken=tuple(one for one in held.taken if one.lun != freed_lun))
        if volume is not None and held is not None:
            self._try(volume, held, lun)
        return tuple(self._found)

    def _try(self, volume: Volume, held: Held, lun: int | None) -> None:
        there = held.own(volume)
        if there:
            self._found.append(
                AlreadyExists(
                    f"Volume {volume.name} is attached to {held.label} already, as LUN {there[0].lun}",
                    next_step="Import that attachment, or end it first.",
                    attribute="volume_id",
                )
            )
            return
        self._tried(lambda: refuse_unfit(volume, held), {"host_id", "volume_id"})
        if lun is not None:
            self._tried(lambda: self._check_lun(volume, held, lun), {"lun"})

    def _check_lun(self, volume: Volume, held: Held, lun: int) -> None:
        if held.host is None or not held.host.is_masked:
            check_asked(lun, self._core.settings.lun_range, self._core.array.family)
        check_lun(volume, held, lun)

    def _tried(self, check: Callable[[], T], attributes: set[str]) -> T | None:
        """Return what a check gives, None where it refuses by one of these attributes."""
        try:
            return check()
        except (NotFound, Refused, AlreadyExists) as error:
            if error.attribute not in attributes:
                raise
            self._found.append(error)
            return None
