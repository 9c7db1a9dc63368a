"""IBM's own integration suite for the DS8000, as pyds8k 1.6.0 ships it, run against the simulated array."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pyds8k
import pytest

from support.mirroring import join, mirror
from support.rest_console import GIB, Console
from terraform_provider_xivds8k import simulators

SUITE = Path(str(pyds8k.__file__)).parent / "test" / "integration" / "integration.py"
SKIPPED = {"volumes": "get all volumes is not allowed."}  # by its vendor
READS = """
    system nodes marrays lss ioports flashcopy pprc cs_pprcs events pools volume hosts host_ports resource_groups
"""
WRITES = """
    volume_create_and_delete volume_rename volume_extend volume_move host_create_and_delete volume_map_and_unmap
    volume_map_and_unmap_to_zlinux_type_host
"""
EXPECTED = {
    **{f"TestIntegration.test_{name}": "passed" for name in READS.split()},
    **{f"TestIntegration.test_{name}": f"skipped: {why}" for name, why in SKIPPED.items()},
    **{f"TestSCClient.test_{name}": "passed" for name in WRITES.split()},
}
# its device is a laboratory's: ours takes its place before anything is collected, and no other address is known
PLUGIN = """
from pyds8k.test.integration import device

for name, value in list(vars(device).items()):
    if isinstance(value, device.Device):
        delattr(device, name)
device.ds44 = device.Device({host!r}, {username!r}, {password!r}, {port})
"""


@pytest.fixture
def consoles(tmp_path: Path) -> Iterator[tuple[Console, Console]]:
    """Yield signed-in consoles of two linked arrays."""
    with simulators.start(tmp_path / "s.db", ds8k=["127.0.0.1"] * 2, control="127.0.0.1:0") as simulation:
        here, there = (Console(array, str(simulation.control)) for array in simulation.arrays)
        for console in (here, there):
            console.sign_in()
        yield here, there
        for console in (here, there):
            console.close()


def _done(console: Console, method: str, path: str, params: object) -> None:
    seen = console.ask(method, path, params)
    assert not seen.refused, seen.body


def _seed(here: Console, there: Console) -> None:
    """Fill the first array with one at least of all the suite looks for: a host in full, copies on and off it."""
    _done(here, "POST", "/hosts", {"name": "seeded", "hosttype": "VMWare"})
    _done(here, "POST", "/host_ports", {"wwpn": "10000000C9123456", "host": "seeded"})
    _done(here, "POST", "/hosts/seeded/mappings", {"volumes": ["0000"]})
    here.steer("POST", "/logins", {"array": here.name, "port": "10000000C9123456", "state": "in"})
    copy, remote = here.make("copy", gib=50, tp="ese", lss="02"), there.make("remote", gib=50, lss="02")
    options = ["persistent", "no_background_copy", "permit_space_efficient_target"]
    pair = {"source_volume": "0000", "target_volume": copy}
    _done(here, "POST", "/cs/flashcopies", {"volume_pairs": [pair], "options": options})
    for done in (join(here, there, "00", "02"), mirror(here, there, "0000", remote)):
        assert not done.refused, done.body


def _run(here: Console, folder: Path) -> dict[str, str]:
    """Run the suite in a process of its own and return how each of its tests ended."""
    assert "resources" not in SUITE.parts, "below a directory of that name pyds8k knows none of its types"
    host, _, port = str(here.description["endpoints"][0]).rpartition(":")
    device = {name: str(here.description[name]) for name in ("username", "password")}
    (folder / "our_device.py").write_text(PLUGIN.format(host=host, port=int(port), **device), encoding="utf-8")
    report, trusted = folder / "report.xml", str(here.description["ca_file"])
    options = ["-q", "-p", "our_device", "-p", "no:cacheprovider", "-c", os.devnull, f"--junitxml={report}"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "REQUESTS_CA_BUNDLE": trusted, "CURL_CA_BUNDLE": trusted}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={folder}", str(SUITE)],
        env={name: value for name, value in environment.items() if not name.lower().endswith("_proxy")},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert report.exists(), run.stdout + run.stderr
    return dict(_outcome(case) for case in ElementTree.parse(report).iter("testcase"))


def _outcome(case: ElementTree.Element) -> tuple[str, str]:
    name = f"{str(case.get('classname')).rpartition('.')[2]}.{case.get('name')}"
    ended = next((part for part in case if part.tag in {"failure", "error", "skipped"}), None)
    return name, "passed" if ended is None else f"{ended.tag}: {ended.get('message')}"


def test_every_test_of_its_own_passes_but_the_one_its_vendor_skips(
    consoles: tuple[Console, Console], tmp_path: Path
) -> None:
    here, there = consoles
    _seed(here, there)
    here.turn("links_with_one_slash", on=False)  # it follows links when it loads an object lazily
    here.turn("move_across_nodes_refused", on=False)  # it moves a volume to whatever pool comes next
    assert _run(here, tmp_path) == EXPECTED
    journal = here.steer("GET", "/journal")[here.name]["by_command"]
    assert min(journal[it] for it in ("GET /cs/pprcs/{id}", "DELETE /hosts/{id}/mappings/{id}", "PUT /volumes/{id}"))
    assert [one["name"] for one in here.ask("GET", "/hosts").records] == ["seeded"]
    assert int(here.volume("0000")["cap"]) == 50 * GIB
