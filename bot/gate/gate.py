"""The gate's story: the composed tree is judged, culprits are searched for and evicted, until it is green."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.gate.flakes import Confirmation, State, confirm
from bot.gate.human import for_human, suspicions_of
from bot.gate.judge import Judge, Judged
from bot.gate.search import Culprit, needed, search
from bot.gate.sees import blindness
from bot.gate.strength import weakness
from bot.gate.symptoms import Kind, Symptom
from bot.types.change import Change
from bot.types.gate import Eviction, GatedTree, Suspicion
from bot.types.ids import Sha, UnitId
from bot.types.stack import LandingUnit

Compose = Callable[[Sequence[Change]], Sha]
"""A commit of the base plus these changes. Blocking: it is called in a thread."""

Units = Sequence[LandingUnit]


@dataclass(frozen=True, slots=True)
class Gated:
    """What the gate made of the landing units. Every unit is in exactly one place.

    `kept` are green together. `evicted` break tests; `not_run` were built on what fell, and `failed` could
    not be judged at all, each with its cause. `for_human` and `notices` are for whoever reviews.
    """

    kept: tuple[LandingUnit, ...]
    evicted: tuple[Eviction, ...] = ()
    not_run: Mapping[UnitId, str] = field(default_factory=dict)
    failed: Mapping[UnitId, str] = field(default_factory=dict)
    trees: tuple[GatedTree, ...] = ()
    for_human: Mapping[UnitId, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    suspicions: Mapping[UnitId, tuple[Suspicion, ...]] = field(default_factory=dict)


async def gate(
    landing: Units,
    *,
    judge: Judge,
    compose: Compose,
    rejected: Sequence[Eviction] = (),
    jobs: int = 1,
    cap: int | None = None,
) -> Gated:
    """Judge the landing units together, evict what breaks tests, and say what became of each.

    `rejected` are evicted already, before anything runs. `jobs` and `cap` are the search's."""
    tested = _Story(judge, compose, landing, jobs, cap)
    tested.leave_out(_not_under_test(judge, landing))
    tested.reject(rejected)
    if tested.standing:
        await tested.prove()
    while tested.standing and not await tested.is_green():
        await tested.evict()
    return await asyncio.to_thread(tested.told)


