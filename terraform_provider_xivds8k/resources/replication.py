"""The replication resource: a pair between the provider's array and its replication target.

Which side serves is in no state.  With one side silent the prior state stands as soon as the other lists the pair; it
is gone only when both arrays say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.driver import (
    DriverError,
    InUse,
    NotFound,
    Pair,
    Refused,
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
    Operation,
    Private,
    Read,
    Update,
    is_silence,
)

from . import replication_doubt as doubt
from . import replication_ending as ending
from . import replication_plan as planning
from . import replication_replacing as replacing
from . import replication_unfinished as unfinished
from .other_system import refuse_other_system
from .replication_model import (
    SETTINGS,
    Replication,
    ReplicationFilters,
    ReplicationIdentity,
    fill,
    import_hint,
    keeps_remote,
    named,
    said_of,
    subject_id,
)
from .replication_place import TAKEN_OVER, plan_backend, plan_name, plan_pool
from .replication_reading import (
    NOT_UNDERSTOOD,
    refuse_other_home,
    tell_of_drift,
    tell_of_halt,
    tell_of_partial,
    warn_of_broken,
    warn_of_unlisted,
)
from .replication_setting_up import tell_of_setting_up


class ReplicationResource(ListableResource[Replication, XIVDS8KDriver]):
    """Keep a replication between two arrays."""

    model = Replication
    identity = ReplicationIdentity
    list_config = ReplicationFilters

    @property
    def _family(self) -> str | None:
        return self.configured.family if self.configured else None

    def named(self, state: Replication) -> str:
        return named(state)

    def validate(self, config: Replication, diagnostics: Diagnostics) -> None:
        planning.validate(config, diagnostics)

    def plan(self, change: Change[Replication]) -> None:
        planning.plan_family(change, self._family)
        planning.plan_subject(change)
        planning.plan_rpo(change)
        plan_backend(change, self.configured)
        if not change.diagnostics.has_errors:
            plan_pool(change, self.configured)
            plan_name(change, self.configured)
        replacing.note(change)
        if not replacing.refuse_half(change, self.configured):
            tell_of_setting_up(change, self.configured)
        planning.warn_of_change(change, self.configured, self._family)
        planning.warn_of_deletion(change, self.configured)
        if change.prior is not None:
            if change.prior.is_null(Replication.id):
                doubt.plan(change)
            refuse_other_system(named(change.prior), change.prior.system_id, self.configured, change.diagnostics)

    def plan_replacement(self, change: Change[Replication]) -> None:
        ending.warn_of_replacement(change, self.configured)

    def plan_destroy(self, prior: Replication, private: Private, diagnostics: Diagnostics) -> None:
        refuse_other_system(named(prior), prior.system_id, self.configured, diagnostics)
        ending.warn_of_destroy(prior, self.configured, diagnostics)
        replacing.mark(private)
        if prior.id is None:
            doubt.plan_end(self.configured.driver if self.configured else None, prior, diagnostics)

    def create(self, operation: Create[Replication]) -> Replication:
        planned = operation.planned
        if planning.refuse_two_subjects(operation.config, operation.diagnostics):
            raise Refused("Nothing was set up", left_behind="Nothing was changed.", next_step="Correct the block.")
        # asked first: after a lost answer or a stop nobody may tell any more
        system_id = self.driver.system_id(deadline=operation.left_s)
        try:
            made = self.driver.enable_replication(
                mode=planned.mode,
                volume_id=planned.known(Replication.volume_id),
                consistency_group_id=planned.known(Replication.consistency_group_id),
                rpo_s=planned.known(Replication.rpo_seconds),
                remote_pool=planned.known(Replication.remote_pool),
                remote_name=planned.known(Replication.remote_name),
                deadline=operation.left_s,
            )
        except InUse as paired:
            if paired.attribute in {"volume_id", "consistency_group_id"}:
                hint = import_hint(subject_id(planned) or "ID")
                paired.next_step = f"{hint}\n\nElse end the pair there is first. No option makes a second copy."
            doubt.keep(self.driver, operation, paired, system_id)
            raise
        except DriverError as error:
            doubt.keep(self.driver, operation, error, system_id)
            raise
        state = fill(planned.copy(), made)
        operation.keep(state.copy())
        if planned.known(Replication.wait_for_sync):
            self._wait(operation, state, "create")
        return state

    def _wait(self, operation: Operation[Replication], state: Replication, timeout: str) -> None:
        """Wait for the first copy; one that is late is no reason to take the pair apart again."""
        try:
            self.driver.wait_for_replication(replication_id=state.id or "", deadline=operation.left_s)
        except DriverError as late:
            operation.diagnostics.warning(
                Replication.wait_for_sync,
                f"{named(state)} is set up and not in step yet",
                f"{late} The pair stays, and the arrays go on copying: the data source xivds8k_replication tells how "
                f"far it is. Allow more with timeouts.{timeout}.",
            )

    def update(self, operation: Update[Replication]) -> Replication:
        replacing.forget(operation.private)
        prior, planned = operation.prior, operation.planned
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        state = prior.copy()
        if prior.id is None:
            doubt.take_candidate(self.driver, state, operation)
        taken_over = TAKEN_OVER if prior.id is not None else (Replication.backend_id,)
        for attribute in (*SETTINGS, *taken_over):
            state.raw[attribute.name] = planned.raw[attribute.name]
        operation.keep(state.copy())
        if prior.id is None and planned.known(Replication.wait_for_sync):
            self._wait(operation, state, "update")
        rpo = planned.known(Replication.rpo_seconds)
        if planned.mode == state.mode and rpo in {None, state.known(Replication.rpo_seconds)}:
            return state
        try:
            found = self.driver.change_replication(
                replication_id=state.id or "",
                mode=planned.mode,
                rpo_s=rpo,
                allow_full_resync=bool(planned.known(Replication.allow_full_resync)),
                deadline=operation.left_s,
            )
        except DriverError as error:
            unfinished.keep_of_change(self.driver, operation, state, error, doubt.LOOK_S)
            raise
        return fill(state, found)

    def delete(self, operation: Delete[Replication]) -> None:
        prior, is_planned = operation.prior, replacing.take_mark(operation.private)
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        if prior.id is None:
            doubt.delete_candidate(self.driver, operation, is_planned=is_planned)
            return
        if not is_planned:
            replacing.refuse_unplanned(prior)
        try:
            self.driver.disable_replication(
                replication_id=prior.id,
                remote_on_delete="keep" if keeps_remote(prior) else "delete",
                remote_id=prior.known(Replication.remote_volume_id),
                deadline=operation.left_s,
            )
        except DriverError as error:
            if error.attribute != Replication.remote_on_delete.name:  # which is left on purpose
                doubt.keep_left(self.driver, operation, error)
            raise
        if keeps_remote(prior):
            operation.diagnostics.warning(
                None,
                f"Remote {prior.remote_volume_id} stays on the other array",
                f"{named(prior)} is ended. What it copied is kept, and hosts there may write to it now. Import it as "
                'xivds8k_volume there, or delete it by hand; remote_on_delete = "delete" would have deleted it.',
            )

    def read(self, operation: Read[Replication]) -> Replication | None:
        state = operation.state
        self._check_known_system(state)
        if state.id is None and not doubt.is_paired_again(self.driver, state, operation.left_s):
            return doubt.read(self.driver, state, operation.diagnostics, operation.left_s)
        pair = self.driver.find_recent_replication(
            state.id or "", remote_id=state.known(Replication.remote_volume_id), deadline=operation.left_s
        )
        self._check_known_system(state)
        if pair is None:
            return self._ended(operation)
        refuse_other_home(state, pair)
        if pair.home is None or pair.remote is None or pair.row in NOT_UNDERSTOOD:
            tell_of_partial(state, pair, operation.diagnostics)
            return state
        found = self.driver.describe_replication(pair, deadline=operation.left_s)
        tell_of_halt(state, pair, operation.diagnostics)
        tell_of_drift(state, found, operation.diagnostics)
        return fill(state, found, takes_mode=False)

    def _ended(self, operation: Read[Replication]) -> Replication | None:
        """Tell of a pair that both arrays say is gone; the state stays while its end is not finished.

        A volume that an end deletes is kept of our own failed destroy alone: who ended the pair may need it.
        """
        state, left_s = operation.state, operation.left_s
        rest = None
        if keeps_remote(state) or state.is_null(Replication.volume_id):
            rest = unfinished.read(self.driver, state, operation.diagnostics, left_s)
        if rest is None:
            kept = unfinished.name_of_kept(self.driver, state, left_s)
            why = "was ended outside Terraform"
            if kept:
                why = "was ended by others, or by a growth or change of mode that failed half way"
            operation.diagnostics.warning(
                None,
                f"{named(state)} is gone",
                f"Both arrays say that there is no such pair any more: it {why}. The next apply sets it up anew and "
                f"copies everything; remove its block instead if it shall stay gone.{kept}",
            )
        return rest

    def _check_known_system(self, state: Replication) -> None:
        """Refuse the state of another array as far as the home array has said who it is; it may be silent."""
        known = self.driver.known_system_id
        if known is not None and known != state.system_id:
            self.driver.check_system(state.system_id)

    def identify(self, state: Replication) -> ReplicationIdentity | None:
        own_id = subject_id(state) if unfinished.is_of_end(state) else state.known(Replication.id)
        return ReplicationIdentity(system_id=state.known(Replication.system_id), id=own_id) if own_id else None

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[Replication]:
        pair = self.driver.find_replication(text)
        if pair is None:
            known = [one.id for one in self.driver.list_replications() if one.id is not None]
            raise NotFound(
                f"{text!r} is not replicated",
                happened=f"Both arrays say so. Replicated are: {', '.join(known[:10]) or 'none'}.",
                next_step="Import by the id of home's volume (0A01 on a DS8000, the WWN on an XIV), or by the name of "
                "home's consistency group.",
                attribute="id",
            )
        if pair.row in NOT_UNDERSTOOD:
            raise Refused(
                f"{pair.name} cannot be imported: {said_of(pair)}",
                left_behind="Nothing was changed.",
                next_step="Look at the pair on both arrays first.",
                attribute="id",
            )
        return Imported(self._adopted(pair))

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[Replication]:
        if identity.system_id is not None:
            self.driver.check_system(identity.system_id)
        return self.import_by_id(identity.id, diagnostics)

    def _adopted(self, pair: Pair) -> Replication:
        return fill(Replication.nothing(), self.driver.describe_replication(pair))

    def listing(self, filters: ReplicationFilters) -> Iterator[Listed[Replication]]:
        silent: dict[str, DriverError] = {}
        broken: list[Pair] = []
        for head in self.driver.list_replications():
            if filters.consistency_group_id not in {None, head.id if head.subject == "group" else None}:
                continue
            for pair in (head, *head.members):
                if pair.row in NOT_UNDERSTOOD:
                    broken += [pair] if pair.mode is None or filters.mode in {None, pair.mode} else []
                    continue
                if filters.mode not in {None, pair.mode}:
                    continue
                try:
                    whole = self._adopted(pair)
                except DriverError as error:
                    if not is_silence(error):
                        raise
                    silent[pair.name] = error
                else:
                    yield Listed(whole, pair.name)
        if silent:
            warn_of_unlisted(silent, self.not_listed)
        if broken:
            warn_of_broken(broken, self.not_listed)

    def generate(self, state: Replication) -> Replication:
        config = state.copy()
        config.set(Replication.timeouts, None)
        return config
