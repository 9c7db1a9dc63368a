"""Hosts as Terraform keeps them: cores on a simulated array, and the hands of somebody else."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from terraform_provider_xivds8k.driver import Host, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.lifecycle.configured import Mode
from terraform_provider_xivds8k.resources import HostResource
from terraform_provider_xivds8k.schema import RawObject

from .core import Core
from .simulated import World

GIB = 2**30
SECRET, SECOND = "not-in-any-log-1", "not-in-any-log-2"
IQN = "iqn.1994-05.com.example:Host"
_numbers = itertools.count(1)


def new_wwpn() -> str:
    """Return a WWPN nobody has."""
    return f"10000000CA{next(_numbers):06X}"


def spelled(wwpn: str) -> str:
    """Return a WWPN with colons, in lower case."""
    return ":".join(wwpn[at : at + 2].lower() for at in range(0, 16, 2))


@dataclass
class Keeper:
    """Keep hosts of one array, as one provider process does; ``hands`` are somebody else's."""

    array: World
    driver: XIVDS8KDriver
    mode: Mode = "full"

    @property
    def hands(self) -> XIVDS8KDriver:
        """Return the driver somebody else holds."""
        return self.array.driver

    @property
    def other_type(self) -> str:
        """Return a type that is not what a host has by default."""
        return {"xiv": "hpux", "ds8k": "VMWare"}[self.array.family]

    def core(self) -> Core:
        """Return a core that keeps a host."""
        return Core(lambda: HostResource(self.configured()), begin=self.driver.forget_recent)

    def configured(self) -> Configured[XIVDS8KDriver]:
        """Return what the provider block settled."""
        found: Configured[XIVDS8KDriver] = Configured(
            open_driver=lambda: self.driver,
            close_driver=lambda _: None,
            guards=Guards(mode=self.mode),
            family=self.array.family,
        )
        found.driver.system_id()  # as it is after a refresh
        return found

    def there(self, **more: Any) -> tuple[Core, dict[str, Any]]:
        """Return a host that is kept, with its configuration."""
        core, config = self.core(), {"name": self.array.new_name(), **more}
        core.run(config)
        return core, config

    def host(self, core: Core) -> Host:
        """Return a kept host as it is on the array now."""
        return self.hands.get_host(str(state(core)["id"]))

    def map_a_volume(self, core: Core, lun: int = 1) -> str:
        """Map a new volume to a kept host, and return its id."""
        pool = self.array.pools()[0].id
        volume = self.hands.create_volume(name=self.array.new_name(), pool=pool, size_bytes=GIB, deadline=20)
        host = self.host(core)
        host_id = None if host.cluster else host.id
        self.hands.initialize_connection(
            volume_id=volume.id, host_id=host_id, cluster=host.cluster, lun=lun, deadline=20
        )
        return volume.id

    def unmap_all(self, core: Core) -> None:
        """End every mapping of a kept host."""
        for one in self.hands.list_attachments(host_id=self.host(core).id):
            self.hands.terminate_connection(volume_id=one.volume_id, host_id=one.host_id, deadline=20)


def state(core: Core) -> RawObject:
    """Return the state a core holds."""
    assert core.instance is not None
    return core.instance.state


def forget_id(core: Core) -> None:
    """Have a core hold its host as after a lost answer."""
    state(core)["id"] = None
    assert core.instance is not None
    core.instance.identity = None
