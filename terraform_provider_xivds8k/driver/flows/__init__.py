"""The order of steps of every operation, written once for both families."""

from .flashcopies import FlashCopySteps as FlashCopySteps
from .snapshots import SnapshotFlows as SnapshotFlows
from .snapshots import XivSteps as XivSteps
from .volumes import VolumeFlows as VolumeFlows
