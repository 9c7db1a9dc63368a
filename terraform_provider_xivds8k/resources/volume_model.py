"""What a volume is in Terraform: its attributes, its identity, and how they are filled from the array's answer."""

from __future__ import annotations

from typing import Literal, TypeVar

from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Timeouts
from terraform_provider_xivds8k.schema import Attr, Model, length, matching, optional, optional_computed, required
from terraform_provider_xivds8k.schema import computed as computed_attribute

from .protection import Protected
from .volume_sizes import Sized
from .volume_source import Sourced


class VolumeIdentity(Model):
    """What names a volume among all arrays."""

    system_id: Attr[str | None] = optional("The array's system id; checked when given.")
    id: Attr[str] = required("The volume's id on the array: four hex digits on a DS8000, the WWN on an XIV.")


class KeptVolume(Sized):
    """Be a volume that Terraform keeps, made by it or not."""

    id: Attr[str | None] = computed_attribute("The volume's id on the array: `0A01` on a DS8000, the WWN on an XIV.")
    name: Attr[str] = required(
        "Name on the array; renamed in place. On an XIV 1 to 63 letters, digits, spaces (not at either end), `.`, `_`, "
        "`-` and `~`; on a DS8000 1 to 16 letters, digits and `_`.",
        check=[length(1, 63)],
    )
    pool: Attr[str] = required(
        "Pool that backs the volume, by id or name; moved online where the array can, else refused at plan.",
        check=[length(1, 63)],
    )
    pool_id: Attr[str] = computed_attribute("The pool's id on the array.", changes_with=("pool",))
    provisioning: Attr[Literal["thin", "thick"] | None] = optional_computed(
        "DS8000: `thin` (ESE, space is allocated by the first write) or `thick` (when unset). Null on an XIV, "
        "where the pool decides.",
        replace=True,
    )
    lss: Attr[str | None] = optional_computed(
        "DS8000: the logical subsystem (two hex digits, `00` to `FE`) the volume is made in; its parity must be the "
        "pool's node. Unset, the least used fitting one is chosen.",
        check=[matching("[0-9A-Fa-f]{2}", "two hex digits, 00 to FE")],
        replace=True,
    )
    os400: Attr[str | None] = optional_computed(
        "DS8000: an IBM i (OS/400) volume model such as `A04` or `099`; a fixed model sets the size.", replace=True
    )
    qos_class: Attr[str | None] = optional_computed(
        'XIV: the performance class the volume belongs to; `""` takes it out of its class.', check=[length(0, 63)]
    )
    allow_full_resync: Attr[bool | None] = optional(
        "DS8000: let a growth take the volume's pair apart where the array grows no volume in a pair, and copy "
        "everything again; until that is done nothing is protected. Without it such a growth is refused."
    )
    wwn: Attr[str] = computed_attribute("SCSI identifier hosts see, in lower-case hex.")
    device_path: Attr[str] = computed_attribute("Path of the device on a Linux host, by id.")
    system_id: Attr[str] = computed_attribute("System id of the array that holds the volume.")
    written_name: Attr[str | None] = computed_attribute(
        "The name Terraform wrote last; guards against destroying a reused DS8000 volume id."
    )
    timeouts: Attr[Timeouts | None] = optional("Deadlines for the operations on this volume.")


K = TypeVar("K", bound=KeptVolume)


class Volume(KeptVolume, Sourced, Protected, type_name="xivds8k_volume"):
    """A block volume on an XIV-family or DS8000 array.

    Renamed, grown and moved between pools in place: the LUN, its WWN and its mappings stay. What needs a new LUN is a
    replacement in the plan, and deletion protection refuses it until it is lifted.
    """


def fill(state: K, found: ArrayVolume) -> K:
    """Fill in what the array reports, keeping the user's spelling where it means the same; sizes apart."""
    state.set(KeptVolume.id, found.id)
    state.set(KeptVolume.name, found.name)
    state.set(KeptVolume.pool, pool_spelling(state, found))
    state.set(KeptVolume.pool_id, found.pool_id)
    state.set(KeptVolume.provisioning, found.provisioning)
    state.set(KeptVolume.lss, same_text(state.known(KeptVolume.lss), found.lss))
    if found.os400 is not None or state.known(KeptVolume.os400) is None:  # an array may not show the model it was given
        state.set(KeptVolume.os400, same_text(state.known(KeptVolume.os400), found.os400))
    state.set(KeptVolume.qos_class, found.qos_class if found.qos_class else _none_as_written(state))
    state.set(KeptVolume.wwn, found.wwn)
    state.set(KeptVolume.device_path, found.device_path)
    state.set(KeptVolume.system_id, found.system_id)
    return state


def pool_spelling(state: KeptVolume, found: ArrayVolume) -> str:
    """Return the pool as the user spells it while it is still that pool, else as the array does."""
    written = state.known(KeptVolume.pool)
    if written and (
        state.known(KeptVolume.pool_id) == found.pool_id
        or written.casefold() == found.pool_id.casefold()
        or written == found.pool_name
    ):
        return written
    return found.pool_id if found.lss is not None else found.pool_name


def same_text(written: str | None, reported: str | None) -> str | None:
    """Return the written text where it differs from the reported one in case only, else the reported one."""
    same = written is not None and reported is not None and written.casefold() == reported.casefold()
    return written if same else reported


def _none_as_written(state: KeptVolume) -> str | None:
    return "" if state.known(KeptVolume.qos_class) == "" else None
