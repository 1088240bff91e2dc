"""Real reports of many runners, read and compared with what a person wrote down about the tests in them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot.suite.reading import read
from bot.types.gate import FAILING

CORPUS = Path(__file__).parents[2] / "corpus"
REPORTS = sorted(path for path in CORPUS.glob("*/*") if path.suffix in (".xml", ".json"))


def ids(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", REPORTS, ids=ids)
def test_report_is_read_as_a_person_would(path: Path) -> None:
    truth = tomllib.loads(path.with_suffix(".toml").read_text())
    found = read(path.read_bytes(), root="/tree")
    expected = {**truth["outcomes"], **truth.get("untellable", {})}
    # pytest and others do not tell an unexpected pass from a pass: those are listed as untellable.
    assert {str(test): outcome.value for test, outcome in found.outcomes.items()} == expected
    assert {str(test): count for test, count in found.counts.items()} == truth.get("counts", {})
    assert sorted(map(str, found.retried)) == sorted(truth.get("retried", []))
    assert truth.get("doubt", "") in (found.doubt or "")
    assert (found.doubt is None) == ("doubt" not in truth)


@pytest.mark.parametrize("path", REPORTS, ids=ids)
def test_exit_code_agrees_with_what_was_read(path: Path) -> None:
    truth = tomllib.loads(path.with_suffix(".toml").read_text())
    found = read(path.read_bytes(), root="/tree")
    failing = {test for test, outcome in found.outcomes.items() if outcome in FAILING}
    assert bool(failing - found.retried) == (truth["exit"] != 0)


@pytest.mark.parametrize("path", REPORTS, ids=ids)
def test_no_report_tells_where_it_was_made(path: Path) -> None:
    text = path.read_text()
    assert "hostname" not in text or 'hostname="host"' in text or 'hostname=""' in text
    assert not any(place in text for place in ("/root/", "/home/", "/tmp/"))


def test_every_table_has_a_report_and_every_report_a_table() -> None:
    assert {path.with_suffix("") for path in CORPUS.glob("*/*.toml")} >= {p.with_suffix("") for p in REPORTS}
    runners = {path.parent.name for path in REPORTS}
    assert runners == {"pytest", "unittest", "jest", "vitest", "node", "ctest", "go", "surefire", "nextest"}
