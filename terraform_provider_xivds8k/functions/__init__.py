"""The functions: what users of these arrays compute of names and sizes, without asking an array."""

from typing import Any

from terraform_provider_xivds8k.lifecycle import Function

from .port_names import NormalizeIqnFunction as NormalizeIqnFunction
from .port_names import NormalizeWwpnFunction as NormalizeWwpnFunction
from .sizes import BytesToGibFunction as BytesToGibFunction
from .sizes import GibToBytesFunction as GibToBytesFunction
from .sizes import XivSizeGibFunction as XivSizeGibFunction
from .volume_names import DevicePathFunction as DevicePathFunction
from .volume_names import VolumeWwnFunction as VolumeWwnFunction

KINDS: tuple[type[Function[Any, Any]], ...] = (
    NormalizeWwpnFunction,
    NormalizeIqnFunction,
    VolumeWwnFunction,
    DevicePathFunction,
    GibToBytesFunction,
    BytesToGibFunction,
    XivSizeGibFunction,
)
