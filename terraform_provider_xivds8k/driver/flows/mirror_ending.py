"""Mirrors that are ended, on both arrays, and what becomes of the remote volume: it never goes while it is used."""

from __future__ import annotations

import itertools

from ..errors import Cancelled, DriverError, InDoubt, InUse, NotFound, Refused, TimedOut
from ..mirrors import GO_WITH_MIRROR, End
from ..objects import Volume
from ..replicating import DELETABLE, NOT_UNDERSTOOD, Half, Pair, Remaining, UnfinishedEnd
from ..rules import is_xiv_id
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .groups import GroupFlows
from .mirror_copies import kept_of_group, users_of_copy, users_of_group, wait_for_group
from .mirror_ends import UNTOUCHED, MirrorEnds, alone, empty, whole
from .mirror_schedules import Schedules
from .volumes import VolumeFlows

TIDY_S = 60.0
JOBS_S = 60.0


class MirrorEnding:
    """End mirrors whose home serves."""

    def __init__(self, ends: MirrorEnds, schedules: Schedules) -> None:
        self._ends = ends
        self._schedules = schedules

    def delete(self, pair: Pair, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """End a mirror; with ``delete`` its remote volume goes too, which is looked at before anything is done.

        One that home does not know any more is ended where it is left, as the slave that it was of this home.
        """
        alone(pair, "ended")
        empty(pair, "ended")
        if pair.home is None or pair.remote is None:
            self._end_half(pair, remaining, budget, progress)
            return
        if remaining == "delete":
            wait_for_group(self._ends, pair.remote, budget)
        home, remote = self._looked(pair, remaining, budget)
        try:
            if self._waited_for_jobs(home, budget, progress):
                home, remote = self._looked(pair, remaining, budget)
            try:
                self._end(home, budget)
            except DriverError as error:
                if home.standing != "inactive" and self._is_gone_or_goes_on(home, remote, error):
                    self._tell(remote, remaining, error)
                raise
            try:
                self._forget_at_remote(remote, budget)
                progress(f"{pair.name}: the mirror is ended")
                self._remaining(End.of(remote), remaining, budget, progress)
                self._tell_of_content((home, remote), remaining, progress)
            except DriverError as error:
                self._tell(remote, remaining, error)
                raise
            self._tidy_home(home, budget, progress)
        finally:
            self._ends.forget_volumes(pair)
            left = self._tidy_schedules(pair)
            if left:
                progress(f"{pair.name}: not deleted: {', '.join(left)}")

    def _looked(self, pair: Pair, remaining: Remaining, budget: Budget) -> tuple[Half, Half]:
        """Return both halves as they are right now; raises Refused, InUse where they are not to be ended any more."""
        now = self._ends.again(pair, budget)
        empty(now, "ended")
        home, remote = whole(now)
        if now.row not in DELETABLE:
            became = "it is not understood any more" if now.row == NOT_UNDERSTOOD else "home does not serve it any more"
            raise Refused(
                f"{pair.name} changed meanwhile: {became}",
                happened=f"It is in row {now.row} now: {now.cause or now.state}. What would happen: the remote volume, "
                "which hosts may use by now, or which is another's copy, would be unlocked or deleted.",
                left_behind=UNTOUCHED,
                next_step="Run it again: what is there is looked at first.",
            )
        if remaining == "delete":
            self._refuse_used(remote, budget)
        return home, remote

    def _end_half(self, pair: Pair, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """End what one array still has of a mirror the other one lost; a copy is told by its half, never by name."""
        if pair.home is None and pair.remote is not None and pair.remote.role == "target":
            self._end_target(pair, pair.remote, remaining, budget, progress)
            return
        now = self._ends.again(pair, budget)
        try:
            if now.home is not None and now.home.role == "source":
                self._end(now.home, budget)
                self._tidy_home(now.home, budget, progress)
                progress(
                    f"{pair.name}: the mirror is ended at home; the remote array had lost its half, and "
                    f"{now.home.peer} there is not touched by its name alone"
                )
        finally:
            self._ends.forget_volumes(pair)
            self._tidy_schedules(pair)

    def _end_target(self, pair: Pair, remote: Half, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """End at the remote array what was ended at home, after one more look at both."""
        own_id = pair.id
        ours = self._ends.half("home", pair.subject, own_id, budget) if own_id is not None else None
        left = self._ends.half("remote", remote.subject, remote.id, budget)
        if ours is not None or (left is not None and (left.role, left.peer) != ("target", remote.peer)):
            raise Refused(
                f"{pair.name} changed meanwhile: more is there than the remote half of an ended mirror",
                happened=f"Home says: {_said(ours)}; the remote array: {_said(left)}.",
                left_behind=UNTOUCHED,
                next_step="Run it again: what is there is looked at first.",
            )
        if remaining == "delete":
            self._refuse_used(remote, budget)
        try:
            self._forget_at_remote(remote, budget)
            progress(f"{pair.name}: the mirror is ended")
            self._remaining(End.of(remote), remaining, budget, progress)
            self._tell_of_content((remote,), remaining, progress)
        except DriverError as error:
            self._tell(remote, remaining, error)
            raise
        finally:
            self._ends.forget_volumes(pair)
            self._tidy_schedules(pair)

    def _tidy_schedules(self, pair: Pair) -> tuple[str, ...]:
        """Delete the schedules that an ended mirror was the last to have; return what is left to be deleted."""
        names = [half.schedule for half in (pair.home, pair.remote) if half is not None]
        return self._schedules.tidy(names, Budget(TIDY_S, self._ends.core("home").stop))

    def finish(self, remote_id: str, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """Unlock or delete the remote volume of a mirror that is gone, or delete the remote group."""
        left = self.unfinished(remote_id, remaining, budget)
        if left is not None:
            self._remaining(End(left.subject, left.id, left.name), remaining, budget, progress)

    def unfinished(self, remote_id: str, remaining: Remaining, budget: Budget) -> UnfinishedEnd | None:
        """Return the remote volume of a mirror that is gone, where it still is locked as the slave it was.

        One that is not has been taken into use by somebody, or is done.  A group counts where it was to go, and nobody
        put anything into it or took its snapshots since.
        """
        core = self._ends.core("remote")
        system_id = core.array.system_id(budget)
        if not is_xiv_id(remote_id):
            group = self._ends.groups("remote").find(remote_id, budget) if remaining == "delete" else None
            if (
                group is None
                or group.name != remote_id
                or group.is_mirrored
                or users_of_group(self._ends, remote_id, budget)
            ):
                return None
            end = End("group", group.name, group.name)
            return UnfinishedEnd(
                subject="group", id=group.name, name=group.name, system_id=system_id, command=_by_hand(end, remaining)
            )
        volume = core.array.volumes.find(remote_id, budget)
        if volume is None or volume.replicated or not self._ends.mirrors("remote").is_locked(volume, budget):
            return None
        return UnfinishedEnd(
            subject="volume",
            id=volume.id,
            name=volume.name,
            system_id=system_id,
            command=_by_hand(End("volume", volume.id, volume.name), remaining),
            size_bytes=volume.size_bytes,
            wwn=volume.wwn,
        )

    def _refuse_used(self, remote: Half, budget: Budget) -> None:
        users = (
            users_of_group(self._ends, remote.name, budget)
            if remote.subject == "group"
            else self._users(remote, budget)
        )
        if users:
            raise InUse(
                f"{remote.name} on the remote array is in use and is not deleted",
                happened=f"It has: {', '.join(users)}. What would happen: these would lose what they use or are made "
                "of.",
                left_behind=UNTOUCHED,
                next_step='Remove these first, or let it stay: remote_on_delete = "keep".',
                attribute="remote_on_delete",
            )

    def _users(self, remote: Half, budget: Budget) -> tuple[str, ...]:
        return users_of_copy(self._ends, self._ends.volume("remote", remote, budget), budget)

    def _waited_for_jobs(self, home: Half, budget: Budget, progress: Progress) -> bool:
        """Wait a while for a sync job that runs: stopped half-way, it leaves the copy between two points in time.

        Returns whether time passed, in which somebody may have moved the mirror.
        """
        if home.mode != "async" or home.standing != "active":
            return False
        mirrors, end, polls = self._ends.mirrors("home"), End.of(home), itertools.count()
        brief = Budget(min(JOBS_S, budget.left_s), budget.stop)

        def is_idle(look: Budget) -> bool:
            next(polls)
            return not mirrors.has_jobs(end, look)

        try:
            self._ends.core("home").wait_until(brief, is_idle, "its sync jobs")
        except TimedOut:
            budget.check()
            progress(f"{home.name}: a sync job is stopped half-way; what the remote volume holds may be of no one time")
        return next(polls) > 1

    def _end(self, home: Half, budget: Budget) -> None:
        """Stop and delete the mirror at home, which does both for both arrays while they are linked."""
        if home.standing != "inactive":
            self._ends.deactivate("home", home, budget)
        self._ends.delete("home", home, budget)

    def _is_gone_or_goes_on(self, home: Half, remote: Half, error: DriverError) -> bool:
        """Have a mirror that was stopped and not ended copy again; tell how it was left, and whether it is gone."""
        try:
            try:
                left = self._as_before(home, remote, Budget(TIDY_S, self._ends.core("home").stop))
            except Cancelled:  # a stopped run leaves the volume protected too
                left = self._as_before(home, remote, Budget(LOOK_AFTER_STOP_S))
        except DriverError as second:
            error.happened = f"{error.happened} Letting it copy again failed too: {second}".strip()
            error.left_behind = (
                f"The mirror may stand still, so that nothing protects {home.name}. Where home serves, "
                f"`mirror_activate {End.of(home).argument}` on array {home.system_id} lets it copy again; "
                "running this again ends it."
            )
            return False
        if left is not None:
            late = " A call that was not answered may still stop it." if isinstance(error, InDoubt) else ""
            error.left_behind = f"{left}{late}"
        return left is None

    def _as_before(self, home: Half, remote: Half, budget: Budget) -> str | None:
        """Return how a mirror that was not ended is left, activated where it is as it was; None where it is gone."""
        found = self._ends.half("home", home.subject, home.id, budget)
        if found is None:
            return None
        theirs = self._ends.half("remote", remote.subject, remote.id, budget)
        roles = [(half.role, half.peer) if half is not None else None for half in (found, theirs)]
        if roles != [(half.role, half.peer) for half in (home, remote)]:
            raise Refused(
                "It got another role meanwhile",
                happened=f"The remote array says: {_said(theirs)}.",
                next_step="Find out which side hosts write.",
            )
        if found.standing == "inactive":
            self._ends.activate("home", found, budget)
        return "The mirror was not ended: it is active again, as before."

    def _forget_at_remote(self, remote: Half, budget: Budget) -> None:
        """Delete what the remote array keeps of a mirror that ended while the link is down."""
        left = self._ends.half("remote", remote.subject, remote.id, budget)
        if left is None:
            return
        if (left.role, left.peer) != ("target", remote.peer):
            raise _promoted(remote, left)
        if left.standing != "inactive":
            self._ends.deactivate("remote", left, budget)
        self._ends.delete("remote", left, budget, force_on_slave=True)

    def _tidy_home(self, home: Half, budget: Budget, progress: Progress) -> None:
        """Delete the snapshots that would keep a new mirror from being made; what cannot be deleted is named."""
        try:
            kept = [
                one for one in self._ends.mirrors("home").kept_of(End.of(home), budget) if one.prefix in GO_WITH_MIRROR
            ]
            self._ends.discard("home", kept, budget)
        except DriverError as error:
            progress(f"{home.name}: snapshots of the mirror may be left at home ({error.summary})")

    def _remaining(self, remote: End, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        core = self._ends.core("remote")
        if remote.subject == "group":
            if remaining == "delete":
                self._ends.discard("remote", kept_of_group(self._ends, remote.name, budget), budget)
                GroupFlows(core).delete(remote.name, budget)
            return
        volume = VolumeFlows(core).present(remote.id, budget)
        if remaining == "delete" and not self._ends.mirrors("remote").is_locked(volume, budget):
            raise _unlocked(volume)
        if remaining == "keep":
            self._unlock(volume, budget)
            progress(f"{volume.name} (id {volume.id}) stays on the remote array, writable")
            return
        kept = [one for one in self._ends.mirrors("remote").kept_of(remote, budget) if one.prefix in GO_WITH_MIRROR]
        self._ends.discard("remote", kept, budget)
        VolumeFlows(core).delete(volume.id, volume.name, budget)
        progress(f"{volume.name} (id {volume.id}) is deleted on the remote array")

    def _unlock(self, volume: Volume, budget: Budget) -> None:
        mirrors = self._ends.mirrors("remote")
        self._ends.write("remote", budget, lambda: mirrors.unlock(volume, budget), lambda _: False)

    @staticmethod
    def _tell_of_content(halves: tuple[Half, ...], remaining: Remaining, progress: Progress) -> None:
        """Say what a copy that stays does not hold, going by the halves right before the end."""
        remote = halves[-1]
        if remaining == "delete" or remote.subject == "group":
            return
        if any(half.is_initial for half in halves):
            progress(f"{remote.name} (id {remote.id}): its first copy had not ended; what it holds is of no use")
        elif not all(half.in_step for half in halves):
            progress(f"{remote.name} (id {remote.id}) was not in step; it may lack what was written last")

    @staticmethod
    def _tell(remote: Half, remaining: Remaining, error: DriverError) -> None:
        if error.has_ended:  # it tells itself what is left
            return
        end, what = End.of(remote), "was to be deleted" if remaining == "delete" else "is to be unlocked"
        by_hand = (
            f" Where nobody can run it again, `{_by_hand(end, remaining)}` on array {remote.system_id} does, once "
            "mirror_list there shows no mirror of it."
        )
        if isinstance(error, NotFound):
            what, by_hand = "is gone", ""
        elif remote.subject == "group" and remaining == "keep":
            what, by_hand = "stays", ""
        error.has_ended = True
        error.left_behind = (
            f"The mirror is ended, at home at least, so that nothing protects {remote.peer} any more. {remote.name} "
            f"(id {remote.id}) on the remote array {what}; running this again goes on with it.{by_hand}"
        )


def _said(half: Half | None) -> str:
    return half.words if half is not None else "no such pair"


def _promoted(remote: Half, left: Half) -> Refused:
    """Return the refusal to take from hosts what they may write: the half of a copy that is none any more."""
    became = f"{remote.name} on the remote array is a master by now"
    refused = Refused(
        became if left.role == "source" else f"{remote.name} on the remote array is the copy of another by now",
        happened=f"The remote array says: {left.words}. What would happen: its mirror would be deleted there, and the "
        "volume with it or unlocked, though somebody gave it another role meanwhile.",
        left_behind=f"The mirror is ended at home, so that nothing protects {remote.peer} any more. {remote.name} "
        f"(id {remote.id}) on the remote array is left as it is, with its half of the mirror.",
        next_step="Find out who changed its role and which side hosts write. Where the remote one is not needed, "
        "mirror_delete there ends what is left. No option does it for you.",
    )
    refused.has_ended = True
    return refused


def _unlocked(volume: Volume) -> Refused:
    """Return the refusal to delete what somebody unlocked, and may write."""
    refused = Refused(
        f"{volume.name} on the remote array is not locked any more and was not deleted",
        happened="A copy stays locked when its mirror ends: somebody took it into use since. What would happen: what "
        "hosts wrote to it would be lost.",
        left_behind=f"The mirror is ended. {volume.name} (id {volume.id}) stays on the remote array, writable.",
        next_step="Find out who uses it; where nobody does, delete it there. Running this again does nothing to it, "
        "and no option deletes it.",
        attribute="remote_on_delete",
    )
    refused.has_ended = True
    return refused


def _by_hand(remote: End, remaining: Remaining) -> str:
    """Return the command that finishes the end of a mirror that is gone."""
    if remaining == "keep":
        return f"vol_unlock vol={remote.name}"
    return f"{'cg_delete' if remote.subject == 'group' else 'vol_delete'} {remote.argument}"
