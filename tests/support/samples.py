"""A configuration of every type on each family that writes whatever can be written together."""

from __future__ import annotations

from typing import Any

from terraform_provider_xivds8k.driver import Family

TIMEOUTS = {"create": "5m", "read": None, "update": "6m", "delete": None}
SAMPLES: dict[str, dict[Family, dict[str, Any]]] = {
    "xivds8k_volume": {
        "xiv": {
            "name": "db1",
            "pool": "first",
            "size_gib": 8,
            "size_bytes": 8 * 2**30,
            "source_volume_id": "0017380000ffff01",
            "qos_class": "gold",
            "deletion_protection": False,
            "allow_full_resync": True,
            "timeouts": {"create": "5m", "read": None, "update": "6m", "delete": None},
        },
        "ds8k": {
            "name": "db1",
            "pool": "P0",
            "size_gib": 8,
            "size_bytes": 8 * 2**30,
            "provisioning": "thin",
            "source_snapshot_id": "00F1",
            "lss": "00",
            "os400": "A01",
            "deletion_protection": False,
            "allow_full_resync": True,
            "timeouts": {"create": "5m", "read": None, "update": "6m", "delete": None},
        },
    },
    "xivds8k_managed_volume": {
        "xiv": {
            "existing_name": "old1",
            "existing_id": "0017380000000001",
            "existing_wwn": "0017380000000001",
            "expected": {"pool": "first", "size_bytes": 8 * 2**30, "provisioning": None},
            "restore_name": "old1",
            "name": "db1",
            "pool": "first",
            "size_gib": 8,
            "size_bytes": 8 * 2**30,
            "qos_class": "gold",
            "allow_full_resync": True,
            "timeouts": TIMEOUTS,
        },
        "ds8k": {
            "existing_name": "old1",
            "existing_id": "0001",
            "expected": {"pool": "P0", "size_bytes": 8 * 2**30, "provisioning": "thin"},
            "restore_name": "old1",
            "name": "db1",
            "pool": "P0",
            "size_gib": 8,
            "size_bytes": 8 * 2**30,
            "provisioning": "thin",
            "lss": "00",
            "os400": "A01",
            "allow_full_resync": True,
            "timeouts": TIMEOUTS,
        },
    },
    "xivds8k_snapshot": {
        "xiv": {
            "volume_id": "0017380000000001",
            "name": "snap1",
            "delete_priority": 2,
            "recreate_when_lost": True,
            "timeouts": {"create": "5m", "read": None, "update": "6m", "delete": None},
        },
        "ds8k": {
            "volume_id": "0001",
            "name": "snap1",
            "copy": "full",
            "pool": "P2",
            "recreate_when_lost": True,
            "timeouts": {"create": "5m", "read": None, "update": "6m", "delete": None},
        },
    },
    "xivds8k_consistency_group": {
        "xiv": {"name": "g1", "pool": "first", "timeouts": TIMEOUTS},
        "ds8k": {"name": "g1", "timeouts": TIMEOUTS},
    },
    "xivds8k_consistency_group_member": {
        "xiv": {"consistency_group_id": "there", "volume_id": "0017380000000001", "timeouts": TIMEOUTS},
        "ds8k": {"consistency_group_id": "there", "volume_id": "0001", "timeouts": TIMEOUTS},
    },
    "xivds8k_consistency_group_snapshot": {
        "xiv": {
            "consistency_group_id": "there",
            "name": "monday",
            "volume_ids": ["0017380000000001"],
            "recreate_when_lost": True,
            "timeouts": TIMEOUTS,
        },
        "ds8k": {
            "consistency_group_id": "there",
            "name": "monday",
            "volume_ids": ["0001"],
            "allow_shared_lss": True,
            "recreate_when_lost": True,
            "timeouts": TIMEOUTS,
        },
    },
    "xivds8k_host": {
        "xiv": {
            "name": "host1",
            "type": "default",
            "wwpns": ["10000000c9000001"],
            "iqns": ["iqn.1994-05.com.example:host1"],
            "cluster": "cluster1",
            "chap_name": "host1",
            "chap_secret": "a-secret-of-16-b",
            "chap_secret_version": 1,
            "timeouts": TIMEOUTS,
        },
        "ds8k": {"name": "host1", "type": "linux", "wwpns": ["10000000c9000001"], "timeouts": TIMEOUTS},
    },
}
ATTACHMENT = "xivds8k_host_attachment"
SAMPLES[ATTACHMENT] = {
    "xiv": {
        "volume_id": "0017380000000001",
        "cluster": "cluster1",
        "lun": 5,
        "side": "home",
        "timeouts": TIMEOUTS,
    },
    "ds8k": {"volume_id": "0001", "host_id": "H1", "lun": 5, "side": "home", "timeouts": TIMEOUTS},
}
REPLICATION = "xivds8k_replication"
KEPT = {"wait_for_sync": True, "allow_full_resync": True, "remote_on_delete": "delete", "timeouts": TIMEOUTS}
SAMPLES[REPLICATION] = {
    "xiv": {
        "volume_id": "0017380000000001",
        "backend_id": "remote",
        "mode": "async",
        "rpo_seconds": 60,
        "remote_pool": "first",
        "remote_name": "copy1",
        **KEPT,
    },
    "ds8k": {"volume_id": "0001", "backend_id": "remote", "mode": "global_copy", "remote_pool": "P0", **KEPT},
}
