"""What comes back from the Messages API, checked at the border, and how a turn is kept in the journal.

The blocks of an answer are kept exactly as they came: they are sent back word for word, because thinking
blocks are signed and a cached prefix is compared byte by byte. Only a secret that the model itself wrote
down is taken out of texts and calls, before anything is done with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.redact import redacted_json
from bot.types.usage import Usage

Block = Mapping[str, Any]
Message = dict[str, Any]


class Count(BaseModel):
    """Usage as the service states it; services that cache nothing leave fields out or null."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int
    output_tokens: int
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None

    @property
    def usage(self) -> Usage:
        return Usage(
            self.input_tokens,
            self.output_tokens,
            self.cache_read_input_tokens or 0,
            self.cache_creation_input_tokens or 0,
        )


class Details(BaseModel):
    model_config = ConfigDict(frozen=True)

    explanation: str | None = None
    category: str | None = None


class Answer(BaseModel):
    """One answer of the model: as much of it as we use."""

    model_config = ConfigDict(frozen=True)

    content: list[dict[str, Any]]
    stop_reason: str | None = None
    stop_details: Details | None = None

    @property
    def text(self) -> str:
        blocks = (block.get("text") for block in self.content if block.get("type") == "text")
        return "".join(text for text in blocks if isinstance(text, str)).strip()

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [block for block in self.content if block.get("type") == "tool_use"]


def without_secrets(answer: Answer, redact: Callable[[str], str]) -> Answer:
    """The answer with every text and every call's input redacted. Thinking is signed: it stays as it is."""
    content = [_sent(block, redact) for block in answer.content]
    return answer.model_copy(update={"content": content})


def _sent(block: dict[str, Any], redact: Callable[[str], str]) -> dict[str, Any]:
    part = {"text": "text", "tool_use": "input"}.get(str(block.get("type")))
    return {**block, part: redacted_json(block[part], redact)} if part in block else block


class Paid(Answer):
    """An answer with what it used, as the service sent it."""

    usage: Count = Field()


class Turn(BaseModel):
    """A turn as the journal keeps it. `asked` is the digest of everything that was said before the answer:
    a turn is replayed only where exactly the same has been said again."""

    model_config = ConfigDict(frozen=True)

    asked: str
    answer: Answer


def parse_turn(record: object) -> Turn | None:
    """Journals travel between machines: a record that is no turn of ours is one that was never made."""
    try:
        return Turn.model_validate(record)
    except ValidationError:
        return None
