"""Performance classes: limits that volumes share or have each (§3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import names, volume_store
from .catalog import Arguments, FailureError, command
from .volume_store import key_of
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context

Row = dict[str, Any]


def make(context: Context, name: str, kind: str = "shared", max_iops: int = 0, max_bw: int = 0) -> Row:
    """Enter a class; rates of 0 are unlimited."""
    row: Row = {
        "id": key_of(context.next_number("perf_class")),
        "name": name,
        "type": kind,
        "max_iops": max_iops,
        "max_bw": max_bw,
    }
    names.give_name(context, "perf_class", name, row["id"])
    context.put("perf_class", row["id"], row)
    return row


def leave(context: Context, volume: Row) -> None:
    """Take a volume out of its class, if it is in one."""
    context.remove("perf_member", volume["id"])
    volume["perf_class"] = ""


def _get(context: Context, name: str) -> Row:
    found = names.id_named(context, "perf_class", name)
    row = None if found is None else context.get("perf_class", found)
    if row is None:
        raise FailureError("PERF_CLASS_BAD_NAME")
    return row


@command("perf_class_list [ perf_class=PerfClass ]", "Lists performance classes.", category="perf_class")
def perf_class_list(context: Context, arguments: Arguments) -> list[Record]:
    """List classes; an unknown one gives an empty list."""
    only = names.id_named(context, "perf_class", arguments.text("perf_class")) if "perf_class" in arguments else None
    return [
        Record(
            "perf_class",
            {"name": row["name"], "type": row["type"], "max_iops": row["max_iops"], "max_bw": row["max_bw"]},
        )
        for key, row in context.rows("perf_class")
        if "perf_class" not in arguments or key == only
    ]


@command(
    "perf_class_create perf_class=PerfClass [ type=shared|independent ]",
    "Creates a performance class.",
    category="perf_class",
)
def perf_class_create(context: Context, arguments: Arguments) -> None:
    """Make a class without limits."""
    name = arguments.text("perf_class")
    if names.id_named(context, "perf_class", name) is not None:
        raise FailureError("PERF_CLASS_EXISTS")
    make(context, name, arguments.choice("type", ("shared", "independent"), "shared"))


@command(
    "perf_class_set_rate perf_class=PerfClass [ max_io_rate=IOPS ] [ max_bw_rate=MBPS ]",
    "Sets the limits of a performance class.",
    category="perf_class",
)
def perf_class_set_rate(context: Context, arguments: Arguments) -> None:
    """Set limits; 0 is unlimited [S]."""
    row = _get(context, arguments.text("perf_class"))
    for leaf, argument in (("max_iops", "max_io_rate"), ("max_bw", "max_bw_rate")):
        if argument in arguments:
            row[leaf] = arguments.number(argument)
    context.put("perf_class", row["id"], row)


@command("perf_class_rename perf_class=PerfClass new_name=Name", "Renames a performance class.", category="perf_class")
def perf_class_rename(context: Context, arguments: Arguments) -> None:
    """Give a class another name."""
    row, new_name = _get(context, arguments.text("perf_class")), arguments.text("new_name")
    if names.id_named(context, "perf_class", new_name) not in {None, row["id"]}:
        raise FailureError("PERF_CLASS_EXISTS")
    names.drop_name(context, "perf_class", row["name"])
    row["name"] = new_name
    names.give_name(context, "perf_class", new_name, row["id"])
    context.put("perf_class", row["id"], row)


@command("perf_class_delete perf_class=PerfClass", "Deletes a performance class.", category="perf_class")
def perf_class_delete(context: Context, arguments: Arguments) -> None:
    """Delete a class nothing uses."""
    row = _get(context, arguments.text("perf_class"))
    if context.count("perf_member", row["id"]):
        raise FailureError("PERF_CLASS_ASSOCIATED_WITH_VOLUMES")
    names.drop_name(context, "perf_class", row["name"])
    context.remove("perf_class", row["id"])


@command(
    "perf_class_add_vol perf_class=PerfClass vol=VolName",
    "Adds a volume to a performance class.",
    category="perf_class",
    needs_switch="xiv_qos_on_volumes",
)
def perf_class_add_vol(context: Context, arguments: Arguments) -> None:
    """Put a volume into a class; one in another class moves [S]."""
    row = _get(context, arguments.text("perf_class"))
    volume = volume_store.get_master(context, arguments.text("vol"))
    if volume["perf_class"] == row["id"]:
        raise FailureError("VOLUME_ALREADY_IN_PERF_CLASS")
    volume["perf_class"] = row["id"]
    context.put("perf_member", volume["id"], {}, row["id"])
    volume_store.save(context, volume)


@command(
    "perf_class_remove_vol vol=VolName",
    "Removes a volume from its performance class.",
    category="perf_class",
    needs_switch="xiv_qos_on_volumes",
)
def perf_class_remove_vol(context: Context, arguments: Arguments) -> None:
    """Take a volume out of its class."""
    volume = volume_store.get_master(context, arguments.text("vol"))
    if not volume["perf_class"]:
        raise FailureError("VOLUME_NOT_CONNECTED_TO_ANY_PERF_CLASS")
    leave(context, volume)
    volume_store.save(context, volume)
