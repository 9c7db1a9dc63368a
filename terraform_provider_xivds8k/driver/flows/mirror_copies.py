"""The remote volume of a mirror that is made anew: it has to be the very one that was the copy, and used by nobody new.

A mirror is defined by names.  Between the end of the old one and the definition of the new one a name may come to be
another volume's, and all of that would be overwritten.  Also: who depends on a remote volume or group that is to go.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InUse, Refused, TimedOut
from ..mirrors import GO_WITH_MIRROR, End, KeptSnapshot
from ..objects import Volume
from ..replicating import Half
from ..waiting import Budget
from .former_groups import LET_GO_S
from .groups import GroupFlows
from .mirror_ends import UNTOUCHED, MirrorEnds


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Say what a copy was while the mirror was there; ``users`` in words, nobody of whom can have written."""

    half: Half
    size_bytes: int = 0
    users: frozenset[str] = frozenset()


class Copies:
    """Look at the remote volumes of mirrors."""

    def __init__(self, ends: MirrorEnds) -> None:
        self._ends = ends

    def of(self, remote: Half, budget: Budget) -> Copy:
        """Return what a copy is right now; of a group, which is empty, nothing but its name."""
        if remote.subject == "group":
            return Copy(half=remote)
        volume = self._ends.volume("remote", remote, budget)
        users = frozenset(users_of_copy(self._ends, volume, budget))
        return Copy(half=remote, size_bytes=volume.size_bytes, users=users)

    def refuse_another(self, copy: Copy, budget: Budget) -> None:
        """Raise Refused unless the volume is there by WWN, name and size, still locked, and used by nobody new."""
        half = copy.half
        if half.subject == "group":
            return
        volume = self._ends.volume("remote", half, budget)
        new = sorted(set(users_of_copy(self._ends, volume, budget)) - copy.users)
        problems = [
            *(
                [f"it has {volume.size_bytes} bytes instead of {copy.size_bytes}"]
                if volume.size_bytes != copy.size_bytes
                else []
            ),
            *([] if self._ends.mirrors("remote").is_locked(volume, budget) else ["it is not locked any more"]),
            *([f"it has got {', '.join(new)}"] if new else []),
        ]
        if problems:
            raise Refused(
                f"{half.name} (id {half.id}) on the remote array is not as the mirror left it",
                happened=f"Since then, {'; '.join(problems)}: somebody may have begun to use it. What would happen: "
                "what they wrote would be copied over.",
                next_step="Find out who uses it.",
                attribute="mode",
            )

    def confirm(self, home: Half, copy: Copy, budget: Budget) -> None:
        """Raise Refused unless a mirror just defined is with that very volume; one with another is taken away again.

        It is inactive, so nothing was copied.
        """
        ours = self._ends.half("home", home.subject, home.id, budget)
        theirs = self._ends.half("remote", copy.half.subject, copy.half.id, budget)
        fits = ours is not None and ours.peer == copy.half.name
        if fits and theirs is not None and (theirs.role, theirs.peer) == ("target", home.name):
            return
        if ours is not None:
            if ours.standing != "inactive":
                self._ends.deactivate("home", ours, budget)
            self._ends.delete("home", ours, budget)
        raise Refused(
            f"The mirror of {home.name} came to be with another volume than {copy.half.name} (WWN {copy.half.id})",
            happened=f"Something else is called {copy.half.name} on the remote array now. Nothing was copied over it, "
            "and the mirror was taken away again; it may be locked since (vol_unlock).",
            next_step="Find out who renamed the volume.",
            attribute="mode",
        )


def users_of_copy(ends: MirrorEnds, volume: Volume, budget: Budget) -> tuple[str, ...]:
    """Return who depends on a remote volume, in words; not the snapshots that go with the mirror."""
    core = ends.core("remote")
    users = core.array.volumes.users(volume, budget)
    snapshots = core.array.snapshots.of_volume(volume, budget) if core.array.snapshots is not None else ()
    names = tuple(f"snapshot {one.name}" for one in snapshots if not one.name.casefold().startswith(GO_WITH_MIRROR))
    return (*users.mappings, *names, *users.groups)


def users_of_group(ends: MirrorEnds, name: str, budget: Budget) -> tuple[str, ...]:
    """Return what depends on a remote group, in words; not its mirror, nor the snapshots that go with that."""
    own = {"a mirror", *(f"snapshot group {one.name}" for one in kept_of_group(ends, name, budget))}
    return tuple(one for one in GroupFlows(ends.core("remote")).users(name, budget) if one not in own)


def kept_of_group(ends: MirrorEnds, name: str, budget: Budget) -> list[KeptSnapshot]:
    """Return the snapshot groups of a remote group that are of no use once its mirror is gone."""
    return [
        one for one in ends.mirrors("remote").kept_of(End("group", name, name), budget) if one.prefix in GO_WITH_MIRROR
    ]


def wait_for_group(ends: MirrorEnds, remote: Half, budget: Budget) -> None:
    """Wait until the mirror of the group that a copy has left holds it no more; raises InUse.

    It does until its next sync job, or until it is ended, which a destroy of both does at the same time.
    """
    if remote.subject == "group" or remote.mode != "async":
        return
    mirrors, end = ends.mirrors("remote"), End.of(remote)

    def holds(look: Budget) -> bool:
        internal = {one for one in mirrors.snapshots_of(end, look) if one.casefold().startswith(GO_WITH_MIRROR)}
        return bool(internal - {one.name for one in mirrors.kept_of(end, look)})

    if not holds(budget):
        return
    brief = Budget(min(LET_GO_S, budget.left_s), budget.stop)
    try:
        ends.core("remote").wait_until(brief, lambda look: not holds(look), "its former group")
    except TimedOut as late:
        if not holds(budget.for_a_look()):  # raises what kept the looks before from telling
            return
        raise InUse(
            f"{remote.name} on the remote array is held by its former group and is not deleted",
            happened="The mirror of that group has it in its last replicated snapshots until its next sync job. What "
            "would happen: the pair would be ended, and its copy could not be deleted.",
            left_behind=UNTOUCHED,
            next_step="Run it again after that job, or end the group's replication first; or let it stay: "
            'remote_on_delete = "keep".',
            attribute="remote_on_delete",
        ) from late
