"""Facts to `Result`. Pure. Rates are rounded down, never up: 99.996 % is not 100 %."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from bot.ledger import conclude
from bot.report.facts import Facts
from bot.types import result as rows
from bot.types.gate import Baseline, GateReport
from bot.types.review import Finding
from bot.types.stack import Placed
from bot.types.unit import Shard
from bot.types.usage import FREE, Cost, Usage

PLACES = 10_000


def build(facts: Facts) -> rows.Result:
    """The run's result as programs read it."""
    return rows.Result(
        version=1,
        run=facts.run,
        workflow=facts.workflow,
        conclusion=conclude(facts.fates.values(), script_failed=facts.script_failed).value,
        base=facts.base,
        spec_sha=facts.spec_sha,
        units=tuple(_unit(facts, shard) for shard in facts.shards),
        findings=tuple(_finding(finding) for finding in facts.findings),
        stacks=tuple(_stacks(facts)),
        gate=None if facts.gate is None else _gate(facts.gate),
        uncovered=tuple(sorted(path for shard in facts.untaken for path in shard.files)),
        usage=rows.TotalRow(agents=facts.agents, cost_usd=_usd(facts.cost), **_tokens(facts.cost.usage)),
        exit_code=facts.exit_code,
        stopped=facts.stopped,
        calls=facts.calls,
        reused=facts.reused,
        seconds=round(facts.seconds, 3),
        notices=facts.notices,
        timeline=facts.timeline,
    )


def rounded_down(rate: Fraction | float) -> float:
    """Four places, towards zero."""
    return int(Fraction(rate) * PLACES) / PLACES


def _unit(facts: Facts, shard: Shard) -> rows.UnitRow:
    fate = facts.fates[shard.id]
    change = facts.changes.get(shard.id)
    agents, cost = facts.spent.get(shard.id, (0, FREE))
    return rows.UnitRow(
        id=shard.id,
        files=shard.files,
        changed=change.paths if change else (),
        status=fate.status.value,
        cause=fate.cause,
        agents=agents,
        usage=rows.UsageRow(**_tokens(cost.usage)),
        cost_usd=_usd(cost),
        after=change.after if change else (),
    )


def _tokens(usage: Usage) -> dict[str, int]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
    }


def _usd(cost: Cost) -> float | None:
    return None if cost.usd is None else round(cost.usd, 6)


def _finding(finding: Finding) -> rows.FindingRow:
    return rows.FindingRow(
        unit=finding.unit,
        lens=finding.lens,
        verdict=finding.verdict.value,
        claim=finding.claim,
        evidence=tuple(
            rows.EvidenceRow(kind=e.kind, path=e.path, line=e.line, text=e.text) for e in finding.evidence
        ),
        confirmed=finding.confirmed,
        subject=finding.subject,
    )


def _stacks(facts: Facts) -> Iterator[tuple[rows.LayerRow, ...]]:
    """Stacks as they were placed; layers that fell are not there any more."""
    placed = {one.layer.id: one for one in facts.placed}
    for stack in facts.stacks:
        line = tuple(_layer(placed[layer.id], facts.drafts) for layer in stack.layers if layer.id in placed)
        if line:
            yield line


def _layer(placed: Placed, drafts: frozenset[str]) -> rows.LayerRow:
    return rows.LayerRow(
        layer=placed.layer.id,
        title=placed.layer.title,
        branch=placed.branch,
        base_branch=placed.base_branch,
        head=placed.head,
        units=placed.layer.units,
        pull=placed.pull,
        files=placed.layer.paths,
        url=placed.url,
        draft=placed.layer.id in drafts,
    )


def _gate(gate: GateReport) -> rows.GateRow:
    return rows.GateRow(
        bar=float(gate.bar),
        pass_rate=rounded_down(gate.batch.rate if gate.batch else _of_the_base(gate.baseline)),
        baseline=baseline_row(gate.baseline),
        suite_runs=gate.suite_runs,
        trees=tuple(
            rows.TreeRow(
                tree=gated.verdict.tree,
                layer=gated.layer,
                pass_rate=rounded_down(gated.verdict.rate),
                green=gated.verdict.green,
                regressions=tuple(str(test) for test in gated.verdict.blamed),
            )
            for gated in gate.trees
        ),
        evicted=tuple(
            rows.EvictionRow(
                unit=one.unit,
                tests=tuple(str(test) for test in one.tests),
                confirmed=one.confirmed,
                reason=one.reason,
            )
            for one in gate.evicted
        ),
        sandbox=gate.sandbox,
        known_failures=tuple(sorted(str(test) for test in gate.baseline.stable_fail)),
        flaky=tuple(sorted(str(test) for test in gate.baseline.flaky)),
        notices=gate.notices,
        quarantine=held_rows(gate),
        suspicions=suspicion_rows(gate),
    )


def held_rows(gate: GateReport) -> tuple[rows.HeldRow, ...]:
    return tuple(
        rows.HeldRow(test=str(held.test), until=held.until, evidence=held.evidence) for held in gate.held
    )


def suspicion_rows(gate: GateReport) -> tuple[rows.SuspicionRow, ...]:
    """In the order of their places."""
    found = sorted(one for suspicions in gate.suspicions.values() for one in suspicions)
    return tuple(
        rows.SuspicionRow(path=one.path, line=one.line, rule=one.rule, text=one.text) for one in found
    )


def _of_the_base(baseline: Baseline) -> int:
    """Where nothing is proposed, everything that is proposed is the base, which passes what it passes."""
    return 1 if baseline.stable_pass else 0


def baseline_row(baseline: Baseline) -> rows.BaselineRow:
    return rows.BaselineRow(
        stable_pass=len(baseline.stable_pass),
        stable_fail=len(baseline.stable_fail),
        flaky=len(baseline.flaky),
        skip=len(baseline.skip),
        runs=baseline.runs,
    )
