"""The XIV family's codes in words (xcli.md §1.3, §1.6, §3, §4).

"Probably" stands where no public source confirms the code or what it is used for ([K]).  Two codes share a text only
where the array says the same by both.
"""

from __future__ import annotations

from ..reaching import CORRECT_THEM
from . import Explanation, Themes

_NO_GROUP = Explanation(
    "The array has no consistency group of this name: it was deleted or renamed outside, or never made.",
    "Compare the name with `cg_list`; correct consistency_group_id, or let the group's resource make it first.",
)

THEMES: Themes = {
    "Signing in and permissions": {
        "LOGIN_FAILURE_USER_FAILED_TO_LOGIN": Explanation(
            "The array does not accept this user with this password: one of them is mistyped, the password was "
            "changed, or the user was locked or removed.",
            CORRECT_THEM,
        ),
        "USER_OR_PASSWORD_WRONG_OR_MISSING": Explanation(
            "User name and password do not belong together, or one of them arrived empty; the array does not tell "
            "which.",
            CORRECT_THEM,
        ),
        "USER_NAME_DOES_NOT_EXIST": Explanation(
            "The array has no user of this name.",
            "Compare username with `user_list`; it was sent once, so that no account is locked.",
        ),
        "DEFAULT_USER_IS_NOT_DEFINED": Explanation(
            "The command arrived without a usable user name, and the array has no default user to take instead.",
            "Set username and password (or XIVDS8K_USERNAME and XIVDS8K_PASSWORD); they were sent once.",
        ),
        "INCORRECT_PASSWORD": Explanation(
            "The user is there, and this is not the user's password; it may have been changed on the array since.",
            "Correct password or XIVDS8K_PASSWORD; it was sent once, so that the account is not locked.",
        ),
        "LOGIN_FAILURE_USER_NOT_FOUND_IN_LDAP_SERVERS": Explanation(
            "The array looks its users up in a directory, and none of its LDAP servers knows this name.",
            "Look for username in the directory and check the array's LDAP settings, or use a user defined on the "
            "array itself; the name was sent once.",
        ),
        "LOGIN_FAILURE_USER_NOT_AUTHENTICATED_BY_LDAP_SERVER": Explanation(
            "The directory knows the user and turned the password down: wrong, expired, or the account is locked "
            "there.",
            "Correct password, or unlock the account in the directory; it was sent once.",
        ),
        "LOGIN_FAILURE_*": Explanation(
            "The sign-in failed for a reason that only the array's words tell.",
            "Follow the array's words; username and password were sent once, so that the account is not locked.",
        ),
        "LDAP_*": Explanation(
            "The array could not get what it needs from its LDAP servers, or its LDAP settings do not fit them.",
            "Check the array's LDAP settings and that it reaches the servers, or use a user defined on the array "
            "itself.",
        ),
        "OPERATION_FORBIDDEN_FOR_USER_CATEGORY": Explanation(
            "The sign-in was right, but users of this category may not run this command.",
            "Look at the category in `user_list`; give the user storageadmin, or set username to one who has it.",
        ),
        "ACCESS_DENIED": Explanation(
            "The user may run the command, but not on this object: its hosts or its owner are outside the user's "
            "reach.",
            "Have the user's group associated with the object's hosts on the array, or use a storageadmin.",
        ),
    },
    "Commands and answers": {
        "UNRECOGNIZED_COMMAND": Explanation(
            "This array, or its release, does not have the command.",
            "Look at the release with `version_get` and at the commands with `help`; leave out what needs the command, "
            "or upgrade the array.",
        ),
        "ILLEGAL_NAME": Explanation(
            "A name is longer than 63 characters or holds a character that names may not have.",
            "Shorten the name, or keep to letters, digits, `.`, `_`, `-` and `~`, which are probably all accepted.",
        ),
        "ILLEGAL_VALUE": Explanation(
            "An argument of the command is outside its range or not of the form it must have.",
            "Correct the attribute that the array's words point to; `help command=...` shows what an argument may be.",
        ),
        "BAD_PARAMS": Explanation(
            "The arguments do not go together, or one of them is unknown to this release of the array.",
            "Leave out optional attributes one at a time; if it stays so, report the array's release (`version_get`).",
        ),
        "CONF_PATH_DOES_NOT_EXIST": Explanation(
            "A setting of the system was asked for that this release does not keep under that name.",
            "Run `config_get` without a name to see the settings there are, and report the release if it stays so.",
        ),
        "UNRECOGNIZED_EVENT_CODE": Explanation(
            "An event was named by a code that is not in the array's list of events.",
            "Take the code from `event_list`.",
        ),
        "OBJECT_BAD_NAME": Explanation(
            "The command names an object, of whichever kind, that the array does not have.",
            "Compare the name with the list of its kind (`vol_list`, `pool_list`, `host_list`, `cg_list`).",
        ),
        "ALU_BAD_NAME": Explanation(
            "Probably an administrative logical unit (used for virtual volumes) was named that is not there.",
            "Check on the array which units there are; the provider itself makes none.",
        ),
        "PARTIAL_SUCCESS": Explanation(
            "One command was for several objects, and not all of them came to a good end.",
            "List the objects on the array to see which are done, then run it again for the others.",
        ),
        "TRNS_ERROR_WITH_EXTENDED_INFO": Explanation(
            "The array refused, announced a reason inside of its answer, and then gave no code for it.",
            "Look in `event_list` for what happened at this time; if it stays so, please report it.",
        ),
        "MCL_TIMEOUT": Explanation(
            "The array's management waited too long for another part of the machine. The command may have been carried "
            "out, or may still be.",
            "Look whether it took effect and at `event_list` for what was slow, then run it again.",
        ),
        "COMMAND_ON_PASSIVE_MANAGER": Explanation(
            "Probably this management address belongs to a module that is on standby; it carries nothing out.",
            "List every management address in endpoints (`ipinterface_list` shows them), so that the active one is "
            "asked.",
        ),
        "INTERNAL_ERROR": Explanation(
            "Probably a part of the array failed while it worked on the command.",
            "Look at `event_list` and `component_list`; if it stays so, open a case with the vendor.",
        ),
        "NO_CONNECTION": Explanation(
            "The vendor's command-line tool says this, not the array: it reached none of the management addresses.",
            "Check the addresses, port 7778 and firewalls on the way.",
        ),
        "KEY_DOES_NOT_EXIST": Explanation(
            "No metadata of this key is kept with the object.",
            "Look at the keys there are with `metadata_list`.",
        ),
        "KEY_EXISTS": Explanation(
            "Metadata of this key is kept with the object already.",
            "Choose another key, or delete the old one with `metadata_delete`.",
        ),
        "STATUS_METADATA_SERVICE_*": Explanation(
            "The service that keeps metadata on the array could not answer.",
            "Look at the state of the array with `state_list`, then run it again.",
        ),
        "OBJECTS_IN_DIFFERENT_DOMAINS": Explanation(
            "The objects of the command belong to different domains, and the array keeps domains apart.",
            "Choose pool, volume and host of one domain (`pool_list` shows a pool's).",
        ),
    },
    "Questions and warnings": {
        "ARE_YOU_SURE_YOU_WANT_TO_MAP_VOLUME": Explanation(
            "The volume is mapped to another host already, and the array asks whether two are to write to it.",
            "Look with `vol_mapping_list` who has it; put hosts that share volumes into a cluster.",
        ),
        "ARE_YOU_SURE_YOU_WANT_TO_PERFORM_HOST_SPECIFIC_MAPPING": Explanation(
            "The host sits in a cluster, and the mapping would be its own, an exception from the cluster's.",
            "Map to the cluster, unless only this one host is to have the volume.",
        ),
        "ARE_YOU_SURE_YOU_WANT_TO_RESTORE_SNAPSHOT": Explanation(
            "A restore overwrites what the volume holds now, and the array asks before it does that.",
            "Restore by the action xivds8k_snapshot_restore, which looks first and then answers the question.",
        ),
        "ARE_YOU_SURE_*": Explanation(
            "Probably the array asks for a confirmation, which was not given; it did nothing.",
            "Look on the array at what the question is about; something there differs from what was seen before. Then "
            "run it again.",
        ),
        "POOL_SNAPSHOT_SIZE_TOO_SMALL": Explanation(
            "The pool keeps little room for snapshots beside the size of its volumes.",
            "Give the pool more snapshot_size (`pool_resize`), or expect snapshots to be deleted early.",
        ),
        "CONS_GROUP_MIRROR_DESIGNATION_MISMATCH": Explanation(
            "Group and volume are both mirrored, and one is designated primary where the other is secondary.",
            "Compare the designation of both in `mirror_list`; `mirror_change_designation` changes the label.",
        ),
    },
    "Pools and space": {
        "POOL_DOES_NOT_EXIST": Explanation(
            "The array has no storage pool of this name: mistyped, deleted, renamed, or on another array.",
            "Compare pool with `pool_list` or the data source xivds8k_pools.",
        ),
        "POOL_NAME_EXISTS": Explanation(
            "A storage pool has this name already.",
            "Choose another name, or use the pool that has it (`pool_list`).",
        ),
        "MAX_POOLS_REACHED": Explanation(
            "The system holds as many storage pools as it can.",
            "Delete a pool that is empty, or use one that is there.",
        ),
        "POOL_HAS_VOLUMES": Explanation(
            "Probably volumes or snapshots still live in the pool.",
            "See them with `vol_list pool=...`; move or delete them first.",
        ),
        "POOL_HAS_CONS_GROUPS": Explanation(
            "Probably consistency groups still belong to the pool.",
            "See them with `cg_list pool=...`; delete them or move them first.",
        ),
        "SOFT_SIZE_SMALLER_THAN_HARD_SIZE": Explanation(
            "A pool's soft size is what its volumes may promise; it was to be less than the hard size that backs it.",
            "Make soft_size at least hard_size.",
        ),
        "HARD_SIZE_SMALLER_THAN_SNAPSHOT_SIZE": Explanation(
            "The room a pool keeps for snapshots was to be more than the pool has in all.",
            "Lower snapshot_size, or raise hard_size.",
        ),
        "REACHED_POOL_MAX_HARD_CAPACITY": Explanation(
            "The pool would get more hard capacity than a single pool may have.",
            "Spread the volumes over several pools.",
        ),
        "NO_SPACE": Explanation(
            "The system as a whole has no capacity left, whatever the pool still promises.",
            "Look at `system_capacity_list`; delete what is not needed, or add capacity to the system.",
        ),
        "NO_HARD_SPACE": Explanation(
            "All physical capacity of the system is given to pools.",
            "Take hard_size from a pool that does not use it (`pool_resize`), or add modules.",
        ),
        "NO_SOFT_SPACE": Explanation(
            "The system has promised as much capacity as it is allowed to.",
            "Lower the soft_size of a pool (`pool_resize`), or have the system's soft limit raised.",
        ),
        "NOT_ENOUGH_SPACE": Explanation(
            "The pool has less free than this needs. Pools of an XIV come in steps of 17 GB, and probably even a small "
            "volume takes a whole step.",
            "Look at the pool's empty space in `pool_list`; grow the pool (`pool_resize`), delete volumes of it, or "
            "set pool to another one.",
        ),
        "NOT_ENOUGH_HARD_SPACE": Explanation(
            "The pool may promise this much, but its physical capacity is used up by what was written.",
            "Compare hard_size and empty_space_hard in `pool_list`; raise hard_size before hosts get write errors.",
        ),
        "NOT_ENOUGH_SNAPSHOT_SPACE": Explanation(
            "What the pool keeps for snapshots is full, and none of the snapshots there may be deleted for a new one.",
            "Delete old snapshots, or raise the pool's snapshot_size (`pool_resize`).",
        ),
        "POOL_SNAPSHOT_LIMIT_REACHED": Explanation(
            "The pool's limit for snapshots is reached; probably what it keeps for them is used up.",
            "Compare used_by_snapshots with snapshot_size in `pool_list`; delete snapshots, or raise snapshot_size.",
        ),
    },
    "Volumes": {
        "VOLUME_BAD_NAME": Explanation(
            "The array has no volume or snapshot of this name: it was deleted or renamed outside, or an XIV removed a "
            "snapshot to gain space.",
            "Look with `vol_list vol=...`, and by its WWN with `vol_list wwn=...`, which survives a rename; then "
            "refresh.",
        ),
        "SOURCE_VOLUME_BAD_NAME": Explanation(
            "What was to be copied from is not on the array any more under its name.",
            "Look for it with `vol_list`; correct source_volume_id or source_snapshot_id.",
        ),
        "TARGET_VOLUME_BAD_NAME": Explanation(
            "The volume that was to receive the copy is not on the array any more under its name.",
            "Look in `event_list` who deleted or renamed it, then run it again.",
        ),
        "BASE_VOLUME_BAD_NAME": Explanation(
            "The volume that this one is based on is not on the array.",
            "Look for the base volume with `vol_list`; without it the dependent object cannot be made.",
        ),
        "BASE_VOLUME_INVALID": Explanation(
            "The volume is there, but cannot be the base of what was asked for, as a snapshot or a mirror's slave "
            "cannot.",
            "Look at its master_name, mirrored and locked fields in `vol_list`, and take another volume.",
        ),
        "VOLUME_EXISTS": Explanation(
            "A volume or a snapshot has this name already; both kinds share one set of names.",
            "Look what has it with `vol_list vol=...`; choose another name, or import that volume.",
        ),
        "VOLUME_BAD_PREFIX": Explanation(
            "The name begins as only the snapshots of mirrors do (last-replicated, most-recent, last-consistent).",
            "Choose a name that begins in another way.",
        ),
        "VOLUME_IS_MAPPED": Explanation(
            "A host or cluster has the volume as a LUN and may be using it.",
            "See who with `vol_mapping_list vol=...`; take it out of use there and unmap it, then run it again.",
        ),
        "VOLUME_IS_SNAPSHOT": Explanation(
            "The object of this name is a snapshot, and the command is for volumes.",
            "Name its master (master_name in `vol_list`), or manage it as xivds8k_snapshot.",
        ),
        "VOLUME_LOCKED": Explanation(
            "The volume is read-only: locked by hand, left so as a former slave, or by its pool being out of space.",
            "Look at locked and locked_by_pool in `vol_list`; free space in the pool, or `vol_unlock` it once you know "
            "why it was locked.",
        ),
        "VOLUME_HAS_OLVM": Explanation(
            "The volume takes part in an online volume migration (OLVM) to or from another system.",
            "Wait for the migration to finish, or have it ended, then run it again.",
        ),
        "VOLUME_HAS_DATA_MIGRATION": Explanation(
            "Data of another storage system is being migrated into this volume, which ties it up.",
            "Let the data migration finish and delete its definition, then run it again.",
        ),
        "VOLUME_HAS_TRANSFORM": Explanation(
            "The volume is being transformed, probably from uncompressed to compressed or back.",
            "Wait until the transformation has ended, then run it again.",
        ),
        "VOLUME_HAS_SNAPSHOTS": Explanation(
            "Probably snapshots depend on the volume.",
            "See them with `snapshot_list vol=...`; delete them first if they are not needed.",
        ),
        "VOLUME_NOT_FORMATTED": Explanation(
            "Probably the target of the copy was written to before, and only an empty volume may be copied onto.",
            "Copy onto a new volume; `vol_format` empties an old one and destroys what it holds.",
        ),
        "VOLUME_INCOMPATIBLE_SIZE": Explanation(
            "Two volumes that must be of one size, such as the two of a mirror, are not.",
            "Compare capacity of both in `vol_list`; grow the smaller one.",
        ),
        "VOLUME_SIZE_ABOVE_LIMIT": Explanation(
            "A single volume cannot be this large on this array.",
            "Lower size_gib or size_bytes; several volumes can be joined by the host's volume manager.",
        ),
        "VOLUME_ZERO_SIZE": Explanation(
            "The size came to nothing; a volume has at least one block of 512 bytes.",
            "Set size_gib or size_bytes above zero.",
        ),
        "CAN_NOT_SHRINK_VOLUME": Explanation(
            "The new size is below the present one, and shrinking cuts off what lies behind it.",
            "Set the size to what the volume has or more; it may have been grown outside of Terraform.",
        ),
        "MAX_VOLUMES_REACHED": Explanation(
            "The system holds as many volumes and snapshots, counted together, as it can.",
            "Delete snapshots and volumes nobody needs; `vol_list` shows all of them.",
        ),
        "DOMAIN_MAX_VOLUMES_REACHED": Explanation(
            "The domain of this pool may not hold more volumes; the system itself still could.",
            "Have the domain's max_volumes raised, or use a pool of another domain.",
        ),
        "VOLUME_BAD_POOL": Explanation(
            "Volume and consistency group are in different pools; a group takes members of its own pool only.",
            "Compare pool_name in `vol_list` with the pool in `cg_list`; move the volume (pool) before it joins.",
        ),
    },
    "Compression": {
        "VOLUME_IS_COMPRESSED": Explanation(
            "The command does not work on compressed volumes.",
            "Use an uncompressed volume for this.",
        ),
        "CANNOT_SHRINK_COMPRESSED_VOLUME": Explanation(
            "A compressed volume cannot be made smaller, not even on request.",
            "Keep its size; to have a smaller one, make a new volume and copy on a host.",
        ),
        "COMPRESSION_DISABLED": Explanation(
            "Compression is switched off on this system.",
            "Have it enabled on the array, or make the volume uncompressed.",
        ),
        "COMPRESSION_REQUIRES_THIN_PROVISIONED_POOL": Explanation(
            "Compressed volumes live in thin pools only, those whose soft size is above the hard size.",
            "Set pool to a thin pool, or resize this one with soft_size above hard_size.",
        ),
        "COMPRESSED_*": Explanation(
            "A rule for compressed volumes stands in the way; the array's words tell which.",
            "Use an uncompressed volume or a pool without compression, or change what the words name.",
        ),
        "SOURCE_VOLUME_COMPRESSED_TARGET_UNCOMPRESSED": Explanation(
            "The volume is compressed here and would not be on the remote array; a mirror needs both alike.",
            "Choose a remote pool that compresses, or mirror an uncompressed volume.",
        ),
        "SOURCE_VOLUME_UNCOMPRESSED_TARGET_COMPRESSED": Explanation(
            "Probably the remote volume would be compressed and the one here is not; a mirror needs both alike.",
            "Choose a remote pool without compression, or mirror a compressed volume.",
        ),
        "CAN_NOT_MAP_SLAVE_COMPRESSED_VOLUME": Explanation(
            "A compressed volume that is the slave of a mirror cannot be given to hosts.",
            "Map the master, or switch the mirror's roles first.",
        ),
    },
    "Snapshots and snapshot groups": {
        "VOLUME_IS_NOT_A_SNAPSHOT": Explanation(
            "The object of this name is a volume of its own, and the command is for snapshots.",
            "Look at master_name in `vol_list vol=...`; name a snapshot, or manage it as xivds8k_volume.",
        ),
        "SNAPSHOT_IS_MAPPED": Explanation(
            "A host or cluster has the snapshot as a LUN.",
            "See who with `vol_mapping_list`; unmap the snapshot there first.",
        ),
        "SNAPSHOT_IS_INTERNAL": Explanation(
            "The array took this snapshot for itself, for a mirror, and keeps it as long as it needs it.",
            "Leave it; it goes with its mirror (`mirror_list`).",
        ),
        "SNAPSHOT_HAS_ACTIVE_SYNC_JOB": Explanation(
            "The snapshot is being sent to the remote array right now.",
            "Wait until `sync_job_list` is empty for its volume, then run it again.",
        ),
        "SNAPSHOT_IS_CONSISTENT_ELCS": Explanation(
            "The snapshot is probably a mirror's last consistent one: what the remote side can be returned to.",
            "Wait until the mirror is synchronized again; the array then lets go of it.",
        ),
        "SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP": Explanation(
            "The snapshot was taken with others of its consistency group and is handled with them only.",
            "Delete or duplicate the snapshot group (sg_name in `vol_list` names it) instead of the one snapshot.",
        ),
        "TARGET_SNAPSHOT_BAD_NAME": Explanation(
            "The snapshot that was to receive the content is not on the array.",
            "Compare the name with `snapshot_list vol=...`.",
        ),
        "SNAPSHOT_GROUP_BAD_NAME": Explanation(
            "The array has no snapshot group of this name: deleted, disbanded or renamed, or removed to gain space.",
            "Compare the name with `snap_group_list`; what is gone cannot be brought back.",
        ),
        "SNAPSHOT_GROUP_NAME_EXISTS": Explanation(
            "A snapshot group has this name already.",
            "Look at it with `snap_group_list`; choose another name, or import it.",
        ),
        "SNAPSHOT_GROUP_BAD_PREFIX": Explanation(
            "The name of the snapshot group begins as those that mirroring keeps for itself.",
            "Choose a name that does not begin with last-replicated, most-recent or last-consistent.",
        ),
        "SNAPSHOT_GROUP_MISMATCH": Explanation(
            "Two snapshot groups are of different sets of volumes, so that one cannot take the other's place.",
            "Compare the members of both, and name two that were taken of the same volumes.",
        ),
        "OVERWRITE_SNAPSHOT_GROUP_DOES_NOT_BELONG_TO_GIVEN_GROUP": Explanation(
            "The snapshot group to be overwritten was taken of another consistency group.",
            "Look at its cg in `snap_group_list`; overwrite one of this group, or take a new one.",
        ),
        "TARGET_SNAPSHOT_GROUP_BAD_NAME": Explanation(
            "The snapshot group that was to receive the content is not on the array.",
            "Look for the target in `snap_group_list`, or restore to the volumes themselves.",
        ),
        "TARGET_SNAPSHOT_GROUP_SAME_AS_SOURCE": Explanation(
            "A snapshot group was to be restored onto itself.",
            "Name another target, or none.",
        ),
    },
    "Consistency groups": {
        "CONS_GROUP_BAD_NAME": _NO_GROUP,
        "CONS_GROUP_DOES_NOT_EXIST": _NO_GROUP,
        "CONS_GROUP_NAME_EXISTS": Explanation(
            "A consistency group has this name already.",
            "Look at its pool and members with `cg_list` and `vol_list cg=...`; choose another name, or import it.",
        ),
        "MAX_CONS_GROUPS_REACHED": Explanation(
            "The system holds as many consistency groups as it can (256 on release 11.4).",
            "Delete groups that are empty and unused; `cg_list` shows all.",
        ),
        "MAX_CONS_GROUPS_IN_XCG_REACHED": Explanation(
            "A cross-system consistency group holds as many groups as it can.",
            "Start another cross-system group; the provider does not manage them.",
        ),
        "CONS_GROUP_NOT_EMPTY": Explanation(
            "Volumes are in the group, and it has to be empty for this: to be deleted, or to be mirrored for the first "
            "time.",
            "See them with `vol_list cg=...`; take them out by destroying their xivds8k_consistency_group_member.",
        ),
        "CONS_GROUP_EMPTY": Explanation(
            "The group has no members, so there is nothing to take a snapshot of.",
            "Add volumes by xivds8k_consistency_group_member, and let the snapshot depend on them.",
        ),
        "CONS_GROUP_MISMATCH": Explanation(
            "Volumes joined or left the group after the snapshot group was taken; the two no longer fit each other.",
            "Compare `vol_list cg=...` with the snapshots' masters; give the group its members of then, or restore the "
            "snapshots one by one.",
        ),
        "CONS_GROUP_HAS_MIRROR": Explanation(
            "The group is mirrored to another array, and what was asked would tear the mirror.",
            "See the mirror with `mirror_list cg=...`; it has to be deleted first.",
        ),
        "CONS_GROUP_NO_MIRROR": Explanation(
            "The group is not mirrored, so there is no mirror to act on.",
            "Check the group's name and `mirror_list`; set up its replication first.",
        ),
        "CONS_GROUP_IS_SLAVE": Explanation(
            "This array holds the group's secondary copy; its members are governed from the master's side.",
            "Do it on the array that is Master in `mirror_list`.",
        ),
        "CONS_GROUP_MIRROR_PARAMS_MISMATCH": Explanation(
            "Volume and group are mirrored differently: another target, type, role or schedule.",
            "Compare both rows of `mirror_list`; a volume joins only when all four agree and both are synchronized.",
        ),
        "CONS_GROUP_MIRRORING_NOT_SUPPORTED_IN_TARGET": Explanation(
            "The remote array, or its release, cannot mirror consistency groups.",
            "Mirror the volumes one by one, or upgrade the remote array.",
        ),
        "MAX_VOLUMES_IN_CONS_GROUP_REACHED": Explanation(
            "The group has as many members as a group can have.",
            "Divide the volumes between two groups, or take out those that need no common point in time.",
        ),
        "MAX_VOLUMES_IN_REMOTE_CONS_GROUP_REACHED": Explanation(
            "The group's copy on the remote array has as many members as it can have there.",
            "Take volumes out of the mirrored group; the remote array's limit may be the lower one.",
        ),
        "VOLUME_BELONGS_TO_CG": Explanation(
            "The volume is a member of a consistency group, which does not let it go or change by itself.",
            "See the group in cg_name of `vol_list`; destroy the volume's xivds8k_consistency_group_member first.",
        ),
        "VOLUME_NOT_IN_CONS_GROUP": Explanation(
            "The volume is no member of any group, perhaps since somebody took it out already.",
            "Look at cg_name in `vol_list`, and refresh the state.",
        ),
    },
    "Hosts, clusters and mappings": {
        "HOST_BAD_NAME": Explanation(
            "The array has no host of this name: renamed, deleted, or defined on another array.",
            "Compare the name with `host_list`.",
        ),
        "HOST_NAME_EXISTS": Explanation(
            "A host has this name already.",
            "Look at its ports with `host_list host=...`; use that host, or choose another name.",
        ),
        "HOST_PORT_EXISTS": Explanation(
            "The WWPN or iSCSI name belongs to another host on the array; a port has one owner.",
            "Find the owner by fc_ports and iscsi_ports in `host_list`; take the port from it first if it is in the "
            "wrong place.",
        ),
        "HOST_PORT_DOES_NOT_EXIST": Explanation(
            "Probably the host does not have this port (any more).",
            "Compare with fc_ports and iscsi_ports in `host_list`.",
        ),
        "MAX_PORTS_REACHED": Explanation(
            "The host, or the system, holds as many ports as it can.",
            "Remove ports of adapters that are gone (`host_remove_port`).",
        ),
        "MAX_HOSTS_REACHED": Explanation(
            "Probably the system holds as many hosts as it can.",
            "Delete hosts without mappings that are no longer in use (`host_list`, `mapping_list`).",
        ),
        "ISCSI_HOST_ILLEGAL_PORT_NAME": Explanation(
            "This is no iSCSI name: it has to begin with iqn. or eui. and keep to the form of those.",
            "Copy the initiator's name from the host, such as iqn.1994-05.com.example:db1.",
        ),
        "HOST_BELONGS_TO_CLUSTER": Explanation(
            "The host is part of a cluster, and clusters get their volumes together.",
            "Look at cluster in `host_list`; map to the cluster, or take the host out of it first.",
        ),
        "HOST_HAS_MAPPINGS": Explanation(
            "Probably volumes are still mapped to the host.",
            "See them with `mapping_list host=...`; unmap them first.",
        ),
        "HOST_NOT_IN_CLUSTER": Explanation(
            "Probably the host left the cluster already, or is in another one.",
            "Compare hosts in `cluster_list`.",
        ),
        "HOST_PROFILE_UPDATE_TOO_FREQUENT": Explanation(
            "The host reports its profile to the array more often than the array accepts.",
            "Wait some minutes before the next report; nothing of the provider sends one.",
        ),
        "MAX_HOST_PROFILES_REACHED": Explanation(
            "The array keeps as many profiles of hosts as it can.",
            "Remove profiles of hosts that are gone.",
        ),
        "CLUSTER_BAD_NAME": Explanation(
            "The array has no cluster of this name.",
            "Compare the name with `cluster_list`.",
        ),
        "CLUSTER_NAME_EXISTS": Explanation(
            "Probably another cluster has this name already.",
            "Look at its hosts with `cluster_list cluster=...`; use it, or choose another name.",
        ),
        "CLUSTER_HAS_MAPPINGS": Explanation(
            "Probably volumes are still mapped to the cluster.",
            "See them with `mapping_list cluster=...`; unmap them first.",
        ),
        "LUN_ALREADY_IN_USE": Explanation(
            "Another volume has this LUN on the host or cluster; somebody may have mapped one at the same moment.",
            "See the LUNs with `mapping_list`; write a free one, or leave lun out to have one chosen.",
        ),
        "ILLEGAL_LUN": Explanation(
            "Probably the LUN is outside what the array offers (0 to 511) or is LUN 0, kept for the controller.",
            "Choose a LUN from 1 on, below the array's limit.",
        ),
        "VOLUME_ALREADY_ASSIGNED": Explanation(
            "Probably the host or cluster has this volume already, under another LUN.",
            "See its LUN with `vol_mapping_list vol=...`; import that mapping, or unmap it first.",
        ),
        "MAPPING_IS_NOT_DEFINED": Explanation(
            "The volume is not mapped to this host or cluster, perhaps since it was unmapped outside.",
            "Look with `vol_mapping_list vol=...`; nothing is left to unmap.",
        ),
    },
    "Performance classes": {
        "PERF_CLASS_BAD_NAME": Explanation(
            "The array has no performance class of this name.",
            "Compare qos_class with `perf_class_list`, or create the class there.",
        ),
        "PERF_CLASS_EXISTS": Explanation(
            "Probably another performance class has this name already.",
            "Look at its limits with `perf_class_list perf_class=...`; use it, or choose another name.",
        ),
        "PERF_CLASS_ASSOCIATED_WITH_HOSTS": Explanation(
            "The class limits hosts, and a class is for one kind of object only; arrays before release 12 know no "
            "other.",
            "Set qos_class to a class of volumes, or leave it out on such an array.",
        ),
        "PERF_CLASS_ASSOCIATED_WITH_POOLS_OR_DOMAINS": Explanation(
            "The class limits whole pools or domains and takes no single volumes beside them.",
            "Set qos_class to a class made for volumes (`perf_class_create`).",
        ),
        "PERF_CLASS_ASSOCIATED_WITH_VOLUMES": Explanation(
            "Volumes are still in the class; it cannot be deleted or serve other kinds of objects.",
            'See them by perf_class in `vol_list`; take them out (qos_class = "") first.',
        ),
        "VOLUME_ALREADY_IN_PERF_CLASS": Explanation(
            "The volume is limited by a performance class already, this one or another.",
            "Look at perf_class in `vol_list`; `perf_class_remove_vol` takes it out of the other one.",
        ),
        "VOLUME_NOT_CONNECTED_TO_ANY_PERF_CLASS": Explanation(
            "No performance class limits the volume, so that there is none to take it out of.",
            "Look at perf_class in `vol_list`, and refresh the state.",
        ),
    },
    "Mirrors": {
        "MIRROR_RETRY_OPERATION": Explanation(
            "Another operation on this mirror has not ended yet; the array did nothing and asks to come back.",
            "Run it again in a few seconds; if it stays so, look at `mirror_list` and `sync_job_list`.",
        ),
        "VOLUME_HAS_MIRROR": Explanation(
            "The volume is mirrored to another array, which forbids this as long as the mirror is there.",
            "See the mirror with `mirror_list vol=...`; deactivate and delete it first, if it is not needed.",
        ),
        "VOLUME_NO_MIRROR": Explanation(
            "The volume is not mirrored, so there is no mirror to act on.",
            "Look at `mirror_list`: the mirror may have been deleted outside, or the name is another volume's.",
        ),
        "VOLUME_IS_MASTER": Explanation(
            "The volume is the serving side of a mirror already.",
            "Look at the mirror's target with `mirror_list vol=...`; it may be the one you want.",
        ),
        "VOLUME_IS_SLAVE": Explanation(
            "The volume is the secondary side of a mirror and follows its master; by itself it is not changed.",
            "Do it on the array that is Master in `mirror_list`, or fail over first.",
        ),
        "VOLUME_BELONGS_TO_MIRRORED_CONS_GROUP": Explanation(
            "The volume is mirrored as a member of a group, and only the group's mirror as a whole can be changed.",
            "Act on the group (cg_name in `vol_list`), or take the volume out of it first.",
        ),
        "MIRROR_IS_ACTIVE": Explanation(
            "The mirror is replicating, and this can be done to an inactive one only.",
            "On the master, `mirror_deactivate` first; until it is activated again the data is not protected.",
        ),
        "MIRROR_IS_INITIAL": Explanation(
            "The first copy to the remote array has not ended, so the remote side is not usable yet.",
            "Follow sync_progress in `mirror_list`, and run it again when it is synchronized.",
        ),
        "MIRROR_IS_NOT_SYNCHRONIZED": Explanation(
            "The remote side lacks writes the master has; to switch now would lose them.",
            "Wait until `mirror_list` says Synchronized (or RPO OK), then run it again.",
        ),
        "MIRROR_IS_ASYNC": Explanation(
            "The mirror is asynchronous, and this needs a synchronous one, or one with nothing left to send.",
            "Stop I/O, wait for an empty `sync_job_list` after one more interval, then run it again.",
        ),
        "MIRROR_IS_NON_OPERATIONAL": Explanation(
            "The mirror cannot replicate: the link is down, or the two sides are in disagreement.",
            "Look at connected, operational and mirror_error in `mirror_list`, and at `target_list`; mend that first.",
        ),
        "MIRROR_CONFIGURATION_ERROR": Explanation(
            "Roles or settings of the two sides do not fit each other, as after a failover when both are masters.",
            "Compare `mirror_list` on both arrays; take a snapshot of the side whose data is to be given up before its "
            "role is changed.",
        ),
        "MIRROR_SIZE_MISMATCH": Explanation(
            "The two volumes of the mirror differ in size; a resize reached one array only.",
            "Compare capacity in `vol_list` on both arrays, and resize the smaller one.",
        ),
        "MIRROR_POSSIBLE_SIZE_MISMATCH": Explanation(
            "Probably the volume was resized here, and the remote array's acknowledgement was lost.",
            "Compare capacity in `vol_list` on both arrays; where they differ, resize it again.",
        ),
        "MIRROR_CONS_GROUP_MEMBERSHIP_MISMATCH": Explanation(
            "The group has other members on one array than on the other; a change reached one side only.",
            "Compare `vol_list cg=...` on both arrays, and correct the side that is behind.",
        ),
        "MIRROR_POSSIBLE_CONS_GROUP_MEMBERSHIP_MISMATCH": Explanation(
            "The volume joined here, and the remote array's acknowledgement was lost; there it may have joined or not.",
            "Compare `vol_list cg=...` on both arrays before anything else is done to the group.",
        ),
        "SYNC_ALREADY_ACTIVE": Explanation(
            "The mirror was active before it was asked to become so.",
            "Nothing has to be done; `mirror_list` shows its state.",
        ),
        "SYNC_ALREADY_INACTIVE": Explanation(
            "The mirror was inactive before it was asked to become so.",
            "Nothing has to be done; look in `event_list` when it stopped, if nobody meant it to.",
        ),
        "LOCAL_PEER_IS_NOT_MASTER": Explanation(
            "Only the master's array may do this, and the one asked holds the slave.",
            "Look at current_role in `mirror_list`, and do it on the other array.",
        ),
        "ASYNC_MIRROR_REMOTE_RPO_TOO_SHORT": Explanation(
            "The recovery point objective for the opposite direction is shorter than its schedule can keep.",
            "Raise rpo_seconds above the interval of the remote schedule (`schedule_list`).",
        ),
        "ASYNC_MIRROR_LOCAL_RPO_TOO_SHORT": Explanation(
            "Probably the recovery point objective is shorter than the mirror's schedule can keep.",
            "Raise rpo_seconds above the interval of the mirror's schedule (`schedule_list`).",
        ),
        "ASYNC_MIRROR_RPO_TOO_LONG": Explanation(
            "The recovery point objective is longer than the array accepts.",
            "Lower rpo_seconds.",
        ),
    },
    "Schedules": {
        "SCHEDULE_EXISTS": Explanation(
            "The array has a schedule of this name already.",
            "Look at its interval in `schedule_list`; use that one, or choose another name.",
        ),
        "SCHEDULE_DOES_NOT_EXIST": Explanation(
            "Probably the array has no schedule of this name; each array of a mirror keeps its own.",
            "Look at `schedule_list` on both arrays, and make what is missing.",
        ),
        "SCHEDULE_IN_USE": Explanation(
            "Probably a mirror still runs by this schedule.",
            "See which with schedule_name in `mirror_list`; give that mirror another schedule first.",
        ),
        "SCHEDULE_IS_BUILT_IN": Explanation(
            "Probably the schedule is one of those every array has, which nobody can change.",
            "Make a schedule of your own for another interval.",
        ),
        "ILLEGAL_INTERVAL": Explanation(
            "The array knows certain intervals only, from 30 seconds to 12 hours, and this is none of them.",
            "Take one of 00:00:30, 00:01, 00:02, 00:05, 00:10, 00:15, 00:30, 01:00, 02:00, 03:00, 06:00, 08:00, 12:00.",
        ),
        "BAD_SCHEDULE_TIME_FORMAT": Explanation(
            "The interval is not written as hours, minutes and seconds.",
            "Write it as hh:mm or hh:mm:ss, each with two digits.",
        ),
    },
    "The remote array": {
        "REMOTE_VOLUME_EXISTS": Explanation(
            "The remote array has a volume of the name its copy was to get; it may hold somebody's data.",
            "Look at it there with `vol_list vol=...`; set remote_name to another name.",
        ),
        "REMOTE_VOLUME_IS_MASTER": Explanation(
            "The volume on the remote array is itself the serving side of a mirror.",
            "See that mirror with `mirror_list` there; choose another remote volume.",
        ),
        "REMOTE_VOLUME_BAD_POOL": Explanation(
            "On the remote array, volume and group are in different pools.",
            "Move the remote volume to the group's pool there, before it joins.",
        ),
        "REMOTE_VOLUME_BELONGS_TO_CONS_GROUP": Explanation(
            "The volume's copy on the remote array is in a consistency group there already.",
            "Look at cg_name in `vol_list` there; take it out of that group first.",
        ),
        "REMOTE_MAX_VOLUMES_REACHED": Explanation(
            "The remote array holds as many volumes and snapshots as it can.",
            "Delete what nobody needs there; activating a mirror needs room for snapshots too.",
        ),
        "NOT_ENOUGH_SPACE_ON_REMOTE_MACHINE": Explanation(
            "The pool on the remote array has too little room for the copy.",
            "Look at `pool_list` there; grow that pool, or set remote_pool to another.",
        ),
        "REMOTE_TARGET_NOT_CONNECTED": Explanation(
            "No link to the remote array works, so that it could not be asked to take part.",
            "Look at connected in `target_list`, and at cabling, zoning and the remote array itself.",
        ),
        "TARGET_NOT_CONNECTED": Explanation(
            "The link to the mirror's target is down, and this setting has to reach both sides.",
            "Mend the link (`target_list` shows connected), then run it again.",
        ),
        "TARGET_IS_NOT_CONNECTED": Explanation(
            "The command was to be passed on to the remote array, and there is no connection to it; it was not sent.",
            "Look at `target_list`; ask the remote array directly by its own management addresses.",
        ),
        "TARGET_BAD_NAME": Explanation(
            "Probably this array has no mirroring target of that name.",
            "Take the name from `target_list`; names are those this array gave, not the remote array's own.",
        ),
        "TARGET_DOES_NOT_EXIST": Explanation(
            "This array knows no remote array by that name.",
            "Compare the name with `target_list`.",
        ),
        "SEND_TO_TARGET_FAILED": Explanation(
            "The command could not be handed over to the remote array.",
            "Look at the link in `target_list` and at `event_list`, then run it again.",
        ),
        "GETTING_RESPONSE_FROM_TARGET_FAILED": Explanation(
            "The remote array was given the command and its answer did not come back; it may have carried it out.",
            "Look on the remote array what was done before it is asked again.",
        ),
    },
}
