"""Free agents: a prompt, and an answer that fits the schema that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engines.claude.schema import problems
from bot.errors import InputError
from bot.types.agent import ReplyKind, Role
from tests.doubles.anthropic_api import message, structured, text
from tests.doubles.tasks import ask, question_task

SCHEMA = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "minimum": 0},
        "names": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["count"],
    "additionalProperties": False,
}


def test_answers_with_data() -> None:
    reply, api = ask([structured({"count": 2})], question_task(schema=SCHEMA))
    assert (reply.kind, reply.data) == (ReplyKind.ANSWER, {"count": 2})
    schema = api.requests[0]["output_config"]["format"]["schema"]
    assert schema["additionalProperties"] is False
    assert "minimum: 0" in schema["properties"]["count"]["description"]


def test_answers_with_text_where_no_schema_is_asked_for() -> None:
    reply, api = ask([text("There are two.")], question_task())
    assert (reply.kind, reply.text, reply.data) == (ReplyKind.ANSWER, "There are two.", None)
    assert "output_config" not in api.requests[0]
    assert [tool["name"] for tool in api.requests[0]["tools"]] == ["list", "read", "search"]


def test_an_empty_answer_is_asked_for_again() -> None:
    reply, _ = ask([message(), text("Two.")], question_task())
    assert reply.text == "Two."


@pytest.mark.parametrize("wrong", [text("two"), structured({"count": -1}), structured({"number": 2})])
def test_an_answer_that_does_not_fit_is_repaired_once(wrong: Any) -> None:
    good, bad = structured({"count": 2}), structured({"count": "two"})
    reply, _ = ask([wrong, good], question_task(schema=SCHEMA))
    assert reply.data == {"count": 2}
    reply, _ = ask([wrong, bad], question_task(schema=SCHEMA))
    assert reply.kind is ReplyKind.INVALID
    assert "answer.count must be of type integer" in reply.text


def test_the_planner_has_its_own_prompt() -> None:
    _, api = ask([text("ok")], question_task(role=Role.PLANNER))
    assert "You are the planner." in api.requests[0]["system"][0]["text"]


def test_a_schema_that_cannot_be_asked_is_an_input_error() -> None:
    with pytest.raises(InputError, match="cannot be asked"):
        ask([], question_task(schema={"description": "anything"}))


@pytest.mark.parametrize(
    ("value", "schema", "wrong"),
    [
        (1, {"type": "integer"}, False),
        (1.0, {"type": "integer"}, False),
        (1.5, {"type": "integer"}, True),
        (True, {"type": "integer"}, True),
        (True, {"type": "boolean"}, False),
        (None, {"type": "null"}, False),
        ("b", {"enum": ["a"]}, True),
        ("b", {"const": "b"}, False),
        ("b", {"const": "a"}, True),
        ("b", {"anyOf": [{"type": "null"}, {"type": "string"}]}, False),
        (1, {"anyOf": [{"type": "null"}, {"type": "string"}]}, True),
        ([], {"type": "array", "minItems": 1}, True),
        ([1, 2], {"type": "array", "maxItems": 1}, True),
        (["a", 1], {"type": "array", "items": {"type": "string"}}, True),
        ("abc", {"type": "string", "maxLength": 2}, True),
        (3, {"type": "number", "maximum": 2}, True),
        ({"a": 1}, {"type": "object", "properties": {}, "additionalProperties": False}, True),
        ({"a": {"b": 1}}, {"properties": {"a": {"required": ["c"]}}}, True),
        ([], {"type": "object"}, True),
    ],
)
def test_values_are_checked(value: Any, schema: dict[str, Any], wrong: bool) -> None:
    assert bool(list(problems(value, schema))) is wrong
