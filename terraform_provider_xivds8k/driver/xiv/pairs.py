"""Mirrors as one XIV tells of them (xcli.md §3.9): of volumes, of groups, and of the volumes in those groups.

The array names everything; ids come from its listings of volumes and targets.  What a leaf says is compared whatever
its case.  How mirrors are made and changed is the array module's next to this one.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import NotFound
from ..once import Once
from ..pairs import UNPLACED
from ..replicating import Half, ReplicationMode, Subject
from ..waiting import Budget
from .client import Client
from .identity import configuration
from .records import MIB, Record

MODES: dict[str, ReplicationMode] = {"sync_best_effort": "sync", "async_interval": "async"}
IN_STEP = {
    ("source", "sync"): frozenset({"synchronized"}),
    ("target", "sync"): frozenset({"consistent", "synchronized"}),  # which of them is [K]
    ("source", "async"): frozenset({"rpo ok"}),
    ("target", "async"): frozenset({"rpo ok"}),
}
KNOWN_STATES = frozenset(
    {
        "initializing",
        "synchronized",
        "unsynchronized",
        "consistent",
        "inconsistent",
        "rpo ok",
        "rpo lagging",
    }
)


class XIVPairs:
    """Keep the contract of ``pairs.Pairs``."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._key: Once[str] = Once(self._own_key)

    @property
    def known_key(self) -> str | None:
        """Return the number by which targets are told apart, once it was asked for."""
        return self._key.known

    def _own_key(self, budget: Budget) -> str:
        return configuration(self._client.read("config_get", budget)).get("system_id", "")

    def listing(self, budget: Budget) -> tuple[Half, ...]:
        """Return all halves: three calls, one where there is no mirror; and once another, for who the array is."""
        self._key.get(budget)
        records, volumes = self._listed(budget)
        if not all(_is_known(record, volumes) for record in records):  # renamed between the two calls
            records, volumes = self._listed(budget)
        return self._halves(records, volumes, budget)

    def _listed(self, budget: Budget) -> tuple[tuple[Record, ...], dict[str, Record]]:
        records = self._client.read("mirror_list", budget)
        return records, {one.text("name"): one for one in self._client.read("vol_list", budget)} if records else {}

    def find(self, subject: Subject, own_id: str, budget: Budget) -> tuple[Half, ...]:
        """Return the halves of one volume (by its WWN) or group (by its name)."""
        if subject == "group":
            return self._halves(self._mirrors(budget, cg=own_id), {}, budget)
        volumes, records = self._of(own_id, budget)
        if not records and any(volume.find_flag("mirrored") for volume in volumes.values()):  # renamed meanwhile
            volumes, records = self._of(own_id, budget)
        return self._halves(records, volumes, budget, alone=True)

    def _of(self, wwn: str, budget: Budget) -> tuple[dict[str, Record], tuple[Record, ...]]:
        """Return the volume of a WWN by its name, and what mirrors that name has."""
        volumes = {one.text("name"): one for one in self._client.read("vol_list", budget, wwn=wwn.upper())}
        (name,) = volumes or ("",)
        return volumes, self._mirrors(budget, vol=name) if name else ()

    def _mirrors(self, budget: Budget, **wanted: str) -> tuple[Record, ...]:
        try:
            return self._client.read("mirror_list", budget, **wanted)
        except NotFound:  # a name that is gone, on arrays that say so [K]
            return ()

    def _halves(
        self, records: tuple[Record, ...], volumes: dict[str, Record], budget: Budget, *, alone: bool = False
    ) -> tuple[Half, ...]:
        """Return the halves; ``alone`` where one volume was asked about, so that no group can be among them."""
        if not records:
            return ()
        keys = {one.text("name"): one.find_text("system_id") for one in self._client.read("target_list", budget)}
        own = self._client.system_id(budget), self._key.get(budget)
        found = [_half(record, volumes, keys, own) for record in records]
        if alone:
            return tuple(found)
        groups = {half.name for half in found if half.subject == "group"}
        return tuple(_in_group(half, groups) for half in found)


def _subject(record: Record) -> Subject:
    return "group" if record.text("mirror_object").casefold() in {"cg", "xcg"} else "volume"


def _is_known(record: Record, volumes: dict[str, Record]) -> bool:
    """Tell whether a mirror is of a group, or of a volume that the array lists."""
    return _subject(record) == "group" or record.text("local_peer_name") in volumes


def _half(record: Record, volumes: dict[str, Record], keys: dict[str, str | None], array: tuple[str, str]) -> Half:
    subject = _subject(record)
    name, target = record.text("local_peer_name"), record.text("target_name")
    role, kind = record.text("current_role").casefold(), record.text("sync_type").casefold()
    state = record.text("sync_state").casefold()
    mode = MODES.get(kind, "sync")
    source = role == "master"
    own = volumes.get(name)
    active, operational = record.flag("active"), record.find_flag("operational")
    return Half(
        subject=subject,
        id=name if subject == "group" else own.text("wwn").lower() if own is not None else name,
        name=name,
        system_id=array[0],
        key=array[1] or None,
        peer=record.text("remote_peer_name"),
        peer_key=keys.get(target),
        role="source" if source else "target",
        mode=mode,
        standing="inactive"
        if not active
        else "active"
        if operational and record.find_flag("connected")
        else "hindered",
        in_step=state in IN_STEP["source" if source else "target", mode],
        words=_words(record),
        is_linked=record.find_flag("connected"),
        is_initial=state == "initializing",
        group=own.find_text("cg_name") if own is not None else None,
        rpo_s=record.find_clock_s("rpo") if mode == "async" else None,
        schedule=record.find_text("schedule_name") if mode == "async" else None,
        replicated_at=record.find_text("last_replicated_snapshot_time"),
        missing_bytes=_mib(record, "size_to_synchronize"),
        progress=record.find_integer("sync_progress"),
        strange=_strange(role, kind, state) if _is_known(record, volumes) else UNPLACED,
        target=target,
    )


def _in_group(half: Half, groups: set[str]) -> Half:
    """Return a half with the group it moves with, which is only one that is mirrored itself."""
    return half if half.group is None or half.group in groups else replace(half, group=None)


def _strange(role: str, kind: str, state: str) -> str:
    if role not in {"master", "slave"}:
        return f"its role {role!r} is not understood"  # SMaster: the middle of three sites [S]
    if kind not in MODES:
        return f"its type {kind!r} is not understood"
    return "" if state in KNOWN_STATES else f"its state {state!r} is not understood"


def _words(record: Record) -> str:
    active = "active" if record.flag("active") else "inactive"
    hindered = "" if record.find_flag("operational") or active == "inactive" else ", not operational"
    linked = "" if record.find_flag("connected") else ", link down"
    error = record.find_text("mirror_error") or ""
    told = "" if error.casefold().replace("_", " ") in {"", "no error"} else f", {error}"
    return f"{record.text('current_role')}, {active}{hindered}{linked}, {record.text('sync_state')}{told}"


def _mib(record: Record, leaf: str) -> int | None:
    mib = record.find_integer(leaf)
    return None if mib is None else mib * MIB
