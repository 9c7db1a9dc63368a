"""What no source confirms about a DS8000: one switch each, so that clients are tried with both answers."""

from __future__ import annotations

from ..switches import Switch


def _on(name: str, meaning: str, source: str = "[K]") -> Switch:
    return Switch(name=name, family="ds8k", default=True, meaning=meaning, source=source)


def _off(name: str, meaning: str, source: str = "[K]") -> Switch:
    return Switch(name=name, family="ds8k", default=False, meaning=meaning, source=source)


SWITCHES: tuple[Switch, ...] = (
    # the protocol
    _off("bad_credentials_http_400", "Wrong credentials: HTTP 400 with BE7A002D instead of 401 with BE7A0029."),
    _off("failures_with_http_200", "A failure comes with HTTP 200; only server.status tells.", "[S] Cinder"),
    _off("one_code_for_unconfirmed_refusals", "Rules whose code is not known all answer BE7A0000."),
    _on("links_with_one_slash", "link.href has one slash after the scheme.", "[S] exporter"),
    _off("success_code_cmuc00183i", "server.code of a success is CMUC00183I instead of empty.", "[S] pyds8k"),
    _off("empty_delete_answers", "A delete answers 204 without a body instead of 200.", "[S] pyds8k"),
    _off("creates_return_full_objects", "A create returns the whole object instead of id and name."),
    _off("creates_return_links_only", "A create returns only a link, no data.", "[S] pyds8k's test data"),
    _off("flashcopies_key_singular", "GET /cs/flashcopies lists under 'flashcopy'.", "[S] pyds8k's test data"),
    # placing volumes
    _off("one_full_lss_reported_as_all", "A full LSS that was asked for is BE7A0032, not BE7A0031.", "[S] Cinder"),
    _on("freed_ids_reused_first", "A new volume gets the lowest free id; off: the one after the highest in use."),
    _on("empty_lss_stays", "An FB LSS stays when its last volume is deleted."),
    _on("ese_limited_by_repository", "Virtual capacity is limited by the pool's eserep; off: unlimited."),
    _on("unwritten_ese_real_cap_zero", "An unwritten ESE volume shows real_cap 0; off: one extent."),
    _on("os400_reports_whole_gib", "Fixed OS/400 models report whole GiB; off: their exact block count x 512."),
    _on("os400_model_in_mtm", "MTM shows the OS/400 model (2107-A04); off: 2107-900 and only datatype tells."),
    # changing volumes
    _on("move_across_nodes_refused", "PUT pool to a pool of the other node is refused."),
    _on("migrating_volume_shows_new_pool", "While a volume is migrated it already shows the new pool."),
    _off("growth_to_same_size_refused", "An extend to the present size is refused; off: it changes nothing."),
    _off("bulk_delete_is_all_or_nothing", "DELETE ?ids deletes all or none; off: each id has its own answer."),
    # what protects a volume
    _on("delete_mapped_volume_refused", "Deleting a mapped volume is refused; off: it goes with its mappings."),
    _on("delete_mapped_host_refused", "Deleting a host with mappings is refused; off: they go with it."),
    _on("retype_mapped_host_refused", "Another type for a host with mappings is refused."),
    _off("auto_host_type_is_resolved", "A host of type auto shows the type the machine chose for it."),
    _off("assign_takes_ports", "POST /host_ports/assign takes a port from the host that has it; off: it is refused."),
    _off("own_port_again_refused", "Assigning a port to the host that has it already is refused."),
    _on("recent_io_blocks_delete", "A volume with host I/O in the last minutes cannot be deleted."),
    _off("second_mapping_refused", "Mapping a volume twice to one host is refused; off: it gets a second LUN."),
    _on(
        "hosts_list_mappings_briefs", "A host's record holds mappings_briefs; off: an older release.", "[S] CSI driver"
    ),
    # FlashCopy
    _on("flashcopy_from_target_refused", "A FlashCopy target cannot be the source of another relation."),
    _on("twelve_relations_a_source", "A source has at most 12 FlashCopy relations."),
    _off("reverse_restore_turns_relation", "A reverse restore leaves a relation from target to source."),
    _off("thaw_of_unfrozen_refused", "Thawing an LSS that is not frozen any more is refused; off: nothing happens."),
    _off(
        "pairs_of_one_request_are_one_moment", "Several pairs of one request are copied at one moment without a freeze."
    ),
    _on("freeze_ends_by_timer", "Frozen LSSs are thawed by the array after 60 s."),
    # pairs of two machines
    _on("pprc_target_states_marked", "A target in sync or being copied shows target_full_duplex, target_copy_pending."),
    _on("pprc_tracks_shown", "A pair shows out_of_sync_tracks, a target always 0; off: no such field."),
    _on("pprc_four_target_lss", "A source LSS has paths to at most 4 target LSSs."),
    _on("pprc_path_in_use_stays", "A path that pairs use is not deleted; off: it goes, and their next write suspends."),
    _off(
        "pprc_commands_all_or_none",
        "What is asked for several pairs is done for all or none; off: each has its answer.",
    ),
    _on(
        "pprc_done_already_refused", "Pausing a suspended pair, resuming an active one, failing over twice are refused."
    ),
    _off(
        "pprc_create_turns_global_copy", "Asking for a Global Copy pair as Metro Mirror turns it at once; off: refused."
    ),
    _on("pprc_record_needed", "A new pair with initial_copy_out_of_sync is refused; off: it is copied in full."),
    _on("pprc_resume_needs_permission", "Resuming onto a thin target needs permit_space_efficient_target."),
    _on("pprc_failover_keeps_type", "A failover of another type than the pair's is refused; off: the pair takes it."),
    _on("pprc_delete_reaches_target", "An unconditional delete at the source ends the pair at its target when linked."),
    _on("pprc_growth_refused", "A volume in a pair does not grow; off: it does, the target first.", "[K] release"),
    _on(
        "pprc_copy_onto_primary_is_pending", "A FlashCopy onto a source is copied by and by; off: it is there at once."
    ),
)
