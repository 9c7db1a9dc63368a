"""What becomes of a managed volume that is kept: what would need another one, or names one, is refused.

What may have come so outside is a warning of the plan, since an error would also keep Terraform from destroying
anything; the apply refuses it.
"""

from __future__ import annotations

from typing import Any

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, NotFound, Refused, XIVDS8KDriver, hex_digits
from terraform_provider_xivds8k.lifecycle import Change, Configured, Update
from terraform_provider_xivds8k.schema import UNKNOWN, Attr

from . import volume_plan
from .managed_volume_model import EXISTING, FOUND_AS, NAME_IN_DOUBT, ManagedVolume
from .managed_volume_plan import SILENT, check_names
from .volume_sizes import plan_sizes, wanted_bytes

UNCHANGED = "Nothing was changed."
INSTEAD = "Write what it has, or leave the line out. To have a new volume, make an xivds8k_volume and copy the data."
STAYS = (
    "A managed volume stays the one it is. To manage another one, write a resource for it; to give this one up, remove "
    "its block; else correct the line or leave it out."
)


def plan_keeping(change: Change[ManagedVolume], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Plan what becomes of a managed volume beside its place: what would need another one is refused."""
    prior = change.prior
    if prior is None:
        return
    _plan_existing(change, prior, configured)
    for attribute in FOUND_AS:
        _refuse_another(change, prior, attribute)
    volume_plan.refuse_other_size(change)
    fixed = volume_plan.fixed_bytes(change)
    if wanted_bytes(change.config) is not None or fixed is not None:
        plan_sizes(change, fixed)
    volume_plan.plan_family(change, configured.family if configured else None)
    _plan_name(change, prior, configured)


def _plan_name(
    change: Change[ManagedVolume], prior: ManagedVolume, configured: Configured[XIVDS8KDriver] | None
) -> None:
    check_names(change, configured, None)
    if change.configured(ManagedVolume.name):
        change.planned.raw["written_name"] = change.planned.raw["name"]
    elif prior.lss is not None:  # an id may be another volume's by now: an apply says that it is not
        change.planned.set(ManagedVolume.written_name, prior.name)
    if change.private.get(NAME_IN_DOUBT):  # an apply settles it, also where nothing else is to be done
        change.planned.raw["written_name"] = UNKNOWN
    volume_plan.warn_of_foreign_name(prior, change.diagnostics, refused="Growing it or giving its old name back")


def _refuse_another(change: Change[ManagedVolume], prior: ManagedVolume, attribute: Attr[Any]) -> None:
    """Keep what a volume was found as; complain of another value."""
    written = change.config.known(attribute)
    had = prior.known(attribute)
    if had is not None:  # Terraform takes no null for what is not known yet
        change.keep_prior(attribute)
    if not _is_found_as(prior, attribute, written):
        is_foreign = prior.written_name is not None and prior.name != prior.written_name
        tell = change.diagnostics.warning if is_foreign else change.diagnostics.error
        tell(attribute, *_words_of_change(prior, attribute, written))


def _is_found_as(prior: ManagedVolume, attribute: Attr[Any], written: str | None) -> bool:
    return written is None or written.casefold() == str(prior.known(attribute) or "").casefold()


def _words_of_change(prior: ManagedVolume, attribute: Attr[Any], written: str | None) -> tuple[str, str]:
    had = f"{prior.name} ({prior.id}) has {attribute.name} = {prior.known(attribute)!r}"
    return f"{attribute.name} of a managed volume cannot change", f"{had}; {written!r} needs another volume. {INSTEAD}"


def refuse_drift(driver: XIVDS8KDriver, operation: Update[ManagedVolume]) -> None:
    """Raise Refused for what a plan can only warn of: nothing is changed while it is not certain what is meant."""
    prior, config = operation.prior, operation.config
    for attribute in FOUND_AS:
        written = config.known(attribute)
        if not _is_found_as(prior, attribute, written):
            summary, next_step = _words_of_change(prior, attribute, written)
            raise Refused(summary, left_behind=UNCHANGED, next_step=next_step, attribute=attribute.name)
    name = config.known(ManagedVolume.existing_name)
    if name is not None and name not in _names_of(prior) and _is_another(prior, name, driver, operation.left_s):
        summary, next_step = _words_of_another(prior, "existing_name", name)
        raise Refused(summary, left_behind=UNCHANGED, next_step=next_step, attribute="existing_name")


def _plan_existing(
    change: Change[ManagedVolume], prior: ManagedVolume, configured: Configured[XIVDS8KDriver] | None
) -> None:
    """Keep by what the volume was taken; complain of what names another one."""
    for attribute in EXISTING:
        if not change.configured(attribute):
            continue
        written = change.config.known(attribute)
        change.keep_prior(attribute)
        if written is not None and not _is_same(prior, attribute.name, written, configured):
            by_name = attribute.name == "existing_name"  # another volume may get a name at any time
            tell = change.diagnostics.warning if by_name else change.diagnostics.error
            summary, detail = _words_of_another(prior, attribute.name, written)
            tell(attribute, summary, f"{detail} A change of it is refused by the apply." if by_name else detail)


def _words_of_another(prior: ManagedVolume, name: str, written: str) -> tuple[str, str]:
    return f"{name} = {written!r} is another volume than {prior.name} ({prior.id})", STAYS


def _is_same(prior: ManagedVolume, name: str, written: str, configured: Configured[XIVDS8KDriver] | None) -> bool:
    """Tell whether what is written names the volume, or nothing else that is there."""
    if name == "existing_id":
        return written.casefold() == (prior.id or "").casefold()
    if name == "existing_wwn":
        return hex_digits(written) == prior.wwn
    try:
        return written in _names_of(prior) or configured is None or not _is_another(prior, written, configured.driver)
    except (BadCredentials, *SILENT):
        return True


def _names_of(prior: ManagedVolume) -> set[str | None]:
    return {prior.existing_name, prior.name, prior.written_name}


def _is_another(prior: ManagedVolume, name: str, driver: XIVDS8KDriver, deadline: float | None = None) -> bool:
    """Tell whether a name is another volume's now, as of late without a deadline; raises where no array answers."""
    try:
        found = driver.find_existing_volume(existing_name=name, recent=deadline is None, deadline=deadline)
    except NotFound:
        return False
    except (BadCredentials, *SILENT):
        raise
    except DriverError:  # a snapshot, say, or several
        return True
    return found.id != prior.id


def describe_giving_up(prior: ManagedVolume, back: str | None) -> str:
    """Return what becomes of a volume that gets a name back, for a plan that would call it destroyed."""
    name = f"gets its name {back} back" if back is not None and back != prior.name else f"keeps its name {prior.name}"
    return f"{prior.name} ({prior.id}) stays on the array with its data and mappings, and {name}; Terraform forgets it."
