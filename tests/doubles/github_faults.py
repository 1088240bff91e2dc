"""Faults on order: the next requests that match are answered wrongly, before or after they took effect."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from .github_wire import NOT_ACCESSIBLE, Json, Reply, error

# The repository or organisation setting "Allow GitHub Actions to create and approve pull requests" is off.
ACTIONS_MAY_NOT_OPEN_PULLS = "GitHub Actions is not permitted to create or approve pull requests."
SECONDARY_LIMIT = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)
# What a status says when a test does not care about the words.
USUAL_MESSAGES = {
    401: "Bad credentials",
    403: NOT_ACCESSIBLE,
    404: "Not Found",
    422: "Validation Failed",
    429: SECONDARY_LIMIT,
    500: "Server Error",
    502: "Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True)
class Fault:
    """One wrong answer. With `after_commit` the request takes effect; the client does not hear of it."""

    reply: Reply
    after_commit: bool


@dataclass
class _Order:
    method: str
    path: re.Pattern[str]
    fault: Fault
    skip: int
    times: int

    def due(self, method: str, path: str) -> bool:
        """Count a request that matches, and tell whether it is to fail."""
        if self.times < 1 or method != self.method or not self.path.search(path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class FaultBook:
    """The orders that are still open; the oldest that matches wins."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self._lock = threading.Lock()

    def add(self, method: str, path_regex: str, fault: Fault, *, skip: int, times: int) -> None:
        """Order a fault for `times` requests, after the first `skip` that match."""
        with self._lock:
            self._orders.append(_Order(method, re.compile(path_regex), fault, skip, times))

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that this request is to meet."""
        with self._lock:
            return next((order.fault for order in self._orders if order.due(method, path)), None)

    @property
    def pending(self) -> int:
        """How many failures are still to come."""
        return sum(order.times for order in self._orders)


def faulty_reply(status: int, body: str | Json | None, headers: Mapping[str, str] | None) -> Reply:
    """Return the answer of a fault: text becomes the message of GitHub's usual error body."""
    message = body if isinstance(body, str) else USUAL_MESSAGES.get(status, "Error")
    usual = error(status, message)
    return Reply(status, body if isinstance(body, dict) else usual.data, headers or {})
