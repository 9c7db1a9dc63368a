"""Two volumes of unequal size where one side serves out of step: refused, with the commands that mend it by hand.

The commands are taken from the refusal and given to the arrays as they stand there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from support.linked import GIB, Linked
from support.pair_rows import Hands, Pairing, XIVHands, writes
from support.rest_console import Console
from terraform_provider_xivds8k.driver import Family, Member, Operation, Refused, Scope, Side, Terms

SIZES: dict[Family, int] = {"xiv": 40, "ds8k": 2}  # in GiB, of the one that was grown alone
CALL = re.compile(r"(home|remote): ([^;()]+)[;)]")
ELSE = "Where the array refuses that"


@dataclass(frozen=True)
class Parted:
    """Be a pair that the remote array serves, of which one volume alone was grown, and which copies nothing now."""

    both: Linked
    hands: Hands
    pairing: Pairing

    def do(self, side: str, command: str) -> None:
        """Have an array do what a refusal names."""
        if isinstance(self.hands, XIVHands):
            name, *arguments = command.split()
            client = self.hands.home if side == "home" else self.hands.away
            client.does(name, **dict(one.split("=", 1) for one in arguments))
        else:
            method, path, params = command.split(" ", 2)
            console = self.hands.home if side == "home" else self.hands.away
            if path.endswith("/delete") and not self._is_listed(console, params):
                return  # it went with the other array's, and the text says so
            seen = console.ask(method, path, json.loads(params))
            assert not seen.refused, (command, seen.body)
        self.both.advance(10)

    @staticmethod
    def _is_listed(console: Console, params: str) -> bool:
        """Tell whether an array still has the pair of a volume that is named."""
        (named,) = json.loads(params)["volume_full_ids"]
        ends = ("source_volume", "target_volume")
        return any(
            one[end]["name"] == named["volume_id"] for one in console.ask("GET", "/cs/pprcs").records for end in ends
        )

    def grow(self, side: Side) -> None:
        """Grow one volume and not the other one."""
        size_bytes = SIZES[self.both.family] * GIB
        if isinstance(self.hands, XIVHands):
            client = self.hands.home if side == "home" else self.hands.away
            self.both.turn("xiv_mirror_acknowledgements_lost", on=True)
            client.ask("vol_resize", vol=self.pairing.volume.name, size_blocks=size_bytes // 512)
            self.both.turn("xiv_mirror_acknowledgements_lost", on=False)
        else:
            own_id = self.pairing.id if side == "home" else self.pairing.remote_id
            self.do(side, f'PUT /volumes/{own_id} {{"cap": "{size_bytes}", "captype": "bytes"}}')

    def part(self, grown: Side) -> None:
        """Let the remote array serve, one volume be larger, and the copying have stopped."""
        if isinstance(self.hands, XIVHands):
            name = self.pairing.volume.name
            if grown == "home":
                self.grow("home")
            self.hands.home.does("mirror_switch_roles", vol=name)
            if grown == "remote":
                self.hands.away.does("mirror_activate", vol=name)
                self.both.advance(5)
                self.grow("remote")
                self.hands.away.does("mirror_deactivate", vol=name)
        else:
            self.both.turn("pprc_growth_refused", on=False)
            if grown == "home":
                self.hands.turn(self.pairing.id, self.pairing.remote_id)
                self.grow("home")
                self.hands.pause(self.hands.away, self.pairing.remote_id, self.pairing.id)
            else:  # a target alone grows alone, and a smaller one is not copied to
                self.grow("remote")
                self.hands.promote(self.pairing.id, self.pairing.remote_id)
        self.both.write("remote", self.pairing.remote_id, "b")
        self.both.driver.forget_recent()

    def run(self, operation: Operation, to: Side | None = None) -> Member:
        """Do an operation on the pair."""
        (member,) = self.both.driver.failover_host(
            operation=operation,
            to=to,
            scope=Scope(ids=(self.pairing.remote_id,)),
            terms=Terms(io_stopped=True, authoritative_backend_id="remote"),
            deadline=60,
        ).members
        return member

    def refused(self, operation: Operation, to: Side | None = None) -> Refused:
        """Return what an operation is refused with, nothing having been sent."""
        self.both.forget_calls()
        with pytest.raises(Refused, match=r"differ in size|smaller") as caught:
            self.run(operation, to)
        assert writes(self.both) == []
        return caught.value

    def sizes(self) -> set[int]:
        """Return the sizes of both volumes, in GiB."""
        home, remote = (
            self.both.driver.get_volume(self.pairing.id),
            self.both.driver.remote.get_volume(self.pairing.remote_id),
        )
        return {home.size_bytes // GIB, remote.size_bytes // GIB}


@pytest.fixture(params=["home", "remote"])
def parted(
    request: pytest.FixtureRequest, sites: Callable[[Family], tuple[Linked, Hands]], family: Family
) -> Iterator[Parted]:
    """Return a pair in row 5 with each of its volumes larger in turn; where no DS8000 comes to that, in row 10."""
    both, hands = sites(family)
    found = Parted(both, hands, hands.make("a"))
    found.part(request.param)
    (status,) = both.driver.get_replication_status([found.pairing.id])
    assert status.row == (10 if (family, request.param) == ("ds8k", "remote") else 5)
    yield found
    found.pairing.bring_back()
    if family == "ds8k":
        both.turn("pprc_growth_refused", on=True)


@pytest.mark.parametrize("is_refused", [False, True], ids=["grown in place", "paired anew"])
def test_the_commands_of_the_refusal_bring_both_to_one_size_and_the_operation_then_goes(
    parted: Parted, is_refused: bool
) -> None:
    """Nothing is grown by itself; what the remote array was given is home's at last, whichever way was taken."""
    if parted.both.family == "ds8k":
        parted.both.turn("pprc_growth_refused", on=is_refused)
    refusal = parted.refused("failback")
    in_place, _, anew = refusal.next_step.partition(ELSE)
    assert "run no apply until this is done" in anew
    calls = CALL.findall(anew if is_refused else in_place)
    assert len(calls) >= (4 if is_refused else 1)
    for side, command in calls:
        parted.do(side, command)
    assert parted.sizes() == {SIZES[parted.both.family]}
    parted.both.driver.forget_recent()
    assert parted.run("failback").after == 1
    parted.both.advance(5)
    for side, own_id in (("home", parted.pairing.id), ("remote", parted.pairing.remote_id)):
        assert parted.both.read("home" if side == "home" else "remote", own_id) == ["a", "b"]
