"""A provider of the same types with no array behind it: what Terraform, runtime and planning cost by themselves.

Same schema, checks, plans and states as the real one; an order for a volume is answered with a plausible volume, and a
refresh with what the state holds.  Terraform starts it as it starts the real one.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from terraform_provider_xivds8k.driver import Pool, Users, XIVDS8KDriver
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Configured, Diagnostics, Read, Resource
from terraform_provider_xivds8k.plugin import Handler, logs, serve
from terraform_provider_xivds8k.provider import Provider
from terraform_provider_xivds8k.provider_model import ProviderBlock
from terraform_provider_xivds8k.resources import VolumeResource
from terraform_provider_xivds8k.resources.volume_model import Volume, fill
from terraform_provider_xivds8k.resources.volume_sizes import read_sizes

SYSTEM_ID = "2107-75ECHO1"
ROOM_BYTES = 2**60


class EchoDriver:
    """Answer what a volume resource asks of an array, from the question alone."""

    known_system_id = SYSTEM_ID

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def system_id(self, **_more: Any) -> str:
        """Return its system id."""
        return SYSTEM_ID

    def check_system(self, system_id: str, **_more: Any) -> None:
        """Accept every system id."""

    def find_recent_pool(self, text: str) -> Pool:
        """Return a pool of that id with room for everything."""
        return Pool(
            id=text,
            name=text,
            storage_type="fb",
            node=None,
            total_bytes=ROOM_BYTES,
            free_bytes=ROOM_BYTES,
            virtual_total_bytes=None,
            virtual_free_bytes=None,
            snapshot_bytes=None,
            extent_bytes=2**30,
            thin_ratio=None,
        )

    def volume_users(self, _volume_id: str, **_more: Any) -> Users:
        """Return nobody."""
        return Users()

    def create_volume(self, *, name: str, pool: str, size_bytes: int, **_more: Any) -> ArrayVolume:
        """Return a volume as it was ordered, under the next id."""
        return made(f"{next(self._numbers):04X}", name, pool, size_bytes)

    def delete_volume(self, **_asked: Any) -> None:
        """Delete nothing."""

    def close(self) -> None:
        """Close nothing."""


def made(volume_id: str, name: str, pool: str, size_bytes: int) -> ArrayVolume:
    """Return a volume as an array would tell of it."""
    return ArrayVolume(
        id=volume_id,
        name=name,
        wwn=f"6005076306ffd65a0000000000{volume_id.zfill(6).lower()}",
        system_id=SYSTEM_ID,
        pool_id=pool,
        pool_name=pool,
        size_bytes=size_bytes,
    )


class EchoVolume(VolumeResource):
    """Keep a volume that is nowhere."""

    def read(self, operation: Read[Volume]) -> Volume:
        """Return the state, by the same steps as if an array had answered."""
        state = operation.state
        found = made(state.id or "", state.name, state.pool, state.actual_bytes)
        fill(state, found)
        read_sizes(state, operation.private, found.size_bytes, rounds=False)
        return state


class EchoProvider(Provider):
    """Offer the same provider block and types, the volumes with nothing behind them."""

    @property
    def resources(self) -> Mapping[str, type[Resource[Any, XIVDS8KDriver]]]:
        """Return the one resource type."""
        return {Volume.type_name: EchoVolume}

    def configure(
        self, config: ProviderBlock, diagnostics: Diagnostics, cancellation: Any
    ) -> Configured[XIVDS8KDriver]:
        """Return the block's guards, with an array that is none."""
        configured = super().configure(config, diagnostics, cancellation)
        return replace(configured, open_driver=lambda: cast(XIVDS8KDriver, EchoDriver()))


def load() -> Mapping[str, Handler]:
    """Return the handlers, as the real provider does."""
    from terraform_provider_xivds8k.plugin.handlers import handlers_for

    return handlers_for(EchoProvider())


if __name__ == "__main__":
    logs.start(os.environ)
    serve(load)
