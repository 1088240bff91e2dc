"""The proof that the gate sees: a tree whose changed source files all fail on load must come out red.

If it does not, the suite loads another tree (an editable install that points elsewhere, a package that is
installed beside it), and no green of it means anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from bot.gate.runs import Runs
from bot.git import File, Git, NewCommit
from bot.types.change import LINK, Entry
from bot.types.gate import Outcome, TestId
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
PASSING = {Outcome.PASS, Outcome.XPASS}


async def blindness(
    runs: Runs,
    git: Git,
    commit: Sha,
    paths: Collection[str],
    passing: Collection[TestId],
    protected: Callable[[str], bool],
) -> str | None:
    """Why the suite says nothing of a commit in which these paths changed; None where it does.

    `passing` are tests that pass at the base: if all of them still do, nothing was loaded. Where none of
    the paths is left (all are removed), the suite must see the tree's other files. What is `protected`
    proves nothing: a broken test file is always seen.
    """
    files = await asyncio.to_thread(git.files, commit)
    everything = _sources(files, (path for path in files if not protected(path)))
    changed = _sources(files, (path for path in paths if not protected(path)))
    if changed and await _reddens(runs, git, commit, files, changed, passing):
        return None
    if await _reddens(runs, git, commit, files, everything, passing):
        if not changed:
            return None
        return f"not under test: the suite stays green when {_listed(changed)} cannot be loaded"
    return (
        f"blind: the suite does not load this tree: it stays green when {_listed(everything)} cannot be "
        "loaded. Does an installed copy or an editable install point elsewhere? See gate.build and gate.cwd."
    )


async def _reddens(
    runs: Runs,
    git: Git,
    commit: Sha,
    files: Mapping[str, File],
    spoiled: Sequence[str],
    passing: Collection[TestId],
) -> bool:
    """Whether a test that passes at the base does not when these files cannot be loaded."""
    if not spoiled:
        return False
    entries = tuple(Entry(path, files[path].mode, files[path].blob) for path in spoiled)
    new = NewCommit(commit, entries, "Must not load", (commit,), dict.fromkeys(spoiled, SPOILED))
    made = await asyncio.to_thread(git.make, [new])
    run = await runs.run(made[0], "proof that the suite sees the tree")
    return run.doubt is not None or any(run.outcomes.get(test) not in PASSING for test in passing)


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
