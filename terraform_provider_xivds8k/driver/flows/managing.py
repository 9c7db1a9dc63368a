"""Taking existing volumes under management, and giving them up again: at most a name is changed, the data never.

Everything that is expected of a volume is read from the array, directly, right before its name is changed.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core import Core, near
from ..errors import AlreadyExists, Ambiguous, DriverError, InDoubt, NotFound, Refused, Unsupported
from ..existing import Existing, ExpectedVolume, disagreement, surprise, unmanageable
from ..objects import Relation, Volume
from ..waiting import Budget
from ..wwns import hex_digits
from .deletions import expect_name, expect_same
from .volumes import VolumeFlows

Find = Callable[[str, Budget], Volume | None]


class ManagingFlows:
    """Find, adopt and give up volumes of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._array = core.array
        self._flows = VolumeFlows(core)

    def find(self, wanted: Existing, budget: Budget) -> Volume:
        """Return the one volume that is meant, by direct reads.

        Raises NotFound, Ambiguous with candidates, Refused where not all of ``wanted`` name it, Unsupported for what
        is no volume of its own.
        """
        found = self._found(wanted, budget)
        refusal = disagreement(wanted, found)
        if refusal is not None:
            raise refusal
        detailed = self._array.volumes.detailed((found,), budget)[0]
        self._refuse_target(found, self._relations(found, budget))
        refusal_of_kind = unmanageable(detailed, self._array.family)
        if refusal_of_kind is not None:
            raise refusal_of_kind
        return detailed

    def find_recent(self, wanted: Existing, budget: Budget) -> Volume:
        """Return what ``find`` would, as far as it was at most a minute ago; raises the same.  For advice only."""
        found = self._recently(wanted, budget)
        refusal = disagreement(wanted, found) or unmanageable(found, self._array.family)
        if refusal is not None:
            raise refusal
        if self._array.flashcopies is not None:
            relations = self._core.recent.relations.get(budget)
            self._refuse_target(found, tuple(one for one in relations if one.target_id == found.id))
        return found

    def manage(
        self, wanted: Existing, new_name: str | None, expected: tuple[ExpectedVolume, ...], budget: Budget
    ) -> Volume:
        """Return the volume that is meant, under its new name where there is one.

        An error's ``left`` is a volume that may bear the new name by now.
        """
        found = self.find(wanted, budget)
        _refuse_surprise(expected, found)
        if new_name is None or found.name == new_name:
            return found
        self._flows.check_name(new_name)
        sent: list[None] = []

        def check(now: Volume) -> None:
            expect_same(now, found, "changed")
            _refuse_surprise(expected, now)

        try:
            return self._flows.give_name(found.id, new_name, budget, check=check, sending=lambda: sent.append(None))
        except DriverError as error:
            if not sent:
                raise
            return self._named_after_all(found, new_name, error, budget)

    def unmanage(
        self, volume_id: str, restore_name: str | None, expected_name: str | None, budget: Budget
    ) -> Volume | None:
        """Leave a volume as it is, under its old name where one is given; None where it is gone."""
        volume = self._array.volumes.find(volume_id, budget)
        if volume is None or restore_name is None or volume.name == restore_name:
            return volume
        family = self._array.family
        try:
            return self._flows.give_name(
                volume_id,
                restore_name,
                budget,
                check=lambda now: expect_name(family, now, expected_name, "given its old name back"),
            )
        except AlreadyExists as taken:
            taken.attribute = "restore_name"
            taken.next_step = (
                f"Rename that one, or choose another name to give back; or let {volume.name} keep the name it has."
            )
            raise

    # finding

    def _found(self, wanted: Existing, budget: Budget) -> Volume:
        volumes = self._array.volumes
        if wanted.id is not None:
            return self._some(self._read(wanted.id, volumes.find, budget), wanted)
        if wanted.wwn is not None:
            return self._some(volumes.by_wwn(hex_digits(wanted.wwn), budget), wanted)
        listed = self._one(self._named(wanted.name or "", budget), wanted, budget)
        return self._confirmed(listed, budget)

    def _recently(self, wanted: Existing, budget: Budget) -> Volume:
        if wanted.id is None and wanted.wwn is None:
            return self._one(self._core.inventory.named(wanted.name or "", budget, alone=False), wanted, budget)
        plain = wanted.id if wanted.id is not None else hex_digits(wanted.wwn or "")
        by_wwn = wanted.id is None and self._array.family == "ds8k"
        found = self._read(plain[-4:] if by_wwn else plain, self._core.inventory.find, budget) if plain else None
        return self._some(found if found is None or not by_wwn or found.wwn == plain else None, wanted)

    def _read(self, volume_id: str, find: Find, budget: Budget) -> Volume | None:
        try:
            return find(volume_id, budget)
        except Refused as refusal:
            if refusal.attribute == "id":
                refusal.attribute = "existing_id"
            raise

    def _named(self, name: str, budget: Budget) -> tuple[Volume, ...]:
        if self._array.volumes.names_are_unique:
            return self._array.volumes.named(name, budget)
        with self._core.naming(name, budget):
            found = self._core.inventory.named(name, budget, alone=self._core.names_one)
        return found or self._array.volumes.named(name, budget)  # that one lists CKD volumes too

    def _one(self, listed: tuple[Volume, ...], wanted: Existing, budget: Budget) -> Volume:
        """Return the one that bears the name as it is spelled, whichever way the array compares names."""
        found = tuple(one for one in listed if one.name == wanted.name)
        if not found:
            raise self._missing(wanted, tuple(one.name for one in listed))
        if len(found) > 1:
            candidates = self._flows.candidates_of(found, budget)
            raise Ambiguous(
                f"Several volumes are called {wanted.name!r}",
                happened=f"They are: {'; '.join(map(str, candidates))}.",
                left_behind="Nothing was changed.",
                next_step="Write existing_id, the id of the one you mean.",
                attribute="existing_name",
                candidates=candidates,
            )
        return found[0]

    def _some(self, found: Volume | None, wanted: Existing) -> Volume:
        if found is None:
            raise self._missing(wanted)
        return found

    def _missing(self, wanted: Existing, listed: tuple[str, ...] = ()) -> NotFound:
        known, name = [*listed, *self._core.inventory.names], wanted.name or ""
        alike = next((one for one in known if one.casefold() == name.casefold()), None)
        hint = ""
        if known and name and wanted.attribute == "existing_name":
            hint = near(name, known) if alike is None else f"There is {alike!r}: write the name as it is spelled there."
        return NotFound(
            f"There is no volume with {wanted.words} on the array",
            left_behind="Nothing was changed.",
            next_step=hint or "Correct it; existing_name, existing_id and existing_wwn name a volume that is there.",
            attribute=wanted.attribute,
        )

    def _confirmed(self, listed: Volume, budget: Budget) -> Volume:
        """Return what a direct read of a listed volume's id says, which must be the same."""
        found = self._array.volumes.find(listed.id, budget)
        if found is None or found.name != listed.name:
            raise Refused(
                f"The array's answers about {listed.name} do not fit together",
                happened=f"Listed, it has the id {listed.id}; under that id is {found.name if found else 'nothing'}.",
                left_behind="Nothing was changed.",
                next_step="Run it again; if it stays so, look at the array's health.",
            )
        return found

    def _relations(self, volume: Volume, budget: Budget) -> tuple[Relation, ...]:
        flashcopies = self._array.flashcopies
        return flashcopies.of_volume(volume.id, budget) if flashcopies is not None else ()

    def _refuse_target(self, volume: Volume, relations: tuple[Relation, ...]) -> None:
        relation = next((one for one in relations if one.target_id == volume.id), None)
        if relation is not None:
            raise Unsupported(
                f"{volume.name} (id {volume.id}) is the target of FlashCopy {relation.id}",
                happened=f"It is a snapshot of volume {relation.source_id}, or a copy of it that is not finished yet.",
                left_behind="Nothing was changed.",
                next_step="Manage a snapshot as a snapshot; wait for a copy to be finished.",
            )

    # after a failure

    def _named_after_all(self, found: Volume, new_name: str, error: DriverError, budget: Budget) -> Volume:
        """Look once what a volume is called whose renaming was sent and failed; raise the error unless it is done."""
        try:
            now = self._array.volumes.find(found.id, budget.for_a_look())
        except DriverError:
            is_certain = False
        else:
            if now is not None and (now.name, now.size_bytes) == (new_name, found.size_bytes):
                self._core.inventory.put(now)
                return now
            is_certain = now is None or (now.name == found.name and not isinstance(error, InDoubt))
        if not is_certain:
            error.left = found
            error.left_behind = f"Volume {found.name} (id {found.id}) may be called {new_name} by now; nothing else is."
        raise error


def _refuse_surprise(expected: tuple[ExpectedVolume, ...], found: Volume) -> None:
    refusal = surprise(expected, found)
    if refusal is not None:
        raise refusal
