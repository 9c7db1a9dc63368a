"""Declare an object once, as a typed class; everything else walks the nodes compiled from it.

On the class an attribute is a typed path (``Volume.name``); on an instance it is the value with its Python type, and
reading one that is not known yet raises ``UnknownValueError`` naming it.  Presence (``required`` ...) fixes who may
write it, the annotation fixes the type.  Annotation types must be importable when the program runs.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar, dataclass_transform, get_args, get_type_hints, overload

from .checks import Check
from .nodes import AttributeNode, ModelNode
from .shapes import Shape, shape_of
from .values import UNKNOWN, Path, Raw, RawObject, Unknown, UnknownValueError, canonical_key, is_wholly_known

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Attr(Generic[T_co]):
    """Be an attribute: a typed path on the class, the value on an instance."""

    def __init__(self, description: str, **facts: Any) -> None:
        self.description = description
        self.facts = facts
        self.name = ""
        self.owner: type[Model] | None = None

    def __set_name__(self, owner: type[Model], name: str) -> None:
        self.name = name.removesuffix("_")  # an attribute may be called what a Model has as a method: `node_`
        self.owner = owner

    @overload
    def __get__(self, instance: None, owner: type[Model]) -> Attr[T_co]: ...

    @overload
    def __get__(self, instance: Model, owner: type[Model]) -> T_co: ...

    def __get__(self, instance: Model | None, owner: type[Model]) -> Attr[T_co] | T_co:
        if instance is None:
            return self
        try:
            value: T_co = owner.shapes()[self.name].to_python(instance.raw[self.name])
        except UnknownValueError as error:
            raise UnknownValueError(f"{owner.__name__}.{self.name} is not known yet") from error
        return value

    def __set__(self, instance: Model, value: T_co) -> None:  # type: ignore[misc]  # as dataclasses: read is what counts
        instance.set(self, value)

    @property
    def path(self) -> Path:
        """Return the path of the attribute from the root of its object."""
        return Path((self.name,))


def required(
    description: str,
    *,
    check: Sequence[Check[T]] = (),
    replace: bool = False,
    replace_when_unknown: bool = False,
    sensitive: bool = False,
) -> Attr[T]:
    """Declare an attribute the user must write.

    ``replace_when_unknown`` is for an object that is nothing without what the attribute names, and cheap to make again.
    """
    return Attr(
        description,
        required=True,
        checks=check,
        replaces=replace or replace_when_unknown,
        unknown_replaces=replace_when_unknown,
        sensitive=sensitive,
    )


def optional(
    description: str,
    *,
    check: Sequence[Check[T]] = (),
    replace: bool = False,
    replace_when_unknown: bool = False,
    sensitive: bool = False,
    write_only: bool = False,
) -> Attr[T | None]:
    """Declare an attribute the user may write; unset it is null."""
    return Attr(
        description,
        optional=True,
        checks=check,
        replaces=replace or replace_when_unknown,
        unknown_replaces=replace_when_unknown,
        sensitive=sensitive,
        write_only=write_only,
    )


def optional_computed(
    description: str,
    *,
    check: Sequence[Check[T]] = (),
    when_unset: T | None = None,
    replace: bool = False,
    replace_when_unknown: bool = False,
    changes_with: tuple[str, ...] = (),
) -> Attr[T]:
    """Declare an attribute the user may write and the array fills in otherwise, or ``when_unset`` does."""
    return Attr(
        description,
        optional=True,
        computed=True,
        checks=check,
        when_unset=when_unset,
        replaces=replace or replace_when_unknown,
        unknown_replaces=replace_when_unknown,
        changes_with=changes_with,
    )


def computed(description: str, *, changes_with: tuple[str, ...] = (), sensitive: bool = False) -> Attr[T]:
    """Declare an attribute only the array fills in; it is unknown in plans that change ``changes_with``."""
    return Attr(description, computed=True, changes_with=changes_with, sensitive=sensitive)


@dataclass_transform(kw_only_default=True, field_specifiers=(required, optional, optional_computed, computed))
class Model:
    """Be an object with declared attributes; made with every attribute by keyword, or ``from_raw``."""

    type_name: ClassVar[str] = ""
    version: ClassVar[int] = 0

    def __init_subclass__(cls, *, type_name: str = "", version: int = 0) -> None:
        cls.type_name = type_name
        cls.version = version

    def __init__(self, **values: Any) -> None:
        shapes = self.shapes()
        values = {name.removesuffix("_"): value for name, value in values.items()}
        if values.keys() != shapes.keys():
            raise TypeError(f"{type(self).__name__} takes exactly {sorted(shapes)}, got {sorted(values)}")
        self.raw: RawObject = {name: shapes[name].to_raw(value) for name, value in values.items()}

    @classmethod
    def from_raw(cls, raw: RawObject) -> Self:
        """Return an instance over raw values, which it takes over."""
        instance = cls.__new__(cls)
        instance.raw = raw
        return instance

    @classmethod
    def nothing(cls) -> Self:
        """Return an instance in which every attribute is null."""
        return cls.from_raw(dict.fromkeys(cls.shapes()))

    @classmethod
    @functools.cache
    def shapes(cls) -> dict[str, Shape]:
        """Return how each attribute's Python type meets its raw values."""
        hints = get_type_hints(cls)
        return {a.name: shape_of(get_args(hints[name])[0], Model) for name, a in cls._declared().items()}

    @classmethod
    def _declared(cls) -> dict[str, Attr[Any]]:
        return {n: a for base in reversed(cls.__mro__) for n, a in vars(base).items() if isinstance(a, Attr)}

    @classmethod
    @functools.cache
    def node(cls) -> ModelNode:
        """Return the compiled declaration."""
        shapes = cls.shapes()
        attributes = tuple(
            AttributeNode(
                name=attribute.name,
                description=attribute.description,
                type=shape.node,
                whole_number=shape.whole_number,
                nested=shape.nested.node() if shape.nested is not None else None,
                nesting=shape.nesting,
                **attribute.facts
                | {
                    "checks": (*shape.checks, *attribute.facts.get("checks", ())),
                    "when_unset": shape.to_raw(attribute.facts.get("when_unset")),
                },
            )
            for attribute in cls._declared().values()
            for shape in [shapes[attribute.name]]
        )
        return ModelNode(
            type_name=cls.type_name,
            description=inspect.cleandoc(cls.__doc__ or ""),
            attributes=attributes,
            version=cls.version,
        )

    def known(self, attribute: Attr[T | None]) -> T | None:
        """Return the value, or None when it is null or not known yet.

        A collection with an element that is not known yet is not known either; a nested object is, and its attributes
        say for themselves.
        """
        try:
            value: T | None = self.shapes()[attribute.name].to_python(self.raw[attribute.name])
        except UnknownValueError:
            return None
        return value

    def is_known(self, attribute: Attr[Any]) -> bool:
        """Tell whether the value, null included, is known throughout."""
        return is_wholly_known(self.raw[attribute.name])

    def is_null(self, attribute: Attr[Any]) -> bool:
        """Tell whether the value is null."""
        return self.raw[attribute.name] is None

    def set(self, attribute: Attr[T], value: T | Unknown | None) -> None:
        """Put a value, null or ``UNKNOWN`` in place."""
        unknown = isinstance(value, Unknown)
        self.raw[attribute.name] = UNKNOWN if unknown else self.shapes()[attribute.name].to_raw(value)

    def same(self, other: Model, attribute: Attr[Any]) -> bool:
        """Tell whether both hold the same value."""
        mine: Raw = self.raw[attribute.name]
        return mine == other.raw[attribute.name]

    def copy(self) -> Self:
        """Return an instance that can be changed without changing this one."""
        return self.from_raw(copy.deepcopy(self.raw))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Model) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(canonical_key(self.raw))  # by value, for sets of nested objects; do not change what is in one

    def __repr__(self) -> str:
        return type(self).__name__ + _shown_object(self.node(), self.raw)


def _shown_object(node: ModelNode, raw: RawObject) -> str:
    return f"({', '.join(f'{name}={_shown(node.by_name[name], value)}' for name, value in raw.items())})"


def _shown(node: AttributeNode, value: Raw) -> str:
    if value is not None and (node.sensitive or node.write_only):
        return "***"
    if node.nested is None or not isinstance(value, dict | list):
        return repr(value)
    inner = node.nested
    if isinstance(value, list):
        return f"[{', '.join(_shown_object(inner, item) if isinstance(item, dict) else repr(item) for item in value)}]"
    if node.nesting == "single":
        return _shown_object(inner, value)
    return f"{{{', '.join(f'{k!r}: {_shown_object(inner, i)}' for k, i in value.items() if isinstance(i, dict))}}}"
