"""Every RPC of the protocol is answered, whatever is asked; none ends in a gRPC error."""

from __future__ import annotations

import json
import re
from typing import Any

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass

from support.plugin_client import OPTIONS, SERVICE, Plugin, diagnostics_of, raw_of, value
from support.shelf import Box, ShelfBlock, box
from terraform_provider_xivds8k.plugin.generated import health_pb2
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.schema import UNKNOWN

NAMES = sorted(method.name for method in SERVICE.methods)
OFFERED = {
    "GetMetadata", "GetProviderSchema", "GetResourceIdentitySchemas", "ValidateProviderConfig", "ConfigureProvider",
    "GetFunctions", "ValidateResourceConfig", "UpgradeResourceState", "UpgradeResourceIdentity", "ReadResource",
    "PlanResourceChange", "ApplyResourceChange", "ImportResourceState", "MoveResourceState", "GenerateResourceConfig",
    "ListResource", "ValidateListResourceConfig", "ValidateDataResourceConfig", "ReadDataSource",
    "ValidateActionConfig", "PlanAction", "InvokeAction", "CallFunction",
    "StopProvider",
}  # fmt: skip
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def _request(name: str, kind: str, junk: bytes) -> Any:
    request: Any = GetMessageClass(SERVICE.methods_by_name[name].input_type)()
    for field in request.DESCRIPTOR.fields:
        if field.name in {"type_name", "action_type"} or (name, field.name) == ("CallFunction", "name"):
            setattr(request, field.name, kind)
        elif field.message_type is not None and field.message_type.full_name == "tfplugin6.DynamicValue" and junk:
            holder = getattr(request, field.name)
            (holder.add() if field.is_repeated else holder).msgpack = junk
    return request


@pytest.mark.parametrize("junk", [b"", b"\xc1", b"\x80", b"\xd4\x00\x00", b"\xa1a", b"\x91" * 2000])
@pytest.mark.parametrize("kind", ["shelf_box", "shelf_shake", "labels", "no_such", ""])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "StopProvider"])
def test_no_question_ends_in_a_grpc_error(plugin: Plugin, name: str, kind: str, junk: bytes) -> None:
    answer = plugin.call(name, _request(name, kind, junk))
    for severity, summary, _ in diagnostics_of(name, answer):
        assert severity in {pb.Diagnostic.ERROR, pb.Diagnostic.WARNING}
        assert summary


@pytest.mark.parametrize("name", sorted(set(NAMES) - OFFERED))
def test_what_is_not_offered_is_answered_clearly(plugin: Plugin, name: str) -> None:
    found = list(diagnostics_of(name, plugin.call(name, _request(name, "shelf_box", b""))))
    assert [severity for severity, _, _ in found] == [pb.Diagnostic.ERROR]
    assert "is not supported" in found[0][1]


def test_there_are_thirty_six_of_them() -> None:
    assert len(NAMES) == 36
    assert set(NAMES) > OFFERED


def test_a_type_of_another_version_is_named(plugin: Plugin) -> None:
    answer = plugin.call("ReadResource", pb.ReadResource.Request(type_name="shelf_crate"))
    assert "shelf_crate" in answer.diagnostics[0].summary
    assert "init -upgrade" in answer.diagnostics[0].detail


def test_the_health_service_says_serving(plugin: Plugin) -> None:
    check = plugin.channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    assert (
        check(health_pb2.HealthCheckRequest(service="plugin"), timeout=5).status
        == health_pb2.HealthCheckResponse.SERVING
    )


def test_a_stranger_without_the_certificate_gets_no_answer(plugin: Plugin) -> None:
    with grpc.insecure_channel(f"unix:{plugin.socket}", OPTIONS) as channel:
        call = channel.unary_unary("/tfplugin6.Provider/GetMetadata")
        with pytest.raises(grpc.RpcError):
            call(b"", timeout=1)


def test_sixty_four_mebibytes_go_there_and_back(plugin: Plugin) -> None:
    node = Box.node()
    plugin.call(
        "ConfigureProvider", pb.ConfigureProvider.Request(config=value(ShelfBlock.nothing().raw, ShelfBlock.node()))
    )
    config = box(name="large", notes={"all": "x" * 64 * 2**20})
    wire = value(config, node)
    answer = plugin.call(
        "PlanResourceChange",
        pb.PlanResourceChange.Request(
            type_name="shelf_box", config=wire, proposed_new_state=wire, prior_state=value(None, node)
        ),
    )
    assert not answer.diagnostics
    planned = raw_of(answer.planned_state, node)
    assert planned is not None
    assert planned["notes"] == config["notes"]
    assert planned["id"] is UNKNOWN


def _applied(plugin: Plugin, **values: Any) -> Any:
    node = Box.node()
    config = box(**values)
    planned = {**config, "secret": None, "id": UNKNOWN, "stamp": UNKNOWN, "seal": UNKNOWN, "place": UNKNOWN}
    return plugin.call(
        "ApplyResourceChange",
        pb.ApplyResourceChange.Request(
            type_name="shelf_box",
            prior_state=value(None, node),
            planned_state=value(planned, node),
            config=value(config, node),
        ),
    )


def test_logs_are_hclog_lines_and_hold_no_secret() -> None:
    plugin = Plugin(more={"TF_LOG": "TRACE"})
    try:
        block = {**ShelfBlock.nothing().raw, "password": "pa55word-of-the-shelf"}
        plugin.call("ConfigureProvider", pb.ConfigureProvider.Request(config=value(block, ShelfBlock.node())))
        defect = _applied(plugin, name="broken", secret="s3cret-of-the-box")
        refused = _applied(plugin, name="refused", secret="s3cret-of-the-box")
        assert not _applied(plugin, name="fine", secret="s3cret-of-the-box").diagnostics
        said, logged = f"{defect}{refused}", plugin.stderr()
    finally:
        plugin.end()
    lines = [json.loads(line) for line in logged.splitlines() if not line.startswith("what a module")]
    assert {line["@level"] for line in lines} >= {"debug", "error"}
    for line in lines:
        assert line.keys() >= {"@level", "@message", "@module", "@timestamp"}
        assert all(isinstance(found, str) for found in line.values())
        assert LINE.fullmatch(line["@timestamp"])
    assert "RuntimeError" in "".join(line.get("error", "") for line in lines)
    assert "shelf.py" in "".join(line.get("error", "") for line in lines)
    for secret in ("pa55word-of-the-shelf", "s3cret-of-the-box"):
        assert secret not in logged
        assert secret not in said


def test_nothing_is_logged_unless_it_is_asked_for() -> None:
    plugin = Plugin()
    try:
        _applied(plugin, name="broken")
        assert plugin.stderr() == ""
    finally:
        plugin.end()
