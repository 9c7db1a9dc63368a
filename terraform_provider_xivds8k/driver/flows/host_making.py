"""A host is made whole, or not at all.

Everything that forbids it is looked for before.  When a later step fails, what this call made is deleted again, if the
array's own answer gave its id and nothing is mapped to it; else the error's ``left_host`` names it.
"""

from __future__ import annotations

from dataclasses import replace

from ..attaching import Host, HostOrder
from ..core import Core
from ..errors import Cancelled, DriverError, InDoubt, Refused
from ..ports import iqn, wwpn
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .host_checks import check_abilities, check_name, incomplete, kinds
from .host_moves import HostMoves
from .host_steps import HostSteps, may_be_type, with_ports
from .hosts import HostFlows

UNDO_S = 30.0


class HostMakings:
    """Make hosts on one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hosts = core.array.hosts
        self._finding = HostFlows(core)
        self._steps = HostSteps(core)
        self._moves = HostMoves(core)

    def create(self, order: HostOrder, budget: Budget) -> Host:
        """Make a host under a name nobody has, with ports nobody has."""
        return self.make(order, budget)[0]

    def make(self, order: HostOrder, budget: Budget) -> tuple[Host, bool]:
        """Make a host; tell also whether the array's own answer gave its id: no other is deleted by undoing."""
        order = self._checked(order)
        try:
            with self._steps.alone_with(f"host {order.name}", budget):
                listed = self._hosts.listing(budget)
                self._steps.refuse_taken(order.name, listed)
                self._steps.refuse_owned((*order.wwpns, *order.iqns), listed)
                host_id, answered = self._make(order, budget)
                return self._equipped(order, host_id, budget, answered=answered), answered
        finally:
            self._core.recent.forget_hosts()

    def _checked(self, order: HostOrder) -> HostOrder:
        check_name(self._core.array, order.name, "name")
        wwpns = tuple(dict.fromkeys(map(wwpn, order.wwpns)))
        iqns = tuple(dict.fromkeys(map(iqn, order.iqns)))
        check_abilities(self._core.array, iqns, order.cluster, order.chap_name, order.chap_secret)
        if (order.chap_name is None) != (order.chap_secret is None):
            raise incomplete("chap_name" if order.chap_name is None else "chap_secret")
        return replace(order, wwpns=wwpns, iqns=iqns, cluster=order.cluster or None)

    def _make(self, order: HostOrder, budget: Budget) -> tuple[str, bool]:
        """Send the creation once; tell also whether the array's own answer gave the id.

        After a lost answer, or one whose id is another's, a host of the name that is there, new and bare counts: the
        name was free.  So it does after a DS8000's refusal, whose codes are not all known; else that stands.
        """
        unsettled: DriverError = InDoubt(
            f"The array made host {order.name!r}, but it could not be read",
            next_step="Run it again: what the array did is looked up first.",
        )
        try:
            host_id = self._core.patiently(budget, lambda: self._hosts.create(order, budget))
            if self._core.certainly(budget.for_a_look(), lambda look: self._is_there(host_id, order, look)):
                return host_id, True
        except InDoubt as lost:
            unsettled = lost
        except Refused as refusal:
            if self._core.array.family != "ds8k" or not refusal.code:
                raise
            unsettled = refusal
        found: list[Host] = []

        def settled(look: Budget) -> bool:
            found.extend(host for host in self._hosts.listing(look) if self._is_made(host, order))
            return len(found) == 1

        if self._core.certainly(budget.for_a_look(), settled):
            return found[0].id, False
        if isinstance(unsettled, InDoubt):
            unsettled.left_behind = f"Host {order.name} may be on the array, or still appear there."
        raise unsettled

    def _is_there(self, host_id: str, order: HostOrder, budget: Budget) -> bool:
        host = self._hosts.find(host_id, budget)
        return host is not None and host.name == order.name and not host.ports

    def _is_made(self, host: Host, order: HostOrder) -> bool:
        as_asked = host.name == order.name and host.chap_name == order.chap_name
        return (
            as_asked and not host.ports and not host.cluster and (order.type is None or may_be_type(host, order.type))
        )

    def _equipped(self, order: HostOrder, host_id: str, budget: Budget, *, answered: bool) -> Host:
        """Give a new host its ports and its cluster; where that fails, delete it again."""
        try:
            for address, kind in kinds(order.wwpns, order.iqns):
                self._steps.add_port(host_id, address, kind, budget)
            if order.cluster is not None:
                self._moves.join(host_id, order.cluster, budget)
            return with_ports(self._finding.present(host_id, budget), (*order.wwpns, *order.iqns))
        except DriverError as error:
            raise self.undone(order, host_id, error, answered=answered) from error

    def undone(self, order: HostOrder, host_id: str, error: DriverError, *, answered: bool) -> DriverError:
        """Delete a host this operation made, where a later step failed; return the error that tells what is left.

        While a mapping to it is in doubt it is kept: carried out late, that would come to whatever host has its place.
        """
        if isinstance(error, InDoubt) and error.lun is not None:
            self._keep(self._known(order, host_id), error)
            return error
        self._undo(order, host_id, error, answered=answered)
        return self._not_in_doubt(order, error)

    def _known(self, order: HostOrder, host_id: str) -> Host:
        return Host(id=host_id, name=order.name, system_id=self._core.array.known_system_id or "")

    def _keep(self, left: Host, error: DriverError) -> None:
        error.left_host = left
        error.left_behind = f"Host {left.name} (id {left.id}), made by this, is left. {error.left_behind}".rstrip()

    def _not_in_doubt(self, order: HostOrder, error: DriverError) -> DriverError:
        """Return an error that says no more than is true: whatever became of a step, the host may be gone again."""
        if error.left_host is not None or not isinstance(error, InDoubt):
            return error
        return Refused(
            f"Host {order.name} was not made",
            happened=f"It was made, and then: {error}",
            left_behind="It is not on the array any more.",
            next_step="Run it again.",
        )

    def _undo(self, order: HostOrder, host_id: str, error: DriverError, *, answered: bool) -> None:
        """Delete what this operation made, or say in the error that it is left; a stop leaves two seconds for that."""
        made = self._known(order, host_id)
        left: Host | None = made
        try:
            try:
                left = self._left(order, made, Budget(UNDO_S, self._core.stop), answered=answered)
            except Cancelled:
                left = self._left(order, made, Budget(LOOK_AFTER_STOP_S), answered=answered)
        except DriverError as second:
            error.happened = f"{error.happened} Undoing failed too: {second}".strip()
        if left is not None:
            self._keep(left, error)
        elif error.left_behind == "Nothing was changed.":
            error.left_behind = "The host was deleted again; nothing is left."

    def _left(self, order: HostOrder, made: Host, budget: Budget, *, answered: bool) -> Host | None:
        """Delete a new host again; return it as it is where that must not be done, None where it is gone."""
        found = self._hosts.find(made.id, budget)
        if found is None or not answered:
            return found
        with self._moves.keeping(made.id, (found.cluster,), budget):
            return self._deleted(order, made, budget)

    def _deleted(self, order: HostOrder, made: Host, budget: Budget) -> Host | None:
        found = self._hosts.find(made.id, budget)
        if found is None or self._is_used(found, order, budget):
            return found
        if found.cluster is not None:
            self._moves.leave(found.id, found.cluster, budget)
            found = self._hosts.find(made.id, budget)
            if found is None or self._is_used(found, order, budget):
                return found
        try:
            self._hosts.delete(found, budget)
        except DriverError:
            if self._hosts.find(made.id, budget) is not None:
                raise
        return None

    def _is_used(self, host: Host, order: HostOrder, budget: Budget) -> bool:
        """Tell whether somebody else has done something with a new host meanwhile."""
        asked = {*map(wwpn, order.wwpns), *map(iqn, order.iqns)}
        as_made = host.name == order.name and {*host.ports} <= asked and self._is_where_asked(host, order, budget)
        return not as_made or bool(self._finding.users(host, budget).own)

    def _is_where_asked(self, host: Host, order: HostOrder, budget: Budget) -> bool:
        if host.cluster is None or host.cluster == order.cluster:
            return True
        return bool(order.cluster) and self._moves.spelled(order.cluster or "", budget) == host.cluster
