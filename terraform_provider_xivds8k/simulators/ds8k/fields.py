"""Where each field that is sent comes from: [S] seen in public source or test data, [K] not confirmed.

A table to render and to test against; the machine does not read it.
"""

from __future__ import annotations

_SEEN = "[S]"
_GUESSED = "[K]"


def _seen(names: str, *, guessed: str = "") -> dict[str, str]:
    return dict.fromkeys(names.split(), _SEEN) | dict.fromkeys(guessed.split(), _GUESSED)


# key under data: field: source
FIELDS: dict[str, dict[str, str]] = {
    "systems": _seen("id link name state release bundle MTM sn wwnn cap capalloc capavail capraw"),
    "pools": _seen(
        "id link name node stgtype cap capalloc capavail extent_size overprovisioned easytier threshold tieralloc "
        "real_capacity_allocated_on_ese virtual_capacity_allocated_on_ese eserep tserep volumes"
    ),
    "eserep": _seen("link cap capalloc capavail overprovisioned repcapthreshold pool"),
    "lss": _seen(
        "id link type group addrgrp configvols volumes sub_system_identifier ckd_base_cu_type pprc_consistency_group "
        "critical_mode extended_long_busy_time cc_session_timeout xrc_session_timeout"
    ),
    "volumes": _seen(
        "id link name state cap captype real_cap virtual_cap capalloc stgtype VOLSER allocmethod tp MTM datatype "
        "easytier tieralloc lss pool hosts flashcopy pprc"
    ),
    "hosts": _seen(
        "name host_id link state hosttype addrmode addrdiscovery lbs mappings_briefs login_ports host_ports ioports "
        "volumes mappings"
    ),
    "host_ports": _seen(
        "wwpn link state hosttype addrdiscovery lbs wwnn login_type logical_path_established host_id host login_ports"
    ),
    "mappings": _seen("lunid link volume"),
    "flashcopies": _seen(
        "id link source_volume target_volume out_of_sync_tracks state", guessed="persistent recording backgroundcopy"
    ),
    "flashcopy": _seen("sourcevolume targetvolume persistent recording backgroundcopy state", guessed="id"),
    "pprcs": _seen(
        "id link source_volume source_system target_volume target_system type state", guessed="out_of_sync_tracks"
    ),
    "pprc": _seen("sourcevolume targetvolume targetsystem type state"),
    "paths": _seen("id link source_lss_id target_lss_id target_system_wwnn port_pairs pprc_consistency_group"),
    "physical_links": _seen("source_port_id target_port_id"),
    "nodes": _seen("id link state"),
    "marrays": _seen("id link disk_class pool"),
    "ioports": _seen("id link state protocol wwpn type speed loc io_enclosure"),
    "io_enclosures": _seen("id link name state"),
    "encryption_groups": _seen("id link state"),
    "resource_groups": _seen("id link name state label cs_global pass_global gm_masters gm_sessions"),
    "users": _seen("name link state group"),
    "events": _seen("id link type severity time resource_id formatted_parameter description"),
}

# what is said of pairs and paths: word: source
WORDS: dict[str, dict[str, str]] = {
    "`state` of a pair": _seen(
        "full_duplex copy_pending suspended target_suspended", guessed="target_full_duplex target_copy_pending"
    ),
    "`state` of a port pair": _seen("success", guessed="failed"),
    "`type` of a pair": _seen("metro_mirror global_copy"),
    "`type` of a pair, older form": _seen("metromirror globalcopy"),
    "`options` of `POST /cs/pprcs`": _seen(
        "initial_copy_full permit_space_efficient_target failover", guessed="initial_copy_out_of_sync initial_copy_none"
    ),
    "`options` of `POST /cs/pprcs/resume`": _seen(
        "initial_copy_out_of_sync permit_space_efficient_target failback", guessed="initial_copy_full initial_copy_none"
    ),
    "`options` of `POST /cs/pprcs/delete`": _seen("unconditional issue_source issue_target"),
}
