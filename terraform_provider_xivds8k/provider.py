"""The provider: turns its block into a driver and guards, and lists every type it offers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terraform_provider_xivds8k.lifecycle import Configured, Diagnostics, Guards
from terraform_provider_xivds8k.lifecycle import Provider as BaseProvider
from terraform_provider_xivds8k.lifecycle.configured import Mode
from terraform_provider_xivds8k.schema import duration_s

from .provider_model import (
    Family,
    Merged,
    ProviderBlock,
    SimulatorBlock,
    complain_of_both,
    complain_of_unprotect,
    lun_range_of,
    merge,
    validate,
)

if TYPE_CHECKING:
    from terraform_provider_xivds8k.driver import XIVDS8KDriver
    from terraform_provider_xivds8k.lifecycle import Action, DataSource, Function, Resource

SOURCE_ADDRESS = "registry.terraform.io/xivds8k/xivds8k"
NEEDED_AT_PLAN = ("family", "mode", "deletion_protection", "unprotect", "simulator")
DEFAULT_TIMEOUT_S = 60.0
DEFAULT_SESSIONS = 8
DEFAULT_LUNS = (1, 255)


class Provider(BaseProvider["XIVDS8KDriver"]):
    """Offer volumes, snapshots and data sources of XIV-family and DS8000 arrays."""

    model = ProviderBlock
    address = SOURCE_ADDRESS

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    @property
    def resources(self) -> Mapping[str, type[Resource[Any, XIVDS8KDriver]]]:
        """Return the resource types by name."""
        from terraform_provider_xivds8k import resources

        return {
            kind.model.type_name: kind
            for kind in (
                resources.VolumeResource,
                resources.ManagedVolumeResource,
                resources.SnapshotResource,
                resources.ConsistencyGroupResource,
                resources.ConsistencyGroupMemberResource,
                resources.ConsistencyGroupSnapshotResource,
                resources.HostResource,
                resources.HostAttachmentResource,
            )
        }

    @property
    def data_sources(self) -> Mapping[str, type[DataSource[Any, XIVDS8KDriver]]]:
        """Return the data source types by name."""
        from terraform_provider_xivds8k import data_sources as kinds

        return {
            kind.model.type_name: kind
            for kind in (
                kinds.SystemDataSource,
                kinds.PoolDataSource,
                kinds.PoolsDataSource,
                kinds.VolumeDataSource,
                kinds.VolumesDataSource,
                kinds.ConsistencyGroupDataSource,
                kinds.HostDataSource,
                kinds.HostsDataSource,
            )
        }

    @property
    def actions(self) -> Mapping[str, type[Action[Any, XIVDS8KDriver]]]:
        """Return the action types by name."""
        from terraform_provider_xivds8k import actions

        return {kind.model.type_name: kind for kind in actions.KINDS}

    @property
    def functions(self) -> Mapping[str, type[Function[Any, Any]]]:
        """Return the functions by name."""
        from terraform_provider_xivds8k import functions

        return {kind.model.type_name: kind for kind in functions.KINDS}

    def validate(self, config: ProviderBlock, diagnostics: Diagnostics) -> None:
        """Complain about a block that no environment can mend."""
        validate(config, diagnostics)

    def configure(
        self, config: ProviderBlock, diagnostics: Diagnostics, cancellation: Any
    ) -> Configured[XIVDS8KDriver]:
        """Return the driver's opener and the guards; nothing is connected yet."""
        merged = merge(config, self._environment)
        family = self._family(merged, diagnostics)
        mode = self._mode(merged, diagnostics)
        self._complain(merged, diagnostics)
        protected = config.known(ProviderBlock.deletion_protection)
        guards = Guards(
            mode=mode,
            deletion_protection=merged.simulator_file is None if protected is None else protected,
            unprotect=merged.unprotect,
        )
        return Configured(
            open_driver=_opener(merged, family, mode, cancellation),
            close_driver=lambda driver: driver.close(),
            guards=guards,
            family=family,
        )

    def _family(self, merged: Merged, diagnostics: Diagnostics) -> Family | None:
        family = merged.text("family")
        if family == "xiv":
            return "xiv"
        if family == "ds8k":
            return "ds8k"
        if "family" not in merged.unknown:
            diagnostics.error(
                ProviderBlock.family,
                "The array's family is needed" if family is None else f"Unknown family {family!r}",
                f'family = {family or "unset"}: allowed is "xiv" (XIV, Spectrum Accelerate, FlashSystem A9000) or '
                '"ds8k" (DS8000). Write it in the provider block or set XIVDS8K_FAMILY.',
            )
        return None

    def _mode(self, merged: Merged, diagnostics: Diagnostics) -> Mode:
        modes: dict[str | None, Mode] = {
            None: "full",
            "full": "full",
            "no_destroy": "no_destroy",
            "read_only": "read_only",
        }
        mode = merged.text("mode")
        if mode not in modes:
            diagnostics.error(
                ProviderBlock.mode,
                f"Unknown mode {mode!r}",
                'Allowed is "full", "no_destroy" or "read_only". Correct mode or XIVDS8K_MODE.',
            )
        return modes.get(mode, "read_only")

    def _complain(self, merged: Merged, diagnostics: Diagnostics) -> None:
        for name in NEEDED_AT_PLAN:
            if name in merged.unknown:
                diagnostics.error(
                    getattr(ProviderBlock, name),
                    f"{name} must be known when planning",
                    f"The provider's {name} decides what a plan may do, so it cannot come from something that is only "
                    "known after apply. Write it as a literal or a variable.",
                )
        if merged.simulator_file is not None and merged.endpoints:
            complain_of_both(diagnostics)
        complain_of_unprotect(merged.unprotect, diagnostics)
        if merged.block.known(ProviderBlock.insecure):
            diagnostics.warning(
                ProviderBlock.insecure,
                "The array's certificate is not verified",
                "Anybody on the network path can read the password. Use ca_file, ca_pem or fingerprint instead.",
            )


