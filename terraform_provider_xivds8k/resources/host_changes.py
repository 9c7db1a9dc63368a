"""What an update of a host asks the array for: nothing that is so already, and a secret only when it is to be sent."""

from __future__ import annotations

from typing import Any

from terraform_provider_xivds8k.driver import Secret, iqn, wwpn

from .host_model import Host, addresses, is_same_text


def secret_of(config: Host) -> Secret | None:
    """Return the CHAP secret of a configuration, which no state holds."""
    text = config.known(Host.chap_secret)
    return Secret(text) if text else None


def changes_of(reached: Host, planned: Host, secret: Secret | None) -> dict[str, Any]:
    """Return what is to be changed on the array, by the driver's names; a secret only where it is to be sent."""
    wanted: dict[str, Any] = {}
    if planned.name != reached.name:
        wanted["name"] = planned.name
    kind = planned.known(Host.type)
    if kind is not None and not is_same_text(kind, reached.known(Host.type)):
        wanted["type"] = kind
    for attribute, read in ((Host.wwpns, wwpn), (Host.iqns, iqn)):
        ports = planned.known(attribute)
        if ports is not None and addresses(ports, read) != addresses(reached.known(attribute), read):
            wanted[attribute.name] = tuple(sorted(ports))
    for text in (Host.cluster, Host.chap_name):
        value = planned.known(text)
        if value is not None and value != (reached.known(text) or ""):
            wanted[text.name] = value
    version = planned.known(Host.chap_secret_version)
    renewed = version is not None and version != reached.known(Host.chap_secret_version)
    if secret is not None and wanted.get("chap_name") != "" and (renewed or "chap_name" in wanted):
        wanted["chap_secret"] = secret
    return wanted
