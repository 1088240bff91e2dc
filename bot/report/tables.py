"""The end of a run in the terminal: people look before they read. Made for 80 columns and more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from bot.figures import count
from bot.report import words
from bot.types.result import EvictionRow, FindingRow, GateRow, LayerRow, Result, UnitRow

STYLES = {
    "landed": "green",
    "proposed": "green",
    "unchanged": "dim",
    "rejected": "yellow",
    "skipped": "dim",
    "failed": "red",
    "not-run": "red",
}
CONCLUSIONS = {"complete": "bold green", "partial": "bold yellow", "failed": "bold red"}
QUIET = ("proposed", "landed", "unchanged", "skipped")
"""What a long ledger leaves out first."""
SHOWN_UNITS = 100
SHOWN_FINDINGS = 5
SHOWN_TESTS = 8
SHOWN_QUOTE = 160
WIDEST_UNIT = 36


def tables(result: Result, place: str) -> RenderableType:
    """Ledger, findings, gate, stacks, money and conclusion; `place` is where the report lies."""
    return Group(*_parts(result, place))


def _parts(result: Result, place: str) -> Iterator[RenderableType]:
    yield from _section("Ledger", ledger(result), words.ledger_line(result))
    if found := words.refuting(result):
        yield from _section("Findings", Group(*_findings(found)), words.findings_line(result))
    if result.gate is not None:
        yield from _section("Gate", Group(*_gate(result.gate)))
    if result.stacks:
        yield from _section("Stacks", stacks(result.stacks))
    yield Text("")
    for notice in result.notices:
        yield _hanging("note: ", Text(notice), "yellow")
    yield Text(words.money_line(result), style="dim")
    yield Text(f"report: {place}", style="dim", overflow="fold")
    yield Text(words.conclusion_line(result), style=CONCLUSIONS[result.conclusion])


def _section(title: str, body: RenderableType, note: str = "") -> Iterator[RenderableType]:
    head = Text(f"\n{title}", style="bold")
    if note:
        head.append(f"  {note}", style="not bold dim")
    yield head
    yield Padding(body, (0, 0, 0, 2), expand=False)


def _hanging(mark: str, body: RenderableType, style: str = "") -> RenderableType:
    """A mark, and text that stays to the right of it."""
    grid = Table.grid()
    grid.add_column(no_wrap=True, style=style)
    grid.add_column(overflow="fold")
    grid.add_row(Text(mark), body)
    return grid


def ledger(result: Result) -> RenderableType:
    """Every unit and what became of it; of very many, those that came to nothing first."""
    table = Table.grid(padding=(0, 2))
    longest = max((len(unit.id) for unit in result.units), default=0)
    table.add_column(overflow="fold", no_wrap=longest <= WIDEST_UNIT)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("unit", "status", "changed", "why", style="dim")
    units, why = _shown(result.units), words.whys(result)
    for unit in units:
        changed = f"{len(unit.changed)}/{len(unit.files)}"
        table.add_row(
            Text(unit.id), Text(unit.status, style=STYLES[unit.status]), changed, Text(why[unit.id])
        )
    if len(units) < len(result.units):
        table.add_row(Text(f"and {len(result.units) - len(units):,} more in result.json", style="dim"))
    return table


def _shown(units: Sequence[UnitRow]) -> Sequence[UnitRow]:
    if len(units) <= SHOWN_UNITS:
        return units
    return sorted(units, key=lambda unit: unit.status in QUIET)[:SHOWN_UNITS]


def _findings(found: dict[str, list[FindingRow]]) -> Iterator[RenderableType]:
    for unit, findings in found.items():
        yield Text(unit, style="bold")
        for finding in findings[:SHOWN_FINDINGS]:
            claim = Text(f"{finding.claim} ", style="default")
            claim.append(f"({finding.lens}{', confirmed' if finding.confirmed else ''})", style="dim")
            yield _hanging("  x ", claim, "yellow")
            for place, quote in list(words.place(finding))[:1]:
                line = Text(f"{place}  ", style="cyan").append(quote[:SHOWN_QUOTE], style="dim")
                yield _hanging("    ", line)
        if len(findings) > SHOWN_FINDINGS:
            yield Text(f"    and {len(findings) - SHOWN_FINDINGS} more: gatecrew show {unit}", style="dim")


def _gate(gate: GateRow) -> Iterator[RenderableType]:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in words.gate_rows(gate):
        grid.add_row(name, Text(text))
    for name, tests in (("failing", gate.known_failures), ("flaky", gate.flaky)):
        if tests:
            grid.add_row(name, _tests(tests))
    for eviction in gate.evicted:
        grid.add_row(Text("evicted", style="yellow"), _evicted(eviction))
    for notice in gate.notices:
        grid.add_row("note", Text(notice))
    yield grid


def _tests(tests: Sequence[str]) -> Text:
    lines = [*tests[:SHOWN_TESTS]]
    if len(tests) > SHOWN_TESTS:
        lines.append(f"and {len(tests) - SHOWN_TESTS} more")
    return Text("\n".join(lines))


def _evicted(eviction: EvictionRow) -> Text:
    text = Text(eviction.unit, style="bold")
    if not eviction.confirmed:
        text.append(" (not confirmed)", style="not bold")
    if eviction.reason:
        text.append(f"\n{eviction.reason}", style="not bold")
    if eviction.tests:
        text.append("\n").append(_tests(eviction.tests).plain, style="not bold dim")
    return text


def stacks(lines: Sequence[Sequence[LayerRow]]) -> RenderableType:
    """Layers as branches of what they are to land on; the one on top lands first."""
    trees: dict[str, Tree] = {}
    nodes: dict[str, Tree] = {}
    for _, layer in words.forest(lines):
        base = layer.base_branch
        below = nodes.get(base) or trees.setdefault(base, Tree(Text(base, style="bold"), guide_style="dim"))
        nodes[layer.branch] = below.add(_layer(layer))
    return Group(*trees.values())


def _layer(layer: LayerRow) -> Text:
    text = Text(f"{words.number(layer)} ", style="bold cyan")
    text.append(layer.title, style="default")
    if layer.draft:
        text.append("  draft", style="yellow")
    return text.append(f"\n{layer.url or layer.branch}, {count(len(layer.files), 'file')}", style="dim")
