"""One simulated array of each family, and the driver connected to it: the same cases run on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.attaching import Hands, hands_of
from support.copying import Bystander, bystander_of
from support.core import Core
from support.host_keeper import Keeper
from support.linked import Linked, linked
from support.mirror_lab import Lab, lab_of
from support.pair_rows import Hands as PairHands
from support.pair_rows import hands_on
from support.pprc_stage import MODES, Stage
from support.rest_console import Console
from support.simulated import World, world
from support.sweep_benches import benches
from support.sweep_parts import Bench
from support.xcli import Xcli
from support.xiv_mirroring import STILL
from terraform_provider_xivds8k.driver import Family, ReplicationMode, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.plugin import Cancellation
from terraform_provider_xivds8k.resources import ConsistencyGroupSnapshotResource, VolumeResource

LANES = 8  # flows of a sweep side by side


@pytest.fixture(params=["xiv", "ds8k"])
def family(request: pytest.FixtureRequest) -> Family:
    """Return each family in turn."""
    found: Family = request.param
    return found


@pytest.fixture
def array(family: Family, tmp_path: Path) -> Iterator[World]:
    """Return a fresh array of the family."""
    with world(family, tmp_path / "simulator.db", request_timeout_s=5) as held:
        yield held


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Return two linked XIVs."""
    with lab_of(tmp_path / "lab.db") as held:
        yield held


@pytest.fixture
def still_lab(tmp_path: Path) -> Iterator[Lab]:
    """Return two linked XIVs whose clock stands: what takes time happens when it is put forward."""
    with lab_of(tmp_path / "lab.db", STILL) as held:
        yield held


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked DS8000s."""
    with linked("ds8k", tmp_path / "s.db") as found:
        yield found


@pytest.fixture
def stage(two: Linked) -> Stage:
    """Return two linked DS8000s as replicated volumes see them."""
    return Stage(two)


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> ReplicationMode:
    """Return each way two DS8000s copy."""
    found: ReplicationMode = request.param
    return found


@pytest.fixture(scope="session")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Family], Sequence[Bench]]]:
    """Return how to get the arrays of a family that this worker sweeps on, made when first asked for."""
    made: dict[Family, Sequence[Bench]] = {}
    with ExitStack() as stack:

        def get(family: Family) -> Sequence[Bench]:
            if family not in made:
                made[family] = stack.enter_context(benches(tmp_path_factory.mktemp("sweep"), family, LANES))
            return made[family]

        yield get


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Family], tuple[Linked, PairHands]]]:
    """Return how to get two linked arrays of a family and hands on their pairs, made when first asked for."""
    made: dict[Family, tuple[Linked, PairHands]] = {}
    with ExitStack() as stack:

        def get(family: Family) -> tuple[Linked, PairHands]:
            if family not in made:
                both = stack.enter_context(linked(family, tmp_path_factory.mktemp("linked") / "s.db"))
                made[family] = both, stack.enter_context(hands_on(both))
            return made[family]

        yield get


@pytest.fixture
def console(array: World) -> Iterator[Console]:
    """Return a plain REST client of a DS8000, signed in, as another administrator."""
    opened = Console(array.description, array.control)
    opened.sign_in()
    yield opened
    opened.close()


@pytest.fixture
def xcli(array: World) -> Iterator[Xcli]:
    """Return a plain client of an XIV, as another administrator."""
    pem = array.settings.connection.ca_pem
    assert pem is not None
    with Xcli(array.description, pem) as client:
        yield client


@pytest.fixture
def create_command(family: Family) -> str:
    """Return the journal's name of the command that makes a volume."""
    return {"xiv": "vol_create", "ds8k": "POST /volumes"}[family]


@pytest.fixture
def delete_command(family: Family) -> str:
    """Return the journal's name of the command that deletes a volume."""
    return {"xiv": "vol_delete", "ds8k": "DELETE /volumes/{id}"}[family]


@pytest.fixture
def rename_command(family: Family) -> str:
    """Return the journal's name of the command that renames a volume."""
    return {"xiv": "vol_rename", "ds8k": "PUT /volumes/{id}"}[family]


@pytest.fixture
def grow_command(family: Family) -> str:
    """Return the journal's name of the command that grows a volume."""
    return {"xiv": "vol_resize", "ds8k": "PUT /volumes/{id}"}[family]


@pytest.fixture
def manage(array: World) -> Iterator[Callable[..., Core]]:
    """Return how to keep a volume of the array, as one provider process does; all drivers are closed at the end."""
    drivers: list[XIVDS8KDriver] = []

    def make(cancellation: Cancellation | None = None) -> Core:
        driver = XIVDS8KDriver(array.settings, cancellation=cancellation)
        drivers.append(driver)
        configured: Configured[XIVDS8KDriver] = Configured(
            open_driver=lambda: driver,
            close_driver=lambda one: one.close(),
            guards=Guards(deletion_protection=False),
            family=array.family,
        )
        return Core(lambda: VolumeResource(configured), begin=driver.forget_recent)

    yield make
    for driver in drivers:
        driver.close()


@pytest.fixture
def manage_group_snapshot(array: World) -> Iterator[Callable[..., Core]]:
    """Return how to keep a group snapshot of the array, as one provider process does."""
    drivers: list[XIVDS8KDriver] = []

    def make(cancellation: Cancellation | None = None) -> Core:
        driver = XIVDS8KDriver(array.settings, cancellation=cancellation)
        drivers.append(driver)
        configured: Configured[XIVDS8KDriver] = Configured(
            open_driver=lambda: driver,
            close_driver=lambda one: one.close(),
            guards=Guards(),
            family=array.family,
        )
        return Core(lambda: ConsistencyGroupSnapshotResource(configured), begin=driver.forget_recent)

    yield make
    for driver in drivers:
        driver.close()


@pytest.fixture
def bystander(array: World) -> Iterator[Bystander]:
    """Return somebody who takes snapshots beside the driver."""
    found = bystander_of(array)
    yield found
    found.close()


@pytest.fixture
def written(bystander: Bystander) -> tuple[Volume, str]:
    """Return a volume that was written to before and after its snapshot was taken, and the snapshot's id."""
    volume = bystander.make()
    bystander.write(volume.id, "then")
    snapshot = bystander.snapshot(volume)
    bystander.write(volume.id, "since")
    return volume, snapshot


@pytest.fixture
def hands(array: World) -> Iterator[Hands]:
    """Return another administrator of the array."""
    found = hands_of(array)
    yield found
    found.close()


@pytest.fixture
def map_command(hands: Hands) -> str:
    """Return the journal's name of the command that maps a volume."""
    return hands.map_command


@pytest.fixture
def unmap_command(hands: Hands) -> str:
    """Return the journal's name of the command that unmaps a volume."""
    return hands.unmap_command


@pytest.fixture
def keeper(array: World) -> Iterator[Keeper]:
    """Keep hosts with a driver of its own."""
    driver = array.another_driver()
    yield Keeper(array, driver)
    driver.close()
