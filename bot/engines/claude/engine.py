"""The claude engine: takes a task through a conversation with the model."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot import prompts
from bot.clock import Clock, SystemClock
from bot.engines.claude.brief import Brief, brief_of, lenses
from bot.engines.claude.clouds import Service, connect
from bot.engines.claude.conversation import Conversation
from bot.engines.claude.request import Prefix, Request
from bot.engines.claude.sender import Sender
from bot.engines.claude.tools import Toolbox, definitions
from bot.engines.claude.wire import Answer, Turn, parse_turn, without_secrets
from bot.errors import LimitReached
from bot.ports.engine import Bench, Meter
from bot.redact import Redactor
from bot.types.agent import Reply, Role, Task
from bot.types.ids import Sha
from bot.types.question import ABSENT, Question

# Raise it when the same task could be answered differently for a reason that is not in the prompts.
REVISION = "1"

Effort = Literal["low", "medium", "high", "xhigh", "max"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeSettings:
    service: Service = field(default_factory=Service)
    turns: int = 60
    """Answers that one agent may ask for."""
    max_tokens: int = 16_000
    """Tokens of one answer at most; reserved in full before each request."""
    effort: Effort | None = None
    retries: int = 5
    """How often a request that failed for no fault of its own is sent again."""


class ClaudeEngine:
    """`redact` learns the service's secrets, and hides all that it knows from whatever is sent."""

    name = "claude"
    paid = True

    def __init__(
        self,
        settings: ClaudeSettings,
        *,
        redact: Redactor,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.version = _version(settings)
        self._settings = settings
        self._redact = redact
        for secret in settings.service.secrets:
            redact.register(secret)
        self._client = connect(settings.service)
        self._sender = Sender(
            self._client,
            retries=settings.retries,
            clock=clock or SystemClock(),
            redact=redact,
            jitter=jitter,
        )

    def serves(self, role: Role, lens: str | None = None) -> bool:
        return lens is None or lens in lenses()

    async def perform(self, task: Task, bench: Bench, meter: Meter) -> Reply:
        brief = brief_of(task, bench, self._redact)
        toolbox = Toolbox(brief.calls, bench, self._redact, revises=task.revises is not None)
        talk = Conversation(brief, toolbox, self._redact)
        prefix = self._prefix(task, brief)
        recorded = _recorded(meter.turns)
        for _ in range(self._settings.turns):
            request = Request(prefix, talk.messages, self._settings.max_tokens)
            answer = recorded.get(request.asked) or await self._ask(request, meter)
            reply = talk.take(answer)
            if reply is not None:
                return reply
        raise self._endless()

    async def _ask(self, request: Request, meter: Meter) -> Answer:
        asked = request.asked
        paid = await self._sender.send(request, meter)
        answer = Answer.model_validate(paid.model_dump(exclude={"usage"}))
        answer = without_secrets(answer, self._redact)
        meter.turn(Turn(asked=asked, answer=answer).model_dump(mode="json"))
        return answer

    def _prefix(self, task: Task, brief: Brief) -> Prefix:
        config: dict[str, Any] = {}
        if self._settings.effort:
            config["effort"] = self._settings.effort
        if brief.schema is not None:
            config["format"] = {"type": "json_schema", "schema": brief.schema}
        options = {"output_config": config} if config else {}
        return Prefix(task.model, self._redact(brief.system), definitions(brief.calls), options)

    def _endless(self) -> LimitReached:
        turns = self._settings.turns
        message = f"the limit of {turns} agent turns is reached: the agent came to no end"
        return LimitReached("agent turns", message, "raise limits.agent.turns, or make the units smaller")

    def answer(self, question: Question, commit: Sha) -> str:
        """It has no analyses of its own: whatever a record says it observed here is no longer so."""
        return ABSENT

    async def aclose(self) -> None:
        await self._client.close()


def _version(settings: ClaudeSettings) -> str:
    texts = "".join(prompts.digest(name) for name in prompts.names())
    return f"{REVISION}-{settings.effort or 'default'}-{hashlib.sha256(texts.encode()).hexdigest()[:12]}"


def _recorded(turns: Iterable[object]) -> dict[str, Answer]:
    """Recorded answers by what was asked. Where the same was asked twice, the later answer went on."""
    parsed = (parse_turn(record) for record in turns)
    return {turn.asked: turn.answer for turn in parsed if turn is not None}
