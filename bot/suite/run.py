"""Runs the suite, or single tests, on exactly one tree, and says what came of it. Every doubt is told.

Nothing here compares: a run is outcomes by test, or a doubt with the end of the output.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from bot.errors import InputError
from bot.git import Git
from bot.globs import Globs
from bot.ports.sandbox import Ended, Job, Sandbox, described
from bot.scratch import scratch, seal, wipe
from bot.suite import junit
from bot.suite.command import (
    Commands,
    copy_package_settings,
    digest,
    environment,
    filled,
    package_sources,
)
from bot.suite.report import Place
from bot.suite.surroundings import surroundings
from bot.types.gate import Outcome, SuiteRun, TestId
from bot.types.ids import Sha, Tree
from bot.types.spec import Gate

TAIL = 4000
READY = ".gatecrew-ready"
SETTINGS_OF_GIT = ("config", "config.worktree", "hooks", "info", "objects/info", "commondir")
# pytest's exit code for it.
NOTHING_SELECTED = 5
FAILING = (Outcome.FAIL, Outcome.ERROR)
RE_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

# What setup's result depends on, besides its command.
LOCKS = Globs(
    (
        *("*.lock", "*.lockb", "*-lock.json", "*-lock.yaml", "*.lockfile", "npm-shrinkwrap.json", "go.sum"),
        *("requirements*.txt", "constraints*.txt", "requirements/*.txt", "pylock*.toml", "environment.y*ml"),
        *("pyproject.toml", "setup.py", "setup.cfg", "package.json", "go.mod", "Cargo.toml", "Gemfile"),
    )
)


class Trees(Protocol):
    """Hands out worktrees; see bot/workplace.py."""

    def tree(self, what: Sha | Tree) -> AbstractAsyncContextManager[Path]: ...


@dataclass(frozen=True, slots=True)
class _Desk:
    """The folders of one run, all outside of the tree."""

    home: Path
    temporary: Path
    reports: Path
    output: Path

    @property
    def writable(self) -> tuple[Path, ...]:
        return (self.home, self.temporary, self.reports)

    @property
    def tail(self) -> str:
        if not self.output.exists():
            return ""
        with self.output.open("rb") as file:
            file.seek(max(0, self.output.stat().st_size - 4 * TAIL))
            text = file.read().decode("utf-8", "replace")
        return RE_COLOUR.sub("", text).replace("\0", "").strip()[-TAIL:]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One run: of which tree, by which command, and whether of single tests only."""

    tree: Tree
    command: str
    selected: bool


