"""One candidate, for whoever has a change and asks: does the base's suite let it through?

A pull request of anybody may change tests; so the judge run has the base's, the own run the candidate's,
and new tests are tried on the base's code too.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.errors import GitError, InputError
from bot.gate.gate import Gated
from bot.gate.human import for_human, suspicions_of
from bot.gate.judge import Judge
from bot.gate.sees import blindness
from bot.gate.unseen import unseen
from bot.git import Git
from bot.overlay import nothing
from bot.types.change import Change
from bot.types.gate import GatedTree, TreeVerdict
from bot.types.ids import Sha, UnitId
from bot.types.stack import LandingUnit

HEAD = UnitId("head")
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is judged: the head's commit, or its merge into a base that has moved on since."""

    base: Sha
    head: Sha
    commit: Sha

    @property
    def merged(self) -> bool:
        return self.commit != self.head


def candidate(git: Git, base: Sha, head: Sha) -> Candidate:
    """Raises InputError where the two have no common history, or conflict."""
    if git.is_ancestor(base, head):
        return Candidate(base, head, head)
    fork = _fork(git, base, head)
    merged = git.merge(fork, git.tree(base), git.tree(head))
    if isinstance(merged, list):
        named = ", ".join(merged[:MOST_NAMED])
        raise InputError(
            f"{head[:12]} conflicts with the base {base[:12]}, which has moved on, in {named}",
            f"Merge or rebase first: git rebase {base[:12]}",
        )
    return Candidate(base, head, git.wrap(merged, [base, head], "The head, merged into the base", head))


def _fork(git: Git, base: Sha, head: Sha) -> Sha:
    try:
        return Sha(git.text("merge-base", base, head))
    except GitError as err:
        shallow = git.shallow()
        hint = "Fetch it: git fetch --unshallow (actions/checkout: fetch-depth: 0)" if shallow else ""
        raise InputError(f"{base[:12]} and {head[:12]} have no common history here", hint) from err


async def put(judge: Judge, asked: Candidate) -> Gated:
    """Prove that the suite sees the candidate, and judge it."""
    entries = await asyncio.to_thread(judge.git.entries, asked.base, asked.commit)
    unit = LandingUnit((Change(HEAD, asked.base, asked.commit, entries),), frozenset())
    blind = await _blind(judge, asked, unit.paths)
    if blind is None:
        verdict = (await judge.verdict(asked.commit, "the candidate")).verdict
    else:
        tree = await asyncio.to_thread(judge.git.tree, asked.commit)
        verdict = TreeVerdict(tree, False, 0, len(judge.baseline.stable_pass), doubt=blind)
    suspicions = await asyncio.to_thread(suspicions_of, judge, [unit])
    human = await asyncio.to_thread(for_human, judge, [unit], suspicions)
    trees = (GatedTree(verdict, None),)
    return Gated(kept=(unit,), trees=trees, for_human=human, suspicions=suspicions)


async def _blind(judge: Judge, asked: Candidate, paths: tuple[str, ...]) -> str | None:
    """Only code must be seen to be loaded: no test reads every text. The own run has the candidate's tests,
    so what they need has to be here too."""
    hidden = await asyncio.to_thread(unseen, judge.git, asked.commit, paths, nothing)
    if hidden is not None:
        return hidden
    bench = await judge.restored(asked.commit)
    restores, stable = judge.protection.restores, judge.baseline.stable_pass
    return await blindness(judge.runs, judge.git, bench, paths, stable, restores, code_only=True)
