"""What an attachment is in Terraform: its attributes, its identity, and how they are filled from the array."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Attachment as ArrayAttachment
from terraform_provider_xivds8k.driver import Connector as DriverConnector
from terraform_provider_xivds8k.driver import InDoubt, Refused, Side, iqn, wwpn
from terraform_provider_xivds8k.lifecycle import Timeouts
from terraform_provider_xivds8k.schema import (
    UNKNOWN,
    Attr,
    Check,
    Model,
    at_least,
    computed,
    each,
    length,
    one_of,
    optional,
    optional_computed,
    required,
)

from .host_model import IQN, WWPN

HOME = "home"
REMOTE = "remote"
MAYBE_IQN: Check[str | None] = Check(IQN.allowed, lambda text: text is None or IQN.accepts(text))


class HostAttachmentIdentity(Model):
    """What names an attachment among all arrays."""

    system_id: Attr[str | None] = optional("The array's system id; checked when given.")
    side: Attr[str | None] = optional("`home`, which is also what leaving it out means, or `remote`.")
    host_id: Attr[str | None] = optional("The host's id on the array; this or `cluster`.")
    cluster: Attr[str | None] = optional("XIV: the cluster's name; this or `host_id`.")
    volume_id: Attr[str] = required("The volume's id on the array.")


class HostAttachmentFilters(Model):
    """Narrow a listing of attachments."""

    host_id: Attr[str | None] = optional("Only those of this host, by its id or name.")
    cluster: Attr[str | None] = optional("Only those of this cluster, by its name.")
    volume_id: Attr[str | None] = optional("Only those of this volume, by its id or name.")
    side: Attr[str | None] = optional(
        "Only those of the `home` array, or of the `remote` one; unset, of both where the provider has a "
        "`replication_target`.",
        check=[one_of(HOME, REMOTE)],
    )


class Connector(Model):
    """The ports of a host; it is the host that owns all of them."""

    wwpns: Attr[frozenset[str] | None] = optional("WWPNs of its ports, in any spelling.", check=[each(WWPN)])
    iqn: Attr[str | None] = optional("XIV: its iSCSI name, in any case.", check=[MAYBE_IQN])


class HostAttachment(Model, type_name="xivds8k_host_attachment"):
    """A volume attached to a host, or on an XIV to a cluster of hosts.

    Exactly one of `host_id`, `cluster` and `connector` says to whom. The same host in another form is an update that
    sends nothing to the array; another host is a replacement. Destroying an attachment ends this mapping alone, and
    never deletes a host. A host in a cluster is attached through the cluster only.
    """

    id: Attr[str | None] = computed("`SIDE/host:HOST_ID/VOLUME_ID` or `SIDE/cluster:NAME/VOLUME_ID`.")
    volume_id: Attr[str] = required(
        "The `id` of the volume or snapshot. One that is only known after apply plans a replacement, so that the "
        "attachment follows a volume that is made in the same run.",
        check=[length(1, 63)],
        replace_when_unknown=True,
    )
    host_id: Attr[str | None] = optional_computed(
        "The host's `id`. One that is only known after apply plans a replacement. Null where a cluster is attached to.",
        check=[length(1, 63)],
        replace_when_unknown=True,
    )
    cluster: Attr[str | None] = optional(
        "XIV: name of the cluster. One that is only known after apply plans a replacement.",
        check=[length(1, 63)],
        replace_when_unknown=True,
    )
    connector: Attr[Connector | None] = optional(
        "Ports of the host, instead of its id: the host that owns all of them is attached to. None is made. "
        "One that is only known after apply plans a replacement."
    )
    lun: Attr[int] = optional_computed(
        "LUN under which the host sees the volume, within the provider's `lun_range`. Unset, the lowest free one is "
        "chosen. On a DS8000 host addressed by LUN masking (`zLinux`, `iSeries`) it follows from the volume's id: "
        "leave it out.",
        check=[at_least(0)],
        replace=True,
    )
    side: Attr[str] = optional_computed(
        "On which array: `home`, which is also where a new attachment goes when it is unset, or `remote`, the "
        "provider's `replication_target`. Volume, host, cluster and `system_id` are then those of the remote array: "
        "write `volume_id = xivds8k_replication.NAME.remote_volume_id`. An attachment that is remote stays so when the "
        "line is taken out, with a warning, and its replacement is refused until it is written again.",
        check=[one_of(HOME, REMOTE)],
        replace=True,
    )
    host_name: Attr[str | None] = computed(
        "Name of the host as of the last refresh; a host that is renamed stays attached. Null for a cluster."
    )
    target_wwpns: Attr[list[str]] = computed(
        "WWPNs of the array's Fibre Channel ports for hosts, sorted, those that are down included: so they change with "
        "the array's ports only. Empty for a host with iSCSI names alone."
    )
    target_iqn: Attr[str | None] = computed("XIV: the array's iSCSI name, for a host with iSCSI names.")
    target_portals: Attr[list[str]] = computed(
        "XIV: addresses of the array's iSCSI portals as `address:3260`, sorted, those that are down included. Empty "
        "for a host with WWPNs alone."
    )
    device_path: Attr[str] = computed("Path of the volume's device on a Linux host, by id.")
    system_id: Attr[str] = computed("System id of the array.")
    in_doubt_since: Attr[str | None] = computed(
        "When Terraform sent a mapping of which no answer told what came of it, and which may still come: until 15 "
        "minutes later it is not called gone. Null as a rule."
    )
    timeouts: Attr[Timeouts | None] = optional("Deadlines for the operations on this attachment.")


def fill(state: HostAttachment, found: ArrayAttachment, side: Side = "home") -> HostAttachment:
    """Fill in what the array of a side reports, keeping the user's spelling where it means the same."""
    state.set(HostAttachment.id, id_of(found, side))
    state.set(HostAttachment.volume_id, _spelled(state.known(HostAttachment.volume_id), found.volume_id))
    written = state.known(HostAttachment.host_id)
    state.set(HostAttachment.host_id, _spelled(written, found.host_id) if found.host_id is not None else None)
    cluster = state.known(HostAttachment.cluster)
    state.set(HostAttachment.cluster, _spelled(cluster, found.cluster) if found.cluster is not None else None)
    state.set(HostAttachment.lun, found.lun)
    state.set(HostAttachment.side, side)
    state.set(HostAttachment.host_name, found.host_name)
    state.set(HostAttachment.target_wwpns, list(found.target_wwpns))
    state.set(HostAttachment.target_iqn, found.target_iqn)
    state.set(HostAttachment.target_portals, list(found.target_portals))
    state.set(HostAttachment.device_path, found.device_path)
    state.set(HostAttachment.system_id, found.system_id)
    state.set(HostAttachment.in_doubt_since, None)
    return state


