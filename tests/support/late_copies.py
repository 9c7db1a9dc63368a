"""Copies in doubt: refused to be deleted until they cannot come any more, and the time after which that is so."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Core, Rejected

AN_AGE_AGO = "2020-01-01T00:00:00Z"
KEPT_IN = ("copy_in_doubt_since", "created_at")


def is_in_doubt(core: Core) -> bool:
    """Tell whether a state is of what a copy may still come to."""
    return _place(core) is not None


def refused_for_now(core: Core, config: dict[str, Any] | None) -> None:
    """Make sure that nothing of it is deleted yet."""
    with pytest.raises(Rejected, match="is not deleted yet: a copy onto it may still come"):
        core.run(config)


def let_time_pass(core: Core) -> None:
    """Have a copy in doubt be one of long ago, if there is one."""
    place = _place(core)
    if place is not None:
        assert core.instance is not None
        core.instance.state[place] = AN_AGE_AGO


def _place(core: Core) -> str | None:
    state = core.instance.state if core.instance is not None else {}
    kept = [one for one in KEPT_IN if state.get(one) is not None]
    if not kept or (kept == ["created_at"] and state.get("lost") is not None):
        return None
    return kept[0]
