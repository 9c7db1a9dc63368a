"""The managed resource types, one file per type."""

from .consistency_group import ConsistencyGroupResource as ConsistencyGroupResource
from .consistency_group_member import ConsistencyGroupMemberResource as ConsistencyGroupMemberResource
from .consistency_group_snapshot import ConsistencyGroupSnapshotResource as ConsistencyGroupSnapshotResource
from .host import HostResource as HostResource
from .host_attachment import HostAttachmentResource as HostAttachmentResource
from .managed_volume import ManagedVolumeResource as ManagedVolumeResource
from .replication import ReplicationResource as ReplicationResource
from .snapshot import SnapshotResource as SnapshotResource
from .volume import VolumeResource as VolumeResource
