"""Terraform's types as a plain tree of nodes: what ``codec``, the wire schema and the docs walk.

Nodes know nothing of Python annotations; ``model`` compiles those into nodes once.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class StringType:
    """A Unicode string in NFC."""


@dataclass(frozen=True, slots=True)
class NumberType:
    """An integer or a decimal; it never passes through a float."""


@dataclass(frozen=True, slots=True)
class BoolType:
    """True or false."""


@dataclass(frozen=True, slots=True)
class ListType:
    """Elements of one type in order."""

    element: Type


@dataclass(frozen=True, slots=True)
class SetType:
    """Elements of one type, each once, in no order."""

    element: Type


@dataclass(frozen=True, slots=True)
class MapType:
    """Elements of one type by string key."""

    element: Type


@dataclass(frozen=True, slots=True)
class ObjectType:
    """Named attributes, each with its type; values carry exactly these keys."""

    attributes: tuple[tuple[str, Type], ...]


Type: TypeAlias = "StringType | NumberType | BoolType | ListType | SetType | MapType | ObjectType"

STRING = StringType()
NUMBER = NumberType()
BOOL = BoolType()

_SIMPLE: dict[type, str] = {StringType: "string", NumberType: "number", BoolType: "bool"}
_COLLECTION: dict[type, str] = {ListType: "list", SetType: "set", MapType: "map"}


def constraint(node: Type) -> object:
    """Return the type constraint of a node as Terraform writes it in JSON."""
    if isinstance(node, ObjectType):
        return ["object", {name: constraint(inner) for name, inner in node.attributes}]
    if isinstance(node, ListType | SetType | MapType):
        return [_COLLECTION[type(node)], constraint(node.element)]
    return _SIMPLE[type(node)]


@functools.cache
def constraint_json(node: Type) -> bytes:
    """Return the type constraint of a node as compact JSON."""
    return json.dumps(constraint(node), separators=(",", ":")).encode()


def describe(node: Type) -> str:
    """Return the type in the words of the reference pages."""
    if isinstance(node, ObjectType):
        return "object"
    if isinstance(node, ListType | SetType | MapType):
        return f"{_COLLECTION[type(node)]} of {describe(node.element)}"
    return _SIMPLE[type(node)]
