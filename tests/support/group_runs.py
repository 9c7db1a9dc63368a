"""Runs of a sweep over consistency groups and members, and how what they leave is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from terraform_provider_xivds8k.driver import AlreadyExists, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards, Resource

from .core import Core
from .group_benches import MARK, SNAPSHOTS
from .resource_runs import timed, timeouts
from .sweep_benches import LABEL, labels, write_label
from .sweep_parts import Bench, Run, Seen, Told
from .volume_runs import LONG_S, SHORT_S

Config = dict[str, Any]
Kind = type[Resource[Any, XIVDS8KDriver]]


@dataclass
class Ground:
    """Be what a run starts from: a group's name, volumes with something written to them, and who is in the group."""

    bench: Bench
    group: str = ""
    volumes: list[Volume] = field(default_factory=list)

    def there(self) -> bool:
        """Tell whether the array has the group."""
        return any(seen.id == f"{MARK}{self.group}" for seen in self.bench.witness.objects())

    def inside(self) -> set[str]:
        """Return the ids of our volumes that are in the group."""
        ours = {volume.id for volume in self.volumes}
        return {seen.id for seen in self.bench.witness.objects() if seen.id in ours and seen.more == self.group}

    def check(self) -> None:
        """Make sure that no volume of ours was deleted, changed or emptied."""
        now = {seen.id: seen for seen in self.bench.witness.objects()}
        for volume in self.volumes:
            assert volume.id in now, f"{volume.name} was deleted"
            assert (now[volume.id].name, now[volume.id].size) == (volume.name, volume.size_bytes)
            assert labels(self.bench, volume.id, volume.name) == [LABEL], "what was written is lost"

    def add_volume(self, *, member: bool = False) -> Volume:
        """Make a volume, in the group or not."""
        name, pool = self.bench.world.new_name(), self.bench.notes["pools"][0]
        place = pool.name if self.bench.family == "xiv" else pool.id
        made = self.bench.witness.make(name, place, 16 * 2**30, self.group if member else "")
        found = self.bench.calm.find_volume(made)
        assert found is not None
        write_label(self.bench, made, name)
        self.volumes.append(found)
        return found


class KeptRun(Run):
    """Have a resource make a configuration so, or with None destroy what there is.

    ``exists`` tells whether the array has what the resource keeps; on an array that has no such thing it tells None.
    """

    def __init__(
        self, ground: Ground, kind: Kind, config: Config | None, core: Core, exists: Callable[[], bool | None]
    ) -> None:
        self.ground = ground
        self.kind = kind
        self.config = config
        self.core = core
        self.exists = exists
        self.existed = exists()

    def act(self, driver: XIVDS8KDriver) -> None:
        connect(self.core, self.kind, driver, self.ground.bench)
        self.core.run(timed(self.config, SHORT_S))

    def judge(self, told: Told) -> None:
        connect(self.core, self.kind, self.ground.bench.calm, self.ground.bench)
        self.ground.check()
        exists = self.exists()
        if told.error is None:
            self._check_end(SHORT_S)
            return
        if exists:
            assert self.core.instance is not None, f"there, and not in the state: {told.words}"
        if self.config is not None and self.existed:
            assert exists, "gone without having been asked for"
        self.core.refresh()
        kept = self.core.instance is not None
        assert kept or not self.exists(), "called gone, and there"

    def finish(self, told: Told) -> None:
        if self.core.instance is not None:
            self.core.instance.state["timeouts"] = timeouts(LONG_S)
        if self.config is not None or self.core.instance is not None:
            self.core.run(timed(self.config, LONG_S))
        self._check_end(LONG_S)
        self.ground.check()

    def _check_end(self, seconds: int) -> None:
        assert self.exists() in {None, self.config is not None}
        if self.config is None:
            assert self.core.instance is None
            return
        assert self.core.instance is not None
        assert self.core.instance.state["id"]
        self.core.refresh()
        assert self.core.plan(timed(self.config, seconds)).action == "no-op"


class ImportedRun(KeptRun):
    """Take what there is under management."""

    def __init__(self, *arguments: Any, text: str) -> None:
        super().__init__(*arguments)
        self.text = text

    def act(self, driver: XIVDS8KDriver) -> None:
        connect(self.core, self.kind, driver, self.ground.bench)
        self.core.import_object(self.text)

    def judge(self, told: Told) -> None:
        assert told.error is not None or self.core.instance is not None
        assert self.exists()

    def finish(self, told: Told) -> None:
        connect(self.core, self.kind, self.ground.bench.calm, self.ground.bench)
        if self.core.instance is None:
            self.core.import_object(self.text)
        assert self.core.plan(self.config).action == "no-op"


