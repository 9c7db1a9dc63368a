"""Attaching volumes to hosts and clusters."""

from __future__ import annotations

from ..attaching import Attachment, Connector, HostOrder, Targets
from ..errors import DriverError, Refused
from ..flows.attached import Attached
from ..flows.attachment_trials import Trials
from ..flows.attachments import AttachmentFlows
from ..flows.connections import Connections
from ..flows.detachments import Detachments, Expected
from ..flows.holders import Holder, Holders
from .base import Operations

ONE_OF_THEM = "Give exactly one of host_id, cluster and connector"


class AttachmentOperations(Operations):
    """Attach volumes, detach them, and tell where they are attached."""

    @property
    def _attachments(self) -> AttachmentFlows:
        return AttachmentFlows(self._core)

    @property
    def _attached(self) -> Attached:
        return Attached(self._core)

    # reading

    def find_attachment(
        self,
        volume_id: str,
        *,
        host_id: str | None = None,
        cluster: str | None = None,
        lun: int | None = None,
        deadline: float | None = None,
    ) -> Attachment | None:
        """Return an attachment as it is now, None where the volume is not mapped to that host or cluster itself.

        ``lun`` says which is meant where a DS8000 has mapped the volume to the host several times.
        """
        holder = _holder(host_id, cluster)
        return self._attached.find(volume_id, holder, lun, self._core.budget(deadline))

    def find_recent_attachment(
        self,
        volume_id: str,
        *,
        host_id: str | None = None,
        cluster: str | None = None,
        lun: int | None = None,
        system_id: str,
        deadline: float | None = None,
    ) -> Attachment | None:
        """Return an attachment as it was at most a minute ago, None only where the array says so now.

        For reading many: one listing each of hosts and mappings serves all.  Raises WrongSystem for another array's.
        """
        holder, budget = _holder(host_id, cluster), self._core.budget(deadline)
        return self._attached.find_recent(volume_id, holder, lun, system_id, budget)

    def list_attachments(
        self,
        *,
        host_id: str | None = None,
        cluster: str | None = None,
        volume_id: str | None = None,
        deadline: float | None = None,
    ) -> tuple[Attachment, ...]:
        """Return all attachments that fit, by cluster or host and LUN."""
        budget = self._core.budget(deadline)
        found = self._attached.listing(budget)
        if cluster is not None and all(one.cluster != cluster for one in found):
            cluster = Holders(self._core).spelled(cluster, budget)
        return tuple(
            one
            for one in found
            if (host_id is None or host_id.upper() == one.host_id)
            and cluster in {None, one.cluster}
            and (volume_id is None or volume_id.casefold() == one.volume_id.casefold())
        )

    def attaching_obstacles(
        self,
        *,
        volume_id: str | None,
        host_id: str | None = None,
        cluster: str | None = None,
        lun: int | None = None,
        freed_lun: int | None = None,
        deadline: float | None = None,
    ) -> tuple[DriverError, ...]:
        """Return what ``initialize_connection`` would be refused for now, where None is not known yet.

        ``freed_lun`` is a LUN of the same host or cluster that is ended before.  Raises what keeps it from being told.
        """
        holder = _holder(host_id, cluster) if host_id is not None or cluster is not None else None
        return Trials(self._core).obstacles(volume_id, holder, lun, freed_lun, self._core.budget(deadline))

    # changing

    def initialize_connection(
        self,
        *,
        volume_id: str,
        host_id: str | None = None,
        cluster: str | None = None,
        connector: Connector | None = None,
        lun: int | None = None,
        make_host: HostOrder | None = None,
        new: bool = False,
        expected_host_name: str | None = None,
        expected_volume_name: str | None = None,
        deadline: float | None = None,
    ) -> Attachment:
        """Attach a volume to a host or cluster under the LUN given, else the lowest free one of ``lun_range``.

        The host of a ``connector`` is the one that owns all its ports; where nobody owns them ``make_host`` says what
        host to make, with these ports unless it names others.  One that is attached there already is returned as it
        is, where ``lun`` is unset or its LUN; not where it is to be ``new``.  Raises AlreadyExists, LunTaken and
        NoSpace (``lun``), NotFound (``volume_id``, ``host_id``, ``cluster``, ``connector``), Refused for a host that is
        in a cluster or has other blocks than the volume, InDoubt whose ``lun`` is the one that was sent and whose
        ``in_doubt_since`` the detachment is to be told; an error's ``left_host`` is a host that was made and is left.
        On a DS8000, which gives ids again, a host or volume of another name than expected is refused.
        """
        self._core.allow("Attaching a volume")
        budget = self._core.budget(deadline)
        expected = Expected(host_name=expected_host_name, volume_name=expected_volume_name)
        if connector is None:
            return self._attachments.attach(volume_id, _holder(host_id, cluster), lun, expected, budget, new=new)
        _refuse_several(host_id, cluster)
        return Connections(self._core).attach(volume_id, connector, make_host, lun, budget, expected=expected, new=new)

    def terminate_connection(
        self,
        *,
        volume_id: str,
        host_id: str | None = None,
        cluster: str | None = None,
        connector: Connector | None = None,
        expected_lun: int | None = None,
        expected_host_name: str | None = None,
        expected_volume_name: str | None = None,
        in_doubt_since: str | None = None,
        deadline: float | None = None,
    ) -> tuple[int, ...]:
        """Detach a volume from a host or cluster; one that is gone is done.  Hosts are never deleted.

        On a DS8000, which gives ids and LUNs again, what is not as expected is refused, and of several LUNs only the
        expected one ended: the others are returned.  With the ``in_doubt_since`` of the attaching's error a mapping
        that is not there is refused while it may still come.  Sent once: raises InDoubt where its answer is lost and
        the mapping is still seen.  Raises InUse for a host that sees the volume through its cluster, Refused for a
        ``connector`` whose ports are several hosts'.
        """
        self._core.allow("Detaching a volume", destroys=True)
        budget = self._core.budget(deadline)
        expected = Expected(expected_lun, expected_host_name, expected_volume_name)
        if connector is None:
            holder = _holder(host_id, cluster)
            return Detachments(self._core).detach(volume_id, holder, expected, in_doubt_since, budget)
        _refuse_several(host_id, cluster)
        return Connections(self._core).detach(volume_id, connector, expected, in_doubt_since, budget)

    def create_export(self, *, volume_id: str, deadline: float | None = None) -> Targets:
        """Return the array's ports for hosts, once the volume is seen to be one that can be attached.

        Raises NotFound, Refused for one that is not healthy or the secondary of a pair.
        """
        return self._attached.exportable(volume_id, self._core.budget(deadline))

    def ensure_export(self, *, volume_id: str, deadline: float | None = None) -> Targets:
        """Do as ``create_export``: an array keeps no exports."""
        return self.create_export(volume_id=volume_id, deadline=deadline)

    def remove_export(self, *, volume_id: str, deadline: float | None = None) -> None:
        """Make sure that a volume is attached to nobody; raises InUse naming to whom it is."""
        self._attached.refuse_exported(volume_id, self._core.budget(deadline))


def _holder(host_id: str | None, cluster: str | None) -> Holder:
    if (host_id is None) == (cluster is None):
        raise Refused(ONE_OF_THEM, attribute="host_id")
    return Holder(host_id.upper() if host_id is not None else None, cluster, host_id)


def _refuse_several(host_id: str | None, cluster: str | None) -> None:
    if host_id is not None or cluster is not None:
        raise Refused(ONE_OF_THEM, attribute="connector")
