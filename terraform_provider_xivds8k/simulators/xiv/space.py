"""Sizes and what they cost: units of allocation, rounding, the accounts of a pool.

GB is 10^9 bytes, a block 512 bytes, the unit of an XIV 16 * 2^30 bytes ("17 GB") [S/M].  An A9000 has no such unit
for volumes; its smallest step is 1 GiB [S].  Every amount in the store is in bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .catalog import Arguments, FailureError

if TYPE_CHECKING:
    from ..context import Context

GB = 10**9
MIB = 2**20
BLOCK = 512
UNIT = 16 * 2**30
UNIT_A9000 = 2**30
LARGEST_VOLUME = 161 * 10**12  # a full Gen3 rack [K]
SYSTEM_BYTES = 9374 * UNIT

Row = dict[str, Any]


def unit(context: Context) -> int:
    """Return the bytes in which this machine allocates."""
    return UNIT_A9000 if context.switch("xiv_is_a9000") else UNIT


def rounded_up(size_bytes: int, step: int) -> int:
    """Return the next multiple of the step."""
    return -(-size_bytes // step) * step


def wanted_bytes(context: Context, arguments: Arguments) -> int:
    """Return the capacity that size (GB) or size_blocks stands for on this machine.

    Raises BAD_PARAMS unless exactly one is given, ILLEGAL_VALUE, VOLUME_SIZE_ABOVE_LIMIT.
    """
    if ("size" in arguments) == ("size_blocks" in arguments):
        raise FailureError("BAD_PARAMS", "Give size or size_blocks")
    if "size" in arguments:
        size_bytes, rounds = arguments.number("size", least=1) * GB, context.switch("xiv_size_gb_rounded")
    else:
        size_bytes = arguments.number("size_blocks", least=1) * BLOCK
        rounds = context.switch("xiv_size_blocks_rounded")
    if rounds and not context.switch("xiv_is_a9000"):
        size_bytes = rounded_up(size_bytes, UNIT)
    if size_bytes > LARGEST_VOLUME:
        raise FailureError("VOLUME_SIZE_ABOVE_LIMIT")
    return rounded_up(size_bytes, BLOCK)


def free_bytes(pool: Row) -> int:
    """Return what new volumes can still take of a pool."""
    return int(pool["soft_bytes"]) - int(pool["snapshot_bytes"]) - int(pool["volumes_bytes"])


def charge(pool: Row, volumes_bytes: int, used_bytes: int = 0) -> None:
    """Charge a pool for volumes (negative amounts give back); raises NOT_ENOUGH_SPACE."""
    if volumes_bytes > max(0, free_bytes(pool)):
        raise FailureError("NOT_ENOUGH_SPACE")
    pool["volumes_bytes"] += volumes_bytes
    pool["used_bytes"] += used_bytes


def charge_snapshots(pool: Row, used_bytes: int) -> None:
    """Charge a pool for what its snapshots hold; raises NOT_ENOUGH_SNAPSHOT_SPACE."""
    if used_bytes > 0 and pool["snapshots_used_bytes"] + used_bytes > pool["snapshot_bytes"]:
        raise FailureError("NOT_ENOUGH_SNAPSHOT_SPACE")
    pool["snapshots_used_bytes"] += used_bytes
