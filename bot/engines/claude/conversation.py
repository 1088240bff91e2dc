"""One agent's conversation: what was said so far, and what an answer of the model leads to.

It asks nobody and waits for nothing, so a conversation is rebuilt by giving it the recorded answers once
more: the same calls run on the same bench, and the same is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.engines.claude.brief import Brief, Unfit
from bot.engines.claude.tools import Outcome, Toolbox
from bot.engines.claude.wire import Answer, Block, Message
from bot.redact import Redactor
from bot.types.agent import Reply, ReplyKind

NOTHING_SAID: Block = {"type": "text", "text": "(nothing)"}
CUT_OFF = (
    "Your answer was cut off because it was too long, and nothing of it was carried out. Go on in smaller "
    "steps: fewer calls at once, `edit` instead of `write`, a shorter text."
)
HASTY = "an earlier call of the same answer failed: look at its result first, then end"
TOO_LONG = "the conversation no longer fits into the model's context: make the units smaller"


def _says(block: Block) -> bool:
    return block.get("type") != "text" or bool(str(block.get("text") or "").strip())


class Conversation:
    """Messages as the API takes them, in alternating roles."""

    def __init__(self, brief: Brief, toolbox: Toolbox, redact: Redactor) -> None:
        self._brief = brief
        self._toolbox = toolbox
        self._repaired = False
        self.messages: list[Message] = []
        self._say([{"type": "text", "text": redact(brief.opening)}])

    def take(self, answer: Answer) -> Reply | None:
        """What an answer leads to: the reply that ends the task, or None where the model is asked again."""
        special: dict[str, Callable[[Answer], Reply | None]] = {
            "refusal": self._refused,
            "max_tokens": self._cut_off,
            "pause_turn": self._paused,
            "model_context_window_exceeded": self._too_long,
        }
        handle = special.get(answer.stop_reason or "")
        if handle is not None:
            return handle(answer)
        return self._carry_out(answer) if answer.calls else self._finish(answer)

    def _refused(self, answer: Answer) -> Reply:
        details = answer.stop_details
        why = (details.explanation or details.category if details else None) or answer.text
        return Reply(ReplyKind.REFUSED, why or "the model refused without saying why")

    def _too_long(self, _answer: Answer) -> Reply:
        return Reply(ReplyKind.INVALID, TOO_LONG)

    def _paused(self, answer: Answer) -> None:
        # Sent back as it is, the service goes on where it paused.
        self._hear(answer.content)

    def _cut_off(self, answer: Answer) -> Reply | None:
        # A call may be cut in the middle, and thinking without its signature is not taken back.
        whole = [block for block in answer.content if block.get("type") == "text"]
        return self._repair(whole, CUT_OFF)

    def _finish(self, answer: Answer) -> Reply | None:
        try:
            return self._brief.finish(answer.text)
        except Unfit as err:
            return self._repair(answer.content, str(err))

    def _repair(self, content: Sequence[Block], wrong: str) -> Reply | None:
        """One chance to put an answer right, for the whole conversation."""
        if self._repaired:
            return Reply(ReplyKind.INVALID, wrong)
        self._repaired = True
        self._hear(content)
        self._say([{"type": "text", "text": wrong}])
        return None

    def _carry_out(self, answer: Answer) -> Reply | None:
        results: list[dict[str, Any]] = []
        for call in answer.calls:
            outcome = self._toolbox.use(str(call.get("name")), call.get("input"))
            if outcome.reply and any("is_error" in result for result in results):
                outcome = Outcome(HASTY, failed=True)
            if outcome.reply:
                return outcome.reply
            results.append(_result(str(call.get("id")), outcome))
        self._hear(answer.content)
        self._say(results)
        return None

    def _say(self, content: list[dict[str, Any]]) -> None:
        self.messages.append({"role": "user", "content": content})

    def _hear(self, content: Sequence[Block]) -> None:
        blocks = [block for block in content if _says(block)] or [NOTHING_SAID]
        if self.messages[-1]["role"] == "assistant":
            before = self.messages.pop()["content"]
            blocks = [*before, *blocks]
        self.messages.append({"role": "assistant", "content": blocks})


def _result(call_id: str, outcome: Outcome) -> dict[str, Any]:
    result = {"type": "tool_result", "tool_use_id": call_id, "content": outcome.text or "(nothing)"}
    return {**result, "is_error": True} if outcome.failed else result
