"""Which array this is, from its configuration list (xcli.md §3.1).

Used by ``client``, which compares what answers at each endpoint, and by ``system``.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Refused
from .records import Record


def configuration(records: tuple[Record, ...]) -> Mapping[str, str]:
    """Return the values of ``config_get`` by name."""
    return {record.text("name"): record.text("value") for record in records}


def system_id_of(values: Mapping[str, str]) -> str:
    """Return type, model and serial number, joined as IBM's own CSI driver does; raises Refused."""
    parts = [values.get(name, "") for name in ("machine_type", "machine_model", "machine_serial_number")]
    if not all(parts):
        raise Refused(
            "The array's configuration does not say type, model and serial number",
            happened=f"It says: {', '.join(sorted(values)) or 'nothing'}.",
            next_step="Check that the endpoint is an XIV-family array's management address.",
            attribute="endpoints",
        )
    return "-".join(parts)
