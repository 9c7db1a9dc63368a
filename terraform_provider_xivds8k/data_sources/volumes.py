"""Volumes as they are now: one by id, name or WWN, or all that fit filters."""

from __future__ import annotations

from difflib import get_close_matches

from terraform_provider_xivds8k.driver import Ambiguous, NotFound, VolumeFilter, XIVDS8KDriver
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import DataSource, Diagnostics
from terraform_provider_xivds8k.schema import Attr, Model, computed, optional_computed

from .volume_filters import VolumeFilters, driver_filter


class VolumeFields(Model):
    """What is known of a volume."""

    pool: Attr[str] = computed("Name of the pool that backs the volume.")
    pool_id: Attr[str] = computed("The pool's id on the array.")
    size_bytes: Attr[int] = computed("Size in bytes.")
    size_gib: Attr[int | None] = computed("The same in GiB, where it is whole.")
    type: Attr[str] = computed("Storage type: `fb` or (DS8000) `ckd`.")
    provisioning: Attr[str | None] = computed("DS8000: `thin` or `thick`.")
    lss: Attr[str | None] = computed("DS8000: the logical subsystem.")
    os400: Attr[str | None] = computed("DS8000: the OS/400 volume model.")
    qos_class: Attr[str | None] = computed("XIV: the performance class.")
    status: Attr[str | None] = computed("State as the array words it.")
    allocated_bytes: Attr[int | None] = computed("Space in use, in bytes; null where the array does not say.")
    mapped: Attr[bool | None] = computed("Whether it is mapped to any host.")
    is_snapshot: Attr[bool] = computed("Whether it is a point in time of another volume.")
    snapshot_of: Attr[str | None] = computed("The volume it is a point in time of.")
    consistency_group: Attr[str | None] = computed("XIV: the consistency group it is in.")
    replicated: Attr[bool] = computed("Whether it is replicated.")
    is_secondary: Attr[bool] = computed("Whether it is the secondary of a pair.")
    device_path: Attr[str] = computed("Path of the device on a Linux host, by id.")
    system_id: Attr[str] = computed("System id of the array.")


class VolumeRow(VolumeFields):
    """A volume in a listing."""

    id: Attr[str] = computed("The volume's id on the array.")
    name: Attr[str] = computed("The volume's name.")
    wwn: Attr[str] = computed("SCSI identifier hosts see, in lower-case hex.")


class Volume(VolumeFields, type_name="xivds8k_volume"):
    """One volume, by `id`, `name` or `wwn`. None or several fitting is an error that names candidates."""

    id: Attr[str] = optional_computed("The volume's id on the array. Write this, `name` or `wwn`.")
    name: Attr[str] = optional_computed("The volume's name.")
    wwn: Attr[str] = optional_computed("SCSI identifier hosts see, in hex.")


class Volumes(VolumeFilters, type_name="xivds8k_volumes"):
    """All volumes that fit the filters, snapshots included; none fitting is an empty list."""

    volumes: Attr[list[VolumeRow]] = computed("The volumes, by id.")


class VolumeDataSource(DataSource[Volume, XIVDS8KDriver]):
    """Read one volume."""

    model = Volume

    def validate(self, config: Volume, diagnostics: Diagnostics) -> None:
        written = [name for name in ("id", "name", "wwn") if config.raw[name] is not None]
        if len(written) != 1:
            diagnostics.error(
                None, "Write id, name or wwn", "A volume is found by its id, its name or its WWN: write one of them."
            )

    def read(self, config: Volume, diagnostics: Diagnostics) -> Volume:
        state = Volume.from_raw(row(self._find(config)).raw)
        for attribute in (Volume.id, Volume.wwn):
            if not config.is_null(attribute):
                state.raw[attribute.name] = config.raw[attribute.name]
        return state

    def _find(self, config: Volume) -> ArrayVolume:
        volume_id, wwn = config.known(Volume.id), config.known(Volume.wwn)
        if volume_id is not None:
            return self.driver.get_volume(volume_id)
        if wwn is not None:
            return self._only(tuple(v for v in [self.driver.find_volume_by_wwn(wwn)] if v), wwn)
        return self._only(self.driver.find_volumes_by_name(config.name), config.name)

    def _only(self, found: tuple[ArrayVolume, ...], text: str) -> ArrayVolume:
        if len(found) == 1:
            return found[0]
        if found:
            named = ", ".join(f"{v.id} ({v.size_bytes} bytes, pool {v.pool_id})" for v in found)
            raise Ambiguous(f"Several volumes are called {text!r}", happened=named, next_step="Write the id.")
        near = get_close_matches(text, [volume.name for volume in self.driver.list_volumes()], n=5)
        raise NotFound(
            f"No volume {text!r} on the array",
            next_step=f"Near matches: {', '.join(near)}." if near else "Nothing on the array has a similar name.",
        )


class VolumesDataSource(DataSource[Volumes, XIVDS8KDriver]):
    """Read all volumes that fit."""

    model = Volumes

    def read(self, config: Volumes, diagnostics: Diagnostics) -> Volumes:
        found = self.driver.list_volumes(driver_filter(config, VolumeFilter()))
        config.set(Volumes.volumes, [row(volume) for volume in found])
        return config


def row(volume: ArrayVolume) -> VolumeRow:
    """Return a volume as Terraform sees it."""
    size = volume.size_bytes
    return VolumeRow(
        id=volume.id,
        name=volume.name,
        wwn=volume.wwn,
        pool=volume.pool_name,
        pool_id=volume.pool_id,
        size_bytes=size,
        size_gib=size // 2**30 if size % 2**30 == 0 else None,
        type=volume.storage_type,
        provisioning=volume.provisioning,
        lss=volume.lss,
        os400=volume.os400,
        qos_class=volume.qos_class,
        status=volume.status,
        allocated_bytes=volume.allocated_bytes,
        mapped=volume.mapped,
        is_snapshot=volume.is_snapshot,
        snapshot_of=volume.snapshot_of,
        consistency_group=volume.group,
        replicated=volume.replicated,
        is_secondary=volume.is_secondary,
        device_path=volume.device_path,
        system_id=volume.system_id,
    )
