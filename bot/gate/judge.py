"""Judges exact trees. The judge run has the base's copy of every protected file; where a change touches
protected or mixed files, its own run, as it is, must be green too. What fails is run again before it counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bot.figures import count
from bot.gate import strength as weighing
from bot.gate import verdict as reading
from bot.gate.exact import halfway, is_plain
from bot.gate.flakes import State, watched
from bot.gate.hearing import MAX_RETRIED, Grounds, Heard, Hearing
from bot.gate.rerun import AGAIN, Sides
from bot.gate.runs import Runs
from bot.gate.seats import Protects, restored
from bot.gate.strength import Measured
from bot.gate.symptoms import Kind, Side, Symptom, state_of, symptoms_of
from bot.gate.verdict import Retrial, Terms
from bot.git import Git
from bot.types.gate import FAILING, Baseline, FileLines, SuiteRun, TestId, TreeVerdict
from bot.types.ids import Sha, Tree

# Samples of the baseline are counted from 0: what is asked of the base again must not be answered by them.
FRESH = 1000
PATIENT = 10_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and its symptoms: those that reruns have confirmed. `measured` is how much of the change the
    judge run went through; None where it has no coverage."""

    verdict: TreeVerdict
    symptoms: frozenset[Symptom] = frozenset()
    measured: Measured | None = None

    @property
    def only_weak(self) -> bool:
        """Red, and not for any test."""
        return self.verdict.weak is not None and not self.symptoms and self.verdict.doubt is None


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
        self.wary: set[TestId] = set()
        # How often in its looks a flickering symptom must fail to be there.
        self._thresholds: dict[Symptom, Fraction] = {}

    async def verdict(self, commit: Sha, what: str) -> Judged:
        """The verdict on a commit's tree."""
        tree = await asyncio.to_thread(self.git.tree, commit)
        if tree not in self._judged:
            self._judged[tree] = await self._judge(commit, tree, what)
        return self._judged[tree]

    def excuse(self, symptoms: Collection[Symptom]) -> bool:
        """These passed once where they should fail: from now on only figures decide about them. Whether that
        is news, so that it is worth judging again."""
        tests = {symptom.test for symptom in symptoms if symptom.kind in (Kind.FAILS, Kind.DARK)}
        news = tests - self.wary
        self.wary |= news
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
        judged, run = await self._side(Side.JUDGE, bench, what)
        if await asyncio.to_thread(self.git.tree, bench) == tree:
            return await self._weighed(judged, bench, [run])
        guilty = {(symptom.kind, symptom.test) for symptom in judged.symptoms}
        own, own_run = await self._side(Side.OWN, commit, f"{what}, own tests", guilty)
        both = reading.combined(tree, judged.verdict, own.verdict)
        # New code comes with its own tests: what these run counts as well.
        return await self._weighed(Judged(both, judged.symptoms | own.symptoms), bench, [run, own_run])

    async def _side(
        self, side: Side, commit: Sha, what: str, guilty: Collection[tuple[Kind, TestId]] = ()
    ) -> tuple[Judged, SuiteRun]:
        """One side's run, and what its reruns come to. `guilty` were heard on the other side already."""
        collect = side is Side.OWN
        run, shaky = await self._run(commit, what, collect=collect)
        first = reading.judge(run, self.baseline, self.terms)
        if run.doubt is not None:
            return Judged(first, frozenset({Symptom(side, Kind.DOUBT, TestId("", ""))})), run
        symptoms = symptoms_of(side, first)
        trial = self._hearing(side, commit, what, run)
        settled = frozenset(s for s in symptoms if (s.kind, s.test) in guilty)
        found = await trial.suspects(symptoms - settled)
        convicted = await trial.suspects(self._failing_again(side, run))
        excused = found.known | found.unproven
        # A new test that fails once is excused by no pass: it has to pass every time.
        fresh = frozenset(s for s in excused if s.test not in self.baseline.known)
        cleared = excused - fresh
        unsteady = await trial.unsteady(first.new) | {replace(s, kind=Kind.UNSTEADY) for s in fresh}
        retrial = Retrial(
            cleared=frozenset(s.test for s in cleared),
            quarantined=frozenset(s.test for s in found.far & cleared),
            convicted=frozenset(s.test for s in convicted.guilty),
            unsteady=frozenset(s.test for s in unsteady),
            vacuous=await trial.vacuous(first.new) if side is Side.OWN else frozenset(),
            evidence={**found.evidence, **convicted.evidence},
        )
        self._whole |= found.whole | convicted.whole
        left = settled | self._marked(found) | self._marked(convicted) | unsteady
        final = replace(reading.judge(run, self.baseline, self.terms, retrial), shaky=shaky)
        return Judged(final, frozenset(sorted(left)[:MAX_RETRIED])), run

    async def _weighed(self, judged: Judged, commit: Sha, runs: Sequence[SuiteRun]) -> Judged:
        """With the strength of its runs, which the spec may ask something of."""
        minimum, verdict = self.terms.min_coverage, judged.verdict
        coverage = weighing.united(run.coverage for run in runs)
        if verdict.doubt is not None or (coverage is None and not minimum):
            return judged
        if coverage is None:
            return _weakened(judged, weighing.unmeasured(runs[0], minimum))
        measured = await asyncio.to_thread(self._measured, commit, coverage)
        strength = measured.strength()
        judged = replace(judged, verdict=replace(verdict, strength=strength), measured=measured)
        weak = weighing.weakness(strength, minimum)
        return judged if weak is None else _weakened(judged, weak)

    def _measured(self, commit: Sha, coverage: Mapping[str, FileLines]) -> Measured:
        patch = self.git.patch(self.base, commit, context=0)
        return weighing.measured(patch, self.git.diff(self.base, commit), coverage)

    async def _run(self, commit: Sha, what: str, *, collect: bool) -> tuple[SuiteRun, str | None]:
        """A run, and the doubt that the first one left. A doubt that comes once is the machine's, if all runs
        after it are clear: a change that makes the suite crash at times must not get through at times."""
        minimum = self.terms.min_coverage
        run = first = weighing.strict(await self.runs.run(commit, what, collect=collect), minimum)
        again = max(2, self.terms.runs - 1) if first.doubt is not None else 0
        for sample in range(1, again + 1):
            run = await self.runs.run(commit, f"{what}, again", sample=sample, collect=collect)
            run = weighing.strict(run, minimum)
            if run.doubt is not None:
                break
        return run, first.doubt

    def _hearing(self, side: Side, commit: Sha, what: str, run: SuiteRun) -> Hearing:
        return Hearing(
            grounds=Grounds(self.git, self.base, self.runs, self.baseline, self.terms, self.protection),
            sides=self._sides(commit, what),
            wary=frozenset(self.wary),
            side=side,
            commit=commit,
            what=what,
            run=run,
        )

    def _marked(self, found: Heard) -> frozenset[Symptom]:
        """The guilty ones. What does not fail every time, or not only here, is looked for with patience."""
        marked = set()
        for symptom in found.guilty:
            evidence = found.evidence.get(symptom.test)
            if evidence is None or symptom in found.whole or is_plain(evidence):
                marked.add(symptom)
                continue
            if symptom.test not in self.baseline.known:
                marked.add(replace(symptom, kind=Kind.UNSTEADY))
                continue
            flickering = replace(symptom, kind=Kind.FLICKERS)
            self._thresholds[flickering] = halfway(evidence)
            marked.add(flickering)
        return frozenset(marked)

    def _failing_again(self, side: Side, run: SuiteRun) -> frozenset[Symptom]:
        """Tests that are flaky at the base and fail here: perhaps for good."""
        failing = {test for test in self.baseline.flaky if run.outcomes.get(test) in FAILING}
        return frozenset(Symptom(side, Kind.FAILS, test) for test in failing)

    # -- looking ------------------------------------------------------------------------------------

    async def _seated(self, commit: Sha, side: Side) -> Sha:
        return await self.restored(commit) if side is Side.JUDGE else commit

    async def _look(
        self, seen: Sha, symptoms: Sequence[Symptom], what: str, sample: int
    ) -> dict[Symptom, State]:
        flickering = [symptom for symptom in symptoms if symptom.kind is Kind.FLICKERS]
        steady = [symptom for symptom in symptoms if symptom.kind is not Kind.FLICKERS]
        states = await self._glance(seen, steady, what, sample) if steady else {}
        return states | await self._watch(seen, flickering, what, sample)

    async def _watch(
        self, seen: Sha, symptoms: Sequence[Symptom], what: str, sample: int
    ) -> dict[Symptom, State]:
        """One look says nothing of what flickers: it is there where it fails often enough."""
        looks = AGAIN if self.runs.suite.selects else self.terms.runs
        seen_as: dict[Symptom, list[State]] = {symptom: [] for symptom in symptoms}
        for number in range(looks if symptoms else 0):
            states = await self._glance(seen, symptoms, what, PATIENT + sample * looks + number)
            for symptom in symptoms:
                seen_as[symptom].append(states[symptom])
        return {symptom: watched(found, self._thresholds[symptom]) for symptom, found in seen_as.items()}

    async def _glance(
        self, seen: Sha, symptoms: Sequence[Symptom], what: str, sample: int
    ) -> dict[Symptom, State]:
        whole = any(symptom.kind is Kind.DOUBT or symptom in self._whole for symptom in symptoms)
        tests = [] if whole else [symptom.test for symptom in symptoms]
        # A test that is not there cannot be named on a command line; its file can.
        by_file = any(symptom.kind not in (Kind.FAILS, Kind.FLICKERS) for symptom in symptoms)
        run = await self.runs.run(seen, what, tests, whole_files=by_file, sample=sample)
        if any(symptom.kind is Kind.DOUBT for symptom in symptoms):
            run = weighing.strict(run, self.terms.min_coverage)
        return {symptom: state_of(symptom, run, self.baseline) for symptom in symptoms}

    def _sides(self, commit: Sha, what: str) -> Sides:
        """Where tests that failed on this commit are run again."""

        async def here(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            return await self._look(
                commit, list(wanted), f"{what}: {count(len(wanted), 'test')} again", sample + 1
            )

        async def at_base(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            told = f"without it: {count(len(wanted), 'test')}"
            return await self._look(self.base, list(wanted), told, FRESH + sample)

        async def among_all(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            run = await self.runs.run(commit, f"{what}, all tests again", sample=sample)
            return {symptom: state_of(symptom, run, self.baseline) for symptom in wanted}

        async def all_at_base(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            run = await self.runs.run(self.base, "without it, all tests", sample=FRESH + sample)
            return {symptom: state_of(symptom, run, self.baseline) for symptom in wanted}

        whole = (among_all, all_at_base) if self.runs.suite.selects else None
        return Sides(here, at_base, whole, self._before)

    def _before(self, test: TestId) -> tuple[int, int]:
        return self.baseline.failed.get(test, 0), self.baseline.runs


def _weakened(judged: Judged, weak: str) -> Judged:
    """Red for its strength. What the bar forgives is not searched for."""
    verdict = replace(judged.verdict, green=False, weak=weak)
    return replace(judged, verdict=verdict, symptoms=frozenset() if judged.verdict.green else judged.symptoms)
