"""What a planned host must satisfy: what its family has, spellings that are no change, and what is mapped to it.

Look-ups only add diagnostics, and are left out when the array does not answer, so that a dead array still plans.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, Secret, XIVDS8KDriver, host_rules, iqn, wwpn
from terraform_provider_xivds8k.driver import Host as ArrayHost
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN, Attr

from .host_model import AUTO, Host, addresses, is_same_text

_log = logging.getLogger("resources.host")

FILLED = (Host.type, Host.wwpns, Host.iqns, Host.cluster, Host.chap_name)  # by the array, where nobody wrote them
NOT_ON_DS8K = (
    (Host.iqns, "A DS8000 speaks Fibre Channel only"),
    (Host.cluster, "A DS8000 has no clusters"),
    (Host.chap_name, "A DS8000 has no CHAP: it speaks Fibre Channel only"),
    (Host.chap_secret, "A DS8000 has no CHAP: it speaks Fibre Channel only"),
)
SAME_APPLY = (
    "That is well where the same apply unmaps these before, by resources that refer to it. What is still mapped then "
    "makes the apply refuse it."
)
UNMAP_THEM = (
    "Unmap them first. Where the host is replaced (-replace, or tainted), attachments that refer to its id go before "
    "it. To each other one, by a connector or an id that is written out, add lifecycle { replace_triggered_by = "
    "[xivds8k_host.NAME.id] }, with the host's own name; what no resource makes has to be removed first."
)

TAKEN_BEFORE = (
    "That is well where the same apply gives it up there before (write depends_on for that); else the apply refuses it."
)


def plan_family(change: Change[Host], family: str | None) -> None:
    """Complain of what hosts of this family do not have."""
    for attribute, words in NOT_ON_DS8K if family == "ds8k" else ():
        if change.config.known(attribute):
            change.diagnostics.error(attribute, words, f"Remove {attribute.name}, or leave it empty.")


def plan_names(change: Change[Host], family: str | None) -> None:
    """Check names that change, so that an imported odd name plans empty."""
    for attribute in (Host.name, Host.cluster):
        text = change.planned.known(attribute)
        if not text or family is None or not change.changes(attribute):
            continue
        problem = host_rules.host_name_problem(family, text, attribute.name)
        if problem:
            change.diagnostics.error(attribute, "The array would not take this name", problem)


def plan_spelling(change: Change[Host]) -> None:
    """Plan no change for another spelling of the same type or ports."""
    if change.prior is None:
        return
    if is_same_text(change.planned.known(Host.type), change.prior.known(Host.type)):
        change.keep_prior(Host.type)
    readings: tuple[tuple[Attr[frozenset[str] | None], Callable[[str], str]], ...] = (
        (Host.wwpns, wwpn),
        (Host.iqns, iqn),
    )
    for attribute, read in readings:
        written, prior = change.planned.known(attribute), change.prior.known(attribute)
        if written is not None and prior is not None and addresses(written, read) == addresses(prior, read):
            change.keep_prior(attribute)


def plan_type(change: Change[Host], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Warn of a type nobody has heard of, and of another type for a host that is mapped; ``auto`` is no other type."""
    text, prior = change.config.known(Host.type), change.prior
    family = configured.family if configured is not None else None
    if is_same_text(text, AUTO) and family != "xiv" and prior is not None and prior.known(Host.type) is not None:
        change.keep_prior(Host.type)
    if text is None or configured is None or family is None or not change.changes(Host.type):
        return
    try:
        advice = host_rules.host_type_advice(configured.driver.host_making.types, text)
    except DriverError as error:  # the provider's settings are not known yet
        _log.info("types not looked up: %s", error.summary)
        return
    if advice:
        change.diagnostics.warning(
            Host.type, f"{text!r} is no host type known of this array", f"{advice} An array may know more; it decides."
        )
    users = users_of(prior, configured, change.diagnostics) if prior is not None else ()
    if users:
        change.diagnostics.warning(
            Host.type,
            f"The type of host {change.planned.known(Host.name)} is to change and it sees {', '.join(users)}",
            f"The type decides how a host sees LUNs. {SAME_APPLY}",
        )


