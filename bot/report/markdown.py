"""The report as Markdown, for the job summary. Whatever comes from a repository, a model or a test is data:
nothing in it may ping anybody, break a table, or be taken for markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.report import words
from bot.report.escape import cell, code
from bot.types.result import FindingRow, GateRow, LayerRow, Result

LIMIT = 1_000_000
CUT = "\n\n_The summary was cut here; result.json holds all of it._\n"
SHOWN = 200


def markdown(result: Result) -> str:
    """At most 1,000,000 bytes: the job summary takes 1 MiB a step."""
    return cut("\n".join(_lines(result)) + "\n", LIMIT)


def cut(text: str, limit: int) -> str:
    """At most so many bytes, cut at the end of a line, and said so."""
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text
    room = limit - len(CUT.encode())
    return data[:room].decode("utf-8", "ignore").rpartition("\n")[0] + CUT


def _lines(result: Result) -> Iterator[str]:
    yield f"## Gatecrew: {cell(result.workflow)}"
    yield ""
    yield f"**{cell(words.conclusion_line(result))}**"
    yield ""
    if result.gate is not None:
        yield from _gate(result.gate)
    yield from _stacks(result.stacks)
    yield from _ledger(result)
    yield from _findings([finding for finding in result.findings if finding.verdict == "refute"])
    for notice in result.notices:
        yield f"- {cell(notice)}"
    yield ""
    yield f"{words.money_line(result)}. Run `{result.run}` at `{result.base[:12]}`."


def _ledger(result: Result) -> Iterator[str]:
    yield f"### Ledger: {words.ledger_line(result)}"
    yield ""
    yield "| unit | status | files | why |"
    yield "| --- | --- | --- | --- |"
    for unit in result.units[:SHOWN]:
        changed = f"{len(unit.changed)}/{len(unit.files)}"
        yield f"| {code(unit.id)} | {unit.status} | {changed} | {cell(unit.cause or '')} |"
    if len(result.units) > SHOWN:
        yield f"| … and {len(result.units) - SHOWN} more | | | |"
    yield ""


def _gate(gate: GateRow) -> Iterator[str]:
    yield f"{words.gate_line(gate)}."
    yield ""
    for eviction in gate.evicted:
        tests = ", ".join(code(test) for test in eviction.tests[:5]) or cell(eviction.reason)
        yield f"- evicted {code(eviction.unit)}: breaks {tests}"
    for test in gate.known_failures[:SHOWN]:
        yield f"- fails at the base already: {code(test)}"
    for test in gate.flaky[:SHOWN]:
        yield f"- flaky at the base: {code(test)}"
    yield ""


def _stacks(stacks: Sequence[Sequence[LayerRow]]) -> Iterator[str]:
    if not stacks:
        return
    yield "### Stacks"
    yield ""
    for stack in stacks:
        for height, layer in enumerate(stack):
            draft = " (draft)" if layer.draft else ""
            yield f"{'  ' * height}- {_number(layer)} {cell(layer.title)}{draft}, {code(layer.branch)}"
    yield ""


def _number(layer: LayerRow) -> str:
    """On GitHub a reference; a local forge's numbers would name something else there."""
    if layer.pull is None:
        return "(dry run)"
    return f"#{layer.pull}" if layer.url else code(f"#{layer.pull}")


def _findings(findings: Sequence[FindingRow]) -> Iterator[str]:
    if not findings:
        return
    yield "### Findings"
    yield ""
    for finding in findings[:SHOWN]:
        yield f"- {code(finding.unit)} {cell(finding.lens)}: {cell(finding.claim)}"
        for evidence in finding.evidence[:2]:
            yield f"  - {code(f'{evidence.path}:{evidence.line}')} {code(evidence.text.strip())}"
    yield ""
