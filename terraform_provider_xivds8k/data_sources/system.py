"""The array itself."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import DataSource, Diagnostics
from terraform_provider_xivds8k.schema import Attr, Model, computed


class Port(Model):
    """A host-facing port of the array."""

    id: Attr[str] = computed("The port's id on the array.")
    kind: Attr[str] = computed("`fc` or `iscsi`.")
    address: Attr[str] = computed(
        "WWPN of a Fibre Channel port as `normalize_wwpn` spells it, address and TCP port of an iSCSI portal."
    )
    online: Attr[bool] = computed("Whether the port is up.")


class System(Model, type_name="xivds8k_system"):
    """The array the provider is connected to: what it is, how much it holds, how hosts reach it."""

    system_id: Attr[str] = computed("The array's own id, as in every resource's `system_id`.")
    family: Attr[str] = computed("`xiv` or `ds8k`.")
    name: Attr[str] = computed("The array's name.")
    serial: Attr[str] = computed("Serial number.")
    model: Attr[str] = computed("Machine type and model.")
    release: Attr[str] = computed("Release of the array's software.")
    wwnn: Attr[str | None] = computed("DS8000: world-wide node name, in lower-case hex.")
    total_bytes: Attr[int | None] = computed("Capacity in bytes; null where the array does not say.")
    free_bytes: Attr[int | None] = computed("Free capacity in bytes; null where the array does not say.")
    ports: Attr[list[Port]] = computed("Ports hosts connect to.")
    abilities: Attr[frozenset[str]] = computed(
        "What this array can do beyond plain volumes: `thin`, `lss`, `os400` and `flashcopy` on a DS8000; `qos` on an "
        "XIV whose performance classes hold volumes."
    )


class SystemDataSource(DataSource[System, XIVDS8KDriver]):
    """Read the array."""

    model = System

    def read(self, config: System, diagnostics: Diagnostics) -> System:
        found = self.driver.system()
        return System(
            system_id=found.system_id,
            family=found.family,
            name=found.name,
            serial=found.serial,
            model=found.model,
            release=found.release,
            wwnn=found.wwnn,
            total_bytes=found.total_bytes,
            free_bytes=found.free_bytes,
            ports=[Port(id=p.id, kind=p.kind, address=p.address, online=p.online) for p in found.ports],
            abilities=found.abilities,
        )
