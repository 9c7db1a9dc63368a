"""Which halves belong together: nothing is lost, nothing is shown twice, and what is paired elsewhere is not ours."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from terraform_provider_xivds8k.driver.flows.pair_matching import Known, group_of, joined
from terraform_provider_xivds8k.driver.replicating import Half

NAMES = ("v1", "V1", "v2", "v3")
KEYS = {"home": "A", "remote": "B"}


def half(side: str, name: str, peer: str, **more: Any) -> Half:
    """Return half of a mirror in step; home is the source."""
    other = "remote" if side == "home" else "home"
    given: dict[str, Any] = {
        "subject": "volume",
        "id": f"{side}-{name}",
        "name": name,
        "system_id": KEYS[side],
        "key": KEYS[side],
        "peer": peer,
        "peer_key": KEYS[other],
        "role": "source" if side == "home" else "target",
        "mode": "sync",
        "standing": "active",
        "in_step": True,
        "words": f"{side} {name}",
    }
    return Half(**(given | more))


def rows(home: list[Half] | None, remote: list[Half] | None, **keys: str | None) -> list[tuple[str, str, int]]:
    """Return by pair what either side calls it, and its row."""
    ours, theirs = (None if one is None else tuple(one) for one in (home, remote))
    pairs = joined(ours, theirs, Known(keys.get("home_key", "A")), Known(keys.get("remote_key", "B")))
    return [(one.home.name if one.home else "", one.remote.name if one.remote else "", one.row) for one in pairs]


def test_halves_are_matched_by_what_they_call_each_other() -> None:
    home = [half("home", "v1", "w1"), half("home", "v2", "w2")]
    remote = [half("remote", "w2", "v2"), half("remote", "w1", "v1")]
    assert rows(home, remote) == [("v1", "w1", 1), ("v2", "w2", 1)]


def test_a_name_in_another_case_is_taken_only_where_none_is_spelled_so() -> None:
    home = [half("home", "v1", "v1"), half("home", "V1", "V1")]
    assert rows(home, [half("remote", "v1", "v1"), half("remote", "V1", "V1")]) == [("v1", "v1", 1), ("V1", "V1", 1)]
    assert rows(home[:1], [half("remote", "V1", "V1")]) == [("v1", "V1", 1)]


def test_a_half_without_another_is_broken_and_a_silent_array_makes_it_unknown_there() -> None:
    home, remote = [half("home", "v1", "w1")], [half("remote", "w2", "v2")]
    assert rows(home, remote) == [("v1", "", 14), ("", "w2", 14)]
    assert rows(home, None) == [("v1", "", 3)]
    assert rows(None, remote) == [("", "w2", 7)]


def test_of_two_volumes_that_name_one_remote_volume_only_the_one_it_names_is_its_pair() -> None:
    home = [half("home", "v1", "w1"), half("home", "v2", "w1")]
    assert rows(home, [half("remote", "w1", "v1")]) == [("v1", "w1", 1), ("v2", "w1", 16)]


def test_a_volume_of_home_paired_with_a_third_array_is_not_understood_and_one_of_the_remote_is_not_ours() -> None:
    """A DS8000's ids repeat: the third array's volume is not home's of the same id."""
    home = [half("home", "v1", "w1", peer_key="C")]
    remote = [half("remote", "w1", "v1", peer_key="C"), half("remote", "w2", "v2", peer_key="C")]
    assert rows(home, []) == [("v1", "", 16)]
    assert rows([], remote) == []
    assert rows([half("home", "v1", "w1")], remote) == [("v1", "w1", 16)]
    assert rows(None, remote) == []
    assert rows(None, remote, home_key=None) == [("", "w1", 7), ("", "w2", 7)]


def test_a_remote_volume_that_is_in_a_second_relation_elsewhere_is_not_understood() -> None:
    remote = [half("remote", "w1", "v1"), half("remote", "w1", "x", peer_key="C", role="source")]
    assert rows([half("home", "v1", "w1")], remote) == [("v1", "w1", 16)]


