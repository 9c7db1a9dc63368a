"""The user in a stateful test: applies, is refused, and follows a way out the refusal names; and who else is about."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from terraform_provider_xivds8k.driver import DriverError, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.resources import VolumeResource

from .core import Core, Plan, Rejected, warnings_of
from .volume_faults import Fault, cause
from .volume_ledger import DEFECT, GIB, Ledger, Slot, check_wanted
from .volume_stage import Found, Stage

CALM_S = 15.0
HASTY_S = 0.3  # while calls break; the rest is to work on a busy machine, too
RERUNS = 8
TIMEOUTS = dict.fromkeys(("create", "read", "update", "delete"), "15s")
IN_USE = re.compile(r"in use and was not deleted|in a copy relation|cannot move to another pool")


class User:
    """Run Terraform on some volumes of one array, in one provider process after another."""

    def __init__(self, stage: Stage, slots: int) -> None:
        self.stage = stage
        self._number = 0
        self._drivers: list[XIVDS8KDriver] = []
        self._configured = self._calm = self._hasty = self._process(CALM_S)
        self.start_another_process()
        self.slots = [Slot(self._core()) for _ in range(slots)]
        self.ledger = Ledger(self.slots, stage.volumes())

    def _core(self) -> Core:
        return Core(lambda: VolumeResource(self._configured), begin=self._begin)

    def _begin(self) -> None:
        self._configured.driver.forget_recent()

    def start_another_process(self) -> None:
        """Forget what only the provider process knew."""
        self.close()
        self._configured = self._calm = self._process(CALM_S)
        self._hasty = self._process(HASTY_S)

    def close(self) -> None:
        """End the provider process."""
        for driver in self._drivers:
            driver.close()
        self._drivers.clear()

    def _process(self, request_timeout_s: float) -> Configured[XIVDS8KDriver]:
        driver = self.stage.driver(request_timeout_s)
        self._drivers.append(driver)
        return Configured(
            open_driver=lambda: driver,
            close_driver=lambda one: one.close(),
            guards=Guards(deletion_protection=False),
            family=self.stage.family,
        )

    def _fresh(self) -> str:
        self._number += 1
        return f"n{self._number}"

    # a run

    def during(self, one: Slot, what: Callable[[], object], broken: list[Fault], may_go: set[str]) -> Rejected | None:
        """Do something while calls break; check what must hold whatever came of it; return the refusal."""
        before, refused = self.stage.volumes(), None
        for fault in broken:
            cause(self.stage, fault)
        self._configured = self._hasty if broken else self._calm
        try:
            what()
        except Rejected as error:
            refused = error
        finally:
            self._configured = self._calm
            if broken:
                self.stage.mend()
        if refused is not None:
            assert DEFECT not in str(refused), str(refused)
            assert all(item.summary and item.detail for item in refused.errors), str(refused)
        self.ledger.check(one, before, self.stage.volumes(), str(refused or ""), may_go)
        return refused

    def config(self, one: Slot, *, name: str, pool: int, size: int, kind: int) -> dict[str, Any]:
        """Return a configuration that asks for no less than there is."""
        own: dict[str, Any] = (
            {"qos_class": ("", "gold")[kind]}
            if self.stage.family == "xiv"
            else {"provisioning": ("thin", "thick")[kind]}
        )
        had = one.state["size_bytes"] if one.state is not None else None
        if had and had > size * GIB:
            size = -(-int(had) // GIB)
        return {"name": name, "pool": self.stage.pools[pool], "size_gib": size, "timeouts": TIMEOUTS, **own}

    def planned(self, one: Slot) -> Plan | None:
        """Refresh and plan while nothing breaks; None where there is nothing to do or it was refused."""
        plans: list[Plan] = []

        def look() -> None:
            one.core.refresh()
            if one.wanted is not None or one.core.instance is not None:
                plans.append(one.core.plan(one.wanted))

        self.during(one, look, [], set())
        return plans[0] if plans else None

    def may_go(self, one: Slot, plan: Plan) -> set[str]:
        """Return the ids a plan may remove."""
        return {one.id} if one.id is not None and plan.action in {"delete", "replace"} else set()

    def heed(self, one: Slot) -> None:
        """Where the array gave our id to somebody else's volume: we are warned or refused, and let go of it."""
        volumes = self.stage.volumes()
        if not self.ledger.is_stale(one, volumes):
            return
        assert self.stage.family == "ds8k", "an XIV never gives an id again"
        assert one.state is not None
        if volumes[str(one.id)].name != one.state["written_name"]:
            said = self._told_of(one)
            assert any("is now called" in text or "is not the one in the state" in text for text in said), said
        one.core.instance = None

    def _told_of(self, one: Slot) -> list[str]:
        """Return what a refresh and the plan of a destroy say."""
        try:
            one.core.refresh()
            return warnings_of(one.core.plan(None).diagnostics)
        except Rejected as refused:
            return [str(refused)]

    def converge(self, one: Slot) -> None:
        """Run again without faults, following the ways out that are named, until the plan is empty."""
        said = ""
        for _ in range(RERUNS):
            going: set[str] = set()
            refused = self.during(one, partial(self._run, one, going), [], going)
            if refused is None:
                break
            said = str(refused)
            self._follow(one, said)
        else:
            message = f"no end: {said}"
            raise AssertionError(message)
        if one.wanted is None:
            assert one.core.instance is None
            return
        one.core.refresh()
        plan = one.core.plan(one.wanted)
        assert plan.action == "no-op", (plan.action, plan.prior, plan.planned)
        check_wanted(one, self.stage.volumes())

    def _run(self, one: Slot, going: set[str]) -> None:
        one.core.refresh()
        if one.wanted is not None or one.core.instance is not None:
            plan = one.core.plan(one.wanted)
            going |= self.may_go(one, plan)
            one.core.apply(plan)

    def _follow(self, one: Slot, said: str) -> None:
        """Do what a refusal tells the user to do."""
        found = self.stage.volumes().get(one.id or "")
        if "in doubt and was not" in said:
            self._out_of_doubt(one, said)
        elif "There is a volume called" in said or "VOLUME_EXISTS" in said:
            assert "Choose another name" in said
            self._take_or_rename(one)
        elif "cannot shrink" in said or "grown outside" in said:
            least = re.search(r"at least size_bytes = (\d+)", said)
            assert least is not None, said
            assert one.wanted is not None
            one.wanted.update(size_gib=None, size_bytes=int(least[1]))
        elif IN_USE.search(said):
            assert found is not None, said
            self.set_free(found)
        elif "is called" in said and "apply a name to it first" in said:
            assert one.state is not None
            wanted, one.wanted = one.wanted, self._as_it_is(one)
            self.converge(one)
            one.wanted = wanted
        else:
            raise AssertionError("no way out is named: " + said)

    def set_free(self, found: Found) -> None:
        """Remove what uses a volume."""
        if found.mapped:
            self.stage.unmap(found)
        if found.copied:
            copies = [copied.id for copied in self.stage.volumes().values() if copied.master == found.id]
            self.stage.delete_snapshots(found)
            for copied in copies:
                del self.ledger.foreign[copied]

    def _as_it_is(self, one: Slot) -> dict[str, Any]:
        assert one.state is not None
        state = one.state
        kept = {name: state[name] for name in ("pool", "size_bytes", "provisioning", "qos_class")}
        return {**kept, "name": state["written_name"], "timeouts": TIMEOUTS}

    def _out_of_doubt(self, one: Slot, said: str) -> None:
        assert "terraform untaint" in said
        assert "import" in said
        assert one.core.instance is not None
        name = str(one.core.instance.state["name"])
        if one.core.instance.tainted and one.wanted is not None and self._ours(name):
            one.core.instance.tainted = False
            return
        one.core.instance = None
        if one.wanted is not None:
            one.wanted["name"] = name
        self._take_or_rename(one, name)

    def _ours(self, name: str) -> list[str]:
        """Return the volumes of a name that nobody but a lost creation of ours made."""
        return [one.id for one in self.stage.volumes().values() if one.name == name and one.id in self.ledger.told]

    def _take_or_rename(self, one: Slot, name: str = "") -> None:
        """Import the volume that is ours, or else leave its name to whoever has it."""
        ours = self._ours(name or str((one.wanted or {})["name"]))
        if ours and one.core.instance is None:
            one.core.import_object(ours[0])
            self.ledger.take(ours[0], one)
        elif one.wanted is not None:
            one.wanted["name"] = self._fresh()

    # what others do

    def meddle(self, kind: str, one: Slot) -> None:
        """Let somebody else do something to a resource's volume, or make one of their own."""
        found = self.stage.volumes().get(one.id or "")
        before = self.stage.volumes().keys()
        if kind == "same name" and one.wanted is not None:
            self._make_foreign(str(one.wanted["name"]))
        elif kind == "foreign":
            self._make_foreign(self._fresh())
        elif found is not None and self.ledger.owner.get(found.id) is one:
            self._meddle_with(found, kind)
        volumes = self.stage.volumes()
        self.ledger.foreign.update({new: volumes[new] for new in volumes.keys() - before})

    def _make_foreign(self, name: str) -> None:
        if self.stage.family == "xiv" and any(one.name == name for one in self.stage.volumes().values()):
            return
        try:
            made = self.stage.hands.create_volume(name=name, pool=self.stage.pools[0], size_bytes=GIB)
        except DriverError:  # on a DS8000 the driver itself refuses a name that is taken
            made = self.stage.hands.create_volume(name=self._fresh(), pool=self.stage.pools[0], size_bytes=GIB)
            self.stage.rename_past_the_driver(made.id, name)
        self.stage.write(self.stage.volumes()[made.id], "payroll")

    def _meddle_with(self, found: Found, kind: str) -> None:
        hands = self.stage.hands
        if kind == "rename":
            hands.rename_volume(volume_id=found.id, new_name=self._fresh())
        elif kind == "grow" and not found.copied:
            hands.extend_volume(volume_id=found.id, size_bytes=found.size_bytes + GIB // 2)
        elif kind == "delete" and not (found.copied or found.mapped):
            hands.delete_volume(volume_id=found.id)
            del self.ledger.owner[found.id]
        elif kind == "map" and not found.mapped:
            self._number += 1
            self.stage.map(found, self._number)
        elif kind == "snapshot" and not found.copied:
            self.stage.snapshot(found, self._fresh())
        elif kind == "write":
            self.stage.write(found, self._fresh())
        elif kind == "move" and not found.copied:
            other = next(pool for pool in self.stage.pools if pool != found.pool)
            hands.migrate_volume(volume_id=found.id, pool=other)
