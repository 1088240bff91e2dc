"""The JSON Schema of `result.json`, committed beside this file. `python -m bot.report.schema` rewrites it."""

from __future__ import annotations

import json
from pathlib import Path

from bot.types.result import Result

PATH = Path(__file__).parent / "result.schema.json"


def schema() -> str:
    """The schema as it is to be committed."""
    made = Result.model_json_schema()
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Gatecrew result"} | made
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    PATH.write_text(schema(), encoding="utf-8")


if __name__ == "__main__":
    main()
