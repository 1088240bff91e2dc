"""Judges exact trees. The judge run has the base's copy of every protected file; where a change touches
protected or mixed files, its own run, as it is, must be green too. What fails is run again before it counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.gate import quarantine
from bot.gate import verdict as reading
from bot.gate.crossing import crosses
from bot.gate.flakes import State
from bot.gate.rerun import Found, Sides, try_again
from bot.gate.runs import Runs
from bot.gate.symptoms import Kind, Side, Symptom, state_of, symptoms_of
from bot.gate.texts import TestTexts
from bot.gate.verdict import FAILING, PASSING, Retrial, Terms
from bot.git import Git, NewCommit
from bot.types.change import Entry
from bot.types.gate import Baseline, SuiteRun, TestId, TreeVerdict
from bot.types.ids import Sha, Tree

# With more failing tests than this the rest is taken as it is: the search needs some, not all.
MAX_RETRIED = 100
# Samples of the baseline are counted from 0: what is asked of the base again must not be answered by them.
FRESH = 1000


class Protects(Protocol):
    """Which files belong to the judge; see bot/protect.py."""

    def holds(self, path: str) -> bool: ...
    def mixed(self, path: str) -> bool: ...
    def restores(self, path: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and its symptoms: those that reruns have confirmed."""

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
        self._texts = TestTexts(git, base, protection.holds)

    async def verdict(self, commit: Sha, what: str) -> Judged:
        """The verdict on a commit's tree."""
        tree = await asyncio.to_thread(self.git.tree, commit)
        if tree not in self._judged:
            self._judged[tree] = await self._judge(commit, tree, what)
        return self._judged[tree]

    def excuse(self, symptoms: Collection[Symptom]) -> bool:
        """Take symptoms for flaky from now on: they passed with the change. Whether that is news."""
        tests = {symptom.test for symptom in symptoms if symptom.kind in (Kind.FAILS, Kind.DARK)}
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
        collect = side is Side.OWN
        run = await self.runs.run(commit, what, collect=collect)
        if run.doubt is not None:
            # A doubt that does not come again is the machine's.
            run = await self.runs.run(commit, f"{what}, again", sample=1, collect=collect)
        first = reading.judge(run, self.baseline, self.terms)
        if run.doubt is not None:
            return Judged(first, frozenset({Symptom(side, Kind.DOUBT, TestId("", ""))}))
        symptoms = symptoms_of(side, first)
        excused = frozenset(symptom for symptom in symptoms if symptom.test in self._excused)
        trial = _Hearing(self, side, commit, what, run)
        found = await trial.suspects(symptoms - excused)
        convicted = await trial.suspects(self._failing_again(side, run))
        unsteady = await trial.unsteady(first.new)
        retrial = Retrial(
            cleared=frozenset(s.test for s in excused | found.known | found.unproven),
            quarantined=frozenset(s.test for s in found.unproven),
            convicted=frozenset(s.test for s in convicted.guilty),
            unsteady=frozenset(s.test for s in unsteady),
            vacuous=await trial.vacuous(first.new) if side is Side.OWN else frozenset(),
            evidence={**found.evidence, **convicted.evidence},
        )
        self._whole |= found.whole | convicted.whole
        left = (symptoms - excused - found.known - found.unproven) | convicted.guilty | unsteady
        final = reading.judge(run, self.baseline, self.terms, retrial)
        return Judged(final, frozenset(sorted(left)[:MAX_RETRIED]))

    def _failing_again(self, side: Side, run: SuiteRun) -> frozenset[Symptom]:
        """Tests that are flaky at the base and fail here: perhaps for good."""
        failing = {test for test in self.baseline.flaky if run.outcomes.get(test) in FAILING}
        return frozenset(Symptom(side, Kind.FAILS, test) for test in failing - self._excused)

    # -- looking ------------------------------------------------------------------------------------

    async def _seated(self, commit: Sha, side: Side) -> Sha:
        return await self.restored(commit) if side is Side.JUDGE else commit

    async def _look(
        self, seen: Sha, symptoms: Sequence[Symptom], what: str, sample: int
    ) -> dict[Symptom, State]:
        whole = any(symptom.kind is Kind.DOUBT or symptom in self._whole for symptom in symptoms)
        tests = [] if whole else [symptom.test for symptom in symptoms]
        # A test that is not there cannot be named on a command line; its file can.
        by_file = any(symptom.kind is not Kind.FAILS for symptom in symptoms)
        run = await self.runs.run(seen, what, tests, whole_files=by_file, sample=sample)
        return {symptom: state_of(symptom, run, self.baseline) for symptom in symptoms}

    def sides(self, commit: Sha, what: str) -> Sides:
        """Where tests that failed on this commit are run again."""

        async def here(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            return await self._look(commit, list(wanted), f"{what}: {_count(wanted)} again", sample + 1)

        async def at_base(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            told = f"without it: {_count(wanted)}"
            return await self._look(self.base, list(wanted), told, FRESH + sample)

        async def among_all(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            run = await self.runs.run(commit, f"{what}, all tests again", sample=sample)
            return {symptom: state_of(symptom, run, self.baseline) for symptom in wanted}

        return Sides(here, at_base, among_all if self.runs.suite.selects else None, self._before)

    def _before(self, test: TestId) -> tuple[int, int]:
        return self.baseline.failed.get(test, 0), self.baseline.runs

    def crosses(self, commit: Sha, message: str, test: TestId) -> bool:
        """Whether the test has to do with what the commit changes."""
        changed = [d.path for d in self.git.diff(self.base, commit) if not self.protection.restores(d.path)]
        return crosses(changed, message, self._texts.of(test))


class _Hearing:
    """What one side's run left open about single tests."""

    def __init__(self, judge: Judge, side: Side, commit: Sha, what: str, run: SuiteRun) -> None:
        self._judge = judge
        self._side = side
        self._commit = commit
        self._what = what
        self._run = run

    async def suspects(self, symptoms: frozenset[Symptom]) -> Found:
        """Reruns; what is beyond their number is guilty. Flaky is nobody who crosses the change, and
        nobody at all where there are too many of them."""
        judge = self._judge
        tried = frozenset(sorted(symptoms)[:MAX_RETRIED])
        found = await try_again(tried, judge.sides(self._commit, self._what), judge.terms.runs)
        near = {s for s in found.unproven if await asyncio.to_thread(self._crosses, s.test)}
        unproven = found.unproven - near
        if len(unproven) > quarantine.most(judge.baseline):
            unproven = frozenset()
        guilty = symptoms - found.known - unproven
        return replace(found, guilty=guilty, unproven=unproven)

    def _crosses(self, test: TestId) -> bool:
        return self._judge.crosses(self._commit, self._run.messages.get(test, ""), test)

    async def unsteady(self, new: Collection[TestId]) -> frozenset[Symptom]:
        """New tests that pass once and fail once are not what the suite needs."""
        judge, bad = self._judge, set[TestId]()
        for sample in range(1, judge.terms.runs if new else 1):
            told = f"{self._what}: {_count(new)}, new"
            run = await judge.runs.run(self._commit, told, new, whole_files=True, sample=sample)
            bad |= {test for test in new if run.outcomes.get(test) not in PASSING}
        return frozenset(Symptom(self._side, Kind.UNSTEADY, test) for test in bad)

    async def vacuous(self, new: Collection[TestId]) -> frozenset[TestId]:
        """New tests that pass on the base's code as well: they prove nothing about the change."""
        if not new:
            return frozenset()
        judge = self._judge
        seat = await asyncio.to_thread(old_code, judge.git, judge.base, self._commit, judge.protection)
        run = await judge.runs.run(seat, f"{self._what}: new tests without it", new, whole_files=True)
        return frozenset(test for test in new if run.outcomes.get(test) in PASSING)


def restored(git: Git, base: Sha, commit: Sha, protection: Protects) -> Sha:
    """See `Judge.restored`. Reads only what differs."""
    deltas = [delta for delta in git.diff(base, commit) if protection.restores(delta.path)]
    if not deltas:
        return commit
    entries = [Entry(delta.path, delta.old_mode, delta.old) for delta in deltas]
    return _made(git, commit, entries, "The judge's own files", base)


def old_code(git: Git, base: Sha, commit: Sha, protection: Protects) -> Sha:
    """The base with the commit's tests: the other way round."""
    deltas = [delta for delta in git.diff(base, commit) if protection.restores(delta.path)]
    entries = [Entry(delta.path, delta.new_mode, delta.new) for delta in deltas]
    return _made(git, base, entries, "The change's tests on the base's code", base)


def _made(git: Git, start: Sha, entries: list[Entry], message: str, base: Sha) -> Sha:
    # Removals first: a folder may stand where the other side has a file.
    entries.sort(key=lambda entry: (entry.blob is not None, entry.path))
    return git.make([NewCommit(start, tuple(entries), message, (base,), {})])[0]


def _count(tests: Collection[object]) -> str:
    return "1 test" if len(tests) == 1 else f"{len(tests)} tests"
