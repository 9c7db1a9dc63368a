"""How the provider opens the driver it settled on: a real array or a simulated one, and its replication target."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terraform_provider_xivds8k.lifecycle.configured import Mode
from terraform_provider_xivds8k.schema import duration_s

from .provider_model import Family, Merged, ProviderBlock, lun_range_of
from .provider_target import DEFAULT_LABEL, Reach, SimulatorBlock, TargetBlock, TargetSimulatorBlock

if TYPE_CHECKING:
    from terraform_provider_xivds8k.driver import XIVDS8KDriver

DEFAULT_TIMEOUT_S = 60.0
DEFAULT_SESSIONS = 8
DEFAULT_LUNS = (1, 255)


def opener(merged: Merged, family: Family | None, mode: Mode, cancellation: Any) -> Callable[[], XIVDS8KDriver]:
    """Return what opens the driver at first use; it raises Refused while a setting is not known."""

    def open_driver() -> XIVDS8KDriver:
        from terraform_provider_xivds8k.driver import Refused, XIVDS8KDriver

        if family is None or merged.unknown:
            raise Refused(
                f"The provider's {', '.join(merged.unknown) or 'family'} is not known yet",
                happened="Without it the array cannot be asked.",
                next_step="Apply what it depends on first (terraform apply -target=...), then plan again.",
            )
        if merged.simulator_file is not None:
            return _simulated(merged, merged.simulator_file, family, mode, cancellation)
        connection = connection_of(merged.home)
        remote = None if merged.remote is None else connection_of(merged.remote, whose="replication_target")
        return XIVDS8KDriver(_settings(merged, family, mode, connection, remote), cancellation=cancellation)

    return open_driver


def lacking(file: str, family: str) -> str:
    """Say what a simulator's file lacks of two arrays of a family, empty where it lacks nothing; it stays as it is."""
    from terraform_provider_xivds8k.simulators import arrays_in

    held = arrays_in(Path(file))
    number = list(held.values()).count(family) if held is not None else 2  # what is no such file is told when opened
    if held is None or number > 1:
        return ""
    what = f"one array of family {family} alone" if number else f"no array of family {family}"
    return f"{Path(file).absolute()} holds {what}: it holds {', '.join(held) or 'none at all'}."


def _simulated(merged: Merged, file: str, family: Family, mode: Mode, cancellation: Any) -> XIVDS8KDriver:
    from sqlite3 import DatabaseError

    from terraform_provider_xivds8k.driver import Refused, XIVDS8KDriver
    from terraform_provider_xivds8k.simulators import embedded

    block = merged.block.known(ProviderBlock.simulator)
    name = block.known(SimulatorBlock.array) if block is not None else None
    try:
        simulation = embedded(Path(file), name, family)
    except (OSError, ValueError, DatabaseError) as error:
        raise Refused(
            "The simulator cannot be started",
            happened=f"{error}".rstrip(".") + ("." if file in f"{error}" else f". Its state file is {file}."),
            left_behind="Nothing was changed.",
            next_step="Correct simulator.array or simulator.state_file (or XIVDS8K_SIMULATOR); a file that is missing "
            "is made.",
            attribute="simulator",
        ) from error
    try:
        _check_partner(merged.target, simulation.partner["name"] if simulation.partner else None)
        home, partner = (_to(one, simulation.ca_pem) for one in (simulation.array, simulation.partner))
        return XIVDS8KDriver(
            _settings(merged, family, mode, home, partner), cancellation=cancellation, on_close=simulation.stop
        )
    except BaseException:
        simulation.stop()
        raise


def _check_partner(target: TargetBlock | None, there: str | None) -> None:
    from terraform_provider_xivds8k.driver import Refused

    block = target.known(TargetBlock.simulator) if target is not None else None
    wanted = block.known(TargetSimulatorBlock.array) if block is not None else None
    if wanted not in {None, there}:
        raise Refused(
            f"The simulated array does not replicate to {wanted!r}",
            happened=f"Its partner is {there}: the other array of its family in the same file.",
            left_behind="Nothing was changed.",
            next_step=f"Correct replication_target.simulator.array: {there!r}, or leave it out.",
            attribute="replication_target",
        )


def _to(array: Any, ca_pem: str) -> Any:
    """Return how a simulated array is reached, None for none."""
    from terraform_provider_xivds8k.driver import Connection, Secret

    if array is None:
        return None
    return Connection(
        endpoints=tuple(array["endpoints"]),
        username=array["username"],
        password=Secret(array["password"]),
        ca_pem=ca_pem,
    )


def connection_of(reach: Reach, whose: str = "") -> Any:
    """Return how an array is reached; raises Refused naming what is missing."""
    from terraform_provider_xivds8k.driver import Connection, Refused, Secret

    username, password = reach.credential("username"), reach.credential("password")
    missing = [
        name
        for name, value in (("endpoints", reach.endpoints), ("username", username), ("password", password))
        if not value
    ]
    if missing or username is None or password is None:
        variables = [f"{reach.prefix}{name}" for name in ("ENDPOINTS", "USERNAME", "PASSWORD")]
        whom = f"The provider's {whose}" if whose else "The provider"
        place = f"{whose} of the provider block" if whose else "the provider block"
        raise Refused(
            f"{whom} needs {', '.join(missing)}",
            happened="Nothing was sent to any array. Credentials from the environment are used only together with "
            "endpoints from the environment.",
            next_step=f"Write them in {place}, or set {variables[0]}, {variables[1]} and {variables[2]}; or write "
            "simulator = {} to try things out without an array.",
            attribute=whose,
        )
    raw = reach.raw
    return Connection(
        endpoints=reach.endpoints,
        username=username,
        password=Secret(password),
        ca_file=reach.ca_file,
        ca_pem=_text(raw["ca_pem"]),
        fingerprint=_text(raw["fingerprint"]),
        insecure=bool(raw["insecure"]),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _settings(merged: Merged, family: Family, mode: Mode, connection: Any, remote: Any) -> Any:
    from terraform_provider_xivds8k.driver import Settings

    block = merged.block
    return Settings(
        family=family,
        connection=connection,
        mode=mode,
        max_sessions=block.known(ProviderBlock.max_sessions) or DEFAULT_SESSIONS,
        request_timeout_s=duration_s(block.known(ProviderBlock.request_timeout) or "") or DEFAULT_TIMEOUT_S,
        lun_range=lun_range_of(block.known(ProviderBlock.lun_range) or "") or DEFAULT_LUNS,
        backend_id=block.known(ProviderBlock.backend_id) or "default",
        replication_target=None if remote is None else _target(merged.target or TargetBlock.nothing(), remote),
    )


def _target(block: TargetBlock, connection: Any) -> Any:
    from terraform_provider_xivds8k.driver import ReplicationTarget

    pairs = block.known(TargetBlock.port_pairs) or ()
    return ReplicationTarget(
        connection=connection,
        backend_id=block.known(TargetBlock.backend_id) or DEFAULT_LABEL,
        pool=block.known(TargetBlock.pool),
        port_pairs=tuple((pair.home, pair.remote) for pair in pairs),
    )
