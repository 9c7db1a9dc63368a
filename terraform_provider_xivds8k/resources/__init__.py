"""The managed resource types, one file per type."""

from .snapshot import SnapshotResource as SnapshotResource
from .volume import VolumeResource as VolumeResource
