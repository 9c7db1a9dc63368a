"""Attaching volumes to hosts and clusters, and detaching them.

Who has what is read right before; a LUN that somebody else takes meanwhile is seen, and another one chosen.  After a
lost answer the mapping is looked for.  Nothing but the holder's own mapping of the volume is ever ended.
"""

from __future__ import annotations

from ..attaching import Attachment, Host, Mapping
from ..core import Core
from ..errors import AlreadyExists, InDoubt, InUse, LunTaken, NoSpace, NotFound, Refused
from ..objects import Volume
from ..waiting import Budget
from .attached import Attached, described, present
from .holders import Held, Holder, Holders
from .luns import check_asked, choosing, lowest_free, masked_lun

RACES = (AlreadyExists, Refused, NoSpace)  # what the array may call it that a LUN or a volume was mapped meanwhile


class AttachmentFlows:
    """Attach and detach volumes of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._volumes = core.array.volumes
        self._mappings = core.array.mappings
        self._holders = Holders(core)
        self._attached = Attached(core)

    def attach(self, volume_id: str, holder: Holder, lun: int | None, budget: Budget, *, new: bool) -> Attachment:
        """Map a volume to a holder; one that is mapped there already is the same attachment, unless it is to be new.

        Raises NotFound (``volume_id``, ``host_id``, ``cluster``), AlreadyExists, InUse (``lun``), NoSpace (``lun``),
        Refused, InDoubt with the LUN that was sent.
        """
        volume = present(self._volumes, volume_id, budget)
        around = self._attached.surroundings(
            self._attached.spelled(holder.cluster, budget), budget
        )  # asked first: a failure later would hide what was made
        system_id = self._core.array.system_id(budget)
        with choosing(system_id, holder.key, budget):
            held, found = self._mapped(volume, holder, lun, budget, new=new)
        return described(volume, held, found, around)

    def _mapped(
        self, volume: Volume, holder: Holder, lun: int | None, budget: Budget, *, new: bool
    ) -> tuple[Held, Mapping | int]:
        """Return the holder and the mapping that is there, or the LUN of the one made now."""
        refused: set[int] = set()  # LUNs the array would not give, whatever is listed
        held = self._holders.read(holder, budget)
        while True:
            budget.check()
            there = held.own(volume)
            if there:
                return held, _wanted(there, volume, held, lun, new=new)
            asked = self._choose(volume, held, lun, refused)
            chosen = asked if asked is not None else masked_lun(volume.id)
            try:
                seen = self._send(volume, held, holder, asked, budget)
            except RACES as refusal:
                held = self._holders.read(holder, budget)
                if not (isinstance(refusal, LunTaken) or chosen in held.luns or held.own(volume)):
                    raise
                if isinstance(refusal, LunTaken):
                    refused.add(chosen)
                continue
            if seen is None:
                return held, chosen
            there = seen.own(volume)
            ours = any(one.lun == chosen for one in there)  # else somebody else was faster
            return seen, _wanted(there, volume, seen, lun, new=new and not ours)

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

    def _send(self, volume: Volume, held: Held, holder: Holder, lun: int | None, budget: Budget) -> Held | None:
        """Map; after a lost answer return what was seen to be mapped then, None where the array answered.

        Sent again after a lost answer only where the volume is not mapped there at all: no volume gets a second LUN.
        """
        sent, seen = 0, held

        def is_mapped(look: Budget) -> bool:
            nonlocal seen
            seen = self._holders.read(holder, look)
            return bool(seen.own(volume))

        def send() -> None:
            nonlocal sent
            sent += 1
            if sent > 1 and is_mapped(budget):
                return
            try:
                self._mappings.map(volume, seen.host if seen.host is not None else seen.cluster or "", lun, budget)
            except RACES:  # of itself, where the first time was carried out late
                if sent == 1 or not is_mapped(budget):
                    raise

        try:
            self._core.write(budget, send, is_mapped)
        except InDoubt as doubt:
            doubt.lun = lun if lun is not None else masked_lun(volume.id)
            doubt.left_behind = (
                f"Volume {volume.name} may be mapped to {held.label} as LUN {doubt.lun}, or still get there."
            )
            raise
        finally:
            self._core.recent.mappings.forget()
        return seen if seen.own(volume) else None

    def detach(self, volume_id: str, holder: Holder, budget: Budget) -> None:
        """End the holder's own mapping of a volume; one that is gone, with volume or holder too, is done.

        Raises InUse where a host sees the volume through its cluster, InDoubt.
        """
        volume = self._volumes.find(volume_id, budget)
        if volume is None:
            return
        with choosing(self._core.array.system_id(budget), holder.key, budget):
            self._unmap(volume, holder, budget)

    def _unmap(self, volume: Volume, holder: Holder, budget: Budget) -> None:
        def is_unmapped(look: Budget) -> bool:
            held = self._holders.find(holder, look)
            return held is None or not held.own(volume)

        def send() -> None:
            held = self._holders.find(holder, budget)  # before each time: a LUN may be another volume's by then
            if held is None:
                return
            _refuse_shared(volume, held)
            for mapping in held.own(volume):
                try:
                    self._mappings.unmap(volume, mapping, budget)
                except NotFound:
                    if not is_unmapped(budget):
                        raise

        try:
            self._core.write(budget, send, is_unmapped)
        except InDoubt as doubt:
            doubt.left_behind = f"Volume {volume.name} may be mapped to {holder.key}, or still get unmapped."
            raise
        finally:
            self._core.recent.mappings.forget()


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


def _refuse_shared(volume: Volume, held: Held) -> None:
    through = next((one.cluster for one in held.all_of(volume) if one.cluster is not None), None)
    if held.host is not None and through is not None and not held.own(volume):
        raise InUse(
            f"Host {held.host.name} sees volume {volume.name} through cluster {through}",
            happened="It has no mapping of its own to end; the cluster's is not this attachment.",
            left_behind="Nothing was changed.",
            next_step=f"Detach the volume from cluster {through}, or take the host out of it.",
            attribute="host_id",
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
