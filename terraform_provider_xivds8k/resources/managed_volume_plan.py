"""What a plan for a managed volume must satisfy: when it is taken, and afterwards.

Look-ups only add diagnostics.  A volume that is not there is a warning, since it may have been deleted outside, and
an error of a plan would also keep Terraform from destroying anything; one that is found to be another is an error.
"""

from __future__ import annotations

import logging
from typing import Any

from terraform_provider_xivds8k.driver import (
    BadCredentials,
    Busy,
    Cancelled,
    DriverError,
    ExpectedVolume,
    NotFound,
    TimedOut,
    Unreachable,
    WrongSystem,
    XIVDS8KDriver,
    hex_digits,
    rules,
)
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN, Attr, Unknown

from . import volume_plan
from .managed_volume_model import EXISTING, FOUND_AS, NAME_IN_DOUBT, Expected, ManagedVolume
from .volume_sizes import Sized, check_agreement, plan_sizes, wanted_bytes

_log = logging.getLogger("resources.managed_volume")
SILENT = (Unreachable, TimedOut, Busy, Cancelled, WrongSystem)


def validate(config: ManagedVolume, diagnostics: Diagnostics) -> None:
    """Complain about what no array would have."""
    check_agreement(config, diagnostics)
    wwn = config.known(ManagedVolume.existing_wwn)
    if wwn is not None and not hex_digits(wwn):
        diagnostics.error(
            ManagedVolume.existing_wwn,
            f"{wwn!r} is no WWN",
            "Hex digits are wanted: 32 for a DS8000's volume, 16 for an XIV's, with colons or dashes between or none.",
        )
    model = config.known(ManagedVolume.os400)
    if model is not None and rules.os400_problem(model):
        diagnostics.error(ManagedVolume.os400, "Unknown OS/400 model", rules.os400_problem(model) or "")
    lss = config.known(ManagedVolume.lss)
    if lss and rules.lss_problem(lss):
        diagnostics.error(ManagedVolume.lss, "No such LSS", rules.lss_problem(lss) or "")


def expectations(config: ManagedVolume) -> tuple[ExpectedVolume, ...]:
    """Return what a volume has to be like to be taken: what is configured, and what is expected beside."""
    written = wanted_bytes(config)
    own = ExpectedVolume(
        pool=config.known(ManagedVolume.pool),
        size_bytes=written if isinstance(written, int) else None,
        provisioning=config.known(ManagedVolume.provisioning),
        lss=config.known(ManagedVolume.lss),
        os400=config.known(ManagedVolume.os400),
        qos_class=config.known(ManagedVolume.qos_class),
    )
    beside = config.known(ManagedVolume.expected)
    if beside is None:
        return (own,)
    return own, ExpectedVolume(
        pool=beside.known(Expected.pool),
        size_bytes=beside.known(Expected.size_bytes),
        provisioning=beside.known(Expected.provisioning),
        attribute="expected",
    )


def existing_of(config: ManagedVolume) -> dict[str, Any]:
    """Return what names the volume to take, by the driver's names; what is not known is None."""
    return {attribute.name: config.known(attribute) for attribute in EXISTING}


