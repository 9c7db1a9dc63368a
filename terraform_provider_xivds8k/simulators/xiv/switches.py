"""What no source confirms about the XIV family [K]: each fact is a switch, and a client must live with both positions.

``xiv_is_a9000`` stands here too: not a doubt but a variant, an array of the family whose rows and units differ.
"""

from __future__ import annotations

from ..switches import Switch


def _switch(name: str, meaning: str, *, on: bool, source: str = "[K]") -> Switch:
    return Switch(name=f"xiv_{name}", family="xiv", default=on, meaning=meaning, source=source)


SWITCHES: tuple[Switch, ...] = (
    _switch(
        "is_a9000",
        "The array is a FlashSystem A9000: one size per pool, no 17 GB units for volumes, copy_master_wwn, release 12.",
        on=False,
        source="[S] xcli.md §2, §3.2, §3.3: a variant",
    ),
    _switch("size_gb_rounded", "A volume made with size (GB) is rounded up to whole units of 17 GB.", on=True),
    _switch("size_blocks_rounded", "A volume made with size_blocks is rounded up to whole units of 17 GB.", on=False),
    _switch("names_case_sensitive", "Names that differ in case only are different names.", on=False),
    _switch("names_restricted", "Names have letters, digits, space and . _ - ~ only.", on=True),
    _switch("warnings_need_sure", "A warning is an error unless the sender is sure (i-am-sure=yes).", on=True),
    _switch("enlarge_needs_sure", "Growing a volume raises a warning.", on=False),
    _switch("delete_takes_snapshots", "Deleting a volume deletes its snapshots; otherwise it is refused.", on=True),
    _switch("move_in_group_refused", "A volume in a consistency group cannot change its pool.", on=True),
    _switch("copy_needs_formatted", "The target of vol_copy has to be formatted or never written.", on=True),
    _switch("new_volume_uses_nothing", "A volume that was never written has used_capacity 0.", on=True),
    _switch("filter_unknown_empty", "Listing volumes of an unknown pool or group gives an empty list.", on=True),
    _switch(
        "unmap_missing_refused",
        "Unmapping what is not mapped is an error.",
        on=True,
        source="[M] the manual says both",
    ),
    _switch("lun_zero_allowed", "A volume can be mapped as LUN 0.", on=False),
    _switch("host_delete_unmaps", "Deleting a host drops its mappings; otherwise it is refused.", on=True),
    _switch(
        "host_delete_in_cluster_refused", "Deleting a host in a cluster is refused; otherwise it leaves it.", on=True
    ),
    _switch("retype_mapped_refused", "A mapped host or cluster cannot be given another type.", on=True),
    _switch("join_mapped_refused", "A mapped host cannot join a cluster; otherwise its mappings go.", on=True),
    _switch("own_port_again_refused", "Giving a host a port it has already is refused.", on=False),
    _switch("iqn_case_kept", "An iSCSI name keeps its upper case; otherwise it is made lower case.", on=True),
    _switch("chap_cleared_by_empty", "Empty CHAP name and secret clear both; otherwise they are refused.", on=True),
    _switch("refusals_repeat_arguments", "The words of a refusal repeat the arguments, secrets included.", on=False),
    _switch(
        "fc_connectivity",
        "fc_connectivity_list is offered; it lists also ports of nobody.",
        on=True,
        source="[S] Cinder asks it by wwpn",
    ),
    _switch(
        "group_missing_is_bad_name",
        "A missing group is CONS_GROUP_BAD_NAME, else CONS_GROUP_DOES_NOT_EXIST.",
        on=True,
        source="[S/M] both are known",
    ),
    _switch(
        "login_code_specific",
        "Bad credentials are LOGIN_FAILURE_USER_FAILED_TO_LOGIN, else USER_OR_PASSWORD_WRONG_OR_MISSING.",
        on=True,
        source="[S] both are known",
    ),
    _switch(
        "mirror_promote_needs_standby",
        "A slave becomes master only once its mirror is inactive; otherwise it becomes inactive by itself.",
        on=False,
        source="[M] the manual asks for standby; [S] pyxcli promotes as it is",
    ),
    _switch(
        "mirror_activation_again_refused",
        "Activating an active mirror, or deactivating an inactive one, is an error.",
        on=True,
        source="[M] the manual says both",
    ),
    _switch("mirror_activate_needs_link", "A mirror can be activated only while the link is up.", on=True),
    _switch(
        "mirror_switched_roles_stay_active",
        "A mirror stays active when roles are switched; otherwise it has to be activated anew.",
        on=False,
        source="[M] 11.4 deactivates; [S] Cinder does not activate",
    ),
    _switch(
        "mirror_async_switch_refused",
        "Roles of an asynchronous mirror are never switched; otherwise they are while nothing is pending.",
        on=False,
        source="[M] while nothing is pending; [S] MIRROR_IS_ASYNC",
    ),
    _switch(
        "mirror_role_conflict_deactivates", "An active master that meets another master becomes inactive.", on=False
    ),
    _switch("mirror_delete_needs_link", "A mirror cannot be deleted while the link is down.", on=False),
    _switch(
        "mirror_delete_takes_both_masters",
        "Deleting a mirror whose peers are both masters deletes it on both arrays; otherwise on one.",
        on=False,
    ),
    _switch(
        "mirror_delete_keeps_snapshots",
        "Deleting a mirror leaves its last-replicated snapshots, and no new mirror is made while they exist.",
        on=False,
        source="[M] the second half; [K]",
    ),
    _switch("mirror_inactive_resized", "A volume whose mirror is inactive can be resized, with its slave.", on=False),
    _switch("mirror_slave_says_consistent", "A slave says Consistent; otherwise Synchronized, as its master.", on=True),
    _switch(
        "unknown_mirror_listing_empty", "Listing mirrors of an unknown volume or group gives an empty list.", on=True
    ),
    _switch(
        "mirror_snapshots",
        "mirror_create_snapshot is offered.",
        on=True,
        source="[S] a script; [M] 11.4; not known of A9000",
    ),
    _switch(
        "mirror_acknowledgements_lost",
        "The other array's answers are lost: resizes and changes of members never get there, sync jobs do unnoticed.",
        on=False,
        source="[M] an event, not a doubt; what a resize answers is [K]",
    ),
    _switch("mirror_schedule_in_use_refused", "A schedule that a mirror has cannot be deleted.", on=True),
    _switch("qos_on_volumes", "Performance classes take volumes.", on=True, source="[S] releases differ"),
    _switch("compression", "compress-output=base64 is honoured.", on=True, source="[S] xcli.md §1.4"),
    _switch("compress_small", "Small replies are compressed as well.", on=False),
    _switch("wwn_upper_case", "WWNs are written in upper case.", on=True, source="[S] sample"),
)
