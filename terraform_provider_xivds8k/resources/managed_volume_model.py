"""What a volume is in Terraform that somebody else made, and that Terraform never deletes."""

from __future__ import annotations

from typing import Literal

from terraform_provider_xivds8k.data_sources.volume_filters import VolumeFilters
from terraform_provider_xivds8k.schema import Attr, Model, between, length, matching, multiple_of, optional
from terraform_provider_xivds8k.schema import optional_computed as optional_computed_attribute

from .volume_model import KeptVolume
from .volume_sizes import BLOCK

NAME_IN_DOUBT = "name_in_doubt"  # private: it was taken, and nobody knows whether its new name arrived
REFUSED = "As it is found; another value is refused, since it would need another volume."


class Expected(Model):
    """Say what an existing volume has to be like before it is taken."""

    pool: Attr[str | None] = optional("The pool it has to be in, by id or name.", check=[length(1, 63)])
    size_bytes: Attr[int | None] = optional(
        "The size in bytes it has to have.", check=[between(BLOCK, 2**60), multiple_of(BLOCK)]
    )
    provisioning: Attr[Literal["thin", "thick"] | None] = optional("DS8000: how its space has to be allocated.")


class ManagedVolume(KeptVolume, type_name="xivds8k_managed_volume"):
    """A volume that exists already, taken under management as it is; destroying the resource gives it up again.

    The volume, its data and its mappings stay, whatever becomes of the resource: adopting it sends a new name at most,
    and giving it up the old one. While it is managed it is renamed, grown and moved between pools in place, as an
    `xivds8k_volume` is; what would need another volume is refused. `moved` blocks turn one type into the other.
    """

    existing_name: Attr[str] = optional_computed_attribute(
        "Name of the volume to take, as the array spells it. At least one of `existing_name`, `existing_id` and "
        "`existing_wwn` is written to take a volume; several must agree. Afterwards one that names another volume is "
        "refused.",
        check=[length(1, 63)],
    )
    existing_id: Attr[str] = optional_computed_attribute(
        "Id of the volume to take: `0A01` on a DS8000, the WWN on an XIV. The surest of the three on an XIV; a DS8000 "
        "gives the ids of deleted volumes again, so write the name too.",
        check=[length(1, 63)],
    )
    existing_wwn: Attr[str] = optional_computed_attribute(
        "WWN of the volume to take, in hex; case, colons and the prefixes `naa.`, `eui.` and `0x` do not matter.",
        check=[length(1, 95)],
    )
    expected: Attr[Expected | None] = optional(
        "What the volume has to be like to be taken, without managing it: read from the array right before, and "
        "refused where it is otherwise. Without effect afterwards."
    )
    restore_name: Attr[str | None] = optional(
        "The name to give the volume when it is given up, as a rule the one it had. Unset, it keeps the one it has.",
        check=[length(1, 63)],
    )
    name: Attr[str] = optional_computed_attribute(
        "Name on the array; another one renames it in place, also when it is taken. Unset, it keeps its name.",
        check=[length(1, 63)],
    )
    pool: Attr[str] = optional_computed_attribute(
        "Pool that backs the volume, by id or name: the one it is found in; changed later, it is moved online where "
        "the array can, else refused at plan.",
        check=[length(1, 63)],
    )
    provisioning: Attr[Literal["thin", "thick"] | None] = optional_computed_attribute(
        f"DS8000: `thin` or `thick`. {REFUSED}"
    )
    lss: Attr[str | None] = optional_computed_attribute(
        f"DS8000: the logical subsystem (two hex digits). {REFUSED}",
        check=[matching("[0-9A-Fa-f]{2}", "two hex digits, 00 to FE")],
    )
    os400: Attr[str | None] = optional_computed_attribute(f"DS8000: the IBM i (OS/400) volume model. {REFUSED}")


EXISTING: tuple[Attr[str], ...] = (
    ManagedVolume.existing_name,
    ManagedVolume.existing_id,
    ManagedVolume.existing_wwn,
)
FOUND_AS: tuple[Attr[str | None], ...] = (ManagedVolume.provisioning, ManagedVolume.lss, ManagedVolume.os400)


class ManagedVolumeFilters(VolumeFilters):
    """Say which volumes to list; at least one filter, since an `xivds8k_volume` list shows them all."""


def fill_existing(state: ManagedVolume, *, name: str, volume_id: str, wwn: str) -> ManagedVolume:
    """Fill in by what the volume was found, where the user did not write it."""
    for attribute, value in zip(EXISTING, (name, volume_id, wwn), strict=True):
        if state.known(attribute) is None:
            state.set(attribute, value)
    return state
