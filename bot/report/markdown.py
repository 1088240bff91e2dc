"""The report as Markdown, for the job summary and comments. Whatever comes from a repository, a model or a
test is data: nothing in it may ping anybody, break a table, or be taken for markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.report import words
from bot.report.escape import cell, code
from bot.types.result import FindingRow, GateRow, LayerRow, Result

LIMIT = 1_000_000
CUT = "\n\n_The report was cut here; result.json holds all of it._\n"
SHOWN = 200
SHOWN_TESTS = 10


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
    yield from _findings(result)
    yield from _ledger(result)
    for notice in result.notices:
        yield f"- {cell(notice)}"
    yield ""
    yield f"{cell(words.money_line(result))}. Run {code(result.run)} at {code(result.base[:12])}."


def _ledger(result: Result) -> Iterator[str]:
    yield f"### Ledger: {cell(words.ledger_line(result))}"
    yield ""
    yield "| unit | status | changed | why |"
    yield "| --- | --- | --- | --- |"
    local = {layer.pull for stack in result.stacks for layer in stack if not layer.url}
    why = words.whys(result)
    for unit in result.units[:SHOWN]:
        # A pull request that is in a local forge must not look like one that GitHub knows.
        reason = cell(why[unit.id]) if unit.cause or local else why[unit.id]
        changed = f"{len(unit.changed)}/{len(unit.files)}"
        yield f"| {code(unit.id, table=True)} | {unit.status} | {changed} | {reason} |"
    if len(result.units) > SHOWN:
        yield f"| and {len(result.units) - SHOWN:,} more | | | |"
    yield ""


def _gate(gate: GateRow) -> Iterator[str]:
    yield "### Gate"
    yield ""
    for name, text in words.gate_rows(gate):
        yield f"- {name}: {cell(text)}"
    for eviction in gate.evicted:
        reason = f", {cell(eviction.reason)}" if eviction.reason else ""
        confirmed = "" if eviction.confirmed else " (not confirmed)"
        yield f"- evicted {code(eviction.unit)}{confirmed}{reason}"
        yield from _tests("breaks", eviction.tests, "  ")
    yield from _tests("fails at the base already:", gate.known_failures)
    yield from _tests("flaky at the base:", gate.flaky)
    for notice in gate.notices:
        yield f"- {cell(notice)}"
    yield ""


def _tests(what: str, tests: Sequence[str], indent: str = "") -> Iterator[str]:
    for test in tests[:SHOWN_TESTS]:
        yield f"{indent}- {what} {code(test)}"
    if len(tests) > SHOWN_TESTS:
        yield f"{indent}- and {len(tests) - SHOWN_TESTS:,} more"


def _stacks(stacks: Sequence[Sequence[LayerRow]]) -> Iterator[str]:
    if not stacks:
        return
    yield "### Stacks"
    yield ""
    for height, layer in words.forest(stacks):
        draft = " (draft)" if layer.draft else ""
        yield f"{'  ' * height}- {_number(layer)} {cell(layer.title)}{draft}, {code(layer.branch)}"
    yield ""


def _number(layer: LayerRow) -> str:
    """On GitHub a reference; a local forge's numbers would name something else there."""
    text = words.number(layer)
    return text if layer.url or layer.pull is None else code(text)


def _findings(result: Result) -> Iterator[str]:
    found = words.refuting(result)
    if not found:
        return
    yield f"### Findings: {words.findings_line(result)}"
    yield ""
    shown = 0
    for unit, findings in found.items():
        if shown < SHOWN:
            yield f"- {code(unit)}"
            yield from _of_unit(findings[: SHOWN - shown])
        shown += len(findings)
    if shown > SHOWN:
        yield f"- and {shown - SHOWN:,} more"
    yield ""


def _of_unit(findings: Sequence[FindingRow]) -> Iterator[str]:
    for finding in findings:
        confirmed = ", confirmed" if finding.confirmed else ""
        yield f"  - {cell(finding.claim)} ({cell(finding.lens)}{confirmed})"
        for place, quote in list(words.place(finding))[:2]:
            yield f"    - {code(place)} {code(quote)}"
