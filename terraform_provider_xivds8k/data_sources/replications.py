"""How a replication stands right now: who serves, how far the copy is, what may be asked for."""

from __future__ import annotations

from typing import TypeVar

from terraform_provider_xivds8k.driver import Offer, ReplicationStatus, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import DataSource, Diagnostics
from terraform_provider_xivds8k.schema import Attr, Model, computed, length, optional_computed, required


class OfferRow(Model):
    """An operation that could be asked for."""

    operation: Attr[str] = computed("`switch`, `failover`, `resync` or `failback`.")
    to: Attr[str | None] = computed(
        "The side it goes to; null where it has no direction: a failback is always to home."
    )
    needs: Attr[list[str]] = computed("Arguments of the action it does not go without, such as `force`.")


class StatusFields(Model):
    """What both arrays say of a pair, as far as they answer."""

    name: Attr[str] = computed("What it is called in texts.")
    subject: Attr[str] = computed("`volume` or `group`.")
    mode: Attr[str | None] = computed(
        "How it is copied now: `sync`, `async`, `metro_mirror` or `global_copy`. A switch of a Global Copy that was "
        'broken off may leave `metro_mirror`; running it again with `mode = "global_copy"` finishes it.'
    )
    row: Attr[int] = computed("Row of the table in the guide of replication, 1 to 16.")
    state: Attr[str] = computed(
        "`home_serves`, `remote_serves`, `failed_over`, `split`, `nobody_serves`, `broken` or `unknown`."
    )
    cause: Attr[str] = computed("What is not as it should be, in words; empty where all is well.")
    serves: Attr[str | None] = computed(
        "The side hosts can be sure of, `home` or `remote`; null where that is neither, both or not known."
    )
    operations: Attr[list[str]] = computed("Operations that could be asked for now; `offers` has their directions.")
    offers: Attr[list[OfferRow]] = computed(
        "What could be asked for now. It may be refused all the same for what only the operation looks for, such as "
        "hosts that are logged in."
    )
    home_says: Attr[str] = computed("What the home array says, in its own words, or why it says nothing.")
    remote_says: Attr[str] = computed("The same of the remote array.")
    progress: Attr[int | None] = computed("Per cent of the copy that is done, where the array tells it.")
    missing_bytes: Attr[int | None] = computed("Bytes the copy lacks, where the source tells it.")
    replicated_at: Attr[str | None] = computed("XIV `async`: when it was last replicated, as the array writes it.")
    recovery_point: Attr[str] = computed("Up to when the copy holds what hosts wrote, in words.")
    remote_id: Attr[str | None] = computed("Id of the remote volume, or name of the remote group.")


class MemberRow(StatusFields):
    """A volume of a mirrored group."""

    id: Attr[str | None] = computed("The id of home's volume; null while home, an XIV, does not answer.")


class ReplicationState(StatusFields, type_name="xivds8k_replication"):
    """How one replication stands, read from both arrays at once; one of them may be silent.

    Nothing of this is kept in the state of the resource, where it would go stale.
    """

    id: Attr[str] = required(
        "The replication's `id`: that of home's volume or group. Or its `remote_volume_id`, where home has no volume "
        "of that id; or `SYSTEM_ID/ID`, which names the volume of one array. A volume that is in no pair is an error.",
        check=[length(1, 95)],
    )
    remote_volume_id: Attr[str | None] = optional_computed(
        "The replication's `remote_volume_id`: by both it is found while home does not answer. The remote array "
        "knows no ids of an XIV's volumes, and other arrays may replicate to it whose volumes have the same ids.",
        check=[length(1, 63)],
    )
    members: Attr[list[MemberRow]] = computed("The volumes of a mirrored group; empty for a volume.")


S = TypeVar("S", bound=StatusFields)


def fill(row: S, found: ReplicationStatus) -> S:
    """Fill in how a pair stands."""
    row.name = found.name
    row.subject = found.subject
    row.mode = found.mode
    row.row = found.row
    row.state = found.state
    row.cause = found.cause
    row.serves = found.serves
    row.operations = list(found.operations)
    row.offers = [_offer(one) for one in found.offers]
    row.home_says = found.home_says
    row.remote_says = found.remote_says
    row.progress = found.progress
    row.missing_bytes = found.missing_bytes
    row.replicated_at = found.replicated_at
    row.recovery_point = found.recovery_point
    row.remote_id = found.remote_id
    return row


def _offer(found: Offer) -> OfferRow:
    row = OfferRow.nothing()
    row.operation, row.to, row.needs = found.operation, found.to, list(found.needs)
    return row


class ReplicationDataSource(DataSource[ReplicationState, XIVDS8KDriver]):
    """Read how one replication stands."""

    model = ReplicationState

    def read(self, config: ReplicationState, diagnostics: Diagnostics) -> ReplicationState:
        found = self.driver.get_status_of_replication(config.id, remote_id=config.remote_volume_id)
        state = fill(config.copy(), found)
        state.remote_volume_id = config.remote_volume_id or found.remote_id
        state.members = [_member(one) for one in found.members]
        return state


def _member(found: ReplicationStatus) -> MemberRow:
    row = fill(MemberRow.nothing(), found)
    row.id = found.id
    return row
