"""Which existing volume somebody means, and what it has to be like to be the one: said before it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import rules
from .errors import DriverError, Refused, Unsupported
from .objects import Provisioning, Volume
from .wwns import hex_digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """Name an existing volume by its name, id or WWN; several must agree."""

    name: str | None = None
    id: str | None = None
    wwn: str | None = None

    @property
    def words(self) -> str:
        """Return what was written, as an error names it."""
        written = {"existing_id": self.id, "existing_wwn": self.wwn, "existing_name": self.name}
        return ", ".join(f"{name} = {value!r}" for name, value in written.items() if value is not None)

    @property
    def attribute(self) -> str:
        """Return the setting a volume is looked for by: the id, else the WWN, else the name."""
        if self.id is not None:
            return "existing_id"
        return "existing_wwn" if self.wwn is not None else "existing_name"

    def differences(self, found: Volume) -> Iterator[tuple[str, str]]:
        """Yield each setting that names another volume than this one, with words for it."""
        if self.id is not None and self.id.casefold() != found.id.casefold():
            yield "existing_id", f"existing_id = {self.id!r}; its id is {found.id}"
        if self.wwn is not None and hex_digits(self.wwn) != found.wwn:
            yield "existing_wwn", f"existing_wwn = {self.wwn!r}; its WWN is {found.wwn}"
        if self.name is not None and self.attribute != "existing_name" and self.name != found.name:
            yield "existing_name", f"existing_name = {self.name!r}; it is called {found.name!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedVolume:
    """Say what an existing volume has to be like; None where that does not matter, sizes in bytes.

    ``pool`` is an id or a name; ``qos_class`` empty means none.  ``attribute`` is the setting that holds it all, empty
    where each is a setting of its own.
    """

    pool: str | None = None
    size_bytes: int | None = None
    provisioning: Provisioning | None = None
    lss: str | None = None
    os400: str | None = None
    qos_class: str | None = None
    attribute: str = ""

    def differences(self, found: Volume) -> Iterator[tuple[str, str]]:
        """Yield each setting a volume is not as expected in, with words for it."""
        for name, wanted, has in self._compared(found):
            if wanted is not None and str(wanted).casefold() != str(has or "").casefold():
                where = f"{self.attribute}.{name}" if self.attribute else name
                yield (
                    self.attribute or name,
                    f"{where} = {wanted!r}; it has {has!r}" if has else (f"{where} = {wanted!r}; it has none"),
                )
        if self.pool is not None and self.pool.casefold() != found.pool_id.casefold() and self.pool != found.pool_name:
            where = f"{self.attribute}.pool" if self.attribute else "pool"
            label = found.pool_id if found.pool_id == found.pool_name else f"{found.pool_id} ({found.pool_name})"
            yield self.attribute or "pool", f"{where} = {self.pool!r}; it is in pool {label}"

    def _compared(self, found: Volume) -> tuple[tuple[str, object, object], ...]:
        return (
            ("size_bytes", self.size_bytes, found.size_bytes),
            ("provisioning", self.provisioning, found.provisioning),
            ("lss", self.lss, found.lss),
            ("os400", self.os400, found.os400),
            ("qos_class", self.qos_class, found.qos_class),
        )


def disagreement(wanted: Existing, found: Volume) -> Refused | None:
    """Return the refusal of a volume that not all settings name."""
    wrong = tuple(wanted.differences(found))
    if not wrong:
        return None
    return Refused(
        f"{wanted.words} do not name one volume",
        happened=f"Found was {found.name} (id {found.id}). Written is {'; '.join(words for _, words in wrong)}.",
        left_behind="Nothing was changed.",
        next_step="Write one of them, or correct them.",
        attribute=wrong[0][0],
    )


def surprise(expected: tuple[ExpectedVolume, ...], found: Volume) -> Refused | None:
    """Return the refusal of a volume that is not as expected."""
    wrong = [difference for one in expected for difference in one.differences(found)]
    if not wrong:
        return None
    return Refused(
        f"Volume {found.name} (id {found.id}) is not as expected",
        happened=f"Written is {'; '.join(words for _, words in wrong)}.",
        left_behind="Nothing was changed.",
        next_step="Make sure that it is the volume you mean. If it is, write what it has, or leave that out.",
        attribute=wrong[0][0],
    )


def unmanageable(volume: Volume, family: str) -> DriverError | None:
    """Return the refusal of what is no volume of its own: an array's own, a snapshot, a secondary, a CKD volume."""
    title = f"{volume.name} (id {volume.id})"
    if family == "xiv" and volume.name.startswith(rules.XIV_RESERVED):
        return _refusal(f"{title} is the array's own, made by mirroring", "Leave it to the array.")
    if volume.is_snapshot:
        group = f"It belongs to snapshot group {volume.snapshot_group}, and goes with it." * bool(volume.snapshot_group)
        return _refusal(f"{title} is a snapshot of volume {volume.snapshot_of}", "Manage it as a snapshot.", group)
    if volume.storage_type != "fb":
        return _refusal(f"{title} is a {volume.storage_type} volume", "Only fixed-block (fb) volumes can be managed.")
    if volume.is_secondary:
        return _refusal(
            f"{title} is the secondary of a pair", "Manage the volume it is mirrored from; it belongs to that pair."
        )
    return None


def _refusal(summary: str, next_step: str, happened: str = "") -> Unsupported:
    return Unsupported(summary, happened=happened, left_behind="Nothing was changed.", next_step=next_step)
