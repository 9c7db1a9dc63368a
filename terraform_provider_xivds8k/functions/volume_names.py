"""What hosts call a volume: its WWN on a DS8000, and the path of its device."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import device_path, volume_wwn
from terraform_provider_xivds8k.lifecycle import Function
from terraform_provider_xivds8k.schema import Attr, Model, required


class VolumeWwn(Model, type_name="volume_wwn"):
    """Tell the WWN that hosts see of a DS8000's volume, from the system's WWNN and the volume's id.

    The same as the attribute `wwn` of a volume: 32 hex digits in lower case. Useful where a volume is known by its id
    only, such as in a host's inventory or on the secondary of a pair. Of an XIV's volume the WWN is the id itself.
    """

    system_wwnn: Attr[str] = required(
        "The WWNN of the DS8000, 16 hex digits that begin with 5, in any spelling `normalize_wwpn` takes; the data "
        "source `xivds8k_system` has it."
    )
    volume_id: Attr[str] = required("The volume's id, four hex digits such as `0A01`.")


class VolumeWwnFunction(Function[VolumeWwn, str]):
    """Let the driver make it."""

    model = VolumeWwn
    result = str

    def call(self, arguments: VolumeWwn) -> str:
        return volume_wwn(arguments.system_wwnn, arguments.volume_id)


class DevicePath(Model, type_name="device_path"):
    """Tell the path under which udev shows a volume to a Linux host, from the volume's WWN.

    The same as the attribute `device_path` of a volume. It is the path of one device; where multipathing is set up, the
    kernel may show the map under `/dev/mapper` as well.
    """

    wwn: Attr[str] = required(
        "The volume's WWN, 32 hex digits that begin with 6 or an XIV's 16, in any spelling `normalize_wwpn` takes."
    )


class DevicePathFunction(Function[DevicePath, str]):
    """Let the driver make it."""

    model = DevicePath
    result = str

    def call(self, arguments: DevicePath) -> str:
        return device_path(arguments.wwn)
