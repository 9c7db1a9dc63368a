"""How long an operation may take: the ``timeouts`` attribute every resource has."""

from __future__ import annotations

from typing import Literal

from terraform_provider_xivds8k.schema import Attr, Model, duration, duration_s, optional

Operation = Literal["create", "read", "update", "delete"]

DEFAULTS_S: dict[Operation, float] = {"create": 1200.0, "read": 300.0, "update": 1200.0, "delete": 900.0}


class Timeouts(Model):
    """Deadlines for the operations on one resource, as durations such as `"30m"`."""

    create: Attr[str | None] = optional("For creation; 20 minutes when unset.", check=[duration()])
    read: Attr[str | None] = optional("For a refresh; 5 minutes when unset.", check=[duration()])
    update: Attr[str | None] = optional("For a change in place; 20 minutes when unset.", check=[duration()])
    delete: Attr[str | None] = optional("For deletion; 15 minutes when unset.", check=[duration()])


def timeout_s(state: Model | None, operation: Operation) -> float:
    """Return the seconds the operation may take, by the object's ``timeouts`` or the default."""
    raw = state.raw.get("timeouts") if state is not None else None
    text = raw.get(operation) if isinstance(raw, dict) else None
    asked = duration_s(text) if isinstance(text, str) else None
    return asked or DEFAULTS_S[operation]
