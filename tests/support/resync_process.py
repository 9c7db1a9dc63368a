"""A process of its own that moves replications between two arrays, as told by lines of JSON.

Started as a script, with both arrays in its first line; imports nothing of the tests.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import Any

from terraform_provider_xivds8k.driver import (
    Connection,
    DriverError,
    ReplicationTarget,
    Scope,
    Secret,
    Settings,
    Terms,
    XIVDS8KDriver,
)


def settings_of(told: dict[str, Any]) -> Settings:
    """Return the settings of a driver of the first array, with the second as its replication target."""
    home, remote = (
        Connection(
            endpoints=tuple(one["endpoints"]),
            username=one["username"],
            password=Secret(one["password"]),
            ca_pem=one["ca_pem"],
        )
        for one in (told["home"], told["remote"])
    )
    target = ReplicationTarget(connection=remote, pool=told["pool"])
    return Settings(family=told["family"], connection=home, request_timeout_s=5, replication_target=target)


def resynchronised(driver: XIVDS8KDriver, order: dict[str, Any]) -> dict[str, Any]:
    """Return the row one replication ended in, or what the user would be told."""
    try:
        report = driver.failover_host(
            operation="resync",
            scope=Scope(ids=(order["id"],)),
            terms=Terms(authoritative_backend_id=order["keeps"]),
            deadline=order["deadline"],
        )
    except DriverError as error:
        return {"row": None, "error": str(error)}
    return {"row": report.members[0].after, "error": ""}


if __name__ == "__main__":
    with closing(XIVDS8KDriver(settings_of(json.loads(sys.stdin.readline())))) as held:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(resynchronised(held, json.loads(line))) + "\n")
            sys.stdout.flush()
