"""The remote volume of a mirror that is made anew: it has to be the very one that was the copy, and used by nobody new.

A mirror is defined by names.  Between the end of the old one and the definition of the new one a name may come to be
another volume's, and all of that would be overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Refused
from ..mirrors import LAST_REPLICATED, MOST_RECENT
from ..objects import Volume
from ..replicating import Half
from ..waiting import Budget
from .mirror_ends import MirrorEnds

GOES = (LAST_REPLICATED, MOST_RECENT)  # of no use once the mirror is gone


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
    names = tuple(f"snapshot {one.name}" for one in snapshots if not one.name.casefold().startswith(GOES))
    return (*users.mappings, *names, *users.groups)
