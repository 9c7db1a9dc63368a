"""How a Python annotation meets Terraform's types: compiled once per attribute, then only called.

str int Decimal bool Literal[...]        a primitive (Literal: a string with its choices as a check)
list[X] set[X] frozenset[X] dict[str, X] a collection
a Model                                  a nested attribute, also inside the collections
X | None                                 the same, and null is a value a reader must expect
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from .checks import Check, each, one_of, whole
from .nodes import Nesting, nested_type
from .types import BOOL, NUMBER, STRING, ListType, MapType, SetType, Type
from .values import UNKNOWN, Raw, UnknownValueError, canonical_set, normalised

if typing.TYPE_CHECKING:
    from .model import Model


@dataclass(frozen=True, slots=True)
class Shape:
    """Say how one attribute's values are turned from raw to Python and back."""

    node: Type
    to_python: Callable[[Any], Any]
    to_raw: Callable[[Any], Raw]
    checks: tuple[Check[Any], ...] = ()
    whole_number: bool = False
    nested: type[Model] | None = None
    nesting: Nesting | None = None


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> Raw:
    if not isinstance(value, str):
        raise TypeError(f"expected str, not {type(value).__name__}")
    return normalised(value)


def _flag(value: Any) -> Raw:
    if not isinstance(value, bool):
        raise TypeError(f"expected bool, not {type(value).__name__}")
    return value


def _number(value: Any) -> Raw:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"a number must be int or Decimal, not {type(value).__name__}")
    return value


def _whole_number(value: Any) -> Raw:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a whole number must be int, not {type(value).__name__}")
    return value


_PRIMITIVES: dict[Any, Shape] = {
    str: Shape(STRING, _same, _text),
    bool: Shape(BOOL, _same, _flag),
    int: Shape(NUMBER, _same, _whole_number, whole_number=True),
    Decimal: Shape(NUMBER, Decimal, _number),
}


def shape_of(hint: Any, base: type[Model]) -> Shape:
    """Return the shape of an annotation; raises TypeError for one Terraform has no type for."""
    shape = _bare_shape(_without_none(hint), base)
    to_raw = shape.to_raw
    return replace(
        shape,
        to_python=lambda value: None if value is None else _read(shape, value),
        to_raw=lambda value: None if value is None else to_raw(value),
    )


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in {Union, types.UnionType}:
        return hint
    rest = [part for part in get_args(hint) if part is not type(None)]
    if len(rest) != 1:
        raise TypeError(f"{hint!r} has no Terraform type")
    return rest[0]


def _read(shape: Shape, value: Any) -> Any:
    if value is UNKNOWN:
        raise UnknownValueError("a value in it is not known yet")
    return shape.to_python(value)


def _bare_shape(hint: Any, base: type[Model]) -> Shape:
    if hint in _PRIMITIVES:
        return _PRIMITIVES[hint]
    if isinstance(hint, type) and issubclass(hint, base):
        return Shape(hint.node().type, hint.from_raw, lambda value: value.raw, nested=hint, nesting="single")
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return replace(_PRIMITIVES[str], checks=(one_of(*arguments),))
    if origin in {list, set, frozenset}:
        return _elements(origin, _bare_shape(arguments[0], base))
    if origin is dict and arguments[0] is str:
        return _map(_bare_shape(arguments[1], base))
    raise TypeError(f"{hint!r} has no Terraform type")


def _elements(kind: Any, element: Shape) -> Shape:
    nesting: Nesting = "list" if kind is list else "set"

    def to_raw(values: Any) -> Raw:
        items = [element.to_raw(item) for item in values]
        return items if kind is list else canonical_set(items)

    node = nested_type(element.nested.node(), nesting) if element.nested else _collection(nesting, element.node)
    return Shape(
        node,
        lambda values: kind(_read(element, item) for item in values),
        to_raw,
        checks=_element_checks(element),
        nested=element.nested,
        nesting=nesting if element.nested else None,
    )


def _map(element: Shape) -> Shape:
    return Shape(
        MapType(element.node),
        lambda values: {key: _read(element, item) for key, item in values.items()},
        lambda values: {normalised(key): element.to_raw(item) for key, item in values.items()},
        checks=_element_checks(element),
        nested=element.nested,
        nesting="map" if element.nested else None,
    )


def _element_checks(element: Shape) -> tuple[Check[Any], ...]:
    return tuple(each(check) for check in (*((whole(),) if element.whole_number else ()), *element.checks))


def _collection(nesting: Nesting, element: Type) -> Type:
    return ListType(element) if nesting == "list" else SetType(element)
