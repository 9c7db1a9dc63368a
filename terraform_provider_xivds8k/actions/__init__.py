"""The actions, one file per type: what is done to an array and leaves no state."""

from typing import Any

from terraform_provider_xivds8k.driver import XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Action

from .replication_failover import ReplicationFailoverAction as ReplicationFailoverAction
from .snapshot_restore import SnapshotRestoreAction as SnapshotRestoreAction

KINDS: tuple[type[Action[Any, XIVDS8KDriver]], ...] = (ReplicationFailoverAction, SnapshotRestoreAction)
