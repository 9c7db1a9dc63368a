"""Replication as the core tells its callers of it: frozen objects, the same for both families.

*Home* is the connected array, *remote* the one named as its replication target.  A pair consists of two halves, what
each array says of it; which array serves follows from both (``pairing``), and stands nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Side = Literal["home", "remote"]
DELETABLE = frozenset({1, 2})  # the rows in which a pair may be ended
LOST = 14  # the row of a pair one array does not list
NOT_UNDERSTOOD = 16  # the row of what fits no other
OTHER: dict[Side, Side] = {"home": "remote", "remote": "home"}
ReplicationMode = Literal["sync", "async", "metro_mirror", "global_copy"]
Subject = Literal["volume", "group"]
Operation = Literal["switch", "failover", "failback", "resync"]
Override = Literal["force", "accept_inconsistent", "authoritative_backend_id"]
Remaining = Literal["keep", "delete"]
LookedAt = tuple[Subject, str | None, str | None, int]
PairState = Literal[
    "home_serves", "remote_serves", "failed_over", "split", "nobody_serves", "broken", "gone", "unknown"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Say what one array knows of a pair of volumes or of a mirrored group.

    ``id`` and ``name`` are those of the volume or group on this array, ``peer`` is what it calls the other one: a
    volume id on a DS8000, a name on an XIV.  ``key`` and ``peer_key`` are what partners call the two arrays, None where
    this one does not tell (XIV: a number of its own; DS8000: the system id).  ``standing`` is ``active`` while data
    travels, ``hindered`` while it would but cannot (XIV: active, not operational), ``inactive`` while it was told not
    to (DS8000: suspended).  ``in_step`` is whether this array calls the copy complete: Synchronized, Consistent or RPO
    OK on an XIV, on a DS8000 full duplex (Metro Mirror) or copy pending (Global Copy).  ``is_initial`` is whether the
    first copy has not ended.  ``group`` is the mirrored group a volume moves with.  ``replicated_at`` is as the array
    writes it (XIV async).  ``words`` are the array's own; ``strange`` says why nobody knows what they mean, empty where
    it is known; ``is_foreign`` is whether that is because the other half is on a third array.  ``target`` is what an
    XIV calls the array of the other half.
    """

    subject: Subject
    id: str
    name: str
    system_id: str
    key: str | None
    peer: str
    peer_key: str | None
    role: Literal["source", "target"]
    mode: ReplicationMode
    standing: Literal["active", "hindered", "inactive"]
    in_step: bool
    words: str
    pair_id: str | None = None
    is_linked: bool | None = None
    is_initial: bool = False
    group: str | None = None
    rpo_s: int | None = None
    schedule: str | None = None
    replicated_at: str | None = None
    missing_bytes: int | None = None
    progress: int | None = None
    strange: str = ""
    is_foreign: bool = False
    peer_id: str | None = None
    target: str | None = None

    @property
    def partner(self) -> str:
        """Return the array of the other half as a user can know it: as this array lists it."""
        if self.target is None:
            return f"array {self.peer_key}"
        return f"target {self.target} (system_id {self.peer_key} in target_list)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Be a pair, or a mirrored group with the pairs of its ``members``, as both arrays were just seen to have it.

    ``row`` is the row of the table (SEMANTICS §3), ``cause`` says in words what is not as it should be.  A half is None
    where its array has none or did not answer; ``unread`` says then why it did not, ``is_alive`` whether what it
    answered was an error, so that its hosts may well be writing, and ``mending`` what to do about that.
    """

    subject: Subject
    home: Half | None
    remote: Half | None
    home_answers: bool
    remote_answers: bool
    row: int
    state: PairState
    cause: str = ""
    members: tuple[Pair, ...] = ()
    unread: str = ""
    is_alive: bool = False
    mending: str = ""

    @property
    def id(self) -> str | None:
        """Return the id of home's volume or group; None where only the remote XIV answers, which knows its name."""
        if self.home is not None:
            return self.home.id
        return None if self.remote is None else _peer_id(self.remote)

    @property
    def remote_id(self) -> str | None:
        """Return the id of the remote volume or group; None where only the home XIV answers."""
        if self.remote is not None:
            return self.remote.id
        return None if self.home is None else _peer_id(self.home)

    @property
    def name(self) -> str:
        """Return what to call it in a text."""
        half = self.home or self.remote
        if half is None:
            return "?"
        ours = half.name if half is self.home else half.peer
        theirs = half.peer if half is self.home else half.name
        what = "group" if self.subject == "group" else "volume"
        return f"{what} {ours}" if ours == theirs and not half.pair_id else f"{what} {ours} -> {theirs}"

    @property
    def serves(self) -> Side | None:
        """Return the side that hosts can be sure of, None where that is not known or is both or neither."""
        if self.row in {1, 2, 3, 7, 11}:
            return "home"
        return "remote" if self.row in {4, 5, 6, 8, 9, 10} else None

    @property
    def mode(self) -> ReplicationMode | None:
        """Return how it is copied, as the side that answers says; home before remote."""
        half = self.home or self.remote
        return None if half is None else half.mode

    @property
    def can_be_ended(self) -> bool:
        """Tell whether ending it takes nothing from where hosts write: home serves, or did in the half that is left."""
        if self.row in DELETABLE:
            return True
        halves = [half for half in (self.home, self.remote) if half is not None]
        return self.row == LOST and len(halves) == 1 and (halves[0].role == "source") == (halves[0] is self.home)

    def copies_as(self, mode: str, rpo_s: int | None) -> bool:
        """Tell whether both arrays copy it so; ``rpo_s`` is None but for an asynchronous mirror."""
        both_say = all(half is not None and half.mode == mode for half in (self.home, self.remote))
        is_paced = rpo_s is None if mode != "async" else self.home is not None and self.home.rpo_s == rpo_s
        return both_say and is_paced and self.row != NOT_UNDERSTOOD

    def half(self, side: Side) -> Half | None:
        """Return one half."""
        return self.home if side == "home" else self.remote

    def answers(self, side: Side) -> bool:
        """Tell whether one array was read."""
        return self.home_answers if side == "home" else self.remote_answers


