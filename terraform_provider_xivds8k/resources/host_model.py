"""What a host is in Terraform: its attributes, its identity, and how they are filled from the array."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from terraform_provider_xivds8k.driver import Host as ArrayHost
from terraform_provider_xivds8k.driver import HostFilter, Refused, iqn, wwpn
from terraform_provider_xivds8k.lifecycle import Timeouts
from terraform_provider_xivds8k.schema import (
    Attr,
    Check,
    Model,
    computed,
    each,
    length,
    optional,
    optional_computed,
    regular_expression,
    required,
)


def _spelled(read: Callable[[str], str], allowed: str) -> Check[str]:
    def accepts(text: str) -> bool:
        try:
            read(text)
        except Refused:
            return False
        return True

    return Check(allowed, accepts)


AUTO = "auto"  # DS8000: the array chooses
WWPN = _spelled(wwpn, "a WWPN, 16 hex digits with or without separators")
IQN = _spelled(iqn, "an IQN such as iqn.1994-05.com.redhat:host01, or eui. and 16 hex digits")


class HostIdentity(Model):
    """What names a host among all arrays."""

    system_id: Attr[str | None] = optional("The array's system id; checked when given.")
    id: Attr[str] = required("The host's id on the array.")


class HostFilters(Model):
    """Narrow a listing of hosts."""

    name: Attr[str | None] = optional("Exact name.")
    name_regex: Attr[str | None] = optional(
        "Regular expression found anywhere in the name.", check=[regular_expression()]
    )
    port: Attr[str | None] = optional("WWPN or IQN the host has, in any spelling.")


class Host(Model, type_name="xivds8k_host"):
    """A host on an XIV-family or DS8000 array: its ports, its type and, on an XIV, its cluster and CHAP.

    A port that another host owns is refused, never taken from it. A host is deleted only while nothing is mapped to it.
    What is not written stays as it is on the array; an empty value means none.
    """

    id: Attr[str | None] = computed("The host's id on the array; it survives a rename.")
    name: Attr[str] = required(
        "Name of the host; renamed in place. XIV: 1 to 63 letters, digits, spaces (not at either end), `.`, `_`, `-` "
        "and `~`. DS8000: 1 to 32 letters, digits and `_`.",
        check=[length(1, 63)],
    )
    type: Attr[str | None] = optional_computed(
        "Type of the host as the array knows it, in any case; it decides how the host sees LUNs. XIV: `default`, "
        "`hpux` or `zvm`. DS8000: `Linux` when nothing is written; others such as `VMWare`, `Win2012`, `pSeries`, "
        "`zLinux`, `iSeries`. Changed in place, and refused while anything is mapped to the host.",
        check=[length(1, 63)],
    )
    wwpns: Attr[frozenset[str] | None] = optional_computed(
        "WWPNs of the host's Fibre Channel ports, in any spelling.", check=[each(WWPN)]
    )
    iqns: Attr[frozenset[str] | None] = optional_computed(
        "XIV: iSCSI names of the host's ports, in any case.", check=[each(IQN)]
    )
    cluster: Attr[str | None] = optional_computed(
        'XIV: name of the cluster the host is in; made when there is none of that name. `""` takes the host out. A '
        "cluster left empty stays on the array. The same name in another case is no change, unless case counts there.",
        check=[length(0, 63)],
    )
    chap_name: Attr[str | None] = optional_computed(
        'XIV: CHAP name of the host, together with `chap_secret`; `""` clears both.', check=[length(0, 255)]
    )
    chap_secret: Attr[str | None] = optional(
        "XIV: CHAP secret, 96 to 128 bits: 12 to 16 characters, or `0x` and hex digits, or `0b` and base64. It is in "
        "no plan and no state, so a change of it is not seen: raise `chap_secret_version` with it. Sent when the host "
        "is made, when `chap_secret_version` changes, and with another `chap_name`. Needs Terraform 1.11.",
        write_only=True,
        sensitive=True,
    )
    chap_secret_version: Attr[int | None] = optional("Any number; another one has `chap_secret` sent to the array.")
    system_id: Attr[str] = computed("System id of the array.")
    written_name: Attr[str | None] = computed(
        "The name Terraform wrote last; guards against changing or destroying a host that was given a DS8000 id anew."
    )
    timeouts: Attr[Timeouts | None] = optional("Deadlines for the operations on this host.")


def fill(state: Host, found: ArrayHost) -> Host:
    """Fill in what the array reports, keeping the user's spelling where it means the same."""
    state.set(Host.id, found.id)
    state.set(Host.name, found.name)
    written = state.known(Host.type)
    state.set(Host.type, written if is_type(written, found.type) else found.type)
    state.set(Host.wwpns, kept_spelling(state.known(Host.wwpns), found.wwpns, wwpn))
    state.set(Host.iqns, kept_spelling(state.known(Host.iqns), found.iqns, iqn))
    state.set(Host.cluster, found.cluster or "")
    state.set(Host.chap_name, found.chap_name or "")
    state.set(Host.system_id, found.system_id)
    return state


def fill_new(found: ArrayHost) -> Host:
    """Return the state of a host as it is found; its name counts as written."""
    state = fill(Host.nothing(), found)
    state.set(Host.written_name, found.name)
    return state


def kept_spelling(written: Iterable[str] | None, found: Iterable[str], read: Callable[[str], str]) -> frozenset[str]:
    """Return addresses as the user spelled them, those nobody wrote as the array lists them."""
    listed = frozenset(found)
    by_address: dict[str, set[str]] = {}
    for text in written or ():
        by_address.setdefault(_address(text, read), set()).add(text)
    return frozenset(text for address in listed for text in by_address.get(address, {address}))


def addresses(texts: Iterable[str] | None, read: Callable[[str], str]) -> frozenset[str]:
    """Return addresses in the one spelling they are compared in."""
    return frozenset(_address(text, read) for text in texts or ())


def _address(text: str, read: Callable[[str], str]) -> str:
    """Return an address as it is compared; what an array lists in a form nobody knows is compared as it is."""
    try:
        return read(text)
    except Refused:
        return text


def is_type(written: str | None, found: str | None) -> bool:
    """Tell whether a host is of the type that is written; what an array made of `auto` is its own choice."""
    return is_same_text(written, found) or is_same_text(written, AUTO)


def is_same_text(one: str | None, other: str | None) -> bool:
    """Tell whether two texts differ in case at most."""
    return one is not None and other is not None and one.casefold() == other.casefold()


def driver_filter(filters: HostFilters) -> HostFilter:
    """Return the driver's filter for the configured ones."""
    return HostFilter(name=filters.name, name_regex=filters.name_regex, port=filters.port)


def import_hint(text: str) -> str:
    """Return the block that would take the existing host under management, to be completed by the user."""
    block = f'import {{\n  to = xivds8k_host.NAME\n  id = "{text}"\n}}'
    return (
        "Choose another name. Or, if the host is yours and no resource manages it yet, take it over with this "
        f"block:\n\n{block}"
    )
