"""What the configuration of `xivds8k_replication_failover` is, and what is wrong with one."""

from __future__ import annotations

from typing import Any, Literal

from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.schema import Attr, Model, at_least, duration, each, length, optional, required

Operation = Literal["switch", "failover", "failback", "resync"]


class ReplicationFailover(Model, type_name="xivds8k_replication_failover"):
    """Bring replications to the other array, or back: planned, in a disaster, or after one.

    `switch` changes the sides of replications that are in step and loses nothing. `failover` promotes the copy while
    the other array is lost. `resync` makes the two sides alike again; `failback` does so and then brings them home.
    All members are checked on both arrays before the first is touched; progress is shown for each, and the end says
    where each is, what is lost and where it is kept. Invoke it by
    `terraform apply -invoke=action.xivds8k_replication_failover.NAME`, first with `dry_run`; with literal ids and
    `-refresh=false` it needs nothing of an array that is dead. Never trigger it by an event of a resource. Run again,
    it finishes what was left and changes nothing that is there already.
    """

    operation: Attr[Operation] = required("`switch`, `failover`, `failback` or `resync`.")
    to: Attr[Literal["remote", "home"] | None] = optional(
        "The side that is to serve after a `switch` or `failover`: `remote` (default) or `home`. A `failback` is "
        "always to home; whose data a `resync` keeps is said by `authoritative_backend_id`."
    )
    replication_ids: Attr[list[str] | None] = optional(
        "The replications, each by its `id` or by its `remote_volume_id`. While an XIV does not answer, only the id of "
        "the other array's volume is known. Where two DS8000s have volumes of the same ids, write `system_id/id`, such "
        "as `2107-75LZX21/0A01`. Exactly one of this, `consistency_group_id` and `pools` is written.",
        check=[each(length(1, 200))],
    )
    consistency_group_id: Attr[str | None] = optional(
        "One mirrored consistency group (XIV); a member of it moves with it only.", check=[length(1, 63)]
    )
    pools: Attr[list[str] | None] = optional(
        "All replications whose remote side is in these pools of the remote array, whichever side serves; with "
        "`expected_count`.",
        check=[each(length(1, 63))],
    )
    expected_count: Attr[int | None] = optional(
        "How many replications `pools` are expected to hold, a group counted once; with another number nothing is "
        "done.",
        check=[at_least(1)],
    )
    dry_run: Attr[bool | None] = optional("Whether only to check, and to list the exact replications and calls.")
    io_stopped: Attr[bool | None] = optional(
        "Whether hosts are known not to write to the side that gives way, although volumes there are mapped to hosts "
        "that are logged in."
    )
    force: Attr[bool | None] = optional(
        "Whether a `failover` may be done although the serving array answers, or may still be alive. Both sides can "
        "then be written to until the resync, which discards one side's writes."
    )
    accept_inconsistent: Attr[bool | None] = optional(
        "Whether a `failover` may promote a copy that is not consistent in itself: Global Copy, one that is not fully "
        "copied, an XIV's with a last-consistent snapshot."
    )
    max_data_loss_seconds: Attr[int | None] = optional(
        "Refuse a `failover` that may lose more than these seconds of writes, or where that is not known. How old an "
        "XIV's asynchronous copy is, is told by home's clock; when home is silent from the start, by the other "
        "array's, as if the two agreed.",
        check=[at_least(0)],
    )
    authoritative_backend_id: Attr[str | None] = optional(
        "The side whose data stays where both may have been written: the `backend_id` of the provider or of its "
        "`replication_target`, or an array's system id.",
        check=[length(1, 200)],
    )
    mode: Attr[Literal["metro_mirror", "global_copy"] | None] = optional(
        "DS8000: how it is to be copied afterwards; as it is copied now when unset. A Global Copy moves as Metro "
        "Mirror: where a move was broken off and left it so, the same operation with `global_copy` finishes it. Not "
        "for a `failover`."
    )
    timeout: Attr[str | None] = optional("How long it may take; an hour when unset.", check=[duration()])


SCOPES = (
    ReplicationFailover.replication_ids,
    ReplicationFailover.consistency_group_id,
    ReplicationFailover.pools,
)
OF_FAILOVER = (
    ReplicationFailover.force,
    ReplicationFailover.accept_inconsistent,
    ReplicationFailover.max_data_loss_seconds,
)


