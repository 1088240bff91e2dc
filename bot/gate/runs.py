"""Every run of the suite goes through here: counted, told, and never done twice for one question."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any, Protocol

from bot.gate.record import decode, encode
from bot.git import Git
from bot.ports.events import Events, Silence
from bot.suite.command import digest
from bot.types.events import SuiteRan
from bot.types.gate import Outcome, SuiteRun, TestId
from bot.types.ids import Sha, Tree
from bot.types.spec import Gate

Memo = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Answers a key from a journal, or calls and records; the values are JSON."""


async def forget(_key: str, call: Callable[[], Awaitable[Any]]) -> Any:
    """A memo that remembers nothing."""
    return await call()


class Runner(Protocol):
    """Runs the suite on a tree; see bot/suite/run.py."""

    @property
    def selects(self) -> bool: ...
    @property
    def digest(self) -> str: ...
    @property
    def sandbox(self) -> str: ...
    @property
    def gate(self) -> Gate: ...
    async def run(
        self,
        commit: Sha,
        tests: Collection[TestId] = (),
        *,
        whole_files: bool = False,
        collect: bool = False,
        proof: bool = False,
    ) -> SuiteRun: ...
    async def ask(self, commit: Sha, command: str) -> str: ...


class Runs:
    """The suite's runs of one gate, `jobs` at a time."""

    def __init__(
        self, git: Git, suite: Runner, *, memo: Memo = forget, events: Events | None = None, jobs: int = 1
    ) -> None:
        self.suite = suite
        self._git = git
        self._memo = memo
        self._events = events or Silence()
        self._turn = asyncio.Semaphore(jobs)
        self._made = 0
        self.reused: Counter[Tree] = Counter()
        self._asked: dict[str, asyncio.Task[SuiteRun]] = {}
        self._waiting: Counter[str] = Counter()
        self._told: dict[tuple[Tree, str], str] = {}

    @property
    def count(self) -> int:
        """How many runs were made; those that a journal answered do not count."""
        return self._made

    async def run(
        self,
        commit: Sha,
        what: str,
        tests: Collection[TestId] = (),
        *,
        whole_files: bool = False,
        sample: int = 0,
        collect: bool = False,
        proof: bool = False,
    ) -> SuiteRun:
        """A run on a commit's tree. Equal questions are one run; `sample` asks for another of the same.

        With `collect` the runner is asked beforehand which tests it will run, where it can say that.
        In a `proof` a build that fails is no answer."""
        if not self.suite.selects:
            tests = ()
        tree = await asyncio.to_thread(self._git.tree, commit)
        chosen = digest([str(whole_files), *map(str, sorted(tests))]) if tests else "all"
        asked = f"{chosen}:collected" if collect else chosen
        asked = f"{asked}:proof" if proof else asked
        key = f"suite:{tree}:{self.suite.digest}:{asked}:{sample}"
        if key not in self._asked:
            options = {"whole_files": whole_files, "collect": collect, "proof": proof}
            call = partial(self.suite.run, commit, tests, **options)
            self._asked[key] = asyncio.ensure_future(self._run(key, tree, what, call))
        task = self._asked[key]
        self._waiting[key] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key] and not task.done():
                # All that waited are cancelled: nothing may go on behind our back.
                del self._asked[key]
                task.cancel()
                await asyncio.wait({task})

    async def ask(self, commit: Sha, command: str) -> str:
        """What a command prints where the suite runs on a commit's tree. Asked once, and never journalled: it
        judges nothing."""
        tree = await asyncio.to_thread(self._git.tree, commit)
        async with self._turn:
            if (tree, command) not in self._told:
                self._told[tree, command] = await self.suite.ask(commit, command)
        return self._told[tree, command]

    async def _run(
        self, key: str, tree: Tree, what: str, call: Callable[[], Awaitable[SuiteRun]]
    ) -> SuiteRun:
        ran: list[SuiteRun] = []

        async def made() -> Any:
            async with self._turn:
                self._made += 1
                ran.append(await call())
            return encode(ran[0])

        run = decode(await self._memo(key, made))
        self.reused[tree] += not ran
        passed = sum(outcome is Outcome.PASS for outcome in run.outcomes.values())
        failed = sum(outcome in (Outcome.FAIL, Outcome.ERROR) for outcome in run.outcomes.values())
        self._events.tell(SuiteRan(what, passed, failed, run.seconds, reused=not ran))
        return run
