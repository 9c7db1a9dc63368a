"""One function per RPC: look up the type, convert, call ``lifecycle``, convert back."""

from __future__ import annotations

import functools
from typing import Any

from terraform_provider_xivds8k.lifecycle import Provider
from terraform_provider_xivds8k.plugin.server import Handler

from . import acting, adopting, calling, describing, managing
from .session import Session

_FUNCTIONS: dict[str, Any] = {
    "GetMetadata": describing.get_metadata,
    "GetProviderSchema": describing.get_provider_schema,
    "GetResourceIdentitySchemas": describing.get_resource_identity_schemas,
    "ValidateProviderConfig": describing.validate_provider_config,
    "ConfigureProvider": describing.configure_provider,
    "ValidateResourceConfig": managing.validate_resource_config,
    "UpgradeResourceState": managing.upgrade_resource_state,
    "UpgradeResourceIdentity": managing.upgrade_resource_identity,
    "ReadResource": managing.read_resource,
    "PlanResourceChange": managing.plan_resource_change,
    "ApplyResourceChange": managing.apply_resource_change,
    "ImportResourceState": adopting.import_resource_state,
    "MoveResourceState": adopting.move_resource_state,
    "GenerateResourceConfig": adopting.generate_resource_config,
    "ListResource": adopting.list_resource,
    "ValidateListResourceConfig": adopting.validate_list_resource_config,
    "ValidateDataResourceConfig": adopting.validate_data_resource_config,
    "ReadDataSource": adopting.read_data_source,
    "ValidateActionConfig": acting.validate_action_config,
    "PlanAction": acting.plan_action,
    "InvokeAction": acting.invoke_action,
    "GetFunctions": calling.get_functions,
    "CallFunction": calling.call_function,
}


def handlers_for(provider: Provider[Any]) -> dict[str, Handler]:
    """Return a handler for every RPC the provider has a use for."""
    session = Session(provider)
    return {name: functools.partial(function, session) for name, function in _FUNCTIONS.items()}
