"""The base's runs on disk: taken once, for a while, and never a candidate's."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.gate.kept import DAYS, kept
from bot.gate.record import encode
from bot.types.gate import Outcome, SuiteRun, TestId
from bot.types.ids import Tree

TREE = Tree("a" * 40)
TODAY = date(2026, 3, 1)
KEY = f"suite:{TREE}:digest:all:0"
RUN = encode(SuiteRun(TREE, {TestId("m", "\udcff"): Outcome.PASS}, {}, 0, 1.0))
DOUBT = encode(SuiteRun(TREE, {}, {}, 0, 1.0, "no report"))


def made(folder: Path, key: str = KEY, run: dict[str, Any] = RUN, today: date = TODAY) -> bool:
    """Whether the run had to be made."""
    calls = []

    async def call() -> Any:
        calls.append(key)
        return run

    async def asked() -> Any:
        return await kept(folder, TREE, today)(key, call)

    assert asyncio.run(asked()) == run
    return bool(calls)


def test_second_question_is_answered_from_disk(tmp_path: Path) -> None:
    assert [made(tmp_path), made(tmp_path)] == [True, False]


def test_run_is_made_anew_after_a_week(tmp_path: Path) -> None:
    made(tmp_path)
    assert not made(tmp_path, today=TODAY + timedelta(days=DAYS - 1))
    assert made(tmp_path, today=TODAY + timedelta(days=DAYS))
    assert not made(tmp_path, today=TODAY + timedelta(days=DAYS))


def test_run_of_tomorrow_is_none_of_ours(tmp_path: Path) -> None:
    made(tmp_path, today=TODAY + timedelta(days=1))
    assert made(tmp_path)


@pytest.mark.parametrize(
    "key",
    [
        f"suite:{'c' * 40}:digest:all:0",  # a candidate's
        f"suite:{TREE}:digest:0123456789abcdef:0",  # of single tests
        f"suite:{TREE}:digest:all:1001",  # asked for afresh
    ],
)
def test_only_the_baselines_own_runs_are_kept(tmp_path: Path, key: str) -> None:
    assert [made(tmp_path, key), made(tmp_path, key)] == [True, True]


def test_doubt_is_never_kept(tmp_path: Path) -> None:
    assert [made(tmp_path, run=DOUBT), made(tmp_path, run=DOUBT)] == [True, True]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": "other"}', "null"])
def test_file_that_is_none_of_ours_is_measured_anew(tmp_path: Path, text: str) -> None:
    made(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_text(text)
    assert [made(tmp_path), made(tmp_path)] == [True, False]


def test_file_under_another_key_is_not_taken(tmp_path: Path) -> None:
    made(tmp_path)
    (file,) = tmp_path.iterdir()
    record = json.loads(file.read_bytes().decode("utf-8", "surrogatepass"))
    file.write_text(json.dumps(record | {"key": "suite:another"}))
    assert made(tmp_path)
