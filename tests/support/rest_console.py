"""A plain client of the DS8000's REST API for tests of the simulator: no rules, no retries.

It signs in again when its token has ended: simulated half-hours pass while other tests run on the same array.
"""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

BASE = "/api/v1"
STALE_TOKEN = "BE7A001B"
GIB = 2**30


@dataclass(frozen=True)
class Seen:
    """Hold one reply."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """Return the code in the envelope."""
        return str(self.body["server"]["code"])

    @property
    def refused(self) -> bool:
        """Tell whether the envelope says failed."""
        return str(self.body["server"]["status"]) == "failed"

    @property
    def records(self) -> list[dict[str, Any]]:
        """Return the records under the one key of data."""
        ((_, found),) = self.body["data"].items()
        return list(found)

    @property
    def id(self) -> str:
        """Return the last part of the link."""
        return str(self.body["link"]["href"]).rpartition("/")[2]


@dataclass
class Console:
    """Talk to one simulated array over one connection, and to its control address."""

    description: dict[str, Any]
    control: str = ""
    token: str = ""
    renews: bool = True
    _own_token: str = field(default="", repr=False)
    _connection: http.client.HTTPSConnection | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Return the array's name in the simulation."""
        return str(self.description["name"])

    def connection(self) -> http.client.HTTPSConnection:
        """Return the one connection, opened when first needed."""
        if self._connection is None:
            context = ssl.create_default_context(cafile=self.description["ca_file"])
            host, _, port = str(self.description["endpoints"][0]).rpartition(":")
            self._connection = http.client.HTTPSConnection(host, int(port), timeout=60, context=context)
        return self._connection

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def ask(self, method: str, path: str, params: object = None) -> Seen:
        """Send one request and return the reply."""
        seen = self._ask(method, path, params)
        if not (self.renews and self.token and self.token == self._own_token):
            return seen
        if seen.status != 401 or seen.code != STALE_TOKEN:
            return seen
        self.sign_in()
        return self._ask(method, path, params)

    def _ask(self, method: str, path: str, params: object) -> Seen:
        body = None if params is None else json.dumps({"request": {"params": params}})
        headers = {"X-Auth-Token": self.token} if self.token else {}
        self.connection().request(method, BASE + path, body, headers)
        reply = self.connection().getresponse()
        data = reply.read()
        return Seen(reply.status, json.loads(data) if data else {})

    def sign_in(self) -> None:
        """Get a token."""
        params = {name: self.description[name] for name in ("username", "password")}
        self.token = self._own_token = self._ask("POST", "/tokens", params).body["token"]["token"]

    def volume(self, volume_id: str) -> dict[str, Any]:
        """Return a volume's record."""
        (record,) = self.ask("GET", f"/volumes/{volume_id}").records
        return record

    def make(self, name: str = "v", pool: str = "P0", gib: int = 1, **more: object) -> str:
        """Create a volume and return its id."""
        made = self.order(name, pool, gib, **more)
        assert made.status == 200, made.body
        return made.id

    def order(self, name: str = "v", pool: str = "P0", gib: int = 1, **more: object) -> Seen:
        """Ask for a volume."""
        params = {"name": name, "pool": pool, "cap": str(gib), "captype": "gib", "stgtype": "fb", **more}
        return self.ask("POST", "/volumes", params)

    def steer(self, method: str, path: str, body: object = None) -> Any:
        """Send a request to the control address."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.control}{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def steer_refused(self, method: str, path: str, body: object) -> str:
        """Send a request the control address must refuse and return its words."""
        try:
            self.steer(method, path, body)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.read().decode()
        raise AssertionError(f"{method} {path} was not refused")

    def turn(self, name: str, *, on: bool) -> None:
        """Put a switch in a position."""
        self.steer("POST", "/switches", {"array": self.name, "name": name, "on": on})

    def advance(self, seconds: float) -> None:
        """Put the simulated clock forward."""
        self.steer("POST", "/clock", {"advance_s": seconds})

    def write(self, volume_id: str, label: str) -> None:
        """Write a label into a volume."""
        self.steer("POST", "/io", {"array": self.name, "volume": volume_id, "write": label})

    def labels(self, volume_id: str) -> list[str]:
        """Return the labels a volume carries."""
        return list(self.steer("GET", f"/io?array={self.name}&volume={volume_id}"))
