"""Agents that a script asks for itself: any role, an optional schema, no shard."""

from __future__ import annotations

from typing import Any

from bot.calls import Made
from bot.desk import Desk
from bot.journal import key_of
from bot.prompts import digest
from bot.types.agent import ReplyKind, Role, Task
from bot.work.attempt import Unfinished

PROMPT = "agent"


async def ask(desk: Desk, prompt: str, role: Role, schema: dict[str, Any] | None, sample: int) -> Any:
    """One agent's answer: data where a schema is given, else text. Raises Unfinished."""
    engine, model = desk.engine(role), desk.spec.models.of(role)
    told = desk.brief(None) if engine.paid else ""
    who = [engine.name, engine.version, model, digest(PROMPT)]
    key = key_of("agent", prompt, role.value, schema, sample, who, told)
    task = Task(
        role=role, goal=desk.spec.goal, model=model, prompt=prompt, schema=schema, context=told, sample=sample
    )

    async def perform() -> Made:
        overlay = desk.overlay(desk.base)
        async with desk.crew.agent(key, role, None, "answers") as meter:
            reply = await engine.perform(task, overlay, meter)
            result = {"kind": reply.kind.value, "text": reply.text, "data": reply.data}
            return Made(result, overlay.observations, meter.spent)

    result = await desk.calls.once(key, "agent", None, perform, at=desk.base)
    if result["kind"] != ReplyKind.ANSWER.value:
        raise Unfinished(f"the agent's answer is {result['kind']}: {str(result['text'])[:500]}")
    return result["text"] if schema is None else result["data"]
