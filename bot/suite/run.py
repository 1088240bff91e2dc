"""Runs the suite, or single tests, on exactly one tree, and says what came of it. Every doubt is told.

Nothing here compares: a run is outcomes by test, or a doubt with the end of the output.
"""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from bot import lfs, submodules
from bot.errors import InputError
from bot.git import Git
from bot.globs import Globs
from bot.ports.sandbox import Ended, Job, Sandbox, described
from bot.scratch import scratch, seal, wipe
from bot.suite import reading, reruns
from bot.suite.collect import Listing
from bot.suite.command import (
    Commands,
    copy_package_settings,
    digest,
    environment,
    filled,
    package_sources,
)
from bot.suite.coverage import Ground, with_coverage
from bot.suite.doubts import compared, disagreement, how, without_report
from bot.suite.folders import TAIL, Desk, end_of, laid
from bot.suite.pytest import is_pytest
from bot.suite.report import Place
from bot.suite.surroundings import surroundings
from bot.suite.tally import UnreadableError
from bot.types.gate import SuiteRun, TestId
from bot.types.ids import Sha, Tree
from bot.types.spec import Gate

ANSWER = 100_000
MAX_LISTING = 64 * 1024 * 1024
READY = ".gatecrew-ready"
SETTINGS_OF_GIT = ("config", "config.worktree", "hooks", "info", "objects/info", "commondir")

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

    def tree(self, what: Sha | Tree, *, apart: bool = False) -> AbstractAsyncContextManager[Path]: ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """One run: of which tree, by which command, and whether of single tests only."""

    tree: Tree
    command: str
    selected: bool
    collect: bool = False


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
        # What is fetched between two runs is in the one's trees and not in the other's.
        self._absent = (*submodules.absent(git, base), *lfs.absent(git, base))
        self._cache = cache.resolve() / digest([gate.setup, gate.cwd, self._locks, sandbox.name])
        self._setting_up = asyncio.Lock()
        # Whether pytest's reruns are switched off from inside; until a command is seen that prevents it.
        self._inside = True
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
    def gate(self) -> Gate:
        return self._gate

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
                *(commands.collect, gate.coverage, str(gate.timeout), self._locks, self._sandbox.name),
                " ".join(self._absent),
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
        proof: bool = False,
    ) -> SuiteRun:
        """One run on a commit's tree: of all tests, or of `tests` where single ones can be run.

        `collect`: the runner is asked beforehand which tests it will run, where it can say that.
        In a `proof` a failing build is no answer: the suite is asked all the same, as it may load something
        that was built elsewhere."""
        await self.setup()
        asked = await asyncio.to_thread(self._asked, commit, tests, whole_files, collect)
        async with self._trees.tree(commit) as folder:
            with scratch() as aside:
                before = await asyncio.to_thread(self._seal_of, *self._git_settings)
                found = await self._run_in(folder, laid(aside), asked, proof=proof)
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

    async def ask(self, commit: Sha, command: str) -> str:
        """What a command prints where the suite would run: same tree, build, folder and environment.
        `{tree}` is the tree's folder."""
        await self.setup()
        async with self._trees.tree(commit) as folder:
            with scratch() as aside:
                desk = laid(aside)
                if not self._stands(folder):
                    return ""
                await self._build(folder, desk)
                filled_in = filled(command, cache=self._cache, report=desk.reports / "report.xml")
                filled_in = filled_in.replace("{tree}", shlex.quote(str(folder)))
                ended = await self._sandbox.run(self._job(folder, desk, filled_in))
                return desk.end(ANSWER).replace(f"{folder}/", "") if ended.exit_code == 0 else ""

    def _asked(self, commit: Sha, tests: Collection[TestId], whole_files: bool, collect: bool) -> _Asked:
        tree = self._git.tree(commit)
        if tests and self.selects:
            files = self._git.files(commit).keys()
            found = self._commands.selecting(tests, files, whole_files=whole_files)
            if found is not None:
                return _Asked(tree, found, selected=True)
        return _Asked(tree, self._commands.run, selected=False, collect=collect)

    async def _set_up(self, setup: str) -> None:
        async with self._trees.tree(self._base, apart=True) as folder:
            with scratch() as aside:
                desk = laid(aside)
                copy_package_settings(self._machine, desk.home)
                command = filled(setup, cache=self._cache)
                job = self._job(folder, desk, command, network=True)
                ended = await self._sandbox.run(job)
                if ended.exit_code == 0:
                    return
                tail = desk.tail
        raise InputError(
            f"gate.setup {how(ended, self._gate.timeout)}: {setup!r}\n{_quoted(tail)}",
            f"Try it in a checkout of {self._base[:12]}; {{cache}} was {str(self._cache)!r}.",
        )

    async def _run_in(self, folder: Path, desk: Desk, asked: _Asked, *, proof: bool) -> SuiteRun:
        if not self._stands(folder):
            doubt = f"gate.cwd {self._gate.cwd!r} is no folder of this tree"
            return _doubtful(asked.tree, doubt, Ended(None, 0.0), "")
        built = await self._build(folder, desk)
        if built is not None and built.exit_code != 0 and not proof:
            doubt = f"gate.build {how(built, self._gate.timeout)}"
            return _doubtful(asked.tree, doubt, built, _tail(desk, folder))
        if (refused := self._refusal(asked, folder / self._gate.cwd)) is not None:
            return _doubtful(asked.tree, refused, Ended(None, 0.0), "")
        listing = await self._listing(folder, desk) if asked.collect else None
        inside = self._gate.report
        place = (
            Place(desk.reports, "report.xml")
            if inside is None
            else Place(folder, f"{self._gate.cwd}/{inside}")
        )
        covered = self._coverage_place(folder, desk)
        for room in filter(None, (place, covered)):
            await asyncio.to_thread(room.make_room)
        written = None if covered is None else covered.path
        command = filled(asked.command, cache=self._cache, report=place.path, coverage=written)
        ended = await self._tested(folder, desk, command, desk.output)
        run = await asyncio.to_thread(self._read, asked, place, ended, _tail(desk, folder), str(folder))
        run = run if listing is None else compared(run, listing)
        if covered is None or asked.selected:
            return run
        files = await asyncio.to_thread(self._git.files, asked.tree)
        ground = Ground(str(folder), self._gate.cwd, files.keys())
        return await asyncio.to_thread(with_coverage, run, covered, ground)

    def _coverage_place(self, folder: Path, desk: Desk) -> Place | None:
        """Where the suite writes its coverage; None where it writes none."""
        if self._gate.coverage is not None:
            return Place(folder, f"{self._gate.cwd}/{self._gate.coverage}")
        return Place(desk.reports, "coverage") if "{coverage}" in self._gate.run else None

    def _stands(self, folder: Path) -> bool:
        cwd = folder / self._gate.cwd
        return cwd.is_dir() and cwd.resolve().is_relative_to(folder)

    async def _build(self, folder: Path, desk: Desk) -> Ended | None:
        if self._gate.build is None:
            return None
        build = filled(self._gate.build, cache=self._cache)
        return await self._sandbox.run(self._job(folder, desk, build))

    def _refusal(self, asked: _Asked, cwd: Path) -> str | None:
        """Why this run would prove nothing, whatever came of it."""
        if self._inside and (file := reruns.shadow(cwd)) is not None:
            return f"the tree has a file {file!r}, which pytest would take for the gate's own plug-in"
        return reruns.refusal(asked.command, pytest=is_pytest(asked.command))

    async def _listing(self, folder: Path, desk: Desk) -> Listing | str | None:
        """What the runner lists; a text where the spec's own command fails."""
        if self._commands.collect is None:
            return None
        report = desk.reports / "collected.xml"
        command = filled(self._commands.collect, cache=self._cache, report=report)
        ended = await self._tested(folder, desk, command, desk.listing)
        own = self._gate.collect is not None
        if own and ended.exit_code != 0:
            return f"gate.collect {how(ended, self._gate.timeout)}"
        return Listing(await asyncio.to_thread(end_of, desk.listing, MAX_LISTING), own)

    async def _tested(self, folder: Path, desk: Desk, command: str, output: Path) -> Ended:
        """Run the suite's command, with pytest's reruns switched off: from inside, where that works."""
        inside = self._inside
        job = replace(self._job(folder, desk, command, inside=inside), output=output)
        ended = await self._sandbox.run(job)
        if inside and ended.exit_code and reruns.not_loaded(end_of(output, 4 * TAIL)):
            self._inside = False
            return await self._tested(folder, desk, command, output)
        return ended

    def _job(
        self, folder: Path, desk: Desk, command: str, *, network: bool = False, inside: bool = False
    ) -> Job:
        env = environment(self._machine, desk.home, desk.temporary, inside=inside)
        writable = desk.writable
        readable: tuple[Path, ...] = (self._git.common_dir, *([reruns.INSIDE] if inside else []))
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
            reports = [] if ended.exit_code is None else place.read_all()
            found = reading.read_all(reports, root) if reports else None
        except UnreadableError as err:
            return _doubtful(asked.tree, f"the suite's report cannot be read: {err}", ended, tail)
        if found is None:
            return _doubtful(asked.tree, without_report(ended, self._gate.timeout, tail), ended, tail)
        return SuiteRun(
            tree=asked.tree,
            outcomes=found.outcomes,
            messages=found.messages,
            exit_code=ended.exit_code,
            seconds=ended.seconds,
            doubt=found.doubt or disagreement(ended, found, selected=asked.selected),
            tail=tail,
            counts=found.counts,
        )


def _doubtful(tree: Tree, doubt: str, ended: Ended, tail: str) -> SuiteRun:
    return SuiteRun(tree, {}, {}, ended.exit_code, ended.seconds, doubt, tail)


def _tail(desk: Desk, folder: Path) -> str:
    """The end of the output, without the folder that the tree happens to lie in."""
    return desk.tail.replace(f"{folder}/", "")


def _quoted(tail: str) -> str:
    lines = tail.splitlines()[-20:] or ["(it printed nothing)"]
    return "\n".join(f"  | {line}" for line in lines)


def _lock_digest(git: Git, base: Sha) -> str:
    """Changes when a lock file of the base does."""
    files = git.files(base)
    return digest([f"{path} {files[path].blob}" for path in sorted(files) if LOCKS.match(path)])
