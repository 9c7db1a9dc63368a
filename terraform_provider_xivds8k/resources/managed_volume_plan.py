"""What a plan must satisfy that takes a managed volume.

What is found on the array only adds warnings, and is refused by the apply: it may have been changed outside, and an
error of a plan would also keep Terraform from destroying anything.
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
from terraform_provider_xivds8k.schema import Attr, Unknown

from . import volume_plan
from .managed_volume_model import EXISTING, Expected, ManagedVolume
from .volume_sizes import Sized, check_agreement, plan_sizes, wanted_bytes

_log = logging.getLogger("resources.managed_volume")
REFUSED_LATER = "The apply will be refused while it is so."
GIVEN_BACK = (
    "Where the plan replaces a resource whose state has the old name as restore_name (one that is tainted since the "
    "answer to its new name was lost has it), giving it up gives that name back first, and the apply goes on; "
    "terraform untaint ADDRESS keeps a tainted one instead. In any other case the apply will be refused while it is so."
)
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
    if family == "xiv" and volume_id is not None and not rules.is_xiv_id(volume_id):
        change.diagnostics.error(
            ManagedVolume.existing_id, f"{volume_id!r} is no volume id of an XIV", "Write its WWN: 16 hex digits."
        )
    volume_plan.plan_family(change, family)
    if wanted_bytes(config) is not None:
        plan_sizes(change)
    if change.configured(ManagedVolume.name):
        planned.raw["written_name"] = planned.raw["name"]
    found = _found(change, configured)
    check_names(change, configured, found)


def _found(change: Change[ManagedVolume], configured: Configured[XIVDS8KDriver] | None) -> ArrayVolume | None:
    """Look the volume up, where all that names it is known, and complain where it is another than is written."""
    if configured is None or change.diagnostics.has_errors:
        return None
    if any(isinstance(change.config.raw[attribute.name], Unknown) for attribute in EXISTING):
        return None
    try:
        found = configured.driver.find_existing_volume(**existing_of(change.config), recent=True)
    except NotFound as missing:
        renamed = renamed_before(configured.driver, change.config)
        change.diagnostics.warning(
            _attribute(missing.attribute),
            missing.summary,
            f"{renamed} {GIVEN_BACK}"
            if renamed
            else f"It was deleted, or is yet to be made. {missing.next_step} {REFUSED_LATER}",
        )
    except SILENT as error:
        _log.info("not looked up: %s", error.summary)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as refused:
        renamed = GIVEN_BACK if _bears_new_name(configured.driver, change.config) else REFUSED_LATER
        words = " ".join(filter(None, (refused.happened, refused.next_step, renamed)))
        change.diagnostics.warning(_attribute(refused.attribute), refused.summary, words)
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


def _bears_new_name(driver: XIVDS8KDriver, config: ManagedVolume) -> bool:
    """Tell whether what is named beside a name that is not its own has its new name already."""
    named = {**existing_of(config), "existing_name": None}
    name = config.known(ManagedVolume.name)
    if name is None or not any(named.values()):
        return False
    try:
        return driver.find_existing_volume(**named, recent=True).name == name
    except DriverError:
        return False


def _compare(change: Change[ManagedVolume], found: ArrayVolume) -> None:
    for expected in expectations(change.config):
        for name, words in expected.differences(found):
            where = _attribute(name)
            if name == "size_bytes" and not change.configured(Sized.size_bytes):
                where = Sized.size_gib
            change.diagnostics.warning(
                where,
                f"Volume {found.name} (id {found.id}) is not as expected",
                f"Written is {words}. A volume is taken as it is: make sure that it is the one you mean, and write "
                f"what it has, or leave that out. {REFUSED_LATER}",
            )


def check_names(
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


def _attribute(name: str) -> Attr[Any] | None:
    return getattr(ManagedVolume, name, None) if name in ManagedVolume.shapes() else None
