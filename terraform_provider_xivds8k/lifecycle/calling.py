"""Functions: a call's arguments checked as a configuration is, and its result or what is wrong with which argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from terraform_provider_xivds8k.schema import UNKNOWN, ModelNode, Path, Raw, RawObject, is_wholly_known

from .diagnostics import Diagnostic, Diagnostics
from .function import Function
from .requests import Called
from .validation import validate_values


def call_function(function: Function[Any, Any], arguments: Sequence[Raw]) -> Called:
    """Answer a call; where an argument is not known yet, neither is the result."""
    node = function.model.node()
    if len(arguments) != len(node.attributes):
        wanted = ", ".join(attribute.name for attribute in node.attributes)
        return Called(error=f"{node.type_name}({wanted}) was called with {len(arguments)} arguments")
    raw = {attribute.name: value for attribute, value in zip(node.attributes, arguments, strict=True)}
    diagnostics, result = Diagnostics(known=frozenset(raw)), None
    with diagnostics.catching():
        result = _result(function, raw, diagnostics)
    errors = [item for item in diagnostics.items if item.severity == "error"]
    return _failed(node, errors[0]) if errors else Called(result=result)


def _result(function: Function[Any, Any], raw: RawObject, diagnostics: Diagnostics) -> Raw:
    nulls = [name for name, value in raw.items() if value is None]
    for name in nulls:
        diagnostics.error(Path((name,)), f"{name} is null", "The function needs a value.")
    if nulls or not is_wholly_known(raw):
        return UNKNOWN
    validate_values(function.model.node(), raw, diagnostics)
    if diagnostics.has_errors:
        return None
    return function.returns().to_raw(function.call(function.model.from_raw(raw)))


def _failed(node: ModelNode, error: Diagnostic) -> Called:
    """Say an error as Terraform quotes it, in the middle of a sentence of its own that ends with a dot."""
    words = " ".join(f"{error.summary}. {error.detail}".split()).rstrip(". ")
    names = [attribute.name for attribute in node.attributes]
    if error.path.steps:
        return Called(error=words, argument=names.index(str(error.path.steps[0])))
    return Called(error=words, argument=0 if len(names) == 1 else None)
