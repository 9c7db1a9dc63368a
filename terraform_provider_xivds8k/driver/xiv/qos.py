"""Performance classes of volumes (xcli.md §3.7)."""

from __future__ import annotations

from ..errors import DriverError, Unsupported
from ..objects import Volume
from ..waiting import Budget
from .client import Client
from .volumes import XIVVolumes

IN_A_CLASS_ALREADY = "VOLUME_ALREADY_IN_PERF_CLASS"
IN_NO_CLASS = "VOLUME_NOT_CONNECTED_TO_ANY_PERF_CLASS"


class XIVQos:
    """Keep the contract of ``array.Qos``; a release without classes for volumes raises Unsupported."""

    def __init__(self, client: Client, volumes: XIVVolumes) -> None:
        self._client = client
        self._volumes = volumes

    def classes(self, budget: Budget) -> tuple[str, ...]:
        """Return the names of all classes."""
        with_names = self._client.read("perf_class_list", budget)
        return tuple(sorted(record.text("name") for record in with_names))

    def assign(self, volume: Volume, qos_class: str | None, budget: Budget) -> None:
        """Put the volume into a class or out of its class; being there already is done."""
        self._volumes.confirm(volume, budget)
        try:
            if qos_class is None:
                self._client.write("perf_class_remove_vol", budget, vol=volume.name)
            else:
                self._client.write("perf_class_add_vol", budget, perf_class=qos_class, vol=volume.name)
        except DriverError as error:
            if isinstance(error, Unsupported):
                error.attribute = "qos_class"
            if error.code not in {IN_A_CLASS_ALREADY, IN_NO_CLASS}:
                raise
            self._settle(volume, qos_class, error, budget)

    def _settle(self, volume: Volume, qos_class: str | None, error: DriverError, budget: Budget) -> None:
        """Believe that nothing is to be done only after a look; move where the array does not by itself."""
        found = self._volumes.find(volume.id, budget)
        if found is not None and found.qos_class == qos_class:
            return
        if found is None or qos_class is None or error.code != IN_A_CLASS_ALREADY:
            raise error
        self._client.write("perf_class_remove_vol", budget, vol=found.name)
        self._client.write("perf_class_add_vol", budget, perf_class=qos_class, vol=found.name)
