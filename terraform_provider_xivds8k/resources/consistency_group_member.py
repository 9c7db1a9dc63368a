"""The membership of a volume in a consistency group: on the array of an XIV, in the state alone of a DS8000."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    BadCredentials,
    DriverError,
    InDoubt,
    NotFound,
    Refused,
    Unsupported,
    Volume,
    XIVDS8KDriver,
)
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
from terraform_provider_xivds8k.schema import UNKNOWN

from .consistency_group_member_model import (
    WAYS_OUT,
    ConsistencyGroupMember,
    ConsistencyGroupMemberFilters,
    ConsistencyGroupMemberIdentity,
    finished,
    import_hint,
    in_doubt,
)
from .other_system import refuse_other_system
from .replica import HomeSilentError, standing_in

_log = logging.getLogger("resources.consistency_group")
LEAVES = "leaves"  # private, while a replacement is planned: the member that goes before this one comes
FORM = "\"GROUP/VOLUME\": the group's name and the volume's WWN"


class ConsistencyGroupMemberResource(ListableResource[ConsistencyGroupMember, XIVDS8KDriver]):
    """Keep a volume in a consistency group."""

    model = ConsistencyGroupMember
    identity = ConsistencyGroupMemberIdentity
    list_config = ConsistencyGroupMemberFilters

    def plan(self, change: Change[ConsistencyGroupMember]) -> None:
        _plan_spelling(change)
        moves = change.changes(ConsistencyGroupMember.consistency_group_id) or change.changes(
            ConsistencyGroupMember.volume_id
        )
        if moves:
            if change.prior is not None:
                change.private[LEAVES] = change.prior.id
            self._warn_of_refusal(change)
        elif change.prior is not None and change.prior.is_null(ConsistencyGroupMember.id):
            change.planned.set(ConsistencyGroupMember.id, UNKNOWN)
        if change.prior is not None:
            prior = change.prior
            refuse_other_system(_named(prior), prior.system_id, self.configured, change.diagnostics)

    def _warn_of_refusal(self, change: Change[ConsistencyGroupMember]) -> None:
        """Tell what can be seen already of why the apply would be refused; the array may change until then."""
        group_id = change.config.known(ConsistencyGroupMember.consistency_group_id)
        volume_id = change.config.known(ConsistencyGroupMember.volume_id)
        if group_id is None or volume_id is None or self.configured is None or self.configured.family != "xiv":
            return
        try:
            system_id = self.driver.system_id()
            volume = self.driver.find_recent_volume(volume_id, system_id=system_id)
            group = self.driver.find_recent_consistencygroup(group_id, system_id=system_id)
        except BadCredentials as refused:
            change.diagnostics.add(refused)
            return
        except DriverError as error:
            _log.info("member not looked up: %s", error.summary)
            return
        problem = None
        if volume is not None and volume.group and f"{volume.group}/{volume.id}" != change.private.get(LEAVES):
            problem = f"Volume {volume.name} belongs to consistency group {volume.group}"
        elif volume is not None and group is not None and volume.pool_id != group.pool_id:
            problem = f"Volume {volume.name} is in pool {volume.pool_name}, group {group_id} in {group.pool_name}"
        if problem:
            change.diagnostics.warning(
                ConsistencyGroupMember.volume_id,
                problem,
                "The apply will be refused while this is so, unless it is taken out or moved before in the same apply.",
            )

    def plan_destroy(self, prior: ConsistencyGroupMember, private: Private, diagnostics: Diagnostics) -> None:
        refuse_other_system(_named(prior), prior.system_id, self.configured, diagnostics)

    def create(self, operation: Create[ConsistencyGroupMember]) -> ConsistencyGroupMember:
        planned = operation.planned
        operation.private.pop(LEAVES, None)
        # asked first: after a lost answer or a stop nobody may tell any more
        system_id = self.driver.system_id(deadline=operation.left_s)
        try:
            (joined,) = self.driver.update_consistencygroup(
                group_id=planned.consistency_group_id, add=(planned.volume_id,), deadline=operation.left_s
            )
        except AlreadyExists as member:
            member.next_step = import_hint(planned.consistency_group_id, planned.volume_id)
            raise
        except InDoubt:
            operation.keep(in_doubt(planned, system_id))
            raise
        state = planned.copy()
        state.set(ConsistencyGroupMember.system_id, system_id)
        return finished(state, joined)

    def update(self, operation: Update[ConsistencyGroupMember]) -> ConsistencyGroupMember:
        """Find out what is in doubt; all else is kept in the state only."""
        state = operation.prior.copy()
        self.driver.check_system(state.system_id, deadline=operation.left_s)
        if state.id is None:
            volume = self.driver.find_volume(state.volume_id, deadline=operation.left_s)
            if volume is None or not _is_member(state, volume):
                raise Refused(
                    f"{_named(state)} is in doubt and was not taken over",
                    happened=f"The answer was lost when it was put in. Now {_whereabouts(state, volume)}.",
                    left_behind="Nothing was changed.",
                    next_step="Run it again: the next plan puts it in.",
                )
            finished(state, volume)
        state.raw[ConsistencyGroupMember.timeouts.name] = operation.planned.raw[ConsistencyGroupMember.timeouts.name]
        return state

    def delete(self, operation: Delete[ConsistencyGroupMember]) -> None:
        """Take the volume out; a membership holds nothing, so one in doubt goes the same way."""
        prior = operation.prior
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        self.driver.update_consistencygroup(
            group_id=prior.consistency_group_id, remove=(prior.volume_id,), deadline=operation.left_s
        )

    def read(self, operation: Read[ConsistencyGroupMember]) -> ConsistencyGroupMember | None:
        state = operation.state
        group_id = state.consistency_group_id  # its name, where it can be mirrored
        try:
            with standing_in(
                self.driver,
                group_id,
                name=group_id,
                system_id=state.system_id,
                diagnostics=operation.diagnostics,
                what="member",
                said=f"{state.volume_id} of consistency group {group_id}",
            ):
                found = self.driver.find_recent_volume(
                    state.volume_id, system_id=state.system_id, deadline=operation.left_s
                )
        except HomeSilentError:
            return state
        if found is not None and self.driver.keeps_consistencygroups and not _is_member(state, found):
            found = self.driver.find_volume(state.volume_id, deadline=operation.left_s)
        if found is None or (self.driver.keeps_consistencygroups and not _is_member(state, found)):
            operation.diagnostics.warning(
                None,
                f"{_named(state)} {'was never put in' if state.id is None else 'is none any more'}",
                f"On array {state.system_id} {_whereabouts(state, found)}. The next apply puts the volume in; remove "
                "the block instead if it shall stay out.",
            )
            return None
        if state.id is None:
            operation.diagnostics.warning(
                None,
                f"It is not known who put {_named(state)} in",
                f"The answer was lost when Terraform did; now {_whereabouts(state, found)}. {WAYS_OUT}",
            )
        return state

    def identify(self, state: ConsistencyGroupMember) -> ConsistencyGroupMemberIdentity | None:
        member_id = state.known(ConsistencyGroupMember.id)
        if not member_id:
            return None
        return ConsistencyGroupMemberIdentity(
            system_id=state.known(ConsistencyGroupMember.system_id),
            consistency_group_id=state.consistency_group_id,
            volume_id=member_id.rpartition("/")[2],  # as the array spells it
        )

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[ConsistencyGroupMember]:
        group_id, _, volume_id = text.rpartition("/")
        if not group_id or not volume_id:
            raise Refused(f"{text!r} names no member of a consistency group", next_step=f"Import by {FORM}.")
        return self._imported(group_id, volume_id)

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[ConsistencyGroupMember]:
        if identity.system_id is not None:
            self.driver.check_system(identity.system_id)
        return self._imported(identity.consistency_group_id, identity.volume_id)

    def _imported(self, group_id: str, volume_id: str) -> Imported[ConsistencyGroupMember]:
        if not self.driver.keeps_consistencygroups:
            raise Unsupported(
                "A member of a consistency group of a DS8000 cannot be imported",
                happened="A DS8000 knows no groups, so there is none to find.",
                next_step="Write the block and apply: it costs nothing, and nothing is sent to the array.",
            )
        try:
            volume = self.driver.find_volume(volume_id)
        except Refused as refusal:
            refusal.next_step = f"Import by {FORM}."
            raise
        if volume is None or volume.group != group_id:
            where = f"is in {volume.group or 'no group'}" if volume is not None else "is not on the array"
            raise NotFound(
                f"Volume {volume_id} is no member of consistency group {group_id!r}",
                happened=f"The volume {where}.",
                next_step=f"Import by {FORM}.",
            )
        return Imported(_adopted(group_id, volume))

    def listing(self, filters: ConsistencyGroupMemberFilters) -> Iterator[Listed[ConsistencyGroupMember]]:
        if filters.consistency_group_id is not None:
            volumes = self.driver.consistencygroup_members(filters.consistency_group_id)
        else:
            self.driver.list_consistencygroups()  # says so where the array has none
            volumes = self.driver.list_volumes()
        for volume in volumes:
            if volume.group is not None and not volume.is_snapshot:
                yield Listed(_adopted(volume.group, volume), f"{volume.group}/{volume.name}")

    def generate(self, state: ConsistencyGroupMember) -> ConsistencyGroupMember:
        config = state.copy()
        config.set(ConsistencyGroupMember.timeouts, None)
        return config


def _adopted(group_id: str, volume: Volume) -> ConsistencyGroupMember:
    state = ConsistencyGroupMember.nothing()
    state.set(ConsistencyGroupMember.consistency_group_id, group_id)
    state.set(ConsistencyGroupMember.volume_id, volume.id)
    state.set(ConsistencyGroupMember.system_id, volume.system_id)
    return finished(state, volume)


def _plan_spelling(change: Change[ConsistencyGroupMember]) -> None:
    """Keep the prior spelling of the same volume id."""
    written = change.planned.known(ConsistencyGroupMember.volume_id)
    prior = change.prior.known(ConsistencyGroupMember.volume_id) if change.prior is not None else None
    if written is not None and prior is not None and written.casefold() == prior.casefold():
        change.keep_prior(ConsistencyGroupMember.volume_id)


def _is_member(state: ConsistencyGroupMember, volume: Volume | None) -> bool:
    return volume is not None and volume.group == state.consistency_group_id


def _named(state: ConsistencyGroupMember) -> str:
    return f"Member {state.volume_id} of consistency group {state.consistency_group_id}"


def _whereabouts(state: ConsistencyGroupMember, volume: Volume | None) -> str:
    if volume is None:
        return f"volume {state.volume_id} is not there"
    return f"volume {volume.name} is in {f'consistency group {volume.group}' if volume.group else 'no group'}"
