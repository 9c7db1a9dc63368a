"""The schema on the wire: every kind of attribute, and the rules whose breach makes Terraform stop or crash."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from support.shelf import ShelfProvider
from terraform_provider_xivds8k.lifecycle import Provider
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.handlers import handlers_for
from terraform_provider_xivds8k.plugin.server import RpcContext
from terraform_provider_xivds8k.plugin.stop import Cancellation
from terraform_provider_xivds8k.provider import Provider as ArrayProvider

PROVIDERS = [ShelfProvider, ArrayProvider]
NESTING = pb.Schema.Object.NestingMode


def _asked(provider: Provider[Any], name: str, request: Any) -> Any:
    return handlers_for(provider)[name](request, RpcContext("test", Cancellation()))


def _schema(provider: Provider[Any]) -> Any:
    return _asked(provider, "GetProviderSchema", pb.GetProviderSchema.Request())


@pytest.fixture(scope="module")
def attributes() -> dict[str, Any]:
    """Hold the attributes of a type that has one of every kind."""
    block = _schema(ShelfProvider()).resource_schemas["shelf_box"].block
    return {attribute.name: attribute for attribute in block.attributes}


@pytest.mark.parametrize(
    ("name", "constraint"),
    [
        ("name", "string"),
        ("fragile", "bool"),
        ("weight", "number"),
        ("count", "number"),
        ("sizes", ["list", "number"]),
        ("moods", ["list", "string"]),
        ("tags", ["set", "string"]),
        ("notes", ["map", "string"]),
        ("colour", "string"),
        ("copy", "string"),
    ],
)
def test_each_kind_has_its_type(attributes: dict[str, Any], name: str, constraint: object) -> None:
    assert json.loads(attributes[name].type) == constraint
    assert not attributes[name].HasField("nested_type")


@pytest.mark.parametrize(
    ("name", "nesting"),
    [
        ("lid", NESTING.SINGLE),
        ("slots", NESTING.LIST),
        ("spare", NESTING.SET),
        ("drawers", NESTING.MAP),
        ("timeouts", NESTING.SINGLE),
    ],
)
def test_each_nested_kind_has_its_nesting_and_no_type(attributes: dict[str, Any], name: str, nesting: int) -> None:
    assert attributes[name].nested_type.nesting == nesting
    assert attributes[name].type == b""
    assert len(attributes[name].nested_type.attributes) >= 2


def test_who_may_write_an_attribute_is_said(attributes: dict[str, Any]) -> None:
    said = {name: (a.required, a.optional, a.computed) for name, a in attributes.items()}
    assert said["name"] == (True, False, False)
    assert said["colour"] == (False, True, False)
    assert said["place"] == (False, True, True)
    assert said["id"] == (False, False, True)


def test_what_is_to_be_hidden_is_marked(attributes: dict[str, Any]) -> None:
    assert attributes["secret"].sensitive
    assert attributes["secret"].write_only
    assert [a.sensitive for a in attributes["lid"].nested_type.attributes if a.name == "code"] == [True]
    assert not attributes["name"].sensitive


def test_version_text_and_order_are_those_of_the_declaration(attributes: dict[str, Any]) -> None:
    schema = _schema(ShelfProvider()).resource_schemas["shelf_box"]
    assert schema.version == 3
    assert schema.block.description.startswith("A box on a shelf.")
    assert schema.block.description_kind == pb.MARKDOWN
    assert list(attributes) == sorted(attributes)


def test_the_capabilities_are_announced_alike_in_both_places() -> None:
    schema = _schema(ShelfProvider()).server_capabilities
    assert schema == _asked(ShelfProvider(), "GetMetadata", pb.GetMetadata.Request()).server_capabilities
    assert schema.plan_destroy
    assert schema.get_provider_schema_optional
    assert schema.move_resource_state
    assert schema.generate_resource_config


@pytest.mark.parametrize("kind", PROVIDERS)
def test_the_metadata_names_what_the_schema_has(kind: type[Provider[Any]]) -> None:
    schema, metadata = _schema(kind()), _asked(kind(), "GetMetadata", pb.GetMetadata.Request())
    assert {found.type_name for found in metadata.resources} == set(schema.resource_schemas)
    assert {found.type_name for found in metadata.data_sources} == set(schema.data_source_schemas)
    assert {found.type_name for found in metadata.list_resources} == set(schema.list_resource_schemas)
    assert {found.type_name for found in metadata.actions} == set(schema.action_schemas)
    assert {found.name for found in metadata.functions} == set(schema.functions)


@pytest.mark.parametrize("kind", PROVIDERS)
def test_every_schema_keeps_terraforms_rules(kind: type[Provider[Any]]) -> None:
    schema = _schema(kind())
    assert schema.HasField("provider")
    managed = {f"resource {name}": found for name, found in schema.resource_schemas.items()}
    actions = {f"action {name}": found.schema for name, found in schema.action_schemas.items()}
    others = {
        "provider": schema.provider,
        **{f"data {name}": found for name, found in schema.data_source_schemas.items()},
        **{f"list {name}": found for name, found in schema.list_resource_schemas.items()},
    }
    broken = [
        f"{where}: {what}"
        for where, found in {**managed, **actions, **others}.items()
        for what in _breaches(found.block.attributes, managed=where in managed | actions)
    ]
    assert broken == []
    assert all(found.HasField("block") for found in {**managed, **actions, **others}.values())


@pytest.mark.parametrize("kind", PROVIDERS)
def test_an_action_has_no_attribute_that_only_the_array_fills_in(kind: type[Provider[Any]]) -> None:
    found = _schema(kind()).action_schemas
    assert [(name, a.name) for name, one in found.items() for a in one.schema.block.attributes if a.computed] == []


@pytest.mark.parametrize("kind", PROVIDERS)
def test_every_function_keeps_terraforms_rules(kind: type[Provider[Any]]) -> None:
    found = _schema(kind()).functions
    assert found == _asked(kind(), "GetFunctions", pb.GetFunctions.Request()).functions
    assert found
    for name, one in found.items():
        names = [parameter.name for parameter in one.parameters]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", word) for word in (name, *names))
        assert all(json.loads(each.type) for each in (*one.parameters, getattr(one, "return")))
        assert all(each.description for each in (one, *one.parameters))
        assert one.summary
        assert "\n" not in one.summary
        assert not any(each.allow_null_value or each.allow_unknown_values for each in one.parameters)


def test_a_function_is_declared_with_its_parameters_in_order_and_what_it_returns() -> None:
    labels = _schema(ShelfProvider()).functions["labels"]
    assert [(one.name, json.loads(one.type)) for one in labels.parameters] == [("text", "string"), ("copies", "number")]
    assert json.loads(getattr(labels, "return").type) == ["list", "string"]
    assert (labels.summary, labels.description) == ("Write labels.", "Write labels.\n\nOne beside the other.")


def _breaches(attributes: Any, *, managed: bool, at: str = "") -> Iterator[str]:
    for a in attributes:
        name = f"{at}{a.name}"
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", a.name):
            yield f"{name} is no name"
        if (a.required, a.optional, a.computed) not in {
            (True, False, False), (False, True, False), (False, False, True), (False, True, True),
        }:  # fmt: skip
            yield f"{name} is neither required nor optional nor computed alone"
        if bool(a.type) == a.HasField("nested_type"):
            yield f"{name} has both a type and a nested one, or neither"
        if a.write_only and (a.computed or not managed):
            yield f"{name} is write-only where that cannot be"
        if a.deprecation_message and not a.deprecated:
            yield f"{name} has a deprecation message only"
        if managed and at and a.computed:
            yield f"{name} is computed inside an object a user writes, which planning does not know"
        if not a.description:
            yield f"{name} has no description"
        if a.type:
            json.loads(a.type)
        yield from _breaches(a.nested_type.attributes, managed=managed, at=f"{name}.")


@pytest.mark.parametrize("kind", PROVIDERS)
def test_every_managed_type_has_an_identity_terraform_takes(kind: type[Provider[Any]]) -> None:
    found = _asked(kind(), "GetResourceIdentitySchemas", pb.GetResourceIdentitySchemas.Request()).identity_schemas
    assert set(found) == set(_schema(kind()).resource_schemas)
    for schema in found.values():
        assert schema.identity_attributes
        for attribute in schema.identity_attributes:
            assert json.loads(attribute.type) in ("string", "number", "bool", ["list", "string"])
            assert attribute.required_for_import != attribute.optional_for_import
            assert attribute.description
