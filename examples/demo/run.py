"""The demo: real Terraform on a simulated XIV and a simulated DS8000, told in plain words and checked at every step.

Run it with `make demo`.  It ends non-zero when a step did not do what it says; then its folder is kept to look at.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stage import DemoError, Stage, Terraform, environment, find_terraform, lines_like, make_mirror, outside_hands

HERE = Path(__file__).parent
FAMILIES = {"xiv": "an IBM XIV (XCLI over TLS)", "ds8k": "an IBM DS8000 (REST over HTTPS)"}
ADOPTED = "old_lun_7"
ADOPTED_BYTES = 10_000_000_512
SHOWN = ("name", "pool", "size_gib", "size_bytes")


def say(text: str = "") -> None:
    """Print one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@dataclass
class Story:
    """Be the demo of one family: a method a step; ``seen`` and ``left_out`` are its summary."""

    family: str
    stage: Stage
    seen: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    before: dict[str, dict[str, Any]] = field(default_factory=dict)

    def tell(self) -> None:
        """Run every step; raises DemoError at the first that does not do what it says."""
        self.start()
        self.create()
        self.nothing_to_do()
        self.change()
        self.made_outside()
        self.query()
        self.adopt()
        self.destroy()

    def heading(self, text: str) -> None:
        """Say what comes next."""
        say(f"\n--- {self.family}: {text}")

    def check(self, holds: bool, words: str) -> None:  # noqa: FBT001 - reads as a statement
        """Note what was seen, or fail."""
        if not holds:
            raise DemoError(f"this was not seen: {words}")
        say(f"    seen: {words}")
        self.seen.append(words)

    def terraform(self, *arguments: str, codes: tuple[int, ...] = (0,), show: str = "") -> int:
        """Run a Terraform command in sight, and print the lines of its output that fit ``show``."""
        say(f"    $ terraform {' '.join(arguments)}")
        done = self.stage.run(*arguments, "-no-color", codes=codes)
        for line in lines_like(done.stdout, show) if show else ():
            say(f"    | {line}")
        return done.returncode

    def plan(self, *arguments: str, **expected: int) -> dict[str, Any]:
        """Plan in sight, print each change, and fail unless exactly the expected actions are planned."""
        self.terraform("plan", "-out=tfplan", *arguments, show=r"^(Plan:|No changes)")
        changes = {
            one["address"]: one["change"]
            for one in self.stage.show("tfplan").get("resource_changes", [])
            if one["change"]["actions"] != ["no-op"] or "importing" in one["change"]
        }
        counts: dict[str, int] = {}
        for address, change in changes.items():
            kind = "import" if "importing" in change else "+".join(change["actions"])
            counts[kind] = counts.get(kind, 0) + 1
            say(f"      {kind:7} {address}{_differences(change)}")
        self.check(counts == expected, f"the plan has {_counted(expected)} and nothing else")
        return changes

    def start(self) -> None:
        """Initialise a folder with the configuration."""
        self.heading(f"a folder with a configuration for {FAMILIES[self.family]}")
        self.put("main.tf", "main.tf")
        self.put("volumes-before.tf", "volumes.tf")
        self.terraform("init", show="successfully initialized")

    def create(self) -> None:
        """Make three volumes."""
        self.heading("three volumes, from one resource block with for_each")
        self.plan(create=3)
        self.terraform("apply", "tfplan", show=r"(Creation|Apply) complete")
        self.before = self.stage.volumes()
        self.check(len(self.before) == 3, "three volumes in the state, each with id and WWN")
        for address, volume in self.before.items():
            say(f"      {address}: id {volume['id']}, {volume['device_path']}")

    def nothing_to_do(self) -> None:
        """Plan again and find nothing to do."""
        self.heading("planning again: the array is asked, and nothing differs")
        code = self.terraform("plan", "-detailed-exitcode", codes=(0, 2), show="No changes")
        self.check(code == 0, "an empty plan")

    def change(self) -> None:
        """Rename, grow and move in one apply."""
        self.heading("one volume renamed, grown and moved to another pool, one grown, one renamed: in one apply")
        self.put("volumes-after.tf", "volumes.tf")
        self.plan(update=3)
        self.terraform("apply", "tfplan", show=r"(Modifications|Apply) complete")
        after = self.stage.volumes()
        same = all(after[key][what] == self.before[key][what] for key in self.before for what in ("id", "wwn"))
        self.check(same, "the same ids and WWNs as before: hosts notice a larger disk and nothing else")
        data = after['xivds8k_volume.demo["data"]']
        moved = data["pool_id"] != self.before['xivds8k_volume.demo["data"]']["pool_id"]
        renamed_and_grown = (data["name"], data["actual_bytes"]) == ("demo_database", 48 * 2**30)
        self.check(moved and renamed_and_grown, "the new name, pool and size, as the array reports them")
        code = self.terraform("plan", "-detailed-exitcode", codes=(0, 2), show="No changes")
        self.check(code == 0, "an empty plan again")

    def made_outside(self) -> None:
        """Make a volume without Terraform."""
        self.heading("somebody makes a volume by hand")
        with outside_hands(self.stage.folder, self.family) as driver:
            pool = self.before['xivds8k_volume.demo["log"]']["pool"]
            say(f"    >>> driver.create_volume(name={ADOPTED!r}, pool={pool!r}, size_bytes={ADOPTED_BYTES})")
            made = driver.create_volume(name=ADOPTED, pool=pool, size_bytes=ADOPTED_BYTES)
        self.check(
            made.name == ADOPTED, f"volume {made.id} on the array, {made.size_bytes} bytes, unknown to Terraform"
        )

    def query(self) -> None:
        """List the array's volumes."""
        self.heading("terraform query: what is there to be managed?")
        if not self.stage.terraform.at_least(1, 14):
            self.leave_out("terraform query", "1.14")
            return
        self.put("found.tfquery.hcl", "found.tfquery.hcl")
        self.terraform("query", show="list.xivds8k_volume")
        found = self.stage.run("query", "-json", "-no-color").stdout
        names = ("demo_database", "demo_log", "demo_temp", ADOPTED)
        self.check(all(f'"{name}"' in found for name in names), f"the three volumes of the demo and {ADOPTED!r}")

    def adopt(self) -> None:
        """Import the volume made outside, with generated configuration."""
        self.heading("an import block takes it over; Terraform writes the resource block for it")
        self.put("adopt.tf", "adopt.tf")
        self.plan("-generate-config-out=adopted.tf", **{"import": 1})
        for line in (self.stage.folder / "adopted.tf").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#") and "= null" not in line:
                say(f"      {line}")
        self.terraform("apply", "tfplan", show=r"(Import|Apply) complete")
        code = self.terraform("plan", "-detailed-exitcode", codes=(0, 2), show="No changes")
        self.check(code == 0, "an empty plan after the import: nothing on the array was touched")

    def destroy(self) -> None:
        """Destroy everything and look at the array itself."""
        self.heading("everything destroyed; deletion_protection = false in the configuration allows it")
        self.plan("-destroy", delete=4)
        self.terraform("apply", "tfplan", show=r"(Destruction|Apply) complete")
        self.check(self.stage.volumes() == {}, "an empty state")
        with outside_hands(self.stage.folder, self.family) as driver:
            left = [volume.name for volume in driver.list_volumes()]
        ours = [name for name in left if name == ADOPTED or name.startswith("demo_")]
        self.check(not ours, "none of the four volumes on the array any more")

    def put(self, file: str, name: str) -> None:
        """Copy one of the demo's files into the folder."""
        source = HERE / self.family / file
        say(f"    {name}: {source.relative_to(HERE.parent.parent)}")
        shutil.copyfile(source, self.stage.folder / name)

    def leave_out(self, step: str, needed: str) -> None:
        """Say which step this Terraform lacks."""
        self.left_out.append(f"{step} (needs Terraform {needed}; this is {self.stage.terraform.version})")
        say(f"    left out: {self.left_out[-1]}")


