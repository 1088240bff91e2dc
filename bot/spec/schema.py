"""The spec's JSON Schema, for editors: `python -m bot.spec.schema` writes it beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.types.spec import Spec

FILE = Path(__file__).with_name("schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"

EXAMPLES: tuple[dict[str, Any], ...] = (
    {
        "goal": "Remove code that nothing uses. Keep public names that are documented.",
        "gate": {"run": "python -m pytest -q --junitxml={report}"},
    },
    {
        "goal": "Move from unittest's assertions to plain assert statements.",
        "files": {"include": ["src/**/*.py"]},
        "shard": {"by": "file"},
        "script": "migrate",
        "engines": {"worker": "claude", "reviewer": "claude"},
        "gate": {
            "setup": "pip install -e .[test]",
            "run": "python -m pytest -q --junitxml={report}",
            "bar": 0.998,
        },
        "limits": {"dollars": 50, "concurrency": 32},
    },
)


def _without_titles(part: Any) -> Any:
    """Drop the titles that repeat a field's name: an editor shows the description under it."""
    if isinstance(part, list):
        return [_without_titles(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _without_titles(value)
        for key, value in part.items()
        if not (key == "title" and isinstance(value, str))
    }


def schema() -> dict[str, Any]:
    made = _without_titles(Spec.model_json_schema())
    about = {"$schema": DIALECT, "title": "Gatecrew workflow", "description": made.pop("description")}
    return {**about, "examples": list(EXAMPLES), **made}


def render() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(render(), encoding="utf-8")
