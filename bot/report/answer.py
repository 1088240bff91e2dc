"""The gate's figures on one candidate as rows, as JSON, and as a job summary."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.report.build import baseline_row, held_rows, rounded_down, suspicion_rows
from bot.report.escape import fenced
from bot.types import answer as rows
from bot.types.gate import GateReport, TestId, TreeVerdict
from bot.types.ids import Sha

MESSAGE = 2000


def answer(
    report: GateReport,
    *,
    base: Sha,
    head: Sha,
    merged: bool,
    line: str,
    text: str,
    command: str,
    repeat: str,
    reused: int,
) -> rows.Answer:
    """The one tree of the report, as programs read it."""
    verdict = report.trees[-1].verdict
    return rows.Answer(
        version=1,
        green=verdict.green,
        line=line,
        text=text,
        base=base,
        head=head,
        tree=verdict.tree,
        merged=merged,
        bar=float(report.bar),
        pass_rate=rounded_down(verdict.rate),
        passed=verdict.passed,
        of=verdict.of,
        doubt=verdict.doubt,
        regressions=_tests(verdict.regressions, verdict),
        dark=_tests(verdict.dark, verdict),
        new_failures=_tests(verdict.new_failures, verdict),
        new=_names(verdict.new),
        vacuous=_names(verdict.vacuous),
        flaky=_names(verdict.flaky),
        fixed=_names(verdict.fixed),
        gone=_names(verdict.gone),
        absolute={kind.value: number for kind, number in sorted(verdict.absolute.items())},
        quarantine=held_rows(report),
        suspicions=suspicion_rows(report),
        remarks=tuple(report.for_human.values()),
        strength=_strength(verdict),
        baseline=baseline_row(report.baseline),
        baseline_reused=reused,
        suite_runs=report.suite_runs,
        seconds=round(verdict.seconds, 3),
        command=command,
        sandbox=report.sandbox,
        repeat=repeat,
        notices=report.notices,
        exit_code=0 if verdict.green else 1,
    )


def text_of(made: rows.Answer) -> str:
    return json.dumps(made.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def summary_of(made: rows.Answer) -> str:
    """The same text as in the terminal, as Markdown."""
    return f"## Gatecrew's gate: {'green' if made.green else 'red'}\n\n{fenced(made.text)}\n"


def _tests(tests: Sequence[TestId], verdict: TreeVerdict) -> tuple[rows.TestRow, ...]:
    return tuple(
        rows.TestRow(
            test=str(test),
            message=verdict.messages.get(test, "")[:MESSAGE],
            evidence=str(verdict.evidence.get(test, "")),
        )
        for test in tests
    )


def _names(tests: Sequence[TestId]) -> tuple[str, ...]:
    return tuple(map(str, tests))


def _strength(verdict: TreeVerdict) -> rows.StrengthRow | None:
    found = verdict.strength
    return None if found is None else rows.StrengthRow(ran=found.ran, of=found.of, silent=found.silent)
