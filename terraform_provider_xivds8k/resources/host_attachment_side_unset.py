"""What an attachment on the replication target without a written side comes to: unset, it stays as long as it stands.

A replacement plans a new attachment, and that one goes home, where the same ids are another volume and another host.

Terraform plans a replacement by two calls.  The first one knows the prior state, but not that `-replace` or
`replace_triggered_by` stand behind it.  The second one plans a creation; it is shown the private data of the first,
and Terraform shows nothing of it but errors.  So the first leaves a note, and the second refuses.  What is tainted is
planned without either, and its creation goes by what this run detached.
"""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Refused
from terraform_provider_xivds8k.lifecycle import Change, Create, Diagnostics

from .host_attachment_model import HostAttachment, named, side_of
from .host_attachment_replacement import Configuration, detached_half, is_replacement

REPLACED = "remote_without_side"  # private: how the first call names the attachment that is on the remote array


def plan(change: Change[HostAttachment]) -> None:
    """Warn of a side that is not written where the attachment is remote, and refuse the second half that goes home."""
    noted = change.private.pop(REPLACED, None)
    if change.prior is None:
        if noted is not None and change.config.is_null(HostAttachment.side):
            _refuse(str(noted), change.diagnostics)
        return
    if not _is_unset(change, change.prior):
        return
    change.private[REPLACED] = named(change.prior)
    if is_replacement(change):  # of which plan_replacement tells
        return
    change.diagnostics.warning(
        HostAttachment.side,
        f'{named(change.prior)} has no side = "remote" in its block',
        "It stays there as long as it is not replaced; whatever replaces it is refused, since a new attachment without "
        'a side goes home, where the same ids are another volume and another host. Write side = "remote".',
    )


def plan_replacement(change: Change[HostAttachment]) -> None:
    """Refuse a replacement that would go home because no side is written."""
    if change.prior is not None and _is_unset(change, change.prior):
        _refuse(named(change.prior), change.diagnostics)


def refuse_half(operation: Create[HostAttachment], configured: Configuration) -> None:
    """Refuse to attach at home in place of what this run detached from the remote array; raises Refused."""
    words = detached_half(operation.planned, "remote", configured)
    if words is None or not operation.config.is_null(HostAttachment.side):
        return
    raise Refused(
        f"{words} was detached to be replaced, and its block has no side: nothing is attached at home in its place",
        happened="A new attachment without a side goes home, where the same ids are another volume and another host.",
        left_behind="Nothing was attached.",
        next_step='Write side = "remote" before the next apply: it attaches the volume there again. Without that line '
        'it attaches the volume of that id at home; where that is meant, write side = "home".',
        attribute=HostAttachment.side.name,
    )


def _is_unset(change: Change[HostAttachment], prior: HostAttachment) -> bool:
    return side_of(prior) == "remote" and change.config.is_null(HostAttachment.side)


def _refuse(name: str, diagnostics: Diagnostics) -> None:
    diagnostics.error(
        HostAttachment.side,
        f"{name} would be replaced by an attachment at home: its block has no side",
        "A new attachment without a side goes home, where the same ids are another volume and another host: nothing is "
        'planned. Write side = "remote" to keep it on the remote array; where home is meant, write side = "home", with '
        "the ids of a volume and a host there. (`terraform destroy` plans this replacement, too, unless it is run with "
        "`-refresh=false`.)",
    )
