"""New mirrors: onto a new remote volume, or an empty group made for it; undone whole where a later step fails."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import rules
from ..errors import AlreadyExists, Cancelled, DriverError, InDoubt, InUse, NotFound, Refused
from ..mirrors import MOST_UPDATED, End, MirrorOrder, Schedule
from ..objects import ConsistencyGroup, Pool, Volume
from ..replicating import Half, ReplicationOrder
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .groups import GroupFlows
from .mirror_ends import UNTOUCHED, MirrorEnds
from .mirror_schedules import Schedules, schedule_for
from .volumes import UNDO_S, VolumeFlows

ATTEMPTS = 2  # a schedule may be deleted by another process between our look and the array's


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Be what is to be made."""

    end: End
    target: str
    pool: Pool
    remote_name: str
    mirror: MirrorOrder
    schedule: Schedule | None


@dataclass(slots=True)
class Made:
    """Be what was made so far; what no answer told of is not undone."""

    group: ConsistencyGroup | None = None
    mirror: bool = False
    volume: Volume | None = None
    unread: str = ""  # what the remote volume is called that was made with the mirror and not looked at yet
    is_certain: bool = True  # whether an answer told of the mirror, or there is none
    is_group_certain: bool = False
    left: list[str] = field(default_factory=list)


class MirrorMaking:
    """Make mirrors."""

    def __init__(self, ends: MirrorEnds, schedules: Schedules) -> None:
        self._ends = ends
        self._schedules = schedules

    def create(self, order: ReplicationOrder, budget: Budget, progress: Progress) -> None:
        """Make a mirror and activate it, or leave nothing behind."""
        plan = self._planned(order, budget)
        remote, made = self._ends.core("remote"), Made()
        try:
            with remote.naming(plan.remote_name, budget):
                self._refuse_taken(plan, budget)
                if plan.end.subject == "group":
                    self._make_group(plan, made, budget)
                self._define(plan, made, budget)
            progress(f"{plan.end.name}: mirror to {plan.remote_name} defined")
            half = self._defined(plan, budget)
            if half is None:
                raise Refused(
                    f"The mirror of {plan.end.name} is not as it was made",
                    happened="The array said that it was made, and lists none of this kind.",
                    next_step="Look at the mirror on both arrays.",
                )
            self._ends.activate("home", half, budget)
            progress(f"{plan.end.name}: copying has begun")
        except DriverError as error:
            self._undo(plan, made, error)
            raise
        finally:
            self._ends.core("home").recent.forget()
            remote.recent.forget()
            if plan.end.subject == "volume":
                self._ends.core("home").inventory.doubt(volume_id=plan.end.id)
                remote.inventory.doubt(name=plan.remote_name)

    # looking

    def _planned(self, order: ReplicationOrder, budget: Budget) -> Plan:
        schedule = _schedule_of(order)
        end = self._volume(order, budget) if order.subject == "volume" else self._group(order, budget)
        target = self._target(budget)
        pool = self._pool(order, budget)
        name = order.remote_name or end.name
        problem = rules.volume_name_problem("xiv", name)
        if problem:
            raise Refused(
                "The remote array would not take this name",
                happened=problem,
                left_behind=UNTOUCHED,
                next_step="Write another remote_name.",
                attribute="remote_name",
            )
        self._refuse_leftovers(end, budget)
        mirror = MirrorOrder(
            end=end,
            target=target,
            remote_name=name,
            mode=order.mode,
            remote_pool=pool.name if order.subject == "volume" else None,
            rpo_s=order.rpo_s,
            schedule=schedule.name if schedule else None,
            remote_schedule=schedule.name if schedule else None,
        )
        return Plan(end=end, target=target, pool=pool, remote_name=name, mirror=mirror, schedule=schedule)

    def _volume(self, order: ReplicationOrder, budget: Budget) -> End:
        found = self._ends.core("home").array.volumes.find(order.id, budget)
        if found is None:
            raise NotFound(
                f"Volume {order.id} is not on the array",
                happened="No volume of home has that id.",
                left_behind=UNTOUCHED,
                next_step="Correct volume_id.",
                attribute="volume_id",
            )
        if found.is_snapshot:
            raise Refused(
                f"{found.name} is a snapshot and cannot be replicated",
                happened="The array mirrors volumes only.",
                left_behind=UNTOUCHED,
                next_step="Write the id of the volume it is of, or make a volume of it first (source_snapshot_id).",
                attribute="volume_id",
            )
        if found.replicated:
            raise self._in_a_pair(found.name, End("volume", found.id, found.name), budget)
        return End("volume", found.id, found.name)

    def _group(self, order: ReplicationOrder, budget: Budget) -> End:
        found = GroupFlows(self._ends.core("home")).get(order.id, budget)
        end = End("group", found.id, found.name)
        if found.is_mirrored:
            raise self._in_a_pair(found.name, end, budget)
        members = self._ends.groups("home").members(found.name, budget)
        if members:
            raise InUse(
                f"Consistency group {found.name} is not empty and cannot be mirrored",
                happened=f"It has: {', '.join(one.name for one in members)}. What would happen: the array would refuse "
                "it, since a group is mirrored while it is empty; replicated volumes join it afterwards.",
                left_behind=UNTOUCHED,
                next_step="Take its volumes out, replicate them and the group, then put them in again. No option "
                "mirrors a group with volumes in it.",
                attribute="consistency_group_id",
            )
        return end

    def _in_a_pair(self, name: str, end: End, budget: Budget) -> InUse:
        half = self._ends.half("home", end.subject, end.id, budget)
        with_whom = f"It is paired with {half.peer} ({half.words})." if half is not None else "It has a mirror."
        return InUse(
            f"{name} is replicated already",
            happened=f"{with_whom} What would happen: the copy there is would have to be given up first.",
            left_behind=UNTOUCHED,
            next_step="Manage the pair that exists: import it by this id. No option makes a second copy.",
            attribute="volume_id" if end.subject == "volume" else "consistency_group_id",
        )

    def _target(self, budget: Budget) -> str:
        """Return the name under which home mirrors to the remote array, found by the number partners know it by."""
        remote = self._ends.core("remote")
        remote.array.pairs.listing(budget)  # lets the array tell its number
        key = remote.array.pairs.known_key
        targets = self._ends.mirrors("home").targets(budget)
        found = [one for one in targets if key and one.key == key]
        known = ", ".join(f"{one.name} (system_id {one.key})" for one in targets) or "none"
        if not found:
            raise NotFound(
                "Home has no mirroring target that is the replication target",
                happened=f"The replication target is {remote.known_system_id}, in a target_list system_id {key}; "
                f"home's targets are: {known}.",
                left_behind=UNTOUCHED,
                next_step="Define the target and its connectivity on both arrays, or correct replication_target.",
                attribute="replication_target",
            )
        if not found[0].is_linked:
            raise Refused(
                f"The link to {found[0].name} is down",
                happened="What would happen: nothing could be copied; a mirror is defined on both arrays at once.",
                left_behind=UNTOUCHED,
                next_step="Mend the link (target_list shows connected), then run it again. No option does without it.",
                attribute="replication_target",
            )
        return found[0].name

    def _pool(self, order: ReplicationOrder, budget: Budget) -> Pool:
        remote = self._ends.core("remote")
        target = self._ends.core("home").settings.replication_target
        wanted = order.remote_pool or (target.pool if target is not None else None)
        if wanted is None:
            raise Refused(
                "The remote copy needs a pool",
                happened="It is not said which pool of the remote array takes it.",
                left_behind=UNTOUCHED,
                next_step="Write remote_pool, or pool in the provider's replication_target.",
                attribute="remote_pool",
            )
        try:
            return remote.get_settled_pool(wanted, budget)
        except DriverError as error:
            error.attribute = "remote_pool"
            raise

    def _refuse_leftovers(self, end: End, budget: Budget) -> None:
        kept = self._ends.mirrors("home").kept_of(end, budget)
        left = [one.name for one in kept if one.prefix != MOST_UPDATED]
        if left:
            raise Refused(
                f"{end.name} still has snapshots of an earlier mirror",
                happened=f"They are: {', '.join(left)}. The array makes no new mirror while they exist. What would "
                "happen: deleted for that, somebody's last consistent state might be gone.",
                left_behind=UNTOUCHED,
                next_step="Make sure that nobody needs them and delete them, then run it again. No option deletes them "
                "for you.",
                attribute="volume_id" if end.subject == "volume" else "consistency_group_id",
            )

    def _refuse_taken(self, plan: Plan, budget: Budget) -> None:
        remote = self._ends.core("remote")
        never = "What would happen: all that is in it would be copied over. What exists is never a copy target."
        step = (
            "Choose another remote_name; or delete that one, when it is certain that nobody needs it. No option makes "
            "it a copy target."
        )
        if plan.end.subject == "group":
            group = self._ends.groups("remote").find(plan.remote_name, budget)
            if group is not None:
                raise AlreadyExists(
                    f"The remote array has a consistency group called {group.name!r} already",
                    happened=f"It is in pool {group.pool_name}{', mirrored' if group.is_mirrored else ''}. {never}",
                    left_behind=UNTOUCHED,
                    next_step=step,
                    attribute="remote_name",
                )
            return
        taken = remote.array.volumes.named(plan.remote_name, budget)
        if taken:
            candidates = VolumeFlows(remote).candidates_of(taken, budget)
            raise AlreadyExists(
                f"The remote array has a volume called {plan.remote_name!r} already",
                happened=f"There: {'; '.join(map(str, candidates))}. {never}",
                left_behind=UNTOUCHED,
                next_step=step,
                attribute="remote_name",
                candidates=candidates,
            )

    # making

    def _make_group(self, plan: Plan, made: Made, budget: Budget) -> None:
        group, answered = GroupFlows(self._ends.core("remote")).make(plan.remote_name, plan.pool.id, budget)
        made.group, made.is_group_certain = group, answered

    def _define(self, plan: Plan, made: Made, budget: Budget) -> None:
        for attempt in range(ATTEMPTS):
            try:
                with self._schedules.held(plan.schedule, budget):
                    self._define_once(plan, made, budget)
            except NotFound:
                if plan.schedule is None or attempt + 1 == ATTEMPTS:
                    raise
            else:
                return

    def _define_once(self, plan: Plan, made: Made, budget: Budget) -> None:
        """Send the definition once; after a lost answer one that is there, of this name and kind, counts."""
        home = self._ends.core("home")
        try:
            home.patiently(budget, lambda: self._ends.mirrors("home").create(plan.mirror, budget))
        except InDoubt as doubt:
            made.is_certain = False
            if not home.certainly(budget.for_a_look(), lambda look: self._defined(plan, look) is not None):
                doubt.left_behind = (
                    f"A mirror of {plan.end.name}, with {plan.remote_name} on the remote array, may be there or appear."
                )
                raise
        made.mirror = True
        if plan.end.subject == "volume":
            made.unread = plan.remote_name
            named = self._ends.core("remote").array.volumes.named(plan.remote_name, budget.for_a_look())
            made.volume = named[0] if len(named) == 1 and not named[0].is_snapshot else None
            made.unread = "" if made.volume is not None else plan.remote_name

    def _defined(self, plan: Plan, budget: Budget) -> Half | None:
        half = self._ends.half("home", plan.end.subject, plan.end.id, budget)
        key = self._ends.core("remote").array.pairs.known_key
        fits = half is not None and (half.peer, half.mode, half.role) == (plan.remote_name, plan.mirror.mode, "source")
        return half if fits and half is not None and half.peer_key in {None, key} else None

    # undoing

    def _undo(self, plan: Plan, made: Made, error: DriverError) -> None:
        """Take away what this call made, or say in the error what is left; a stop leaves two seconds for that."""
        budget = Budget(UNDO_S, self._ends.core("home").stop)
        try:
            try:
                self._undone(plan, made, error, budget)
            except Cancelled:
                self._undone(plan, made, error, Budget(LOOK_AFTER_STOP_S))
        except DriverError as second:
            error.happened = f"{error.happened} Undoing failed too: {second}".strip()
        if plan.schedule is not None and made.is_certain:
            made.left.extend(self._schedules.tidy([plan.schedule.name], Budget(UNDO_S, self._ends.core("home").stop)))
        left = [
            *((f"the mirror of {plan.end.name}",) if made.mirror else ()),
            *((f"volume {made.volume.name} (id {made.volume.id}) on the remote array",) if made.volume else ()),
            *((f"volume {made.unread}, made with the mirror, on the remote array",) if made.unread else ()),
            *((f"consistency group {made.group.name} on the remote array",) if made.group is not None else ()),
            *made.left,
        ]
        error.may_be_there = made.mirror or not made.is_certain
        if not error.may_be_there:
            error.left = made.volume
        if left:
            doubt = error.left_behind if isinstance(error, InDoubt) else ""
            error.left_behind = f"{doubt} Left behind: {', '.join(left)}.".strip()
        elif not error.left_behind:
            error.left_behind = "Nothing is left on either array."

    def _undone(self, plan: Plan, made: Made, error: DriverError, budget: Budget) -> None:
        if made.is_certain:
            self._read_volume(plan, made, budget)
            self._undo_mirror(plan, made, budget)
            self._undo_volume(made, error)
        if made.group is not None and made.is_group_certain and not made.mirror:
            GroupFlows(self._ends.core("remote")).delete(made.group.name, budget)
            made.group = None

    def _read_volume(self, plan: Plan, made: Made, budget: Budget) -> None:
        """Look once more for the remote volume of a mirror that was made: after that, nothing tells whose it is."""
        if made.mirror and made.unread:
            named = self._ends.core("remote").array.volumes.named(plan.remote_name, budget)
            if len(named) == 1 and named[0].replicated and not named[0].is_snapshot:
                made.volume, made.unread = named[0], ""

    def _undo_mirror(self, plan: Plan, made: Made, budget: Budget) -> None:
        """Delete the mirror as it was made; one that is otherwise may be somebody else's by now, and is left."""
        half = self._defined(plan, budget) if made.mirror else None
        if half is not None:
            if half.standing != "inactive":
                self._ends.deactivate("home", half, budget)
            self._ends.delete("home", half, budget)
        elif made.mirror and self._ends.half("home", plan.end.subject, plan.end.id, budget) is not None:
            return
        made.mirror = False

    def _undo_volume(self, made: Made, error: DriverError) -> None:
        if made.volume is None:
            return
        found = self._ends.core("remote").array.volumes.find(made.volume.id, Budget(UNDO_S))
        if found is not None:
            VolumeFlows(self._ends.core("remote")).undo(found, error, answered=True)
        if error.left is None:
            made.volume = None
        else:
            error.left, error.left_behind = None, ""


def _schedule_of(order: ReplicationOrder) -> Schedule | None:
    if order.mode == "async":
        if order.rpo_s is None:
            raise Refused(
                "An asynchronous replication needs rpo_seconds",
                happened="It is not said how far the copy may lag behind.",
                left_behind=UNTOUCHED,
                next_step="Write how many seconds of writes may be lost at most.",
                attribute="rpo_seconds",
            )
        return schedule_for(order.rpo_s)
    if order.rpo_s is not None:
        raise Refused(
            "rpo_seconds goes with mode async",
            happened="A synchronous mirror has no RPO: what is acknowledged is on both arrays.",
            left_behind=UNTOUCHED,
            next_step='Leave rpo_seconds out, or write mode = "async".',
            attribute="rpo_seconds",
        )
    return None
