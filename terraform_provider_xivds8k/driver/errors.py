"""What can go wrong between the core and an array.

    DriverError
    ├── NotFound          the array says, by the code that means it, that the object is not there
    ├── AlreadyExists     a name or id is taken; ``candidates`` tells by what
    │   └── LunTaken      somebody else's volume has the LUN by now
    ├── InUse             something on the array still depends on the object
    ├── NoSpace           a pool, an LSS or the whole system is full
    ├── Denied            the user may not do this
    ├── BadCredentials    user or password refused; never repeated
    ├── Unreachable       nothing was sent, or nothing could be
    ├── Unsupported       this array, or this release of it, cannot do it
    ├── Busy              the array asks to come back later
    ├── TimedOut          the deadline passed
    ├── Ambiguous         a name fits several objects
    ├── Refused           the core will not do it, or the array said no for another reason
    ├── InDoubt           a write was sent and its outcome is not known
    ├── Cancelled         the user stopped the run
    └── WrongSystem       the connected array is not the one the state belongs to

An error keeps the array's code and words, and with them goes what the code means (``explanations``), wherever it is
handed on to.  Clients make these from tables (``xiv/codes.py``, ``ds8k/codes.py``); ``lifecycle`` turns them into
diagnostics by their shape: ``summary``, ``happened``, ``cause``, ``left_behind``, ``next_step`` and ``attribute``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .explanations import explained

if TYPE_CHECKING:
    from .attaching import Host
    from .objects import GroupSnapshot, Snapshot, Volume
    from .replicating import FailoverReport, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Describe an object that could be meant, for an error text.

    ``size_bytes`` is in bytes; ``mapped`` is None where the array was not asked.
    """

    id: str
    name: str
    size_bytes: int
    pool: str
    mapped: bool | None = None

    def __str__(self) -> str:
        mapped = {True: ", mapped", False: ", not mapped", None: ""}[self.mapped]
        return f"{self.name} (id {self.id}, {self.size_bytes} bytes, pool {self.pool}{mapped})"


def called(name: str | None, own_id: str | None) -> str:
    """Return how a text names an object: by name and id, once where they are the same."""
    return f"{name}" if name == own_id or own_id is None else f"{name} ({own_id})"


class DriverError(Exception):
    """Say what happened, what may be left behind and what to do next.

    ``code`` and ``words`` are the array's own, empty where the core itself refuses.  ``attribute`` names the setting
    that is at fault (``pool``, ``name`` ...), empty where none is.
    """

    left: Volume | None = None  # what this call made, or took apart, and could not undo or finish
    is_of_settings: bool = False  # a setting cannot be used: no array was asked, so it is nothing an array says
    moves_nothing: bool = False  # whatever comes of it, no side of a replication gets another role
    may_be_there: bool = False  # whether the replication this call was to make may exist for all that
    has_ended: bool = False  # whether this call ended the replication, though not all that belongs to its end was done
    snapshot: Snapshot | None = None  # the snapshot this call took all the same
    group_snapshot: GroupSnapshot | None = None  # the same for a group snapshot
    left_copies: tuple[tuple[str, Volume], ...] = ()  # the same for copies of several volumes: (volume id, its copy)
    is_of_unknown_code: bool = False  # what the array's code means nobody knows: it may pass by itself
    in_doubt_since: str | None = None  # when a copy or mapping was in doubt that may still come (UTC)
    left_host: Host | None = None  # the same for a host
    lun: int | None = None  # what a mapping in doubt was sent with
    known_while_silent: str = ""  # what else is known, where an array that is silent is not all there is to say
    report: FailoverReport | None = None  # where each member of an operation on pairs is now
    refusals: tuple[Refusal, ...] = ()  # why an operation on pairs was refused, each reason with all it is for
    frozen: tuple[str, ...] = ()  # LSSs that may still hold back what hosts write: no thaw of them was confirmed

    def __init__(
        self,
        summary: str,
        *,
        happened: str = "",
        left_behind: str = "",
        next_step: str = "",
        attribute: str = "",
        code: str = "",
        words: str = "",
        candidates: tuple[Candidate, ...] = (),
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.happened = happened
        self.left_behind = left_behind
        self.next_step = next_step
        self.attribute = attribute
        self.code = code
        self.words = words
        self.candidates = candidates

    @property
    def cause(self) -> str:
        """Return what the array's code means and what it is likely due to, empty where no table explains it."""
        found = explained(self.code)
        return found.cause if found is not None else ""

    def __str__(self) -> str:
        array = f"the array said {self.code}: {self.words}" if self.code else ""
        if self.cause:
            array = f"{array.rstrip('.: ')}. {self.cause}"
        return " ".join(part for part in (self.summary, self.happened, array, self.left_behind, self.next_step) if part)


class NotFound(DriverError):
    """The object is not on the array, by the code that means it."""


class AlreadyExists(DriverError):
    """The name or id is taken."""


class LunTaken(AlreadyExists):
    """The LUN is another volume's by now."""


class InUse(DriverError):
    """Something on the array still depends on the object."""


class NoSpace(DriverError):
    """There is no room for it."""


class Denied(DriverError):
    """The user may not do this."""


class BadCredentials(DriverError):
    """The array refused user name or password."""


class Unreachable(DriverError):
    """The array could not be reached; nothing was sent.

    ``is_silence`` is whether it is dead as far as anybody can tell, and not answering without being trusted;
    ``names_nothing`` tells that the summary is the same whatever was asked for.
    """

    is_silence = True
    names_nothing = True
    was_heard = False  # it answered something else meanwhile


class Unsupported(DriverError):
    """This array cannot do it."""


class Busy(DriverError):
    """The array asks to come back later."""


class TimedOut(DriverError):
    """The deadline passed before the array was done.

    That is no silence by itself: the array may be slow.  ``is_silence`` is set where it was asked as often as it may
    be, given its whole time, and nothing came.
    """

    is_silence = False
    names_nothing = True
    was_heard = False  # it answered something else meanwhile


class Ambiguous(DriverError):
    """Several objects fit."""


class Refused(DriverError):
    """The core or the array said no."""


class InDoubt(DriverError):
    """A write was sent and its outcome is not known."""


class Cancelled(DriverError):
    """The run was stopped."""


class WrongSystem(DriverError):
    """The connected array is not the one this object belongs to."""
