"""What becomes of a host whose creation was sent and whose outcome is not known.

Its state has no id.  A host to which nothing is mapped, with none but the ports asked for, may be deleted again.
"""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Host as ArrayHost
from terraform_provider_xivds8k.driver import HostFilter, Refused, XIVDS8KDriver, iqn, wwpn
from terraform_provider_xivds8k.lifecycle import Delete, Diagnostics, Update
from terraform_provider_xivds8k.schema import UNKNOWN

from .host_cluster import fill_asking, is_named
from .host_model import Host, addresses, is_type

WAYS_OUT = (
    "If it is yours: terraform untaint ADDRESS and apply keeps it when it has no other ports than those asked for; or "
    'terraform state rm ADDRESS and import it as "name:NAME".'
)


def state_of(planned: Host, system_id: str) -> Host:
    """Return the state of a host in doubt: what was asked for, no id."""
    state = planned.copy()
    state.raw = {name: None if value is UNKNOWN else value for name, value in state.raw.items()}
    state.set(Host.system_id, system_id)
    return state


def read(driver: XIVDS8KDriver, state: Host, diagnostics: Diagnostics, deadline: float) -> Host | None:
    """Tell what there is; only a name that no host has makes the state gone."""
    found = _find(driver, state.name, deadline)
    if found is None:
        diagnostics.warning(
            None,
            f"Host {state.name} was never made",
            "The answer to its creation was lost; the array has no host of that name now. The next apply makes it.",
        )
        return None
    diagnostics.warning(
        None,
        f"It is not known whether host {state.name} is ours",
        f"The answer to its creation was lost. On the array: {_described(driver, found, deadline)}. {WAYS_OUT} Applied "
        "while it is tainted, it is deleted and made anew where nothing is mapped to it; else that is refused.",
    )
    return state


def take_candidate(driver: XIVDS8KDriver, state: Host, operation: Update[Host]) -> None:
    """Take the host of our name into the state; raises Refused where it cannot be ours."""
    found = _find(driver, state.name, operation.left_s)
    if found is None or not _fits(driver, state, found, operation.left_s):
        raise _refused(driver, state, found, "taken over", operation.left_s)
    fill_asking(driver, state, found, operation.left_s)


def delete_candidate(driver: XIVDS8KDriver, operation: Delete[Host]) -> None:
    """Delete what the lost creation made, if anything."""
    prior = operation.prior
    found = _find(driver, prior.name, operation.left_s)
    if found is None:
        return
    if not _fits(driver, prior, found, operation.left_s) or driver.host_users(found.id, deadline=operation.left_s):
        raise _refused(driver, prior, found, "deleted", operation.left_s)
    driver.delete_host(found.id, expected_name=found.name, deadline=operation.left_s)


def _find(driver: XIVDS8KDriver, name: str, deadline: float) -> ArrayHost | None:
    found = driver.list_hosts(HostFilter(name=name), deadline=deadline)
    return found[0] if len(found) == 1 else None


def _fits(driver: XIVDS8KDriver, state: Host, found: ArrayHost, deadline: float) -> bool:
    """Tell whether a host has nothing but what was asked for."""
    asked = addresses(state.known(Host.wwpns), wwpn) | addresses(state.known(Host.iqns), iqn)
    wanted = state.known(Host.type)
    return (
        set(found.ports) <= asked
        and (wanted is None or is_type(wanted, found.type))
        and (found.cluster is None or is_named(driver, state.known(Host.cluster), found.cluster, deadline))
        and (found.chap_name or "") == (state.known(Host.chap_name) or "")
    )


def _described(driver: XIVDS8KDriver, found: ArrayHost, deadline: float) -> str:
    users = driver.host_users(found.id, deadline=deadline)
    ports = f"ports {', '.join(found.ports)}" if found.ports else "no ports"
    return f"{found.name} (id {found.id}, {ports}), {'which sees ' + ', '.join(users) if users else 'nothing mapped'}"


def _refused(driver: XIVDS8KDriver, state: Host, found: ArrayHost | None, doing: str, deadline: float) -> Refused:
    there = _described(driver, found, deadline) if found is not None else "no host of that name"
    return Refused(
        f"Host {state.name} is in doubt and was not {doing}",
        happened=f"The answer to its creation was lost. On the array: {there}.",
        left_behind="Nothing was changed.",
        next_step=WAYS_OUT,
    )
