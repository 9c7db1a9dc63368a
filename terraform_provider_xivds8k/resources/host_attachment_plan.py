"""What a plan of an attachment means: to whom, whether that is still the same host, and what is refused already."""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, Refused, Side, XIVDS8KDriver, rules
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN, Path, is_wholly_known

from .host_attachment_model import (
    HOME,
    Connector,
    HostAttachment,
    cluster_of,
    connector_of,
    named,
    same_ports,
    side_of,
)
from .host_attachment_side import array_of

_log = logging.getLogger("resources.host_attachment")
FORMS = (HostAttachment.host_id, HostAttachment.cluster, HostAttachment.connector)
ONE_FORM = "Exactly one of host_id, cluster and connector is needed"
FIRST_MASKED_LUN = 0x40004000


def validate(config: HostAttachment, diagnostics: Diagnostics) -> None:
    """Complain of none or several of the three forms, and of a connector without a port; unknown may be null yet."""
    written = [attribute.name for attribute in FORMS if config.known(attribute) is not None]
    open_ = [attribute.name for attribute in FORMS if config.raw[attribute.name] is UNKNOWN]
    if len(written) > 1 or not (written or open_):
        diagnostics.error(
            HostAttachment.connector if len(written) > 1 else HostAttachment.host_id, ONE_FORM, _which(written)
        )
    connector = config.known(HostAttachment.connector)
    if connector is not None and _is_portless(connector):
        diagnostics.error(
            HostAttachment.connector, "The connector names no port", "Write wwpns or iqn, or both of one host."
        )


def _which(written: list[str]) -> str:
    return f"Written are: {', '.join(written) or 'none of them'}. Keep the one that says to whom it is attached."


def _is_portless(connector: Connector) -> bool:
    known = is_wholly_known(connector.raw)
    return known and not connector.known(Connector.wwpns) and not connector.known(Connector.iqn)


def refuse_other_forms(config: HostAttachment) -> None:
    """Refuse none or several forms, which may be seen only when all is known."""
    written = [attribute.name for attribute in FORMS if not config.is_null(attribute)]
    if len(written) != 1:
        raise Refused(ONE_FORM, happened=_which(written), left_behind="Nothing was changed.", attribute="host_id")


def plan_family(change: Change[HostAttachment], family: str | None) -> None:
    """Refuse what the family has not."""
    if family != "ds8k":
        return
    # one that is not known yet is null where another form may be written
    others = change.configured(HostAttachment.host_id) or change.configured(HostAttachment.connector)
    if change.configured(HostAttachment.cluster) and (change.config.is_known(HostAttachment.cluster) or not others):
        change.diagnostics.error(
            HostAttachment.cluster,
            "A DS8000 has no clusters",
            "Attach the volume to each host by itself, with for_each.",
        )
    connector = change.config.known(HostAttachment.connector)
    if connector is not None and connector.known(Connector.iqn) is not None:
        change.diagnostics.error(
            HostAttachment.connector, "A DS8000 speaks Fibre Channel only", "Write wwpns instead of iqn."
        )


def plan_side(change: Change[HostAttachment]) -> None:
    """Plan the home side where none is written; one that is removed again stays as it is."""
    if change.planned.raw[HostAttachment.side.name] is UNKNOWN and change.config.is_null(HostAttachment.side):
        change.planned.set(HostAttachment.side, HOME)


