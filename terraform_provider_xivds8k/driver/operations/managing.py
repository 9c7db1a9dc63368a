"""Existing volumes: taken under management as they are, and given up with their data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from ..errors import Refused
from ..existing import Existing, ExpectedVolume
from ..flows.managing import ManagingFlows
from ..objects import Volume
from .base import Operations


class ManagingOperations(Operations):
    """Adopt volumes somebody else made, and give them up again."""

    @cached_property
    def _managing(self) -> ManagingFlows:
        return ManagingFlows(self._core)

    def find_existing_volume(
        self,
        *,
        existing_name: str | None = None,
        existing_id: str | None = None,
        existing_wwn: str | None = None,
        recent: bool = False,
        deadline: float | None = None,
    ) -> Volume:
        """Return the volume that could be managed by these; raises as ``manage_existing``, and changes nothing.

        With ``recent`` as it was at most a minute ago, for advice on many volumes.
        """
        wanted = _existing(existing_name, existing_id, existing_wwn)
        budget = self._core.budget(deadline)
        return self._managing.find_recent(wanted, budget) if recent else self._managing.find(wanted, budget)

    def manage_existing(
        self,
        *,
        existing_name: str | None = None,
        existing_id: str | None = None,
        existing_wwn: str | None = None,
        new_name: str | None = None,
        expected: Sequence[ExpectedVolume] = (),
        deadline: float | None = None,
    ) -> Volume:
        """Take an existing volume as it is; with ``new_name`` it is renamed, and nothing else is ever changed.

        At least one of the three names it, several must agree.  Before anything is renamed it is read directly, and
        must be all that is ``expected``.  Raises NotFound, Ambiguous (with candidates) for a name several volumes
        have, Refused for one that is not as expected, Unsupported for a snapshot, a mirror's secondary, an array's own
        and a CKD volume, AlreadyExists where the new name is taken, InDoubt.  ``left`` of an error is the volume where
        it may bear the new name.
        """
        self._core.allow("Managing an existing volume")
        wanted = _existing(existing_name, existing_id, existing_wwn)
        return self._managing.manage(wanted, new_name, tuple(expected), self._core.budget(deadline))

    def manage_existing_get_size(
        self,
        *,
        existing_name: str | None = None,
        existing_id: str | None = None,
        existing_wwn: str | None = None,
        deadline: float | None = None,
    ) -> int:
        """Return the size in bytes of a volume that could be managed; raises as ``manage_existing``."""
        wanted = _existing(existing_name, existing_id, existing_wwn)
        return self._managing.find(wanted, self._core.budget(deadline)).size_bytes

    def unmanage(
        self,
        *,
        volume_id: str,
        restore_name: str | None = None,
        expected_name: str | None = None,
        deadline: float | None = None,
    ) -> Volume | None:
        """Give a volume up: it stays with its data and mappings, and is returned; None where it is gone already.

        With ``restore_name`` it gets that name back.  Raises AlreadyExists where another volume has that by now,
        Refused on a DS8000 whose volume no longer bears ``expected_name``, InDoubt; then nothing else was done.
        """
        self._core.allow("Giving up a managed volume", destroys=True)
        return self._managing.unmanage(volume_id, restore_name, expected_name, self._core.budget(deadline))


def _existing(name: str | None, volume_id: str | None, wwn: str | None) -> Existing:
    if name is None and volume_id is None and wwn is None:
        raise Refused(
            "No volume is named",
            left_behind="Nothing was changed.",
            next_step="Write existing_name, existing_id or existing_wwn.",
            attribute="existing_name",
        )
    return Existing(name=name, id=volume_id, wwn=wwn)
