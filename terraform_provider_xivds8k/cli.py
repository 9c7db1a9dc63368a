"""The command line: serves when Terraform starts it, explains itself to a person.

Every command imports what it needs when it runs, so that Terraform never waits for a simulator's or a driver's modules.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terraform_provider_xivds8k.plugin import Handler

HELP = """\
terraform-provider-xivds8k: volumes of IBM XIV-family and DS8000 arrays as code.

Terraform starts this program itself: name the provider in a configuration and run terraform init.

    terraform {
      required_providers {
        xivds8k = { source = "xivds8k/xivds8k" }
      }
    }

What a person can run:

    terraform-provider-xivds8k replication    look at replications; switch, fail over and come back without Terraform
                                              (replication --help)
    terraform-provider-xivds8k simulate       arrays to try things out on (simulate --help)
    terraform-provider-xivds8k serve --debug  one long-lived process for a debugger; prints what to export
    terraform-provider-xivds8k version
"""


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command == "simulate":
        from terraform_provider_xivds8k import simulators

        return simulators.run_command_line(rest)
    if command == "replication":
        return _replication(rest)
    if command == "serve" and rest == ["--debug"]:
        return _serve_debug()
    if command == "version" and not rest:
        return _version()
    if command == "docs":
        return _docs(rest)
    if not arguments and _started_by_terraform():
        _serve()
    sys.stdout.write(HELP)
    return 0 if command in {"", "help", "--help", "-h"} else 2


def _started_by_terraform() -> bool:
    from terraform_provider_xivds8k.plugin import started_by_terraform

    return started_by_terraform(os.environ)


def _serve() -> None:
    from terraform_provider_xivds8k.plugin import logs, serve

    logs.start(os.environ)
    serve(_handlers)


def _handlers() -> Mapping[str, Handler]:
    from terraform_provider_xivds8k.plugin.handlers import handlers_for

    from .provider import Provider

    return handlers_for(Provider())


def _serve_debug() -> int:
    from terraform_provider_xivds8k.plugin import logs, serve_debug

    from .provider import SOURCE_ADDRESS

    logs.start(os.environ)
    return serve_debug(_handlers, SOURCE_ADDRESS)


def _replication(arguments: Sequence[str]) -> int:
    from terraform_provider_xivds8k.commands import replication
    from terraform_provider_xivds8k.commands.console import Console
    from terraform_provider_xivds8k.plugin import Cancellation

    from .provider_options import open_driver

    for stream in (sys.stdout, sys.stderr):  # each may be None: closed by whoever started this
        if isinstance(stream, TextIOWrapper):  # what an array calls something is to be shown on any terminal
            stream.reconfigure(errors="backslashreplace")
    console = Console(sys.stdin, sys.stdout, sys.stderr)
    around = replication.Surroundings(
        variables=os.environ,
        console=console,
        sign=Cancellation(),
        open_driver=lambda settings, sign: open_driver(settings, os.environ, sign, console.say),
    )
    return replication.run(arguments, around)


def _docs(arguments: Sequence[str]) -> int:
    from terraform_provider_xivds8k import simulators
    from terraform_provider_xivds8k.tools import docs

    from .provider import Provider

    return docs.run(Provider({}), arguments, {"conformance.md": simulators.conformance_page()})


def _version() -> int:
    from importlib.metadata import version

    sys.stdout.write(f"terraform-provider-xivds8k {version('terraform-provider-xivds8k')}, plugin protocol 6\n")
    return 0
