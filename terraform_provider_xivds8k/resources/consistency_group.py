"""The consistency group resource: an object of the array on an XIV, a line of the state on a DS8000."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.driver import AlreadyExists, InDoubt, NotFound, Unsupported, XIVDS8KDriver
from terraform_provider_xivds8k.driver import ConsistencyGroup as ArrayGroup
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

from . import consistency_group_doubt as doubt
from .consistency_group_model import (
    ConsistencyGroup,
    ConsistencyGroupFilters,
    ConsistencyGroupIdentity,
    fill,
    import_hint,
    remember,
)
from .consistency_group_plan import (
    plan_doubt,
    plan_family,
    plan_name,
    plan_pool,
    refuse_replacing_used,
    warn_of_users,
)
from .other_system import refuse_other_system
from .replica import HomeSilentError, standing_in


class ConsistencyGroupResource(ListableResource[ConsistencyGroup, XIVDS8KDriver]):
    """Keep a consistency group."""

    model = ConsistencyGroup
    identity = ConsistencyGroupIdentity
    list_config = ConsistencyGroupFilters

    @property
    def _family(self) -> str | None:
        return self.configured.family if self.configured else None

    def plan(self, change: Change[ConsistencyGroup]) -> None:
        plan_family(change, self._family)
        plan_name(change, self._family)
        if not change.diagnostics.has_errors:
            plan_pool(change, self.configured)
        plan_doubt(change)
        if change.prior is not None:
            refuse_other_system(change.prior.name, change.prior.system_id, self.configured, change.diagnostics)

    def plan_replacement(self, change: Change[ConsistencyGroup]) -> None:
        if change.prior is not None:
            refuse_replacing_used(change.prior, self.configured, change.diagnostics)

    def plan_destroy(self, prior: ConsistencyGroup, private: Private, diagnostics: Diagnostics) -> None:
        refuse_other_system(prior.name, prior.system_id, self.configured, diagnostics)
        warn_of_users(prior, self.configured, diagnostics)

    def create(self, operation: Create[ConsistencyGroup]) -> ConsistencyGroup:
        planned = operation.planned
        # asked first: after a lost answer or a stop nobody may tell any more
        system_id = self.driver.system_id(deadline=operation.left_s)
        try:
            made = self.driver.create_consistencygroup(name=planned.name, pool=planned.pool, deadline=operation.left_s)
        except AlreadyExists as taken:
            taken.next_step = import_hint(planned.name)
            raise
        except InDoubt:
            operation.keep(doubt.state_of(planned, system_id))
            raise
        remember(operation.private, made)
        return fill(planned.copy(), made)

    def update(self, operation: Update[ConsistencyGroup]) -> ConsistencyGroup:
        """Take over what is in doubt; all else is kept in the state only."""
        planned, state = operation.planned, operation.prior.copy()
        self.driver.check_system(operation.prior.system_id, deadline=operation.left_s)
        if operation.prior.id is None:
            doubt.take_candidate(self.driver, state, operation)
        for attribute in (ConsistencyGroup.name, ConsistencyGroup.pool, ConsistencyGroup.timeouts):
            state.raw[attribute.name] = planned.raw[attribute.name]
        return state

    def delete(self, operation: Delete[ConsistencyGroup]) -> None:
        prior = operation.prior
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        if prior.id is None:
            doubt.delete_candidate(self.driver, operation)
            return
        self.driver.delete_consistencygroup(group_id=prior.id, deadline=operation.left_s)

    def read(self, operation: Read[ConsistencyGroup]) -> ConsistencyGroup | None:
        state = operation.state
        if state.id is None or not self.driver.keeps_consistencygroups:
            self.driver.check_system(state.system_id, deadline=operation.left_s)
            if state.id is None:
                return doubt.read(self.driver, state, operation.diagnostics, operation.left_s)
            return state
        try:
            with standing_in(
                self.driver,
                state.id,
                name=state.name,
                system_id=state.system_id,
                diagnostics=operation.diagnostics,
                what="group",
            ):
                found = self.driver.find_recent_consistencygroup(
                    state.id, system_id=state.system_id, deadline=operation.left_s
                )
        except HomeSilentError:
            return state
        if found is None:
            operation.diagnostics.warning(
                None,
                f"Consistency group {state.name} is gone",
                f"Array {state.system_id} has no group {state.id} any more: it was deleted or renamed outside "
                "Terraform. The next apply makes a new, empty one; remove its block instead if it shall stay gone.",
            )
            return None
        return fill(state, found)

    def identify(self, state: ConsistencyGroup) -> ConsistencyGroupIdentity | None:
        group_id = state.known(ConsistencyGroup.id)
        if not group_id:
            return None
        return ConsistencyGroupIdentity(system_id=state.known(ConsistencyGroup.system_id), id=group_id)

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[ConsistencyGroup]:
        form, _, rest = text.partition(":")
        return self._imported(rest if form == "name" and rest else text)

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[ConsistencyGroup]:
        if identity.system_id is not None:
            self.driver.check_system(identity.system_id)
        return self._imported(identity.id)

    def _imported(self, name: str) -> Imported[ConsistencyGroup]:
        if not self.driver.keeps_consistencygroups:
            raise Unsupported(
                "A consistency group of a DS8000 cannot be imported",
                happened="A DS8000 knows no groups, so there is none to find.",
                next_step="Write the block and apply: it costs nothing, and nothing is sent to the array.",
            )
        try:
            found = self.driver.get_consistencygroup(name)
        except NotFound as missing:
            missing.next_step = f'{missing.next_step} Import by "name:NAME".'
            raise
        private = Private()
        remember(private, found)
        return Imported(_adopted(found), private)

    def listing(self, filters: ConsistencyGroupFilters) -> Iterator[Listed[ConsistencyGroup]]:
        found = self.driver.list_consistencygroups(name=filters.name, name_regex=filters.name_regex, pool=filters.pool)
        for group in found:
            yield Listed(_adopted(group), group.name)

    def generate(self, state: ConsistencyGroup) -> ConsistencyGroup:
        config = state.copy()
        config.set(ConsistencyGroup.timeouts, None)
        return config


def _adopted(found: ArrayGroup) -> ConsistencyGroup:
    return fill(ConsistencyGroup.nothing(), found)
