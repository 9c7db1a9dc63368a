"""Volumes that join and leave mirrored consistency groups of an XIV: what they must have in common, and both arrays."""

from __future__ import annotations

from ..core import Core
from ..errors import InDoubt, Refused
from ..objects import ConsistencyGroup, Volume
from ..replicating import Half, Subject
from ..waiting import Budget

ONLY_ALIKE = (
    "A mirrored group and its members have one target, mode, role and schedule, and both arrays keep the same members. "
    "What would happen: the array would refuse it, or the group could not be copied as one any more."
)
NO_OPTION = "No option puts in what is not alike."


class MirrorMembers:
    """Look at a volume's mirror and at that of its group."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def check_joining(self, group: ConsistencyGroup, volume: Volume, budget: Budget) -> None:
        """Refuse a volume whose mirror is not as the group's; raises Refused (``volume_id``)."""
        if not group.is_mirrored:
            return
        head = self._one("group", group.id, budget)
        if head is not None and head.role == "target":
            raise Refused(
                f"Consistency group {group.name} is the remote side of a mirror now",
                happened=f"Home says of it: {head.words}. What would happen: the array would refuse it, since members "
                "change on the array that serves the group only.",
                left_behind="Nothing was changed.",
                next_step="Fail back first (replication failback), then run it again. No option changes members of a "
                "copy.",
                attribute="consistency_group_id",
            )
        if not volume.replicated:
            raise Refused(
                f"Volume {volume.name} is not replicated, consistency group {group.name} is",
                happened=ONLY_ALIKE,
                left_behind="Nothing was changed.",
                next_step=f"Replicate the volume first, as {group.name} is (xivds8k_replication); let the member "
                f"depend on it. {NO_OPTION}",
                attribute="volume_id",
            )
        own = self._one("volume", volume.id, budget)
        unlike = _unlike(head, own)
        if unlike:
            raise Refused(
                f"Volume {volume.name} is not replicated as consistency group {group.name} is",
                happened=f"They differ in: {'; '.join(unlike)}. {ONLY_ALIKE}",
                left_behind="Nothing was changed.",
                next_step="Give the volume's replication the group's mode and rpo_seconds, then run it again. "
                f"{NO_OPTION}",
                attribute="volume_id",
            )

    def _one(self, subject: Subject, own_id: str, budget: Budget) -> Half | None:
        found = self._core.array.pairs.find(subject, own_id, budget)
        return found[0] if len(found) == 1 else None

    def is_in_both(self, group_id: str, volume_id: str, budget: Budget) -> bool:
        """Tell whether a volume is in its group, and its copy in the group's copy where both are mirrored."""
        return self._where(group_id, volume_id, budget) in {(True, True), (True, None)}

    def is_in_neither(self, group_id: str, volume_id: str, budget: Budget) -> bool:
        """Tell whether neither a volume nor its copy is in a group."""
        return self._where(group_id, volume_id, budget) in {(False, False), (False, None)}

    def is_in_one(self, group_id: str, volume_id: str, budget: Budget) -> bool:
        """Tell whether a volume is in its group and its copy is not in the group's copy."""
        return self._where(group_id, volume_id, budget) == (True, False)

    def _where(self, group_id: str, volume_id: str, budget: Budget) -> tuple[bool, bool | None]:
        """Return whether a volume is in a group here, and its copy in the group's copy there; None without a copy."""
        found = self._core.array.volumes.find(volume_id, budget)
        if found is None:
            return False, None
        here, partner = found.group == group_id, self._core.partner
        if partner is None or not found.replicated:
            return here, None
        head, own = self._one("group", group_id, budget), self._one("volume", volume_id, budget)
        if head is None or own is None:
            return here, None
        copies = partner.array.volumes.named(own.peer, budget)
        return here, any(copy.group == head.peer for copy in copies)

    @staticmethod
    def in_one(group_id: str, volume: str) -> InDoubt:
        """Return the doubt where a volume is a member on one array and not on the other."""
        return InDoubt(
            f"{volume} is a member of consistency group {group_id} on one array only",
            happened="While that is so, the array will not activate the group's mirror once it has stopped "
            "(MIRROR_CONS_GROUP_MEMBERSHIP_MISMATCH).",
            next_step=f"Compare vol_list cg={group_id} on both arrays and correct the one that is behind, then run it "
            "again.",
            attribute="volume_id",
        )


def _unlike(head: Half | None, own: Half | None) -> list[str]:
    if head is None or own is None:
        return []
    values = (
        ("target array", head.partner, own.partner),
        ("mode", head.mode, own.mode),
        ("role", head.role, own.role),
        ("schedule", head.schedule, own.schedule),
    )
    return [f"{what}: {theirs} of the group, {ours} of the volume" for what, theirs, ours in values if theirs != ours]
