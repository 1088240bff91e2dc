"""The report's sentences, the same in the terminal and in the job summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.figures import count, percent
from bot.types.result import FindingRow, GateRow, LayerRow, Result, UnitRow, UsageRow

STATUSES = ("landed", "proposed", "unchanged", "rejected", "skipped", "failed", "not-run")
TELLING = ("failed", "not-run", "rejected", "proposed")
"""The statuses whose stories are worth reading first."""


def ledger_line(result: Result) -> str:
    """How many units came to what."""
    counts: Counter[str] = Counter(unit.status for unit in result.units)
    told = [f"{counts[status]:,} {status}" for status in STATUSES if counts[status]]
    return f"{count(len(result.units), 'unit')}: {', '.join(told)}" if told else "no units"


def whys(result: Result) -> dict[str, str]:
    """What is to be said of each unit: its cause, or the pull request that holds it."""
    where = {unit: layer for stack in result.stacks for layer in stack for unit in layer.units}
    return {unit.id: _why(unit, where.get(unit.id)) for unit in result.units}


def _why(unit: UnitRow, layer: LayerRow | None) -> str:
    if unit.cause or layer is None:
        return unit.cause or ""
    return f"in {number(layer)}"


def number(layer: LayerRow) -> str:
    return "a layer (dry run)" if layer.pull is None else f"#{layer.pull}"


def forest(stacks: Sequence[Sequence[LayerRow]]) -> Iterator[tuple[int, LayerRow]]:
    """Every layer with how many layers it stands on, right after the one below it. A stack may begin on a
    layer of another stack."""
    layers = [layer for stack in stacks for layer in stack]
    branches = {layer.branch for layer in layers}
    above: dict[str, list[LayerRow]] = {}
    for layer in layers:
        above.setdefault(layer.base_branch, []).append(layer)
    todo = [(0, layer) for layer in reversed(layers) if layer.base_branch not in branches]
    while todo:
        height, layer = todo.pop()
        yield height, layer
        todo += [(height + 1, one) for one in reversed(above.pop(layer.branch, []))]


def refuting(result: Result) -> dict[str, list[FindingRow]]:
    """The claims that spoke against changes, by unit."""
    found: dict[str, list[FindingRow]] = {}
    for finding in result.findings:
        if finding.verdict == "refute":
            found.setdefault(finding.unit, []).append(finding)
    return found


def findings_line(result: Result) -> str:
    found = refuting(result)
    return f"{count(sum(map(len, found.values())), 'refutation')}, {count(len(found), 'unit')}"


def place(finding: FindingRow) -> Iterator[tuple[str, str]]:
    """Where each piece of a finding's evidence stands, and the quote on one line."""
    for evidence in finding.evidence:
        yield f"{evidence.path}:{evidence.line}", " ".join(evidence.text.split())


def gate_rows(gate: GateRow) -> Iterator[tuple[str, str]]:
    """The gate's figures, each with its name."""
    base = gate.baseline
    whole = [tree for tree in gate.trees if tree.layer is None]
    heads = [tree for tree in gate.trees if tree.layer is not None]
    if whole:
        stable = f"{count(base.stable_pass, 'test')} that {'is' if base.stable_pass == 1 else 'are'} stable"
        yield "pass rate", f"{percent(gate.pass_rate)} of the {stable} at the base; bar {percent(gate.bar)}"
        yield "regressions", ", ".join(whole[-1].regressions) or "none"
    else:
        yield "pass rate", f"nothing to judge; {count(base.stable_pass, 'test')} stable at the base"
    if base.stable_fail or base.flaky:
        known = f"{base.stable_fail} failing and {base.flaky} flaky already: no change is blamed for them"
        yield "at the base", known
    green = sum(tree.green for tree in heads)
    layers = f"{green} of {count(len(heads), 'head')} green; " if heads else ""
    yield "layers" if heads else "runs", f"{layers}{count(gate.suite_runs, 'suite run')}; {gate.sandbox}"


def tokens(usage: UsageRow) -> int:
    """All of them, whatever their price."""
    return usage.input_tokens + usage.output_tokens + usage.cache_read_tokens + usage.cache_write_tokens


def _spent(agents: int, usage: UsageRow, cost_usd: float | None) -> str:
    cost = "cost unknown" if cost_usd is None else f"${cost_usd:,.2f}"
    return f"{count(agents, 'agent')}, {count(tokens(usage), 'token')}, {cost}"


def money_line(result: Result) -> str:
    """Agents, tokens and dollars; an unknown price is said to be unknown."""
    spent = _spent(result.usage.agents, result.usage, result.usage.cost_usd)
    return f"{spent}; {count(result.reused, 'call')} reused"


def spent_line(unit: UnitRow) -> str:
    """The same for one unit."""
    return _spent(unit.agents, unit.usage, unit.cost_usd)


def conclusion_line(result: Result) -> str:
    """The conclusion in one sentence."""
    if result.stopped:
        return f"{result.conclusion}, stopped: {result.stopped}"
    if result.conclusion == "complete":
        return f"complete: every unit has its verdict; {_opened(result)}"
    missing = sum(unit.status in ("failed", "not-run") for unit in result.units)
    units = count(len(result.units), "unit")
    return f"{result.conclusion}: {missing:,} of {units} did not come to a verdict; {_opened(result)}"


def _opened(result: Result) -> str:
    layers = [layer for stack in result.stacks for layer in stack]
    pulls = sum(layer.pull is not None for layer in layers)
    if layers and not pulls:
        return f"{count(len(layers), 'layer')} ready (dry run)"
    return count(pulls, "pull request")


def next_lines(result: Result, shown: str) -> list[str]:
    """The next commands to type; `shown` are the options that name this repository and state."""
    lines = []
    if result.stopped or any(unit.status == "not-run" for unit in result.units):
        lines.append(f"gatecrew run {result.workflow} --resume {result.run}{shown}")
    if any(layer.pull is not None and not layer.url for stack in result.stacks for layer in stack):
        lines.append(f"gatecrew pulls{shown}")
    told = [unit.id for status in TELLING for unit in result.units if unit.status == status]
    if result.units:
        lines.append(f"gatecrew show {(told or [result.units[0].id])[0]}{shown}")
    return lines
