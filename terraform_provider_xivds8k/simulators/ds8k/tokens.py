"""Signing in: tokens live in the store, so that every address of the array accepts them (ds8k-rest.md §1.1 [S])."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from ..context import Context
from .codes import BAD_CREDENTIALS, BAD_CREDENTIALS_400, NO_TOKEN, NO_USERNAME, STALE_TOKEN, Refusal
from .envelope import DONE, Call, Reply

IDLE_LIMIT_S = 1800  # [S]
NOTED_EVERY_S = 1  # a token's last use is written down at most this often


def sign_in(call: Call) -> Reply:
    """Answer POST /tokens; the token stands beside data, not in it [S]."""
    username, given = call.text("username"), call.text("password")
    if not username or not given:
        raise Refusal(NO_USERNAME)
    password = str(call.params["password"])  # blanks at its ends belong to it
    known = (call.context.username, call.context.password)
    if not secrets.compare_digest(f"{username}\0{password}".encode(), "\0".join(known).encode()):
        by_400 = call.context.switch("bad_credentials_http_400")
        raise Refusal(BAD_CREDENTIALS_400 if by_400 else BAD_CREDENTIALS)
    _forget_stale(call.context)
    token = secrets.token_hex(16)
    call.context.put("token", token, {"used_s": call.context.now_s})
    expires = datetime.fromtimestamp(call.context.now_s + IDLE_LIMIT_S, UTC)
    shown = {
        "token": token,
        "expired_time": expires.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "max_idle_interval": str(IDLE_LIMIT_S * 1000),
    }
    return Reply(200, {"server": {"status": "ok", "code": "", "message": DONE}, "token": shown})


def admit(context: Context, token: str) -> None:
    """Accept a token and note its use; raises Refusal with BE7A001A for none and BE7A001B for a stale one."""
    if not token:
        raise Refusal(NO_TOKEN)
    row = context.get("token", token)
    if row is None or _stale(context, row["used_s"]):
        raise Refusal(STALE_TOKEN)
    if context.now_s - row["used_s"] >= NOTED_EVERY_S:
        context.put("token", token, {"used_s": context.now_s})


def _forget_stale(context: Context) -> None:
    for token, row in context.rows("token"):
        if _stale(context, row["used_s"]):
            context.remove("token", token)


def _stale(context: Context, used_s: float) -> bool:
    return context.now_s - used_s > IDLE_LIMIT_S
