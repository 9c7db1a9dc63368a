"""Attaching volumes to hosts and clusters.

Who has what is read right before; a LUN that somebody else takes meanwhile is seen, and another one chosen.  After a
lost answer the mapping is looked for, and one that stays in doubt says since when.
"""

from __future__ import annotations

from ..attaching import Attachment, Host, Mapping
from ..core import Core
from ..errors import AlreadyExists, DriverError, InDoubt, LunTaken, NoSpace, Refused
from ..objects import Volume
from ..waiting import Budget
from .attached import Attached, described, present
from .detachments import Expected, refuse_renamed
from .holders import Held, Holder, Holders
from .late import mark
from .luns import check_asked, lowest_free, mapping, masked_lun
from .sightings import Sight, Sightings

RACES = (AlreadyExists, Refused, NoSpace)  # what the array may call it that a LUN or a volume was mapped meanwhile


class AttachmentFlows:
    """Attach volumes of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._volumes = core.array.volumes
        self._mappings = core.array.mappings
        self._holders = Holders(core)
        self._attached = Attached(core)
        self._sightings = Sightings(core)

    def attach(
        self, volume_id: str, holder: Holder, lun: int | None, expected: Expected, budget: Budget, *, new: bool
    ) -> Attachment:
        """Map a volume to a holder; one that is mapped there already is the same attachment, unless it is to be new.

        Raises NotFound (``volume_id``, ``host_id``, ``cluster``), AlreadyExists, InUse (``lun``), NoSpace (``lun``),
        Refused, InDoubt with the LUN that was sent.
        """
        volume = present(self._volumes, volume_id, budget)
        # asked first: a failure later would hide what was made
        around = self._attached.surroundings(self._attached.spelled(holder.cluster, budget), budget)
        with mapping(self._core.array.system_id(budget), holder.key, volume_id, budget):
            volume, held, found = self._mapped(volume, holder, lun, expected, budget, new=new)
        return described(volume, held, found, around)

    def _mapped(
        self, volume: Volume, holder: Holder, lun: int | None, expected: Expected, budget: Budget, *, new: bool
    ) -> tuple[Volume, Held, Mapping | int]:
        """Return volume, holder and the mapping that is there, or the LUN of the one made now."""
        refused: set[int] = set()  # LUNs the array would not give, whatever is listed
        while True:
            budget.check()
            volume, held = self._read(volume, holder, expected, budget)
            there = held.own(volume)
            if there:
                return volume, held, _wanted(there, volume, held, lun, new=new)
            asked = self._choose(volume, held, lun, refused)
            chosen = asked if asked is not None else masked_lun(volume.id)
            try:
                seen = self._send(volume, held, holder, asked, budget)
            except RACES as refusal:
                after = self._sightings.look(volume.id, holder, budget, known=volume)
                done = _carried_out(refusal, after, chosen)
                if done is not None:
                    return volume, after.held or held, done
                taken = after.held is not None and chosen in after.held.luns
                if not (isinstance(refusal, LunTaken) or taken or after.own):
                    raise
                if isinstance(refusal, LunTaken):
                    refused.add(chosen)
                continue
            if seen is None:
                return volume, held, chosen
            held = seen.held or held
            ours = any(one.lun == chosen for one in seen.own)  # else somebody else was faster
            return volume, held, _wanted(seen.own, volume, held, lun, new=new and not ours)

    def _read(self, volume: Volume, holder: Holder, expected: Expected, budget: Budget) -> tuple[Volume, Held]:
        """Return both as they are now; raises what the caller did not expect, and NotFound where one is gone."""
        sight = self._sightings.look(volume.id, holder, budget, known=volume, confirming="mapped")
        held = sight.held if sight.held is not None else self._holders.read(holder, budget)
        found = sight.volume if sight.volume is not None else present(self._volumes, volume.id, budget)
        if self._core.array.family == "ds8k":
            refuse_renamed(found, held, expected, "attached")
        return found, held

    def _choose(self, volume: Volume, held: Held, lun: int | None, refused: set[int]) -> int | None:
        """Return the LUN to ask for, None where it follows from the volume's id; raises what forbids to attach."""
        refuse_unfit(volume, held)
        if held.host is not None and held.host.is_masked:
            _check_masked(volume, held.host, lun)
            return None
        allowed, family = self._core.settings.lun_range, self._core.array.family
        if lun is None:
            return lowest_free(held.luns | refused, allowed, family, held.label)
        check_asked(lun, allowed, family)
        if lun in held.luns or lun in refused:
            raise _taken(volume, held, lun)
        return lun

    def _send(self, volume: Volume, held: Held, holder: Holder, lun: int | None, budget: Budget) -> Sight | None:
        """Map; return what was seen to be mapped then, None where the array's answer is enough.

        Sent again after a lost answer only where the volume is not mapped there at all: no volume gets a second LUN.
        """
        sent, seen = 0, Sight(volume, held)

        def is_mapped(look: Budget) -> bool:
            nonlocal seen
            seen = self._sightings.look(volume.id, holder, look, known=volume)
            return bool(seen.own)

        def send() -> None:
            nonlocal sent
            sent += 1
            if sent > 1 and is_mapped(budget):
                return
            now = seen.held or held
            try:
                self._mappings.map(volume, now.host if now.host is not None else now.cluster or "", lun, budget)
            except RACES:  # of itself, where the first time was carried out late
                if sent == 1 or not is_mapped(budget):
                    raise

        try:
            self._core.write(budget, send, is_mapped)
            read_back = self._mappings.by_name and not seen.own
            if read_back and not self._core.certainly(budget.for_a_look(), is_mapped):
                raise _unseen(volume, held)
        except InDoubt as doubt:
            doubt.lun = lun if lun is not None else masked_lun(volume.id)
            doubt.left_behind = (
                f"Volume {volume.name} may be mapped to {held.label} as LUN {doubt.lun}, or still get there."
            )
            mark(doubt)
            raise
        finally:
            self._core.recent.mappings.forget()
        return seen if seen.own else None


