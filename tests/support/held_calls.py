"""Many creations that wait for an array that hangs, in a real provider process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.provider_model import ProviderBlock
from terraform_provider_xivds8k.resources.volume_model import Volume
from terraform_provider_xivds8k.schema import UNKNOWN, RawObject

from .plugin_client import Plugin, eventually, value

GIB = 2**30
WITHIN_S = 30.0


def held_creations(
    plugin: Plugin, block: Mapping[str, Any], pool: str, hang: Callable[[], object], number: int
) -> list[Any]:
    """Configure the provider and make one volume, let the array hang, and return calls that all wait for it."""
    given: RawObject = {**ProviderBlock.nothing().raw, **block}
    configured = plugin.call(
        "ConfigureProvider", pb.ConfigureProvider.Request(config=value(given, ProviderBlock.node()))
    )
    assert not configured.diagnostics, configured
    first = _creation(plugin, "first", pool).result(timeout=WITHIN_S)
    assert not first.diagnostics, first
    hang()
    calls = [_creation(plugin, f"held{index}", pool) for index in range(number)]
    eventually(lambda: _threads(plugin.process.pid) >= number, f"{number} calls wait", WITHIN_S)
    assert not any(call.done() for call in calls)
    return calls


def _creation(plugin: Plugin, name: str, pool: str) -> Any:
    node = Volume.node()
    wanted: RawObject = {"name": name, "pool": pool, "size_gib": 1, "deletion_protection": False}
    planned = {**wanted, "size_bytes": GIB, "written_name": name, "timeouts": None}
    unknown: RawObject = {one.name: UNKNOWN if one.computed else None for one in node.attributes}
    return plugin.start(
        "ApplyResourceChange",
        pb.ApplyResourceChange.Request(
            type_name=Volume.type_name,
            prior_state=value(None, node),
            planned_state=value({**unknown, **planned}, node),
            config=value({**Volume.nothing().raw, **wanted}, node),
        ),
    )


def _threads(process: int) -> int:
    """Return how many threads a process has: the server makes one for each call that waits."""
    return len(list(Path(f"/proc/{process}/task").iterdir()))