def _differences(change: dict[str, Any]) -> str:
    before, after = change["before"] or {}, change["after"] or {}
    changed = [name for name in SHOWN if before.get(name) != after.get(name) and after.get(name) is not None]
    arrows = [f"{name} {before[name]} -> {after[name]}" if before else f"{name} {after[name]}" for name in changed]
    return f": {', '.join(arrows)}" if arrows else ""


def _counted(expected: dict[str, int]) -> str:
    return ", ".join(f"{number} to {kind}" for kind, number in expected.items())


def tell_all(terraform: Terraform, root: Path, families: list[str]) -> bool:
    """Run the story of each family and print the summary; return whether all of it was seen."""
    variables = environment(str(make_mirror(root)))
    stories, failures = [], []
    for family in families:
        folder = root / family
        folder.mkdir()
        story = Story(family, Stage(folder, terraform, variables))
        stories.append(story)
        try:
            story.tell()
        except DemoError as error:
            failures.append(f"{family}: {error}")
            say(f"    FAILED: {error}")
    say("\n=== What was seen")
    for story in stories:
        say(f"\n{story.family}, {FAMILIES[story.family]}")
        for words in story.seen:
            say(f"  + {words}")
        for words in story.left_out:
            say(f"  - left out: {words}")
    for failure in failures:
        say(f"\nFAILED {failure}")
    return not failures


def main() -> int:
    """Run the demo, of all families or of those named, and return its exit code."""
    started = time.monotonic()
    families = sys.argv[1:] or list(FAMILIES)
    if not set(families) <= set(FAMILIES):
        say(f"usage: run.py [{'|'.join(FAMILIES)}]...")
        return 2
    try:
        terraform = find_terraform()
    except DemoError as error:
        say(str(error))
        return 1
    say("Terraform manages volumes on two simulated arrays. Nothing outside a temporary folder is touched.")
    say(f"Terraform {terraform.version}, {terraform.where}; the provider from this checkout, over real TLS.")
    root = Path(tempfile.mkdtemp(prefix="xivds8k-demo-"))
    done = tell_all(terraform, root, families)
    if done:
        shutil.rmtree(root)
        say(f"\nEverything as described, in {time.monotonic() - started:.0f} seconds.")
        return 0
    say(f"\nNot everything was as described. The configurations and states are in {root}.")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
