"""Where it is measured: simulated arrays in processes of their own, and folders in which real Terraform works."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.rest_console import Console
from support.terraform import Terraform, Workspace, make_mirror
from support.xcli import Xcli
from terraform_provider_xivds8k.driver import Connection, Family, Secret, Settings, VolumeFilter, XIVDS8KDriver
from terraform_provider_xivds8k.resources.volume_model import Volume, fill

HERE = Path(__file__).parent
FAMILIES: Mapping[Family, str] = {"xiv": "XIV", "ds8k": "DS8000"}
POOLS: Mapping[Family, tuple[str, str]] = {"xiv": ("pool1", "pool2"), "ds8k": ("P0", "P1")}
ROOM_GB = (80_000, 24_000)  # what an XIV's pools need for 5,000 volumes of at least 17 GB
NAME = "bench%d"
COMMAND_S = 1200.0


def pool_of(family: Family, index: int) -> str:
    """Return the pool of a volume: one in five is in the second one."""
    return POOLS[family][index % 5 == 0]


@dataclass
class Array:
    """Be one simulated array, served by another process."""

    family: Family
    process: subprocess.Popen[str]
    described: Mapping[str, Any]
    control: str

    @classmethod
    def start(cls, family: Family, state: Path) -> Array:
        """Start a simulation as a user does."""
        module = "terraform_provider_xivds8k"
        options = [f"--{family}", "127.0.0.1", "--state", str(state), "--control", "127.0.0.1:0"]
        process = subprocess.Popen(
            [sys.executable, "-m", module, "simulate", *options], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        return cls(family, process, ready["arrays"][0], ready["control"])

    def stop(self) -> None:
        """End the simulation."""
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send a request to the control address."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.control + path, data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def requests(self) -> dict[str, int]:
        """Return how often each command was asked for since ``forget``."""
        return dict(self.ask("GET", "/journal")[self.described["name"]]["by_command"])

    def forget(self) -> None:
        """Start counting anew."""
        self.ask("DELETE", "/journal")

    def block(self) -> dict[str, Any]:
        """Return the provider block that reaches the array."""
        known = {name: self.described[name] for name in ("family", "endpoints", "username", "password", "ca_file")}
        return {**known, "deletion_protection": False}

    def fill(self, first: int, beyond: int) -> None:
        """Make volumes outside Terraform, from one index up to another, over the plain wire."""
        if self.family == "xiv":
            with Xcli(self.described, Path(self.described["ca_file"]).read_text(encoding="ascii")) as xcli:
                for pool, size in zip(POOLS["xiv"], ROOM_GB, strict=True):
                    xcli.does("pool_resize", pool=pool, size=size)
                for index in range(first, beyond):
                    xcli.does("vol_create", vol=NAME % index, size_blocks=2**21, pool=pool_of("xiv", index))
            return
        console = Console(dict(self.described), self.control)
        console.sign_in()
        for pool in POOLS["ds8k"]:
            names = [NAME % index for index in range(first, beyond) if pool_of("ds8k", index) == pool]
            for start in range(0, len(names), 200):
                asked = {"namecol": names[start : start + 200], "pool": pool, "cap": "1", "captype": "gib"}
                answer = console.ask("POST", "/volumes", {**asked, "stgtype": "fb"})
                assert answer.status == 200, answer.body
        console.close()

    def volumes(self) -> dict[str, Any]:
        """Return every volume by name, as the driver sees it."""
        with self.driver() as driver:
            return {volume.name: volume for volume in driver.list_volumes(VolumeFilter(storage_type="fb"))}

    @contextmanager
    def driver(self) -> Iterator[XIVDS8KDriver]:
        """Connect a driver."""
        described = self.described
        connection = Connection(
            endpoints=tuple(described["endpoints"]),
            username=described["username"],
            password=Secret(described["password"]),
            ca_file=described["ca_file"],
        )
        driver = XIVDS8KDriver(Settings(family=self.family, connection=connection))
        try:
            yield driver
        finally:
            driver.close()


@dataclass
class Stage:
    """Be a folder to measure in, with a Terraform and three launchers: the provider, weighed, and the echo."""

    terraform: Terraform
    root: Path

    def __post_init__(self) -> None:
        self.peaks = self.root / "peaks"
        programs = {
            "provider": "-m terraform_provider_xivds8k",
            "weighed": f'"{HERE / "peak_memory.py"}" "{self.peaks}"',
            "echo": f'"{HERE / "echo_provider.py"}"',
        }
        self._configurations = {}
        for name, program in programs.items():
            (self.root / name).mkdir()
            self._configurations[name] = str(make_mirror(self.root / name, program))

    def floor(self, name: str, number: int) -> Workspace:
        """Return a configuration of that many objects Terraform keeps itself."""
        workspace = self.workspace(name, "provider")
        workspace.write(f'resource "terraform_data" "it" {{\n  count = {number}\n}}\n')
        workspace.init()
        return workspace

    def volumes(self, name: str, launcher: str, block: Mapping[str, Any], number: int) -> Workspace:
        """Return a configuration of that many volumes, not applied yet."""
        many, few = POOLS[block["family"]]
        workspace = self.workspace(name, launcher)
        workspace.providers(block)
        workspace.write(
            f"""
resource "xivds8k_volume" "it" {{
  count    = {number}
  name     = "{NAME.replace("%d", "${count.index}")}"
  pool     = count.index % 5 == 0 ? "{few}" : "{many}"
  size_gib = 1
}}
"""
        )
        workspace.init()
        return workspace

    def workspace(self, name: str, launcher: str) -> Workspace:
        """Return an empty folder whose provider is that of a launcher."""
        folder = self.root / name
        folder.mkdir()
        configuration = {"TF_CLI_CONFIG_FILE": self._configurations[launcher]}
        return Workspace(self.terraform, folder, configuration, command_s=COMMAND_S)


def write_state(small: Workspace, large: Workspace, array: Array, number: int) -> None:
    """Give ``large`` a state of the array's first volumes, after the pattern of ``small``'s first one."""
    state = small.state_file
    (resource,) = state["resources"]
    pattern, found = resource["instances"][0], array.volumes()
    resource["instances"] = [instance_of(pattern, index, found[NAME % index]) for index in range(number)]
    (large.folder / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")


def instance_of(pattern: Mapping[str, Any], index: int, found: Any) -> dict[str, Any]:
    """Return a volume's instance in a state, after the pattern of another one."""
    volume = fill(Volume.from_raw({**pattern["attributes"], "pool": None}), found)
    volume.set(Volume.written_name, found.name)
    identity = {"system_id": found.system_id, "id": found.id}
    return {**pattern, "index_key": index, "attributes": volume.raw, "identity": identity}
