"""Whether a configuration is one at all: declared checks on every known value, at any depth.

Unknown values pass; they are checked again when they are known.
"""

from __future__ import annotations

from decimal import Decimal

from terraform_provider_xivds8k.schema import (
    ROOT,
    AttributeNode,
    ElementKey,
    ModelNode,
    Path,
    Raw,
    RawObject,
    Unknown,
    is_wholly_known,
)
from terraform_provider_xivds8k.schema.types import SetType

from .diagnostics import Diagnostics

SHOWN_CHARACTERS = 80


def validate_values(node: ModelNode, config: RawObject, diagnostics: Diagnostics, at: Path = ROOT) -> None:
    """Complain about every known value that is not allowed."""
    for attribute in node.attributes:
        value = config.get(attribute.name)
        if value is not None and not isinstance(value, Unknown):
            _validate(attribute, value, diagnostics, at / attribute.name)


def _validate(attribute: AttributeNode, value: Raw, diagnostics: Diagnostics, at: Path) -> None:
    if _refuse_null_elements(attribute, value, diagnostics, at):
        return
    if attribute.nested is not None:
        for path, item in _objects(attribute, value, at):
            validate_values(attribute.nested, item, diagnostics, path)
    if attribute.whole_number and isinstance(value, Decimal):
        diagnostics.error(at, f"{at} is not allowed", f"{at} = {value}: it must be a whole number.")
        return
    for check in attribute.checks if is_wholly_known(value) else ():
        if not check.accepts(value):
            diagnostics.error(at, f"{at} is not allowed", _complaint(attribute, value, at, check.allowed))


def _refuse_null_elements(attribute: AttributeNode, value: Raw, diagnostics: Diagnostics, at: Path) -> bool:
    """Complain about null inside a collection; no attribute of ours has a meaning for it."""
    if isinstance(value, dict):
        nulls = (
            [] if attribute.nesting == "single" else [at / ElementKey(k) for k, item in value.items() if item is None]
        )
    else:
        items = value if isinstance(value, list) else []
        nulls = [_element(attribute, at, index) for index, item in enumerate(items) if item is None]
    for path in nulls:
        diagnostics.error(path, f"{path} is not allowed", f"{path} is null: leave the element out, or give it a value.")
    return bool(nulls)


def _element(attribute: AttributeNode, at: Path, index: int) -> Path:
    return at if isinstance(attribute.type, SetType) else at / index  # elements of a set have no address


def _objects(attribute: AttributeNode, value: Raw, at: Path) -> list[tuple[Path, RawObject]]:
    if isinstance(value, dict):
        if attribute.nesting == "single":
            return [(at, value)]
        return [(at / ElementKey(key), item) for key, item in value.items() if isinstance(item, dict)]
    items = value if isinstance(value, list) else []
    return [(_element(attribute, at, index), item) for index, item in enumerate(items) if isinstance(item, dict)]


def _complaint(attribute: AttributeNode, value: Raw, at: Path, allowed: str) -> str:
    hidden = attribute.sensitive or attribute.write_only
    shown = "(sensitive)" if hidden else _shown(value)
    return f"{at} = {shown}: allowed is {allowed}. Write one of these and plan again."


def _shown(value: Raw) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
