"""Whose the ports of a connector are, as advice for a plan: what the apply would refuse, and what changed outside."""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, Host, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change, Configured

from .host_attachment_model import HostAttachment, named, ports_in, same_ports, side_of
from .host_attachment_replacement import is_replacement
from .host_attachment_side import array_of

_log = logging.getLogger("resources.host_attachment")


def advise(change: Change[HostAttachment], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Warn of a written connector that is not one host's, or not the host's any more; asked of what was seen lately."""
    written = change.config.known(HostAttachment.connector)
    if written is None or configured is None or not change.config.is_known(HostAttachment.connector):
        return
    try:
        driver = array_of(configured.driver, side_of(change.planned))
        if change.prior is not None and side_of(change.prior) == side_of(change.planned):
            driver.check_system(change.prior.system_id)
        hosts = driver.list_recent_hosts()
    except BadCredentials as refused:
        change.diagnostics.add(refused)
        return
    except DriverError as error:
        _log.info("the connector's host is not looked up: %s", error.summary)
        return
    wanted = ports_in(written)
    owners = {port: host for host in hosts for port in host.ports if port in wanted}
    prior = change.prior
    if prior is not None and same_ports(written, prior.known(HostAttachment.connector)):
        _warn_of_drift(change, prior, wanted, owners)
    elif len({host.id for host in owners.values()}) > 1:
        _warn_of_several(change, wanted, owners)
    elif prior is not None and len(owners) < len(wanted):  # else the same apply makes the host, as a rule
        _warn_of_nobody(change, prior, wanted, owners)


def _outcome(change: Change[HostAttachment]) -> str:
    """Say what comes of a connector that is not one host's."""
    if change.prior is None:
        return "The volume is not attached while this is so."
    if is_replacement(change):
        return (
            f"{named(change.prior)} is detached first, and then not attached while this is so. Do not apply it unless "
            "the same apply corrects it before."
        )
    return (
        "The apply is refused while this is so, and the attachment stays as it is. Where the same apply gives the "
        "ports to another host than now, Terraform ends it there (inconsistent final plan): run it again then."
    )


def _warn_of_drift(
    change: Change[HostAttachment], prior: HostAttachment, wanted: frozenset[str], owners: dict[str, Host]
) -> None:
    held = (prior.known(HostAttachment.host_id) or "").casefold()
    if held and all(port in owners and owners[port].id.casefold() == held for port in wanted):
        return
    change.diagnostics.warning(
        HostAttachment.connector,
        f"The connector of {named(prior)} does not name that host any more",
        f"Now {_whose(wanted, owners)}. "
        + (
            "What is planned detaches the volume from the host, and attaches it to the one that then owns all of the "
            "ports, or to none."
            if is_replacement(change)
            else "The volume stays attached as it is. Write the ports of the host that is meant, or its host_id: "
            "another host is a replacement."
        ),
    )


def _warn_of_several(change: Change[HostAttachment], wanted: frozenset[str], owners: dict[str, Host]) -> None:
    change.diagnostics.warning(
        HostAttachment.connector,
        f"The connector names ports of several hosts: {_whose(wanted, owners)}",
        f"{_outcome(change)} Name the ports of one host.",
    )


def _warn_of_nobody(
    change: Change[HostAttachment], prior: HostAttachment, wanted: frozenset[str], owners: dict[str, Host]
) -> None:
    change.diagnostics.warning(
        HostAttachment.connector,
        f"The connector of {named(prior)} names ports of no host: {_whose(wanted, owners)}",
        f"{_outcome(change)} Else correct the ports.",
    )


def _whose(wanted: frozenset[str], owners: dict[str, Host]) -> str:
    return ", ".join(
        f"{port} is {f'host {owners[port].name} (id {owners[port].id})' if port in owners else 'nobody'}'s"
        for port in sorted(wanted)
    )
