"""Limits a caller can be told before anything is sent: names, sizes, LSSs and OS/400 models, by family.

Each ``…_problem`` returns words that name the value, the allowed range and the next step, or None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .objects import Pool

BLOCK_BYTES = 512
TIB = 2**40
GIB = 2**30

XIV_UNIT_BYTES = 16 * GIB  # what pools and allocations are whole numbers of, "17 GB" (xcli.md §2 [M])
XIV_NAME = re.compile(r"[A-Za-z0-9._~ -]+")  # xcli.md §2, character set [K]
DS8K_NAME = re.compile(r"[A-Za-z0-9_]+")  # ds8k-rest.md §3 [S]
XIV_RESERVED = ("last-replicated-", "last-consistent-", "most-recent-", "most-updated-")  # xcli.md §2 [M/S]
XIV_LARGEST_BYTES = 161 * 10**12  # soft capacity of a full Gen3 rack, decimal
DS8K_GROUP_SNAPSHOT_LENGTH = 11  # with an underscore and four digits it makes a volume's name
DS8K_LARGEST_BYTES = 16 * TIB  # ds8k-rest.md §3 [S]
HIGHEST_LUN = {"xiv": 511, "ds8k": 255}  # xcli.md §2 [K], ds8k-rest.md §3 [S]

# IBM i volume models, protected A0x and unprotected A8x, in GiB; the array itself reports the exact size
# (openstack-driver.md §2, fixed models of the reference driver).
OS400_FIXED_GIB = {"1": 8, "2": 17, "4": 66, "5": 33, "6": 132, "7": 263}
OS400_VARIABLE = ("050", "099")


def volume_name_problem(family: str, name: str) -> str | None:
    """Say what is wrong with a volume's name."""
    longest, allowed, words = {
        "xiv": (63, XIV_NAME, "letters, digits, space, . _ - and ~"),
        "ds8k": (16, DS8K_NAME, "letters, digits and _"),
    }[family]
    if not 1 <= len(name) <= longest:
        return f"name = {name!r} has {len(name)} characters; allowed are 1 to {longest} on this array. Shorten it."
    wrong = sorted({character for character in name if not allowed.fullmatch(character)})
    if wrong:
        shown = " ".join(map(repr, wrong))
        return f"name = {name!r} contains {shown}; allowed on this array are {words}. Write it without."
    if family == "xiv" and name.startswith(XIV_RESERVED):
        return f"name = {name!r} begins with a prefix the array keeps for mirroring. Choose another beginning."
    if family == "xiv" and name != name.strip():
        return f"name = {name!r} begins or ends with a space. Remove it."
    return None


def group_snapshot_name_problem(family: str, name: str) -> str | None:
    """Say what is wrong with a group snapshot's name; on a DS8000 its targets are called NAME_SOURCE."""
    if family == "ds8k" and len(name) > DS8K_GROUP_SNAPSHOT_LENGTH:
        return (
            f"name = {name!r} has {len(name)} characters; allowed are 1 to {DS8K_GROUP_SNAPSHOT_LENGTH} on this array, "
            "because each target is called NAME_ID with the id of its volume, 16 characters at most. Shorten it."
        )
    return volume_name_problem(family, name)


def is_ds8k_id(text: str) -> bool:
    """Tell whether a text has the form of a DS8000's volume id."""
    return re.fullmatch(r"[0-9A-Fa-f]{4}", text) is not None


def is_xiv_id(text: str) -> bool:
    """Tell whether a text has the form of an XIV's volume id, its WWN."""
    return re.fullmatch(r"[0-9A-Fa-f]{16}", text) is not None


def snapshot_pair(text: str) -> tuple[str | None, str]:
    """Return the ids of the volume and of the target that a snapshot's id names, no volume where it names none.

    ``S:T`` tells whose snapshot T is to be: a DS8000 gives the id T again, perhaps to a snapshot of another volume.
    """
    source, colon, target = text.upper().partition(":")
    return (source, target) if colon and is_ds8k_id(source) and is_ds8k_id(target) else (None, text)


def copy_name(name: str, volume_id: str) -> str:
    """Return what the target of one volume of a DS8000's group snapshot is called."""
    return f"{name}_{volume_id.upper()}"


def size_problem(family: str, size_bytes: int) -> str | None:
    """Say what is wrong with a volume's size in bytes."""
    largest = {"xiv": XIV_LARGEST_BYTES, "ds8k": DS8K_LARGEST_BYTES}[family]
    if size_bytes % BLOCK_BYTES:
        down = size_bytes - size_bytes % BLOCK_BYTES
        return f"size_bytes = {size_bytes} is not a multiple of 512. Next are {down} and {down + BLOCK_BYTES}."
    if not BLOCK_BYTES <= size_bytes <= largest:
        return f"{size_bytes} bytes are out of range: {BLOCK_BYTES} to {largest} ({largest / GIB:,.0f} GiB)."
    return None


def lss_problem(lss: str) -> str | None:
    """Say what is wrong with the number of a logical subsystem."""
    if re.fullmatch(r"[0-9A-Fa-f]{2}", lss) and lss.upper() != "FF":
        return None
    return f'lss = {lss!r}: allowed are two hex digits, "00" to "FE". Leave it out to let the least used one be taken.'


def move_problem(origin: Pool, pool: Pool) -> str | None:
    """Say why a volume cannot move online from one pool to another: a DS8000 moves within node and type only."""
    if (origin.node, origin.storage_type) == (pool.node, pool.storage_type):
        return None
    return (
        f"It is in pool {origin.label} ({origin.storage_type}, node {origin.node}); {pool.label} is "
        f"{pool.storage_type}, node {pool.node}. A DS8000 moves a volume between pools of one node and type only; "
        "another node needs a new volume: make one in the new pool, copy the data on a host or by FlashCopy, then "
        "remove this one."
    )


def lun_problem(family: str, lun: int, allowed: tuple[int, int]) -> str | None:
    """Say why a LUN is not one an attachment may ask for: outside the provider's range, or more than the array has."""
    if lun > HIGHEST_LUN[family]:
        return f"lun = {lun}: the highest on this array is {HIGHEST_LUN[family]}. Choose a lower one, or leave it out."
    if allowed[0] <= lun <= allowed[1]:
        return None
    return (
        f"lun = {lun}: allowed by the provider's lun_range are {allowed[0]} to {allowed[1]}. Choose one of these, "
        f'leave lun out to get a free one, or write lun_range = "{min(lun, allowed[0])}-{max(lun, allowed[1])}".'
    )


def os400_problem(model: str) -> str | None:
    """Say what is wrong with an OS/400 volume model."""
    if model.upper() in OS400_VARIABLE or os400_fixed_bytes(model) is not None:
        return None
    fixed = ", ".join(f"A0{digit}, A8{digit}" for digit in OS400_FIXED_GIB)
    return (
        f"os400 = {model!r}: allowed are {fixed} (fixed sizes) and {', '.join(OS400_VARIABLE)} (any size). Leave it "
        "out for a volume of another kind."
    )


def os400_fixed_bytes(model: str) -> int | None:
    """Return the size in bytes a fixed OS/400 model has, None for any other text."""
    found = re.fullmatch(r"A[08]([0-9])", model.upper())
    gib = OS400_FIXED_GIB.get(found[1]) if found else None
    return gib * GIB if gib else None
