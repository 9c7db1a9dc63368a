"""What another administrator, or a host, does about snapshots: with plain clients, past the driver."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from terraform_provider_xivds8k.driver import Snapshot, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.resources import SnapshotResource

from .core import Core
from .rest_console import Console
from .simulated import World
from .xcli import Xcli

GIB = 2**30
TAKE = {"xiv": "snapshot_create", "ds8k": "POST /cs/flashcopies"}
DELETE = {"xiv": "snapshot_delete", "ds8k": "DELETE /volumes/{id}"}
WITHDRAW = "DELETE /cs/flashcopies/{id}"
RELATION = "GET /cs/flashcopies/{id}"


def make(array: World, **more: Any) -> Volume:
    """Make a volume of one GiB."""
    pool, _ = array.pools()
    return array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB, deadline=30, **more)


def take(array: World, volume: Volume, **more: Any) -> Snapshot:
    """Take a snapshot of a volume."""
    return array.driver.create_snapshot(volume_id=volume.id, name=array.new_name(), deadline=30, **more)


def delete(array: World, taken: Snapshot, **more: Any) -> Volume | None:
    """Delete a snapshot as the resource does."""
    return array.driver.delete_snapshot(
        snapshot_id=taken.id, volume_id=taken.volume_id, expected_name=taken.name, **{"deadline": 10, **more}
    )


def write(array: World, what: Volume | Snapshot, label: str) -> None:
    """Write to a volume, as a host does."""
    array.ask("POST", "/io", {"array": array.name, "volume": _called(array, what), "write": label})


def labels(array: World, what: Volume | Snapshot) -> list[str]:
    """Return what a volume or snapshot holds."""
    return list(array.ask("GET", f"/io?array={array.name}&volume={_called(array, what)}"))


def _called(array: World, what: Volume | Snapshot) -> str:
    return what.name if array.family == "xiv" else what.id


def xcli(array: World, command: str, **arguments: object) -> list[dict[str, str]]:
    """Send an XIV a command, as another administrator."""
    assert array.settings.connection.ca_pem is not None
    with Xcli(array.description, array.settings.connection.ca_pem) as other:
        return list(other.does(command, **arguments))


def rest(array: World, method: str, path: str, params: object = None) -> Any:
    """Send a DS8000 a request, as another administrator."""
    with closing(Console(array.description, array.control)) as console:
        console.sign_in()
        seen = console.ask(method, path, params)
        assert seen.status in {200, 201, 204}, seen.body
        return seen


def map_to_host(array: World, what: Volume | Snapshot) -> None:
    """Map a volume or snapshot to a host."""
    if array.family == "xiv":
        xcli(array, "host_define", host="h1")
        xcli(array, "map_vol", host="h1", vol=what.name, lun=3)
    else:
        rest(array, "POST", "/hosts", {"name": "h1", "hosttype": "VMWare"})
        rest(array, "POST", "/hosts/h1/mappings", {"volumes": [what.id]})


def lose(array: World, snapshot: Snapshot) -> None:
    """Have the point in time of a snapshot vanish: an XIV deletes it, a DS8000's relation is withdrawn."""
    if array.family == "xiv":
        xcli(array, "snapshot_delete", snapshot=snapshot.name)
    else:
        rest(array, "DELETE", f"/cs/flashcopies/{snapshot.volume_id}:{snapshot.id}")


def turn(array: World, switch: str, *, on: bool) -> None:
    """Put a switch of the simulator into a position."""
    array.ask("POST", "/switches", {"array": array.name, "name": switch, "on": on})


def keeper(array: World, driver: XIVDS8KDriver | None = None) -> Core:
    """Return a core that keeps one snapshot of the array, as one provider process does."""
    using = driver or array.driver
    configured: Configured[XIVDS8KDriver] = Configured(
        open_driver=lambda: using,
        close_driver=lambda _: None,
        guards=Guards(deletion_protection=False),
        family=array.family,
    )
    return Core(lambda: SnapshotResource(configured), begin=using.forget_recent)
