"""Copies and mappings in doubt: what they are of is kept until they cannot come, and when that is so."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Core, Rejected

AN_AGE_AGO = "2020-01-01T00:00:00Z"
KEPT_IN = ("copy_in_doubt_since", "created_at", "in_doubt_since")


def refused_for_now(core: Core, config: dict[str, Any] | None) -> None:
    """Make sure that nothing of it is deleted yet."""
    with pytest.raises(Rejected, match="is not deleted yet: a copy onto it may still come"):
        core.run(config)


def let_time_pass(core: Core) -> None:
    """Have a copy or mapping in doubt be one of long ago, if there is one."""
    if core.instance is not None:
        let_time_pass_in(core.instance.state)


def is_in_doubt(core: Core) -> bool:
    """Tell whether a state is of what a copy or mapping may still come to."""
    return core.instance is not None and _place(core.instance.state) is not None


def let_time_pass_in(state: dict[str, Any]) -> None:
    """Have a copy or mapping in doubt that a state holds be one of long ago, if there is one."""
    place = _place(state)
    if place is not None:
        state[place] = AN_AGE_AGO


def _place(state: dict[str, Any]) -> str | None:
    kept = [one for one in KEPT_IN if state.get(one) is not None]
    return kept[0] if kept and (kept != ["created_at"] or state.get("lost") is None) else None
