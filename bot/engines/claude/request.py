"""One request: what is said, what of it is cached, and how many tokens it can cost at the worst."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.engines.claude.wire import Message
from bot.types.usage import Usage

CACHED = {"type": "ephemeral"}

# What the service adds to a prompt that has tools or a format: below a thousand tokens on every model.
UNSEEN_TOKENS = 1_000


@dataclass(frozen=True, slots=True)
class Prefix:
    """What the agents of one role have in common, word for word: it is paid for once and then read from
    the service's cache. `options` are the request's other settings that the cache depends on."""

    model: str
    system: str
    tools: Sequence[Mapping[str, Any]]
    options: Mapping[str, Any]

    @property
    def digest(self) -> str:
        return _digest([self.model, self.system, self.tools, self.options])


@dataclass(frozen=True, slots=True)
class Request:
    prefix: Prefix
    messages: Sequence[Message]
    max_tokens: int

    @property
    def asked(self) -> str:
        """Digest of everything that is said in this request."""
        return _digest([self.prefix.digest, self.messages])

    @property
    def body(self) -> dict[str, Any]:
        """The request as the SDK takes it. Marked for the cache: the prefix, and the last two things that the
        user said, since the service looks back only a few blocks from a mark for what it already has."""
        users = [number for number, message in enumerate(self.messages) if message["role"] == "user"]
        marked = set(users[-2:])
        return {
            "model": self.prefix.model,
            "max_tokens": self.max_tokens,
            "system": [{"type": "text", "text": self.prefix.system, "cache_control": CACHED}],
            "tools": list(self.prefix.tools),
            "messages": [
                _marked(message) if number in marked else message
                for number, message in enumerate(self.messages)
            ],
            **self.prefix.options,
        }

    @property
    def size(self) -> int:
        """Bytes of the request."""
        return len(json.dumps(self.body, ensure_ascii=False).encode("utf-8", "surrogatepass"))


class Estimate:
    """Tokens per byte, from above.

    A token is at least one byte, so one token a byte would be the only strict bound; but then most of a
    budget would lie idle in reservations. Prose and code are three to four bytes a token, dense text (digits,
    base64, CJK) about two, so two bytes a token is never too low for ordinary text. Where an answer proves
    that more was counted, the estimate of that model rises with it for good, up to the strict bound.
    """

    def __init__(self, tokens_per_byte: float = 0.5) -> None:
        self._start = tokens_per_byte
        self._by_model: dict[str, float] = {}

    def worst(self, request: Request) -> Usage:
        """Everything is written to the cache, which costs more than reading it in, and the answer is full."""
        ratio = self._by_model.get(request.prefix.model, self._start)
        prompt = math.ceil(request.size * ratio) + UNSEEN_TOKENS
        return Usage(cache_write_tokens=prompt, output_tokens=request.max_tokens)

    def learn(self, request: Request, usage: Usage) -> None:
        counted = usage.tokens - usage.output_tokens - UNSEEN_TOKENS
        model = request.prefix.model
        before = self._by_model.get(model, self._start)
        self._by_model[model] = min(1.0, max(before, counted / request.size))


def _marked(message: Message) -> Message:
    *others, last = message["content"]
    return {**message, "content": [*others, {**last, "cache_control": CACHED}]}


def _digest(said: object) -> str:
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=dict)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
