"""Mirrors, schedules and their snapshots: the commands behind the core's mirror primitives (xcli.md §3.7-3.9)."""

from __future__ import annotations

import re
from typing import Any

from ..errors import DriverError, NotFound, Refused, Unsupported
from ..mirrors import KEPT, End, KeptSnapshot, MirrorOrder, Part, Schedule, Target
from ..objects import Volume
from ..replicating import Subject
from ..waiting import Budget
from .client import Client
from .records import Record
from .volumes import XIVVolumes

TYPES = {"sync": "sync_best_effort", "async": "async_interval"}
GOES_LAST = 1  # delete_priority
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")  # as snapshot_time is written [S]


class XIVMirrors:
    """Keep the contract of ``mirrors.Mirrors``."""

    def __init__(self, client: Client, volumes: XIVVolumes) -> None:
        self._client = client
        self._volumes = volumes

    def targets(self, budget: Budget) -> tuple[Target, ...]:
        """Return the arrays this one can mirror to."""
        return tuple(
            Target(name=one.text("name"), key=one.find_text("system_id"), is_linked=one.find_flag("connected"))
            for one in self._client.read("target_list", budget)
        )

    def find_now(self, budget: Budget) -> str | None:
        """Return the array's time; command [S], leaves [K]."""
        try:
            records = self._client.read("time_list", budget)
        except (Refused, Unsupported):
            return None
        written = f"{records[0].find_text('date')} {records[0].find_text('time')}" if len(records) == 1 else ""
        return written if TIME.fullmatch(written) else None

    # mirrors

    def create(self, order: MirrorOrder, budget: Budget) -> None:
        """Define a mirror."""
        kind = "cg" if order.end.subject == "group" else "vol"
        more: dict[str, Any] = {"create_slave": "no"}
        if order.remote_pool is not None:
            more = {"create_slave": "yes", "remote_pool": order.remote_pool}
        if order.mode == "async":
            more |= {"rpo": order.rpo_s or 0, "remote_rpo": order.rpo_s or 0}
            more |= {"schedule": order.schedule or "", "remote_schedule": order.remote_schedule or ""}
        more |= {"target": order.target, "type": TYPES[order.mode], f"slave_{kind}": order.remote_name}
        self._client.write("mirror_create", budget, **self._named(order.end, budget), **more)

    def activate(self, end: End, budget: Budget) -> None:
        """Let data travel."""
        self._unless_so("mirror_activate", end, "SYNC_ALREADY_ACTIVE", budget)

    def deactivate(self, end: End, budget: Budget) -> None:
        """Stop it."""
        self._unless_so("mirror_deactivate", end, "SYNC_ALREADY_INACTIVE", budget)

    def _unless_so(self, command: str, end: End, done: str, budget: Budget) -> None:
        """Send a command; the code that says that it is so already is no failure (§3.9 [M]: both answers exist)."""
        try:
            self._client.write(command, budget, **self._named(end, budget))
        except DriverError as error:
            if error.code != done:
                raise

    def become(self, end: End, part: Part, budget: Budget) -> None:
        """Change the role of this side alone; never without saying which, which would turn it round."""
        self._client.write("mirror_change_role", budget, sure=True, **self._named(end, budget), new_role=part)

    def switch_roles(self, end: End, budget: Budget) -> None:
        """Switch the roles on both sides."""
        self._client.write("mirror_switch_roles", budget, sure=True, **self._named(end, budget))

    def change_rpo(self, end: End, rpo_s: int, budget: Budget) -> None:
        """Set the RPO of both directions."""
        self._client.write("mirror_change_rpo", budget, **self._named(end, budget), rpo=rpo_s, remote_rpo=rpo_s)

    def change_schedule(self, end: End, schedule: str, budget: Budget) -> None:
        """Give this side another schedule."""
        self._client.write("mirror_change_schedule", budget, **self._named(end, budget), schedule=schedule)

    def change_remote_schedule(self, end: End, schedule: str, budget: Budget) -> None:
        """Give the other side another schedule."""
        named = self._named(end, budget)
        self._client.write("mirror_change_remote_schedule", budget, **named, remote_schedule=schedule)

    def delete(self, end: End, budget: Budget, *, force_on_slave: bool = False) -> None:
        """Forget a mirror."""
        more: dict[str, Any] = {"force_on_slave": "yes"} if force_on_slave else {}
        self._client.write("mirror_delete", budget, sure=True, **self._named(end, budget), **more)

    def snapshot(self, end: End, name: str, slave_name: str, budget: Budget) -> None:
        """Queue a sync job by asking for snapshots of both sides."""
        self._client.write(
            "mirror_create_snapshot", budget, **self._named(end, budget), name=name, slave_name=slave_name
        )

    def has_jobs(self, end: End, budget: Budget) -> bool:
        """Tell whether a sync job runs or waits: the listing is empty when idle [S]."""
        return bool(self._client.read("sync_job_list", budget, **self._named(end, budget)))

    def _named(self, end: End, budget: Budget) -> dict[str, Any]:
        """Return how a command names it, having made sure of a volume's name."""
        if end.subject == "group":
            return {"cg": end.name}
        found = self._volumes.find(end.id, budget)
        if found is None:
            raise NotFound(f"Volume {end.name} (WWN {end.id}) is gone", attribute="id")
        if found.name != end.name:
            raise Refused(
                f"Volume {end.name} (WWN {end.id}) was renamed to {found.name} meanwhile",
                happened="Commands act by name, so nothing was sent.",
                left_behind="Nothing was changed.",
                next_step="Run it again; its name is then read anew.",
                attribute="name",
            )
        return {"vol": end.name}

    # schedules

    def schedules(self, budget: Budget) -> tuple[Schedule, ...]:
        """Return all schedules."""
        return tuple(_schedule(record) for record in self._client.read("schedule_list", budget))

    def make_schedule(self, schedule: Schedule, budget: Budget) -> None:
        """Make a schedule."""
        seconds = schedule.interval_s
        written = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        self._client.write("schedule_create", budget, schedule=schedule.name, type="interval", interval=written)

    def drop_schedule(self, name: str, budget: Budget) -> None:
        """Delete a schedule."""
        self._client.write("schedule_delete", budget, sure=True, schedule=name)

    # snapshots

    def kept(self, budget: Budget) -> tuple[KeptSnapshot, ...]:
        """Return all snapshots and snapshot groups that mirroring keeps, told by how their names begin."""
        volumes = self._client.read("vol_list", budget)
        return (*_kept_volumes(volumes), *_kept_groups(self._client.read("snap_group_list", budget), None))

    def kept_of(self, end: End, budget: Budget) -> tuple[KeptSnapshot, ...]:
        """Return those of one volume or group."""
        if end.subject == "group":
            return _kept_groups(self._client.read("snap_group_list", budget), end.name)
        name = str(self._named(end, budget)["vol"])
        return _kept_volumes(self._client.read("snapshot_list", budget, vol=name))

    def snapshots_of(self, end: End, budget: Budget) -> frozenset[str]:
        """Return the names of all snapshots of one volume or group."""
        if end.subject == "group":
            groups = self._client.read("snap_group_list", budget)
            return frozenset(one.text("name") for one in groups if one.text("cg") == end.name)
        return frozenset(
            one.text("name") for one in self._client.read("snapshot_list", budget, **self._named(end, budget))
        )

    def duplicate(self, kept: KeptSnapshot, new_name: str, budget: Budget) -> None:
        """Make a second snapshot of the same point in time."""
        if kept.subject == "group":
            self._client.write("snap_group_duplicate", budget, snap_group=kept.name, new_snap_group=new_name)
        else:
            self._client.write("snapshot_duplicate", budget, snapshot=kept.name, name=new_name)

    def keep(self, end: End, name: str, budget: Budget) -> None:
        """Take a snapshot or snapshot group."""
        named = self._named(end, budget)
        if end.subject == "group":
            self._client.write("cg_snapshots_create", budget, **named, snap_group=name, delete_priority=GOES_LAST)
        else:
            self._client.write("snapshot_create", budget, **named, name=name, delete_priority=GOES_LAST)

    def holds(self, subject: Subject, name: str, budget: Budget) -> bool:
        """Tell whether there is a snapshot or snapshot group of that name."""
        if subject == "volume":
            return any(one.name == name and one.is_snapshot for one in self._volumes.named(name, budget))
        try:
            return bool(self._client.read("snap_group_list", budget, snap_group=name))
        except NotFound:
            return False

    def discard(self, subject: Subject, name: str, budget: Budget) -> None:
        """Delete a snapshot or snapshot group."""
        if not self.holds(subject, name, budget):
            return
        if subject == "group":
            self._client.write("snap_group_delete", budget, sure=True, snap_group=name)
        else:
            self._client.write("snapshot_delete", budget, sure=True, snapshot=name)

    def is_locked(self, volume: Volume, budget: Budget) -> bool:
        """Tell whether a volume is read-only."""
        records = self._client.read("vol_list", budget, wwn=volume.wwn.upper())
        return any(record.find_flag("locked") for record in records)

    def unlock(self, volume: Volume, budget: Budget) -> None:
        """Make a volume writable."""
        self._client.write("vol_unlock", budget, vol=self._volumes.confirm(volume, budget).name)


def _schedule(record: Record) -> Schedule:
    waits = (record.find_text("type") or "").casefold() == "manual"
    return Schedule(name=record.text("name"), interval_s=0 if waits else record.find_clock_s("interval") or 0)


def _prefix(name: str) -> str | None:
    return next((prefix for prefix in KEPT if name.casefold().startswith(prefix)), None)


def _kept_volumes(records: tuple[Record, ...]) -> tuple[KeptSnapshot, ...]:
    """Return mirroring's snapshots of single volumes; those in a snapshot group are the group's."""
    return tuple(
        KeptSnapshot(subject="volume", prefix=prefix, name=record.text("name"), of=master)
        for record in records
        for prefix, master in [(_prefix(record.text("name")), record.find_text("master_name"))]
        if prefix is not None and master is not None and record.find_text("sg_name") is None
    )


def _kept_groups(records: tuple[Record, ...], group: str | None) -> tuple[KeptSnapshot, ...]:
    return tuple(
        KeptSnapshot(subject="group", prefix=prefix, name=record.text("name"), of=record.text("cg"))
        for record in records
        for prefix in [_prefix(record.text("name"))]
        if prefix is not None and group in {None, record.text("cg")}
    )
