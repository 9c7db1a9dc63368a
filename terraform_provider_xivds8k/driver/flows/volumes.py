"""Volumes: make, rename, grow, move, retype, delete.  Looks before it acts and undoes only what it made itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .. import rules
from ..array import VolumeOrder
from ..core import Core, near
from ..errors import AlreadyExists, Cancelled, Candidate, DriverError, InDoubt, InUse, NotFound, Refused, Unsupported
from ..objects import Pool, Volume
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .deletions import Deletions, expect_name, is_same
from .pair_guards import PairGuard

UNDO_S = 30.0
MIGRATING = "migrating"


class VolumeFlows:
    """Carry out what may be done to volumes of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._volumes = core.array.volumes
        self._inventory = core.inventory
        self._deletions = Deletions(core)
        self._guard = PairGuard(core)

    def create(self, order: VolumeOrder, qos_class: str | None, budget: Budget) -> Volume:
        """Make a new volume, or leave nothing behind; an error's ``left`` is what could not be undone."""
        self._check_order(order)
        if qos_class is not None:
            self.check_qos(qos_class, budget)
        made, answered = self.make(order, budget)
        if qos_class is None:
            return made
        try:
            self._assign(made, qos_class, budget)
            return self.as_now(made.id, budget)
        except DriverError as error:
            self.undo(made, error, answered=answered)
            if error.left is None and isinstance(error, InDoubt):  # whatever became of it, the volume is gone again
                raise Refused(
                    f"Volume {order.name} was not made",
                    happened=f"It was made, and then: {error}",
                    left_behind="Nothing is left on the array.",
                    next_step="Run it again.",
                    attribute="qos_class",
                ) from error
            raise

    def make(self, order: VolumeOrder, budget: Budget) -> tuple[Volume, bool]:
        """Make a volume under a name nobody has; tell also whether the array's own answer named it.

        What it names by no answer of its own is never deleted by undoing.
        """
        self._check_order(order)
        with self._core.naming(order.name, budget):
            self.refuse_taken(order.name, None, budget)
            return self._make_known(order, budget)

    def make_named(self, order: VolumeOrder, budget: Budget) -> tuple[Volume, bool]:
        """Make a volume as ``make`` does, under a name the caller holds (``Core.naming``) and found free."""
        self._check_order(order)
        return self._make_known(order, budget)

    def _make_known(self, order: VolumeOrder, budget: Budget) -> tuple[Volume, bool]:
        try:
            made, answered = self._make(order, budget)
        except DriverError:
            self._inventory.doubt(name=order.name)
            raise
        self._inventory.put(made)
        self._core.made[made.id.casefold()] += 1
        return made, answered

    def _make(self, order: VolumeOrder, budget: Budget) -> tuple[Volume, bool]:
        made: list[Volume] = []
        try:
            self._core.patiently(budget, lambda: made.append(self._volumes.create(order, budget)))
        except InDoubt as doubt:
            if order.name not in str(doubt):
                doubt.left_behind = f"Volume {order.name} may be in pool {order.pool.label}, or still appear there."
            try:
                found = self._volumes.settled(order, budget.for_a_look())
            except DriverError:
                raise doubt from None
            if found is None:
                raise
            return found, False
        except AlreadyExists as taken:
            taken.candidates = self.candidates_of(self._volumes.named(order.name, budget), budget)
            raise
        return made[0], True

    def undo(self, made: Volume, error: DriverError, *, answered: bool) -> None:
        """Delete what this operation made, or say in the error that it is left; a stop leaves two seconds for that."""
        try:
            try:
                gone = answered and self._removed(made, Budget(UNDO_S, self._core.stop))
            except Cancelled:
                gone = self._removed(made, Budget(LOOK_AFTER_STOP_S))
        except DriverError as second:
            self._inventory.doubt(volume_id=made.id)
            gone = False
            error.happened = f"{error.happened} Undoing failed too: {second}".strip()
        if gone:
            self._inventory.drop(made.id)
        else:
            error.left = made
            error.left_behind = f"Volume {made.name} (id {made.id}, new and empty) is left on the array."

    def _removed(self, made: Volume, budget: Budget) -> bool:
        """Delete a new volume that nothing uses; tell whether it is gone."""
        with self._volumes.keeping_id(made.id, budget):
            found = self._volumes.find(made.id, budget)
            if found is None:
                return True
            if found.name != made.name or self._volumes.users(found, budget):
                return False
            self._volumes.delete(found, budget)
            return self._volumes.find(made.id, budget) is None

    def rename(self, volume_id: str, new_name: str, budget: Budget) -> Volume:
        """Give a volume another name."""
        self.check_name(new_name)
        return self.give_name(volume_id, new_name, budget)

    def give_name(
        self,
        volume_id: str,
        new_name: str,
        budget: Budget,
        *,
        check: Callable[[Volume], None] = lambda _: None,
        sending: Callable[[], None] = lambda: None,
    ) -> Volume:
        """Give a volume a name nobody has, whatever the array's rules for new ones.

        ``check`` may refuse the volume as it is right before; ``sending`` is told when the array is about to be asked.
        """

        def send() -> None:
            sending()
            self._volumes.rename(volume, new_name, budget)

        with self._core.naming(new_name, budget), self._changing(volume_id, new_name):
            volume = self.present(volume_id, budget)
            check(volume)
            if volume.name == new_name:
                return volume
            self._guard.check_harmless(volume, f"rename volume {volume.name}", "name", budget)
            self.refuse_taken(new_name, volume.id, budget)
            self._core.write(
                budget,
                self._sender(volume, send, budget),
                lambda look: self.present(volume_id, look).name == new_name,
            )
            self._core.recent.mappings.forget()  # an XIV tells them by the names of volumes
            return self.as_now(volume_id, budget)

    def extend(self, volume_id: str, size_bytes: int, expected_name: str | None, budget: Budget) -> Volume:
        """Grow a volume to at least ``size_bytes``."""
        self.check_size(size_bytes)
        volume = self.present(volume_id, budget)
        if volume.size_bytes >= size_bytes:
            return volume
        expect_name(self._core.array.family, volume, expected_name, "grown")
        users = self._volumes.users(volume, budget)
        blocking = users.relations if self._core.array.family == "xiv" else (*users.snapshots, *users.relations)
        if blocking:
            raise InUse(
                f"Volume {volume.name} cannot grow while it is in a copy relation",
                happened=f"It has: {', '.join(blocking)}.",
                left_behind="Nothing was changed.",
                next_step="Remove them first; a snapshot's relation is never withdrawn to grow its source.",
                attribute="size_bytes",
            )
        with self._changing(volume_id):
            self._core.write(
                budget,
                self._sender(volume, lambda: self._volumes.resize(volume, size_bytes, budget), budget),
                lambda look: self.present(volume_id, look).size_bytes >= size_bytes,
            )
            self._core.wait_until(
                budget,
                lambda look: self.present(volume_id, look).size_bytes >= size_bytes,
                f"volume {volume.name} to reach {size_bytes} bytes",
            )
            return self.as_now(volume_id, budget)

    def migrate(self, volume_id: str, pool_text: str, budget: Budget) -> Volume:
        """Move a volume to another pool while hosts go on using it."""
        pool = self._core.get_pool(pool_text, budget)
        volume = self.present(volume_id, budget)
        if volume.pool_id == pool.id:
            return volume if volume.status != MIGRATING else self._moved(volume, pool, budget)
        self._guard.check_harmless(volume, f"move volume {volume.name} to another pool", "pool", budget)
        self._refuse_move(volume, pool, budget)
        with self._changing(volume_id):
            self._core.write(
                budget,
                self._sender(volume, lambda: self._volumes.move(volume, pool, budget), budget),
                lambda look: self._is_moving(volume_id, pool, look),
            )
            return self._moved(volume, pool, budget)

    def _moved(self, volume: Volume, pool: Pool, budget: Budget) -> Volume:
        """Wait until a move has ended."""
        self._core.wait_until(
            budget, lambda look: self._arrived(volume.id, pool, look), f"volume {volume.name} to reach pool {pool.id}"
        )
        return self.as_now(volume.id, budget)

    def _is_moving(self, volume_id: str, pool: Pool, budget: Budget) -> bool:
        """Tell whether a move has begun; until it ends, an array may show the old pool."""
        found = self.present(volume_id, budget)
        return found.pool_id == pool.id or found.status == MIGRATING

    def _arrived(self, volume_id: str, pool: Pool, budget: Budget) -> bool:
        found = self.present(volume_id, budget)
        return found.pool_id == pool.id and found.status != MIGRATING

    def _refuse_move(self, volume: Volume, pool: Pool, budget: Budget) -> None:
        origin = self._core.find_pool(volume.pool_id, budget)
        problem = rules.move_problem(origin, pool) if origin is not None else None
        if problem:
            raise Unsupported(
                f"Volume {volume.name} cannot move to pool {pool.id} online",
                happened=problem,
                left_behind="Nothing was changed.",
                attribute="pool",
            )
        obstacles = self.move_obstacles(volume, budget)
        if obstacles:
            raise InUse(
                f"Volume {volume.name} cannot move to another pool now",
                happened=f"It has: {', '.join(obstacles)}.",
                left_behind="Nothing was changed.",
                next_step="Take it out of its group or pair, or remove its snapshots, move it, then put it back.",
                attribute="pool",
            )

    def move_obstacles(self, volume: Volume, budget: Budget) -> tuple[str, ...]:
        """Return what keeps a volume in its pool, in words; an XIV moves a volume's snapshots with it."""
        users = self._volumes.users(volume, budget)
        snapshots = users.snapshots if self._core.array.family == "ds8k" else ()
        return (*users.groups, *snapshots, *users.relations)

    def retype(self, volume_id: str, qos_class: str | None, budget: Budget) -> Volume:
        """Put a volume into a performance class, or take it out of its class."""
        if qos_class is not None:
            self.check_qos(qos_class, budget)
        volume = self.present(volume_id, budget)
        if volume.qos_class == qos_class:
            return volume
        self._guard.check_harmless(volume, f"change the performance class of volume {volume.name}", "qos_class", budget)
        with self._changing(volume_id):
            self._assign(volume, qos_class, budget)
            return self.as_now(volume_id, budget)

    def _assign(self, volume: Volume, qos_class: str | None, budget: Budget) -> None:
        qos = self._core.array.qos
        if qos is None:
            raise _no_qos()
        self._core.write(
            budget,
            lambda: qos.assign(volume, qos_class, budget),
            lambda look: self.present(volume.id, look).qos_class == qos_class,
        )

    def delete(
        self,
        volume_id: str,
        expected_name: str | None,
        budget: Budget,
        copied_from: str | None = None,
        in_doubt_since: str | None = None,
    ) -> None:
        """Delete a volume that nothing uses; one that is gone already is done."""
        self._deletions.delete(volume_id, expected_name, budget, copied_from, in_doubt_since)

    def _sender(self, volume: Volume, send: Callable[[], None], budget: Budget) -> Callable[[], None]:
        """Return how to send a write; before it is sent again, the id must still be that volume's.

        An XIV's commands make sure of that by themselves, each time.
        """
        sent: list[None] = []

        def sending() -> None:
            if sent and self._core.array.family == "ds8k":
                now = self.present(volume.id, budget)
                if not is_same(now, volume):
                    raise Refused(
                        f"Volume {volume.id} changed meanwhile: it is called {now.name}, with {now.size_bytes} bytes "
                        f"in pool {now.pool_id}",
                        happened=f"It was {volume.name}, with {volume.size_bytes} bytes in pool {volume.pool_id}.",
                        next_step="Make sure that it is still your volume, then run it again.",
                    )
            sent.append(None)
            send()

        return sending

    @contextmanager
    def _changing(self, volume_id: str, new_name: str | None = None) -> Iterator[None]:
        """Let the inventory ask the array about a volume, and about a name, whose change failed in any way."""
        try:
            yield
        except BaseException:
            self._inventory.doubt(volume_id=volume_id, name=new_name)
            raise

    def as_now(self, volume_id: str, budget: Budget) -> Volume:
        """Return a volume after its change took effect; a stop does not keep it from its one look-up."""
        try:
            found = self.present(volume_id, budget)
        except DriverError:
            if not self._core.stop.is_set():
                raise
            found = self.present(volume_id, budget.for_a_look())
        self._inventory.put(found)
        return found

    def present(self, volume_id: str, budget: Budget) -> Volume:
        """Return a volume as it is now; raises NotFound."""
        found = self._volumes.find(volume_id, budget)
        if found is None:
            raise NotFound(
                f"Volume {volume_id} is not on the array",
                happened="It was deleted by somebody else.",
                left_behind="Nothing was changed.",
                next_step="Run it again: the plan then shows what is there.",
                attribute="id",
            )
        return found

    def _check_order(self, order: VolumeOrder) -> None:
        self.check_name(order.name)
        self.check_size(order.size_bytes)

    def check_name(self, name: str) -> None:
        """Raise Refused (attribute ``name``) for a name the array would not take."""
        problem = rules.volume_name_problem(self._core.array.family, name)
        if problem:
            raise Refused("The array would not take this name", happened=problem, attribute="name")

    def check_size(self, size_bytes: int) -> None:
        """Raise Refused (attribute ``size_bytes``) for a size the array would not make."""
        problem = rules.size_problem(self._core.array.family, size_bytes)
        if problem:
            raise Refused("The size is out of range", happened=problem, attribute="size_bytes")

    def check_qos(self, qos_class: str, budget: Budget) -> None:
        """Raise NotFound (attribute ``qos_class``) with near matches for a class the array does not have."""
        if self._core.array.qos is None:
            raise _no_qos()
        known = self._core.array.qos.classes(budget)
        if qos_class not in known:
            raise NotFound(
                f"No performance class {qos_class!r} on the array",
                happened=f"The array has: {', '.join(known) or 'none'}.",
                next_step=near(qos_class, list(known)),
                attribute="qos_class",
            )

    def refuse_taken(self, name: str, own_id: str | None, budget: Budget) -> None:
        """Raise AlreadyExists with candidates where somebody else has the name."""
        if self._volumes.names_are_unique:
            named = self._volumes.named(name, budget)
        else:
            named = self._inventory.named(name, budget, alone=self._core.names_one)
        taken = tuple(volume for volume in named if volume.id != own_id)
        if not taken:
            return
        candidates = self.candidates_of(taken, budget)
        raise AlreadyExists(
            f"There is a volume called {name!r} already",
            happened=f"On the array: {'; '.join(map(str, candidates))}.",
            left_behind="Nothing was changed.",
            next_step="Choose another name, or manage the one that exists.",
            attribute="name",
            candidates=candidates,
        )

    def candidates_of(self, volumes: tuple[Volume, ...], budget: Budget) -> tuple[Candidate, ...]:
        """Return volumes as an error text names them."""
        return tuple(
            Candidate(id=one.id, name=one.name, size_bytes=one.size_bytes, pool=one.pool_id, mapped=one.mapped)
            for one in self._volumes.detailed(volumes, budget)
        )


def _no_qos() -> Unsupported:
    return Unsupported(
        "This array has no performance classes for volumes", next_step="Leave qos_class out.", attribute="qos_class"
    )
