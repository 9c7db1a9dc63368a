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
SETTINGS = ("backend_id", "ca_file", "ca_pem", "max_sessions", "port_pairs", "request_timeout")
_SETTING = re.compile(
    rf"(?<![-\w/.])(replication_target\.)?({'|'.join(SETTINGS)})(?![\w/]|\.\w)( = )?"
)  # no part of a path
_NAMED = re.compile(rf'(?<![-\w])({"|".join(OPTIONS)})(?!\w)(?: = (true|"[^"]*"))?')

_POOLS = re.compile(r"\bpools(?= with expected_count\b)|(?<=\bexpected_count or )pools\b")  # else a word as any


def as_options(text: str) -> str:
    """Return a text of the core with options where it names what is written in Terraform."""
    text = text.replace('mode = "full"', "--mode full")  # what may be changed at all, and no mode of copying
    return _NAMED.sub(_option, _POOLS.sub("--pool", text))


def as_settings(text: str) -> str:
    """Return a text of the provider with options where it names what is written in its block."""
    return _SETTING.sub(_setting, text).replace(" and plan again", "")


def _setting(found: re.Match[str]) -> str:
    of, name = found[1] or "", found[2].replace("_", "-")
    return f"--{'remote-' if of and name != 'port-pairs' else ''}{name}{' ' if found[3] else ''}"


def _option(found: re.Match[str]) -> str:
    name, value = found[1], found[2]
    if value is None:
        return found[0] if name in WORDS else OPTIONS[name]
    return OPTIONS[name] if value == "true" else f"{OPTIONS[name]} {value.strip(chr(34))}"