def plan_holder(change: Change[HostAttachment], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Plan to whom it is: the same host in another form is an update, another one a replacement."""
    _keep_spelling(change)
    if _is_as_before(change):  # so the other forms turn out null
        for attribute in FORMS:
            if not change.config.is_known(attribute):
                change.take_over(attribute)
    elif change.configured(HostAttachment.cluster):
        _plan_cluster(change, configured)
    elif change.configured(HostAttachment.connector):
        _plan_connector(change, configured)


def _is_as_before(change: Change[HostAttachment]) -> bool:
    """Tell whether the form that is written and known is what it was; only one of them is not null."""
    prior = change.prior
    return prior is not None and any(
        change.config.known(attribute) is not None
        and change.config.is_known(attribute)
        and change.planned.same(prior, attribute)
        for attribute in FORMS
    )


def _plan_cluster(change: Change[HostAttachment], configured: Configured[XIVDS8KDriver] | None) -> None:
    if change.prior is not None and _is_same_cluster(change.prior, change.config, configured, change.diagnostics):
        change.keep_prior(HostAttachment.cluster)
    if change.config.is_known(HostAttachment.cluster) and not change.configured(HostAttachment.host_id):
        change.planned.set(HostAttachment.host_id, None)
        if change.prior is None:
            change.planned.set(HostAttachment.host_name, None)


def _is_same_cluster(
    prior: HostAttachment,
    config: HostAttachment,
    configured: Configured[XIVDS8KDriver] | None,
    diagnostics: Diagnostics,
) -> bool:
    """Tell whether another spelling of the cluster means the same to the array, which may not tell cases apart."""
    written, before = config.known(HostAttachment.cluster), prior.known(HostAttachment.cluster)
    if configured is None or written is None or before in {None, written} or prior.is_null(HostAttachment.id):
        return False
    if before is None or before.casefold() != written.casefold():
        return False
    try:
        found = array_of(configured.driver, side_of(prior)).find_attachment(prior.volume_id, cluster=written)
    except BadCredentials as refused:
        diagnostics.add(refused)
    except DriverError as error:
        _log.info("whether the cluster is the same is not known yet: %s", error.summary)
    else:
        return found is not None and found.cluster == cluster_of(prior)
    return False


def _plan_connector(change: Change[HostAttachment], configured: Configured[XIVDS8KDriver] | None) -> None:
    prior = change.prior
    if prior is None:
        return
    if not change.config.is_known(HostAttachment.connector):  # as the other forms, which declare it
        change.requires_replace.append(Path((HostAttachment.connector.name,)))
        return
    if prior.known(HostAttachment.cluster) is not None:  # another holder, whoever owns the ports
        change.planned.set(HostAttachment.host_id, UNKNOWN)
        return
    written = change.config.known(HostAttachment.connector)
    if written is None:
        return
    owner = _owner(written, side_of(change.planned), configured, change.diagnostics)
    if owner is not None and owner.casefold() != (prior.known(HostAttachment.host_id) or "").casefold():
        change.planned.set(HostAttachment.host_id, UNKNOWN)
        change.requires_replace.append(Path((HostAttachment.connector.name,)))


def _owner(
    connector: Connector, side: Side, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics
) -> str | None:
    """Return the id of the host that owns the ports; None where that cannot be told, and the apply finds out."""
    if configured is None:
        return None
    try:
        return array_of(configured.driver, side).host_owning(connector_of(connector)).id
    except BadCredentials as refused:
        diagnostics.add(refused)
    except DriverError as error:
        _log.info("the connector's host is not known yet: %s", error.summary)
    return None


def _keep_spelling(change: Change[HostAttachment]) -> None:
    """Keep the prior spelling of the same ids and ports."""
    for attribute in (HostAttachment.volume_id, HostAttachment.host_id):
        written = change.planned.known(attribute)
        prior = change.prior.known(attribute) if change.prior is not None else None
        if written is not None and prior is not None and written.casefold() == prior.casefold():
            change.keep_prior(attribute)
    if change.prior is None or not change.config.is_known(HostAttachment.connector):
        return
    ports = change.config.known(HostAttachment.connector)
    if same_ports(ports, change.prior.known(HostAttachment.connector)):
        change.keep_prior(HostAttachment.connector)


def plan_lun(change: Change[HostAttachment], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Refuse a LUN the provider may not give, where one is to be given."""
    lun = change.config.known(HostAttachment.lun)
    if lun is None or configured is None or not change.changes(HostAttachment.lun):
        return
    try:
        settings = configured.driver.settings
    except DriverError as error:
        _log.info("lun_range is not known yet: %s", error.summary)
        return
    problem = rules.lun_problem(settings.family, lun, settings.lun_range)
    if problem and (settings.family != "ds8k" or lun < FIRST_MASKED_LUN):
        change.diagnostics.error(HostAttachment.lun, f"LUN {lun} cannot be asked for", problem)


def plan_unknown_lun(change: Change[HostAttachment]) -> None:
    """Tell that a LUN which is not known yet is left to the next run; asked last, when all else is planned."""
    prior = change.prior
    if prior is None or change.config.is_known(HostAttachment.lun) or change.planned != prior:
        return
    change.diagnostics.warning(
        HostAttachment.lun,
        f"{named(prior)} stays LUN {prior.known(HostAttachment.lun)} in this run",
        "The lun that is written is known only during the apply. Where it turns out to be another one, the next plan "
        "shows the replacement: run it again then.",
    )
