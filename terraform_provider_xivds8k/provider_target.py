"""The provider's replication_target: the array that holds the remote copies, as the block and the environment name it.

The environment's target belongs to the environment's array: where the block names the endpoints of its own array, it
has the environment's target only where it says so with ``replication_target``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.schema import (
    Attr,
    Model,
    Path,
    Raw,
    RawObject,
    is_wholly_known,
    length,
    matching,
    optional,
    required,
)

PREFIX = "XIVDS8K_"
REMOTE_PREFIX = "XIVDS8K_REMOTE_"
TRUST = ("ca_file", "ca_pem", "fingerprint", "insecure")
AT = Path(("replication_target",))
DEFAULT_LABEL = "remote"
DEFAULT_HOME_LABEL = "default"


class SimulatorBlock(Model):
    """A simulated array inside the provider, for trying things out and for testing modules."""

    state_file: Attr[str | None] = optional(
        "File that holds the simulated arrays between runs; `.xivds8k/simulator.db` when unset."
    )
    array: Attr[str | None] = optional("Name of the array in the file, such as `ds8k2`; the family's first when unset.")


class TargetSimulatorBlock(Model):
    """The simulated array that holds the remote copies."""

    array: Attr[str | None] = optional("Its name in the file of `simulator`: the other one of the family when unset.")


class PortPair(Model):
    """Two ports that are linked."""

    home: Attr[str] = required("I/O port of the provider's own array, such as `I0010`.", check=[length(1, 16)])
    remote: Attr[str] = required("I/O port of the replication target.", check=[length(1, 16)])


class TargetBlock(Model):
    """The array that holds the remote copies of what `xivds8k_replication` replicates."""

    backend_id: Attr[str | None] = optional(
        "A label for it, by which `authoritative_backend_id` names it; `remote` when unset.", check=[length(1, 63)]
    )
    endpoints: Attr[list[str] | None] = optional(
        "Its management addresses, written as the provider's own. Or `XIVDS8K_REMOTE_ENDPOINTS`."
    )
    username: Attr[str | None] = optional("User on it, or `XIVDS8K_REMOTE_USERNAME`.")
    password: Attr[str | None] = optional(
        "The user's password, or `XIVDS8K_REMOTE_PASSWORD`. Kept out of plan files in the same ways as the provider's.",
        sensitive=True,
    )
    ca_file: Attr[str | None] = optional(
        "File with the authority that signed its certificate, or with that certificate itself; or "
        "`XIVDS8K_REMOTE_CA_FILE`."
    )
    ca_pem: Attr[str | None] = optional("The same as PEM text.")
    fingerprint: Attr[str | None] = optional(
        "SHA-256 of its certificate, in hex; pins it, whatever its authority, name and dates.",
        check=[matching("([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}", "64 hex digits, colons allowed")],
    )
    insecure: Attr[bool | None] = optional("Do not verify its certificate. For test systems only.")
    pool: Attr[str | None] = optional("Its pool for remote volumes that name none.", check=[length(1, 63)])
    port_pairs: Attr[list[PortPair] | None] = optional(
        "DS8000: the ports its paths may use; unless written, all ports that are linked."
    )
    simulator: Attr[TargetSimulatorBlock | None] = optional(
        "The simulated array to replicate to, for a provider with `simulator`; needs not be written."
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """Say how one array is reached, by its block and by the variables of one prefix."""

    raw: RawObject = field(repr=False)  # it may hold the password
    environment: Mapping[str, str] = field(repr=False)  # so may this
    prefix: str

    def variable(self, name: str) -> str | None:
        """Return the environment's value of a setting, None when unset or empty."""
        return self.environment.get(self.prefix + name.upper()) or None

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Return the endpoints, from the block or else the environment."""
        written = self.raw["endpoints"]
        if isinstance(written, list) and is_wholly_known(written):
            return tuple(str(one) for one in written)
        return split(self.variable("endpoints")) if written is None else ()

    @property
    def from_environment(self) -> bool:
        """Tell whether the endpoints come from the environment, and with them the credentials may."""
        return self.raw["endpoints"] is None

    def credential(self, name: str) -> str | None:
        """Return a credential from the block, or from the environment together with its endpoints."""
        written = self.raw[name]
        if isinstance(written, str):
            return written
        return self.variable(name) if self.from_environment and written is None else None

    @property
    def ca_file(self) -> str | None:
        """Return the file to trust; the environment's has no say beside another way to trust that is written."""
        if any(self.raw[name] for name in TRUST if name != "ca_file"):
            written = self.raw["ca_file"]
            return written if isinstance(written, str) else None
        return self.credential("ca_file")


