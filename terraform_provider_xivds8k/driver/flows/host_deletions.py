"""Deleting a host: looked at before, sent once, and done only when it is gone for certain.

After a lost answer it is not sent again in the call: a second deletion may be done while the first, carried out late,
meets the host that was made in the place of the first.  From the look to the answer nothing is attached to the host by
this process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..attaching import Host
from ..core import Core
from ..errors import DriverError, InDoubt, InUse, NotFound, Refused
from ..waiting import Budget
from .host_moves import HostMoves
from .hosts import HostFlows


@dataclass
class _Course:
    """Tell how far a deletion has come."""

    sent: Host | None = None  # as it was when its deletion was sent
    answered: bool = False
    clustered: Host | None = None  # as it was in the cluster it was taken out of


class HostDeletions:
    """Delete hosts of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hosts = core.array.hosts
        self._finding = HostFlows(core)
        self._moves = HostMoves(core)

    def delete(self, host_id: str, expected_name: str | None, budget: Budget) -> None:
        """Delete a host nothing is mapped to; one that is gone already is done."""
        try:
            host = self._hosts.find(host_id, budget)
            if host is not None:
                with self._moves.keeping(host.id, (host.cluster,), budget):
                    self._delete(host.id, expected_name, budget)
        finally:
            self._core.recent.forget_hosts()

    def _delete(self, host_id: str, expected_name: str | None, budget: Budget) -> None:
        course = _Course()
        try:
            self._delete_certainly(host_id, expected_name, course, budget)
        except DriverError as error:
            if course.clustered is not None and not course.answered:
                self._moves.rejoin(course.clustered, error)
            raise

    def _delete_certainly(self, host_id: str, expected_name: str | None, course: _Course, budget: Budget) -> None:
        try:
            self._core.patiently(budget, lambda: self._delete_unused(host_id, expected_name, course, budget))
        except InDoubt as doubt:
            if course.sent is None:  # of leaving its cluster
                raise
            if not self._core.certainly(budget.for_a_look(), self._gone(course.sent, answered=False)):
                doubt.left_behind = f"Host {course.sent.name} (id {host_id}) may be there, or still go."
                raise
        else:
            if course.sent is not None:
                gone = self._gone(course.sent, answered=True)
                self._core.wait_until(budget, gone, f"host {host_id} to disappear")

    def _delete_unused(self, host_id: str, expected_name: str | None, course: _Course, budget: Budget) -> None:
        """Look and delete; an array that is busy is looked at again before the next time."""
        host = self._hosts.find(host_id, budget)
        if host is None:
            return
        expect_name(host, expected_name if course.sent is None else course.sent.name, "deleted")
        self._refuse_mapped(host, budget)
        if host.cluster is not None:
            _refuse_moved(host, course)
            self._moves.leave(host.id, host.cluster, budget)
            course.clustered = host
            alone = self._hosts.find(host.id, budget)
            if alone is None:
                return
            expect_name(alone, host.name, "deleted")
            self._refuse_mapped(alone, budget)  # by its cluster's mappings, should they have become its own
            host = alone
        self._send(host, course, budget)

    def _refuse_mapped(self, host: Host, budget: Budget) -> None:
        own = self._finding.users(host, budget).own
        if own:
            raise InUse(
                f"Host {host.name} has mapped volumes and was not deleted",
                happened=f"It has: {', '.join(own)}.",
                left_behind="Nothing was changed.",
                next_step="Unmap them first, then delete the host.",
            )

    def _send(self, host: Host, course: _Course, budget: Budget) -> None:
        course.sent = host
        try:
            self._hosts.delete(host, budget)
        except NotFound:  # or renamed meanwhile, or something else was not found
            if self._hosts.find(host.id, budget) is not None:
                raise
        course.answered = True

    def _gone(self, host: Host, *, answered: bool) -> Callable[[Budget], bool]:
        """Return what tells whether a host whose deletion was sent is gone.

        A DS8000 gives ids again: another host under it tells so where the array said that it deleted ours; else it may
        be ours, changed.
        """
        counts = answered and self._core.array.family == "ds8k"

        def is_gone(look: Budget) -> bool:
            found = self._hosts.find(host.id, look)
            return found is None or (counts and _is_another(found, host))

        return is_gone


def expect_name(host: Host, expected_name: str | None, doing: str) -> None:
    """Refuse a host that does not bear the name its caller knows."""
    if expected_name is not None and host.name != expected_name:
        raise Refused(
            f"Host {host.id} is called {host.name}, not {expected_name}, and was not {doing}",
            happened="It was renamed by somebody else, or deleted and its id given to another host.",
            left_behind="Nothing was changed.",
            next_step="Make sure whose host it is, then run it again: its name is then read anew. If it is yours and "
            "its name stays refused, apply a name to it first.",
            attribute="name",
        )


def _is_another(found: Host, host: Host) -> bool:
    """Tell whether a host cannot be what is left of another one that is going."""
    return found.name != host.name or found.type != host.type or not {*found.ports} <= {*host.ports}


def _refuse_moved(host: Host, course: _Course) -> None:
    if course.clustered is not None:
        raise Refused(
            f"Host {host.name} was put into cluster {host.cluster} meanwhile and was not deleted",
            happened=f"It had been taken out of cluster {course.clustered.cluster} for its deletion, for which the "
            "array was not ready.",
            left_behind=f"It is in cluster {host.cluster}.",
            next_step="Make sure who uses it, then run it again.",
        )
