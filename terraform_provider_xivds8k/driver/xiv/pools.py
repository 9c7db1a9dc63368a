"""Storage pools: rows of an XIV, with hard and soft sizes, and of an A9000, with one size (xcli.md §3.2)."""

from __future__ import annotations

from decimal import Decimal

from ..objects import Pool
from ..rules import XIV_UNIT_BYTES
from ..waiting import Budget
from .client import Client
from .records import Record

A9000_UNIT_BYTES = 2**30
FOUR_PLACES = Decimal("0.0001")


def pools(client: Client, budget: Budget) -> tuple[Pool, ...]:
    """Return all pools, by id."""
    return tuple(sorted((pool_of(record) for record in client.read("pool_list", budget)), key=lambda pool: pool.id))


def pool_of(record: Record) -> Pool:
    """Return the pool a row tells of; an over-committed one has a negative free size."""
    on_xiv = record.find_text("hard_size") is not None
    total, free = ("hard_size", "empty_space_hard") if on_xiv else ("size", "empty_space")
    total_bytes = record.size_bytes(total)
    return Pool(
        id=record.text("id"),
        name=record.text("name"),
        storage_type="fb",
        node=None,
        total_bytes=total_bytes,
        free_bytes=record.size_bytes(free),
        virtual_total_bytes=record.find_size_bytes("soft_size"),
        virtual_free_bytes=record.find_size_bytes("empty_space_soft"),
        snapshot_bytes=record.find_size_bytes("snapshot_size"),
        extent_bytes=XIV_UNIT_BYTES if on_xiv else A9000_UNIT_BYTES,
        thin_ratio=_ratio(record.find_size_bytes("total_volume_size"), total_bytes),
    )


def _ratio(promised_bytes: int | None, total_bytes: int) -> Decimal | None:
    """Return what volumes were promised over the physical capacity, to four places."""
    if promised_bytes is None or total_bytes <= 0:
        return None
    return (Decimal(promised_bytes) / total_bytes).quantize(FOUR_PLACES)