def complain(config: ReplicationFailover, diagnostics: Diagnostics, *, family: str | None) -> None:
    """Complain about a configuration as such; unknown values are accepted, and a family that is not known yet."""
    _complain_of_scope(config, diagnostics)
    if family == "ds8k" and not config.is_null(ReplicationFailover.consistency_group_id):
        diagnostics.error(
            ReplicationFailover.consistency_group_id,
            "A DS8000 has no mirrored consistency groups",
            "Its pairs move one by one. Name them by replication_ids, or by pools with expected_count.",
        )
    _complain_of_count(config, diagnostics)
    _complain_of_mode(config, diagnostics, family=family)
    operation = config.known(ReplicationFailover.operation)
    if operation is not None:
        _complain_of_direction(operation, config, diagnostics)
        _complain_of_vows(operation, config, diagnostics)


def _complain_of_scope(config: ReplicationFailover, diagnostics: Diagnostics) -> None:
    written = [attribute.name for attribute in SCOPES if not config.is_null(attribute)]
    if len(written) != 1:
        diagnostics.error(
            ReplicationFailover.replication_ids,
            "Exactly one scope is acted on",
            f"{' and '.join(written) or 'Nothing'} {'are' if len(written) > 1 else 'is'} written of replication_ids, "
            "consistency_group_id and pools. An operation is never about everything there is: write one of them.",
        )
    for attribute in (ReplicationFailover.replication_ids, ReplicationFailover.pools):
        if config.known(attribute) == []:
            diagnostics.error(attribute, f"{attribute.name} is empty", "Write what is to be acted on.")


def _complain_of_count(config: ReplicationFailover, diagnostics: Diagnostics) -> None:
    pools, count = (config.is_null(one) for one in (ReplicationFailover.pools, ReplicationFailover.expected_count))
    if pools and not count:
        diagnostics.error(
            ReplicationFailover.expected_count,
            "expected_count goes with pools",
            "What is named one by one needs no count. Remove the line.",
        )
    if count and not pools:
        diagnostics.error(
            ReplicationFailover.expected_count,
            "pools need expected_count",
            "Write how many replications you expect in these pools of the remote array, a group counted once: with "
            "another number nothing is done.",
        )


def _complain_of_mode(config: ReplicationFailover, diagnostics: Diagnostics, *, family: str | None) -> None:
    mode = config.known(ReplicationFailover.mode)
    if mode is None:
        return
    if family == "xiv":
        diagnostics.error(
            ReplicationFailover.mode,
            "An XIV moves a mirror as what it is",
            f'mode = "{mode}" is for a DS8000. Remove the line.',
        )
    elif config.known(ReplicationFailover.operation) == "failover":
        diagnostics.error(
            ReplicationFailover.mode,
            "A failover leaves the mode as it is",
            f'mode = "{mode}" is written with operation = "failover". Remove the line; the resync afterwards takes it.',
        )


def _complain_of_direction(operation: str, config: ReplicationFailover, diagnostics: Diagnostics) -> None:
    to = config.known(ReplicationFailover.to)
    if operation == "failback" and to == "remote":
        diagnostics.error(
            ReplicationFailover.to,
            "A failback is always to home",
            'to = "remote" is written with operation = "failback". Remove the line, or write operation = "switch".',
        )
    if operation == "resync" and to is not None:
        diagnostics.error(
            ReplicationFailover.to,
            "A resync has no direction of its own",
            f'to = "{to}" is written with operation = "resync". Whose data stays is said by authoritative_backend_id. '
            "Remove the line.",
        )


def _complain_of_vows(operation: str, config: ReplicationFailover, diagnostics: Diagnostics) -> None:
    """Complain of what a user vouches for where it has no meaning: it was meant for another operation."""
    if operation == "failover":
        return
    for attribute in OF_FAILOVER:
        value: Any = config.known(attribute)
        if value is not None and value is not False:
            diagnostics.error(
                attribute,
                f"{attribute.name} goes with a failover",
                f'It has no meaning for operation = "{operation}". Remove the line.',
            )
