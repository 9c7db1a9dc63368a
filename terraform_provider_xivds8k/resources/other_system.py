"""A state that belongs to another array than the connected one: named when planning, as far as it is known."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Diagnostics


def refuse_other_system(
    name: str, system_id: str, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics
) -> None:
    """Complain of a state of another array, once the connected one has said who it is."""
    connected = configured.driver.known_system_id if configured is not None and configured.is_open else None
    if connected is None or system_id == connected:
        return
    diagnostics.error(
        None,
        f"{name} belongs to array {system_id}; the provider is connected to {connected}",
        "Ids repeat across arrays, so nothing is planned. Correct the provider's endpoints or the alias.",
    )
