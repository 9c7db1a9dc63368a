"""What the RPCs about objects answer, message by message, without a process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.plugin_client import raw_of, value
from support.shelf import Box, BoxFilters, BoxIdentity, BoxSource, ShelfBlock, ShelfProvider, box
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.handlers import handlers_for
from terraform_provider_xivds8k.plugin.server import Handler, RpcContext
from terraform_provider_xivds8k.plugin.stop import Cancellation
from terraform_provider_xivds8k.schema import UNKNOWN

Ask = Callable[..., Any]
NODE = Box.node()


@pytest.fixture
def handlers() -> dict[str, Handler]:
    """Offer the shelf."""
    return handlers_for(ShelfProvider())


@pytest.fixture
def ask(handlers: dict[str, Handler]) -> Ask:
    """Ask a configured provider about boxes."""

    def asking(name: str, **fields: Any) -> Any:
        request = getattr(pb, name).Request(**fields)
        answer = handlers[name](request, RpcContext("test", Cancellation()))
        return list(answer) if name == "ListResource" else answer

    asking("ConfigureProvider", config=value(ShelfBlock.nothing().raw, ShelfBlock.node()))
    return asking


def _made(ask: Ask, **values: Any) -> Any:
    config = {"fragile": False, "badges": ["a", "b"], **values}
    planned = {**box(**config), "secret": None, "id": UNKNOWN, "stamp": UNKNOWN, "seal": UNKNOWN, "place": UNKNOWN}
    return ask(
        "ApplyResourceChange",
        type_name="shelf_box",
        prior_state=value(None, NODE),
        planned_state=value(planned, NODE),
        config=value(box(**config), NODE),
    )


def _texts(answer: Any) -> list[str]:
    return [f"{item.summary} {item.detail}" for item in answer.diagnostics]


def _upgraded(ask: Ask, text: str) -> Any:
    return ask("UpgradeResourceState", type_name="shelf_box", version=3, raw_state=pb.RawState(json=text.encode()))


def test_a_stored_state_of_the_same_version_is_read_by_the_schema(ask: Ask) -> None:
    stored = {"weight": 0, "tags": ["b", "a"], "name": "e\u0301", "gone": 1, "secret": "left", "count": 10**25}
    text = json.dumps(stored, indent=2).replace('"weight": 0', '"weight": 0.1')
    found = raw_of(_upgraded(ask, text).upgraded_state, NODE)
    assert found is not None
    assert found["tags"] == ["a", "b"]
    assert found["name"] == "\u00e9"
    assert str(found["weight"]) == "0.1"
    assert found["count"] == 10**25
    assert found["secret"] is None
    assert found["lid"] is None
    assert "gone" not in found


@pytest.mark.parametrize("text", ["null", "[]", "{", '{"tags": 1}'])
def test_a_state_that_cannot_be_read_is_an_error_and_never_an_object_that_is_gone(ask: Ask, text: str) -> None:
    answer = _upgraded(ask, text)
    assert answer.diagnostics[0].severity == pb.Diagnostic.ERROR
    assert "shelf_box" in answer.diagnostics[0].summary


def test_a_state_from_before_terraform_twelve_is_refused(ask: Ask) -> None:
    answer = ask("UpgradeResourceState", type_name="shelf_box", raw_state=pb.RawState(flatmap={"id": "1"}))
    assert "too old" in answer.diagnostics[0].summary


def test_a_stored_identity_is_read(ask: Ask) -> None:
    answer = ask("UpgradeResourceIdentity", type_name="shelf_box", raw_identity=pb.RawState(json=b'{"id": "1"}'))
    found = raw_of(answer.upgraded_identity.identity_data, BoxIdentity.node())
    assert found == {"shelf": None, "id": "1"}


def test_validation_names_the_attribute(ask: Ask) -> None:
    config = box(
        name="a", drawers={"top": {"width": 1, "label": "too long"}}, slots=[{"width": 1, "label": "too long"}]
    )
    answer = ask("ValidateResourceConfig", type_name="shelf_box", config=value(config, NODE))
    paths = [[step.WhichOneof("selector") for step in item.attribute.steps] for item in answer.diagnostics]
    assert paths == [
        ["attribute_name", "element_key_int", "attribute_name"],
        ["attribute_name", "element_key_string", "attribute_name"],
    ]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_write_only_value_needs_a_terraform_that_keeps_it_out_of_the_state(ask: Ask, allowed: bool) -> None:
    answer = ask(
        "ValidateResourceConfig",
        type_name="shelf_box",
        config=value(box(name="a", secret="hush"), NODE),
        client_capabilities=pb.ClientCapabilities(write_only_attributes_allowed=allowed),
    )
    assert [item.summary for item in answer.diagnostics] == ([] if allowed else ["secret needs Terraform 1.11"])
    assert "hush" not in str(answer)


def test_a_provider_block_is_checked_and_configured(ask: Ask) -> None:
    def block(**values: Any) -> Any:
        return value({**ShelfBlock.nothing().raw, **values}, ShelfBlock.node())

    assert _texts(ask("ValidateProviderConfig", config=block(label="bad")))[0].startswith("A bad label")
    assert "label is not allowed" in _texts(ask("ValidateProviderConfig", config=block(label="x" * 10)))[0]
    assert not ask("ValidateProviderConfig", config=block(label=UNKNOWN, password=UNKNOWN)).diagnostics
    refused = ask("ConfigureProvider", config=block(label="refused"))
    assert refused.diagnostics[0].attribute.steps[0].attribute_name == "label"


def test_before_it_is_configured_a_resource_is_checked_and_not_touched(handlers: dict[str, Handler]) -> None:
    context = RpcContext("test", Cancellation())
    config = value(box(name="nobody"), NODE)
    checked = handlers["ValidateResourceConfig"](
        pb.ValidateResourceConfig.Request(type_name="shelf_box", config=config), context
    )
    assert checked.diagnostics[0].summary == "Nobody is no name"
    state = value(box(name="a", id="1"), NODE)
    read = handlers["ReadResource"](pb.ReadResource.Request(type_name="shelf_box", current_state=state), context)
    assert read.diagnostics[0].severity == pb.Diagnostic.ERROR
    assert raw_of(read.new_state, NODE) == box(name="a", id="1")


def test_an_object_is_made_read_and_gone(ask: Ask) -> None:
    made = _made(ask, name="a", secret="hush")
    assert not made.diagnostics
    state = raw_of(made.new_state, NODE)
    assert state is not None
    assert (state["id"], state["secret"]) == ("1", None)
    assert json.loads(made.private) == {"secret_length": 4}
    fields = {"type_name": "shelf_box", "private": made.private, "current_identity": made.new_identity}
    read = ask("ReadResource", current_state=made.new_state, **fields)
    assert raw_of(read.new_state, NODE) == state
    assert read.new_identity == made.new_identity
    assert json.loads(read.private) == {"secret_length": 4, "read": True}
    gone = ask("ReadResource", current_state=value({**state, "id": "9"}, NODE), **fields)
    assert gone.new_state.msgpack == b"\xc0"
    assert gone.diagnostics[0].severity == pb.Diagnostic.WARNING
    assert not gone.HasField("new_identity")


def test_import_takes_an_id_or_an_identity_and_answers_both(ask: Ask) -> None:
    _made(ask, name="a")
    identity = pb.ResourceIdentityData(identity_data=value({"shelf": None, "id": "1"}, BoxIdentity.node()))
    for how in ({"id": "1"}, {"identity": identity}):
        answer = ask("ImportResourceState", type_name="shelf_box", **how)
        (found,) = answer.imported_resources
        state = raw_of(found.state, NODE)
        assert state is not None
        assert (state["name"], state["secret"], found.type_name) == ("a", None, "shelf_box")
        assert raw_of(found.identity.identity_data, BoxIdentity.node()) == {"shelf": "oak", "id": "1"}
        assert json.loads(found.private) == {"imported": True}


def test_what_cannot_be_imported_is_an_error_without_an_object(ask: Ask) -> None:
    answer = ask("ImportResourceState", type_name="shelf_box", id="7")
    assert not answer.imported_resources
    assert answer.diagnostics[0].summary == "No box 7"


def test_a_listing_gives_identity_name_and_where_asked_the_object(ask: Ask) -> None:
    for number in range(3):
        _made(ask, name=f"box {number}", colour="red" if number else "blue")
    config = value({"colour": "red"}, BoxFilters.node())
    events = ask("ListResource", type_name="shelf_box", config=config, include_resource_object=True)
    assert [event.display_name for event in events] == ["box 1", "box 2"]
    assert all(event.HasField("identity") and event.HasField("resource_object") for event in events)
    everything = value({"colour": None}, BoxFilters.node())
    bare = ask("ListResource", type_name="shelf_box", config=everything, limit=2)
    assert [event.display_name for event in bare] == ["box 0", "box 1"]
    assert not any(event.HasField("resource_object") for event in bare)


def test_a_listing_that_falls_ends_with_the_reason(ask: Ask) -> None:
    _made(ask, name="first")
    _made(ask, name="unlistable")
    events = ask("ListResource", type_name="shelf_box", config=value({"colour": None}, BoxFilters.node()))
    assert [event.display_name for event in events] == ["first", ""]
    assert events[-1].diagnostic[0].summary == "The listing fell"


def test_a_data_source_is_read_or_says_why_not(ask: Ask) -> None:
    _made(ask, name="a")
    found = ask("ReadDataSource", type_name="shelf_box", config=value({"id": "1", "name": None}, BoxSource.node()))
    assert raw_of(found.state, BoxSource.node()) == {"id": "1", "name": "a"}
    missing = ask("ReadDataSource", type_name="shelf_box", config=value({"id": "9", "name": None}, BoxSource.node()))
    assert missing.diagnostics[0].attribute.steps[0].attribute_name == "id"
    assert not missing.HasField("state")


def test_a_generated_configuration_holds_only_what_a_user_may_write(ask: Ask) -> None:
    state = box(name="a", id="1", stamp="s", seal="t", secret="hush", place="left", timeouts={
        "create": "1m", "read": None, "update": None, "delete": None,
    })  # fmt: skip
    answer = ask("GenerateResourceConfig", type_name="shelf_box", state=value(state, NODE))
    assert raw_of(answer.config, NODE) == box(name="a", place="left")


def test_a_move_between_types_is_refused_with_the_way_out(ask: Ask) -> None:
    answer = ask("MoveResourceState", source_type_name="other_box", target_type_name="shelf_box")
    assert "other_box" in answer.diagnostics[0].summary
    assert "import" in answer.diagnostics[0].detail
