"""What forbids a host that is asked for, told before anything is sent: names, abilities of the array, CHAP."""

from __future__ import annotations

from .. import host_rules
from ..array import Array
from ..errors import Refused, Unsupported
from ..objects import PortKind, Secret


def check_name(array: Array, name: str, attribute: str) -> None:
    """Raise Refused for a name of a host or a cluster the array would not take."""
    problem = host_rules.host_name_problem(array.family, name, attribute)
    if problem:
        raise Refused("The array would not take this name", happened=problem, attribute=attribute)


def check_abilities(
    array: Array, iqns: tuple[str, ...], cluster: str | None, chap_name: str | None, chap_secret: Secret | None
) -> None:
    """Raise Unsupported for what hosts of the array cannot have, Refused for what is of no use."""
    making = array.hosts.making
    for given, possible, attribute, words in (
        (bool(iqns), making.has_iqns, "iqns", "speaks Fibre Channel only"),
        (bool(cluster), making.has_clusters, "cluster", "has no clusters"),
        (bool(chap_name) or chap_secret is not None, making.has_iqns, "chap_name", "has no CHAP"),
    ):
        if given and not possible:
            raise Unsupported(
                f"This array {words}",
                happened="Nothing was sent to the array.",
                next_step=f"Leave {attribute} out.",
                attribute=attribute,
            )
    if cluster:
        check_name(array, cluster, "cluster")
    problem = host_rules.chap_secret_problem(chap_secret) if chap_secret is not None else None
    if problem:
        raise Refused("The CHAP secret is of no use", happened=problem, attribute="chap_secret")


def incomplete(missing: str) -> Refused:
    """Return the refusal of a CHAP name without a secret, or a secret without a name."""
    there = "chap_secret" if missing == "chap_name" else "chap_name"
    return Refused(
        f"{there} needs {missing}",
        happened="An array keeps CHAP name and secret together.",
        left_behind="Nothing was changed.",
        next_step=f"Write {missing} too.",
        attribute=there,
    )


def kinds(wwpns: tuple[str, ...], iqns: tuple[str, ...]) -> tuple[tuple[str, PortKind], ...]:
    """Return addresses with their kinds."""
    return (*((address, "fc") for address in wwpns), *((address, "iscsi") for address in iqns))
