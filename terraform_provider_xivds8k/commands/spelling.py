"""What the core calls by its name in Terraform, as the option it is on the command line."""

from __future__ import annotations

import re

OPTIONS = {
    "to": "--to",
    "force": "--force",
    "dry_run": "--dry-run",
    "io_stopped": "--io-stopped",
    "accept_inconsistent": "--accept-inconsistent",
    "max_data_loss_seconds": "--max-data-loss-seconds",
    "authoritative_backend_id": "--authoritative-backend-id",
    "expected_count": "--expected-count",
    "replication_ids": "--replication-id",
    "consistency_group_id": "--consistency-group",
    "mode": "--replication-mode",
}
WORDS = {"to", "force", "mode"}  # of every language: they are meant only where a value follows
_NAMED = re.compile(rf'(?<![-\w])({"|".join(OPTIONS)})(?!\w)(?: = (true|"[^"]*"))?')


def as_options(text: str) -> str:
    """Return a text of the core with options where it names what is written in Terraform."""
    text = text.replace('mode = "full"', "--mode full")  # what may be changed at all, and no mode of copying
    return _NAMED.sub(_option, text)


def _option(found: re.Match[str]) -> str:
    name, value = found[1], found[2]
    if value is None:
        return found[0] if name in WORDS else OPTIONS[name]
    return OPTIONS[name] if value == "true" else f"{OPTIONS[name]} {value.strip(chr(34))}"
