"""The page on what the simulators know: it is current, and no switch, code, command, route or field is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from terraform_provider_xivds8k.simulators import conformance_page
from terraform_provider_xivds8k.simulators.ds8k import codes
from terraform_provider_xivds8k.simulators.ds8k.fields import FIELDS
from terraform_provider_xivds8k.simulators.ds8k.routes import TABLE
from terraform_provider_xivds8k.simulators.ds8k.switches import SWITCHES as DS8K_SWITCHES
from terraform_provider_xivds8k.simulators.switches import Switch
from terraform_provider_xivds8k.simulators.xiv.catalog import COMMANDS
from terraform_provider_xivds8k.simulators.xiv.switches import SWITCHES as XIV_SWITCHES
from terraform_provider_xivds8k.simulators.xiv.texts import TEXTS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/conformance.md"
TEXT = PAGE.read_text(encoding="utf-8")
TAG = re.compile(r"\[[SMTK](/[SMTK])?\]")
DS8K_CODES = [one for one in vars(codes).values() if isinstance(one, codes.Code)]

Rows = list[tuple[str, ...]]


def rows(title: str) -> Rows:
    """The cells of the one table below a heading, as a reader sees them: nothing escaped, no code marks."""
    section = TEXT.split(f"\n### {title}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    found = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    assert {len(row) for row in found} == {len(found[0])}, "a cell is not escaped"
    return [tuple(re.sub(r"\\\|", "|", cell).replace("`", "").strip() for cell in row) for row in found[2:]]


def test_the_page_is_what_the_simulators_say() -> None:
    assert conformance_page() == TEXT


def test_every_command_is_there_with_its_syntax_and_description() -> None:
    found = {name: (f"{name} {arguments}".strip(), words) for name, arguments, words in rows("Commands (XIV)")}
    assert found.keys() == COMMANDS.keys()
    for name, command in COMMANDS.items():
        syntax, words = found[name]
        assert syntax == command.syntax
        assert words.startswith(command.description)
        assert command.needs_switch in words


def test_every_code_of_the_xiv_is_there_with_level_words_and_source() -> None:
    expected = {code: (str(text.level), text.words, f"[{text.source}]") for code, text in TEXTS.items()}
    found = rows("Codes (XIV)")
    assert {code: (level.split()[0], words, source) for code, level, words, source in found} == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(("title", "switches"), [("XIV", XIV_SWITCHES), ("DS8000", DS8K_SWITCHES)])
def test_every_switch_is_there_with_default_meaning_and_source(title: str, switches: tuple[Switch, ...]) -> None:
    expected = [(one.name, "on" if one.default else "off", one.meaning, one.source) for one in switches]
    assert rows(f"Switches ({title})") == expected


def test_every_route_is_there_with_its_source() -> None:
    listed = [
        (f"{method} {path}", source)
        for path, methods, source in rows("Routes (DS8000)")
        for method in methods.split(", ")
    ]
    assert sorted(listed) == sorted((command, source) for command, _, source in TABLE)


def test_every_field_is_there_with_its_source() -> None:
    listed = [(key, name, source) for key, names, source in rows("Fields (DS8000)") for name in names.split(", ")]
    assert sorted(listed) == sorted(
        (key, name, source) for key, names in FIELDS.items() for name, source in names.items()
    )


def test_every_code_of_the_ds8000_is_there_with_status_words_and_source() -> None:
    expected = [(one.code, str(one.status), one.words or "the words of the rule", one.source) for one in DS8K_CODES]
    assert rows("Codes (DS8000)") == expected


@pytest.mark.parametrize(
    "title",
    ["Codes (XIV)", "Switches (XIV)", "Routes (DS8000)", "Fields (DS8000)", "Codes (DS8000)", "Switches (DS8000)"],
)
def test_every_source_starts_with_a_tag_that_the_page_explains(title: str) -> None:
    explained = set(re.findall(r"\[[SMTK]\]", TEXT.split("\n## ", 1)[0]))
    sources = {row[-1] for row in rows(title)}
    assert [source for source in sources if not TAG.match(source)] == []
    assert {f"[{letter}]" for source in sources for letter in source[1 : source.index("]")].split("/")} <= explained


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert links
    assert [link for link in links if not (PAGE.parent / link).is_file()] == []


def test_the_readme_leads_to_the_page() -> None:
    assert "(docs/conformance.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
