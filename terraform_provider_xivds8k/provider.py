"""The provider: turns its block into a driver and guards, and lists every type it offers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from terraform_provider_xivds8k.lifecycle import Configured, Diagnostics, Guards
from terraform_provider_xivds8k.lifecycle import Provider as BaseProvider
from terraform_provider_xivds8k.lifecycle.configured import Mode

from .provider_model import (
    Family,
    Merged,
    ProviderBlock,
    complain_of_authorities,
    complain_of_both,
    complain_of_unprotect,
    merge,
    validate,
)
from .provider_opening import opener
from .provider_target import check_labels, check_target

if TYPE_CHECKING:
    from terraform_provider_xivds8k.driver import XIVDS8KDriver
    from terraform_provider_xivds8k.lifecycle import Action, DataSource, Function, Resource

SOURCE_ADDRESS = "registry.terraform.io/xivds8k/xivds8k"
NEEDED_AT_PLAN = ("family", "mode", "deletion_protection", "unprotect", "when_unreachable", "simulator")


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
                resources.ReplicationResource,
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
                kinds.ReplicationDataSource,
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
        keeps = self._keeps_unreachable(merged, diagnostics)
        self._complain(merged, family, diagnostics)
        protected = config.known(ProviderBlock.deletion_protection)
        guards = Guards(
            mode=mode,
            deletion_protection=merged.simulator_file is None if protected is None else protected,
            unprotect=merged.unprotect,
            keeps_unreachable=keeps,
        )
        return Configured(
            open_driver=opener(merged, family, mode, cancellation),
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

    def _keeps_unreachable(self, merged: Merged, diagnostics: Diagnostics) -> bool:
        wanted = merged.text("when_unreachable")
        if wanted not in {None, "error", "keep"}:
            diagnostics.error(
                ProviderBlock.when_unreachable,
                f"Unknown when_unreachable {wanted!r}",
                'Allowed is "error" or "keep". Correct when_unreachable or XIVDS8K_WHEN_UNREACHABLE.',
            )
        return wanted == "keep"

    def _complain(self, merged: Merged, family: Family | None, diagnostics: Diagnostics) -> None:
        for name in NEEDED_AT_PLAN:
            if name in merged.unknown:
                diagnostics.error(
                    getattr(ProviderBlock, name),
                    f"{name} must be known when planning",
                    f"The provider's {name} decides what a plan may do, so it cannot come from something that is only "
                    "known after apply. Write it as a literal or a variable.",
                )
        if merged.simulator_file is not None and merged.home.endpoints:
            complain_of_both(diagnostics)
        simulated = merged.simulator_file is not None or "simulator" in merged.unknown
        check_target(merged.target, merged.remote, family=family, simulated=simulated, diagnostics=diagnostics)
        if not simulated:
            complain_of_authorities(merged, diagnostics)
        if merged.target is not None and merged.block.is_known(ProviderBlock.backend_id):
            check_labels(merged.block.known(ProviderBlock.backend_id), merged.target, diagnostics)
        complain_of_unprotect(merged.unprotect, diagnostics)
        if merged.block.known(ProviderBlock.insecure):
            diagnostics.warning(
                ProviderBlock.insecure,
                "The array's certificate is not verified",
                "Anybody on the network path can read the password. Use ca_file, ca_pem or fingerprint instead.",
            )
