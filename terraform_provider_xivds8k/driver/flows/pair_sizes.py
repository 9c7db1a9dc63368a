"""Whether a growth of a replicated volume that was broken off is done: only where both volumes have the size."""

from __future__ import annotations

from ..errors import Refused
from ..replicating import Half, Pair
from ..waiting import Budget
from .pair_refusals import forbidden
from .pair_views import PairViews

BLOCK_BYTES = 512  # of size_blocks


def refuse_half_grown(views: PairViews, pair: Pair, size_bytes: int, budget: Budget) -> None:
    """Raise Refused (``size_bytes``) where home has a size that the copy lacks, or may lack, and it cannot grow now."""
    if not pair.remote_answers:
        raise forbidden(pair, "tell whether both volumes have grown", frozenset({1}), "size_bytes")
    half = pair.remote
    copy = views.remote.array.volumes.find(half.id, budget) if half is not None else None
    if half is None or copy is None or copy.size_bytes >= size_bytes:
        return
    raise Refused(
        f"{pair.name}: home has grown to {size_bytes} bytes, and its copy has {copy.size_bytes}",
        happened=f"A growth was broken off between the two arrays. The pair is in row {pair.row}, in which neither "
        f"grows; and while the sizes differ, {_hinders(half)}. What would happen: the growth would be called done, and "
        "nobody would mend the copy.",
        left_behind="Nothing was changed.",
        next_step=f"Where the array takes it, grow the smaller one by hand ({_call(pair, half, size_bytes)}), then "
        "resync. Else end the replication and set it up anew. No option overrides this.",
        attribute="size_bytes",
    )


def _hinders(copy: Half) -> str:
    if copy.pair_id is not None:
        return "an array copies nothing onto the smaller volume"
    return "an array does not activate a pair that has stopped (MIRROR_SIZE_MISMATCH), nor does resync"


def _call(pair: Pair, copy: Half, size_bytes: int) -> str:
    """Return the call that grows the copy: on an XIV by its master, which has the size already."""
    if copy.pair_id is not None:
        return f'remote: PUT /volumes/{copy.id} {{"cap": "{size_bytes}", "captype": "bytes"}}'
    name = pair.home.name if pair.home is not None else copy.peer
    return f"home: vol_resize vol={name} size_blocks={size_bytes // BLOCK_BYTES}"
