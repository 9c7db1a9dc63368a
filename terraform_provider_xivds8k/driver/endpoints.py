"""Where an array listens: spellings of addresses, and which to try first."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from .errors import Refused

_NO_HOST = re.compile(r"[/?#@\\\s\x00-\x1f\x7f]")  # in a URL these would make another host of it


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Name one address an array answers on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(text: str, default_port: int) -> Endpoint:
    """Return the endpoint a text names: ``host``, ``host:port`` or an IPv6 address, in brackets where a port follows.

    Raises Refused (attribute ``endpoints``).
    """
    written = text.strip()
    if written.startswith("["):
        host, bracket, rest = written[1:].partition("]")
        port = rest.removeprefix(":")
        wrong = not bracket or (rest != "" and not rest.startswith(":"))
    elif written.count(":") > 1:
        host, port, wrong = written, "", False
    else:
        host, _, port = written.partition(":")
        wrong = written.endswith(":")
    plain = port.isdecimal() and port.isascii() and len(port) <= 5
    number = int(port) if plain else (default_port if not port else 0)
    if wrong or not host or _NO_HOST.search(host) or not 1 <= number <= 65535:
        raise Refused(
            f"Not an address: {text!r}",
            next_step='Write "host", "host:port" or "[IPv6 address]:port", without a scheme; ports are 1 to 65535.',
            attribute="endpoints",
        )
    return Endpoint(host, number)


class Endpoints:
    """Hold an array's endpoints in the order they were written and remember the one that answered last."""

    def __init__(self, texts: tuple[str, ...], default_port: int) -> None:
        self._all = tuple(parse(text, default_port) for text in texts)
        self._first = 0
        self._lock = threading.Lock()

    def in_order(self) -> tuple[Endpoint, ...]:
        """Return all of them, the one that answered last first."""
        with self._lock:
            return self._all[self._first :] + self._all[: self._first]

    def answered(self, endpoint: Endpoint) -> None:
        """Try this one first from now on."""
        with self._lock:
            self._first = self._all.index(endpoint)

    def lost(self, endpoint: Endpoint) -> None:
        """Try this one last from now on, unless another has answered meanwhile."""
        with self._lock:
            if self._all[self._first] == endpoint:
                self._first = (self._first + 1) % len(self._all)

    def __str__(self) -> str:
        return ", ".join(map(str, self._all))
