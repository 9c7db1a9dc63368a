"""What a planned volume must satisfy, asked at plan time: by family, without a connection where none is needed.

Look-ups only add diagnostics, and are left out when the array does not answer, so that a dead array still plans.
"""

from __future__ import annotations

import logging
from typing import Any

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, XIVDS8KDriver, rules
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics, Private
from terraform_provider_xivds8k.schema import UNKNOWN, Attr

from .consistency_group_snapshot_model import ConsistencyGroupSnapshot
from .snapshot_model import Snapshot
from .volume_model import K, KeptVolume, Volume
from .volume_sizes import Sized, check_agreement, wanted_bytes
from .volume_source import check_one_source, unfinished_from

_log = logging.getLogger("resources.volume")

DS8K_ONLY: tuple[Attr[str | None], ...] = (Volume.lss, Volume.os400)
REMOVE_THEM = "remove what uses the volume first."
REPLACE_THEM = (
    "add lifecycle { replace_triggered_by = [xivds8k_volume.NAME.id] }, with the volume's own name, to each resource "
    "that makes one of these, so that it is replaced, too; what no resource makes has to be removed first."
)
HIDDEN_MODEL = "hidden_model"  # private: the volume is of an OS/400 model, and the array does not show of which
ONLY_AT_CREATION: tuple[Attr[Any], ...] = (*DS8K_ONLY, Volume.provisioning)


def validate(config: Volume, diagnostics: Diagnostics) -> None:
    """Complain about what no array would take."""
    check_agreement(config, diagnostics)
    check_one_source(config, diagnostics)
    model = config.known(Volume.os400)
    if model is not None and rules.os400_problem(model):
        diagnostics.error(Volume.os400, "Unknown OS/400 model", rules.os400_problem(model) or "")
    lss = config.known(Volume.lss)
    if lss and rules.lss_problem(lss):
        diagnostics.error(Volume.lss, "No such LSS", rules.lss_problem(lss) or "")


def fixed_bytes(change: Change[K]) -> int | None:
    """Return the size a fixed OS/400 model sets, None for any other volume; an existing one has what it has."""
    model = change.config.known(Volume.os400)
    size = rules.os400_fixed_bytes(model) if model else None
    had = change.prior.known(Volume.size_bytes) if change.prior is not None and not is_replaced(change) else None
    return size if size is None or had is None else had


def refuse_other_size(change: Change[K]) -> None:
    """Complain of a size that is not that of the fixed OS/400 model it is written beside."""
    model, wanted = change.config.known(Volume.os400), wanted_bytes(change.config)
    size = rules.os400_fixed_bytes(model) if model else None
    had = change.prior.known(Volume.size_bytes) if change.prior is not None and not is_replaced(change) else None
    if size is None or not isinstance(wanted, int) or wanted in {size, had}:
        return
    change.diagnostics.error(
        Volume.size_bytes if change.configured(Volume.size_bytes) else Volume.size_gib,
        f"OS/400 model {model} has a size of its own",
        f"{model} is {size // rules.GIB} GiB ({size} bytes); {wanted} bytes are asked for. Leave the size out, or "
        f"choose another model; {' and '.join(rules.OS400_VARIABLE)} take any size.",
    )


def is_replaced(change: Change[K]) -> bool:
    """Tell whether what is written needs a new volume."""
    declared = change.planned.node().by_name
    for attribute in ONLY_AT_CREATION:
        if attribute.name == Volume.os400.name and takes_hidden_model(change):
            continue
        if not declared[attribute.name].replaces:  # of this type another value is refused
            continue
        written = change.config.known(attribute)
        prior = change.prior.raw[attribute.name] if change.prior is not None else written
        if written is not None and written.casefold() != str(prior or "").casefold():
            return True
    return False


def takes_hidden_model(change: Change[K]) -> bool:
    """Tell whether a written OS/400 model is what the volume is anyway, as far as an array tells that hides it."""
    model, prior = change.config.known(Volume.os400), change.prior
    if prior is None or not model or prior.known(Volume.os400) is not None or not change.private.get(HIDDEN_MODEL):
        return False
    size = rules.os400_fixed_bytes(model)
    return size is None or abs(size - prior.actual_bytes) <= rules.GIB


