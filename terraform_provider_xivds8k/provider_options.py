"""The provider block as the options of a command line give it: the same settings, checks and environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from terraform_provider_xivds8k.commands.settings import UsageError
from terraform_provider_xivds8k.commands.spelling import as_settings
from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.lifecycle.validation import validate_values
from terraform_provider_xivds8k.schema import ModelNode, Raw, RawObject

from .provider import Provider
from .provider_model import ProviderBlock, merge
from .provider_opening import lacking

if TYPE_CHECKING:
    from terraform_provider_xivds8k.driver import XIVDS8KDriver

FAMILIES = ("xiv", "ds8k")


def open_driver(
    settings: Mapping[str, Raw], environment: Mapping[str, str], cancellation: Any, warn: Callable[[str], None]
) -> XIVDS8KDriver:
    """Open the driver that a provider block with these settings would; raises UsageError, DriverError.

    ``warn`` is called with what the provider would warn of.
    """
    node, diagnostics = ProviderBlock.node(), Diagnostics()
    raw = _whole(node, settings)
    validate_values(node, raw, diagnostics)
    provider = Provider(environment)
    if not diagnostics.has_errors:
        provider.validate(ProviderBlock.from_raw(raw), diagnostics)
    _complain(diagnostics)
    _refuse_lacking(raw, environment)
    configured = provider.configure(ProviderBlock.from_raw(raw), diagnostics, cancellation)
    _complain(diagnostics)
    for one in diagnostics.items:
        if one.severity == "warning":
            warn(f"Warning: {one.summary}. {one.detail}")
    return configured.driver


def _whole(node: ModelNode, settings: Mapping[str, Raw]) -> RawObject:
    """Return a block with nothing in what is not given."""
    raw: RawObject = {}
    for attribute in node.attributes:
        value = settings.get(attribute.name)
        if attribute.nested is not None and isinstance(value, dict):
            value = _whole(attribute.nested, value)
        elif attribute.nested is not None and isinstance(value, list):
            value = [_whole(attribute.nested, item) for item in value if isinstance(item, dict)]
        raw[attribute.name] = value
    return raw


def _refuse_lacking(raw: RawObject, environment: Mapping[str, str]) -> None:
    """Refuse a simulator's file without the arrays meant: made anew, they would say that nothing is replicated."""
    merged = merge(ProviderBlock.from_raw(raw), environment)
    family, file = merged.text("family"), merged.simulator_file
    lacks = lacking(file, family) if file is not None and family in FAMILIES else ""
    if lacks:
        raise UsageError(
            f"The simulator's file {lacks} None is made here. Correct --family (or XIVDS8K_FAMILY), or name another "
            "file with --simulator (or XIVDS8K_SIMULATOR)."
        )


def _complain(diagnostics: Diagnostics) -> None:
    errors = [one for one in diagnostics.items if one.severity == "error"]
    if errors:
        raise UsageError(as_settings(" ".join(f"{one.summary}. {one.detail}" for one in errors)))