class ReadRun(KeptRun):
    """Refresh."""

    def act(self, driver: XIVDS8KDriver) -> None:
        connect(self.core, self.kind, driver, self.ground.bench)
        self.core.refresh()

    def judge(self, told: Told) -> None:
        assert self.core.instance is not None, "called gone, and there"
        super().judge(told)


class MembersRun(Run):
    """Change several members by one call of the driver: all are put in, or none."""

    def __init__(self, ground: Ground, add: tuple[str, ...], remove: tuple[str, ...], stays: set[str]) -> None:
        self.ground = ground
        self.change: dict[str, Any] = {"group_id": ground.group, "add": add, "remove": remove}
        self.wanted = {*add, *stays}
        self.stays = stays

    def act(self, driver: XIVDS8KDriver) -> None:
        driver.update_consistencygroup(**self.change, deadline=SHORT_S)

    def judge(self, told: Told) -> None:
        self.ground.check()
        inside = self.ground.inside()
        assert inside >= self.stays, "taken out without having been asked for"
        if told.error is None:
            assert inside == self.wanted
            return
        for volume in self.ground.volumes:
            if volume.id in inside & {*self.change["add"]}:
                assert {volume.id, volume.name} & {*_words(told)}, f"{volume.name} is in and not named: {told.words}"

    def finish(self, told: Told) -> None:
        calm, inside = self.ground.bench.calm, self.ground.inside()
        calm.forget_recent()
        left = [one for one in self.change["add"] if one not in inside]
        if len(left) < len(self.change["add"]):  # one that could not be taken out again, or that is in after all
            with pytest.raises(AlreadyExists):
                calm.update_consistencygroup(**self.change)
        calm.update_consistencygroup(**{**self.change, "add": tuple(left)})
        assert self.ground.inside() == self.wanted
        self.ground.check()


class CopiedRun(Run):
    """Make a group from another: all of it, or nothing that is not named."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.name = f"{ground.group}c"
        self.names = {volume.id: f"{volume.name}c" for volume in ground.volumes}
        self.before = {seen.id for seen in ground.bench.witness.objects()}

    def act(self, driver: XIVDS8KDriver) -> None:
        self._copy(driver, SHORT_S)

    def _copy(self, driver: XIVDS8KDriver, deadline: int) -> None:
        copied = driver.create_consistencygroup_from_src(
            name=self.name, source_group_id=self.ground.group, volumes=self.names, deadline=deadline
        )
        assert [volume.name for volume in copied.volumes] == [*self.names.values()]
        self.left = copied.left

    def judge(self, told: Told) -> None:
        self.ground.check()
        made = [seen for seen in self.ground.bench.witness.objects() if seen.id not in self.before]
        if told.error is None:
            self._check(made, self.left)
            return
        for seen in made:
            owner = seen.more.removeprefix(SNAPSHOTS) if seen.more.startswith(SNAPSHOTS) else seen.name
            assert owner in told.words, f"{seen} is left and not named: {told.words}"

    def _check(self, made: list[Seen], left: tuple[str, ...]) -> None:
        copies = {seen.name: seen.more for seen in made if seen.name in self.names.values()}
        assert copies == dict.fromkeys(self.names.values(), self.name)
        for seen in made:
            if seen.more.startswith(SNAPSHOTS):
                assert seen.more.removeprefix(SNAPSHOTS) in " ".join(left), f"{seen} is left and not named: {left}"
            if seen.name in copies:
                assert labels(self.ground.bench, seen.id, seen.name) == [LABEL]

    def finish(self, told: Told) -> None:
        """Run it again under a name of its own, since what is left may bear the first."""
        if told.error is None:
            return
        number = self.ground.bench.world.new_name()
        self.name, self.names = f"{number}g", {volume_id: f"{number}{i}" for i, volume_id in enumerate(self.names)}
        self.before = {seen.id for seen in self.ground.bench.witness.objects()}
        self.ground.bench.calm.forget_recent()
        self._copy(self.ground.bench.calm, LONG_S)
        self.judge(Told())


def _words(told: Told) -> list[str]:
    return told.words.replace(",", " ").replace(".", " ").replace(";", " ").split()


def connect(core: Core, kind: Kind, driver: XIVDS8KDriver, bench: Bench) -> None:
    """Have a core's provider use a driver from now on, as a new process would."""
    configured: Configured[XIVDS8KDriver] = Configured(
        open_driver=lambda: driver,
        close_driver=lambda _: None,
        guards=Guards(deletion_protection=False),
        family=bench.family,
    )
    core.resource, core.begin = lambda: kind(configured), driver.forget_recent
    driver.forget_recent()


def new_core(kind: Kind, bench: Bench) -> Core:
    """Return a core whose provider talks to the array undisturbed."""
    core = Core(lambda: kind(None))
    connect(core, kind, bench.calm, bench)
    return core
