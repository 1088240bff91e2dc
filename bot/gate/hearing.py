"""What the reruns of single tests come to: whose fault a failure is, and what a new test is worth."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.figures import count
from bot.gate import quarantine
from bot.gate.crossing import crosses
from bot.gate.rerun import Sides, try_again
from bot.gate.runs import Runs
from bot.gate.seats import Protects, old_code
from bot.gate.symptoms import Kind, Side, Symptom
from bot.gate.texts import TestTexts
from bot.gate.verdict import Terms
from bot.git import Git
from bot.types.gate import PASSING, Baseline, Evidence, SuiteRun, TestId
from bot.types.ids import Sha

# With more failing tests than this the rest is taken as it is: the search needs some, not all.
MAX_RETRIED = 100


@dataclass(frozen=True, slots=True)
class Grounds:
    """What all verdicts of one gate stand on."""

    git: Git
    base: Sha
    runs: Runs
    baseline: Baseline
    terms: Terms
    protection: Protects


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of suspects; `far` are unproven ones that have nothing to do with the change."""

    guilty: frozenset[Symptom]
    known: frozenset[Symptom]
    unproven: frozenset[Symptom]
    far: frozenset[Symptom]
    whole: frozenset[Symptom]
    evidence: Mapping[TestId, Evidence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What one side's run left open about single tests."""

    grounds: Grounds
    sides: Sides
    wary: frozenset[TestId]
    side: Side
    commit: Sha
    what: str
    run: SuiteRun

    async def suspects(self, symptoms: frozenset[Symptom]) -> Heard:
        """Reruns; what is beyond their number is guilty. Who crosses the change and failed again is guilty
        too; and so are all, where too many would have to be excused."""
        grounds = self.grounds
        tried = frozenset(sorted(symptoms)[:MAX_RETRIED])
        found = await try_again(tried, self.sides, grounds.terms.runs, self.wary)
        near = await asyncio.to_thread(self._near, found.unproven) if found.unproven else frozenset()
        unproven = found.unproven - (near & found.again)
        if len(unproven) > quarantine.most(grounds.baseline):
            unproven = frozenset()
        guilty = symptoms - found.known - unproven
        return Heard(guilty, found.known, unproven, unproven - near, found.whole, found.evidence)

    def _near(self, symptoms: Collection[Symptom]) -> frozenset[Symptom]:
        """Those whose test has to do with what the commit changes."""
        git, base, protection = self.grounds.git, self.grounds.base, self.grounds.protection
        changed = [d.path for d in git.diff(base, self.commit) if not protection.restores(d.path)]
        texts, messages = TestTexts(git, base, protection.holds), self.run.messages
        return frozenset(s for s in symptoms if crosses(changed, messages.get(s.test, ""), texts.of(s.test)))

    async def unsteady(self, new: Collection[TestId]) -> frozenset[Symptom]:
        """New tests that pass once and fail once are not what the suite needs."""
        looks = max(1, self.grounds.terms.runs - 1)
        bad = await self._failures(new, looks, f"{count(len(new), 'test')}, new", alone=True)
        if bad and self.grounds.runs.suite.selects:
            bad = await self._without_misplaced(bad, looks)
        return frozenset(Symptom(self.side, Kind.UNSTEADY, test) for test in bad)

    async def _without_misplaced(self, bad: Counter[TestId], looks: int) -> Counter[TestId]:
        """A test that needs others before it never passes alone and always among all: a poor one, and no
        flake. The suite is not run in parts."""
        sure = max(2, looks)
        again = await self._failures(bad, sure, "new tests once more", alone=True, first=looks + 1)
        never = {test for test in bad if bad[test] == looks and again[test] == sure}
        among = await self._failures(never, sure, "all tests again", alone=False)
        return Counter({test: bad[test] for test in bad if test not in never or among[test]})

    async def _failures(
        self, tests: Collection[TestId], looks: int, what: str, *, alone: bool, first: int = 1
    ) -> Counter[TestId]:
        """How often each of these did not pass."""
        failed: Counter[TestId] = Counter()
        for sample in range(first, first + looks if tests else first):
            run = await self.grounds.runs.run(
                self.commit, f"{self.what}: {what}", tests if alone else (), whole_files=alone, sample=sample
            )
            failed.update(test for test in tests if run.outcomes.get(test) not in PASSING)
        return failed

    async def vacuous(self, new: Collection[TestId]) -> frozenset[TestId]:
        """New tests that pass on the base's code as well: they prove nothing about the change."""
        if not new:
            return frozenset()
        grounds = self.grounds
        seat = await asyncio.to_thread(old_code, grounds.git, grounds.base, self.commit, grounds.protection)
        run = await grounds.runs.run(seat, f"{self.what}: new tests without it", new, whole_files=True)
        return frozenset(test for test in new if run.outcomes.get(test) in PASSING)
