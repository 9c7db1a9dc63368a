"""Both volumes of a mirror have one size, or the array never lets one copy to the other again: looked at before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import DriverError, Refused
from ..replicating import OTHER, Half, Pair, Side
from ..waiting import Budget
from .mirror_deeds import is_promoted_aside
from .mirror_ends import UNTOUCHED, MirrorEnds
from .pair_evidence import volumes_at
from .pair_patience import AGAIN_S
from .pair_sizes import BLOCK_BYTES
from .pair_work import Work, key_of

SERVING: dict[int, Side] = {2: "home", 5: "remote"}  # rows out of step in which one side's data counts
IN_STEP: dict[Side, int] = {"home": 1, "remote": 4}
ONE_BY_ONE = 3  # up to so many volumes are asked about singly
Sizes = Mapping[Side, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Unequal:
    """Be the two volumes of one mirror, with their sizes in bytes."""

    home: Half
    remote: Half
    home_bytes: int
    remote_bytes: int

    @property
    def words(self) -> str:
        """Return what differs."""
        return (
            f"{self.home.name} has {self.home_bytes} bytes at home, {self.remote.name} {self.remote_bytes} on the "
            "remote array"
        )

    def lacks_bytes(self, side: Side) -> int:
        """Return how many bytes the volume of one side is smaller by, 0 where it is not."""
        more = self.remote_bytes - self.home_bytes
        return max(0, more if side == "home" else -more)


class MirrorSizes:
    """Compare the sizes of both sides; the number of calls does not depend on how many pairs there are."""

    def __init__(self, ends: MirrorEnds) -> None:
        self._ends = ends

    def unequal(self, pairs: Iterable[Pair], budget: Budget) -> Mapping[str, tuple[Unequal, ...]]:
        """Return by ``key_of`` the mirrors whose volumes differ in size; raises what either array answers."""
        known = tuple(pairs)
        sizes = {
            side: self._of(side, [half for one in known for half in volumes_at(one, side)], budget) for side in OTHER
        }
        found = {key_of(pair): _unequal(pair, sizes) for pair in known}
        return {key: those for key, those in found.items() if those}

    def seen(self, pairs: Iterable[Pair], budget: Budget) -> Mapping[str, tuple[Unequal, ...]]:
        """Return the same of the pairs both arrays tell of, as far as they tell sizes: a disaster waits for none."""
        told = tuple(pair for pair in pairs if all(pair.answers(side) for side in OTHER))
        try:
            return self.unequal(told, Budget(min(AGAIN_S, budget.left_s), budget.stop)) if told else {}
        except DriverError:
            budget.check()
            return {}

    def _of(self, side: Side, halves: list[Half], budget: Budget) -> dict[str, int]:
        volumes = self._ends.core(side).array.volumes
        if len(halves) > ONE_BY_ONE:
            pools = self._ends.core(side).array.pools(budget)
            return {one.id: one.size_bytes for one in volumes.listing(pools, budget)}
        found = (volumes.find(half.id, budget) for half in halves)
        return {one.id: one.size_bytes for one in found if one is not None}

    def refuse(self, work: Work, pair: Pair, budget: Budget) -> None:
        """Look right before a role is given up whether the array would let the other side copy afterwards."""
        those = self.unequal((pair,), budget).get(key_of(pair))
        if those:
            raise refusal(work, pair, those)


def _unequal(pair: Pair, sizes: Sizes) -> tuple[Unequal, ...]:
    found = []
    for one in pair.members if pair.subject == "group" else (pair,):
        if one.home is None or one.remote is None:
            continue
        ours, theirs = sizes["home"].get(one.home.id), sizes["remote"].get(one.remote.id)
        if ours is not None and theirs is not None and ours != theirs:
            found.append(Unequal(one.home, one.remote, ours, theirs))
    return tuple(found)


def is_activated(work: Work, pair: Pair) -> bool:
    """Tell whether an operation would have the array activate the mirror, which takes two volumes of one size."""
    if work.operation == "switch" or pair.row == 4:
        return True
    kept = pair.half(work.kept(pair))
    return is_promoted_aside(work, pair) or (kept is not None and kept.standing == "inactive")


def refusal(work: Work, pair: Pair, those: tuple[Unequal, ...]) -> Refused:
    """Return why nothing is switched or given up, and the way to two volumes of one size."""
    return Refused(
        f"{pair.name}: the two volumes differ in size, and {work.operation} is not begun",
        happened=f"{'; '.join(one.words for one in those)}: a growth was broken off between the arrays. What would "
        "happen: one side would be given up and nothing copied to it, since the array activates no such mirror "
        "(MIRROR_SIZE_MISMATCH).",
        left_behind=UNTOUCHED,
        next_step=f"{_way(pair, those)} No option overrides this.",
        attribute="replication_ids",
    )


def _way(pair: Pair, those: tuple[Unequal, ...]) -> str:
    to = ", ".join(f"{max(one.home_bytes, one.remote_bytes)} bytes for {one.home.name}" for one in those)
    if pair.row == 1:
        return f"Finish the growth first: apply a size_bytes of at least {to}, which grows the smaller volume."
    if pair.row == 4:
        return (
            f"Finish the growth on the remote array, where the mirror's master is: vol_resize to {to}, which grows the "
            "smaller volume while the mirror is active. Then run it again."
        )
    if pair.row in SERVING and pair.subject == "volume":
        return _by_hand(SERVING[pair.row], max(those[0].home_bytes, those[0].remote_bytes), those[0])
    return (
        "Decide whose data stays. Where the array takes it, vol_resize on its master grows the smaller volume "
        f"({to}); then run it again. Else take a snapshot of both, end the mirror by hand on both arrays "
        "(mirror_deactivate, mirror_delete, vol_unlock of the slave), and replicate anew from the side that stays."
    )


def _by_hand(serving: Side, size_bytes: int, one: Unequal) -> str:
    """Name the commands that bring two volumes to one size where only row 1 lets us grow them."""
    other, blocks = OTHER[serving], size_bytes // BLOCK_BYTES
    kept, copy = (one.home, one.remote) if serving == "home" else (one.remote, one.home)
    small = other if one.lacks_bytes(other) else serving
    whole = f"{serving}: vol_resize vol={kept.name} size_blocks={blocks}"
    ended = [
        f"{serving}: mirror_deactivate vol={kept.name}" if kept.standing != "inactive" else "",
        f"{serving}: mirror_delete vol={kept.name}",
        f"{other}: vol_unlock vol={copy.name}",
    ]
    grown = f"{small}: vol_resize vol={copy.name if small == other else kept.name} size_blocks={blocks}"
    made = f"mirror_create vol={kept.name} slave_vol={copy.name} target={kept.target} create_slave=no"
    anew = [f"{serving}: {made} {_type(kept, copy)}", f"{serving}: mirror_activate vol={kept.name}"]
    return (
        f"Outside row 1 nothing is grown for you, and the data of {serving}, which serves, stays. Resize its volume "
        f"to {size_bytes} bytes by hand, which grows the smaller one ({whole}), then run it again. Where the array "
        f"refuses that: run no apply until this is done; end the mirror and keep both volumes ({_listed(ended)}); grow "
        f"the smaller one ({grown}); mirror anew, which copies all of {kept.name} over {copy.name} ({_listed(anew)}); "
        f"once that is in row {IN_STEP[serving]}, run it again."
    )


def _type(kept: Half, copy: Half) -> str:
    """Return how a mirror is defined as the two sides have it."""
    if kept.mode == "sync":
        return "type=sync_best_effort"
    return (
        f"type=async_interval rpo={kept.rpo_s} remote_rpo={copy.rpo_s} schedule={kept.schedule} "
        f"remote_schedule={copy.schedule}"
    )


def _listed(commands: Iterable[str]) -> str:
    return "; ".join(one for one in commands if one)


def shortened(those: Iterable[Unequal], side: Side) -> str:
    """Return what a side lacks that is smaller than the other one, in words; empty where none is."""
    short = [one for one in those if one.lacks_bytes(side)]
    if not short:
        return ""
    said = "; ".join(one.words for one in short)
    return f"all beyond the end of the smaller copy, which a growth never reached ({said})"


def refuse_shortened(work: Work, pair: Pair, those: Iterable[Unequal]) -> None:
    """Refuse to promote a copy that ends before the volume it is of, unless that is accepted."""
    lacks = shortened(those, work.to)
    if not lacks or work.terms.accept_inconsistent:
        return
    raise Refused(
        f"{pair.name}: the copy at {work.to} is smaller than the volume it is of",
        happened=f"What would happen: hosts would be served a volume that lacks {lacks}.",
        left_behind=UNTOUCHED,
        next_step="Finish the growth first, by applying the volume's size again; or set accept_inconsistent = true to "
        "serve the smaller copy as it is.",
        attribute="accept_inconsistent",
    )
