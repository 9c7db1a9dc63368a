"""Between messages and our own types: values, paths, diagnostics, schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from terraform_provider_xivds8k.lifecycle import Diagnostic, Diagnostics, Function
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.schema import AttributeNode, ElementKey, ModelNode, Path, RawObject
from terraform_provider_xivds8k.schema.codec import decode_object, encode
from terraform_provider_xivds8k.schema.types import constraint_json

_SEVERITY = {"error": pb.Diagnostic.ERROR, "warning": pb.Diagnostic.WARNING}
_NESTING = {
    "single": pb.Schema.Object.SINGLE,
    "list": pb.Schema.Object.LIST,
    "set": pb.Schema.Object.SET,
    "map": pb.Schema.Object.MAP,
}


def object_of(value: pb.DynamicValue, node: ModelNode) -> RawObject | None:
    """Return the object in a message, None for null (an empty message is null too)."""
    return decode_object(value.msgpack, node.type) if value.msgpack else None


def value_of(raw: RawObject | None, node: ModelNode) -> pb.DynamicValue:
    """Return the message for an object; null is said explicitly."""
    return pb.DynamicValue(msgpack=encode(raw, node.type))


def identity_of(message: pb.ResourceIdentityData, node: ModelNode) -> RawObject | None:
    """Return the identity in a message, None where there is none."""
    return object_of(message.identity_data, node)


def identity_message(raw: RawObject | None, node: ModelNode) -> pb.ResourceIdentityData | None:
    """Return the message for an identity, None for none."""
    return None if raw is None else pb.ResourceIdentityData(identity_data=value_of(raw, node))


def path_message(path: Path) -> pb.AttributePath | None:
    """Return the message for a path, None for the whole object."""
    if not path.steps:
        return None
    message = pb.AttributePath()
    for step in path.steps:
        if isinstance(step, str):
            message.steps.add(attribute_name=step)
        elif isinstance(step, ElementKey):
            message.steps.add(element_key_string=step.key)
        else:
            message.steps.add(element_key_int=step)
    return message


def diagnostic_messages(diagnostics: Diagnostics | Iterable[Diagnostic]) -> list[pb.Diagnostic]:
    """Return the messages for diagnostics."""
    items = diagnostics.items if isinstance(diagnostics, Diagnostics) else diagnostics
    return [
        pb.Diagnostic(
            severity=_SEVERITY[item.severity],
            summary=item.summary,
            detail=item.detail,
            attribute=path_message(item.path),
        )
        for item in items
    ]


def schema_message(node: ModelNode) -> pb.Schema:
    """Return the wire schema of a declaration."""
    return pb.Schema(
        version=node.version,
        block=pb.Schema.Block(
            attributes=[_attribute(attribute) for attribute in _sorted(node)],
            description=node.description,
            description_kind=pb.MARKDOWN,
        ),
    )


def _sorted(node: ModelNode) -> list[AttributeNode]:
    return sorted(node.attributes, key=lambda attribute: attribute.name)


def _attribute(node: AttributeNode) -> pb.Schema.Attribute:
    nested = None
    if node.nested is not None and node.nesting is not None:
        nested = pb.Schema.Object(
            attributes=[_attribute(attribute) for attribute in _sorted(node.nested)], nesting=_NESTING[node.nesting]
        )
    return pb.Schema.Attribute(
        name=node.name,
        type=b"" if nested is not None else constraint_json(node.type),
        nested_type=nested,
        description=node.description,
        description_kind=pb.MARKDOWN,
        required=node.required,
        optional=node.optional,
        computed=node.computed,
        sensitive=node.sensitive,
        write_only=node.write_only,
        deprecated=bool(node.deprecated),
        deprecation_message=node.deprecated,
    )


def identity_schema_message(node: ModelNode) -> pb.ResourceIdentitySchema:
    """Return the wire schema of an identity: required ones must be written on import."""
    return pb.ResourceIdentitySchema(
        version=node.version,
        identity_attributes=[
            pb.ResourceIdentitySchema.IdentityAttribute(
                name=attribute.name,
                type=constraint_json(attribute.type),
                required_for_import=attribute.required,
                optional_for_import=attribute.optional,
                description=attribute.description,
            )
            for attribute in _sorted(node)
        ],
    )


def function_message(kind: type[Function[Any, Any]]) -> pb.Function:
    """Return the wire form of a function's declaration: null and unknown arguments are Terraform's to answer."""
    node = kind.model.node()
    message = pb.Function(
        parameters=[
            pb.Function.Parameter(
                name=attribute.name,
                type=constraint_json(attribute.type),
                description=attribute.description,
                description_kind=pb.MARKDOWN,
            )
            for attribute in node.attributes
        ],
        summary=" ".join(node.description.partition("\n\n")[0].split()),
        description=node.description,
        description_kind=pb.MARKDOWN,
    )
    getattr(message, "return").type = constraint_json(kind.returns().node)  # the field is called as a keyword
    return message