def test_a_state_nobody_understands_does_not_part_a_pair() -> None:
    home, remote = half("home", "v1", "w1", strange="?"), half("remote", "w1", "v1", strange="?")
    assert rows([home], [remote]) == [("v1", "w1", 16)]


def test_the_pairs_of_a_mirrored_group_are_inside_it_and_move_with_it() -> None:
    home = [half("home", "g", "h", subject="group"), half("home", "v1", "w1", group="g"), half("home", "v2", "w2")]
    remote = [
        half("remote", "h", "g", subject="group"),
        half("remote", "w1", "v1", group="h"),
        half("remote", "w2", "v2"),
    ]
    group, member, alone = joined(tuple(home), tuple(remote), Known("A"), Known("B"))
    assert [one.name for one in group.members] == [member.name]
    assert (group.row, group_of(group), group_of(member), group_of(alone)) == (1, None, "g", None)
    assert [one.subject for one in joined(None, tuple(remote), Known(None), Known("B")) if one.members] == ["group"]


@st.composite
def halves(draw: st.DrawFn, side: str) -> tuple[Half, ...] | None:
    """Return what an array may list: any names, peers, partners, roles, some volumes in two relations."""
    made = [
        half(
            side,
            draw(st.sampled_from(NAMES)),
            draw(st.sampled_from(NAMES)),
            peer_key=draw(st.sampled_from([None, *KEYS.values(), "C"])),
            role=draw(st.sampled_from(["source", "target"])),
            standing=draw(st.sampled_from(["active", "hindered", "inactive"])),
            strange=draw(st.sampled_from(["", "", "?"])),
            subject=draw(st.sampled_from(["volume", "volume", "group"])),
            group=draw(st.sampled_from([None, None, "v1"])),
            words=f"{side} {number}",
        )
        for number in range(draw(st.integers(0, 5)))
    ]
    return draw(st.sampled_from([tuple(made), tuple(made), None]))


@given(halves("home"), halves("remote"), st.sampled_from(["A", None]), st.sampled_from(["B", None]))
def test_every_volume_of_home_is_in_one_pair_and_every_one_of_the_remote_in_one_at_least(
    home: tuple[Half, ...] | None, remote: tuple[Half, ...] | None, home_key: str | None, remote_key: str | None
) -> None:
    pairs = joined(home, remote, Known(home_key), Known(remote_key))
    shown = [(one.subject, one.home.id) for one in pairs if one.home is not None]
    assert len(shown) == len(set(shown))
    assert set(shown) == {(one.subject, one.id) for one in home or ()}
    theirs = {(one.subject, one.remote.id) for one in pairs if one.remote is not None}
    foreign = {(one.subject, one.id) for one in remote or () if home_key and one.peer_key not in {None, home_key}}
    doubled = any(one.row == 16 for one in pairs)  # which of two remote volumes is meant nobody knows
    assert doubled or theirs >= {(one.subject, one.id) for one in remote or ()} - foreign
    assert all(one.home_answers == (home is not None) for one in pairs)
    assert all(one.remote_answers == (remote is not None) for one in pairs)
    assert all(one.row == 16 for one in pairs for part in (one.home, one.remote) if part is not None and part.strange)


def test_what_is_paired_with_a_third_array_is_told_as_each_array_shows_it() -> None:
    """An XIV's target by its name and what target_list shows, the other array by its system id."""
    home = half("home", "v1", "w1", peer_key="300999", target="elsewhere")
    (pair,) = joined((home,), (), Known("300331", "2810-214-1300331"), Known("300518", "2810-214-1300518"))
    assert pair.row == 16
    assert pair.cause == (
        "home: paired with target elsewhere (system_id 300999 in target_list); the other array here is 2810-214-1300518"
    )