def _carried_out(refusal: DriverError, after: Sight, chosen: int) -> Mapping | None:
    """Return the mapping an array made though it refused to, by a code whose meaning is not known [K]."""
    if type(refusal) is not Refused or not refusal.code:
        return None
    return next((one for one in after.own if one.lun == chosen), None)


def _unseen(volume: Volume, held: Held) -> InDoubt:
    return InDoubt(
        f"Volume {volume.name} is not seen to be mapped to {held.label}, though the array answered that it is",
        happened="Commands act by name: a host or a volume may have been renamed at that moment.",
        next_step="Look which hosts see the volume, then run it again.",
    )


def refuse_unfit(volume: Volume, held: Held) -> None:
    """Refuse a host that must not be mapped by itself, or whose blocks are not the volume's."""
    host = held.host
    if host is None:
        return
    if host.cluster is not None:
        raise Refused(
            f"Host {host.name} is in cluster {host.cluster} and is mapped through it only",
            happened="A mapping of one host of a cluster would be an exception the others do not share.",
            left_behind="Nothing was changed.",
            next_step=f'Attach the volume to the cluster: cluster = "{host.cluster}".',
            attribute="host_id",
        )
    if host.block_bytes != volume.block_bytes:
        raise Refused(
            f"Host {host.name} has blocks of {host.block_bytes} bytes, volume {volume.name} of {volume.block_bytes}",
            happened="A host of type iSeries takes OS/400 volumes only, and no other host takes them.",
            left_behind="Nothing was changed.",
            next_step="Attach it to another host, or make a volume with os400 set or unset as the host needs it.",
            attribute="volume_id",
        )


def _check_masked(volume: Volume, host: Host, lun: int | None) -> None:
    computed = masked_lun(volume.id)
    if lun not in {None, computed}:
        raise Refused(
            f"LUN {lun} cannot be chosen on host {host.name}",
            happened=f"Its type, {host.type}, addresses volumes by LUN masking: volume {volume.id} is LUN {computed} "
            f"(0x{computed:08x}) there.",
            left_behind="Nothing was changed.",
            next_step=f"Leave lun out, or write lun = {computed}.",
            attribute="lun",
        )


def _wanted(there: tuple[Mapping, ...], volume: Volume, held: Held, lun: int | None, *, new: bool) -> Mapping:
    """Return the mapping that is there already; raises AlreadyExists where it is not what was asked for."""
    found = next((one for one in there if one.lun == lun), there[0])
    if not new and lun in {None, found.lun}:
        return found
    raise AlreadyExists(
        f"Volume {volume.name} is attached to {held.label} already, as LUN {found.lun}",
        happened="" if new else f"LUN {lun} was asked for.",
        left_behind="Nothing was changed.",
        next_step="Take it as it is, or detach it first.",
        attribute="volume_id" if new else "lun",
    )


def _taken(volume: Volume, held: Held, lun: int) -> LunTaken:
    there = held.at(lun)
    what = f"volume {there.volume_name or there.volume_id}" if there is not None else "another volume"
    return LunTaken(
        f"LUN {lun} of {held.label} is in use",
        happened=f"It is {what}{f' of {there.holder}' if there is not None else ''}.",
        left_behind=f"Nothing was changed; volume {volume.name} is not attached.",
        next_step="Choose another LUN, or leave lun out to get a free one.",
        attribute="lun",
    )


def check_lun(volume: Volume, held: Held, lun: int) -> None:
    """Refuse a LUN that is in use, or that a host addressed by LUN masking does not let anybody choose."""
    if held.host is not None and held.host.is_masked:
        _check_masked(volume, held.host, lun)
    elif lun in held.luns:
        raise _taken(volume, held, lun)
