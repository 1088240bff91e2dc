"""What a failed request means: whether it was paid, whether to ask again and when, and what to tell."""

from __future__ import annotations

import email.utils
import json
from dataclasses import dataclass
from datetime import datetime

import anthropic
import httpx2
from pydantic import ValidationError

from bot.errors import ServiceError

# NB: a stream that breaks can surface as a raw error of the HTTP library instead of one of the SDK's.
FAILURES = (
    anthropic.APIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    ValidationError,
    json.JSONDecodeError,
    UnicodeDecodeError,
)

UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
MISCONFIGURED = (httpx2.InvalidURL, httpx2.UnsupportedProtocol)

AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
OVERLOADED = "overloaded_error"

# The service's wording changes: these are looked for in a lower-case answer, type and code included.
QUOTA_WORDS = ("quota", "billing", "credit balance", "spend limit", "spending limit", "usage limit")

# A quota by the minute is a rate: it passes (Google calls its rates quotas).
RATE_WORDS = ("per minute", "per_minute", "per second", "requests_per", "tokens_per")

MAX_WAIT_S = 120.0

RESUME = "nothing is lost: run the same command again with --resume"

# What nobody but the user can put right: what is wrong, and what to do about it.
NO_CREDIT = (
    "the model service refuses to go on for lack of credit",
    "add credit or raise the limit where the key is managed, then run again with --resume",
)
TERMINAL = {
    401: (
        "the model service does not accept the key",
        "check the key that you gave (ANTHROPIC_API_KEY, or the cloud's own), then run again with --resume",
    ),
    403: (
        "the key may not use the model {model!r}",
        "check what the key and its workspace may use, then run again with --resume",
    ),
    404: (
        "the model service does not know the model {model!r}",
        "set models: in the spec to a model of this service, and check the base URL if you gave one",
    ),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failed request. `unpaid`: it never reached the model, so its reservation is released."""

    error: ServiceError
    unpaid: bool = True
    again: bool = False
    wait_s: float | None = None


def _wait_s(headers: httpx2.Headers, now: datetime) -> float | None:
    """`retry-after` in any of its forms, never above two minutes: one wrong header must not stop the run."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return min(MAX_WAIT_S, max(0.0, float(headers[name]) * scale))
        except (KeyError, ValueError):
            continue
    try:
        until = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
        return min(MAX_WAIT_S, max(0.0, (until - now).total_seconds()))
    except (TypeError, ValueError):
        return None


def _said(err: anthropic.APIStatusError) -> str:
    return str(err.api_message or err.message)[:500]


def _lacks_credit(status: int, words: str) -> bool:
    if status == 429 and any(word in words for word in RATE_WORDS):
        return False
    return status == 402 or (status in (400, 403, 429) and any(word in words for word in QUOTA_WORDS))


def _judge_status(err: anthropic.APIStatusError, model: str, now: datetime) -> Trouble:
    status, said = err.status_code, str(err.api_message or err.message)[:500]
    words = f"{said} {err.type} {err.error_code}".lower()
    what, hint = NO_CREDIT if _lacks_credit(status, words) else TERMINAL.get(status, ("", ""))
    if what:
        message = f"{what.format(model=model)} ({status}: {said})"
        return Trouble(ServiceError(message, hint, terminal=True, status=status))
    wanted = err.response.headers.get("x-should-retry") != "false"
    again = wanted and (status in AGAIN or status >= 500 or err.type == OVERLOADED)
    error = ServiceError(f"the model service answered {status}: {said}", RESUME, status=status)
    return Trouble(error, again=again, wait_s=_wait_s(err.response.headers, now))


def _judge_line(err: Exception) -> Trouble:
    """No answer: unpaid only if the request cannot have left this machine."""
    causes = [err]
    while (cause := causes[-1].__cause__) is not None and isinstance(cause, Exception):
        causes.append(cause)
    lines = [f"{type(cause).__name__} {str(cause).partition(chr(10))[0]}".strip() for cause in causes]
    said = " <- ".join(lines)[:500]
    if any(isinstance(cause, MISCONFIGURED) for cause in causes):
        message = f"the address of the model service is wrong ({said})"
        return Trouble(ServiceError(message, "check the base URL that you gave", terminal=True))
    unsent = any(isinstance(cause, UNSENT) for cause in causes)
    what = "cannot be reached" if unsent else "broke off or sent something unreadable"
    return Trouble(ServiceError(f"the model service {what} ({said})", RESUME), unpaid=unsent, again=True)


def judge(err: Exception, model: str, now: datetime) -> Trouble:
    """What to make of a failed request for `model`."""
    if isinstance(err, anthropic.APIStatusError):
        return _judge_status(err, model, now)
    return _judge_line(err)