def _peer_id(half: Half) -> str | None:
    """Return the id of the other volume or group; of an XIV's volume only what was looked up."""
    return half.peer if half.subject == "group" or half.pair_id is not None else half.peer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationOrder:
    """Say what to replicate: a volume of home, or an empty consistency group (XIV).

    ``rpo_s`` is for ``async`` alone; ``remote_pool`` None is the target's default pool, ``remote_name`` None the name
    at home.
    """

    subject: Subject
    id: str
    mode: ReplicationMode
    rpo_s: int | None = None
    remote_pool: str | None = None
    remote_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """Describe a replication as it is set up; nothing here changes by itself.

    ``id`` is the id of home's volume or group, ``system_id`` that of home.
    """

    id: str
    subject: Subject
    name: str
    system_id: str
    backend_id: str
    mode: ReplicationMode
    rpo_s: int | None
    remote_system_id: str
    remote_id: str
    remote_name: str
    remote_pool: str
    remote_wwn: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedEnd:
    """Say what an end that was broken off left on the remote array, of a pair that is gone on both.

    A volume is locked still as the copy it was; a group is there still that was to go.  ``command`` would finish it by
    hand on that array; ``size_bytes`` and ``wwn`` are None of a group.
    """

    subject: Subject
    id: str
    name: str
    system_id: str
    command: str
    size_bytes: int | None = None
    wwn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Say what may be asked for; ``to`` is None where it has no direction, ``needs`` what has to be said with it."""

    operation: Operation
    to: Side | None
    needs: tuple[Override, ...] = ()

    def __str__(self) -> str:
        said = [f"to {self.to}"] if self.to is not None else []
        said += [one.replace("_", "-") for one in self.needs]
        return f"{self.operation} ({', '.join(said)})" if said else self.operation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationStatus:
    """Say how a replication stands, as both arrays were just seen to have it.

    ``offers`` are what could be asked for now, ``operations`` their names.  ``recovery_point`` is what would be lost by
    a failover, in words; ``home_says`` and ``remote_says`` are the arrays' own words, or why there are none;
    ``next_step`` is what to do about it.  ``failover_needs_force`` where the side that is to give way answers, if only
    with an error.  ``group`` is the mirrored group a volume moves with, and only with it.
    """

    id: str | None
    remote_id: str | None
    subject: Subject
    name: str
    mode: ReplicationMode | None
    row: int
    state: PairState
    cause: str
    serves: Side | None
    operations: tuple[Operation, ...]
    home_says: str
    remote_says: str
    progress: int | None = None
    missing_bytes: int | None = None
    replicated_at: str | None = None
    recovery_point: str = ""
    next_step: str = ""
    failover_needs_force: bool = False
    offers: tuple[Offer, ...] = ()
    group: str | None = None
    members: tuple[ReplicationStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Say which replications an operation is about, in exactly one way; never all there are.

    ``ids`` are ids of replications or of their remote volumes; ``group`` is an XIV consistency group; ``pools`` are
    pools of the remote array, with the number of replications expected there (a group counts once).
    """

    ids: tuple[str, ...] = ()
    group: str | None = None
    pools: tuple[str, ...] = ()
    expected_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Say what the user vouches for: each is refused without, where it matters.

    ``mode`` is how a DS8000 is to copy what has moved, None as it does: a Global Copy moves as Metro Mirror, and one
    whose move was broken off may have been left so.  ``confirmed`` are ``looked_at`` of the members a dry run showed
    that may be moved, and no others; None for all in scope.
    """

    dry_run: bool = False
    io_stopped: bool = False
    force: bool = False
    accept_inconsistent: bool = False
    max_data_loss_s: int | None = None
    authoritative_backend_id: str | None = None
    mode: ReplicationMode | None = None
    confirmed: frozenset[LookedAt] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Say for what reason replications are refused, and ``names``, all of them, in the order they were asked for.

    ``happened`` tells what is the same of all once, and of a few what differs; ``code`` and ``words`` are the array's.
    """

    names: tuple[str, ...]
    reason: str
    happened: str
    next_step: str
    attribute: str = ""
    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Say what became of one replication in an operation.

    ``outcome``: ``moved``; ``was there`` already; with a dry run ``would move``; ``failed`` with ``problem`` in words.
    ``calls`` are the calls that change something, in order, those of a dry run as they would be.  One that was sent
    and not carried out ends with ``(refused)``, or with ``(not answered)`` where that is not known.  ``lost`` is what
    the kept side lacks, in words; ``kept`` names the snapshots that hold what was discarded.  ``evidence`` is what was
    seen of both sides before, where both may have been written: who may write, and what is missing.  ``in_doubt`` is
    whether a call may still be carried out that was not answered: then ``after`` and ``serves`` are None, since
    what is seen meanwhile may not last; so they are of one that could not be looked at afterwards.  ``by_others`` is
    whether it was to be moved and came there meanwhile without a call of this operation.
    """

    id: str | None
    remote_id: str | None
    name: str
    subject: Subject
    before: int
    after: int | None
    outcome: Literal["moved", "was there", "would move", "failed"]
    serves: Side | None
    calls: tuple[str, ...] = ()
    lost: str = ""
    kept: tuple[str, ...] = ()
    problem: str = ""
    evidence: str = ""
    in_doubt: bool = False
    by_others: bool = False

    @property
    def looked_at(self) -> LookedAt:
        """Return which replication it is, and the row it was seen in before."""
        return (self.subject, self.id, self.remote_id, self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailoverReport:
    """Say what an operation did, or with ``dry_run`` would do, member by member.

    ``to`` is the side that is to serve; of a resync the one whose data stays, None where it is not the same for all.
    """

    operation: Operation
    to: Side | None
    dry_run: bool
    members: tuple[Member, ...] = field(default=())

    @property
    def failed(self) -> tuple[Member, ...]:
        """Return the members it could not bring where they should be."""
        return tuple(member for member in self.members if member.outcome == "failed")
