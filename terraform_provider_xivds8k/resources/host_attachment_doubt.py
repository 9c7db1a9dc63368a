"""What becomes of an attachment whose mapping was sent and whose outcome is not known.

Its state has no id, and the LUN that was sent.  That volume under that LUN there is ours: it was not mapped before.
"""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Attachment as ArrayAttachment
from terraform_provider_xivds8k.driver import Refused, XIVDS8KDriver, may_still_come, over_at
from terraform_provider_xivds8k.lifecycle import Change, Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN

from .host_attachment_model import HostAttachment, named

WAYS_OUT = (
    "terraform untaint ADDRESS and apply keeps it when it is under that LUN; applied while it is tainted, it is "
    "detached and attached again."
)


def plan(change: Change[HostAttachment]) -> None:
    """Plan to find out: what only the array knows becomes known by the apply."""
    for attribute in (
        HostAttachment.id,
        HostAttachment.host_name,
        HostAttachment.target_wwpns,
        HostAttachment.target_iqn,
        HostAttachment.target_portals,
        HostAttachment.device_path,
    ):
        if change.prior is not None and change.prior.is_null(attribute):
            change.planned.set(attribute, UNKNOWN)
    change.planned.set(HostAttachment.in_doubt_since, UNKNOWN)
    if (
        change.prior is not None
        and change.prior.is_null(HostAttachment.lun)
        and change.config.is_null(HostAttachment.lun)
    ):
        change.planned.set(HostAttachment.lun, UNKNOWN)


def _there(driver: XIVDS8KDriver, state: HostAttachment, deadline: float) -> ArrayAttachment | None:
    return driver.find_attachment(
        state.volume_id,
        host_id=state.known(HostAttachment.host_id),
        cluster=state.known(HostAttachment.cluster),
        lun=state.known(HostAttachment.lun),
        deadline=deadline,
    )


def _is_ours(state: HostAttachment, found: ArrayAttachment) -> bool:
    return found.lun == state.known(HostAttachment.lun)


def read(
    driver: XIVDS8KDriver, state: HostAttachment, diagnostics: Diagnostics, deadline: float
) -> HostAttachment | None:
    """Tell what there is; only a volume that is not mapped there, and cannot be any more, makes the state gone."""
    found, since = _there(driver, state, deadline), state.known(HostAttachment.in_doubt_since)
    if found is None and since is not None and may_still_come(since):
        diagnostics.warning(
            None,
            f"{named(state)} is not attached yet, and may still be",
            f"The answer was lost when it was sent as LUN {state.known(HostAttachment.lun)}; the array may carry it "
            f"out until {over_at(since)}. Keep the volume and the host until then, and run it again.",
        )
        return state
    if found is None:
        diagnostics.warning(
            None,
            f"{named(state)} was never attached",
            "The answer to it was lost; the array has no such mapping now. The next apply attaches it.",
        )
        return None
    diagnostics.warning(
        None,
        f"It is not known whether {named(state)} was attached by Terraform",
        f"The answer was lost when it was sent as LUN {state.known(HostAttachment.lun)}; now it is attached as LUN "
        f"{found.lun}. {WAYS_OUT}",
    )
    return state


def candidate(driver: XIVDS8KDriver, state: HostAttachment, deadline: float) -> ArrayAttachment:
    """Return the mapping under the LUN that was sent; raises Refused where there is none."""
    found = _there(driver, state, deadline)
    if found is None or not _is_ours(state, found):
        raise _refused(state, found, "taken over")
    return found


def refuse_others(driver: XIVDS8KDriver, state: HostAttachment, deadline: float) -> None:
    """Raise Refused for a mapping under another LUN than the one that was sent: it is somebody else's."""
    found = _there(driver, state, deadline)
    if found is not None and not _is_ours(state, found):
        raise _refused(state, found, "detached")


def _refused(state: HostAttachment, found: ArrayAttachment | None, doing: str) -> Refused:
    now = f"as LUN {found.lun}" if found is not None else "not at all"
    return Refused(
        f"{named(state)} is in doubt and was not {doing}",
        happened=f"The answer was lost when it was sent as LUN {state.known(HostAttachment.lun)}; now it is attached "
        f"{now}.",
        left_behind="Nothing was changed.",
        next_step="terraform state rm ADDRESS leaves it as it is, and an import block takes it over; where it is not "
        "attached, run it again.",
    )
