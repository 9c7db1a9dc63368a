"""Restore volumes from a snapshot or from a group snapshot."""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import (
    BadCredentials,
    DriverError,
    InUse,
    NotFound,
    Restored,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.lifecycle import Action, Diagnostics, Effect, Invocation, problem_text
from terraform_provider_xivds8k.schema import Attr, Model, duration, length, optional

_log = logging.getLogger("actions.snapshot_restore")


class SnapshotRestore(Model, type_name="xivds8k_snapshot_restore"):
    """Give a volume, or all volumes of a group snapshot, the content they had when the snapshot was taken.

    What was written since is lost to the volume. An XIV keeps it in a safety snapshot that the action takes first and
    names; a DS8000 keeps nothing. On a DS8000 a snapshot without a full, change-recording copy is consumed by the
    restore. Refused while a volume is mapped (unless `hosts_offline`), mirrored, resized since, or in relations that
    forbid it. Invoke it by `terraform apply -invoke=action.xivds8k_snapshot_restore.NAME`, first with `dry_run`.
    """

    snapshot_id: Attr[str | None] = optional(
        "The snapshot to restore its volume from. Exactly one of this and `consistency_group_snapshot_id` is written.",
        check=[length(1, 63)],
    )
    volume_id: Attr[str | None] = optional(
        "The volume that is restored from `snapshot_id`; what is a snapshot of another one is refused. Required on a "
        "DS8000, which gives the ids of deleted snapshots to new ones.",
        check=[length(1, 63)],
    )
    consistency_group_snapshot_id: Attr[str | None] = optional(
        "The group snapshot to restore all its volumes from: the snapshot group's name on an XIV, its relations "
        "(`0000:0100,0001:0101`) on a DS8000.",
        check=[length(1, 20_000)],
    )
    hosts_offline: Attr[bool | None] = optional(
        "Whether the hosts of mapped volumes are known to be offline; unset or false, a mapped volume is refused."
    )
    dry_run: Attr[bool | None] = optional("Whether only to check, and to name the calls a restore would make.")
    timeout: Attr[str | None] = optional("How long it may take; 20 minutes when unset.", check=[duration()])


class SnapshotRestoreAction(Action[SnapshotRestore, XIVDS8KDriver]):
    """Restore by the driver, after all its checks."""

    model = SnapshotRestore

    def validate(self, config: SnapshotRestore, diagnostics: Diagnostics) -> None:
        both = (SnapshotRestore.snapshot_id, SnapshotRestore.consistency_group_snapshot_id)
        written = sum(not config.is_null(attribute) for attribute in both)
        if written != 1:
            diagnostics.error(
                SnapshotRestore.snapshot_id,
                "Exactly one snapshot is restored from",
                f"{'Both' if written else 'Neither'} of snapshot_id and consistency_group_snapshot_id "
                f"{'are' if written else 'is'} written. Write one of them.",
            )
        if not config.is_null(SnapshotRestore.volume_id) and config.is_null(SnapshotRestore.snapshot_id):
            diagnostics.error(
                SnapshotRestore.volume_id,
                "volume_id goes with snapshot_id",
                "A group snapshot names its volumes itself. Remove the line.",
            )
        self._want_volume(config, diagnostics)

    def _want_volume(self, config: SnapshotRestore, diagnostics: Diagnostics) -> None:
        """Complain where a DS8000's volume is not named, once the family is known."""
        family = self.configured.family if self.configured is not None else None
        named = config.is_null(SnapshotRestore.snapshot_id) or not config.is_null(SnapshotRestore.volume_id)
        if family == "ds8k" and not named:
            diagnostics.error(
                SnapshotRestore.volume_id,
                "A DS8000 needs the volume that is restored",
                "It gives the ids of deleted snapshots to new ones, perhaps of another volume, and a restore would "
                "overwrite that. Write volume_id beside snapshot_id.",
            )

    def effect(self, config: SnapshotRestore) -> Effect:
        return "looks" if config.known(SnapshotRestore.dry_run) else "destroys"

    def plan(self, config: SnapshotRestore, diagnostics: Diagnostics) -> None:
        """Warn of what would be refused now; it may be otherwise when the action is invoked.

        A refused sign-in is an error: the invocation would only send the wrong password once more.
        """
        known = config.known(SnapshotRestore.snapshot_id) or config.known(SnapshotRestore.consistency_group_snapshot_id)
        if not known:
            return
        try:
            looked = self._restore(config, dry_run=True)
            if not looked.safety and not config.known(SnapshotRestore.dry_run):
                diagnostics.warning(None, *_costs(looked))
        except (InUse, NotFound) as refusal:
            diagnostics.warning(None, f"It would be refused now: {refusal.summary}", problem_text(refusal))
        except BadCredentials as refused:
            diagnostics.add(refused)
        except DriverError as error:  # the provider's own block may not be known yet
            _log.info("not looked at: %s", error.summary)

    def invoke(self, invocation: Invocation[SnapshotRestore]) -> None:
        done = self._restore(invocation.config, dry_run=bool(invocation.config.dry_run), invocation=invocation)
        for line in _lines(done):
            invocation.progress(line)
        if not (done.survives or done.dry_run):
            invocation.diagnostics.warning(
                None,
                f"The snapshot restored from is consumed: {_name(invocation.config)}",
                "It no longer holds its point in time, and a refresh shows it as lost. Its volume stays on the array "
                "under its name and is nobody's snapshot any more: delete it (or import it as xivds8k_volume and "
                "destroy it) before a new snapshot takes that name by -replace or recreate_when_lost.",
            )

    def _restore(
        self, config: SnapshotRestore, *, dry_run: bool, invocation: Invocation[SnapshotRestore] | None = None
    ) -> Restored:
        hosts_offline = bool(config.known(SnapshotRestore.hosts_offline))
        deadline = invocation.left_s if invocation is not None else None
        progress = invocation.progress if invocation is not None else None
        snapshot_id = config.known(SnapshotRestore.snapshot_id)
        if snapshot_id is not None:
            return self.driver.revert_to_snapshot(
                snapshot_id=snapshot_id,
                volume_id=config.known(SnapshotRestore.volume_id),
                hosts_offline=hosts_offline,
                dry_run=dry_run,
                deadline=deadline,
                progress=progress,
            )
        return self.driver.revert_to_cgsnapshot(
            cgsnapshot_id=config.known(SnapshotRestore.consistency_group_snapshot_id) or "",
            hosts_offline=hosts_offline,
            dry_run=dry_run,
            deadline=deadline,
            progress=progress,
        )


def _name(config: SnapshotRestore) -> str:
    return config.snapshot_id or config.consistency_group_snapshot_id or ""


def _costs(looked: Restored) -> tuple[str, str]:
    """Say what a restore that keeps nothing for the way back would cost."""
    volumes = _volumes(looked)
    return (
        f"What {volumes} now hold{'s' if len(looked.names) == 1 else ''} will be lost",
        "This array keeps nothing of it. "
        + ("The snapshot survives." if looked.survives else "The snapshot is consumed: it can be restored from once."),
    )


def _volumes(done: Restored) -> str:
    return ", ".join(f"{name} ({one})" for name, one in zip(done.names, done.volume_ids, strict=True))


def _lines(done: Restored) -> list[str]:
    volumes = _volumes(done)
    survives = "survives" if done.survives else "would be consumed" if done.dry_run else "is consumed"
    if done.dry_run:
        return [
            f"dry run: nothing was changed; {volumes} would be restored, the snapshot {survives}",
            *(f"would send: {call}" for call in done.calls),
        ]
    kept = f"; what there was is kept in {', '.join(done.safety)}" if done.safety else ""
    return [f"restored {volumes}; the snapshot {survives}{kept}"]
