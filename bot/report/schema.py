"""The JSON Schemas of what programs read, committed beside this file. `python -m bot.report.schema` rewrites
them."""

from __future__ import annotations

import json
from pathlib import Path

from bot.types.answer import Answer
from bot.types.result import Result, Row

HERE = Path(__file__).parent
PATH, ANSWER_PATH = HERE / "result.schema.json", HERE / "answer.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> str:
    """The schema of `result.json` as it is to be committed."""
    return _text(Result, "Gatecrew result")


def answer_schema() -> str:
    """The same of what `gatecrew gate --json` prints."""
    return _text(Answer, "Gatecrew gate answer")


def _text(model: type[Row], title: str) -> str:
    made = {"$schema": DIALECT, "title": title} | model.model_json_schema()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    PATH.write_text(schema(), encoding="utf-8")
    ANSWER_PATH.write_text(answer_schema(), encoding="utf-8")


if __name__ == "__main__":
    main()
