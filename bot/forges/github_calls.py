"""Requests to GitHub with our own bounded retries, which know whether a write may have happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bot.clock import Clock
from bot.forges.github_errors import LONGEST_WAIT_S, Refusal, explain
from bot.forges.github_pace import Pace
from bot.redact import Redactor

T = TypeVar("T")

TRIES = 5


class Calls:
    """Reads and writes of one repository. Raises ServiceError, for people and without the token."""

    def __init__(self, repository: str, clock: Clock, pace: Pace, redact: Redactor) -> None:
        self._repository = repository
        self._clock = clock
        self._pace = pace
        self._redact = redact

    def read(self, what: str, ask: Callable[[], T]) -> T:
        for attempt in range(TRIES):
            try:
                return ask()
            except Refusal as refusal:
                self._wait_or_raise(what, refusal, attempt)
        raise AssertionError("the last attempt raises")

    def write(self, what: str, ask: Callable[[], T], look: Callable[[], T | None]) -> T:
        """Write at GitHub's pace. Where nobody knows whether it took effect, `look` before writing again,
        and take what is found. A 422 is looked into as well: it may say that the thing exists."""
        for attempt in range(TRIES):
            self._pace.before_write()
            try:
                return ask()
            except Refusal as refusal:
                doubtful = refusal.dropped or refusal.status == 422
                if doubtful and (found := self.read(what, look)) is not None:
                    return found
                self._wait_or_raise(what, refusal, attempt)
        raise AssertionError("the last attempt raises")

    def _wait_or_raise(self, what: str, refusal: Refusal, attempt: int) -> None:
        wait_s = refusal.wait_s(attempt, self._clock.now().timestamp())
        again = (refusal.limited or refusal.dropped) and wait_s <= LONGEST_WAIT_S and attempt < TRIES - 1
        if not again:
            plain = Refusal(refusal.status, self._redact(refusal.message), refusal.errors, refusal.headers)
            raise explain(plain, what, self._repository) from None
        why = "GitHub limits the rate" if refusal.limited else "GitHub did not answer"
        self._pace.pause(wait_s, why)
