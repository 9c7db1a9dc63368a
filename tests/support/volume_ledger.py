"""Whose volume is whose in a stateful test, and what must hold after every step whatever came of it."""

from __future__ import annotations

from typing import Any

from .core import Core
from .volume_stage import Found

DEFECT = "The provider has a defect"
GIB = 2**30


class Slot:
    """Be one resource in a configuration, what its user wants of it, and what its state holds."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.wanted: dict[str, Any] | None = None

    @property
    def state(self) -> dict[str, Any] | None:
        """Return the state, None while there is none."""
        return None if self.core.instance is None else self.core.instance.state

    @property
    def id(self) -> str | None:
        """Return the id in the state, None while there is none or it is in doubt."""
        return None if self.state is None else self.state["id"]


class Ledger:
    """Keep whose each volume is: a stranger's, a resource's, or told of in an error and in no state."""

    def __init__(self, slots: list[Slot], there: dict[str, Found]) -> None:
        self._slots = slots
        self.foreign = dict(there)
        self.told: set[str] = set()
        self.owner: dict[str, Slot] = {}

    def take(self, volume_id: str, slot: Slot) -> None:
        """Note that a resource manages a volume now."""
        self.owner[volume_id] = slot
        self.told.discard(volume_id)

    def is_stale(self, slot: Slot, there: dict[str, Found]) -> bool:
        """Tell whether the id in a state is another's by now: a DS8000 gives ids again."""
        return slot.id is not None and slot.id in there and self.owner.get(slot.id) is not slot

    def check(self, slot: Slot, before: dict[str, Found], now: dict[str, Found], said: str, may_go: set[str]) -> None:
        """Compare what was there with what is; ``said`` is the refusal, ``may_go`` what the plan was to remove."""
        self._strangers_are_unharmed(now)
        for volume_id, was in before.items():
            self._is_kept(was, now.get(volume_id), may_go)
        new = now.keys() - before.keys()
        assert len(new) <= 1, f"doubled: {[str(now[one]) for one in new]}"
        if slot.id in now and slot.id not in self.foreign and self.owner.get(slot.id or "", slot) is slot:
            self.take(str(slot.id), slot)
        for found in now.values():
            self._is_accounted_for(found, said)
            if found.id not in before or before[found.id].name != found.name:
                had_it = [other for other in now.keys() & before.keys() if before[other].name == found.name]
                assert not had_it, f"a name that was taken was given again: {found}; before: {had_it}"

    def _strangers_are_unharmed(self, now: dict[str, Found]) -> None:
        for volume_id, was in self.foreign.items():
            found = now.get(volume_id)
            assert found is not None, f"a stranger's volume is gone: {was}"
            assert (found.name, found.size_bytes, found.labels) == (was.name, was.size_bytes, was.labels), str(found)

    def _is_kept(self, was: Found, found: Found | None, may_go: set[str]) -> None:
        goes = was.id in may_go and not (was.mapped or was.copied)
        if found is None:
            hollow = was.id in self.told and not was.labels  # an in-doubt one that provably holds nothing
            assert hollow or goes, f"deleted: {was}"
            self.owner.pop(was.id, None)
            self.told.discard(was.id)
        elif not goes:  # else a DS8000 may have given its id to its replacement
            assert found.size_bytes >= was.size_bytes, f"shrunk: {was} is {found}"
            assert found.labels == was.labels, f"data lost: {was.labels} are {found.labels}"
            assert found.mapped == was.mapped, f"{found} was mapped: {was.mapped}"

    def _is_accounted_for(self, found: Found, said: str) -> None:
        if found.id in self.foreign or found.id in self.told:
            return
        owner = self.owner.get(found.id)
        if owner is not None and owner.id == found.id:
            return
        doubts = {slot.state["name"] for slot in self._slots if slot.state is not None and slot.id is None}
        assert found.name in doubts or f"id {found.id}" in said, f"lost from sight: {found}; said: {said}"
        self.owner.pop(found.id, None)
        self.told.add(found.id)


def check_wanted(slot: Slot, there: dict[str, Found]) -> None:
    """Check that a resource's volume is as its configuration wants it."""
    assert slot.wanted is not None
    found = there.get(slot.id or "")
    assert found is not None, "applied, and not there"
    size = slot.wanted.get("size_bytes") or slot.wanted["size_gib"] * GIB
    assert (found.name, found.pool) == (slot.wanted["name"], slot.wanted["pool"])
    assert found.size_bytes >= size
    assert slot.state is not None
    assert slot.state["actual_bytes"] == found.size_bytes
