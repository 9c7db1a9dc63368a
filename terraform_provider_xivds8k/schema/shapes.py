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

from .checks import Check, one_of
from .nodes import Nesting, nested_type
from .types import BOOL, NUMBER, STRING, ListType, MapType, SetType, Type
from .values import Raw, canonical_set

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


def _number(value: Any) -> Raw:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"a number must be int or Decimal, not {type(value).__name__}")
    return value


def _of(kind: type) -> Callable[[Any], Raw]:
    def check(value: Any) -> Raw:
        if not isinstance(value, kind):
            raise TypeError(f"expected {kind.__name__}, not {type(value).__name__}")
        return typing.cast("Raw", value)

    return check


_PRIMITIVES: dict[Any, Shape] = {
    str: Shape(STRING, _same, _of(str)),
    bool: Shape(BOOL, _same, _of(bool)),
    int: Shape(NUMBER, _same, _number, whole_number=True),
    Decimal: Shape(NUMBER, Decimal, _number),
}


def shape_of(hint: Any, base: type[Model]) -> Shape:
    """Return the shape of an annotation; raises TypeError for one Terraform has no type for."""
    shape = _bare_shape(_without_none(hint), base)
    return replace(shape, to_python=_nullable(shape.to_python), to_raw=_nullable(shape.to_raw))


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in {Union, types.UnionType}:
        return hint
    rest = [part for part in get_args(hint) if part is not type(None)]
    if len(rest) != 1:
        raise TypeError(f"{hint!r} has no Terraform type")
    return rest[0]


def _nullable(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


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
        lambda values: kind(element.to_python(item) for item in values),
        to_raw,
        nested=element.nested,
        nesting=nesting if element.nested else None,
    )


def _map(element: Shape) -> Shape:
    return Shape(
        MapType(element.node),
        lambda values: {key: element.to_python(item) for key, item in values.items()},
        lambda values: {key: element.to_raw(item) for key, item in values.items()},
        nested=element.nested,
        nesting="map" if element.nested else None,
    )


def _collection(nesting: Nesting, element: Type) -> Type:
    return ListType(element) if nesting == "list" else SetType(element)
