"""The array's codes and what they mean here (xcli.md §1.6, §3, §4).

The table decides by code; a code that is not in it falls back on its level.  Never on the words, which are kept for
the reader only.
"""

from __future__ import annotations

from ..errors import (
    AlreadyExists,
    BadCredentials,
    Busy,
    Denied,
    DriverError,
    InUse,
    LunTaken,
    NoSpace,
    NotFound,
    Refused,
    Unsupported,
)
from ..explanations import explained, step_for
from ..reaching import CORRECT_THEM, SIGN_IN_REFUSED

CONNECTION_LEVEL = 1  # the array lost the command inside itself: what became of it is not known
PASSIVE_LEVEL = 4  # the wrong management node was asked and did nothing
LOST = frozenset({"MCL_TIMEOUT"})
SIGN_IN_FAILED = "LOGIN_FAILURE_"  # how the codes of it begin, those this table does not know too
# code: (error, attribute at fault)
ERRORS: dict[str, tuple[type[DriverError], str]] = {
    # signing in
    "LOGIN_FAILURE_USER_FAILED_TO_LOGIN": (BadCredentials, "username"),
    "USER_NAME_DOES_NOT_EXIST": (BadCredentials, "username"),
    "DEFAULT_USER_IS_NOT_DEFINED": (BadCredentials, "username"),
    "INCORRECT_PASSWORD": (BadCredentials, "password"),
    "USER_OR_PASSWORD_WRONG_OR_MISSING": (BadCredentials, "password"),
    "LOGIN_FAILURE_USER_NOT_FOUND_IN_LDAP_SERVERS": (BadCredentials, "username"),
    "LOGIN_FAILURE_USER_NOT_AUTHENTICATED_BY_LDAP_SERVER": (BadCredentials, "password"),
    "OPERATION_FORBIDDEN_FOR_USER_CATEGORY": (Denied, "username"),
    "ACCESS_DENIED": (Denied, "username"),
    # come back later
    "MIRROR_RETRY_OPERATION": (Busy, ""),
    # not there
    "VOLUME_BAD_NAME": (NotFound, ""),
    "SOURCE_VOLUME_BAD_NAME": (NotFound, ""),
    "TARGET_VOLUME_BAD_NAME": (NotFound, ""),
    "BASE_VOLUME_BAD_NAME": (NotFound, ""),
    "OBJECT_BAD_NAME": (NotFound, ""),
    "POOL_DOES_NOT_EXIST": (NotFound, "pool"),
    "HOST_BAD_NAME": (NotFound, "host"),
    "CLUSTER_BAD_NAME": (NotFound, "cluster"),
    "PERF_CLASS_BAD_NAME": (NotFound, "qos_class"),
    "CONS_GROUP_BAD_NAME": (NotFound, ""),
    "CONS_GROUP_DOES_NOT_EXIST": (NotFound, ""),
    "SNAPSHOT_GROUP_BAD_NAME": (NotFound, ""),
    "TARGET_SNAPSHOT_GROUP_BAD_NAME": (NotFound, ""),
    "VOLUME_NOT_IN_CONS_GROUP": (NotFound, ""),
    "MAPPING_IS_NOT_DEFINED": (NotFound, ""),
    "HOST_PORT_DOES_NOT_EXIST": (NotFound, "wwpns"),
    "HOST_NOT_IN_CLUSTER": (NotFound, "cluster"),
    # taken
    "VOLUME_EXISTS": (AlreadyExists, "name"),
    "POOL_NAME_EXISTS": (AlreadyExists, "name"),
    "HOST_NAME_EXISTS": (AlreadyExists, "name"),
    "HOST_PORT_EXISTS": (InUse, "wwpns"),
    "CLUSTER_NAME_EXISTS": (AlreadyExists, "cluster"),
    "CONS_GROUP_NAME_EXISTS": (AlreadyExists, "name"),
    "SNAPSHOT_GROUP_NAME_EXISTS": (AlreadyExists, "name"),
    "REMOTE_VOLUME_EXISTS": (AlreadyExists, "remote_name"),
    "LUN_ALREADY_IN_USE": (LunTaken, "lun"),
    "VOLUME_ALREADY_ASSIGNED": (AlreadyExists, "lun"),
    # something depends on it
    "VOLUME_IS_MAPPED": (InUse, ""),
    "VOLUME_BELONGS_TO_CG": (InUse, ""),
    "VOLUME_BELONGS_TO_MIRRORED_CONS_GROUP": (InUse, ""),
    "VOLUME_HAS_MIRROR": (InUse, ""),
    "VOLUME_IS_MASTER": (InUse, ""),
    "VOLUME_IS_SLAVE": (InUse, ""),
    "VOLUME_HAS_DATA_MIGRATION": (InUse, ""),
    "VOLUME_HAS_OLVM": (InUse, ""),
    "VOLUME_HAS_TRANSFORM": (InUse, ""),
    "SNAPSHOT_IS_MAPPED": (InUse, ""),
    "SNAPSHOT_HAS_ACTIVE_SYNC_JOB": (InUse, ""),
    "SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP": (InUse, ""),
    "CONS_GROUP_NOT_EMPTY": (InUse, ""),
    "CONS_GROUP_HAS_MIRROR": (InUse, ""),
    "HOST_BELONGS_TO_CLUSTER": (InUse, "host"),
    "HOST_HAS_MAPPINGS": (InUse, "host"),
    "CLUSTER_HAS_MAPPINGS": (InUse, "cluster"),
    "PERF_CLASS_ASSOCIATED_WITH_VOLUMES": (InUse, "qos_class"),
    # full
    "NOT_ENOUGH_SPACE": (NoSpace, "pool"),
    "NOT_ENOUGH_HARD_SPACE": (NoSpace, "pool"),
    "NOT_ENOUGH_SNAPSHOT_SPACE": (NoSpace, "pool"),
    "NO_SPACE": (NoSpace, "pool"),
    "NO_HARD_SPACE": (NoSpace, "pool"),
    "NO_SOFT_SPACE": (NoSpace, "pool"),
    "POOL_SNAPSHOT_LIMIT_REACHED": (NoSpace, "pool"),
    "NOT_ENOUGH_SPACE_ON_REMOTE_MACHINE": (NoSpace, "remote_pool"),
    "MAX_VOLUMES_REACHED": (NoSpace, ""),
    "DOMAIN_MAX_VOLUMES_REACHED": (NoSpace, ""),
    "REMOTE_MAX_VOLUMES_REACHED": (NoSpace, ""),
    "MAX_POOLS_REACHED": (NoSpace, ""),
    "REACHED_POOL_MAX_HARD_CAPACITY": (NoSpace, "pool"),
    "MAX_HOST_PROFILES_REACHED": (NoSpace, ""),
    "MAX_CONS_GROUPS_REACHED": (NoSpace, ""),
    "MAX_HOSTS_REACHED": (NoSpace, ""),
    "MAX_PORTS_REACHED": (NoSpace, "wwpns"),
    "MAX_CONS_GROUPS_IN_XCG_REACHED": (NoSpace, ""),
    "MAX_VOLUMES_IN_CONS_GROUP_REACHED": (NoSpace, ""),
    "MAX_VOLUMES_IN_REMOTE_CONS_GROUP_REACHED": (NoSpace, ""),
    # not on this array
    "UNRECOGNIZED_COMMAND": (Unsupported, ""),
    "PERF_CLASS_ASSOCIATED_WITH_HOSTS": (Unsupported, "qos_class"),
    "CONS_GROUP_MIRRORING_NOT_SUPPORTED_IN_TARGET": (Unsupported, ""),
    # wrong in itself
    "ILLEGAL_NAME": (Refused, "name"),
    "ISCSI_HOST_ILLEGAL_PORT_NAME": (Refused, "iqns"),
    "VOLUME_BAD_PREFIX": (Refused, "name"),
    "SNAPSHOT_GROUP_BAD_PREFIX": (Refused, "name"),
    "VOLUME_IS_SNAPSHOT": (Refused, "volume_id"),
    "VOLUME_IS_NOT_A_SNAPSHOT": (Refused, "snapshot_id"),
    "SNAPSHOT_IS_INTERNAL": (Refused, ""),
    "CONS_GROUP_EMPTY": (Refused, "consistency_group_id"),
    "CONS_GROUP_MISMATCH": (Refused, "consistency_group_id"),
    "ILLEGAL_LUN": (Refused, "lun"),
    "CAN_NOT_MAP_SLAVE_COMPRESSED_VOLUME": (Refused, "volume_id"),
    "VOLUME_SIZE_ABOVE_LIMIT": (Refused, "size_bytes"),
    "CAN_NOT_SHRINK_VOLUME": (Refused, "size_bytes"),
    "CANNOT_SHRINK_COMPRESSED_VOLUME": (Refused, "size_bytes"),
    "VOLUME_ZERO_SIZE": (Refused, "size_bytes"),
    "VOLUME_BAD_POOL": (Refused, "pool"),
    "VOLUME_ALREADY_IN_PERF_CLASS": (Refused, "qos_class"),
    "VOLUME_NOT_CONNECTED_TO_ANY_PERF_CLASS": (Refused, "qos_class"),
    "PERF_CLASS_ASSOCIATED_WITH_POOLS_OR_DOMAINS": (Refused, "qos_class"),
}