def plan_family(change: Change[K], family: str | None) -> None:
    """Complain about attributes the family does not have, and plan those it leaves empty as null."""
    foreign: dict[str, tuple[Attr[str | None], ...]] = {
        "xiv": (*DS8K_ONLY, Volume.provisioning),
        "ds8k": (Volume.qos_class,),
    }
    for attribute in foreign.get(family or "", ()):
        if change.configured(attribute) and change.config.known(attribute) != "":
            change.diagnostics.error(
                attribute,
                f"{attribute.name} is not for this array",
                f"The provider's family is {family}, which has no {attribute.name}. Remove the line.",
            )
        elif not change.configured(attribute) and change.prior is None:
            change.planned.set(attribute, None)
    wanted = wanted_bytes(change.config)
    grows = change.prior is None or change.changes(Sized.size_bytes)
    if family and isinstance(wanted, int) and grows and not change.diagnostics.has_errors:
        problem = rules.size_problem(family, wanted)
        if problem:
            where = Sized.size_bytes if change.configured(Sized.size_bytes) else Sized.size_gib
            change.diagnostics.error(where, "The size is out of range", problem)


def plan_name(change: Change[K], family: str | None) -> None:
    """Check a changed name, plan the name to be written, and warn of one changed outside."""
    planned = change.planned
    name = planned.known(Volume.name)
    if change.changes(Volume.name) and name is not None and family:
        problem = rules.volume_name_problem(family, name)
        if problem:
            change.diagnostics.error(Volume.name, "The array would not take this name", problem)
    planned.set(Volume.written_name, UNKNOWN if name is None else name)
    if change.prior is not None:
        warn_of_foreign_name(change.prior, change.diagnostics)


def warn_of_foreign_name(
    prior: KeptVolume, diagnostics: Diagnostics, *, refused: str = "Destroying or growing it"
) -> None:
    """Warn that a DS8000 volume no longer bears the name Terraform wrote."""
    if prior.lss is None or prior.written_name is None or prior.name == prior.written_name:
        return
    diagnostics.warning(
        Volume.name,
        f"Volume {prior.id} is now called {prior.name}, not {prior.written_name}",
        "It was renamed outside Terraform, or deleted and its id given to another volume: a DS8000 uses ids again. "
        f"{refused} is refused until an apply has written the configured name. Make sure that it is still your volume "
        "before you apply.",
    )


def plan_spellings(change: Change[K]) -> None:
    """Keep the prior value where the configured one differs from it in case only."""
    if change.prior is None:
        return
    if takes_hidden_model(change):
        change.take_over(Volume.os400)
    for attribute in DS8K_ONLY:
        written, prior = change.planned.known(attribute), change.prior.raw[attribute.name]
        if written is not None and isinstance(prior, str) and written.casefold() == prior.casefold():
            change.keep_prior(attribute)


def take_spellings(state: KeptVolume, planned: KeptVolume) -> None:
    """Take the user's spelling of what means the same into the state."""
    for attribute in (Volume.pool, Volume.lss, Volume.os400, Volume.qos_class):
        planned_text, now = planned.known(attribute), state.raw[attribute.name]
        hidden = attribute.name == Volume.os400.name and now is None
        if planned_text is not None and (hidden or str(now or "").casefold() == planned_text.casefold()):
            state.raw[attribute.name] = planned_text


def refuse_other_system(
    prior: KeptVolume | Snapshot | ConsistencyGroupSnapshot,
    configured: Configured[XIVDS8KDriver] | None,
    diagnostics: Diagnostics,
) -> None:
    """Complain of a state that belongs to another array, as far as the array has said who it is."""
    connected = configured.driver.known_system_id if configured is not None and configured.is_open else None
    if connected is None or prior.system_id == connected:
        return
    diagnostics.error(
        Volume.system_id,
        f"{prior.name} belongs to array {prior.system_id}; the provider is connected to {connected}",
        "Ids repeat across arrays, so nothing is planned. Correct the provider's endpoints or the alias.",
    )


def warn_of_users(
    prior: Volume,
    private: Private,
    configured: Configured[XIVDS8KDriver] | None,
    diagnostics: Diagnostics,
    *,
    doing: str,
) -> None:
    """Name what still uses a volume that a plan would remove; the apply refuses it while it is so."""
    if prior.id is None or configured is None or diagnostics.has_errors:
        return
    try:
        configured.driver.check_system(prior.system_id)
        users = configured.driver.volume_users(prior.id, copied_from=unfinished_from(prior, private))
    except BadCredentials as refused:
        diagnostics.add(refused)
        return
    except DriverError as error:
        _log.info("users not looked up: %s", error.summary)
        return
    if users:
        diagnostics.warning(
            None,
            f"{prior.name} ({prior.id}) is to be {doing} and has {', '.join(users.everything)}",
            "That is well where the same apply removes these before, by resources that refer to it. What is still "
            f"there then makes the apply refuse it: {REPLACE_THEM if doing == 'replaced' else REMOVE_THEM}",
        )
