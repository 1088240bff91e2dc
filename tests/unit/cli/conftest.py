"""A repository whose state holds a finished run, an unfinished one, and a forge with stacks."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.forges.local import LocalForge
from bot.git import Git
from bot.journal import Header, Journal
from bot.redact import Redactor
from bot.report.markdown import markdown
from bot.report.store import keep
from bot.state import State
from bot.types.ids import Branch, Key, RunId, Sha, UnitId
from bot.types.usage import FREE
from tests.builders import make_repo
from tests.stage import FILES, Stage, three
from tests.unit.report.made import gate, layer, result, unit

FINISHED, UNFINISHED = RunId("20260101-120000-abcd"), RunId("20260102-120000-beef")
UNIT = UnitId("app-1a2b3c4d")
EVIDENCE = {"kind": "computed", "path": "web/views.py", "line": 3, "text": "  getattr(io, name)  "}


@dataclass(frozen=True)
class Bench:
    """What the commands look at, and a way to start them."""

    git: Git
    state: State
    base: Sha

    def args(self, **more: object) -> argparse.Namespace:
        return argparse.Namespace(repo=str(self.git.root), out=str(self.state.root), **more)

    def contents(self) -> dict[str, tuple[bytes, int]]:
        """Every file of the state, with the time of its last change."""
        files = [path for path in self.state.root.rglob("*") if path.is_file()]
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    def journal(self, run: RunId) -> Journal:
        return Journal(self.state.journal(run), Header(run, "dead-code", self.base, "f" * 64, "e" * 64))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.delenv("COLUMNS", raising=False)
    git = make_repo(tmp_path / "repo", FILES)
    return Bench(git, State(tmp_path / "state"), git.commit("HEAD"))


@pytest.fixture
def redact() -> Redactor:
    return Redactor()


def blob(git: Git, text: str) -> str:
    return git.run("hash-object", "-w", "--stdin", stdin=text.encode()).decode().strip()


def worked(bench: Bench, journal: Journal) -> None:
    """Worked, refuted, revised, accepted, and one request that failed on the way."""
    first = blob(bench.git, "")
    second = blob(bench.git, "def used():\n    return 1\n")
    claim = {"unit": UNIT, "lens": "references", "verdict": "refute", "claim": "`used` is reached by name"}
    refuting = claim | {"evidence": [EVIDENCE], "subject": "app/io.py::used", "confirmed": False}
    journal.append({"t": "agent", "number": 1, "key": "k1", "unit": UNIT})
    journal.append({"t": "attempt", "key": "k1", "cause": "529 overloaded"})
    call(journal, "k1", "work", answer("submitted", "Remove two functions", [["app/io.py", "100644", first]]))
    call(journal, "k2", "vote", vote("refute", [refuting]))
    entries: list[list[str | None]] = [["app/io.py", "100644", second], ["cli/main.py", "100644", None]]
    call(journal, "k3", "revise", answer("submitted", "Remove dead()", entries))
    call(journal, "k4", "vote", vote("accept", []), reused=RunId("20251231-120000-cafe"))


def answer(kind: str, text: str, entries: list[list[str | None]]) -> dict[str, object]:
    return {"kind": kind, "text": text, "entries": entries, "deferred": []}


def vote(verdict: str, findings: list[dict[str, object]]) -> dict[str, object]:
    return {"lens": "references", "verdict": verdict, "findings": findings, "deterministic": True}


def call(journal: Journal, key: str, verb: str, value: object, reused: RunId | None = None) -> None:
    journal.call(Key(key), verb, UNIT, (), value, FREE, reused)


@pytest.fixture
def finished(bench: Bench) -> Bench:
    """One run that came to its end."""
    journal = bench.journal(FINISHED)
    worked(bench, journal)
    journal.close()
    units = [unit(UNIT, files=["app/io.py", "cli/main.py"]), unit("tax-9f8e7d6c", "rejected", "gate: breaks")]
    trees = [{"tree": "e" * 40, "layer": UNIT, "pass_rate": 0.9987, "green": True}]
    made = result(run=FINISHED, units=units, stacks=[[layer(1, UNIT)]], gate=gate(trees=trees))
    keep(bench.state, made, markdown(made))
    return bench


@pytest.fixture
def unfinished(finished: Bench) -> Bench:
    """And another one that was killed."""
    journal = finished.journal(UNFINISHED)
    journal.append({"t": "agent", "number": 1, "key": "k9", "unit": "new-77777777"})
    journal.close()
    return finished


@pytest.fixture
def stacked(bench: Bench) -> Bench:
    """Three pull requests in the local forge: io stands on web, cli on nothing."""
    forge = LocalForge(bench.state.forge, bench.git, Branch("main"))
    stage = Stage(bench.git, forge, bench.base)
    stage.propose(*three(stage))
    return bench
