"""The host resource: a host with its ports, type, cluster and CHAP, found by the id the array gave it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    Ambiguous,
    DriverError,
    HostFilter,
    InDoubt,
    InUse,
    NotFound,
    Refused,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.driver import Host as ArrayHost
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
from terraform_provider_xivds8k.schema import is_wholly_known

from . import host_cluster, host_doubt, host_name, host_plan
from .host_changes import changes_of, secret_of
from .host_model import Host, HostFilters, HostIdentity, driver_filter, fill, fill_new, import_hint
from .other_system import refuse_other_system

LEAST_LOOK_S = 5.0
FORMS = 'the host\'s id on the array ("H1" on a DS8000, a number on an XIV) or "name:NAME"'


class HostResource(ListableResource[Host, XIVDS8KDriver]):
    """Keep a host on an array."""

    model = Host
    identity = HostIdentity
    list_config = HostFilters

    def plan(self, change: Change[Host]) -> None:
        family = self.configured.family if self.configured else None
        host_plan.plan_family(change, family)
        host_plan.plan_names(change, family)
        host_name.plan_written(change, family)
        host_plan.plan_spelling(change)
        host_plan.plan_chap(change)
        host_plan.plan_doubt(change)
        host_plan.plan_type(change, self.configured)
        host_cluster.plan_spelling(change, self.configured)
        host_plan.plan_cluster(change, self.configured)
        host_plan.plan_taken(change, self.configured)
        host_plan.plan_mode(change)
        if change.prior is not None:
            refuse_other_system(change.prior.name, change.prior.system_id, self.configured, change.diagnostics)

    def plan_destroy(self, prior: Host, private: Private, diagnostics: Diagnostics) -> None:
        refuse_other_system(prior.name, prior.system_id, self.configured, diagnostics)
        family = self.configured.family if self.configured else None
        host_name.warn_of_foreign_name(prior, family, diagnostics, refused="That")
        host_plan.warn_of_users(prior, self.configured, diagnostics)

    def create(self, operation: Create[Host]) -> Host:
        planned = operation.planned
        # asked first: after a lost answer or a stop nobody may tell any more
        system_id = self.driver.system_id(deadline=operation.left_s)
        try:
            made = self.driver.create_host(
                name=planned.name,
                type=planned.known(Host.type),
                wwpns=tuple(sorted(planned.known(Host.wwpns) or ())),
                iqns=tuple(sorted(planned.known(Host.iqns) or ())),
                cluster=planned.known(Host.cluster) or None,
                chap_name=planned.known(Host.chap_name) or None,
                chap_secret=secret_of(operation.config),
                deadline=operation.left_s,
            )
        except AlreadyExists as taken:
            if taken.attribute == "name":
                taken.next_step = import_hint(self._who_has(planned.name, operation.left_s))
            raise
        except DriverError as error:
            if error.left_host is not None:
                operation.keep(fill(host_doubt.state_of(planned, system_id), error.left_host))
            elif isinstance(error, InDoubt):
                operation.keep(host_doubt.state_of(planned, system_id))
            raise
        state = host_cluster.fill_as_planned(planned.copy(), planned, made)
        state.set(Host.written_name, made.name)
        return state

    def _who_has(self, name: str, deadline: float) -> str:
        """Return by what the host of a taken name is imported: its id, for an array may not mind the case of names."""
        try:
            found = self.driver.list_hosts(deadline=deadline)
        except DriverError:
            return f"name:{name}"
        alike = [host.id for host in found if host.name.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else f"name:{name}"

    def update(self, operation: Update[Host]) -> Host:
        prior, planned = operation.prior, operation.planned
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        reached = prior.copy()
        if prior.id is None:
            host_doubt.take_candidate(self.driver, reached, operation)
        reached.raw[Host.timeouts.name] = planned.raw[Host.timeouts.name]
        operation.keep(reached)
        wanted = changes_of(reached, planned, secret_of(operation.config))
        left = reached.known(Host.cluster)
        if wanted:
            self._change(operation, reached, wanted)
        reached.set(Host.written_name, planned.name)
        if left and left != reached.known(Host.cluster):
            host_cluster.name_empty(self.driver, left, operation.diagnostics, operation.left_s)
        state = planned.copy()
        state.raw |= {name: reached.raw[name] for name, value in state.raw.items() if not is_wholly_known(value)}
        return state

    def _change(self, operation: Update[Host], reached: Host, wanted: dict[str, Any]) -> None:
        """Send the changes; where one fails, the state is what the array has then."""
        host_id = reached.id or ""
        try:
            found = self.driver.update_host(host_id, expected_name=reached.name, deadline=operation.left_s, **wanted)
        except DriverError as error:
            now = self._as_now(host_id, operation.left_s)
            if now is not None:
                state = fill(reached.copy(), now)
                if wanted.get("name") == now.name and error.attribute != "name":
                    state.set(Host.written_name, now.name)
                operation.keep(state)
            raise
        host_cluster.fill_as_planned(reached, operation.planned, found)

    def _as_now(self, host_id: str, deadline: float) -> ArrayHost | None:
        try:
            return self.driver.find_host(host_id, deadline=max(deadline, LEAST_LOOK_S))
        except DriverError:
            return None

    def delete(self, operation: Delete[Host]) -> None:
        prior = operation.prior
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        if prior.id is None:
            host_doubt.delete_candidate(self.driver, operation)
            return
        expected = host_name.name_to_delete(prior, self.driver.settings.family)
        try:
            self.driver.delete_host(prior.id, expected_name=expected, deadline=operation.left_s)
        except InUse as used:
            used.next_step = host_plan.UNMAP_THEM
            raise
        if prior.cluster:
            host_cluster.name_empty(self.driver, prior.cluster, operation.diagnostics, operation.left_s)

    def read(self, operation: Read[Host]) -> Host | None:
        state = operation.state
        if state.id is None:
            self.driver.check_system(state.system_id, deadline=operation.left_s)
            return host_doubt.read(self.driver, state, operation.diagnostics, operation.left_s)
        found = self.driver.find_recent_host(state.id, system_id=state.system_id, deadline=operation.left_s)
        if found is None:
            operation.diagnostics.warning(
                None,
                f"Host {state.name} is gone",
                f"Array {state.system_id} has no host {state.id} any more: it was deleted outside Terraform. The next "
                "apply makes a new one, to which nothing is mapped; remove its block instead if it shall stay gone.",
            )
            return None
        return host_cluster.fill_asking(self.driver, state, found, operation.left_s)

    def identify(self, state: Host) -> HostIdentity | None:
        host_id = state.known(Host.id)
        return HostIdentity(system_id=state.known(Host.system_id), id=host_id) if host_id else None

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[Host]:
        form, _, rest = text.partition(":")
        found = self._named(rest) if form == "name" and rest else self._of_id(text)
        if found is None:
            hosts = self.driver.list_hosts()
            known = [f"{host.id} ({host.name})" for host in hosts]
            named = f"name:{text}" if any(host.name == text for host in hosts) else ""
            raise NotFound(
                f"No host {text!r} on the array",
                happened=f"The array has: {', '.join(known) or 'no host at all'}.",
                next_step=f'That is a name: import by "{named}".' if named else f"Import by {FORMS}.",
                attribute="id",
            )
        return Imported(fill_new(found))

    def _of_id(self, text: str) -> ArrayHost | None:
        try:
            return self.driver.find_host(text)
        except Refused as refusal:  # some arrays say so of what cannot be an id
            refusal.next_step = f"Import by {FORMS}."
            raise

    def _named(self, name: str) -> ArrayHost | None:
        found = self.driver.list_hosts(HostFilter(name=name))
        if len(found) > 1:
            raise Ambiguous(
                f"Several hosts are called {name!r}",
                happened=f"They have the ids {', '.join(host.id for host in found)}.",
                next_step="Import the one you mean by its id.",
            )
        return found[0] if found else None

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[Host]:
        if identity.system_id is not None:
            self.driver.check_system(identity.system_id)
        return self.import_by_id(identity.id, diagnostics)

    def listing(self, filters: HostFilters) -> Iterator[Listed[Host]]:
        for found in self.driver.list_hosts(driver_filter(filters)):
            yield Listed(fill_new(found), found.name)

    def generate(self, state: Host) -> Host:
        """Return the lines that say something; what is left out stays as it is."""
        config = state.copy()
        for attribute in (Host.wwpns, Host.iqns, Host.cluster, Host.chap_name):
            if not config.known(attribute):
                config.set(attribute, None)
        config.set(Host.timeouts, None)
        return config
