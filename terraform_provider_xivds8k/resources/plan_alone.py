"""Whether a plan is about one attribute and nothing else."""

from __future__ import annotations

from typing import Any, TypeVar

from terraform_provider_xivds8k.lifecycle import Change
from terraform_provider_xivds8k.schema import Attr, Model

M = TypeVar("M", bound=Model)


def is_alone(change: Change[M], attribute: Attr[Any]) -> bool:
    """Tell whether the configuration says nothing else than the state; what is another spelling counts as a change."""
    if change.prior is None:
        return False
    before = change.prior.raw
    return all(
        written is None or written == before[name]
        for name, written in change.config.raw.items()
        if name != attribute.name
    )
