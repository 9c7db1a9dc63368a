"""Find a volume by what a user wrote: an id, ``name:N`` or ``wwn:W``."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import (
    Ambiguous,
    Candidate,
    NotFound,
    Refused,
    Unsupported,
    Volume,
    XIVDS8KDriver,
)

FORMS = 'the volume\'s id ("0A01" on a DS8000, the WWN on an XIV), "name:NAME" or "wwn:WWN"'


def find_by_text(driver: XIVDS8KDriver, text: str) -> Volume:
    """Return the one volume a text names; raises NotFound, Ambiguous (with candidates) or Unsupported."""
    form, _, rest = text.partition(":")
    if form == "name" and rest:
        found = confirmed(driver, _only(driver.find_volumes_by_name(rest), text))
    elif form == "wwn" and rest:
        found = _only(_some(driver.find_volume_by_wwn(rest)), text)
    else:
        found = _only(_some(_by_id(driver, text)), text)
    _refuse_snapshot(driver, found)
    if found.storage_type != "fb":
        raise Unsupported(
            f"Volume {found.id} is a {found.storage_type} volume",
            next_step="Only fixed-block (fb) volumes can be managed; read others with the data sources.",
        )
    return found


def find_manageable(driver: XIVDS8KDriver, text: str) -> Volume:
    """Return the one volume a text names that can be managed without being owned; raises as ``find_by_text``."""
    form, _, rest = text.partition(":")
    by_name, by_wwn = form == "name" and bool(rest), form == "wwn" and bool(rest)
    try:
        return driver.find_existing_volume(
            existing_name=rest if by_name else None,
            existing_wwn=rest if by_wwn else None,
            existing_id=None if by_name or by_wwn else text,
        )
    except Ambiguous as several:
        several.next_step = "Import the one you mean by its id."
        raise
    except (NotFound, Refused) as error:
        if error.attribute in {"existing_id", "existing_name", "existing_wwn"}:
            error.next_step = f"Import by {FORMS}."
        raise


def _refuse_snapshot(driver: XIVDS8KDriver, found: Volume) -> None:
    """Refuse what is a point in time of another volume; a plain read of a DS8000 does not tell."""
    snapshot = driver.find_snapshot(found.id) if found.is_snapshot or found.lss is not None else None
    if snapshot is None:
        return
    raise Unsupported(
        f"{found.name} ({found.id}) is a snapshot of volume {snapshot.volume_id}",
        happened=f"It belongs to snapshot group {snapshot.group}, and goes with it." if snapshot.group else "",
        left_behind="Nothing was changed.",
        next_step="Leave it to what manages the group snapshot."
        if snapshot.group
        else f'Import it as xivds8k_snapshot: id = "{found.id}".',
    )


def confirmed(driver: XIVDS8KDriver, listed: Volume, *, deadline: float | None = None) -> Volume:
    """Return a volume that a listing named, once a direct read of its id says the same.

    A listing alone puts nothing under management.  Raises Refused.
    """
    found = driver.find_volume(listed.id, deadline=deadline)
    if found is None or found.name != listed.name:
        raise Refused(
            f"The array's answers about {listed.name} do not fit together",
            happened=f"Listed, it has the id {listed.id}; under that id is {found.name if found else 'nothing'}.",
            left_behind="Nothing was changed.",
            next_step="Run it again; if it stays so, look at the array's health.",
        )
    return listed


def _by_id(driver: XIVDS8KDriver, text: str) -> Volume | None:
    try:
        return driver.find_volume(text)
    except Refused as refusal:
        if refusal.attribute == "id":  # no id of this family: it may have been meant as another form
            refusal.next_step = f"Import by {FORMS}."
        raise


def _some(found: Volume | None) -> tuple[Volume, ...]:
    return (found,) if found is not None else ()


def _only(found: tuple[Volume, ...], text: str) -> Volume:
    if not found:
        raise NotFound(f"No volume {text!r} on the array", next_step=f"Import by {FORMS}.", attribute="id")
    if len(found) > 1:
        named = ", ".join(f"{one.id} ({one.name}, {one.size_bytes} bytes, pool {one.pool_id})" for one in found)
        raise Ambiguous(
            f"Several volumes are called {text.partition(':')[2]!r}",
            happened=f"They are {named}.",
            next_step="Import the one you mean by its id.",
        )
    return found[0]


def import_hint(candidates: tuple[Candidate, ...]) -> str:
    """Return the block that would take the one existing volume under management, to be completed by the user."""
    known = candidates[0].id if len(candidates) == 1 else "ID"
    block = f'import {{\n  to = xivds8k_volume.NAME\n  id = "{known}"\n}}'
    return (
        "Choose another name; two resources, or the old and the new volume of a create_before_destroy, cannot share "
        f"one. Or, if the volume is yours and no resource manages it yet, take it over with this block:\n\n{block}"
    )