def _opener(merged: Merged, family: Family | None, mode: Mode, cancellation: Any) -> Callable[[], XIVDS8KDriver]:
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
        return XIVDS8KDriver(_settings(merged, family, mode, _connection(merged)), cancellation=cancellation)

    return open_driver


def _simulated(merged: Merged, file: str, family: Family, mode: Mode, cancellation: Any) -> XIVDS8KDriver:
    from sqlite3 import DatabaseError

    from terraform_provider_xivds8k.driver import Connection, Refused, Secret, XIVDS8KDriver
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
    array = simulation.array
    connection = Connection(
        endpoints=tuple(array["endpoints"]),
        username=array["username"],
        password=Secret(array["password"]),
        ca_pem=simulation.ca_pem,
    )
    return XIVDS8KDriver(
        _settings(merged, family, mode, connection), cancellation=cancellation, on_close=simulation.stop
    )


def _connection(merged: Merged) -> Any:
    from terraform_provider_xivds8k.driver import Connection, Refused, Secret

    username, password = merged.credential("username"), merged.credential("password")
    missing = [
        name
        for name, value in (("endpoints", merged.endpoints), ("username", username), ("password", password))
        if not value
    ]
    if missing or username is None or password is None:
        raise Refused(
            f"The provider needs {', '.join(missing)}",
            happened="Nothing was sent to any array. Credentials from the environment are used only together with "
            "endpoints from the environment.",
            next_step="Write them in the provider block, or set XIVDS8K_ENDPOINTS, XIVDS8K_USERNAME and "
            "XIVDS8K_PASSWORD; or write simulator = {} to try things out without an array.",
        )
    block = merged.block
    return Connection(
        endpoints=merged.endpoints,
        username=username,
        password=Secret(password),
        ca_file=_ca_file(merged),
        ca_pem=block.known(ProviderBlock.ca_pem),
        fingerprint=block.known(ProviderBlock.fingerprint),
        insecure=bool(block.known(ProviderBlock.insecure)),
    )


def _ca_file(merged: Merged) -> str | None:
    block = merged.block
    others = (ProviderBlock.ca_pem, ProviderBlock.fingerprint, ProviderBlock.insecure)
    if any(block.known(attribute) for attribute in others):
        return block.known(ProviderBlock.ca_file)
    return merged.credential("ca_file")


def _settings(merged: Merged, family: Family, mode: Mode, connection: Any) -> Any:
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
    )
