"""Keeping the result, and finding it again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.redact import MASK, Redactor
from bot.report.finish import finish, redacted
from bot.report.store import load_result, text_of
from bot.state import State
from bot.types.ids import RunId, UnitId
from bot.types.unit import Fate, Status
from tests.unit.report.made import result, unit
from tests.unit.report.test_build import UNIT, facts

KEY = "-----BEGIN RSA PRIVATE KEY-----"


def test_the_result_lies_with_its_run_and_on_top(tmp_path: Path) -> None:
    """result.json and summary.md, twice."""
    made, folder = finish(facts(), State(tmp_path))
    for place in (folder, tmp_path / "runs" / "r1"):
        assert json.loads((place / "result.json").read_text())["run"] == "r1"
        assert (place / "summary.md").read_text().startswith("## Gatecrew: dead-code")
    assert load_result(State(tmp_path), RunId("r1")) == made


def test_secrets_stay_out_of_what_is_kept(tmp_path: Path) -> None:
    """A suite's message may hold one."""
    fate = Fate(Status.FAILED, "401 for key hunter2-hunter2")
    made, folder = finish(facts(fates={UNIT: fate}), State(tmp_path), Redactor("hunter2-hunter2"))
    assert made.units[0].cause == f"401 for key {MASK}"
    assert "hunter2" not in (folder / "result.json").read_text() + (folder / "summary.md").read_text()


def test_a_secret_that_spans_texts_does_not_break_the_result() -> None:
    """A key begins in one cause and ends in another: both texts stay texts of their own."""
    units = [unit("a", "failed", KEY), unit("b", "failed", KEY.replace("BEGIN", "END"))]
    made = redacted(result(units=units), Redactor())
    assert [row.id for row in made.units] == ["a", "b"]


def test_a_run_without_an_end_has_no_result(tmp_path: Path) -> None:
    """It was killed, or goes on."""
    assert load_result(State(tmp_path), RunId("r1")) is None


def test_a_result_of_another_version_is_told_apart(tmp_path: Path) -> None:
    """Instead of being shown wrongly."""
    state = State(tmp_path)
    path = state.run(RunId("r1")) / "result.json"
    path.parent.mkdir(parents=True)
    path.write_text(text_of(result()).replace('"version": 1', '"version": 9'))
    with pytest.raises(InputError, match="no result of this version"):
        load_result(state, RunId("r1"))


def test_units_keep_the_ledgers_order(tmp_path: Path) -> None:
    """Programs and people find them where the run put them."""
    made, _ = finish(facts(), State(tmp_path))
    assert [row.id for row in made.units] == [UnitId(UNIT)]
