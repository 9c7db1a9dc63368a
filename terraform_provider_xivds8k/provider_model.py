"""The provider block: its attributes, and what it means together with the environment.

HCL wins over the environment.  Credentials from the environment are used only with endpoints from the environment, so
that an alias never gets another array's password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.schema import (
    ROOT,
    UNKNOWN,
    Attr,
    Check,
    Model,
    Raw,
    between,
    duration,
    length,
    matching,
    optional,
)

from .provider_target import (
    AT,
    PREFIX,
    REMOTE_PREFIX,
    Reach,
    SimulatorBlock,
    TargetBlock,
    complain_of_authority,
    complain_of_trust,
    split,
    validate_target,
)

Family = Literal["xiv", "ds8k"]
DEFAULT_STATE_FILE = ".xivds8k/simulator.db"


def is_range(text: str | None) -> bool:
    """Tell whether a text is a range of LUNs."""
    return text is None or lun_range_of(text) is not None


def lun_range_of(text: str) -> tuple[int, int] | None:
    """Return the first and the last LUN of a range, None for what is none."""
    found = re.fullmatch(r"([0-9]{1,3})-([0-9]{1,3})", text)
    first, last = (int(found[1]), int(found[2])) if found else (1, 0)
    return (first, last) if first <= last <= 511 else None


class ProviderBlock(Model):
    """Connect to one IBM XIV-family or DS8000 array; use aliases for more."""

    family: Attr[Family | None] = optional(
        "`xiv` (XIV, Spectrum Accelerate, FlashSystem A9000; XCLI) or `ds8k` (DS8000; HMC REST API). "
        "Needed here or as `XIVDS8K_FAMILY`."
    )
    endpoints: Attr[list[str] | None] = optional(
        'Management addresses, tried in order: "host", "host:port", IPv6 in brackets; unless written the port is 7778 '
        "on an XIV and 8452 on a DS8000. Or `XIVDS8K_ENDPOINTS`."
    )
    username: Attr[str | None] = optional("User on the array, or `XIVDS8K_USERNAME`.")
    password: Attr[str | None] = optional(
        "The user's password, or `XIVDS8K_PASSWORD`. To keep it out of plan files use the environment or an "
        "`ephemeral` variable.",
        sensitive=True,
    )
    ca_file: Attr[str | None] = optional(
        "File with the authority that signed the array's certificate, or with that certificate itself; or "
        "`XIVDS8K_CA_FILE`. Without it, `ca_pem` and `fingerprint`, the system's authorities are trusted; proxies and "
        "authorities that the environment names for other programs have no say."
    )
    ca_pem: Attr[str | None] = optional("The same as PEM text.")
    fingerprint: Attr[str | None] = optional(
        "SHA-256 of the array's certificate, in hex; pins it, whatever its authority, name and dates.",
        check=[matching("([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}", "64 hex digits, colons allowed")],
    )
    insecure: Attr[bool | None] = optional("Do not verify the array's certificate. For test systems only.")
    mode: Attr[Literal["full", "no_destroy", "read_only"] | None] = optional(
        "`full` (default); `no_destroy` refuses to delete; `read_only` refuses every change. Plans are shown in each. "
        "Or `XIVDS8K_MODE`."
    )
    deletion_protection: Attr[bool | None] = optional(
        "Default of the volumes' `deletion_protection`: true, or false with a simulator."
    )
    unprotect: Attr[frozenset[str] | None] = optional(
        'Volumes that may be destroyed although their state protects them, as "system_id/id". Or `XIVDS8K_UNPROTECT`.'
    )
    max_sessions: Attr[int | None] = optional(
        "Most connections to the array at once; 8 when unset. A DS8000 may see more while a freeze is ended.",
        check=[between(1, 50)],
    )
    request_timeout: Attr[str | None] = optional(
        'Longest wait for one answer of the array, as a duration; "60s" when unset.', check=[duration()]
    )
    lun_range: Attr[str | None] = optional(
        'LUNs an attachment may get, as "first-last"; "1-255" when unset. On an XIV up to 511, on a DS8000 up to 255. '
        "LUN 0 is given only where an attachment asks for it and the range begins with it.",
        check=[Check('two numbers up to 511 such as "1-255", the lower one first', is_range)],
    )
    backend_id: Attr[str | None] = optional("A label for this array; `default` when unset.", check=[length(1, 63)])
    replication_target: Attr[TargetBlock | None] = optional(
        "The array that holds the remote copies. Or the `XIVDS8K_REMOTE_...` variables: without this block they count "
        "only beside `XIVDS8K_ENDPOINTS`. With a simulator the other array of the family stands by."
    )
    when_unreachable: Attr[Literal["error", "keep"] | None] = optional(
        "What a refresh does about an array that does not answer: `error` (default), or on the day of a disaster "
        "`keep` the state as it was, with a warning. Changes and data sources fail either way. Or "
        "`XIVDS8K_WHEN_UNREACHABLE`."
    )
    simulator: Attr[SimulatorBlock | None] = optional(
        "Use a simulated array instead of a real one; its partner stands by as replication target."
    )


@dataclass(frozen=True, slots=True)
class Merged:
    """Hold the block and the environment as one; ``unknown`` names what is only known after apply."""

    block: ProviderBlock
    environment: Mapping[str, str] = field(repr=False)  # it may hold the password
    unknown: tuple[str, ...]

    def text(self, name: str) -> str | None:
        """Return a text from the block, else from the environment, None where neither has it."""
        value = self.block.raw[name]
        return value if isinstance(value, str) else self.variable(name) if value is None else None

    def variable(self, name: str) -> str | None:
        """Return the environment's value of a setting, None when unset or empty."""
        return self.environment.get(PREFIX + name.upper()) or None

    @property
    def home(self) -> Reach:
        """Return how the provider's own array is reached."""
        return Reach(self.block.raw, self.environment, PREFIX)

    @property
    def target(self) -> TargetBlock | None:
        """Return the block of the replication target, empty where the environment alone names one."""
        written = self.block.known(ProviderBlock.replication_target)
        if written is not None or not self.block.is_null(ProviderBlock.replication_target):
            return written
        named = self.home.from_environment and self.environment.get(f"{REMOTE_PREFIX}ENDPOINTS")
        return TargetBlock.nothing() if named else None

    @property
    def remote(self) -> Reach | None:
        """Return how the replication target is reached, None where there is none."""
        target = self.target
        return None if target is None else Reach(target.raw, self.environment, REMOTE_PREFIX)

    @property
    def simulator_file(self) -> str | None:
        """Return the simulator's state file, None when no simulator is asked for."""
        block = self.block.known(ProviderBlock.simulator)
        if block is not None:
            return block.known(SimulatorBlock.state_file) or DEFAULT_STATE_FILE
        return self.variable("simulator") if self.block.is_null(ProviderBlock.simulator) else None

    @property
    def unprotect(self) -> frozenset[str]:
        """Return what may be destroyed although it is protected."""
        written = self.block.known(ProviderBlock.unprotect)
        return written if written is not None else frozenset(split(self.variable("unprotect")))


