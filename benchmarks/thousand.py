"""A project with a suite of 1,000 tests, a tenth of them slow, and the real gate over 64 changes to it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import made
from placements import CHANGES, Places

from bot.compose import compose
from bot.gate.baseline import start
from bot.gate.gate import gate
from bot.gate.judge import Judge
from bot.gate.runs import Runs
from bot.gate.verdict import Terms
from bot.git import Git, NewCommit
from bot.protect import Protection
from bot.sandboxes.plain import Plain
from bot.suite.run import Suite
from bot.types.change import REGULAR, Change, Entry
from bot.types.events import Event, SuiteRan
from bot.types.gate import Baseline
from bot.types.ids import Blob, Sha, UnitId
from bot.types.spec import Spec
from bot.types.stack import LandingUnit
from bot.workplace import Workplace

FILES, TESTS_A_FILE = 100, 10
SLOW_S = 0.02
RUN = f"PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {sys.executable} -m pytest -q -p no:cacheprovider"
SPEC = Spec.model_validate({"goal": "g", "gate": {"run": RUN, "timeout": 120, "sandbox": "plain"}})


@dataclass(frozen=True, slots=True)
class Gated:
    """One gate: its wall time, how many of its runs were of all tests or of single ones, and the seconds of
    the run that proves that the suite sees the tree."""

    seconds: float
    whole: int
    single: int
    proof: float


class Counting:
    """Counts runs by how many tests they reported; the proof that the suite sees the tree is apart."""

    def __init__(self) -> None:
        self.whole = 0
        self.single = 0
        self.proof = 0.0

    def tell(self, event: Event) -> None:
        if not isinstance(event, SuiteRan) or event.reused:
            return
        if event.what.startswith("proof"):
            self.proof += event.seconds
        elif event.passed + event.failed > FILES * TESTS_A_FILE // 2:
            self.whole += 1
        else:
            self.single += 1


class Thousand:
    """The repository, its worktrees, and the runs of its base, which are measured once."""

    def __init__(self, folder: Path) -> None:
        self._git = Git(made.make(folder / "repo", _files()))
        self._base = self._git.commit("HEAD")
        self._places = Workplace(self._git, folder / "work", self._base)
        self._suite = Suite(
            git=self._git,
            trees=self._places,
            sandbox=Plain(),
            gate=SPEC.gate,
            base=self._base,
            cache=folder / "cache",
        )
        self._of_base: dict[str, Any] = {}
        self._baseline: Baseline | None = None

    @asynccontextmanager
    async def open(self) -> Any:
        try:
            self._baseline = await (await start(self._runs(1), self._base, SPEC.gate.runs)).result()
            assert len(self._baseline.stable_pass) == FILES * TESTS_A_FILE, "the suite is not steady here"
            yield self
        finally:
            await self._places.aclose()

    async def whole(self, at_once: int, note: str) -> float:
        """Seconds that so many runs of all tests at once take, on trees that `note` makes new."""
        runs = self._runs(at_once)
        texts = [repr(f"{at_once} {note}")] * at_once
        trees = [self._change(at, text).changes[0].commit for at, text in enumerate(texts)]
        begun = time.perf_counter()
        await asyncio.gather(*(runs.run(tree, "whole") for tree in trees))
        return time.perf_counter() - begun

    async def gated(self, bad: Places, jobs: int) -> Gated:
        """The gate over all changes, of which those at `bad` break a test or more each."""
        assert self._baseline is not None
        counting = Counting()
        judge = Judge(
            git=self._git,
            base=self._base,
            runs=self._runs(jobs, counting),
            baseline=self._baseline,
            terms=Terms.of(SPEC),
            protection=Protection(()),
        )
        landing = [self._change(at, "-1" if at in bad else "") for at in range(CHANGES)]
        begun = time.perf_counter()
        found = await gate(landing, judge=judge, compose=self._compose, jobs=jobs)
        took = time.perf_counter() - begun
        assert {eviction.unit for eviction in found.evicted} == {f"m{at:02}" for at in bad}, found.evicted
        assert len(found.kept) == CHANGES - len(bad)
        return Gated(took, counting.whole, counting.single, counting.proof)

    def _runs(self, jobs: int, events: Counting | None = None) -> Runs:
        return Runs(self._git, self._suite, memo=self._remember, events=events, jobs=jobs)

    async def _remember(self, key: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """Runs of the base are made once; they are the same for every gate."""
        if f":{self._git.tree(self._base)}:" not in key:
            return await call()
        if key not in self._of_base:
            self._of_base[key] = await call()
        return self._of_base[key]

    def _change(self, at: int, note: str) -> LandingUnit:
        """A change of one module: of its value where `note` is -1, else of what nobody tests."""
        path = f"app/m{at:02}.py"
        text = _module(at, value=note) if note == "-1" else _module(at, spare=note or "2")
        mark = Entry(path, REGULAR, Blob("x"))
        new = NewCommit(self._base, (mark,), "change", (self._base,), {path: text})
        commit = self._git.make([new])[0]
        return LandingUnit(
            (Change(UnitId(f"m{at:02}"), self._base, commit, self._git.entries(self._base, commit)),)
        )

    def _compose(self, changes: Sequence[Change]) -> Sha:
        return compose(self._git, self._base, changes)


def _files() -> Iterator[made.File]:
    yield "pyproject.toml", b"[tool.pytest.ini_options]\npythonpath = ['.']\n"
    yield "app/__init__.py", b""
    for at in range(CHANGES):
        yield f"app/m{at:02}.py", _module(at)
    for number in range(FILES):
        yield f"tests/test_{number:03}.py", _tests(number)


def _module(at: int, value: str = "", spare: str = "1") -> bytes:
    return f"VALUE = {value or at}\n\n\ndef spare():\n    return {spare}\n".encode()


def _tests(number: int) -> bytes:
    """Ten tests of ten modules; the first one is slow."""
    places = [(number * TESTS_A_FILE + index) % CHANGES for index in range(TESTS_A_FILE)]
    lines = ["import time", "", *(f"from app import m{at:02}" for at in sorted(set(places)))]
    for index, at in enumerate(places):
        lines += ["", "", f"def test_{index}():"]
        lines += [f"    time.sleep({SLOW_S})"] if index == 0 else []
        lines += [f"    assert m{at:02}.VALUE == {at}"]
    return "\n".join([*lines, ""]).encode()
