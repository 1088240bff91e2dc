"""The rules of the Messages API that a client of ours must keep."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

MOST_MARKS = 4


def problems_of(body: Mapping[str, Any], headers: Mapping[str, str]) -> list[str]:
    """What is wrong with one request; `headers` in lower case."""
    return [*_outside(body, headers), *_roles(body), *_tool_results(body), *_blocks(body)]


def _outside(body: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[str]:
    scheme = headers.get("authorization", "").split(" ")[0]
    if scheme not in ("Bearer", "AWS4-HMAC-SHA256") and not headers.get("x-api-key"):
        yield "neither a bearer token nor x-api-key"
    if not body.get("model"):
        yield "no model"
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        yield "no max_tokens"
    if body.get("tool_choice", {}).get("type") in ("any", "tool"):
        yield "forced tool use"
    if not body.get("messages"):
        yield "no messages"
    if {"temperature", "top_p", "top_k"} & set(body):
        yield "sampling settings, which newer models refuse"


def _roles(body: Mapping[str, Any]) -> Iterator[str]:
    roles = [message["role"] for message in body.get("messages", ())]
    if roles and roles[0] != "user":
        yield "the first message is not the user's"
    if any(one == other for one, other in itertools.pairwise(roles)):
        yield "two messages of one role in a row"


def _tool_results(body: Mapping[str, Any]) -> Iterator[str]:
    """Every call is answered in the next message, and nothing else is."""
    open_calls: set[str] = set()
    known = {tool["name"] for tool in body.get("tools", ())}
    for message in body.get("messages", ()):
        content = message["content"] if isinstance(message["content"], list) else []
        answered = {block["tool_use_id"] for block in content if block.get("type") == "tool_result"}
        if message["role"] == "user" and answered != open_calls:
            yield f"calls {sorted(open_calls)} were answered with results for {sorted(answered)}"
        open_calls = {block["id"] for block in content if block.get("type") == "tool_use"}
    if open_calls:
        yield f"calls {sorted(open_calls)} were never answered"
    if not known:
        yield "no tools"


def _blocks(body: Mapping[str, Any]) -> Iterator[str]:
    messages = body.get("messages", ())
    blocks = [block for message in messages for block in message["content"] if isinstance(block, dict)]
    if any(not message["content"] for message in messages):
        yield "a message without content"
    if any(block.get("type") == "text" and not str(block.get("text", "")).strip() for block in blocks):
        yield "an empty text"
    system = body.get("system", ())
    marked = [block for block in [*system, *body.get("tools", ()), *blocks] if "cache_control" in block]
    if len(marked) > MOST_MARKS:
        yield f"{len(marked)} marks for the cache, and {MOST_MARKS} are allowed"
