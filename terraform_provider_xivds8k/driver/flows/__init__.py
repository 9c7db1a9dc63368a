"""The order of steps of every operation, written once for both families."""

from .volumes import VolumeFlows as VolumeFlows
