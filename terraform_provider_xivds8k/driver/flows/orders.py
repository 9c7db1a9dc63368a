"""What a caller asks of a new volume, as an order for the array, once the family can have it at all."""

from __future__ import annotations

from .. import rules
from ..array import VolumeOrder
from ..errors import Refused, Unsupported
from ..objects import Pool, Provisioning


def order_for(
    pool: Pool,
    *,
    family: str,
    name: str,
    size_bytes: int,
    provisioning: Provisioning | None,
    lss: str | None,
    os400: str | None,
) -> VolumeOrder:
    """Return the order for a volume; raises Unsupported (its attribute) for what the family does not have, Refused."""
    problem = rules.lss_problem(lss) if lss and family == "ds8k" else None
    if problem:
        raise Refused("The array has no such LSS", happened=problem, attribute="lss")
    ds8k_only = {"provisioning": provisioning, "lss": lss, "os400": os400}
    for attribute, value in ds8k_only.items():
        if family == "xiv" and value:
            raise Unsupported(f"An XIV has no {attribute}", next_step="Leave it out.", attribute=attribute)
    return VolumeOrder(name=name, pool=pool, size_bytes=size_bytes, provisioning=provisioning, lss=lss, os400=os400)