def plan_taking(change: Change[ManagedVolume], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Plan that an existing volume is taken as it is; complain as far as it is known to be another."""
    config, planned = change.config, change.planned
    if not any(change.configured(attribute) for attribute in EXISTING):
        change.diagnostics.error(
            None,
            "No existing volume is named",
            "Write existing_id, existing_name or existing_wwn. To make a new volume use xivds8k_volume.",
        )
        return
    family = configured.family if configured else None
    volume_id = config.known(ManagedVolume.existing_id)
    if family == "ds8k" and volume_id is not None and not rules.is_ds8k_id(volume_id):
        change.diagnostics.error(
            ManagedVolume.existing_id, f"{volume_id!r} is no volume id of a DS8000", "Write four hex digits, as 0A01."
        )
    volume_plan.plan_family(change, family)
    if wanted_bytes(config) is not None:
        plan_sizes(change)
    if change.configured(ManagedVolume.name):
        planned.raw["written_name"] = planned.raw["name"]
    found = _found(change, configured)
    _check_names(change, configured, found)


def _found(change: Change[ManagedVolume], configured: Configured[XIVDS8KDriver] | None) -> ArrayVolume | None:
    """Look the volume up, where all that names it is known, and complain where it is another than is written."""
    if configured is None or change.diagnostics.has_errors:
        return None
    if any(isinstance(change.config.raw[attribute.name], Unknown) for attribute in EXISTING):
        return None
    try:
        found = configured.driver.find_existing_volume(**existing_of(change.config), recent=True)
    except NotFound as missing:
        next_step = renamed_before(configured.driver, change.config) or missing.next_step
        change.diagnostics.warning(
            _attribute(missing.attribute),
            missing.summary,
            f"It was deleted, or is yet to be made. {next_step} The apply will be refused while it is so.",
        )
    except SILENT as error:
        _log.info("not looked up: %s", error.summary)
    except DriverError as refused:
        change.diagnostics.add(refused)
    else:
        _compare(change, found)
        return found
    return None


def renamed_before(driver: XIVDS8KDriver, config: ManagedVolume) -> str:
    """Return what to do where the volume bears its new name already: its state may have been lost.  Empty for no."""
    name = config.known(ManagedVolume.name)
    if name is None:
        return ""
    try:
        found = driver.find_existing_volume(existing_name=name, recent=True)
    except DriverError:
        return ""
    return (
        f"There is {name} with the id {found.id}, {found.size_bytes} bytes in pool {found.pool_id}. If that is it, "
        f'renamed by an earlier run, write existing_id = "{found.id}" instead.'
    )


def _compare(change: Change[ManagedVolume], found: ArrayVolume) -> None:
    for expected in expectations(change.config):
        for name, words in expected.differences(found):
            where = _attribute(name)
            if name == "size_bytes" and not change.configured(Sized.size_bytes):
                where = Sized.size_gib
            change.diagnostics.error(
                where,
                f"Volume {found.name} (id {found.id}) is not as expected",
                f"Written is {words}. A volume is taken as it is: make sure that it is the one you mean, and write "
                "what it has, or leave that out.",
            )


def _check_names(
    change: Change[ManagedVolume], configured: Configured[XIVDS8KDriver] | None, found: ArrayVolume | None
) -> None:
    """Complain of names the array would not take; the one a volume has already is as good as any."""
    had = {change.config.known(ManagedVolume.existing_name), found.name if found is not None else None}
    if change.prior is not None:
        had = {change.prior.existing_name, change.prior.name, change.prior.written_name}
    family = configured.family if configured else None
    for attribute in (ManagedVolume.name, ManagedVolume.restore_name):
        name = change.config.known(attribute)
        if name is None or name in had or not family or had == {None} or not change.changes(attribute):
            continue
        problem = rules.volume_name_problem(family, name)
        if problem:
            change.diagnostics.error(attribute, "The array would not take this name", problem)


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
    _check_names(change, configured, None)
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
    if written is not None and written.casefold() != str(had or "").casefold():
        change.diagnostics.error(
            attribute,
            f"{attribute.name} of a managed volume cannot change",
            f"{prior.name} ({prior.id}) has {attribute.name} = {had!r}; {written!r} needs another volume. Write what "
            "it has, or leave the line out. To have a new volume, make an xivds8k_volume and copy the data.",
        )


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
            change.diagnostics.error(
                attribute,
                f"{attribute.name} = {written!r} is another volume than {prior.name} ({prior.id})",
                "A managed volume stays the one it is. To manage another one, write a resource for it; to give this "
                "one up, remove its block.",
            )


def _is_same(prior: ManagedVolume, name: str, written: str, configured: Configured[XIVDS8KDriver] | None) -> bool:
    """Tell whether what is written names the volume, or nothing else that is there."""
    if name == "existing_id":
        return written.casefold() == (prior.id or "").casefold()
    if name == "existing_wwn":
        return hex_digits(written) == prior.wwn
    known = {prior.existing_name, prior.name, prior.written_name}
    return written in known or not _is_another(prior, written, configured)


def _is_another(prior: ManagedVolume, name: str, configured: Configured[XIVDS8KDriver] | None) -> bool:
    """Tell whether a name is another volume's now; an array that does not answer leaves it at no."""
    if configured is None:
        return False
    try:
        found = configured.driver.find_existing_volume(existing_name=name, recent=True)
    except (NotFound, BadCredentials, *SILENT):
        return False
    except DriverError:  # a snapshot, say, or several
        return True
    return found.id != prior.id


def _attribute(name: str) -> Attr[Any] | None:
    return getattr(ManagedVolume, name, None) if name in ManagedVolume.shapes() else None


def describe_giving_up(prior: ManagedVolume) -> str:
    """Return what becomes of a volume that is given up, for a plan that would call it destroyed."""
    back = prior.restore_name
    name = f"gets its name {back} back" if back is not None and back != prior.name else f"keeps its name {prior.name}"
    return f"{prior.name} ({prior.id}) stays on the array with its data and mappings, and {name}; Terraform forgets it."
