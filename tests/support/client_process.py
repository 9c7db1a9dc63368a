"""A process that does nothing but reach arrays, as told by lines of JSON, with this Python or another one.

Started as a script; imports nothing of the tests.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import Any

from terraform_provider_xivds8k.driver import Connection, DriverError, Secret, Settings, XIVDS8KDriver


def reached(order: dict[str, Any]) -> dict[str, Any]:
    """Return the array's id, or what the user would be told."""
    connection = Connection(
        endpoints=tuple(order["endpoints"]),
        username=order["username"],
        password=Secret(order["password"]),
        **order["trust"],
    )
    try:
        with closing(
            XIVDS8KDriver(Settings(family=order["family"], connection=connection, request_timeout_s=5))
        ) as driver:
            return {"system_id": driver.do_setup().system_id}
    except DriverError as error:
        return {"error": type(error).__name__, "attribute": error.attribute, "text": str(error)}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(reached(json.loads(line))) + "\n")
        sys.stdout.flush()
