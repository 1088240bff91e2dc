"""A tiny project with a real suite, landing units made of file contents, and a gate over both."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.compose import compose
from bot.gate.baseline import start
from bot.gate.gate import Gated, gate
from bot.gate.judge import Judge
from bot.gate.runs import Memo, Runs, forget
from bot.gate.seats import Protects
from bot.gate.verdict import Terms
from bot.git import Git, NewCommit
from bot.ports.sandbox import Sandbox
from bot.protect import Protection
from bot.sandboxes.plain import Plain
from bot.suite.run import Suite
from bot.types.change import REGULAR, Change, Entry
from bot.types.events import Event, SuiteRan
from bot.types.gate import SuiteRun
from bot.types.ids import Blob, Sha, UnitId
from bot.types.spec import Spec
from bot.types.stack import LandingUnit
from bot.workplace import Workplace
from tests.builders import make_repo

PYTEST = f"PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {sys.executable} -m pytest -q"

QUICK = f"{sys.executable} -S -E {Path(__file__).with_name('quick_suite.py')} {{report}}"

PROJECT = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
    "app/__init__.py": "",
    "app/price.py": "def net(gross):\n    return gross - 1\n\n\ndef unused():\n    return 0\n",
    "app/text.py": "def greet(name):\n    return 'hi ' + name\n",
    "app/spare.py": "SPARE = 1\n",
    "app/alone.py": "ALONE = 1\n",
    "tests/test_price.py": "from app import price, spare\n\ndef test_net():\n    assert price.net(3) == 2\n",
    "tests/test_text.py": "from app import text\n\ndef test_greet():\n    assert text.greet('a') == 'hi a'\n",
}


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.ran: list[SuiteRan] = []

    def tell(self, event: Event) -> None:
        if isinstance(event, SuiteRan):
            self.ran.append(event)


class Story:
    """One repository, its gate, and what the gate did."""

    def __init__(
        self,
        folder: Path,
        files: Mapping[str, str | bytes | None] | None = None,
        *,
        memo: Memo = forget,
        tests: str = "protect",
        protection: Protects | None = None,
        sandbox: Sandbox | None = None,
        **settings: Any,  # the spec's `gate`
    ) -> None:
        laid = {path: text for path, text in {**PROJECT, **(files or {})}.items() if text is not None}
        self.git: Git = make_repo(folder / "repo", laid)
        self.base: Sha = self.git.commit("HEAD")
        quick = {"run": QUICK, "select": f"{QUICK} {{tests}}"} if "run" not in settings else {}
        gate_settings = {"timeout": 60, "runs": 2, **quick, **settings}
        self.spec = Spec.model_validate({"goal": "g", "gate": gate_settings, "tests": tests})
        self.events = Listener()
        self.places = Workplace(self.git, folder / "work", self.base)
        self.suite = Suite(
            git=self.git,
            trees=self.places,
            sandbox=sandbox or Plain(),
            gate=self.spec.gate,
            base=self.base,
            cache=folder / "cache",
        )
        self.runs = Runs(self.git, self.suite, memo=memo, events=self.events)
        self.protection = protection or Protection(self.spec.gate.protected, self.spec.gate.cwd)

    def change(self, name: str, files: Mapping[str, str | bytes | None], *needs: str) -> LandingUnit:
        """A landing unit of one change; None removes a file."""
        commit = self.commit(files)
        entries = self.git.entries(self.base, commit)
        change = Change(UnitId(name), self.base, commit, entries)
        return LandingUnit((change,), frozenset(map(UnitId, needs)))

    def commit(self, files: Mapping[str, str | bytes | None]) -> Sha:
        """A commit on the base."""
        known = self.git.files(self.base)
        data = {p: t if isinstance(t, bytes) else t.encode() for p, t in files.items() if t is not None}
        entries = [
            Entry(path, known[path].mode if path in known else REGULAR, None if text is None else Blob("x"))
            for path, text in files.items()
        ]
        made = self.git.make([NewCommit(self.base, tuple(entries), "change", (self.base,), data)])
        return made[0]

    async def judge(self) -> Judge:
        measuring = await start(self.runs, self.base, self.spec.gate.runs)
        return Judge(
            git=self.git,
            base=self.base,
            runs=self.runs,
            baseline=await measuring.result(),
            terms=Terms.of(self.spec),
            protection=self.protection,
        )

    async def gated(self, *landing: LandingUnit) -> Gated:
        try:
            return await gate(landing, judge=await self.judge(), compose=self.compose)
        finally:
            await self.places.aclose()

    async def run(self, files: Mapping[str, str | bytes | None] | None = None) -> SuiteRun:
        try:
            return await self.suite.run(self.commit(files) if files else self.base)
        finally:
            await self.places.aclose()

    def compose(self, changes: Sequence[Change]) -> Sha:
        return compose(self.git, self.base, changes)


def names(units: Sequence[LandingUnit]) -> list[str]:
    return [name for unit in units for name in unit.units]


def evicted(gated: Gated) -> list[str]:
    return [eviction.unit for eviction in gated.evicted]
