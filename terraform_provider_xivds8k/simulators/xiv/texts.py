"""What the machine says: symbolic code → level, sentence, source.

Sources: S public source, M vendor manual, K general knowledge (see the reference); "S/K" = the code is known, its
sentence or its use here is not confirmed.  Level numbers per code are K throughout; what a level means is S.
"""

from __future__ import annotations

from typing import NamedTuple

CONNECTION, SYNTAX, RUNTIME, PASSIVE, INTERNAL = 1, 2, 3, 4, 5


class Text(NamedTuple):
    """Say how one code is reported."""

    level: int
    words: str
    source: str


SUCCESS = Text(0, "Command completed successfully", "S")

TEXTS: dict[str, Text] = {
    "SUCCESS": SUCCESS,
    # sign-in
    "LOGIN_FAILURE_USER_FAILED_TO_LOGIN": Text(RUNTIME, "User failed to log in", "S/K"),
    "USER_OR_PASSWORD_WRONG_OR_MISSING": Text(RUNTIME, "User name or password is wrong or missing", "S/K"),
    # syntax
    "UNRECOGNIZED_COMMAND": Text(SYNTAX, "Unrecognized command", "S"),
    "ILLEGAL_NAME": Text(SYNTAX, "Illegal object name", "S/K"),
    "ILLEGAL_VALUE": Text(SYNTAX, "Illegal value", "S/K"),
    "BAD_PARAMS": Text(RUNTIME, "Wrong parameters for the command", "S/K"),
    "ISCSI_HOST_ILLEGAL_PORT_NAME": Text(SYNTAX, "Port name for iSCSI host is illegal", "M/K"),
    "ILLEGAL_LUN": Text(RUNTIME, "LUN is out of range or reserved", "K"),
    "CONF_PATH_DOES_NOT_EXIST": Text(RUNTIME, "Configuration path does not exist", "S/K"),
    # mirrors
    "VOLUME_NO_MIRROR": Text(RUNTIME, "Local volume does not have remote mirroring definitions", "M"),
    "VOLUME_IS_MASTER": Text(RUNTIME, "Volume is the master of a mirror", "S/K"),
    "VOLUME_IS_SLAVE": Text(RUNTIME, "Volume is the slave of a mirror", "S/K"),
    "VOLUME_INCOMPATIBLE_SIZE": Text(RUNTIME, "Sizes of master and slave differ", "S/K"),
    "VOLUME_BELONGS_TO_MIRRORED_CONS_GROUP": Text(RUNTIME, "Volume mirror is part of Consistency Group mirror", "M"),
    "CONS_GROUP_NO_MIRROR": Text(RUNTIME, "Local Consistency Group does not have remote mirroring definitions", "M"),
    "CONS_GROUP_HAS_MIRROR": Text(RUNTIME, "Mirror is defined for this Consistency Group", "S/K"),
    "CONS_GROUP_IS_SLAVE": Text(RUNTIME, "Consistency Group is mirroring slave", "M"),
    "CONS_GROUP_MIRROR_PARAMS_MISMATCH": Text(
        RUNTIME, "Mirrors of the volume and of the Consistency Group differ", "S/K"
    ),
    "CONS_GROUP_MIRROR_DESIGNATION_MISMATCH": Text(
        RUNTIME, "Volume mirror has a different designation. Are you sure you want to add the volume?", "M"
    ),
    "MAX_VOLUMES_IN_REMOTE_CONS_GROUP_REACHED": Text(
        RUNTIME, "Remote Consistency Group has its maximum of volumes", "S/K"
    ),
    "MIRROR_IS_ACTIVE": Text(RUNTIME, "Mirror is active", "S/K"),
    "MIRROR_IS_INITIAL": Text(RUNTIME, "Mirror is in its initialization", "S/K"),
    "MIRROR_IS_NOT_SYNCHRONIZED": Text(RUNTIME, "Mirror is not synchronized", "M"),
    "MIRROR_IS_ASYNC": Text(RUNTIME, "Operation is not possible on an asynchronous mirror", "S/K"),
    "MIRROR_IS_NON_OPERATIONAL": Text(RUNTIME, "Mirror is non-operational", "M"),
    "MIRROR_CONFIGURATION_ERROR": Text(RUNTIME, "Mirror local configuration does not match remote configuration", "M"),
    "MIRROR_POSSIBLE_CONS_GROUP_MEMBERSHIP_MISMATCH": Text(
        RUNTIME, "The volumes of both Consistency Groups might not be the same", "M"
    ),
    "MIRROR_POSSIBLE_SIZE_MISMATCH": Text(RUNTIME, "The sizes of the mirror's peers might differ", "K"),
    "MIRROR_SIZE_MISMATCH": Text(RUNTIME, "The sizes of the mirror's peers differ", "M"),
    "MIRROR_CONS_GROUP_MEMBERSHIP_MISMATCH": Text(
        RUNTIME, "The volumes of both Consistency Groups are not the same", "M"
    ),
    "SYNC_ALREADY_ACTIVE": Text(RUNTIME, "Synchronization is already active", "M"),
    "SYNC_ALREADY_INACTIVE": Text(RUNTIME, "Synchronization is already inactive", "M"),
    "LOCAL_PEER_IS_NOT_MASTER": Text(RUNTIME, "Local peer is not the master", "M"),
    "ASYNC_MIRROR_LOCAL_RPO_TOO_SHORT": Text(RUNTIME, "RPO is not longer than the interval of the schedule", "K"),
    "ASYNC_MIRROR_REMOTE_RPO_TOO_SHORT": Text(
        RUNTIME, "Remote RPO is not longer than the interval of the schedule", "M/K"
    ),
    "ASYNC_MIRROR_RPO_TOO_LONG": Text(RUNTIME, "RPO is too long", "M/K"),
    # targets, and what is on them
    "TARGET_BAD_NAME": Text(RUNTIME, "Target name does not exist", "K"),
    "TARGET_NOT_CONNECTED": Text(RUNTIME, "There is no connection to the target", "M/K"),
    "REMOTE_TARGET_NOT_CONNECTED": Text(RUNTIME, "There is no connection to the remote target", "S/K"),
    "REMOTE_VOLUME_EXISTS": Text(RUNTIME, "Remote volume name already exists", "S/K"),
    "REMOTE_VOLUME_IS_MASTER": Text(RUNTIME, "Remote volume is the master of a mirror", "S/K"),
    "REMOTE_VOLUME_BAD_POOL": Text(
        RUNTIME, "Remote volume belongs to another Storage Pool than the remote Consistency Group", "S/K"
    ),
    "REMOTE_VOLUME_BELONGS_TO_CONS_GROUP": Text(RUNTIME, "Remote volume belongs to a Consistency Group", "S/K"),
    "REMOTE_MAX_VOLUMES_REACHED": Text(RUNTIME, "Maximum number of volumes already defined on remote machine", "M"),
    "NOT_ENOUGH_SPACE_ON_REMOTE_MACHINE": Text(RUNTIME, "No space to allocate on the remote machine", "S/K"),
    # schedules
    "SCHEDULE_EXISTS": Text(RUNTIME, "Schedule name exists", "M"),
    "SCHEDULE_DOES_NOT_EXIST": Text(RUNTIME, "Schedule does not exist", "K"),
    "SCHEDULE_IN_USE": Text(RUNTIME, "Schedule is used by a mirror", "K"),
    "SCHEDULE_IS_BUILT_IN": Text(RUNTIME, "Predefined schedules cannot be changed", "K"),
    "ILLEGAL_INTERVAL": Text(RUNTIME, "Specified interval value is not supported", "M"),
    "BAD_SCHEDULE_TIME_FORMAT": Text(SYNTAX, "Time format for Schedule is HH:MM[:SS]", "M"),
    # what only faults ask for
    "MIRROR_RETRY_OPERATION": Text(RUNTIME, "Operation in progress, retry in a few seconds", "M/K"),
    "COMMAND_ON_PASSIVE_MANAGER": Text(PASSIVE, "This node is not the manager", "K"),
    "OPERATION_FORBIDDEN_FOR_USER_CATEGORY": Text(RUNTIME, "The user's category does not permit this", "S/K"),
    "ACCESS_DENIED": Text(RUNTIME, "The user has no access to the object", "S/K"),
    "INTERNAL_ERROR": Text(INTERNAL, "Internal error", "K"),
    # pools and space
    "POOL_DOES_NOT_EXIST": Text(RUNTIME, "Storage Pool does not exist", "S"),
    "POOL_NAME_EXISTS": Text(RUNTIME, "Storage Pool name already exists", "M/K"),
    "MAX_POOLS_REACHED": Text(RUNTIME, "Maximum number of Storage Pools already defined", "M/K"),
    "POOL_HAS_VOLUMES": Text(RUNTIME, "Storage Pool has volumes", "K"),
    "POOL_HAS_CONS_GROUPS": Text(RUNTIME, "Storage Pool has Consistency Groups", "K"),
    "SOFT_SIZE_SMALLER_THAN_HARD_SIZE": Text(RUNTIME, "Soft size is smaller than hard size", "M/K"),
    "HARD_SIZE_SMALLER_THAN_SNAPSHOT_SIZE": Text(RUNTIME, "Hard size is smaller than snapshot size", "M/K"),
    "NO_HARD_SPACE": Text(RUNTIME, "No hard space left in the system", "M/K"),
    "NO_SOFT_SPACE": Text(RUNTIME, "No soft space left in the system", "M/K"),
    "NO_SPACE": Text(RUNTIME, "No space left in the system", "S/K"),
    "NOT_ENOUGH_SPACE": Text(RUNTIME, "No space to allocate to the volume", "S"),
    "NOT_ENOUGH_HARD_SPACE": Text(RUNTIME, "No hard space to allocate", "S/K"),
    "NOT_ENOUGH_SNAPSHOT_SPACE": Text(RUNTIME, "No space to allocate to the snapshot", "S/K"),
    # volumes
    "VOLUME_BAD_NAME": Text(RUNTIME, "Volume name does not exist", "S"),
    "SOURCE_VOLUME_BAD_NAME": Text(RUNTIME, "Source volume name does not exist", "S/K"),
    "TARGET_VOLUME_BAD_NAME": Text(RUNTIME, "Target volume name does not exist", "S/K"),
    "VOLUME_EXISTS": Text(RUNTIME, "Volume name already exists", "S"),
    "VOLUME_BAD_PREFIX": Text(RUNTIME, "Volume name has a reserved prefix", "M"),
    "VOLUME_IS_MAPPED": Text(RUNTIME, "Volume that is mapped to a host cannot be deleted", "S/K"),
    "VOLUME_IS_SNAPSHOT": Text(RUNTIME, "Operation is not permitted on snapshots", "S/K"),
    "VOLUME_IS_NOT_A_SNAPSHOT": Text(RUNTIME, "Operation is permitted only on snapshots", "M"),
    "VOLUME_LOCKED": Text(RUNTIME, "Volume is locked", "S/K"),
    "VOLUME_HAS_MIRROR": Text(RUNTIME, "Mirror is defined for this volume", "S/K"),
    "VOLUME_HAS_SNAPSHOTS": Text(RUNTIME, "Volume has snapshots", "K"),
    "VOLUME_NOT_FORMATTED": Text(RUNTIME, "Target volume is not formatted", "K"),
    "VOLUME_SIZE_ABOVE_LIMIT": Text(RUNTIME, "Volume size is above the limit", "S/K"),
    "CAN_NOT_SHRINK_VOLUME": Text(RUNTIME, "Cannot shrink the volume without explicit request", "S/K"),
    "MAX_VOLUMES_REACHED": Text(RUNTIME, "Maximum number of volumes already defined", "S"),
    "VOLUME_BAD_POOL": Text(RUNTIME, "Volume belongs to a Storage Pool other than the Consistency Group's", "S/K"),
    # snapshots
    "SNAPSHOT_IS_MAPPED": Text(RUNTIME, "Snapshot that is mapped to a host cannot be deleted", "M"),
    "SNAPSHOT_IS_INTERNAL": Text(RUNTIME, "Snapshot is used by mirroring", "M/K"),
    "SNAPSHOT_IS_CONSISTENT_ELCS": Text(RUNTIME, "Snapshot is the last consistent state of a slave", "M/K"),
    "SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP": Text(RUNTIME, "Snapshot is part of a Snapshot Group", "M"),
    "TARGET_SNAPSHOT_BAD_NAME": Text(RUNTIME, "Target snapshot name does not exist", "S/K"),
    # snapshot groups
    "SNAPSHOT_GROUP_BAD_NAME": Text(RUNTIME, "Snapshot Group name does not exist", "S/K"),
    "SNAPSHOT_GROUP_NAME_EXISTS": Text(RUNTIME, "Snapshot Group name already exists", "S/K"),
    "SNAPSHOT_GROUP_BAD_PREFIX": Text(RUNTIME, "Snapshot Group name has a reserved prefix", "M/K"),
    "SNAPSHOT_GROUP_MISMATCH": Text(RUNTIME, "Snapshot Groups are of different volumes", "M/K"),
    "OVERWRITE_SNAPSHOT_GROUP_DOES_NOT_BELONG_TO_GIVEN_GROUP": Text(
        RUNTIME, "The Snapshot Group to overwrite is not of this Consistency Group", "S/K"
    ),
    "TARGET_SNAPSHOT_GROUP_BAD_NAME": Text(RUNTIME, "Target Snapshot Group name does not exist", "M/K"),
    "TARGET_SNAPSHOT_GROUP_SAME_AS_SOURCE": Text(RUNTIME, "Source and target are the same Snapshot Group", "M/K"),
    # consistency groups
    "CONS_GROUP_EMPTY": Text(RUNTIME, "Consistency Group is empty", "S/K"),
    "CONS_GROUP_MISMATCH": Text(RUNTIME, "Consistency Group has other members than the Snapshot Group", "M/K"),
    "CONS_GROUP_BAD_NAME": Text(RUNTIME, "Consistency Group name does not exist", "S/K"),
    "CONS_GROUP_DOES_NOT_EXIST": Text(RUNTIME, "Consistency Group does not exist", "S/K"),
    "CONS_GROUP_NAME_EXISTS": Text(RUNTIME, "Consistency Group name already exists", "S/K"),
    "CONS_GROUP_NOT_EMPTY": Text(RUNTIME, "Consistency Group is not empty", "S/K"),
    "MAX_CONS_GROUPS_REACHED": Text(RUNTIME, "Maximum number of Consistency Groups already defined", "S/K"),
    "MAX_VOLUMES_IN_CONS_GROUP_REACHED": Text(RUNTIME, "Consistency Group has its maximum of volumes", "S/K"),
    "VOLUME_BELONGS_TO_CG": Text(RUNTIME, "Volume belongs to a Consistency Group", "S/K"),
    "VOLUME_NOT_IN_CONS_GROUP": Text(RUNTIME, "Volume does not belong to a Consistency Group", "S/K"),
    # hosts and mappings
    "HOST_BAD_NAME": Text(RUNTIME, "Host name does not exist", "S"),
    "HOST_NAME_EXISTS": Text(RUNTIME, "Host name already exists", "S"),
    "HOST_PORT_EXISTS": Text(RUNTIME, "Host with this port ID already defined", "S"),
    "HOST_PORT_DOES_NOT_EXIST": Text(RUNTIME, "Port ID is not defined", "K"),
    "HOST_BELONGS_TO_CLUSTER": Text(RUNTIME, "Host is part of a cluster", "S/K"),
    "HOST_HAS_MAPPINGS": Text(RUNTIME, "Volumes are mapped to the host", "K"),
    "CLUSTER_BAD_NAME": Text(RUNTIME, "Cluster name does not exist", "S"),
    "CLUSTER_NAME_EXISTS": Text(RUNTIME, "Cluster name already exists", "K"),
    "CLUSTER_HAS_MAPPINGS": Text(RUNTIME, "Volumes are mapped to the cluster", "K"),
    "HOST_NOT_IN_CLUSTER": Text(RUNTIME, "Host is not part of the cluster", "K"),
    "LUN_ALREADY_IN_USE": Text(RUNTIME, "LUN is already in use", "S/K"),
    "VOLUME_ALREADY_ASSIGNED": Text(RUNTIME, "Volume is already assigned to this host or cluster", "K"),
    "MAPPING_IS_NOT_DEFINED": Text(RUNTIME, "The requested mapping is not defined", "M"),
    # performance classes
    "PERF_CLASS_BAD_NAME": Text(RUNTIME, "Performance class does not exist", "S/K"),
    "PERF_CLASS_EXISTS": Text(RUNTIME, "Performance class name already exists", "K"),
    "PERF_CLASS_ASSOCIATED_WITH_VOLUMES": Text(RUNTIME, "Performance class is associated with volumes", "S/K"),
    "VOLUME_ALREADY_IN_PERF_CLASS": Text(RUNTIME, "Volume is already in the performance class", "S/K"),
    "VOLUME_NOT_CONNECTED_TO_ANY_PERF_CLASS": Text(RUNTIME, "Volume is not in any performance class", "S/K"),
    # confirmations
    "ARE_YOU_SURE_YOU_WANT_TO_DELETE_VOLUME": Text(RUNTIME, "Are you sure you want to delete the volume?", "K"),
    "ARE_YOU_SURE_YOU_WANT_TO_FORMAT_VOLUME": Text(RUNTIME, "Are you sure you want to format the volume?", "K"),
    "ARE_YOU_SURE_YOU_WANT_TO_COPY_VOLUME": Text(RUNTIME, "Are you sure you want to overwrite the target?", "K"),
    "ARE_YOU_SURE_YOU_WANT_TO_REDUCE_VOLUME": Text(RUNTIME, "Are you sure you want to reduce the volume?", "K"),
    "ARE_YOU_SURE_YOU_WANT_TO_ENLARGE_VOLUME": Text(RUNTIME, "Are you sure you want to enlarge the volume?", "K"),
    "ARE_YOU_SURE_YOU_WANT_TO_MAP_VOLUME": Text(
        RUNTIME, "The volume is mapped elsewhere already. Are you sure you want to map it?", "S/K"
    ),
    "ARE_YOU_SURE_YOU_WANT_TO_RESTORE_SNAPSHOT": Text(RUNTIME, "Are you sure you want to restore it?", "M/K"),
    "ARE_YOU_SURE_YOU_WANT_TO_RESTORE_SNAP_GROUP": Text(RUNTIME, "Are you sure you want to restore it?", "K"),
    "ARE_YOU_SURE_YOU_WANT_TO_CHANGE_MIRROR_ROLE": Text(
        RUNTIME, "Are you sure you want to change the role of the peer?", "M/K"
    ),
    "ARE_YOU_SURE_YOU_WANT_TO_SWITCH_MIRROR_ROLES": Text(RUNTIME, "Are you sure you want to switch roles?", "K"),
    "POOL_SNAPSHOT_SIZE_TOO_SMALL": Text(RUNTIME, "The snapshot size of the pool is small. Are you sure?", "M/K"),
}
