"""Logs as Terraform reads them: one JSON object a line on stderr, in the form of go-hclog.

Off unless the user asks with TF_LOG_PROVIDER_XIVDS8K, TF_LOG_PROVIDER or TF_LOG.  A timestamp with other than six
fraction digits would make Terraform fall back to raw text.
"""

from __future__ import annotations

import datetime
import json
import logging
import sys
import traceback
from collections.abc import Mapping
from typing import TextIO

VARIABLES = ("TF_LOG_PROVIDER_XIVDS8K", "TF_LOG_PROVIDER", "TF_LOG")
LEVELS = {
    "TRACE": 5,
    "JSON": 5,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
}
OFF = logging.CRITICAL + 10
LONGEST_LINE = 60_000  # Terraform cuts a line at 64 KiB, and it is no JSON then
DEEPEST_CAUSE = 10
LONGEST_TEXTS = (20_000, 1_000)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class HclogFormatter(logging.Formatter):
    """Write a record as one line of go-hclog's JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; extra fields become keys, an exception the key ``error`` (where, without its words)."""
        when = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line: dict[str, str] = {
            "@level": _level_name(record.levelno),
            "@message": record.getMessage(),
            "@module": record.name,
            "@timestamp": when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        line.update({key: str(value) for key, value in vars(record).items() if key not in _STANDARD})
        if record.exc_info:
            line["error"] = _where(record.exc_info[1])
        text = json.dumps(line)
        for most in LONGEST_TEXTS if len(text) > LONGEST_LINE else ():
            text = json.dumps({key: _cut(value, most) for key, value in line.items()})
            if len(text) <= LONGEST_LINE:
                break
        return text


def _where(error: BaseException | None) -> str:
    """Say what kind of exception came from where, and from which others; not its words, which may hold a secret."""
    parts: list[str] = []
    while error is not None and len(parts) < DEEPEST_CAUSE:
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{type(error).__module__}.{type(error).__qualname__}\n{frames}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "caused by ".join(parts)


def _cut(text: str, most: int) -> str:
    """Leave out the middle of a very long text: a traceback says most at its ends."""
    half = most // 2
    return text if len(text) <= most else f"{text[:half]} [...] {text[-half:]}"


def _level_name(level: int) -> str:
    names = ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info"), (logging.DEBUG, "debug"))
    return next((name for least, name in names if level >= least), "trace")


def asked_level(environment: Mapping[str, str]) -> int:
    """Return the level the user asks for; far above everything when none is."""
    asked = next((environment[name] for name in VARIABLES if environment.get(name)), "OFF")
    return LEVELS.get(asked.upper(), LEVELS["TRACE"]) if asked.upper() != "OFF" else OFF


def start(environment: Mapping[str, str], stream: TextIO | None = None) -> None:
    """Send every record of the asked level to stderr, and keep other libraries' debug output out."""
    root = logging.getLogger()
    level = asked_level(environment)
    root.setLevel(level)
    logging.raiseExceptions = False
    for noisy in ("urllib3", "grpc", "requests"):
        logging.getLogger(noisy).setLevel(max(level, logging.ERROR))  # their warnings quote what an array sent
    if level < OFF:
        handler = logging.StreamHandler(stream or sys.stderr)
        handler.setFormatter(HclogFormatter())
        root.handlers = [handler]
