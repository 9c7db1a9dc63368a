"""The managed resource types, one file per type."""

from .volume import VolumeResource as VolumeResource
