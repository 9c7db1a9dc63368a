"""Names of objects: what is legal, what is equal, where they are looked up.

A name is a row of kind ``KIND_name`` whose key is the name itself and whose group is its folded form, so that both
positions of the case switch work on the same rows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..context import Context

LONGEST = 63  # [S]
_PLAIN = re.compile(r"[A-Za-z0-9 ._~-]+")  # [K]
RESERVED_PREFIXES = ("last-replicated-", "most-recent-", "last-consistent-", "last-replicated.", "most-updated-")


def is_legal(context: Context, name: str) -> bool:
    """Return whether an object may have the name (63 characters [S], their set [K])."""
    if not 0 < len(name) <= LONGEST:
        return False
    return not context.switch("xiv_names_restricted") or _PLAIN.fullmatch(name) is not None


def is_reserved(name: str) -> bool:
    """Return whether the name begins as those of mirroring's own snapshots do."""
    return name.lower().startswith(RESERVED_PREFIXES)


def id_named(context: Context, kind: str, name: str) -> str | None:
    """Return the id of the object of that name, None when there is none."""
    row = context.get(f"{kind}_name", name)
    if row is not None:
        return str(row["id"])
    if context.switch("xiv_names_case_sensitive"):
        return None
    alike = context.rows(f"{kind}_name", name.casefold())
    return str(alike[0][1]["id"]) if alike else None


def give_name(context: Context, kind: str, name: str, object_id: str) -> None:
    """Enter a name; the caller has looked whether it is free."""
    context.put(f"{kind}_name", name, {"id": object_id}, name.casefold())


def drop_name(context: Context, kind: str, name: str) -> None:
    """Forget a name."""
    context.remove(f"{kind}_name", name)
