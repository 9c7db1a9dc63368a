"""Write HCL from Python values, so that a test shows only what it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class Expression(str):
    """Be HCL to be written as it stands, such as ``terraform_data.x.output``."""

    __slots__ = ()


def hcl(value: Any, depth: int = 0) -> str:
    """Return a value in HCL."""
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, Mapping):
        return "{\n" + body(value, depth + 1) + "  " * depth + "}"
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(hcl(item, depth) for item in value) + "]"
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def body(attributes: Mapping[str, Any], depth: int = 1) -> str:
    """Return attributes, one a line; a value of ``...`` leaves one out."""
    written = {name: value for name, value in attributes.items() if value is not ...}
    return "".join(f"{'  ' * depth}{name} = {hcl(value, depth)}\n" for name, value in written.items())


def block(kind: str, *labels: str, inside: str = "", **attributes: Any) -> str:
    """Return a block: its labels, its attributes, and HCL to stand ``inside`` as it is."""
    head = " ".join((kind, *map(json.dumps, labels)))
    return f"{head} {{\n{body(attributes)}{inside}}}\n"
