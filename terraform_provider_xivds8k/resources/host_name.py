"""The name Terraform wrote last, by which a DS8000's host is told from another one that was given its id."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.lifecycle import Change, Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN

from .host_model import Host


def plan_written(change: Change[Host], family: str | None) -> None:
    """Plan the name to be written, and warn of one changed outside."""
    name = change.planned.known(Host.name)
    change.planned.set(Host.written_name, UNKNOWN if name is None else name)
    if change.prior is not None:
        warn_of_foreign_name(change.prior, family, change.diagnostics, refused="Destroying it")


def warn_of_foreign_name(prior: Host, family: str | None, diagnostics: Diagnostics, *, refused: str) -> None:
    """Warn that a DS8000 host no longer bears the name Terraform wrote."""
    written = prior.known(Host.written_name)
    if family != "ds8k" or written is None or prior.name == written:
        return
    diagnostics.warning(
        Host.name,
        f"Host {prior.id} is now called {prior.name}, not {written}",
        "It was renamed outside Terraform, or deleted and its id given to another host: a DS8000 uses ids again. "
        f"{refused} is refused until an apply has written the configured name. Make sure that it is still your host "
        "before you apply.",
    )


def name_to_delete(prior: Host, family: Family) -> str:
    """Return the name a host must bear to be deleted: what was written, on an array that gives ids again."""
    return (prior.known(Host.written_name) or prior.name) if family == "ds8k" else prior.name
