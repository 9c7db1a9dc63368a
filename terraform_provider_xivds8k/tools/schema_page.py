"""The schema section of a reference page: everything it says of attributes comes from the compiled declaration.

Follows the layout the Terraform Registry gives its pages; which page it stands on is the business of ``docs``.
"""

from __future__ import annotations

from collections.abc import Iterator

from terraform_provider_xivds8k.schema import AttributeNode, ModelNode
from terraform_provider_xivds8k.schema.types import (
    BoolType,
    ListType,
    MapType,
    NumberType,
    SetType,
    StringType,
    Type,
    describe,
)

_SIMPLE: dict[type, str] = {StringType: "String", NumberType: "Number", BoolType: "Boolean"}
_COLLECTION: dict[type, str] = {ListType: "List", SetType: "Set", MapType: "Map"}
_NESTING = {"single": "Attributes", "list": "Attributes List", "set": "Attributes Set", "map": "Attributes Map"}

Group = tuple[str, tuple[AttributeNode, ...]]


def schema_lines(model: ModelNode) -> Iterator[str]:
    """Yield the lines of a page's schema section, nested attributes last."""
    yield "## Schema"
    for title, attributes in _groups(model):
        yield from ("", f"### {title}", "")
        yield from (_entry(attribute, "") for attribute in attributes)
    yield from _nested_sections(model, "")


def identity_lines(model: ModelNode) -> Iterator[str]:
    """Yield the lines that describe an identity."""
    yield "### Identity Schema"
    for title, attributes in _groups(model):
        yield from ("", f"#### {title}", "")
        yield from (_entry(attribute, "") for attribute in attributes)


def signature_lines(model: ModelNode, result: Type) -> Iterator[str]:
    """Yield the lines that describe how a function is called."""
    parameters = ", ".join(f"{node.name} {describe(node.type)}" for node in model.attributes)
    yield from ("## Signature", "", "```text", f"{model.type_name}({parameters}) {describe(result)}", "```")
    yield from ("", "## Arguments", "")
    yield from (f"{number}. {_entry(node, '')[2:]}" for number, node in enumerate(model.attributes, 1))


def _groups(model: ModelNode) -> Iterator[Group]:
    nodes = sorted(model.attributes, key=lambda node: node.name)
    groups = (
        ("Required", tuple(node for node in nodes if node.required)),
        ("Optional", tuple(node for node in nodes if node.optional)),
        ("Read-Only", tuple(node for node in nodes if not node.configurable)),
    )
    return (group for group in groups if group[1])


def _nested_sections(model: ModelNode, parent: str) -> Iterator[str]:
    for node in sorted(model.attributes, key=lambda node: node.name):
        if node.nested is None:
            continue
        path = f"{parent}{node.name}"
        yield from ("", f'<a id="{_anchor(path)}"></a>', f"### Nested Schema for `{path}`")
        for title, attributes in _groups(node.nested):
            yield from ("", f"{title}:", "")
            yield from (_entry(attribute, f"{path}.") for attribute in attributes)
        yield from _nested_sections(node.nested, f"{path}.")


def _entry(node: AttributeNode, parent: str) -> str:
    sentences = [node.description]
    if node.checks:
        sentences.append(f"Allowed: {', '.join(check.allowed for check in node.checks)}.")
    if node.when_unset is not None:
        sentences.append(f"Default: `{str(node.when_unset).lower()}`.")
    if node.replaces:
        sentences.append("Changing it plans a replacement.")
    if node.deprecated:
        sentences.append(f"Deprecated: {node.deprecated}")
    if node.nested is not None:
        sentences.append(f"(see [below for nested schema](#{_anchor(parent + node.name)}))")
    return f"- `{node.name}` ({', '.join(_kind(node))}) {' '.join(sentences)}"


def _kind(node: AttributeNode) -> Iterator[str]:
    yield _NESTING[node.nesting] if node.nesting is not None else _type_words(node.type)
    if node.sensitive:
        yield "Sensitive"
    if node.write_only:
        yield "Write-only"
    if node.deprecated:
        yield "Deprecated"


def _type_words(node: Type) -> str:
    if isinstance(node, ListType | SetType | MapType):
        return f"{_COLLECTION[type(node)]} of {_type_words(node.element)}"
    return _SIMPLE.get(type(node), "Object")


def _anchor(path: str) -> str:
    return f"nestedatt--{path.replace('.', '--')}"
