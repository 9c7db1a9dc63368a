"""The compiled descriptor agrees with the published facts: every message, field, enum value and RPC, and no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb

PUBLISHED = json.loads((Path(__file__).parent / "tfplugin6.json").read_text(encoding="utf-8"))
TYPES = {number: name[5:].lower() for name, number in vars(FieldDescriptor).items() if name.startswith("TYPE_")}


def _element(field: Any) -> str:
    kind = field.message_type or field.enum_type
    return str(kind.full_name) if kind is not None else TYPES[field.type]


def _field(field: Any) -> dict[str, Any]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        entry = field.message_type.fields_by_name
        return {
            "number": field.number,
            "type": "map",
            "key": _element(entry["key"]),
            "value": _element(entry["value"]),
        }
    facts: dict[str, Any] = {"number": field.number, "type": _element(field)}
    if field.is_repeated:
        facts["repeated"] = True
    oneof = field.containing_oneof
    if oneof is not None:
        facts |= {"optional": True} if oneof.name.startswith("_") else {"oneof": oneof.name}
    return facts


def _messages(declared: Any) -> Iterator[Any]:
    for message in declared:
        if not message.GetOptions().map_entry:
            yield message
            yield from _messages(message.nested_types)


MESSAGES = list(_messages(pb.DESCRIPTOR.message_types_by_name.values()))


def test_every_message_has_the_published_fields() -> None:
    found = {message.full_name: {field.name: _field(field) for field in message.fields} for message in MESSAGES}
    assert found == PUBLISHED["messages"]


def test_every_enum_has_the_published_values() -> None:
    declared = [*pb.DESCRIPTOR.enum_types_by_name.values(), *(enum for m in MESSAGES for enum in m.enum_types)]
    found = {enum.full_name: {value.name: value.number for value in enum.values} for enum in declared}
    assert found == PUBLISHED["enums"]


def test_the_service_has_the_published_rpcs() -> None:
    found = {
        service.full_name: {
            method.name: {"request": method.input_type.full_name, "response": method.output_type.full_name}
            | ({"client_streaming": True} if method.client_streaming else {})
            | ({"server_streaming": True} if method.server_streaming else {})
            for method in service.methods
        }
        for service in pb.DESCRIPTOR.services_by_name.values()
    }
    assert found == PUBLISHED["services"]
    assert len(found["tfplugin6.Provider"]) == 36


def test_the_package_is_the_published_one() -> None:
    assert pb.DESCRIPTOR.package == PUBLISHED["package"]
