"""A simulated array of the XIV family: XCLI over TLS, and the machine behind it.

``wire`` knows bytes, ``catalog`` the table of commands, ``texts`` what the machine says, ``switches`` what no source
confirms; the other modules hold the rules, a module per kind of object.
"""

from __future__ import annotations

from . import (
    clusters,
    group_members,
    groups,
    hosts,
    mappings,
    mirror_changes,
    mirror_making,
    mirror_roles,
    mirrors,
    pools,
    qos,
    schedules,
    snapshot_groups,
    snapshots,
    system,
    volumes,
)
from .contents import describe, fill
from .mirror_progress import settle
from .outside import labels, set_activity, set_login, write
from .protocol import XcliProtocol

PROTOCOL = XcliProtocol()
COMMAND_MODULES = (
    *(clusters, group_members, groups, hosts, mappings, mirror_changes, mirror_making, mirror_roles, mirrors),
    *(pools, qos, schedules, snapshot_groups, snapshots, system, volumes),
)

__all__ = ["COMMAND_MODULES", "PROTOCOL", "describe", "fill", "labels", "set_activity", "set_login", "settle", "write"]
