"""The end of a run in the terminal: people look before they read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from bot.report import words
from bot.types.result import FindingRow, GateRow, LayerRow, Result, UnitRow

STYLES = {
    "landed": "green",
    "proposed": "green",
    "unchanged": "dim",
    "rejected": "yellow",
    "skipped": "dim",
    "failed": "red",
    "not-run": "red",
}
SHOWN_FINDINGS = 30


def tables(result: Result, place: str) -> RenderableType:
    """Ledger, findings, gate, stacks, money and conclusion; `place` is where the report lies."""
    return Group(*_parts(result, place))


def _parts(result: Result, place: str) -> Iterator[RenderableType]:
    yield from _section("Ledger", ledger(result.units), words.ledger_line(result))
    refuting = [finding for finding in result.findings if finding.verdict == "refute"]
    if refuting:
        yield from _section("Findings", _findings(refuting))
    if result.gate is not None:
        yield from _section("Gate", Group(*_gate(result.gate)))
    if result.stacks:
        yield from _section("Stacks", stacks(result.stacks))
    for notice in result.notices:
        yield Text(f"note: {notice}", style="yellow")
    yield Text("")
    yield Text(words.money_line(result), style="dim")
    yield Text(f"report: {place}", style="dim", overflow="fold")
    style = {"complete": "bold green", "partial": "bold yellow", "failed": "bold red"}[result.conclusion]
    yield Text(words.conclusion_line(result), style=style)


def _section(title: str, body: RenderableType, note: str = "") -> Iterator[RenderableType]:
    head = Text(f"\n{title}", style="bold")
    if note:
        head.append(f"  {note}", style="not bold dim")
    yield head
    yield Padding(body, (0, 0, 0, 2))


def ledger(units: Sequence[UnitRow]) -> RenderableType:
    """Every unit and what became of it."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=False)
    table.add_column("unit", overflow="fold")
    table.add_column("status", no_wrap=True)
    table.add_column("files", justify="right")
    table.add_column("why", overflow="fold")
    for unit in units:
        status = Text(unit.status, style=STYLES[unit.status])
        changed = f"{len(unit.changed)}/{len(unit.files)}"
        table.add_row(Text(unit.id), status, changed, Text(unit.cause or ""))
    return table


def _findings(findings: Sequence[FindingRow]) -> RenderableType:
    lines = []
    for finding in findings[:SHOWN_FINDINGS]:
        line = Text("x ", style="yellow")
        line.append(f"{finding.unit}", style="dim")
        line.append(f"  {finding.lens}: {finding.claim}", style="default")
        lines.append(line)
        for evidence in finding.evidence[:2]:
            quote = Text(f"    {evidence.path}:{evidence.line}  ", style="cyan")
            lines.append(quote.append(evidence.text.strip(), style="dim"))
    if len(findings) > SHOWN_FINDINGS:
        lines.append(Text(f"... and {len(findings) - SHOWN_FINDINGS} more in result.json", style="dim"))
    return Group(*lines)


def _gate(gate: GateRow) -> Iterator[RenderableType]:
    yield Text(words.gate_line(gate))
    heads = [tree for tree in gate.trees if tree.layer is not None]
    green = sum(tree.green for tree in heads)
    yield Text(
        f"{gate.suite_runs} suite runs; {green} of {len(heads)} layer heads green; sandbox {gate.sandbox}",
        style="dim",
    )
    for test in gate.known_failures[:10]:
        yield Text(f"fails at the base already: {test}", style="dim")
    for test in gate.flaky[:10]:
        yield Text(f"flaky at the base: {test}", style="dim")
    for eviction in gate.evicted:
        tests = ", ".join(eviction.tests[:3]) or eviction.reason
        yield Text(f"evicted: {eviction.unit} breaks {tests}", style="yellow")
    for notice in gate.notices:
        yield Text(notice, style="dim")


def stacks(lines: Sequence[Sequence[LayerRow]]) -> RenderableType:
    """Stacks as trees, the lowest layer on top: that one lands first."""
    trees: list[RenderableType] = []
    for line in lines:
        tree = Tree(Text(line[0].base_branch, style="bold"))
        node = tree
        for layer in line:
            node = node.add(_layer(layer))
        trees.append(tree)
    return Group(*trees)


def _layer(layer: LayerRow) -> Text:
    number = f"#{layer.pull}" if layer.pull is not None else "(dry run)"
    text = Text(f"{number} ", style="bold cyan")
    text.append(layer.title, style="default")
    if layer.draft:
        text.append(" draft", style="yellow")
    text.append(f"\n{layer.branch}  {len(layer.files)} files", style="dim")
    return text
