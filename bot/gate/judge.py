"""Judges exact trees. The judge run has the base's copy of every protected file; where a change touches
protected or mixed files, its own run, as it is, must be green too. What fails is run again before it counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.gate import verdict as reading
from bot.gate.flakes import State, confirm
from bot.gate.runs import Runs
from bot.gate.verdict import FAILING, PASSING, Retrial, Terms
from bot.git import Git, NewCommit
from bot.types.change import Entry
from bot.types.gate import Baseline, Outcome, SuiteRun, TestId, TreeVerdict
from bot.types.ids import Sha, Tree

# With more failing tests than this the rest is taken as it is: the search needs some, not all.
MAX_RETRIED = 100


class Protects(Protocol):
    """Which files belong to the judge; see bot/protect.py."""

    def holds(self, path: str) -> bool: ...
    def mixed(self, path: str) -> bool: ...
    def restores(self, path: str) -> bool: ...


class Side(StrEnum):
    """Which run shows a symptom: with the judge's files, or with the change's own."""

    JUDGE = "judge"
    OWN = "own"


class Kind(StrEnum):
    """How a symptom looks: a failing test, one that is not run, one the base lacks, a run in doubt."""

    FAILS = "fails"
    DARK = "dark"
    NEW = "new"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True, order=True)
class Symptom:
    """What makes a tree red, as something that can be looked for in another tree."""

    side: Side
    kind: Kind
    test: TestId


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and its symptoms: those that showed again in every rerun."""

    verdict: TreeVerdict
    symptoms: frozenset[Symptom] = frozenset()


