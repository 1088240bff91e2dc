"""One run's gate: the baseline under way, then one judge for early looks and for the verdicts."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.compose import compose
from bot.errors import InputError
from bot.gate import quarantine
from bot.gate.baseline import Measuring, notice, stable_first, start
from bot.gate.gate import Gated
from bot.gate.heads import Arrange, Settled, settle
from bot.gate.judge import Judge
from bot.gate.quarantine import Entry
from bot.gate.runs import Memo, Runs
from bot.gate.seats import Protects
from bot.gate.sees import blindness
from bot.gate.strength import unmeasured
from bot.gate.unseen import lacks
from bot.gate.verdict import Terms
from bot.git import Git
from bot.ports.events import Events
from bot.ports.sandbox import Job, Sandbox
from bot.scratch import scratch
from bot.state import write_whole
from bot.suite.command import environment
from bot.suite.run import Suite
from bot.types.change import Change
from bot.types.events import Said
from bot.types.gate import Baseline, GateReport, Held, TestId, TreeVerdict
from bot.types.ids import Sha
from bot.types.script import Look, Ran
from bot.types.spec import Spec
from bot.types.stack import LandingUnit
from bot.workplace import Workplace

MAX_OUTPUT = 20_000
COVERAGE_HINT = (
    "gate.run must write Cobertura XML or LCOV to {coverage}, or to its own file in gate.coverage, "
    "whether its tests fail or not."
)


class Session:
    """Made once a run. `prepare` comes before the first paid request; `aclose` stops what still runs."""

    def __init__(
        self,
        *,
        git: Git,
        base: Sha,
        spec: Spec,
        protection: Protects,
        sandbox: Sandbox,
        workplace: Workplace,
        cache: Path,
        machine: Mapping[str, str],
        memo: Memo,
        events: Events,
        today: date,
        quarantine: Path | None = None,
        propose_tests: bool = False,
    ) -> None:
        """`quarantine` is the file of flaky tests, where one may be trusted: nothing but us can write it."""
        self._git = git
        self._base = base
        self._spec = spec
        self._protection = protection
        self._sandbox = sandbox
        self._workplace = workplace
        self._machine = machine
        self._suite = Suite(
            git=git, trees=workplace, sandbox=sandbox, gate=spec.gate, base=base, cache=cache, machine=machine
        )
        self._runs = Runs(git, self._suite, memo=memo, events=events, jobs=spec.gate.jobs)
        self._today = today
        self._file = quarantine
        self._terms = Terms.of(spec)
        if propose_tests:
            self._terms = replace(self._terms, propose_tests=True)
        self._events = events
        self._measuring: Measuring | None = None
        self._judge: Judge | None = None
        self._turn = asyncio.Lock()

    @property
    def command(self) -> str:
        return self._suite.command

    @property
    def suite_runs(self) -> int:
        return self._runs.count

    async def prepare(self, scope: Collection[str] = ()) -> None:
        """Set up, and run the suite on the base once. With a scope (before anything is paid for), prove too
        that the suite sees these files. Raises InputError where the gate cannot be asked."""
        if self._spec.gate.setup:
            self._events.tell(Said(f"setting up: {self._spec.gate.setup}"))
        await self._suite.setup()
        for told in await asyncio.to_thread(lacks, self._git, self._base):
            self._events.tell(Said(told))
        self._measuring = await start(self._runs, self._base, self._spec.gate.runs)
        minimum = self._terms.min_coverage
        if minimum and self._measuring.first.coverage is None:
            why = unmeasured(self._measuring.first, minimum)
            raise InputError(f"the gate cannot be asked: {why} (gate.min_coverage)", COVERAGE_HINT)
        if scope:
            await self._ensure_sighted(scope, stable_first(self._measuring.first))

    async def _ensure_sighted(self, scope: Collection[str], passing: Collection[TestId]) -> None:
        restores = self._protection.restores
        blind = await blindness(self._runs, self._git, self._base, scope, passing, restores, early=True)
        if blind is not None:
            raise InputError(f"the gate cannot be asked: {blind}", "Nothing was paid. See docs/gate.md.")

    async def judge(self) -> Judge:
        """The judge, once the whole baseline is there."""
        async with self._turn:
            if self._judge is None:
                assert self._measuring is not None, "BUG: the gate is asked before its baseline"
                baseline = quarantine.with_quarantine(await self._measuring.result(), self._entries())
                if told := notice(baseline):
                    self._events.tell(Said(told))
                self._judge = Judge(
                    git=self._git,
                    base=self._base,
                    runs=self._runs,
                    baseline=baseline,
                    terms=self._terms,
                    protection=self._protection,
                )
            return self._judge

    async def aclose(self) -> None:
        if self._measuring is not None:
            await self._measuring.aclose()

    # -- the script's verbs -------------------------------------------------------------------------

    async def failing(self) -> Sequence[str]:
        """The tests that fail at the base, every time."""
        baseline = (await self.judge()).baseline
        return sorted(str(test) for test in baseline.stable_fail)

    async def look(self, changes: Sequence[Change]) -> Look:
        """An early look at these changes together. It decides nothing."""
        commit = await asyncio.to_thread(self.composed, changes)
        verdict = (await (await self.judge()).verdict(commit, "an early look")).verdict
        return Look(verdict.green, verdict.passed, verdict.of, tuple(map(str, verdict.blamed)))

    async def command_on(self, change: Change, name: str) -> Ran:
        """Run one of the spec's named commands on a change, in the sandbox, without network."""
        async with self._workplace.tree(change.commit) as tree:
            with scratch() as aside:
                for folder in ("home", "tmp"):
                    (aside / folder).mkdir()
                job = Job(
                    command=self._spec.commands[name],
                    cwd=tree / self._spec.gate.cwd,
                    tree=tree,
                    env=environment(self._machine, aside / "home", aside / "tmp"),
                    timeout_s=self._spec.gate.timeout,
                    output=aside / "output",
                    writable=(aside / "home", aside / "tmp"),
                    limits=self._spec.gate.limits,
                )
                ended = await self._sandbox.run(job)
                text = job.output.read_bytes()[-MAX_OUTPUT:].decode("utf-8", "replace")
        if ended.limit is not None:
            text += f"\n(killed: it used {ended.limit})"
        return Ran(-1 if ended.exit_code is None else ended.exit_code, text)

    # -- verdicts -----------------------------------------------------------------------------------

    async def settled(self, landing: Sequence[LandingUnit], arrange: Arrange) -> Settled:
        """The landing units together, then in layers; culprits evicted, until every head is green."""
        gate = self._spec.gate
        return await settle(
            landing,
            judge=await self.judge(),
            compose=self.composed,
            arrange=arrange,
            jobs=gate.jobs,
            cap=gate.probes,
        )

    def composed(self, changes: Sequence[Change]) -> Sha:
        return compose(self._git, self._base, changes)

    async def report(self, gated: Gated) -> GateReport:
        """The gate's figures. What green trees have shown to be flaky goes into quarantine."""
        judge = await self.judge()
        held = self._keep(tree.verdict for tree in gated.trees if tree.verdict.green)
        return GateReport(
            bar=judge.terms.bar,
            baseline=judge.baseline,
            suite_runs=self._runs.count,
            trees=gated.trees,
            evicted=gated.evicted,
            for_human=gated.for_human,
            notices=gated.notices,
            sandbox=self._suite.sandbox,
            suspicions=gated.suspicions,
            held=tuple(Held(entry.test, entry.until.isoformat(), entry.evidence) for entry in held),
        )

    def reused(self, baseline: Baseline) -> int:
        """How many of the base's runs a cache or a journal answered."""
        return self._runs.reused[baseline.tree]

    # -- quarantine ---------------------------------------------------------------------------------

    def _entries(self) -> tuple[Entry, ...]:
        if self._file is None or not self._file.is_file():
            return ()
        return quarantine.active(quarantine.read(self._file.read_bytes()), self._today)

    def _keep(self, verdicts: Iterable[TreeVerdict]) -> Sequence[Entry]:
        """Write down what is new, where there is a place for it; all entries."""
        entries = {entry.test: entry for entry in self._entries()}
        before = len(entries)
        for verdict in verdicts:
            for entry in quarantine.made(verdict.quarantined, verdict.evidence, verdict.tree, self._today):
                entries.setdefault(entry.test, entry)
        if self._file is not None and len(entries) > before:
            write_whole(self._file, quarantine.text_of(entries.values()))
        return sorted(entries.values(), key=lambda entry: entry.test)
