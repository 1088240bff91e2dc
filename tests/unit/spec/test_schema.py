"""The schema for editors is generated from the models, and says what they say."""

from __future__ import annotations

from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from bot.spec.load import FOLDER
from bot.spec.schema import EXAMPLES, FILE, render, schema
from bot.types.spec import Part, Spec

ROOT = Path(__file__).parents[3]


def test_the_committed_schema_is_fresh() -> None:
    """Stale? Type: python -m bot.spec.schema"""
    assert FILE.read_text(encoding="utf-8") == render()


def test_it_is_a_schema_and_its_examples_hold() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for example in EXAMPLES:
        jsonschema.validate(example, schema())
        Spec.model_validate(example)


def test_it_refuses_what_the_parser_refuses() -> None:
    for wrong in (
        {"goal": "x"},
        {"goal": "x", "gate": {"run": "x"}, "gaol": 1},
        {"goal": 1, "gate": {"run": "x"}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema())


def test_every_field_is_described() -> None:
    parts = [Spec]
    while parts:
        part = parts.pop()
        for name, field in part.model_fields.items():
            assert field.description, f"{part.__name__}.{name}"
            if isinstance(field.annotation, type) and issubclass(field.annotation, Part):
                parts.append(field.annotation)  # type: ignore[arg-type]


def test_examples_hold_by_the_schema_too() -> None:
    for path in ROOT.glob(f"examples/*/{FOLDER}/*.yml"):
        jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), schema())
