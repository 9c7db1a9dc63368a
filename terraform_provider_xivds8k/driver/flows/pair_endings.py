"""What ending a replication is refused with, and what is said of one whose end did not come through."""

from __future__ import annotations

from ..errors import DriverError, Refused
from ..replicating import Pair, Remaining
from .pair_refusals import says


def refuse_other_remote(pair: Pair, remote_id: str | None) -> None:
    """Refuse to delete another remote volume than the caller means."""
    theirs = pair.remote_id
    if remote_id is None or theirs is None or theirs.casefold() == remote_id.casefold():
        return
    raise Refused(
        f"{pair.name} is copied to {theirs}, not to {remote_id}, and was not ended",
        happened="The pair was made anew outside, with another remote volume. What would happen: that one would be "
        "deleted, and it may hold what somebody needs.",
        left_behind="Nothing was changed.",
        next_step='Run it again where that volume may be deleted; else end the pair with remote_on_delete = "keep".',
        attribute="remote_on_delete",
    )


def not_deleted(pair: Pair) -> Refused:
    """Return the refusal to call an end done whose remote volume nothing showed to be the copy."""
    return Refused(
        f"{pair.name}: the pair is ended, and its remote volume was not deleted",
        happened="The remote array had lost its half: nothing there showed that the volume is the copy.",
        left_behind=f"Volume {pair.remote_id} is left on the remote array.",
        next_step="Make sure that nobody needs it, and delete it there. Running this again does nothing.",
        attribute="remote_on_delete",
    )


def tell_of_remote(pair: Pair, remaining: Remaining, error: DriverError) -> None:
    """Let an error name the remote volume that was to go with its pair: without the pair nothing leads to it."""
    if (
        remaining == "delete"
        and "Nothing was changed" not in error.left_behind
        and str(pair.remote_id) not in str(error)
    ):
        left = f"Of {pair.name}, {pair.remote_id} may be left on the remote array when the pair is gone."
        error.left_behind = f"{error.left_behind} {left}".strip()


def still_there(left: Pair) -> Refused:
    """Return the refusal to call an end done of which an array shows nothing."""
    return Refused(
        f"{left.name} is still there",
        happened=f"Home says: {says(left, 'home')}; the remote array: {says(left, 'remote')}.",
        next_step="Run it again; if it stays so, look at the pair on both arrays.",
    )


def ended(pair: Pair, remaining: Remaining) -> str:
    """Return what was done by the end of a pair, where it could not be looked at afterwards."""
    if pair.remote is None:  # nothing showed which volume it was
        return f"{pair.name}: the pair is ended; look whether {pair.remote_id} is left on the remote array."
    stays = "stays there" if remaining == "keep" else "is deleted"
    return f"{pair.name}: the pair is ended, and {pair.remote.name} ({pair.remote.id}) of the remote array {stays}."
