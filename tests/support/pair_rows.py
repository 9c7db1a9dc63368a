"""A pair of two linked simulated arrays, brought into a row of the table by plain commands and by what happens.

Nothing here uses the driver but for the volume at home: what it makes of a row is what is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from terraform_provider_xivds8k.driver import Side, Volume

from .linked import Linked
from .mirroring import delete, fail_over, join, mirror, pause, resume
from .rest_console import Console
from .xcli import Xcli

DYING: dict[int, Side] = {3: "remote", 6: "remote", 7: "home", 8: "home", 9: "home"}


@dataclass
class Pairing:
    """Be one pair: home's volume, the remote one's id, and what was done to the arrays, which ``bring_back`` undoes."""

    linked: Linked
    volume: Volume
    remote_id: str = ""
    dead: list[Side] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Return the pair's id."""
        return self.volume.id

    def kill(self, side: Side) -> None:
        """Let an array refuse connections."""
        self.linked.set_state(side, "refuse")
        self.dead.append(side)

    def bring_back(self) -> None:
        """Have both arrays and the link well again."""
        for side in self.dead:
            self.linked.set_state(side, "up")
        self.dead.clear()
        self.linked.set_link("up")
        self.linked.ask("DELETE", "/faults")
        self.linked.driver.forget_recent()


READS = ("_list", "_get", "GET ", "POST /tokens")


def writes(both: Linked) -> list[str]:
    """Return what was sent to either array that changes anything."""
    sides: tuple[Side, Side] = ("home", "remote")
    return [command for side in sides for command in both.calls(side) if not any(part in command for part in READS)]


class XIVHands:
    """Do to mirrors of two XIVs what somebody beside the driver may do."""

    rows = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)

    def __init__(self, linked: Linked, stack: ExitStack) -> None:
        arrays, pem = linked.simulation.arrays, linked.simulation.ca_pem
        self.linked = linked
        self.home, self.away = (stack.enter_context(Xcli(array, pem)) for array in arrays)
        self.target = str(arrays[1]["target_name"])

    def make(self, *labels: str, row: int = 1) -> Pairing:
        """Make a volume with what hosts wrote and, but for row 15, its pair in step."""
        volume = self.linked.volume(*labels)
        pairing = Pairing(self.linked, volume)
        if row != 15:
            name = volume.name
            self.mirror(name)
            self.linked.advance(5)
            pairing.remote_id = self.away.ask("vol_list", vol=name).one["wwn"].lower()
        return pairing

    def bring(self, pairing: Pairing, row: int) -> None:
        """Bring a pair in step into a row."""
        name = pairing.volume.name
        if row == 2:
            self.stop(name)
        if row == 5:
            self.home.does("mirror_switch_roles", vol=name)
        if row in {4, 6, 8, 11}:
            self.turn(name)
        if row in {9, 12, 13}:
            self.split(name)
        if row in {10, 11}:
            self.promote(name, self.away if row == 10 else self.home)
        if row == 13:
            self.demote(name, self.home)
            self.demote(name, self.away)
        if row == 14:
            self.lose(pairing, "remote")
        if row == 16:
            self.entangle(pairing)
        if row in DYING:
            pairing.kill(DYING[row])

    def mirror(self, name: str) -> None:
        """Mirror a volume."""
        self.home.does("mirror_create", vol=name, slave_vol=name, create_slave="yes", remote_pool="pool1",
                       target=self.target)  # fmt: skip
        self.home.does("mirror_activate", vol=name)

    def stop(self, name: str) -> None:
        """Have a mirror copy nothing."""
        self.home.does("mirror_deactivate", vol=name)

    def turn(self, name: str) -> None:
        """Switch the roles, and have the mirror copy again."""
        self.home.does("mirror_switch_roles", vol=name)
        self.away.does("mirror_activate", vol=name)
        self.linked.advance(5)

    def promote(self, name: str, slave: Xcli) -> None:
        """Make a slave a master while the link is down, and have the link back."""
        self.linked.set_link("down")
        self.linked.advance(5)
        slave.ask("mirror_deactivate", vol=name)
        slave.does("mirror_change_role", vol=name, new_role="Master")
        self.linked.set_link("up")
        self.linked.advance(1)

    def split(self, name: str) -> None:
        """Make both peers masters, none of them active."""
        self.stop(name)
        self.away.does("mirror_change_role", vol=name, new_role="Master")

    def demote(self, name: str, master: Xcli) -> None:
        """Make a master that is not active a slave."""
        master.does("mirror_change_role", vol=name, new_role="Slave")

    def lose(self, pairing: Pairing, side: Side) -> None:
        """Have one array forget a mirror while it cannot tell."""
        name = pairing.volume.name
        self.stop(name)
        self.linked.set_link("down")
        if side == "home":
            self.home.does("mirror_delete", vol=name)
        else:
            self.away.does("mirror_delete", vol=name, force_on_slave="yes")
        self.linked.set_link("up")

    def entangle(self, pairing: Pairing) -> None:
        """Have home lose a mirror while it cannot tell, and mirror the volume once more under its name."""
        name = pairing.volume.name
        self.lose(pairing, "home")
        self.away.does("vol_rename", vol=name, new_name=f"{name}o")
        self.mirror(name)
        self.linked.advance(5)


