"""Deleting a host: looked at before, sent as often as that is harmless, and done only when it is gone for certain."""

from __future__ import annotations

from ..attaching import Host
from ..core import Core
from ..errors import DriverError, InDoubt, InUse, NotFound, Refused
from ..waiting import Budget
from .deletions import told_beside
from .host_steps import HostSteps
from .hosts import HostFlows

ATTEMPTS = 2
REJOIN_S = 30.0


class HostDeletions:
    """Delete hosts of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hosts = core.array.hosts
        self._finding = HostFlows(core)
        self._steps = HostSteps(core)

    def delete(self, host_id: str, expected_name: str | None, budget: Budget) -> None:
        """Delete a host nothing is mapped to; one that is gone already is done."""
        try:
            self._delete(host_id, expected_name, budget)
        finally:
            self._core.recent.forget_hosts()

    def _delete(self, host_id: str, expected_name: str | None, budget: Budget) -> None:
        doubt: InDoubt | None = None
        for _ in range(ATTEMPTS):
            try:
                self._core.patiently(budget, lambda: self._delete_unused(host_id, expected_name, budget))
                self._core.wait_until(
                    budget, lambda look: self._hosts.find(host_id, look) is None, f"host {host_id} to disappear"
                )
            except InDoubt as lost:
                doubt = lost
                if self._core.certainly(budget.for_a_look(), lambda look: self._hosts.find(host_id, look) is None):
                    return
                if self._core.stop.is_set():
                    break
            except DriverError as error:
                if doubt is None:
                    raise
                raise told_beside(doubt, error) from error
            else:
                return
        if doubt is not None:
            doubt.left_behind = f"Host {host_id} may be there, or still go. {doubt.left_behind}"
            raise doubt

    def _delete_unused(self, host_id: str, expected_name: str | None, budget: Budget) -> None:
        """Look and delete; an array that is busy is looked at again before the next time."""
        host = self._hosts.find(host_id, budget)
        if host is None:
            return
        if expected_name is not None and host.name != expected_name:
            raise Refused(
                f"Host {host_id} is called {host.name}, not {expected_name}, and was not deleted",
                happened="It was renamed by somebody else, or deleted and its id given to another host.",
                left_behind="Nothing was changed.",
                next_step="Make sure whose host it is, then run it again: its name is then read anew.",
                attribute="name",
            )
        self._refuse_mapped(host, budget)
        if host.cluster is None:
            self._send(host, budget)
            return
        self._steps.leave(host.id, host.cluster, budget)
        try:
            alone = self._hosts.find(host.id, budget)
            if alone is not None:
                self._refuse_mapped(alone, budget)  # by its cluster's mappings, should they have become its own
                self._send(alone, budget)
        except DriverError as error:
            self._rejoin(host, error)
            raise

    def _refuse_mapped(self, host: Host, budget: Budget) -> None:
        own = self._finding.users(host, budget).own
        if own:
            raise InUse(
                f"Host {host.name} has mapped volumes and was not deleted",
                happened=f"It has: {', '.join(own)}.",
                left_behind="Nothing was changed.",
                next_step="Unmap them first, then delete the host.",
            )

    def _send(self, host: Host, budget: Budget) -> None:
        try:
            self._hosts.delete(host, budget)
        except NotFound:  # or renamed meanwhile, or something else was not found
            if self._hosts.find(host.id, budget) is not None:
                raise

    def _rejoin(self, host: Host, error: DriverError) -> None:
        """Put a host back into the cluster this call took it out of, unless it may be gone."""
        budget = Budget(REJOIN_S)
        try:
            if self._hosts.find(host.id, budget) is not None:
                self._steps.join(host.id, host.cluster or "", budget)
        except DriverError as second:
            error.left_behind = f"Host {host.name} is no longer in cluster {host.cluster}: {second}"
