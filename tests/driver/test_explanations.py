"""Every code of an array has a likely cause and a next step of its own, shown right under the array's own words."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from terraform_provider_xivds8k.driver.ds8k import codes as ds8k_codes
from terraform_provider_xivds8k.driver.errors import BadCredentials, DriverError, NoSpace, Refused
from terraform_provider_xivds8k.driver.explanations import Explanation, ds8k, explained, xiv
from terraform_provider_xivds8k.driver.xiv import codes as xiv_codes
from terraform_provider_xivds8k.lifecycle.diagnostics import problem_text
from terraform_provider_xivds8k.simulators.ds8k import codes as console
from terraform_provider_xivds8k.simulators.xiv.catalog import COMMANDS
from terraform_provider_xivds8k.simulators.xiv.texts import TEXTS

LINES = [
    line.split(" ?")
    for line in (Path(__file__).parent / "known_codes.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
KNOWN = {code for code, *_ in LINES}
CONSOLE = [one for one in vars(console).values() if isinstance(one, console.Code)]
SIMULATED = {*TEXTS, *(one.code for one in CONSOLE)} - {"SUCCESS"}
UNCONFIRMED = {
    *(code for code, *doubt in LINES if doubt),
    *(code for code, text in TEXTS.items() if text.source == "K"),
    *(one.code for one in CONSOLE if not one.confirmed),
}
ALL: dict[str, Explanation] = {
    code: found for themes in (xiv.THEMES, ds8k.THEMES) for one in themes.values() for code, found in one.items()
}
ALIASES = {  # the array says the same by each
    frozenset({"CONS_GROUP_BAD_NAME", "CONS_GROUP_DOES_NOT_EXIST"}),
    frozenset({"BE7A0029", "BE7A002D"}),
    frozenset({"BE7A0028", "BE7A002A", "BE7A002B", "BE7A002C"}),
}
MORE_COMMANDS = {  # of the array's, not of the simulated one's: mirrors, and what only people use
    "mirror_list", "mirror_change_designation", "mirror_deactivate", "sync_job_list", "schedule_list", "target_list",
    "event_list", "user_list", "metadata_list", "metadata_delete", "component_list", "state_list", "perf_class_create",
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(KNOWN | SIMULATED))
def test_a_known_code_has_a_cause_and_a_next_step(code: str) -> None:
    found = explained(code.replace("*", "NEVER_SEEN"))
    assert found is not None
    for text in found:
        assert re.fullmatch(r"[A-Z].{10,}\.", text, re.DOTALL), text


def test_what_the_tables_of_errors_know_is_explained() -> None:
    assert {code for code in (*xiv_codes.ERRORS, *ds8k_codes.ERRORS) if explained(code) is None} == set()


def test_a_limit_that_is_reached_is_a_lack_of_room() -> None:
    limits = {code for code in KNOWN - UNCONFIRMED if "REACHED" in code}
    assert {xiv_codes.ERRORS[code][0] for code in limits} == {NoSpace}


def test_no_explanation_is_for_a_code_nobody_knows() -> None:
    assert ALL.keys() - KNOWN - SIMULATED == set()


@pytest.mark.parametrize("code", sorted(UNCONFIRMED))
def test_what_no_source_confirms_is_said_to_be_probable(code: str) -> None:
    found = explained(code)
    assert found is not None
    assert "robably" in found.cause


def _shared(part: str) -> set[frozenset[str]]:
    codes = defaultdict(set)
    for code, found in ALL.items():
        codes[getattr(found, part)].add(code)
    return {frozenset(one) for one in codes.values() if len(one) > 1}


def test_two_codes_share_a_cause_only_where_the_array_says_the_same_by_them() -> None:
    assert _shared("cause") == ALIASES


def test_two_codes_share_a_step_only_where_they_share_a_cause_or_refuse_a_sign_in() -> None:
    tables = {**xiv_codes.ERRORS, **ds8k_codes.ERRORS}
    sign_in = {code for code, (kind, _) in tables.items() if kind is BadCredentials}
    assert [one for one in _shared("next_step") if one not in ALIASES and not one <= sign_in] == []


def test_the_commands_a_step_names_are_the_arrays() -> None:
    texts = " ".join(text for one in xiv.THEMES.values() for found in one.values() for text in found)
    named = set(re.findall(r"`([a-z_]{3,})[^`]*`", texts))
    assert named - COMMANDS.keys() - MORE_COMMANDS == set()


def test_a_code_inside_of_another_answer_is_explained_as_itself() -> None:
    assert explained("TRNS_MGMT_STATUS_VOLUME_EXISTS") is explained("VOLUME_EXISTS") is not None


def test_a_whole_code_is_preferred_to_its_beginning() -> None:
    assert explained("LOGIN_FAILURE_NEVER_SEEN") is ALL["LOGIN_FAILURE_*"]
    assert explained("LOGIN_FAILURE_USER_FAILED_TO_LOGIN") is ALL["LOGIN_FAILURE_USER_FAILED_TO_LOGIN"]


@pytest.mark.parametrize("code", ["", "NEVER_SEEN", "BE7AFFFF"])
def test_a_code_nobody_knows_is_shown_without_a_cause(code: str) -> None:
    error = Refused("No", code=code, words="words")
    assert explained(code) is None
    assert error.cause == ""
    assert "words\n" not in problem_text(error)


def test_the_cause_goes_with_the_code_wherever_it_is_handed_on() -> None:
    """A flow that tells of another error takes over its code and words; what they mean comes along."""
    first = Refused("No", code="VOLUME_LOCKED", words="Volume is locked")
    later = DriverError("It failed", code=first.code, words=first.words, next_step="Do this.")
    assert later.cause == first.cause == ALL["VOLUME_LOCKED"].cause


def test_an_error_tells_code_words_cause_and_step_in_this_order_and_each_once() -> None:
    error = xiv_codes.error_for("vol_delete", "VOLUME_IS_MAPPED", 3, "Volume that is mapped cannot be deleted")
    found = ALL["VOLUME_IS_MAPPED"]
    assert str(error) == (
        "The array would not delete the volume the array said VOLUME_IS_MAPPED: Volume that is mapped cannot be "
        f"deleted. {found.cause} {found.next_step}"
    )
    assert problem_text(error) == (
        f"The array said VOLUME_IS_MAPPED: Volume that is mapped cannot be deleted\n{found.cause}\n\n{found.next_step}"
    )


@pytest.mark.parametrize("words", ["", "[BE534459] no extents"])
def test_a_proxied_code_of_the_console_is_explained(words: str) -> None:
    error = ds8k_codes.error_for("create", "BE7A0000" if words else "", words, 500)
    assert error.cause == ALL["BE534459" if words else "HTTP 500"].cause
    assert error.next_step == ALL["BE534459" if words else "HTTP 500"].next_step