class DS8KHands:
    """Do to PPRC pairs of two DS8000s what somebody beside the driver may do."""

    rows = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16)

    def __init__(self, linked: Linked, stack: ExitStack) -> None:
        control = str(linked.simulation.control)
        self.linked = linked
        self.home, self.away = (Console(array, control) for array in linked.simulation.arrays)
        for console in (self.home, self.away):
            console.sign_in()
            stack.callback(console.close)

    def make(self, *labels: str, row: int = 1) -> Pairing:
        """Make a volume with what hosts wrote and, but for row 15, its pair in step."""
        volume = self.linked.volume(*labels, lss="10")
        pairing = Pairing(self.linked, volume)
        if row != 15:
            pairing.remote_id = self.away.make(lss="12")
            join(self.home, self.away, "10", "12")
            join(self.away, self.home, "12", "10")
            made = mirror(self.home, self.away, volume.id, pairing.remote_id)
            assert not made.refused, made.body
            self.linked.advance(5)
        return pairing

    def bring(self, pairing: Pairing, row: int) -> None:
        """Bring a pair in step into a row."""
        ours, theirs = pairing.volume.id, pairing.remote_id
        if row in {4, 5, 6, 8, 11}:
            self.turn(ours, theirs)
        if row in {9, 10, 12}:
            self.promote(ours, theirs)
        if row == 11:
            self.take_over(self.home, self.away, ours, theirs)
        if row in {2, 12}:
            self.pause(self.home, ours, theirs)
        if row == 5:
            self.pause(self.away, theirs, ours)
        if row == 14:
            self.lose(pairing, "remote")
        if row == 16:
            self.entangle(pairing)
        if row in DYING:
            pairing.kill(DYING[row])

    def pause(self, source: Console, ours: str, theirs: str) -> None:
        """Have a pair copy nothing."""
        (pair,) = self._pairs(source, ours, theirs)
        seen = pause(source, pair)
        assert not seen.refused, seen.body

    def _pairs(self, source: Console, own: str, peer: str) -> list[str]:
        records = source.ask("GET", "/cs/pprcs").records
        return [
            record["id"]
            for record in records
            if (record["source_volume"]["name"], record["target_volume"]["name"]) == (own, peer)
        ]

    def promote(self, ours: str, theirs: str) -> None:
        """Have the remote array take over."""
        self.take_over(self.away, self.home, theirs, ours)

    def take_over(self, here: Console, there: Console, own: str, peer: str) -> None:
        """Have one array take over."""
        seen = fail_over(here, there, own, peer)
        assert not seen.refused, seen.body

    def turn(self, ours: str, theirs: str) -> None:
        """Have the remote array take over and copy to home."""
        self.promote(ours, theirs)
        (pair,) = self._pairs(self.away, theirs, ours)
        seen = resume(self.away, pair, "failback")
        assert not seen.refused, seen.body
        self.linked.advance(5)

    def lose(self, pairing: Pairing, side: Side) -> None:
        """Have one array forget a pair while it cannot tell."""
        self.linked.set_link("down")
        if side == "home":
            seen = delete(self.home, "source", pairing.volume.id)
        else:
            seen = delete(self.away, "target", pairing.remote_id)
        assert not seen.refused, seen.body
        self.linked.set_link("up")

    def entangle(self, pairing: Pairing) -> None:
        """Have home lose a pair while it cannot tell, and copy the volume to another one."""
        self.lose(pairing, "home")
        made = mirror(self.home, self.away, pairing.volume.id, self.away.make(lss="12"))
        assert not made.refused, made.body
        self.linked.advance(5)


Hands = XIVHands | DS8KHands


@contextmanager
def hands_on(linked: Linked) -> Iterator[Hands]:
    """Work beside the driver on both arrays."""
    with ExitStack() as stack:
        yield (XIVHands if linked.family == "xiv" else DS8KHands)(linked, stack)
