"""What every refusal about a replication has to say, wherever it comes from."""

from __future__ import annotations

import re

from terraform_provider_xivds8k.driver import DriverError

WOULD = "What would happen: "


def says_all(error: DriverError, override: str | None = None) -> None:
    """Make sure that a refusal says what would happen, what to do, and what overrides it; None: that nothing does."""
    assert WOULD in error.happened, error
    assert error.happened.partition(WOULD)[2][0].islower(), error
    assert error.next_step, error
    if override is None:
        assert re.search(r"\b[Nn]o option\b", error.next_step), error
    else:
        assert re.search(rf"\b{override}\b", error.next_step), error
