"""What a plan says where the provider's mode will refuse it; the driver itself does the refusing."""

from __future__ import annotations

from typing import Any

from .configured import Configured
from .diagnostics import Diagnostics


def warn_of_mode(configured: Configured[Any] | None, diagnostics: Diagnostics, *, destroys: bool) -> None:
    """Warn where the mode will refuse what changes the array, or only what destroys."""
    mode = configured.guards.mode if configured else "full"
    if mode == "read_only" or (mode == "no_destroy" and destroys):
        what = "nothing may be changed" if mode == "read_only" else "nothing may be destroyed"
        diagnostics.warning(
            None,
            f'The array will not be changed by this apply: mode = "{mode}"',
            f"With the provider's mode {what} on the array: the plan is shown, and the apply refuses it. Set mode to "
            '"full" to apply it.',
        )