def plan_cluster(change: Change[Host], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Warn of what a host that leaves its cluster does not see any more, and of what keeps it out of another."""
    prior, wanted = change.prior, change.planned.known(Host.cluster)
    if prior is None or wanted is None or not change.changes(Host.cluster):
        return
    users = users_of(prior, configured, change.diagnostics)
    lost = [one for one in users if "through cluster" in one]
    own = [one for one in users if one not in lost]
    if lost:
        change.diagnostics.warning(
            Host.cluster,
            f"Host {prior.name} leaves cluster {prior.cluster} and does not see any more: {', '.join(lost)}",
            "The mappings stay, for the other hosts of the cluster. Make sure that nothing on the host uses them.",
        )
    if wanted and own:
        change.diagnostics.warning(
            Host.cluster,
            f"Host {prior.name} is to join cluster {wanted} and sees {', '.join(own)}",
            f"A host in a cluster sees what is mapped to the cluster, and has no mappings of its own. {SAME_APPLY}",
        )


def plan_taken(change: Change[Host], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Warn of a new name another host has, and of a new port another host owns; the apply refuses both."""
    new_name = change.planned.known(Host.name) if change.changes(Host.name) else None
    prior = change.prior
    ports = {
        address: attribute
        for attribute, read in ((Host.wwpns, wwpn), (Host.iqns, iqn))
        for address in addresses(change.planned.known(attribute), read)
        - addresses(prior.known(attribute) if prior is not None else None, read)
    }
    if configured is None or configured.family is None or not (new_name or ports) or change.diagnostics.has_errors:
        return
    for host in _hosts(configured, change.diagnostics):
        if _may_be_itself(host, change):
            continue
        if host.name == new_name:
            change.diagnostics.warning(
                Host.name, f"There is a host called {host.name!r} already (id {host.id})", TAKEN_BEFORE
            )
        for address in sorted(ports.keys() & {*host.ports}):
            change.diagnostics.warning(
                ports[address],
                f"{address} is to be given to host {change.planned.known(Host.name)} and is host {host.name}'s",
                f"A port is never taken from a host. {TAKEN_BEFORE}",
            )


def _may_be_itself(host: ArrayHost, change: Change[Host]) -> bool:
    """Tell whether a host is the one planned, or may be: what a replacement makes anew bears the old one's name."""
    if change.prior is None or change.prior.id is None:
        return host.name == change.planned.known(Host.name)
    return host.id == change.prior.id


def _hosts(configured: Configured[XIVDS8KDriver], diagnostics: Diagnostics) -> tuple[ArrayHost, ...]:
    try:
        return configured.driver.list_recent_hosts()
    except BadCredentials as refused:
        diagnostics.add(refused)
    except DriverError as error:
        _log.info("hosts not looked up: %s", error.summary)
    return ()


def plan_mode(change: Change[Host]) -> None:
    """Tell where ports or a cluster, and so volumes, are taken from a host, which the mode may refuse."""
    prior = change.prior
    if prior is None:
        return
    taken = any(
        change.planned.known(attribute) is not None
        and addresses(prior.known(attribute), read) - addresses(change.planned.known(attribute), read)
        for attribute, read in ((Host.wwpns, wwpn), (Host.iqns, iqn))
    )
    leaves = prior.known(Host.cluster) and change.planned.is_known(Host.cluster) and change.changes(Host.cluster)
    change.destroys = bool(taken or leaves)


def plan_chap(change: Change[Host]) -> None:
    """Check that CHAP name and secret come together, and the secret's form, without a word of it."""
    secret, name = change.config.known(Host.chap_secret), change.planned.known(Host.chap_name)
    problem = host_rules.chap_secret_problem(Secret(secret)) if secret is not None else None
    if problem:
        change.diagnostics.error(Host.chap_secret, "The CHAP secret is of no use", problem)
    has_secret = not change.config.is_null(Host.chap_secret)
    if change.prior is None:
        if change.config.known(Host.chap_name) and not has_secret:
            _lacks(change, Host.chap_secret, Host.chap_name)
        if has_secret and (change.config.is_null(Host.chap_name) or name == ""):
            _lacks(change, Host.chap_name, Host.chap_secret)
        return
    if change.changes(Host.chap_secret_version) and change.configured(Host.chap_secret_version) and not has_secret:
        change.diagnostics.error(
            Host.chap_secret_version,
            "chap_secret_version changes and there is no chap_secret",
            "Another version has the secret sent to the array. Write chap_secret too, or keep the version.",
        )
    elif change.changes(Host.chap_secret_version) and change.configured(Host.chap_secret_version) and name == "":
        _lacks(change, Host.chap_name, Host.chap_secret)
    elif name and change.changes(Host.chap_name) and not has_secret:
        change.diagnostics.warning(
            Host.chap_name,
            f"The CHAP name of host {change.prior.name} is to become {name!r} and there is no chap_secret",
            "An array takes CHAP name and secret together only, so the apply will refuse it: write chap_secret, or "
            "chap_name as it is on the array.",
        )


def _lacks(change: Change[Host], missing: Attr[str | None], there: Attr[str | None]) -> None:
    """Complain that one is there without the other: as a warning where a host that was deleted outside may lead to it.

    What is left out of a configuration is as it is on the array, until the host is to be made anew.
    """
    complain = change.diagnostics.error if change.configured(missing) else change.diagnostics.warning
    complain(
        there,
        f"{there.name} needs {missing.name}",
        f"An array keeps CHAP name and secret together, so the apply will refuse it. Write {missing.name} too, or "
        f"remove {there.name}.",
    )


def plan_doubt(change: Change[Host]) -> None:
    """Plan that the apply finds out whether the array made the host, and what of it."""
    if change.prior is None or not change.prior.is_null(Host.id):
        return
    change.planned.set(Host.id, UNKNOWN)
    for attribute in FILLED:
        if not change.configured(attribute):
            change.planned.set(attribute, UNKNOWN)


def users_of(prior: Host, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics) -> tuple[str, ...]:
    """Return what is mapped to a host, as far as the array tells now."""
    if prior.id is None or configured is None or configured.family is None or diagnostics.has_errors:
        return ()
    try:
        configured.driver.check_system(prior.system_id)
        return configured.driver.host_users(prior.id)
    except BadCredentials as refused:
        diagnostics.add(refused)
    except DriverError as error:
        _log.info("mappings not looked up: %s", error.summary)
    return ()


def warn_of_users(prior: Host, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics) -> None:
    """Name what a host sees that a plan would remove; the apply refuses it while anything is mapped to it."""
    users = users_of(prior, configured, diagnostics)
    if users:
        diagnostics.warning(
            None,
            f"Host {prior.name} is to be destroyed and sees {', '.join(users)}",
            f"{SAME_APPLY} What it sees through a cluster stays mapped to the cluster, and does not forbid it.",
        )
