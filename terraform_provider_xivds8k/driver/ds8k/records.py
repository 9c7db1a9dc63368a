"""Turn the REST API's records, whose values are all texts, into the core's objects.

Field names and samples: ds8k-rest.md §2 [S].
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..errors import Refused
from ..objects import Pool, Port, Provisioning, StorageType, System, Volume
from ..wwns import naa_of
from .envelope import REPORT_IT, Record

EXTENT_BYTES = {"1gib": 2**30, "16mib": 2**24}
NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,20})?([eE]\+?[0-9]{1,2})?")
OS400_MODELS = re.compile(r"(?:A[08][1-7]|050|099)", re.IGNORECASE)
ABILITIES = frozenset({"thin", "lss", "os400", "flashcopy"})


def text(record: Record, name: str, default: str | None = None) -> str:
    """Return a field as text; raises Refused where the array left out what must be there."""
    value = record.get(name)
    if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value) != "":
        return _whole(str(value))
    if default is None:
        raise Refused(
            f"The array's answer lacks {name}",
            happened=f"It has: {', '.join(sorted(record)) or 'no field at all'}.",
            next_step=REPORT_IT,
        )
    return default


def _whole(written: str) -> str:
    """Return a text that every encoding takes: JSON can spell half a surrogate pair."""
    if written.isascii():
        return written
    return written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def number(record: Record, name: str, default: int | None = None) -> int:
    """Return a field as a whole number; raises Refused for anything else."""
    written = text(record, name, None if default is None else str(default))
    found = Decimal(written) if NUMBER.fullmatch(written) else None
    if found is None or found != found.to_integral_value():
        raise Refused(
            f"The array's answer has {name} = {written[:80]!r}, which is no whole number", next_step=REPORT_IT
        )
    return int(found)


def amount(record: Record, name: str) -> int:
    """Return a field as a whole number above zero; raises Refused for anything else."""
    found = number(record, name)
    if found <= 0:
        raise Refused(f"The array's answer has {name} = {found}, which is not above zero", next_step=REPORT_IT)
    return found


def reference(record: Record, name: str) -> str:
    """Return the id another object is referred to by: ``{id, link}``, a plain text, or empty.

    A volume in a pair carries "name" instead of "id" on real machines (ds8k-rest.md §2).
    """
    value = record.get(name)
    if isinstance(value, dict):
        value = value.get("id") or value.get("name") or ""
    return _whole(str(value)).upper() if isinstance(value, str | int) and value is not False else ""


def storage_type(record: Record) -> StorageType:
    """Return fb or ckd; the case varies between machines."""
    return "ckd" if text(record, "stgtype", "fb").lower() == "ckd" else "fb"


def system_of(record: Record, ports: tuple[Port, ...]) -> System:
    """Return the system a record of /systems describes."""
    return System(
        family="ds8k",
        system_id=text(record, "id"),
        name=text(record, "name", text(record, "id")),
        serial=text(record, "sn", text(record, "id").partition("-")[2]),
        model=text(record, "MTM", ""),
        release=text(record, "release", ""),
        wwnn=text(record, "wwnn").lower(),
        total_bytes=number(record, "cap", -1) if "cap" in record else None,
        free_bytes=number(record, "capavail", -1) if "capavail" in record else None,
        ports=ports,
        abilities=ABILITIES,
    )


def port_of(record: Record) -> Port:
    """Return the port a record of /ioports describes."""
    return Port(
        id=text(record, "id"),
        kind="fc",
        address=text(record, "wwpn", "").upper(),
        online=text(record, "state", "").lower() == "online",
    )


def pool_of(record: Record) -> Pool:
    """Return the pool a record of /pools describes; capacities of a ckd pool are in cylinders."""
    kind = storage_type(record)
    unit = 1 if kind == "fb" else 849_960
    total, free = number(record, "cap") * unit, number(record, "capavail") * unit
    thick = (number(record, "capalloc", 0) - number(record, "real_capacity_allocated_on_ese", 0)) * unit
    promised = thick + number(record, "virtual_capacity_allocated_on_ese", 0) * unit
    return Pool(
        id=text(record, "id").upper(),
        name=text(record, "name", text(record, "id")),
        storage_type=kind,
        node=number(record, "node"),
        total_bytes=total,
        free_bytes=free,
        virtual_total_bytes=None,
        virtual_free_bytes=None,
        snapshot_bytes=None,
        extent_bytes=EXTENT_BYTES.get(text(record, "extent_size", "1GiB").lower().replace(" ", ""), 2**30),
        thin_ratio=round(Decimal(promised) / Decimal(total), 4) if total else None,
    )


def volume_of(record: Record, *, system: System, pool_names: Mapping[str, str]) -> Volume:
    """Return the volume a record of /volumes describes."""
    volume_id, pool_id = text(record, "id").upper(), reference(record, "pool")
    kind = storage_type(record)
    provisioning: Provisioning = "thick" if text(record, "tp", "none").lower() in {"none", ""} else "thin"
    size = amount(record, "cap") * (1 if kind == "fb" or _is_bytes(record) else 849_960)
    allocated = number(record, "real_cap", -1)
    return Volume(
        id=volume_id,
        name=text(record, "name", ""),
        wwn=naa_of(system.wwnn or "", volume_id),
        system_id=system.system_id,
        pool_id=pool_id,
        pool_name=pool_names.get(pool_id, pool_id),
        size_bytes=size,
        storage_type=kind,
        provisioning=provisioning,
        lss=volume_id[:2],
        os400=_os400_of(record),
        block_bytes=520 if _os400_of(record) or "520" in text(record, "datatype", "") else 512,  # "FB 520P" [S]
        status=text(record, "state", "unknown"),
        allocated_bytes=allocated if allocated >= 0 else None,
        provably_unwritten=provisioning == "thin" and allocated == 0,
    )


def _is_bytes(record: Record) -> bool:
    return text(record, "captype", "bytes").lower() == "bytes"


def _os400_of(record: Record) -> str | None:
    """Return the OS/400 model: a field of its own, or the model part of MTM (2107-A04) [K]."""
    written: Any = record.get("os400") or text(record, "MTM", "").partition("-")[2]
    return str(written).upper() if OS400_MODELS.fullmatch(str(written)) else None
