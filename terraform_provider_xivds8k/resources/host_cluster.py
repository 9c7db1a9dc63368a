"""The cluster of an XIV's host, in the user's spelling where it is the same to the array: case may not count there."""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, XIVDS8KDriver
from terraform_provider_xivds8k.driver import Host as ArrayHost
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics

from .host_model import Host, fill, is_same_text

_log = logging.getLogger("resources.host")


def fill_asking(driver: XIVDS8KDriver, state: Host, found: ArrayHost, deadline: float) -> Host:
    """Fill in what the array reports; a cluster spelled otherwise is asked for, as only the array knows."""
    written = state.known(Host.cluster)
    fill(state, found)
    if is_named(driver, written, found.cluster, deadline):
        state.set(Host.cluster, written)
    return state


def fill_as_planned(state: Host, planned: Host, found: ArrayHost) -> Host:
    """Fill in a host that was just made or changed as planned: a cluster is the planned one, however it is spelled."""
    fill(state, found)
    written = planned.known(Host.cluster)
    if is_same_text(written, found.cluster):
        state.set(Host.cluster, written)
    return state


def is_named(driver: XIVDS8KDriver, written: str | None, found: str | None, deadline: float | None = None) -> bool:
    """Tell whether a name means the cluster the array calls ``found``."""
    if written == found:
        return True
    return is_same_text(written, found) and driver.find_cluster(written or "", deadline=deadline) == found


def plan_spelling(change: Change[Host], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Plan no change for another spelling of the same cluster, as far as the array tells."""
    written = change.planned.known(Host.cluster)
    prior = change.prior.known(Host.cluster) if change.prior is not None else None
    if written == prior or not is_same_text(written, prior) or configured is None or configured.family != "xiv":
        return
    try:
        named = configured.driver.find_cluster(written or "")
        if named is not None and is_named(configured.driver, prior, named):
            change.keep_prior(Host.cluster)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:  # the apply then finds out that there is nothing to do
        _log.info("cluster not looked up: %s", error.summary)


def name_empty(driver: XIVDS8KDriver, cluster: str, diagnostics: Diagnostics, deadline: float) -> None:
    """Warn of a cluster that nobody is in any more; it is never deleted here."""
    try:
        members = driver.list_clusters(deadline=deadline).get(
            driver.find_cluster(cluster, deadline=deadline) or cluster
        )
    except DriverError:
        return
    if members == ():
        diagnostics.warning(
            Host.cluster,
            f"Cluster {cluster} has no host any more and stays on the array",
            "So do its mappings, if it has any. Delete it on the array when nobody needs it.",
        )
