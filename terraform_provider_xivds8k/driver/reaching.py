"""What a user is told when an array cannot be reached or refuses the sign-in: the same words for both families."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping

from .endpoints import Endpoint
from .errors import BadCredentials, DriverError, TimedOut, Unreachable

SIGN_IN_REFUSED = "The array refused username or password"
CORRECT_THEM = "Correct username or password; they were sent once, so that the account is not locked."


class NothingSentError(Exception):
    """The request did not reach the array, for certain.

    ``signed_in`` tells that a sign-in before it was sent, and with it username and password.
    """

    def __init__(self, why: str, *, signed_in: bool = False) -> None:
        super().__init__(why)
        self.signed_in = signed_in


def in_words(error: BaseException) -> str:
    """Return what went wrong on a connection in words, without the names Python has for it."""
    if isinstance(error, DriverError):
        return _lowered(error.summary)
    if isinstance(error, ssl.SSLEOFError | ConnectionResetError | BrokenPipeError) or _is_unconnected(error):
        return "the connection was cut"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    if isinstance(error, socket.gaierror):
        return f"the name has no address ({_lowered(error.strerror or str(error))})"
    if isinstance(error, TimeoutError) or (isinstance(error, OSError) and error.strerror):
        return _lowered(error.strerror or "it took too long")  # ssl has only a place in its source for it
    return str(error) or "it failed without a reason"


def _is_unconnected(error: BaseException) -> bool:
    """Tell whether a connection was cut before it could be used."""
    return isinstance(error, OSError) and error.errno == errno.ENOTCONN


def why(error: Exception) -> str:
    """Return what is known of a failed call, as a sentence."""
    known = (error.happened or error.summary) if isinstance(error, DriverError) else in_words(error)
    return f"{known[:1].upper()}{known[1:]}".rstrip(".") + "."


def no_answer(doing: str, attempts: int, lost: object) -> TimedOut:
    """Return the error for a read that was asked for as often as it may be; ``lost`` may be a lost answer."""
    error = TimedOut(
        f"No usable answer when asked to {doing}",
        happened=f"Asked {attempts} times; the last time: {lost}.",
        next_step="Look at the array's health, or allow more with request_timeout.",
    )
    error.is_silence = bool(getattr(lost, "nothing_came", False))
    return error


def sign_in_lost(why: object) -> NothingSentError:
    """Return the error for a sign-in that was sent and not answered."""
    return NothingSentError(f"username and password were sent, and no answer came: {why}", signed_in=True)


def refused_before(first: BadCredentials) -> BadCredentials:
    """Return a fresh error for another call: an exception raised in several threads mixes their tracebacks."""
    return BadCredentials(
        SIGN_IN_REFUSED,
        happened="It did so before in this run; they were not sent again.",
        next_step="Correct them, then run it again.",
        attribute=first.attribute,
        code=first.code,
        words=first.words,
    )


def unreachable(problems: Mapping[Endpoint, NothingSentError | DriverError], kind: str) -> Unreachable:
    """Return the error for an array none of whose endpoints could be asked; one that is not trusted goes first.

    ``kind`` is what they were asked as, ``an XIV`` or ``a DS8000``.
    """
    untrusted = next((problem for problem in problems.values() if isinstance(problem, DriverError)), None)
    listed = " ".join(_said(endpoint, problem) for endpoint, problem in problems.items() if problem is not untrusted)
    if untrusted is not None:
        error = Unreachable(
            untrusted.summary,
            happened=f"{untrusted.happened} {listed}".rstrip(),
            next_step=untrusted.next_step,
            attribute=untrusted.attribute,
        )
        error.is_silence = False
        return error
    signed_in = any(isinstance(problem, NothingSentError) and problem.signed_in for problem in problems.values())
    return Unreachable(
        "The array cannot be reached",
        happened=listed,
        left_behind="Nothing was changed." if signed_in else "Nothing was sent.",
        next_step=f"Check family ({kind} was asked for) and endpoints (an XIV listens on 7778, a DS8000's management "
        "console on 8452), the network, and that the array is up.",
        attribute="endpoints",
    )


def _said(endpoint: Endpoint, problem: NothingSentError | DriverError) -> str:
    if isinstance(problem, DriverError):
        return f"{problem.summary}."
    return f"{endpoint}: {str(problem).rstrip('.')}."


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