class Suite:
    """A project's suite, as the spec's `gate` runs it. `cache` is a folder that outlives the run."""

    def __init__(
        self,
        *,
        git: Git,
        trees: Trees,
        sandbox: Sandbox,
        gate: Gate,
        base: Sha,
        cache: Path,
        machine: Mapping[str, str] = os.environ,
    ) -> None:
        self._git = git
        self._trees = trees
        self._sandbox = sandbox
        self._gate = gate
        self._base = base
        self._machine = machine
        self._commands = Commands(gate)
        self._locks = _lock_digest(git, base)
        self._cache = cache.resolve() / digest([gate.setup, gate.cwd, self._locks, sandbox.name])
        self._setting_up = asyncio.Lock()
        self._seal: str | None = None
        self._git_settings = [git.common_dir / name for name in SETTINGS_OF_GIT]
        self._spoiled: str | None = None

    @property
    def sandbox(self) -> str:
        """The sandbox and what it holds, for the report."""
        return described(self._sandbox, self._gate.limits)

    @property
    def selects(self) -> bool:
        """Whether single tests can be run; else probes and confirmations are full runs."""
        return self._commands.select is not None

    @property
    def command(self) -> str:
        """What runs the suite, as the report shows it."""
        return self._commands.run

    @cached_property
    def digest(self) -> str:
        """Of all that a run depends on besides its tree."""
        gate, commands = self._gate, self._commands
        return digest(
            [
                *(gate.setup, gate.build, commands.run, commands.select, gate.report, gate.cwd),
                *(str(gate.timeout), self._locks, self._sandbox.name),
                *surroundings(self._machine, [gate.setup, gate.build, commands.run]),
            ]
        )

    async def setup(self) -> None:
        """Run `gate.setup` on the base's code, once for these lock files. Raises InputError."""
        async with self._setting_up:
            if (self._cache / READY).is_file():
                self._seal = self._seal or await asyncio.to_thread(self._seal_of, self._cache)
                return
            wipe(self._cache)
            self._cache.mkdir(parents=True)
            if self._gate.setup is not None:
                await self._set_up(self._gate.setup)
            (self._cache / READY).write_text(f"{self._gate.setup or ''}\n")
            self._seal = await asyncio.to_thread(self._seal_of, self._cache)

    async def run(
        self,
        commit: Sha,
        tests: Collection[TestId] = (),
        *,
        whole_files: bool = False,
        collect: bool = False,
    ) -> SuiteRun:
        """One run on a commit's tree: of all tests, or of `tests` where single ones can be run."""
        await self.setup()
        asked = await asyncio.to_thread(self._asked, commit, tests, whole_files)
        async with self._trees.tree(commit) as folder:
            with scratch() as aside:
                before = await asyncio.to_thread(self._seal_of, *self._git_settings)
                found = await self._run_in(folder, _desk(aside), asked)
        return await asyncio.to_thread(self._unless_broken, found, before)

    def _seal_of(self, *places: Path) -> str:
        """Of what no run may write to. An enforced sandbox sees to it by itself."""
        return "" if self._sandbox.enforced else seal(*places)

    def _unless_broken(self, found: SuiteRun, git: str) -> SuiteRun:
        """The run, in doubt where it wrote to what it shares with others. The cache is set up anew then."""
        if git != self._seal_of(*self._git_settings):
            self._spoiled = "a run of the suite changed git's settings in this repository"
        if self._spoiled is not None:
            return replace(found, doubt=f"{self._spoiled}: {self._git.common_dir}")
        if self._seal == self._seal_of(self._cache):
            return found
        wipe(self._cache)
        return replace(found, doubt="the suite wrote into {cache}, which all runs share")

    def _asked(self, commit: Sha, tests: Collection[TestId], whole_files: bool) -> _Asked:
        tree = self._git.tree(commit)
        if tests and self.selects:
            files = self._git.files(commit).keys()
            found = self._commands.selecting(tests, files, whole_files=whole_files)
            if found is not None:
                return _Asked(tree, found, selected=True)
        return _Asked(tree, self._commands.run, selected=False)

    async def _set_up(self, setup: str) -> None:
        async with self._trees.tree(self._base) as folder:
            with scratch() as aside:
                desk = _desk(aside)
                copy_package_settings(self._machine, desk.home)
                command = filled(setup, cache=self._cache)
                job = self._job(folder, desk, command, network=True)
                ended = await self._sandbox.run(job)
                if ended.exit_code == 0:
                    return
                tail = desk.tail
        raise InputError(
            f"gate.setup {_how(ended, self._gate.timeout)}: {setup!r}\n{_quoted(tail)}",
            f"Try it in a checkout of {self._base[:12]}; {{cache}} was {str(self._cache)!r}.",
        )

    async def _run_in(self, folder: Path, desk: _Desk, asked: _Asked) -> SuiteRun:
        cwd = folder / self._gate.cwd
        if not cwd.is_dir() or not cwd.resolve().is_relative_to(folder):
            doubt = f"gate.cwd {self._gate.cwd!r} is no folder of this tree"
            return _doubtful(asked.tree, doubt, Ended(None, 0.0), "")
        if self._gate.build is not None:
            build = filled(self._gate.build, cache=self._cache)
            built = await self._sandbox.run(self._job(folder, desk, build))
            if built.exit_code != 0:
                doubt = f"gate.build {_how(built, self._gate.timeout)}"
                return _doubtful(asked.tree, doubt, built, _tail(desk, folder))
        inside = self._gate.report
        place = (
            Place(desk.reports, "report.xml")
            if inside is None
            else Place(folder, f"{self._gate.cwd}/{inside}")
        )
        await asyncio.to_thread(place.make_room)
        command = filled(asked.command, cache=self._cache, report=place.path)
        ended = await self._sandbox.run(self._job(folder, desk, command))
        return await asyncio.to_thread(self._read, asked, place, ended, _tail(desk, folder), str(folder))

    def _job(self, folder: Path, desk: _Desk, command: str, *, network: bool = False) -> Job:
        env = environment(self._machine, desk.home, desk.temporary)
        writable = desk.writable
        readable: tuple[Path, ...] = (self._git.common_dir,)
        if network:
            env |= package_sources(self._machine)
            writable = (*writable, self._cache)
        else:
            readable = (*readable, self._cache)
        return Job(
            command=command,
            cwd=folder / self._gate.cwd,
            tree=folder,
            env=env,
            timeout_s=self._gate.timeout,
            output=desk.output,
            writable=writable,
            readable=readable,
            network=network,
            limits=self._gate.limits,
        )

    def _read(self, asked: _Asked, place: Place, ended: Ended, tail: str, root: str) -> SuiteRun:
        try:
            data = None if ended.exit_code is None else place.read()
            found = None if data is None else junit.parse(data, root)
        except junit.UnreadableError as err:
            return _doubtful(asked.tree, f"the suite's report cannot be read: {err}", ended, tail)
        if found is None:
            return _doubtful(asked.tree, _without_report(ended, self._gate.timeout, tail), ended, tail)
        return SuiteRun(
            tree=asked.tree,
            outcomes=found.outcomes,
            messages=found.messages,
            exit_code=ended.exit_code,
            seconds=ended.seconds,
            doubt=_disagreement(ended, found.outcomes, selected=asked.selected),
            tail=tail,
        )