_DOING = {
    "vol_create": "create the volume",
    "vol_rename": "rename the volume",
    "vol_resize": "resize the volume",
    "vol_move": "move the volume",
    "vol_delete": "delete the volume",
    "vol_list": "list volumes",
    "vol_mapping_list": "list the volume's mappings",
    "mapping_list": "list mappings",
    "map_vol": "map the volume",
    "unmap_vol": "unmap the volume",
    "host_list": "list hosts",
    "host_define": "create the host",
    "host_rename": "rename the host",
    "host_update": "change the CHAP name and secret of the host",
    "host_delete": "delete the host",
    "host_add_port": "give the port to the host",
    "host_remove_port": "take the port from the host",
    "host_connectivity_list": "list which host ports are logged in",
    "fc_connectivity_list": "list the ports it sees",
    "special_type_set": "change the type of the host",
    "cluster_list": "list clusters",
    "cluster_create": "create the cluster",
    "cluster_add_host": "put the host into the cluster",
    "cluster_remove_host": "take the host out of the cluster",
    "vol_copy": "copy the volume",
    "snapshot_list": "list snapshots",
    "snapshot_create": "take the snapshot",
    "snapshot_delete": "delete the snapshot",
    "snapshot_restore": "restore the volume from the snapshot",
    "snapshot_change_priority": "change the snapshot's deletion priority",
    "cg_list": "list consistency groups",
    "cg_create": "create the consistency group",
    "cg_delete": "delete the consistency group",
    "cg_add_vol": "put the volume into the consistency group",
    "cg_remove_vol": "take the volume out of its consistency group",
    "cg_snapshots_create": "take snapshots of the consistency group",
    "snap_group_list": "list snapshot groups",
    "snap_group_restore": "restore the consistency group from the snapshot group",
    "snap_group_delete": "delete the snapshot group",
    "mirror_list": "list mirrors",
    "pool_list": "list pools",
    "config_get": "tell what it is",
    "perf_class_list": "list performance classes",
    "perf_class_add_vol": "put the volume into a performance class",
    "perf_class_remove_vol": "take the volume out of its performance class",
}
_NEXT: dict[type[DriverError], str] = {
    BadCredentials: CORRECT_THEM,
    Denied: "Give the user a category that may do this (storageadmin), or use another user.",
    NoSpace: "Free or add capacity, or choose another pool.",
    InUse: "Remove what uses it first.",
    Busy: "Run it again in a few seconds.",
}


def doing(command: str) -> str:
    """Return in words what a command does."""
    return _DOING.get(command, f"run {command}")


def error_for(command: str, code: str, level: int | None, words: str) -> DriverError:
    """Return the error for a code; an unknown one is a Refused that keeps code, level and words."""
    kind, attribute = ERRORS.get(code, (BadCredentials if code.startswith(SIGN_IN_FAILED) else Refused, ""))
    return kind(
        SIGN_IN_REFUSED if kind is BadCredentials else f"The array would not {doing(command)}",
        happened=f"It is an error of level {level}." if explained(code) is None and level is not None else "",
        attribute=attribute,
        code=code,
        words=words or "no message",
        next_step=step_for(code) or _NEXT.get(kind, ""),
    )