def split(text: str | None) -> tuple[str, ...]:
    """Return the parts of a comma-separated text."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def complain_of_trust(raw: RawObject, at: Path | None, diagnostics: Diagnostics) -> None:
    """Complain of more than one way to trust a certificate."""
    written = [
        name for name in TRUST if raw[name] is not None and raw[name] is not False and is_wholly_known(raw[name])
    ]
    if len(written) > 1:
        diagnostics.error(
            at,
            f"{' and '.join(written)} exclude each other",
            "Trust the array's certificate in one way: ca_file, ca_pem, fingerprint or insecure.",
        )


def complain_of_authority(ca_file: str | None, ca_pem: Raw, at: Path, diagnostics: Diagnostics) -> None:
    """Complain of an authority that cannot be read, whether the block or the environment names it."""
    text = ca_pem if isinstance(ca_pem, str) else None
    if not ca_file and not text:
        return
    from terraform_provider_xivds8k.driver import Refused, check_authority

    try:
        check_authority(ca_file=ca_file, ca_pem=text)
    except Refused as refusal:
        name, file = at / refusal.attribute, at / "ca_file"
        variable = f"{REMOTE_PREFIX if at.steps else PREFIX}CA_FILE"
        other = f" or {variable}" if name == file else ""
        elsewhere = "" if name == file else f" A text is meant here: a file is named by {file}."
        diagnostics.error(
            name,
            f"The authority in {name} cannot be read",
            f"{refusal.happened} Nothing was sent to any array. Correct {name}{other}: "
            f"{refusal.next_step[:1].lower()}{refusal.next_step[1:]}{elsewhere}",
        )


def validate_target(target: TargetBlock | None, diagnostics: Diagnostics) -> None:
    """Complain about a replication target that no environment can mend."""
    if target is None:
        return
    complain_of_trust(target.raw, AT, diagnostics)
    complain_of_authority(None, target.raw["ca_pem"], AT, diagnostics)
    if not target.is_null(TargetBlock.simulator) and not target.is_null(TargetBlock.endpoints):
        diagnostics.error(
            AT / "simulator",
            "A simulator and endpoints exclude each other",
            "replication_target has both, so it is not clear which array is meant. Remove one of them.",
        )


def check_labels(home: str | None, target: TargetBlock, diagnostics: Diagnostics) -> None:
    """Complain of one label for both arrays: it could not be said any more whose data is to stay."""
    label = target.known(TargetBlock.backend_id) or DEFAULT_LABEL
    if target.is_known(TargetBlock.backend_id) and label == (home or DEFAULT_HOME_LABEL):
        diagnostics.error(
            AT / "backend_id",
            f"Both arrays are labelled {label!r}",
            f'backend_id = "{label}" is the label of the provider\'s own array and of its replication target: when an '
            "operation asks whose data is to stay, nobody could answer. Write another label for one of them.",
        )


def check_target(
    target: TargetBlock | None, reach: Reach | None, *, family: str | None, simulated: bool, diagnostics: Diagnostics
) -> None:
    """Complain of a replication target that does not go with the provider's own array."""
    if target is not None and bool(target.known(TargetBlock.port_pairs)) and family == "xiv":
        diagnostics.error(
            AT / "port_pairs",
            "port_pairs are for a DS8000",
            'The provider\'s family is "xiv", where targets are linked by the array itself. Remove port_pairs.',
        )
    if simulated and reach is not None and reach.endpoints:
        diagnostics.error(
            AT / "endpoints",
            "A simulated array does not replicate to a real one",
            "The provider uses a simulator, and replication_target has endpoints (endpoints or "
            "XIVDS8K_REMOTE_ENDPOINTS). Remove them: the simulated array's partner stands by as replication target.",
        )
    if not simulated and target is not None and not target.is_null(TargetBlock.simulator):
        diagnostics.error(
            AT / "simulator",
            "A real array does not replicate to a simulated one",
            "replication_target has a simulator, and the provider has none. Write the endpoints of the other array, or "
            "simulator = {} in the provider block.",
        )
    if target is not None and target.known(TargetBlock.insecure):
        diagnostics.warning(
            AT / "insecure",
            "The replication target's certificate is not verified",
            "Anybody on the network path can read the password. Use ca_file, ca_pem or fingerprint instead.",
        )
