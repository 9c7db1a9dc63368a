"""What no source confirms about a DS8000: one switch each, so that clients are tried with both answers."""

from __future__ import annotations

from ..switches import Switch


def _switch(name: str, default: bool, meaning: str, source: str = "[K]") -> Switch:  # noqa: FBT001 - a table row
    return Switch(name=name, family="ds8k", default=default, meaning=meaning, source=source)


SWITCHES: tuple[Switch, ...] = (
    # the protocol
    _switch("bad_credentials_http_400", False, "Wrong credentials: HTTP 400 with BE7A002D instead of 401 with BE7A0029."),
    _switch("failures_with_http_200", False, "A failure comes with HTTP 200; only server.status tells.", "[S] Cinder"),
    _switch("one_code_for_unconfirmed_refusals", False, "Rules whose code is not known all answer BE7A0000."),
    _switch("links_with_one_slash", True, "link.href has one slash after the scheme.", "[S] exporter"),
    _switch("success_code_cmuc00183i", False, "server.code of a success is CMUC00183I instead of empty.", "[S] pyds8k"),
    _switch("empty_delete_answers", False, "A delete answers 204 without a body instead of 200.", "[S] pyds8k"),
    _switch("creates_return_full_objects", False, "A create returns the whole object instead of id and name."),
    _switch("creates_return_links_only", False, "A create returns only a link, no data.", "[S] pyds8k's test data"),
    _switch("flashcopies_key_singular", False, "GET /cs/flashcopies lists under 'flashcopy'.", "[S] pyds8k's test data"),
    # placing volumes
    _switch("one_full_lss_reported_as_all", False, "A full LSS that was asked for is BE7A0032, not BE7A0031.", "[S] Cinder"),
    _switch("freed_ids_reused_first", True, "A new volume gets the lowest free id; off: the one after the highest in use."),
    _switch("empty_lss_stays", True, "An FB LSS stays when its last volume is deleted."),
    _switch("ese_limited_by_repository", True, "Virtual capacity is limited by the pool's eserep; off: unlimited."),
    _switch("unwritten_ese_real_cap_zero", True, "An unwritten ESE volume shows real_cap 0; off: one extent."),
    _switch("os400_reports_whole_gib", True, "Fixed OS/400 models report whole GiB; off: their exact block count x 512."),
    _switch("os400_model_in_mtm", True, "MTM shows the OS/400 model (2107-A04); off: 2107-900 and only datatype tells."),
    # changing volumes
    _switch("move_across_nodes_refused", True, "PUT pool to a pool of the other node is refused."),
    _switch("migrating_volume_shows_new_pool", True, "While a volume is migrated it already shows the new pool."),
    _switch("growth_to_same_size_refused", False, "An extend to the present size is refused; off: it changes nothing."),
    _switch("bulk_delete_is_all_or_nothing", False, "DELETE ?ids deletes all or none; off: each id has its own answer."),
    # what protects a volume
    _switch("delete_mapped_volume_refused", True, "Deleting a mapped volume is refused; off: it goes with its mappings."),
    _switch("delete_mapped_host_refused", True, "Deleting a host with mappings is refused; off: they go with it."),
    _switch("recent_io_blocks_delete", True, "A volume with host I/O in the last minutes cannot be deleted."),
    _switch("second_mapping_refused", False, "Mapping a volume twice to one host is refused; off: it gets a second LUN."),
    # FlashCopy
    _switch("flashcopy_from_target_refused", True, "A FlashCopy target cannot be the source of another relation."),
    _switch("twelve_relations_a_source", True, "A source has at most 12 FlashCopy relations."),
    _switch("freeze_ends_by_timer", True, "Frozen LSSs are thawed by the array after 60 s."),
)