class _Story:
    """One batch on its way through the gate."""

    def __init__(self, judge: Judge, compose: Compose, landing: Units, jobs: int, cap: int | None) -> None:
        self.standing = list(landing)
        self._jobs = jobs
        self._cap = cap
        self._judge = judge
        self._compose = compose
        self._landing = landing
        self._evicted: list[Eviction] = []
        self._not_run: dict[UnitId, str] = {}
        self._failed: dict[UnitId, str] = {}
        self._trees: list[GatedTree] = []
        self._notices: list[str] = []
        self._symptoms: frozenset[Symptom] = frozenset()
        self._weak: dict[UnitId, str] = {}
        self._confirmed: Counter[tuple[Sha, Sha]] = Counter()

    def told(self) -> Gated:
        suspicions = suspicions_of(self._judge, self._landing)
        return Gated(
            kept=tuple(self.standing),
            evicted=tuple(self._evicted),
            not_run=self._not_run,
            failed=self._failed,
            trees=tuple(self._trees),
            for_human=for_human(self._judge, self._landing, suspicions),
            suspicions=suspicions,
            notices=tuple(self._notices),
        )

    def leave_out(self, causes: Mapping[UnitId, str]) -> None:
        """These units fail, whatever the suite says; what was built on them goes with them."""
        out = [unit for unit in self.standing if any(name in causes for name in unit.units)]
        for unit in out:
            cause = next(causes[name] for name in unit.units if name in causes)
            self._failed |= dict.fromkeys(unit.units, cause)
        self._remove(out)

    def reject(self, evictions: Sequence[Eviction]) -> None:
        self._evicted += evictions
        names = {eviction.unit for eviction in evictions}
        self._remove([unit for unit in self.standing if names & set(unit.units)])

    async def prove(self) -> None:
        """Nothing stands if the suite does not see what changed."""
        commit = await self._composed(self.standing)
        judge = self._judge
        bench = await judge.restored(commit)
        paths = [path for unit in self.standing for path in unit.paths]
        restores, stable = judge.protection.restores, judge.baseline.stable_pass
        blind = await blindness(judge.runs, judge.git, bench, paths, stable, restores)
        if blind is not None:
            self._fail_all(blind)

    async def is_green(self) -> bool:
        judged = await self._judge.verdict(await self._composed(self.standing), _batch(self.standing))
        self._trees.append(GatedTree(judged.verdict, None))
        self._symptoms = judged.symptoms
        if judged.verdict.flaky:
            tests = ", ".join(map(str, judged.verdict.flaky[:5]))
            self._notices.append(f"flaky, and nobody's fault: {tests}")
        self._weak = self._weaknesses(judged)
        return judged.verdict.green and not self._weak

    def _weaknesses(self, judged: Judged) -> dict[UnitId, str]:
        """Units whose changed lines the suite runs too few of, once no test fails any more. Each by itself:
        no two change one file."""
        if judged.measured is None or not (judged.verdict.green or judged.only_weak):
            return {}
        minimum = self._judge.terms.min_coverage
        strengths = ((unit, judged.measured.strength(unit.paths)) for unit in self.standing)
        weak = ((unit, weakness(found, minimum)) for unit, found in strengths)
        return {name: why for unit, why in weak if why is not None for name in unit.units}

    async def evict(self) -> None:
        """Search for who shows the symptoms. Where nobody does, the batch stays red and falls as a whole."""
        if self._weak:
            self.reject([Eviction(name, (), True, why) for name, why in self._weak.items()])
            return
        found = await search(self.standing, self._symptoms, self._probe, self._confirm, self._cap, self._jobs)
        if self._judge.excuse(found.flaky) and not found.culprits:
            return
        if not found.culprits:
            reason = self._trees[-1].verdict.why
            self._fail_all(f"gate: red, and no unit could be blamed: {reason}")
            return
        for culprit in found.culprits:
            self._blame(culprit)
        stays = set(map(id, found.kept))
        self._remove([unit for unit in self.standing if id(unit) not in stays])

    def _blame(self, culprit: Culprit[Symptom]) -> None:
        tests = tuple(sorted({s.test for s in culprit.symptoms if s.kind is not Kind.DOUBT}))
        for unit in culprit.units:
            for name in unit.units:
                self._evicted.append(Eviction(name, tests, culprit.confirmed, self._reason(culprit, unit)))

    def _reason(self, culprit: Culprit[Symptom], unit: LandingUnit) -> str:
        verdict = self._trees[-1].verdict
        if not culprit.confirmed:
            return "it could not be made sure who breaks the tests"
        if any(symptom.kind is Kind.DOUBT for symptom in culprit.symptoms):
            return verdict.doubt or "the run proves nothing with it"
        first = min(culprit.symptoms)
        others = len(culprit.symptoms) - 1
        more = f" and {others} more" if others else ""
        message = verdict.messages.get(first.test, "").strip().partition("\n")[0][:200]
        together = " together with others" if len(culprit.units) > 1 or len(unit.units) > 1 else ""
        return f"breaks {first.test}{more}{together}" + (f": {message}" if message else "")

    def _remove(self, out: Units) -> None:
        """Take units out, and whatever needs them."""
        gone = {name for unit in out for name in unit.units}
        settled = {*self._failed, *(eviction.unit for eviction in self._evicted)}
        grown = True
        while grown:
            falling = [unit for unit in self.standing if gone & {*unit.units, *needed(unit)}]
            for unit in falling:
                below = sorted(gone & needed(unit))
                cause = f"built on {', '.join(below)}" if below else "needs what was evicted"
                self._not_run |= {name: cause for name in unit.units if name not in settled}
                gone |= set(unit.units)
            self.standing = [unit for unit in self.standing if unit not in falling]
            grown = bool(falling)

    def _fail_all(self, cause: str) -> None:
        self.leave_out({name: cause for unit in self.standing for name in unit.units})
        self._notices.append(cause)

    async def _probe(self, units: Units, symptoms: Collection[Symptom]) -> Mapping[Symptom, State]:
        commit = await self._composed(units)
        what = f"search: {len(units)} of {len(self.standing)} landing units"
        return await self._judge.look(commit, symptoms, what)

    async def _confirm(
        self, symptoms: Collection[Symptom], units: Units, without: Units
    ) -> Confirmation[Symptom]:
        bad, good = await self._composed(units), await self._composed(without)
        # Whoever asks again wants other runs.
        first = self._confirmed[bad, good] * self._judge.terms.runs
        self._confirmed[bad, good] += 1

        async def there(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            return await self._judge.look(bad, wanted, "confirming: with the suspect", first + sample)

        async def absent(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            return await self._judge.look(good, wanted, "confirming: without the suspect", first + sample)

        return await confirm(symptoms, there, absent if without else None, self._judge.terms.runs)

    async def _composed(self, units: Units) -> Sha:
        return await composed(self._compose, units)


async def composed(compose: Compose, units: Iterable[LandingUnit]) -> Sha:
    changes = [change for unit in units for change in unit.changes]
    return await asyncio.to_thread(compose, changes)


def _batch(units: Units) -> str:
    return f"all {len(units)} landing units" if len(units) > 1 else "the landing unit"


def _not_under_test(judge: Judge, landing: Units) -> dict[UnitId, str]:
    """Units of whose files the judge run has the base's copy, every one: no run of it says anything."""
    if judge.terms.propose_tests:
        return {}
    restores = judge.protection.restores
    return {
        change.unit: "not under test: the gate has the base's copy of all of its files"
        for unit in landing
        for change in unit.changes
        if change.changed and all(map(restores, change.paths))
    }
