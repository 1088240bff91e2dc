"""The proof that the gate sees: a tree whose changed source files all fail on load must come out red.

If it does not, the suite loads another tree (an editable install that points elsewhere, a package that is
installed beside it), and no green of it means anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.gate.diagnosis import Elsewhere, elsewhere, is_compiled, reason, tried
from bot.gate.runs import Runs
from bot.gate.unseen import unseen
from bot.git import File, Git, NewCommit
from bot.submodules import unfolded
from bot.types.change import LINK, Entry
from bot.types.gate import PASSING, SuiteRun, TestId
from bot.types.ids import Sha

SOURCES = frozenset(
    (
        *(".py", ".pyi", ".pyx", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue"),
        *(".go", ".rs", ".java", ".kt", ".scala", ".groovy", ".rb", ".php", ".cs", ".fs", ".swift"),
        *(".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".ex", ".exs", ".erl", ".hs", ".lua"),
        *(".pl", ".pm", ".r", ".jl", ".dart", ".sh"),
    )
)
# No language takes this. A syntax error, because an import error is caught all too often.
SPOILED = b")gatecrew: this file must not load(\n"
WHAT = "proof that the suite sees the tree"
# As many tests do not all fail by accident.
CERTAIN = 3


@dataclass(frozen=True, slots=True)
class _Proof:
    """One commit, and how it is spoiled."""

    runs: Runs
    git: Git
    commit: Sha
    files: Mapping[str, File]
    passing: Collection[TestId]

    async def reddens(self, spoiled: Sequence[str]) -> bool:
        """Whether a test that passes at the base does not when these files cannot be loaded.

        Not by accident: where only a few tests fail, or the run is in doubt, it has to come again."""
        if not spoiled:
            return False
        entries = tuple(Entry(path, self.files[path].mode, self.files[path].blob) for path in spoiled)
        data = dict.fromkeys(spoiled, SPOILED)
        new = NewCommit(self.commit, entries, "Must not load", (self.commit,), data)
        made = await asyncio.to_thread(self.git.make, [new])
        run = await self.runs.run(made[0], WHAT, proof=True)
        red = self._red(run)
        if not red or self._is_certain(run, red):
            return bool(red)
        tests = () if run.doubt else red
        again = await self.runs.run(made[0], f"{WHAT}, again", tests, sample=1, proof=True)
        return bool(red & self._red(again))

    def _red(self, run: SuiteRun) -> frozenset[TestId]:
        """What passes at the base and not here; in a run that is in doubt, nothing is known to pass."""
        passing = frozenset(self.passing)
        if run.doubt is not None:
            return passing
        return frozenset(test for test in passing if run.outcomes.get(test) not in PASSING)

    def _is_certain(self, run: SuiteRun, red: frozenset[TestId]) -> bool:
        """A test may fail for no reason; that a file of tests does not load has one."""
        if run.doubt is not None:
            return False
        return len(red) >= CERTAIN or not red <= run.outcomes.keys()

    async def elsewhere(self, paths: Sequence[str]) -> list[Elsewhere]:
        return await elsewhere(self.runs, self.git, self.commit, self.files, paths)


async def blindness(
    runs: Runs,
    git: Git,
    commit: Sha,
    paths: Collection[str],
    passing: Collection[TestId],
    protected: Callable[[str], bool],
    *,
    code_only: bool = False,
    early: bool = False,
) -> str | None:
    """Why the suite says nothing of a commit in which these paths changed; None where it does.

    `passing` are tests that pass at the base: if all of them still do, nothing was loaded. Where none of
    the paths is left (all are removed), the suite must see the tree's other files. What is `protected`
    proves nothing: a broken test file is always seen. With `code_only` texts need not be loaded; `early`
    is before anything has changed, when one of the paths is enough.
    """
    inner: list[str] = []
    if not early:
        hidden = await asyncio.to_thread(unseen, git, commit, paths, protected)
        if hidden is not None:
            return hidden
        commit, inner = await asyncio.to_thread(unfolded, git, commit, paths)
    files = await asyncio.to_thread(git.files, commit)
    changed_files = [path for path in (*paths, *inner) if not protected(path)]
    named = [path for path in changed_files if is_source(path) or not code_only]
    changed = _sources(files, named)
    proof = _Proof(runs, git, commit, files, passing)
    if changed and await proof.reddens(changed):
        return None if early else await _hidden_part(proof, changed)
    everything = _sources(files, (path for path in files if not protected(path)))
    return await _why(proof, changed, everything)


async def _why(proof: _Proof, changed: Sequence[str], everything: Sequence[str]) -> str | None:
    """What to say of files that nothing has loaded; None where there are none, and the tree is seen."""
    if changed:
        found = await proof.elsewhere(changed)
        if told := reason(proof.runs.suite.gate, found, changed):
            return _blind(changed, told)
    if await proof.reddens(everything):
        if not changed:
            return None
        return f"not under test: the suite stays green when {_listed(changed)} cannot be loaded"
    gate = proof.runs.suite.gate
    found = await proof.elsewhere(everything)
    return _blind(everything, reason(gate, found, everything) or tried(gate))


async def _hidden_part(proof: _Proof, changed: Sequence[str]) -> str | None:
    """Files that are not loaded beside others that are: those that are compiled, or found elsewhere."""
    compiled = [path for path in changed if is_compiled(path)]
    found = await proof.elsewhere(changed) if _apart(changed) else []
    for part, places in [(compiled, []), *((other.paths, [other]) for other in found)]:
        if 0 < len(part) < len(changed) and not await proof.reddens(part):
            told = reason(proof.runs.suite.gate, places, part)
            return _blind(part, told or "") if told else None
    return None


def _apart(paths: Sequence[str]) -> bool:
    """Whether files lie in more than one folder below the top, as those of several packages do."""
    return len({PurePosixPath(path).parent for path in paths}) > 1


def _blind(paths: Sequence[str], why: str) -> str:
    green = f"it stays green when {_listed(paths)} cannot be loaded"
    return f"blind: the suite does not load this tree: {green}; {why}."


def is_source(path: str) -> bool:
    """Whether a path's ending says that it holds code."""
    return PurePosixPath(path).suffix in SOURCES


def _sources(files: Mapping[str, File], paths: Iterable[str]) -> list[str]:
    """Those of the paths that are there and hold code; where none does, all that are there."""
    here = sorted({path for path in paths if path in files and files[path].mode != LINK})
    return [path for path in here if PurePosixPath(path).suffix in SOURCES] or here


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
