"""Attaching to the host that owns a connector's ports, made where nobody has them and it is asked for."""

from __future__ import annotations

from dataclasses import replace

from ..attaching import Attachment, Connector, Host, HostOrder
from ..core import Core
from ..errors import AlreadyExists, DriverError, InUse, NotFound, Refused
from ..ports import iqn
from ..waiting import Budget
from .attached import present
from .attachments import AttachmentFlows
from .detachments import Detachments, Expected
from .holders import Holder
from .host_making import HostMakings
from .hosts import HostFlows, ports_of
from .late import refuse_while_mapping_open


class Connections:
    """Attach and detach volumes of one array by the ports of hosts."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._attachments = AttachmentFlows(core)
        self._hosts = HostFlows(core)

    def attach(
        self,
        volume_id: str,
        connector: Connector,
        order: HostOrder | None,
        lun: int | None,
        budget: Budget,
        *,
        expected: Expected,
        new: bool,
    ) -> Attachment:
        """Map a volume to the host of a connector; one this call made is deleted again where that surely failed."""
        try:
            host = self._hosts.owning(connector, budget)
        except NotFound:
            if order is None:
                raise
            if not self._is_owned(connector, budget):
                return self._attach_new(volume_id, connector, order, lun, budget, expected=expected, new=new)
            host = self._hosts.owning(connector, budget)  # made since the first look, or of a part of the ports
        return self._attachments.attach(volume_id, Holder(host.id), lun, expected, budget, new=new)

    def _attach_new(
        self,
        volume_id: str,
        connector: Connector,
        order: HostOrder,
        lun: int | None,
        budget: Budget,
        *,
        expected: Expected,
        new: bool,
    ) -> Attachment:
        present(self._core.array.volumes, volume_id, budget)  # before there is anything to undo
        if not (order.wwpns or order.iqns):
            order = replace(order, wwpns=connector.wwpns, iqns=(connector.iqn,) if connector.iqn else ())
        _refuse_portless(order, connector)
        makings = HostMakings(self._core)
        try:
            host, answered = makings.make(order, budget)
        except (AlreadyExists, InUse) as taken:
            owner = self._made_meanwhile(connector, budget) if taken.left_host is None else None
            if owner is None:
                raise
            return self._attachments.attach(volume_id, Holder(owner.id), lun, expected, budget, new=new)
        try:
            return self._attachments.attach(volume_id, Holder(host.id), lun, expected, budget, new=new)
        except DriverError as error:
            raise makings.undone(order, host.id, error, answered=answered) from error
        finally:
            self._core.recent.forget()

    def _made_meanwhile(self, connector: Connector, budget: Budget) -> Host | None:
        """Return the host of a connector that somebody made while this call was about to."""
        try:
            return self._hosts.owning(connector, budget)
        except (NotFound, Refused):
            return None

    def detach(
        self, volume_id: str, connector: Connector, expected: Expected, in_doubt_since: str | None, budget: Budget
    ) -> tuple[int, ...]:
        """End the mapping of a volume to the host of a connector; where nobody has any of its ports there is none.

        Returns and raises as ``Detachments.detach``.
        """
        try:
            host = self._hosts.owning(connector, budget)
        except NotFound:
            if self._is_owned(connector, budget):
                raise
            refuse_while_mapping_open(volume_id, "the host of these ports", in_doubt_since)
            return ()
        return Detachments(self._core).detach(volume_id, Holder(host.id), expected, in_doubt_since, budget)

    def _is_owned(self, connector: Connector, budget: Budget) -> bool:
        """Tell whether any host has any of the ports."""
        wanted = {*ports_of(connector)}
        return any(wanted & {*host.ports} for host in self._core.array.hosts.listing(budget))


def _refuse_portless(order: HostOrder, connector: Connector) -> None:
    """Refuse to make a host that would not own the connector's ports: it would not be found again by them."""
    given = {*ports_of(Connector(wwpns=order.wwpns)), *map(iqn, order.iqns)}
    missing = [port for port in ports_of(connector) if port not in given]
    if missing:
        raise Refused(
            f"Host {order.name} would not have the connector's port {', '.join(missing)}",
            happened="The volume would be attached to a host that is not the connector's.",
            left_behind="Nothing was changed.",
            next_step="Let make_host name these ports too, or none at all: then it gets the connector's.",
            attribute="make_host",
        )