class Judge:
    """Judges commits against one base. Verdicts are about trees, and one tree is judged once."""

    def __init__(
        self, *, git: Git, base: Sha, runs: Runs, baseline: Baseline, terms: Terms, protection: Protects
    ) -> None:
        self.git = git
        self.base = base
        self.runs = runs
        self.baseline = baseline
        self.terms = terms
        self.protection = protection
        self._judged: dict[Tree, Judged] = {}
        # Symptoms that only a run of the whole suite shows.
        self._whole: set[Symptom] = set()
        self._excused: set[TestId] = set()

    async def verdict(self, commit: Sha, what: str) -> Judged:
        """The verdict on a commit's tree."""
        tree = await asyncio.to_thread(self.git.tree, commit)
        if tree not in self._judged:
            self._judged[tree] = await self._judge(commit, tree, what)
        return self._judged[tree]

    def excuse(self, symptoms: Collection[Symptom]) -> bool:
        """Take symptoms for flaky from now on: they passed with the change. Whether that is news."""
        tests = {symptom.test for symptom in symptoms if symptom.kind is not Kind.DOUBT}
        news = tests - self._excused
        self._excused |= news
        if news:
            self._judged.clear()
        return bool(news)

    async def look(
        self, commit: Sha, symptoms: Collection[Symptom], what: str, sample: int = 0
    ) -> Mapping[Symptom, State]:
        """Which of these symptoms a commit's tree shows."""
        states: dict[Symptom, State] = {}
        for side in Side:
            wanted = [symptom for symptom in symptoms if symptom.side is side]
            if wanted:
                seen = await self._seated(commit, side)
                states |= await self._look(seen, wanted, what, sample)
        return states

    async def restored(self, commit: Sha) -> Sha:
        """The commit with the base's copy of every protected and mixed file, and without added ones."""
        return await asyncio.to_thread(restored, self.git, self.base, commit, self.protection)

    # -- one tree -----------------------------------------------------------------------------------

    async def _judge(self, commit: Sha, tree: Tree, what: str) -> Judged:
        bench = await self.restored(commit)
        judged = await self._side(Side.JUDGE, bench, what)
        if await asyncio.to_thread(self.git.tree, bench) == tree:
            return judged
        own = await self._side(Side.OWN, commit, f"{what}, own tests")
        both = reading.combined(tree, judged.verdict, own.verdict)
        return Judged(both, judged.symptoms | own.symptoms)

    async def _side(self, side: Side, commit: Sha, what: str) -> Judged:
        run = await self.runs.run(commit, what)
        if run.doubt is not None:
            # A doubt that does not come again is the machine's.
            run = await self.runs.run(commit, f"{what}, again", sample=1)
        first = reading.judge(run, self.baseline, self.terms)
        if run.doubt is not None:
            return Judged(first, frozenset({Symptom(side, Kind.DOUBT, TestId("", ""))}))
        symptoms = self._symptoms(side, first)
        unsteady = self._unsteady(side, run)
        if not symptoms and not unsteady:
            return Judged(first)
        excused = frozenset(symptom for symptom in symptoms if symptom.test in self._excused)
        cleared = excused | await self._cleared(commit, symptoms - excused, what)
        convicted = await self._convicted(commit, unsteady, what)
        retrial = Retrial(frozenset(s.test for s in cleared), frozenset(s.test for s in convicted))
        final = reading.judge(run, self.baseline, self.terms, retrial)
        left = (symptoms - cleared) | convicted
        return Judged(final, frozenset(sorted(left)[:MAX_RETRIED]))

    def _symptoms(self, side: Side, verdict: TreeVerdict) -> frozenset[Symptom]:
        kinds = {
            Kind.FAILS: verdict.regressions,
            Kind.DARK: verdict.dark,
            Kind.NEW: verdict.new_failures,
        }
        return frozenset(Symptom(side, kind, test) for kind, tests in kinds.items() for test in tests)

    def _unsteady(self, side: Side, run: SuiteRun) -> frozenset[Symptom]:
        """Tests that are flaky at the base and fail here: perhaps for good."""
        failing = {test for test in self.baseline.flaky if run.outcomes.get(test) in FAILING}
        return frozenset(Symptom(side, Kind.FAILS, test) for test in failing - self._excused)

    # -- reruns -------------------------------------------------------------------------------------

    async def _cleared(self, commit: Sha, symptoms: frozenset[Symptom], what: str) -> frozenset[Symptom]:
        """Those that passed when they were run again. The baseline has shown that they pass without."""
        tried = frozenset(sorted(symptoms)[:MAX_RETRIED])
        told = f"{what}: {_count(tried)} again"

        async def again(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            return await self._look(commit, list(wanted), told, sample + 1)

        reran = await confirm(tried, again, None, max(1, self.terms.runs - 1))
        odd = reran.flaky | reran.unsure
        if not odd or not self.runs.suite.selects:
            return reran.flaky
        # Alone it passes, or cannot be run: what it does among all the others decides, every time.
        still = frozenset(odd)
        for sample in range(1, max(2, self.terms.runs) + 1):
            run = await self.runs.run(commit, f"{what}, all tests again", sample=sample)
            still = frozenset(symptom for symptom in still if _state(symptom, run) is not State.CLEAN)
            if not still:
                break
        self._whole |= still
        return odd - still

    async def _convicted(self, commit: Sha, unsteady: frozenset[Symptom], what: str) -> frozenset[Symptom]:
        told = f"{what}: {_count(unsteady)}, flaky at the base"

        async def here(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            return await self._look(commit, list(wanted), told, sample + 1)

        async def at_base(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            return await self._look(self.base, list(wanted), f"base: {_count(wanted)} again", sample + 1)

        return (await confirm(unsteady, here, at_base, self.terms.runs)).confirmed

    # -- looking ------------------------------------------------------------------------------------

    async def _seated(self, commit: Sha, side: Side) -> Sha:
        return await self.restored(commit) if side is Side.JUDGE else commit

    async def _look(
        self, seen: Sha, symptoms: Sequence[Symptom], what: str, sample: int
    ) -> dict[Symptom, State]:
        whole = any(symptom.kind is Kind.DOUBT or symptom in self._whole for symptom in symptoms)
        tests = [] if whole else [symptom.test for symptom in symptoms]
        # A test that is not there cannot be named on a command line; its file can.
        by_file = any(symptom.kind in (Kind.DARK, Kind.NEW) for symptom in symptoms)
        run = await self.runs.run(seen, what, tests, whole_files=by_file, sample=sample)
        return {symptom: _state(symptom, run) for symptom in symptoms}


def restored(git: Git, base: Sha, commit: Sha, protection: Protects) -> Sha:
    """See `Judge.restored`. Reads only what differs."""
    deltas = [delta for delta in git.diff(base, commit) if protection.restores(delta.path)]
    if not deltas:
        return commit
    entries = [Entry(delta.path, delta.old_mode, delta.old) for delta in deltas]
    # Removals first: a folder may stand where the base has a file.
    entries.sort(key=lambda entry: (entry.blob is not None, entry.path))
    new = NewCommit(commit, tuple(entries), "The judge's own files", (base,), {})
    return git.make([new])[0]


def _state(symptom: Symptom, run: SuiteRun) -> State:
    if symptom.kind is Kind.DOUBT:
        return State.DIRTY if run.doubt is not None else State.CLEAN
    if run.doubt is not None:
        return State.UNKNOWN
    outcome = run.outcomes.get(symptom.test, Outcome.MISSING)
    if outcome in PASSING:
        return State.CLEAN
    if symptom.kind is Kind.NEW:
        # Whatever the base does not have cannot fail where it is not.
        return State.CLEAN if outcome is Outcome.MISSING else State.DIRTY
    as_before = (outcome in FAILING) == (symptom.kind is Kind.FAILS)
    return State.DIRTY if as_before else State.UNKNOWN


def _count(symptoms: Collection[Symptom]) -> str:
    return "1 test" if len(symptoms) == 1 else f"{len(symptoms)} tests"
