"""Whether arrays, endpoints and links answer: kept in the store, so that every process of a simulation agrees."""

from __future__ import annotations

from .store import Transaction

UP, REFUSE, HANG, DOWN = "up", "refuse", "hang", "down"
SETTABLE = (UP, REFUSE, HANG)


def set_state(transaction: Transaction, array: str, state: str, endpoint: str = "") -> None:
    """Set the state of an array or of one endpoint of it; raises ValueError for an unknown state.

    "up" for the array forgets what was set for its endpoints.
    """
    if state not in (*SETTABLE, DOWN):
        raise ValueError(f"There is no state {state!r}; there are: {', '.join(SETTABLE)}.")
    if state == UP and not endpoint:
        transaction.execute("DELETE FROM states WHERE array = ?", array)
    else:
        transaction.execute("INSERT OR REPLACE INTO states VALUES (?, ?, ?)", array, endpoint, state)


def state_of(transaction: Transaction, array: str, endpoint: str) -> str:
    """Return the state an endpoint shows: the array's own unless that is up, else the endpoint's."""
    kept = dict(
        transaction.execute(
            "SELECT endpoint, state FROM states WHERE array = ? AND endpoint IN ('', ?)", array, endpoint
        ).fetchall()
    )
    whole = str(kept.get("", UP))
    return whole if whole != UP else str(kept.get(endpoint, UP))


def all_of(transaction: Transaction, array: str) -> dict[str, str]:
    """Return what was set for an array (under ``array``) and for its endpoints."""
    kept = transaction.execute("SELECT endpoint, state FROM states WHERE array = ? ORDER BY endpoint", array).fetchall()
    return {"array": UP, **{endpoint or "array": state for endpoint, state in kept}}


def set_link(transaction: Transaction, family: str, state: str) -> None:
    """Take the link between the two arrays of a family up or down; raises ValueError for another state."""
    if state not in (UP, DOWN):
        raise ValueError(f"A link is up or down, not {state!r}.")
    transaction.remember(f"link {family}", state)


def link_of(transaction: Transaction, family: str) -> str:
    """Return whether the link between the two arrays of a family is up or down."""
    return str(transaction.fact(f"link {family}") or UP)
