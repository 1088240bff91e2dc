"""The committed schema of `result.json`, and what it is for."""

from __future__ import annotations

import json

import jsonschema  # type: ignore[import-untyped]
import pytest

from bot.report.schema import PATH, schema
from bot.report.store import text_of
from tests.unit.report.made import result


def test_the_committed_schema_is_up_to_date() -> None:
    """`make schema` writes it."""
    assert PATH.read_text(encoding="utf-8") == schema()


def test_a_written_result_keeps_to_the_schema() -> None:
    """Both as it is written, and without the fields that have defaults."""
    jsonschema.validate(json.loads(text_of(result())), json.loads(schema()))


def test_the_fixed_points_are_required() -> None:
    """Programs may rely on these fields."""
    fixed = {"version", "run", "workflow", "conclusion", "base", "spec_sha", "units", "findings", "stacks"}
    required = set(json.loads(schema())["required"])
    assert fixed | {"gate", "uncovered", "usage"} <= required


@pytest.mark.parametrize("wrong", [{"version": 2}, {"conclusion": "done"}, {"surprise": 1}, {"units": None}])
def test_what_is_no_result_is_refused(wrong: dict[str, object]) -> None:
    """By the schema as well as by us."""
    data = json.loads(text_of(result())) | wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json.loads(schema()))
