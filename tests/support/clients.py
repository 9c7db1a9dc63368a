"""Clients in processes of their own: with another Python where the machine has one, with any environment."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .sources import ROOT

THIS = f"{sys.version_info[0]}.{sys.version_info[1]}"
NEEDED = ("requests", "urllib3", "idna", "certifi", "charset_normalizer")
SCRIPT = Path(__file__).with_name("client_process.py")


@functools.cache
def interpreter(version: str) -> str | None:
    """Return a Python of this version, on PATH or among pyenv's, None where there is none."""
    if version == THIS:
        return sys.executable
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [shutil.which(f"python{version}"), *map(str, sorted(root.glob(f"versions/{version}*/bin/python3")))]
    question = "import ssl, sys; print('%d.%d' % sys.version_info[:2])"
    for candidate in filter(None, candidates):
        try:
            said = subprocess.run([candidate, "-c", question], capture_output=True, text=True, timeout=60, check=False)
        except OSError:
            continue
        if said.stdout.strip() == version:
            return candidate
    return None


class Client:
    """Reach arrays from another process; ``folder`` takes links to what it imports."""

    def __init__(self, python: str, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        for name in NEEDED:
            spec = find_spec(name)
            assert spec is not None
            assert spec.origin is not None
            (folder / name).symlink_to(Path(spec.origin).parent, target_is_directory=True)
        own = {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(folder)}
        self._process = subprocess.Popen(
            [python, "-W", "error", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**own, **(environment or {})},
            text=True,
        )

    def reach(self, array: Mapping[str, Any], **trust: object) -> dict[str, Any]:
        """Return the id of the array a simulation describes, or the error its user would see."""
        asked = {name: array[name] for name in ("family", "endpoints", "username", "password")}
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({**asked, "trust": trust}) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)
