"""A provider process around the shelf; ``--debug`` for one to attach to, ``--broken`` for one that cannot be loaded."""

import os
import sys
from collections.abc import Mapping

from support.shelf import ShelfProvider
from terraform_provider_xivds8k.plugin import Handler, logs, serve, serve_debug
from terraform_provider_xivds8k.plugin.handlers import handlers_for


def load() -> Mapping[str, Handler]:
    """Return the shelf's handlers."""
    if "--broken" in sys.argv:
        raise ImportError("a module is missing")
    return handlers_for(ShelfProvider())


if __name__ == "__main__":
    logs.start(os.environ)
    if sys.argv[1:] == ["--debug"]:
        raise SystemExit(serve_debug(load, "tests/shelf"))
    serve(load)
