"""Copies of a DS8000's group for the sweep of faults: whole and of one point in time, or an error that names all."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import XIVDS8KDriver

from .group_snapshot_flows import SHORT_S, THEN, GroupRun
from .group_stage import labels
from .sweep_parts import Bench, Flow, Told
from .volume_runs import LONG_S


class ClonesRun(GroupRun):
    """Make a group of copies as a Python user does."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.names = {volume_id: f"{self.name}{volume_id}" for volume_id in self.group.ids}
        self.copied: tuple[str, ...] = ()
        self.left = ""

    def copy(self, driver: XIVDS8KDriver, deadline: int) -> None:
        """Make it."""
        made = driver.create_consistencygroup_from_src(
            name=self.name, source_group_id=self.group.group_id, volumes=self.names, deadline=deadline
        )
        assert [volume.name for volume in made.volumes] == [*self.names.values()]
        self.copied, self.left = tuple(volume.id for volume in made.volumes), " ".join(made.left)

    def act(self, driver: XIVDS8KDriver) -> None:
        self.copy(driver, SHORT_S)

    def judge(self, told: Told) -> None:
        self.check_members()
        self.check_frozen(told.words)
        if self.copied:
            self.check_copies()
        for seen in () if self.copied else self.made:
            assert seen.id in told.words or seen.name in told.words, f"{seen} is not named: {told.words}"
        if not self.made or self.copied:
            self.check_relations()

    def check_copies(self) -> None:
        """Make sure that there is one whole copy of every member, and nothing else."""
        found = {seen.id: seen.name for seen in self.made}
        assert found == dict(zip(self.copied, self.names.values(), strict=True))
        assert all(labels(self.bench.world, self.bench.calm.get_volume(one))[:1] == [THEN] for one in found)

    def check_relations(self) -> None:
        """Make sure that no relation of a member is left that is not told of."""
        for volume_id in self.group.ids:
            unnamed = [
                one
                for one in self.bench.calm.volume_users(volume_id).relations
                if one.removeprefix("FlashCopy ") not in self.left
            ]
            assert not unnamed, f"left and not named: {unnamed}"

    def finish(self, told: Told) -> None:
        """Remove what was left and named, and run it again."""
        if self.copied:
            return
        sources = {name: volume_id for volume_id, name in self.names.items()}
        for seen in self.made:
            self.bench.calm.delete_volume(
                volume_id=seen.id, expected_name=seen.name, copied_from=sources[seen.name], deadline=LONG_S
            )
        self.bench.calm.forget_recent()
        self.copy(self.bench.calm, LONG_S)
        assert self.left == ""
        self.judge(Told())


CLONES_FLOW = Flow("create_consistencygroup_from_src", ("ds8k",), ClonesRun)