def merge(block: ProviderBlock, environment: Mapping[str, str]) -> Merged:
    """Return the block and the environment as one."""
    unknown = tuple(sorted(name for name, value in block.raw.items() if _has_unknown(value)))
    return Merged(block, environment, unknown)


def _has_unknown(value: Raw) -> bool:
    items = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return value is UNKNOWN or any(_has_unknown(item) for item in items)


def misspelt(entries: Iterable[str]) -> list[str]:
    """Return the entries of unprotect that name no object: each is a system id, a slash and an id."""
    return sorted(entry for entry in entries if not re.fullmatch(r"[^/\s]+/[^/\s]+", entry.strip()))


def complain_of_unprotect(entries: Iterable[str], diagnostics: Diagnostics) -> None:
    """Complain of entries of unprotect that would never match anything."""
    wrong = misspelt(entries)
    if wrong:
        diagnostics.error(
            ProviderBlock.unprotect,
            f"unprotect names no object with {', '.join(map(repr, wrong))}",
            'Each entry is "system_id/id", such as "2107-75DXA41/0A01": the system_id and the id of the volume as the '
            "state and every protection error show them. Correct unprotect or XIVDS8K_UNPROTECT.",
        )


def validate(block: ProviderBlock, diagnostics: Diagnostics) -> None:
    """Complain about a block that no environment can mend."""
    complain_of_trust(block.raw, None, diagnostics)
    complain_of_authority(None, block.raw["ca_pem"], ROOT, diagnostics)
    validate_target(block.known(ProviderBlock.replication_target), diagnostics)
    if not block.is_null(ProviderBlock.simulator) and not block.is_null(ProviderBlock.endpoints):
        complain_of_both(diagnostics)
    complain_of_unprotect(block.known(ProviderBlock.unprotect) or (), diagnostics)


def complain_of_authorities(merged: Merged, diagnostics: Diagnostics) -> None:
    """Complain of authorities of either array that cannot be read, but of what a simulator does not need."""
    for reach, at in ((merged.home, ROOT), (merged.remote, AT)):
        if reach is not None:
            complain_of_authority(reach.ca_file, reach.raw["ca_pem"], at, diagnostics)


def complain_of_both(diagnostics: Diagnostics) -> None:
    """Complain that a simulator and a real array are asked for at once."""
    diagnostics.error(
        ProviderBlock.simulator,
        "A simulator and endpoints exclude each other",
        "Both a simulator (simulator block or XIVDS8K_SIMULATOR) and endpoints (endpoints or XIVDS8K_ENDPOINTS) are "
        "set, so it is not clear which array is meant. Remove one of them.",
    )
