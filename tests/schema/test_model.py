"""Declarations: typed access, what is refused when written, what is shown and what is not."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.shelf import Box, Lid, ShelfBlock, Slot, box
from support.sources import ROOT
from terraform_provider_xivds8k.schema import (
    UNKNOWN,
    Attr,
    Model,
    Raw,
    UnknownValueError,
    computed,
    optional,
    required,
)
from terraform_provider_xivds8k.schema import (
    Path as TypedPath,
)
from terraform_provider_xivds8k.schema.types import STRING, ListType, MapType, ObjectType, SetType


def _box(**values: Any) -> Box:
    return Box.from_raw(box(**values))


def test_on_the_class_an_attribute_is_a_path() -> None:
    assert Box.name.path == TypedPath(("name",))
    assert str(Box.copy_.path) == "copy"


def test_on_an_instance_it_is_the_value_with_its_python_type() -> None:
    found = _box(
        weight=2,
        tags=["a", "b"],
        lid={"material": "tin", "screws": 4, "code": None},
        slots=[{"width": Decimal("1.5"), "label": "x"}],
        drawers={"top": {"width": 3, "label": None}},
        spare=[{"width": 1, "label": None}],
    )
    assert (found.weight, found.tags, found.notes) == (Decimal(2), {"a", "b"}, None)
    assert isinstance(found.weight, Decimal)
    assert found.lid is not None
    assert (found.lid.material, found.lid.screws) == ("tin", 4)
    assert found.slots is not None
    assert [slot.width for slot in found.slots] == [Decimal("1.5")]
    assert found.drawers is not None
    assert found.drawers["top"].width == 3
    assert found.spare == frozenset({Slot(width=Decimal(1), label=None)})


def test_reading_an_unknown_value_raises_and_names_it() -> None:
    with pytest.raises(UnknownValueError, match=r"Box\.name"):
        _ = _box(name=UNKNOWN).name


@pytest.mark.parametrize(
    "raw",
    [
        {"tags": ["a", UNKNOWN]},
        {"sizes": [1, UNKNOWN]},
        {"notes": {"a": UNKNOWN}},
        {"slots": [UNKNOWN]},
        {"drawers": {"a": UNKNOWN}},
    ],
)
def test_reading_a_collection_with_something_unknown_raises_too(raw: dict[str, Any]) -> None:
    (name,) = raw
    found = _box(**raw)
    with pytest.raises(UnknownValueError, match=rf"Box\.{name}"):
        getattr(found, name)
    assert found.known(getattr(Box, name)) is None
    assert not found.is_known(getattr(Box, name))


def test_an_object_with_something_unknown_inside_can_be_read_for_the_rest() -> None:
    lid = _box(lid={"material": "tin", "screws": UNKNOWN, "code": None}).lid
    assert lid is not None
    assert lid.material == "tin"
    with pytest.raises(UnknownValueError, match=r"Lid\.screws"):
        _ = lid.screws


def test_null_and_unknown_are_told_apart() -> None:
    found = _box(place=UNKNOWN)
    assert found.known(Box.place) is None
    assert not found.is_null(Box.place)
    assert not found.is_known(Box.place)
    assert found.known(Box.colour) is None
    assert found.is_null(Box.colour)
    assert found.is_known(Box.colour)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", 1),
        ("fragile", "yes"),
        ("count", True),
        ("count", Decimal("1.5")),
        ("weight", 1.5),
        ("weight", True),
        ("sizes", ["a"]),
        ("notes", {"a": 1}),
    ],
)
def test_a_value_of_another_type_is_refused_when_it_is_written(name: str, value: Any) -> None:
    with pytest.raises(TypeError):
        setattr(_box(), name, value)


def test_texts_are_kept_in_nfc_so_that_they_compare() -> None:
    found = _box()
    found.name, found.notes = "e\u0301", {"e\u0301": "e\u0301"}
    assert found.raw["name"] == "\u00e9"
    assert found.raw["notes"] == {"\u00e9": "\u00e9"}


def test_sets_are_kept_in_canonical_order() -> None:
    found = _box()
    found.tags = {"b", "c", "a"}
    assert found.raw["tags"] == ["a", "b", "c"]


def test_a_copy_shares_nothing_with_its_original() -> None:
    first = _box(lid={"material": "tin", "screws": 1, "code": None})
    second = first.copy()
    assert second.lid is not None
    second.lid.screws = 2
    second.name = "other"
    assert first.lid is not None
    assert (first.lid.screws, first.raw["name"]) == (1, None)
    assert first != second


def test_every_attribute_is_given_when_one_is_made() -> None:
    with pytest.raises(TypeError, match="takes exactly"):
        Lid(material="tin", screws=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="takes exactly"):
        Lid(material="tin", screws=1, code=None, colour="red")  # type: ignore[call-arg]


def test_an_attribute_may_be_called_as_a_method_is() -> None:
    found = _box(copy="that")
    assert found.copy_ == "that"
    assert found.copy().raw["copy"] == "that"
    assert "copy" in Box.node().by_name


def test_no_secret_is_shown_at_any_depth() -> None:
    secret = _box(secret="open sesame", lid={"material": "tin", "screws": None, "code": "1234"})
    block = ShelfBlock.from_raw({**ShelfBlock.nothing().raw, "password": "open sesame"})
    shown = f"{secret!r} {block!r} {[secret]}"
    assert "open sesame" not in shown
    assert "1234" not in shown
    assert "material='tin'" in shown
    assert "secret=***" in shown


def test_nested_secrets_in_collections_are_not_shown() -> None:
    class Door(Model):
        """A door."""

        locks: Attr[list[Lid]] = required("Locks.")
        by_name: Attr[dict[str, Lid]] = required("Locks by name.")

    lid: Raw = {"material": "tin", "screws": None, "code": "1234"}
    shown = repr(Door.from_raw({"locks": [lid, UNKNOWN], "by_name": {"a": lid}}))
    assert "1234" not in shown
    assert shown.count("code=***") == 2


def test_the_declaration_is_compiled_as_written() -> None:
    node = Box.node()
    by_name = node.by_name
    assert (node.type_name, node.version) == ("shelf_box", 3)
    assert node.description == "A box on a shelf.\n\nIt keeps things."
    assert by_name["badges"].when_unset == ["a", "b"]
    assert by_name["slots"].nesting == "list"
    assert by_name["spare"].type == SetType(Slot.node().type)
    assert by_name["drawers"].type == MapType(Slot.node().type)
    assert by_name["moods"].type == ListType(STRING)
    assert isinstance(node.type, ObjectType)
    assert [name for name, _ in node.type.attributes] == sorted(by_name)
    assert node is Box.node()


def test_a_declaration_inherits_attributes_and_may_say_them_anew() -> None:
    class Base(Model):
        """A base."""

        one: Attr[str] = required("One.")

    class Derived(Base, type_name="derived", version=2):
        """More of it."""

        two: Attr[int | None] = computed("Two.")

    assert list(Derived.node().by_name) == ["one", "two"]
    assert list(Base.node().by_name) == ["one"]


class Odd(Model):
    """An object Terraform has no type for."""

    value: Attr[complex | None] = optional("No such number.")


class Either(Model):
    """Another."""

    value: Attr[str | int | None] = optional("One or the other.")


@pytest.mark.parametrize("model", [Odd, Either])
def test_a_type_terraform_does_not_have_is_refused(model: type[Model]) -> None:
    with pytest.raises(TypeError, match="has no Terraform type"):
        model.node()


MISTAKES = """
from support.shelf import Box, Lid
from terraform_provider_xivds8k.schema import Attr, Model, length, between, optional, optional_computed, required
def read(box: Box) -> None:
    box.nmae  # wrong
    box.name = 1  # wrong
    box.colour.upper()  # wrong
    Box.nmae  # wrong
    total: int = box.name  # wrong
    box.known(Lid.material).nothing  # wrong
    text: str | None = box.known(Box.colour)
    number: int | None = box.known(Box.count)
    name: str | None = box.known(Box.name)
Lid(material="tin", screws=None)  # wrong
Lid(material="tin", screws="x", code=None)  # wrong
class Bad(Model):
    a: Attr[str] = required("A.", check=[between(1, 2)])  # wrong
    b: Attr[int] = optional_computed("B.", when_unset="x")  # wrong
    c: Attr[str] = optional("C.")  # wrong
    d: Attr[str | None] = optional("D.", check=[length(1, 2)])
    e: Attr[list[str] | None] = optional("E.")
"""


@pytest.mark.timeout(120)
def test_the_type_checker_finds_what_a_person_would_miss(tmp_path: Path) -> None:
    file = tmp_path / "mistakes.py"
    file.write_text(MISTAKES, encoding="utf-8")
    arguments = ["--strict", "--no-error-summary", "--cache-dir", str(ROOT / ".mypy_cache"), "--no-pretty"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments, "--config-file", str(ROOT / "pyproject.toml"), str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = {
        int(line.split(":")[1]) for line in checked.stdout.splitlines() if ": error:" in line and file.name in line
    }
    meant = {number for number, line in enumerate(MISTAKES.splitlines(), 1) if line.endswith("# wrong")}
    assert found == meant, checked.stdout