def side_of(state: HostAttachment) -> Side:
    """Return on which array an attachment is."""
    return "remote" if state.known(HostAttachment.side) == REMOTE else "home"


def id_of(found: ArrayAttachment, side: Side) -> str:
    """Return the id Terraform knows an attachment by."""
    holder = f"cluster:{found.cluster}" if found.cluster is not None else f"host:{found.host_id}"
    return f"{side}/{holder}/{found.volume_id}"


def cluster_of(state: HostAttachment) -> str | None:
    """Return the cluster as the array spells it, as far as the state knows."""
    cluster, attachment_id = state.known(HostAttachment.cluster), state.known(HostAttachment.id)
    if cluster is None or attachment_id is None:
        return cluster
    return attachment_id.partition("/cluster:")[2].removesuffix(f"/{attachment_id.rsplit('/', 1)[-1]}")


def _spelled(written: str | None, found: str) -> str:
    return written if written is not None and written.casefold() == found.casefold() else found


def connector_of(written: Connector) -> DriverConnector:
    """Return the driver's connector for a configured one."""
    return DriverConnector(wwpns=tuple(sorted(written.known(Connector.wwpns) or ())), iqn=written.known(Connector.iqn))


def same_ports(one: Connector | None, other: Connector | None) -> bool:
    """Tell whether two connectors name the same ports, however they spell them."""
    return one is not None and other is not None and ports_in(one) == ports_in(other)


def ports_in(connector: Connector) -> frozenset[str]:
    """Return the ports as they are compared; a text that is none stands for itself."""
    try:
        iscsi = connector.known(Connector.iqn)
        return frozenset((*map(wwpn, connector.known(Connector.wwpns) or ()), *([iqn(iscsi)] if iscsi else [])))
    except Refused:
        return frozenset((*(connector.known(Connector.wwpns) or ()), connector.known(Connector.iqn) or ""))


def named(state: HostAttachment) -> str:
    """Return an attachment for a text."""
    cluster, name = state.known(HostAttachment.cluster), state.known(HostAttachment.host_name)
    host = name or state.known(HostAttachment.host_id) or "of a connector"
    where = f"cluster {cluster}" if cluster else f"host {host}"
    return f"Volume {state.volume_id} on {where}{' of the remote array' if side_of(state) == 'remote' else ''}"


def holder_of(state: HostAttachment) -> str | None:
    """Return to whom an attachment is, as it is compared; None while that is not known."""
    return holder(state.known(HostAttachment.host_id), state.known(HostAttachment.cluster))


def holder(host_id: str | None, cluster: str | None) -> str | None:
    """Return a host or a cluster as it is compared."""
    if cluster is not None:
        return f"cluster:{cluster.casefold()}"
    return f"host:{host_id.casefold()}" if host_id is not None else None


def in_doubt(planned: HostAttachment, system_id: str, host_id: str | None, lost: InDoubt) -> HostAttachment:
    """Return the state of a mapping that may or may not be there: no id, when it was sent and the LUN."""
    state = planned.copy()
    state.raw = {name: None if value is UNKNOWN else value for name, value in state.raw.items()}
    state.set(HostAttachment.system_id, system_id)
    if state.known(HostAttachment.side) is None:
        state.set(HostAttachment.side, HOME)
    if state.known(HostAttachment.host_id) is None:
        state.set(HostAttachment.host_id, host_id)
    if lost.lun is not None:
        state.set(HostAttachment.lun, lost.lun)
    state.set(HostAttachment.in_doubt_since, lost.in_doubt_since)
    return state


def import_hint(host_id: str | None, cluster: str | None, volume_id: str, side: Side) -> str:
    """Return the block that would take the existing attachment under management, to be completed by the user."""
    holder = f"cluster:{cluster}" if cluster is not None else f"host:{host_id}"
    block = f'import {{\n  to = xivds8k_host_attachment.NAME\n  id = "{side}/{holder}/{volume_id}"\n}}'
    return f"If no resource manages it yet, take it over with this block:\n\n{block}"
