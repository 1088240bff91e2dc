"""Sends requests: reserved before, settled after, asked again a bounded number of times.

A reservation is left open where the answer was lost after the request had gone out: nobody knows what it
cost, so it counts as spent. The same holds when the task is cancelled meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.clock import Clock
from bot.engines.claude.clouds import Client, credential_errors
from bot.engines.claude.request import Estimate, Request
from bot.engines.claude.trouble import FAILURES, MAX_WAIT_S, Trouble, judge
from bot.engines.claude.warmth import Warmth
from bot.engines.claude.wire import Paid
from bot.errors import ServiceError
from bot.ports.engine import Meter
from bot.redact import Redactor
from bot.types.usage import NOTHING

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0


class Sender:
    """One for the engine: what it learns about sizes and warm prefixes serves every conversation.

    `jitter` gives a number from 0 to 1; waits are shortened by up to a quarter of it, so that agents that
    failed together do not come back together.
    """

    def __init__(
        self, client: Client, *, retries: int, clock: Clock, redact: Redactor, jitter: Callable[[], float]
    ) -> None:
        self._client = client
        self._retries = retries
        self._clock = clock
        self._redact = redact
        self._jitter = jitter
        self._warmth = Warmth(clock)
        self._estimate = Estimate()
        self._no_credentials: tuple[type[Exception], ...] = (*credential_errors(), RuntimeError)

    async def send(self, request: Request, meter: Meter) -> Paid:
        """The model's answer. Raises ServiceError, LimitReached."""
        for tried in range(self._retries + 1):
            got = await self._try(request, meter)
            if isinstance(got, Paid):
                return got
            if not got.again or tried == self._retries:
                raise self._told(got.error, tried + 1)
            await self._clock.sleep(self._wait_s(got, tried))
        raise AssertionError("the last try either answers or raises")

    async def _try(self, request: Request, meter: Meter) -> Paid | Trouble:
        model = request.prefix.model
        async with self._warmth.of(request.prefix.digest) as warmed:
            reservation = await meter.reserve(model, self._estimate.worst(request))
            try:
                answer = await self._post(request)
            except FAILURES as err:
                trouble = judge(err, model, self._clock.now())
            except self._no_credentials as err:
                trouble = _no_credentials(err)
            else:
                meter.settle(reservation, model, answer.usage.usage)
                meter.pressure(overloaded=False)
                self._estimate.learn(request, answer.usage.usage)
                warmed()
                return answer
        if trouble.unpaid:
            meter.settle(reservation, model, NOTHING)
        if trouble.again:
            meter.pressure(overloaded=True)
        meter.attempt(self._redact(trouble.error.message))
        return trouble

    async def _post(self, request: Request) -> Paid:
        # The raw answer is read, not the SDK's model of it: blocks go back exactly as they came.
        raw = await self._client.messages.with_raw_response.create(**request.body)
        return Paid.model_validate_json(raw.http_response.content)

    def _wait_s(self, trouble: Trouble, tried: int) -> float:
        growing = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**tried) * (1 - 0.25 * self._jitter())
        return growing if trouble.wait_s is None else min(MAX_WAIT_S, trouble.wait_s + self._jitter())

    def _told(self, error: ServiceError, tries: int) -> ServiceError:
        times = f" (asked {tries} times)" if tries > 1 else ""
        message = self._redact(error.message) + times
        return ServiceError(message, error.hint, terminal=error.terminal, status=error.status)


def _no_credentials(err: Exception) -> Trouble:
    message = f"no credentials for the model service: {type(err).__name__} {err}"[:500]
    hint = "check the cloud's own credentials on this machine, then run with --resume"
    return Trouble(ServiceError(message, hint, terminal=True))
