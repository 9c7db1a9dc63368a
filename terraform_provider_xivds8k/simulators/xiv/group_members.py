"""Volumes join and leave consistency groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import groups, mirror_groups, volume_store
from .catalog import Arguments, FailureError, command

if TYPE_CHECKING:
    from ..context import Context


@command("cg_add_vol cg=CgName vol=VolName", "Adds a volume to a Consistency Group.", category="cg")
def cg_add_vol(context: Context, arguments: Arguments) -> None:
    """Put a volume of the same pool into a group, and its slave into the slave group of a mirrored one."""
    row = groups.get(context, arguments.text("cg"))
    volume = volume_store.get_master(context, arguments.text("vol"))
    if volume["cg"]:
        raise FailureError("VOLUME_BELONGS_TO_CG")
    if volume["pool"] != row["pool"]:
        raise FailureError("VOLUME_BAD_POOL")
    groups.check_room(context, row)
    mirror_groups.joins(context, row, volume, arguments)
    groups.joined(context, row, volume)


@command("cg_remove_vol vol=VolName", "Removes a volume from its Consistency Group.", category="cg")
def cg_remove_vol(context: Context, arguments: Arguments) -> None:
    """Take a volume out of its group, and its slave out of the slave group of a mirrored one."""
    volume = volume_store.get_master(context, arguments.text("vol"))
    if not volume["cg"]:
        raise FailureError("VOLUME_NOT_IN_CONS_GROUP")
    mirror_groups.leaves(context, volume)
    groups.left(context, volume)
