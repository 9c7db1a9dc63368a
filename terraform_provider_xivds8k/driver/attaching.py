"""Hosts, their ports and what is mapped to them, as the core tells its callers: frozen objects.

WWPNs and IQNs are spelled as ``ports`` does.  A LUN is the number a host sees: on a DS8000 whose host is
addressed by LUN masking it follows from the volume id, 0x40VV40LL of volume LLVV (ds8k-rest.md §3 [S]).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .objects import PortKind, Secret

NO_NUMBER = -1  # a LUN written in a form that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Describe a host.

    ``id`` is the array's own (``H1`` on a DS8000, a number on an XIV); commands act by name.  ``type`` is as the
    array writes it.  ``is_masked`` is whether LUNs follow from volume ids (DS8000), ``block_bytes`` 512 or 520.
    ``logged_in`` are those of its ports that are; None where the array was not asked.
    """

    id: str
    name: str
    system_id: str
    type: str | None = None
    wwpns: tuple[str, ...] = ()
    iqns: tuple[str, ...] = ()
    cluster: str | None = None
    chap_name: str | None = None
    is_masked: bool = False
    block_bytes: int = 512
    logged_in: frozenset[str] | None = field(default=None, compare=False)  # changes by itself

    @property
    def ports(self) -> tuple[str, ...]:
        """Return all its ports."""
        return (*self.wwpns, *self.iqns)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPort:
    """Describe one port of a host as the array knows it; ``host_id`` is None where it belongs to nobody."""

    address: str
    kind: PortKind
    host_id: str | None
    host_name: str | None
    logged_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOrder:
    """Say what host to make; None leaves the choice to the array."""

    name: str
    type: str | None = None
    wwpns: tuple[str, ...] = ()
    iqns: tuple[str, ...] = ()
    cluster: str | None = None
    chap_name: str | None = None
    chap_secret: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFilter:
    """Narrow a listing of hosts; ``name_regex`` searched, the rest exact; ``port`` is a WWPN or an IQN."""

    name: str | None = None
    name_regex: str | None = None
    port: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Describe one mapping as the array lists it: to a host, or on an XIV to a cluster.

    ``volume_id`` is None where the array tells only the name (XIV), ``volume_name`` where it tells only the id.
    ``lun`` is the number the host sees, ``NO_NUMBER`` where the array writes none; ``lun_id`` is how it writes it.
    """

    volume_id: str | None
    volume_name: str | None
    host_id: str | None
    host_name: str | None
    cluster: str | None
    lun: int
    lun_id: str

    @property
    def holder(self) -> str:
        """Say to whom it is, for a text."""
        return f"cluster {self.cluster}" if self.cluster is not None else f"host {self.host_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """Say by its ports which host is meant: the one that owns all of them."""

    wwpns: tuple[str, ...] = ()
    iqn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Describe a volume attached to a host or cluster, and how the host reaches it.

    ``target_wwpns`` and ``target_portals`` (``ip:3260``) are all of the array's ports for hosts with such ports as the
    host has, sorted, whether they are up or not: so they change only with the array's cabling.  ``offline`` names
    those of them that were not up when the array was asked.
    """

    volume_id: str
    system_id: str
    host_id: str | None
    host_name: str | None
    cluster: str | None
    lun: int
    device_path: str
    target_wwpns: tuple[str, ...] = ()
    target_iqn: str | None = None
    target_portals: tuple[str, ...] = ()
    offline: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Describe the array's own ports for hosts, sorted; ``offline`` are those of them that are not up."""

    wwpns: tuple[str, ...] = ()
    portals: tuple[str, ...] = ()
    iqn: str | None = None
    offline: frozenset[str] = frozenset()
