"""Which pair of the remote array is that of a volume or group of home, while home does not answer."""

from __future__ import annotations

from ..replicating import Half, Pair
from .pair_views import Look


def replica_of(look: Look, own_id: str, name: str, system_id: str) -> Pair | None:
    """Return the one pair the remote array lists of it; None where home answers, or it lists none or several."""
    if look.home is not None:
        return None
    fitting = [pair for pair in look.pairs if pair.remote is not None and _is_of(pair.remote, own_id, name, system_id)]
    return fitting[0] if len(fitting) == 1 else None


def _is_of(half: Half, own_id: str, name: str, system_id: str) -> bool:
    if half.is_foreign or half.peer_key is None:
        return False
    if half.peer_key.isdecimal():  # an XIV's own number, the end of its serial number [K]; any other is no match
        subject = "group" if own_id == name else "volume"  # a group's id is its name, and a volume may bear it as well
        is_called_so = half.subject == subject and half.peer == name
        return is_called_so and system_id.rpartition("-")[2].endswith(half.peer_key)
    return half.peer.casefold() == own_id.casefold() and half.peer_key.casefold() == system_id.casefold()
