"""A provider process around the shelf; ``--debug`` for one to attach to."""

import os
import sys

from support.shelf import ShelfProvider
from terraform_provider_xivds8k.plugin import logs, serve, serve_debug
from terraform_provider_xivds8k.plugin.handlers import handlers_for

if __name__ == "__main__":
    logs.start(os.environ)
    if sys.argv[1:] == ["--debug"]:
        raise SystemExit(serve_debug(lambda: handlers_for(ShelfProvider()), "tests/shelf"))
    serve(lambda: handlers_for(ShelfProvider()))
