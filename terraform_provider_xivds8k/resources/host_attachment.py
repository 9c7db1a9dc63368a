"""The attachment resource: a volume mapped to a host or a cluster, found again by their ids."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    DriverError,
    InDoubt,
    NotFound,
    Refused,
    Side,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.driver import Attachment as ArrayAttachment
from terraform_provider_xivds8k.lifecycle import (
    Change,
    Create,
    Delete,
    Diagnostics,
    Imported,
    ListableResource,
    Listed,
    Private,
    Read,
    Update,
)

from . import host_attachment_connector as connectors
from . import host_attachment_doubt as doubt
from . import host_attachment_luns as luns
from . import host_attachment_plan as planning
from . import host_attachment_replacement as replacement
from . import host_attachment_side as sides
from . import host_attachment_side_unset as unset
from .host_attachment_listing import attachments
from .host_attachment_model import (
    HOME,
    REMOTE,
    HostAttachment,
    HostAttachmentFilters,
    HostAttachmentIdentity,
    cluster_of,
    connector_of,
    fill,
    import_hint,
    in_doubt,
    named,
    same_ports,
    side_of,
)

_log = logging.getLogger("resources.host_attachment")
FORM = '"host:HOST_ID/VOLUME_ID" or "cluster:NAME/VOLUME_ID", with "remote/" before it for the replication target\'s'
_ID = re.compile(r"(?:(?P<side>home|remote)/)?(?P<kind>host|cluster):(?P<holder>.+)/(?P<volume>[^/]+)")


class HostAttachmentResource(ListableResource[HostAttachment, XIVDS8KDriver]):
    """Keep a volume attached to a host or a cluster."""

    model = HostAttachment
    identity = HostAttachmentIdentity
    list_config = HostAttachmentFilters

    def validate(self, config: HostAttachment, diagnostics: Diagnostics) -> None:
        planning.validate(config, diagnostics)

    def plan(self, change: Change[HostAttachment]) -> None:
        planning.plan_family(change, self.configured.family if self.configured else None)
        planning.plan_side(change)
        usable = self.configured if sides.is_usable(change, self.configured) else None
        planning.plan_holder(change, usable)
        connectors.advise(change, usable)
        planning.plan_lun(change, self.configured)
        planning.plan_unknown_lun(change)
        unset.plan(change)
        if usable is not None and change.prior is None:
            self._warn(change)
        if change.prior is not None:
            if change.prior.is_null(HostAttachment.id):
                doubt.plan(change)
            sides.refuse_other_array(named(change.prior), change.prior, self.configured, change.diagnostics)

    def _warn(self, change: Change[HostAttachment]) -> None:
        try:
            sides.warn_of_both_writable(self.driver, change.planned, change.diagnostics)
        except DriverError as error:
            _log.info("the pair is not looked up: %s", error.summary)

    def _array(self, state: HostAttachment) -> XIVDS8KDriver:
        return sides.array_of(self.driver, side_of(state))

    def named(self, state: HostAttachment) -> str:
        return named(state)

    def plan_replacement(self, change: Change[HostAttachment]) -> None:
        unset.plan_replacement(change)
        replacement.check(change, self.configured)
        if change.prior is not None:
            sides.warn_of_serving(named(change.prior), change.prior, self.configured, change.diagnostics)

    def plan_destroy(self, prior: HostAttachment, private: Private, diagnostics: Diagnostics) -> None:
        sides.refuse_other_array(named(prior), prior, self.configured, diagnostics)
        sides.warn_of_serving(named(prior), prior, self.configured, diagnostics)
        private[replacement.PLANNED] = True

    @luns.tells_of_chosen_luns
    @replacement.tells_what_was_detached
    def create(self, operation: Create[HostAttachment]) -> HostAttachment:
        planned = operation.planned
        planning.refuse_other_forms(operation.config)
        unset.refuse_half(operation, self.configured)
        # asked first: after a lost answer or a stop nobody may tell any more
        array, side = self._array(planned), side_of(planned)
        system_id = array.system_id(deadline=operation.left_s)
        host_id, cluster = self._holder(planned, operation.left_s)
        try:
            made = array.initialize_connection(
                volume_id=planned.volume_id,
                host_id=host_id,
                cluster=cluster,
                lun=planned.known(HostAttachment.lun),
                new=True,
                deadline=operation.left_s,
            )
        except AlreadyExists as there:
            if there.attribute == "volume_id":
                there.next_step = import_hint(host_id, cluster, planned.volume_id, side)
            raise
        except InDoubt as lost:
            operation.keep(in_doubt(planned, system_id, host_id, lost))
            raise
        sides.warn_of_both_writable(self.driver, planned, operation.diagnostics, deadline=operation.left_s)
        return fill(planned.copy(), made, side)

    def _holder(self, planned: HostAttachment, deadline: float) -> tuple[str | None, str | None]:
        """Return the host's id or the cluster's name."""
        connector = planned.known(HostAttachment.connector)
        if connector is not None:
            return self._array(planned).host_owning(connector_of(connector), deadline=deadline).id, None
        return planned.known(HostAttachment.host_id), planned.known(HostAttachment.cluster)

    def update(self, operation: Update[HostAttachment]) -> HostAttachment:
        """Settle what is in doubt, and make sure that another form means the same host; nothing is sent."""
        prior, planned = operation.prior, operation.planned
        array = self._array(prior)
        array.check_system(prior.system_id, deadline=operation.left_s)
        self._refuse_other_host(prior, planned, operation.left_s)
        state = prior.copy()
        if prior.id is None:
            fill(state, doubt.candidate(array, prior, operation.left_s), side_of(prior))
        for attribute in (HostAttachment.connector, HostAttachment.timeouts):
            state.raw[attribute.name] = planned.raw[attribute.name]
        return state

    def _refuse_other_host(self, prior: HostAttachment, planned: HostAttachment, deadline: float) -> None:
        connector = planned.known(HostAttachment.connector)
        if connector is None or same_ports(connector, prior.known(HostAttachment.connector)):
            return
        owner = self._array(prior).host_owning(connector_of(connector), deadline=deadline)
        if owner.id.casefold() != (prior.known(HostAttachment.host_id) or "").casefold():
            raise Refused(
                f"The connector's ports are host {owner.name}'s (id {owner.id}), not host {prior.host_id}'s",
                left_behind="Nothing was changed.",
                next_step="Plan again: another host is a replacement.",
                attribute="connector",
            )

    @replacement.notes_what_is_detached
    def delete(self, operation: Delete[HostAttachment]) -> None:
        prior = operation.prior
        array = self._array(prior)
        array.check_system(prior.system_id, deadline=operation.left_s)
        if prior.id is None:
            doubt.refuse_others(array, prior, operation.left_s)
        others = array.terminate_connection(
            volume_id=prior.volume_id,
            host_id=prior.known(HostAttachment.host_id),
            cluster=prior.known(HostAttachment.cluster),
            expected_lun=prior.known(HostAttachment.lun),
            expected_host_name=prior.known(HostAttachment.host_name),
            in_doubt_since=prior.known(HostAttachment.in_doubt_since),
            deadline=operation.left_s,
        )
        if others:
            operation.diagnostics.warning(
                None,
                f"{named(prior)} is still attached as LUN {', '.join(map(str, others))}",
                "Somebody else mapped it there too; only Terraform's own LUN was ended.",
            )

    def read(self, operation: Read[HostAttachment]) -> HostAttachment | None:
        state = operation.state
        array = self._array(state)
        if state.id is None:
            array.check_system(state.system_id, deadline=operation.left_s)
            return doubt.read(array, state, operation.diagnostics, operation.left_s)
        found = array.find_recent_attachment(
            state.volume_id,
            host_id=state.known(HostAttachment.host_id),
            cluster=cluster_of(state),
            lun=state.known(HostAttachment.lun),
            system_id=state.system_id,
            deadline=operation.left_s,
        )
        if found is None:
            operation.diagnostics.warning(
                None,
                f"{named(state)} is not attached any more",
                f"Array {state.system_id} has no such mapping: it was ended outside Terraform, or the host or the "
                "volume is gone. The next apply attaches it; remove the block instead if it shall stay detached.",
            )
            return None
        return fill(state, found, side_of(state))

    def identify(self, state: HostAttachment) -> HostAttachmentIdentity | None:
        attachment_id = state.known(HostAttachment.id)
        if not attachment_id:
            return None
        side, kind, holder, volume_id = _parts(attachment_id)
        return HostAttachmentIdentity(
            system_id=state.known(HostAttachment.system_id),
            side=side,
            host_id=holder if kind == "host" else None,
            cluster=holder if kind == "cluster" else None,
            volume_id=volume_id,
        )

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[HostAttachment]:
        side, kind, holder, volume_id = _parts(text)
        return self._imported(
            side, holder if kind == "host" else None, holder if kind == "cluster" else None, volume_id
        )

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[HostAttachment]:
        if (identity.host_id is None) == (identity.cluster is None):
            raise Refused("The identity names no host and no cluster, or both", next_step="Give one of them.")
        if identity.side not in {None, HOME, REMOTE}:
            raise Refused(
                f"There is no side {identity.side!r}", next_step='Write "home" or "remote".', attribute="side"
            )
        side: Side = "remote" if identity.side == REMOTE else "home"
        if identity.system_id is not None:
            sides.array_of(self.driver, side).check_system(identity.system_id)
        return self._imported(side, identity.host_id, identity.cluster, identity.volume_id)

    def _imported(self, side: Side, host: str | None, cluster: str | None, volume_id: str) -> Imported[HostAttachment]:
        array = sides.array_of(self.driver, side)
        host_id = array.get_host(host).id if host is not None else None
        found = array.find_attachment(volume_id, host_id=host_id, cluster=cluster)
        if found is None:
            known = array.list_attachments(host_id=host_id, cluster=cluster)
            raise NotFound(
                f"Volume {volume_id} is not attached to {f'cluster {cluster}' if cluster else f'host {host}'}",
                happened=f"Attached there are: {', '.join(one.volume_id for one in known) or 'no volumes'}.",
                next_step=f"Import by {FORM}.",
            )
        return Imported(fill(HostAttachment.nothing(), found, side))

    def listing(self, filters: HostAttachmentFilters) -> Iterator[Listed[HostAttachment]]:
        for side, found in attachments(self.driver, filters, self.not_listed):
            where = "remote: " if side == REMOTE else ""
            yield Listed(fill(HostAttachment.nothing(), found, side), f"{where}{_shown(found)}")

    def generate(self, state: HostAttachment) -> HostAttachment:
        config = state.copy()
        config.set(HostAttachment.timeouts, None)
        return config


def _parts(text: str) -> tuple[Side, str, str, str]:
    """Return side, kind, host or cluster, and volume of an id; raises Refused for another text."""
    found = _ID.fullmatch(text)
    if not found:
        raise Refused(f"{text!r} names no attachment", next_step=f"Import by {FORM}.", attribute="id")
    side: Side = "remote" if found["side"] == REMOTE else "home"
    return side, found["kind"], found["holder"], found["volume"]


def _shown(found: ArrayAttachment) -> str:
    return f"{found.cluster or found.host_name} LUN {found.lun}: {found.volume_id}"
