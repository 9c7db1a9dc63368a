"""The filters of a listing of volumes, shared by the list resource and the data source."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from terraform_provider_xivds8k.driver import VolumeFilter
from terraform_provider_xivds8k.schema import Attr, Model, optional, regular_expression


class VolumeFilters(Model):
    """Narrow a listing of volumes."""

    name: Attr[str | None] = optional("Exact name.")
    name_regex: Attr[str | None] = optional(
        "Regular expression found anywhere in the name.", check=[regular_expression()]
    )
    pool: Attr[str | None] = optional("Pool, by id or name.")
    host: Attr[str | None] = optional("Name of a host the volume is mapped to.")
    min_size_bytes: Attr[int | None] = optional("Least size in bytes.")
    max_size_bytes: Attr[int | None] = optional("Largest size in bytes.")
    mapped: Attr[bool | None] = optional("Whether the volume is mapped to any host.")
    replicated: Attr[bool | None] = optional("Whether the volume is replicated.")
    type: Attr[Literal["fb", "ckd"] | None] = optional("Storage type: `fb` or (DS8000) `ckd`.")


def driver_filter(filters: VolumeFilters, start: VolumeFilter) -> VolumeFilter:
    """Return the driver's filter for the configured ones, on top of ``start``."""
    return replace(
        start,
        name=filters.name,
        name_regex=filters.name_regex,
        pool=filters.pool,
        host=filters.host,
        min_size_bytes=filters.min_size_bytes,
        max_size_bytes=filters.max_size_bytes,
        mapped=filters.mapped,
        replicated=filters.replicated,
        storage_type=filters.type or start.storage_type,
    )
