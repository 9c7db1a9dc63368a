"""Deletion protection: what keeps a volume from being destroyed by a plan nobody read.

The effective value lives in the state, so that removing the block does not lift it.  A replacement is judged by the
prior state.  The provider's ``unprotect`` lifts it for single objects, and every refusal names it.
"""

from __future__ import annotations

from typing import Any

from terraform_provider_xivds8k.lifecycle import Change, Diagnostics, Guards, Private
from terraform_provider_xivds8k.schema import Attr, Model, optional_computed

LEFT_BY_FAILED_CREATE = "left_by_failed_create"


class Protected(Model):
    """Have deletion protection."""

    deletion_protection: Attr[bool] = optional_computed(
        "Refuse to destroy the volume. Unset, the provider's `deletion_protection` applies at creation and import, and "
        "`true` to what was moved here from `xivds8k_managed_volume`; the value in force stays in the state, also when "
        "the block is removed."
    )


def plan_protection(change: Change[Any], guards: Guards) -> None:
    """Plan the value in force: the volume's own, else the one kept, else the provider's."""
    if change.configured(Protected.deletion_protection):
        return
    kept = change.prior is not None and not change.prior.is_null(Protected.deletion_protection)
    if not kept or change.private.get(LEFT_BY_FAILED_CREATE):
        change.planned.set(Protected.deletion_protection, guards.deletion_protection)
    else:
        change.keep_prior(Protected.deletion_protection)


def refuse_protected(prior: Any, guards: Guards, diagnostics: Diagnostics, *, doing: str) -> bool:
    """Complain and return True when the object is protected; ``doing`` is ``destroyed`` or ``replaced``."""
    raw, own = prior.raw, prior.raw["deletion_protection"]
    if own is False or guards.lifts(raw["system_id"], raw["id"]):
        return False
    diagnostics.error(
        Protected.deletion_protection,
        f"{raw['name']} is protected and cannot be {doing}",
        f"The state of {raw['name']} (id {raw['id']} on {raw['system_id']}) holds deletion_protection = true. Apply "
        "deletion_protection = false first (a tainted one: after terraform untaint), then run this again. Where its "
        "block is gone already (or for a deposed "
        f'object), set the provider\'s unprotect = ["{raw["system_id"]}/{raw["id"]}"] or XIVDS8K_UNPROTECT for one '
        "run. Nothing was changed.",
    )
    return True


def mark_left(state: Any, private: Private) -> None:
    """Make a state that a failed create leaves behind one that may be destroyed again."""
    state.set(Protected.deletion_protection, False)  # noqa: FBT003 - a value to store
    private[LEFT_BY_FAILED_CREATE] = True
