"""Raw values to and from the bytes Terraform sends: msgpack on the wire, JSON in stored states.

Walks the type nodes; it does not know what an attribute is for.  Every extension code means unknown when decoding, so
that refinements of newer Terraforms are accepted.  Facts: Terraform's object wire format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import msgpack

from .types import BoolType, ListType, MapType, NumberType, ObjectType, SetType, StringType, Type
from .values import UNKNOWN, Raw, RawObject, canonical_set, normalised

_UNKNOWN_EXT = msgpack.ExtType(0, b"\x00")
_INT64 = range(-(2**63), 2**63)
MAX_NUMBER_DIGITS = 400  # Terraform's 512 bits of precision are 155 digits; more is garbage
_TOO_LARGE = 10**MAX_NUMBER_DIGITS
_HALF = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")  # Decimal itself takes "1_0" and " 1"


class CodecError(ValueError):
    """The bytes do not fit the type."""


def encode(value: Raw, node: Type) -> bytes:
    """Return the msgpack form of a value; raises CodecError when it does not fit the type."""
    try:
        packed: bytes = msgpack.packb(_to_wire(value, node, ""), use_bin_type=True)
    except UnicodeEncodeError as error:
        raise CodecError("a text is not Unicode") from error
    return packed


def decode(data: bytes, node: Type) -> Raw:
    """Return the value in msgpack bytes; raises CodecError when they do not fit the type."""
    return _from_wire(_unpack(data), node, "")


def decode_object(data: bytes, node: ObjectType) -> RawObject | None:
    """Return the object, or None for a null one; raises CodecError when the bytes do not fit."""
    value = decode(data, node)
    if value is None or isinstance(value, dict):
        return value
    raise CodecError("the object as a whole is unknown")


def from_json(data: bytes, node: Type) -> Raw:
    """Return the value of a stored state; keys the type lacks are dropped, missing ones are null."""
    try:
        parsed = json.loads(data, parse_float=parse_number)
    except CodecError:
        raise
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not JSON: {error}") from error
    return _from_wire(parsed, node, "", lenient=True)


def _unpack(data: bytes) -> Any:
    try:
        return msgpack.unpackb(data, raw=False, ext_hook=lambda _code, _body: UNKNOWN, strict_map_key=False)
    except (ValueError, msgpack.UnpackException, RecursionError, TypeError) as error:
        raise CodecError(f"not msgpack: {error}") from error


def _fail(path: str, expected: str, value: object) -> CodecError:
    return CodecError(f"expected {expected}, got {type(value).__name__} - at `{path or '.'}`")


def _to_wire(value: Raw, node: Type, path: str) -> Any:
    if value is None:
        return None
    if value is UNKNOWN:
        return _UNKNOWN_EXT
    if isinstance(node, ObjectType):
        if not isinstance(value, dict) or value.keys() != {name for name, _ in node.attributes}:
            raise CodecError(f"an object with other keys - at `{path or '.'}`")
        return {name: _to_wire(value[name], inner, f"{path}.{name}") for name, inner in node.attributes}
    if isinstance(node, MapType) and isinstance(value, dict):
        return {normalised(key): _to_wire(item, node.element, f'{path}["{key}"]') for key, item in value.items()}
    if isinstance(node, ListType | SetType) and isinstance(value, list):
        items = canonical_set(value) if isinstance(node, SetType) else value
        return [_to_wire(item, node.element, f"{path}[{index}]") for index, item in enumerate(items)]
    return _scalar_to_wire(value, node, path)


def _scalar_to_wire(value: Raw, node: Type, path: str) -> Any:
    if isinstance(node, StringType) and isinstance(value, str):
        return normalised(value)
    if isinstance(node, BoolType) and isinstance(value, bool):
        return value
    if isinstance(node, NumberType) and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _number_to_wire(value)
    raise _fail(path, type(node).__name__, value)


def _number_to_wire(value: int | Decimal) -> int | str:
    if isinstance(value, Decimal) and not (value.is_finite() and _is_in_range(value)):
        raise CodecError("a number that is none, or out of range")
    if isinstance(value, Decimal) and value != value.to_integral_value():
        return format(value, "f")
    whole = int(value)  # 10.0 and 10 are one number
    if abs(whole) >= _TOO_LARGE:
        raise CodecError("a number out of range")
    return whole if whole in _INT64 else str(whole)


def _is_in_range(number: Decimal) -> bool:
    return abs(number.adjusted()) < MAX_NUMBER_DIGITS


def _from_wire(value: Any, node: Type, path: str, *, lenient: bool = False) -> Raw:
    if value is None or value is UNKNOWN:
        return UNKNOWN if value is UNKNOWN else None
    return _READERS[type(node)](value, node, path, lenient)


def _read_object(value: Any, node: Any, path: str, lenient: bool) -> Raw:  # noqa: FBT001 - one signature for all readers
    names = {name for name, _ in node.attributes}
    if not isinstance(value, dict) or (not lenient and value.keys() != names):
        raise _fail(path, f"an object with {sorted(names)}", value)
    return {n: _from_wire(value.get(n), inner, f"{path}.{n}", lenient=lenient) for n, inner in node.attributes}


def _read_map(value: Any, node: Any, path: str, lenient: bool) -> Raw:  # noqa: FBT001 - one signature for all readers
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _fail(path, "a map", value)
    return {
        _unicode(key, path): _from_wire(item, node.element, f'{path}["{key}"]', lenient=lenient)
        for key, item in value.items()
    }


def _read_elements(value: Any, node: Any, path: str, lenient: bool) -> Raw:  # noqa: FBT001 - one signature for all readers
    if not isinstance(value, list):
        raise _fail(path, "a list", value)
    items = [_from_wire(item, node.element, f"{path}[{index}]", lenient=lenient) for index, item in enumerate(value)]
    return canonical_set(items) if isinstance(node, SetType) else items


def _read_string(value: Any, _node: Any, path: str, lenient: bool) -> Raw:  # noqa: FBT001 - one signature for all readers
    if isinstance(value, str):
        return _unicode(value, path)
    if lenient and isinstance(value, bool):
        return "true" if value else "false"
    if lenient and isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    raise _fail(path, "a string", value)


def _unicode(text: str, path: str) -> str:
    """Return a text in NFC; half a surrogate pair, which JSON can spell, is none."""
    if _HALF.search(text):
        raise CodecError(f"a text that is not Unicode - at `{path or '.'}`")
    return normalised(text)


def _read_bool(value: Any, _node: Any, path: str, lenient: bool) -> Raw:  # noqa: FBT001 - one signature for all readers
    if isinstance(value, bool):
        return value
    if lenient and isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    raise _fail(path, "a bool", value)


def _read_number(value: Any, _node: Any, path: str, _lenient: bool) -> Raw:  # noqa: FBT001 - one signature for all readers
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise _fail(path, "a number", value)
    if isinstance(value, int):
        if abs(value) >= _TOO_LARGE:
            raise CodecError(f"a number out of range - at `{path or '.'}`")
        return value
    text = value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
    return parse_number(text, path)


def parse_number(text: str, path: str = "") -> int | Decimal:
    """Return the number a text spells, as int when it is whole; raises CodecError for anything else."""
    try:
        number = Decimal(text) if _NUMBER.fullmatch(text) else None
    except InvalidOperation:
        number = None
    if number is None:
        raise CodecError(f"expected a number, got {text[:40]!r} - at `{path or '.'}`")
    if not _is_in_range(number):
        raise CodecError(f"a number out of range - at `{path or '.'}`")
    return int(number) if number == number.to_integral_value() else number


_READERS: dict[type, Callable[[Any, Any, str, bool], Raw]] = {
    ObjectType: _read_object,
    MapType: _read_map,
    ListType: _read_elements,
    SetType: _read_elements,
    StringType: _read_string,
    BoolType: _read_bool,
    NumberType: _read_number,
}