def _disagreement(ended: Ended, outcomes: Mapping[TestId, Outcome], *, selected: bool) -> str | None:
    """Where exit code and report contradict each other, neither is believed."""
    failing = any(outcome in FAILING for outcome in outcomes.values())
    if not outcomes:
        # Single tests may not be there in this tree; a whole suite without tests says nothing.
        absent = selected and ended.exit_code in (0, NOTHING_SELECTED)
        return None if absent else f"the suite's report holds no test (exit {ended.exit_code})"
    if ended.exit_code != 0 and not failing:
        return f"the suite ended with exit {ended.exit_code}, but its report holds no failing test"
    if ended.exit_code == 0 and failing:
        return "the suite ended with exit 0, but its report holds failing tests"
    return None


def _without_report(ended: Ended, timeout_s: float, tail: str) -> str:
    if ended.exit_code is None:
        return f"the suite {_how(ended, timeout_s)}"
    if ended.exit_code == 127:
        return "the suite's command does not exist (exit 127)"
    if ended.exit_code == 126:
        return "the suite's command cannot be executed (exit 126)"
    silent = "" if tail else ", and printed nothing"
    return f"the suite wrote no report (exit {ended.exit_code}){silent}"


def _doubtful(tree: Tree, doubt: str, ended: Ended, tail: str) -> SuiteRun:
    return SuiteRun(tree, {}, {}, ended.exit_code, ended.seconds, doubt, tail)


def _tail(desk: _Desk, folder: Path) -> str:
    """The end of the output, without the folder that the tree happens to lie in."""
    return desk.tail.replace(f"{folder}/", "")


def _how(ended: Ended, timeout_s: float) -> str:
    if ended.limit is not None:
        return f"was killed: it used {ended.limit} (see gate.limits)"
    if ended.timed_out:
        return f"did not end within {timeout_s:g} s and was killed"
    return f"failed with exit {ended.exit_code}"


def _quoted(tail: str) -> str:
    lines = tail.splitlines()[-20:] or ["(it printed nothing)"]
    return "\n".join(f"  | {line}" for line in lines)


def _desk(aside: Path) -> _Desk:
    desk = _Desk(aside / "home", aside / "tmp", aside / "report", aside / "output")
    for folder in desk.writable:
        folder.mkdir()
    return desk


def _lock_digest(git: Git, base: Sha) -> str:
    """Changes when a lock file of the base does."""
    files = git.files(base)
    return digest([f"{path} {files[path].blob}" for path in sorted(files) if LOCKS.match(path)])
