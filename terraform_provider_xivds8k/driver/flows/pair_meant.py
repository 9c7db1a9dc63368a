"""Which one pair is asked after: told of another one, people would trust a copy that they do not have."""

from __future__ import annotations

from ..errors import Ambiguous, NotFound
from ..replicating import Pair
from ..waiting import Budget
from .pair_scopes import expect_meant, full_ids, ids_of, named
from .pair_views import Look, PairViews


def meant(
    own_id: str, remote_id: str | None, look: Look, views: PairViews, budget: Budget, *, known: Pair | None
) -> Pair:
    """Return the pair of home's id, or of one that names a single volume; raises NotFound, Ambiguous (``id``).

    ``known`` is what home's id leads to, by ``remote_id`` where home is silent.  An id of home's that is in no pair
    leads to none, whoever else's remote volume has that id or ``remote_id``.
    """
    wanted = own_id.casefold()
    if known is not None and known.id is not None and known.id.casefold() != wanted:
        known = None  # half of another volume's pair
    if known is not None:
        return known
    if remote_id is not None and remote_id.casefold() != wanted and "/" not in own_id:
        others = [pair.name for pair in look.pairs if remote_id.casefold() in {one.casefold() for one in ids_of(pair)}]
        silent = "; ".join(f"the {side} array does not answer ({why.summary})" for side, why in look.silent.items())
        there = f"{remote_id} is in: {', '.join(others)}." if others else f"{remote_id} is in none either."
        raise NotFound(
            f"{own_id} is in no pair with {remote_id}",
            happened=f"{there} {silent}".strip(),
            left_behind="Nothing was changed.",
            next_step="Correct id and remote_volume_id: they are those of one replication.",
            attribute="id",
        )
    found = named(own_id, look, attribute="id")
    if look.home is None and remote_id is None and views.home.array.family == "ds8k":
        _refuse_bare(own_id, found)
    expect_meant(own_id, found, look, views, budget, attribute="id")
    return found


def _refuse_bare(own_id: str, found: Pair) -> None:
    """Refuse an id that any DS8000 may have, while home, which could say whether it is its own, is silent."""
    exact = {one for half in (found.home, found.remote) if half is not None for one in (half.pair_id,) if one}
    if own_id.casefold() in {one.casefold() for one in (*exact, *full_ids(found))}:
        return
    raise Ambiguous(
        f"{own_id!r} may not be the volume of {found.name}",
        happened="Home does not answer, and every DS8000 may have a volume of that id.",
        left_behind="Nothing was changed.",
        next_step=f"Write remote_volume_id as well, or say which one is meant: {' or '.join(sorted(full_ids(found)))}.",
        attribute="id",
    )
