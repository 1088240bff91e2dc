"""The report's sentences, the same in the terminal, the job summary and the pull requests."""

from __future__ import annotations

from collections import Counter

from bot.types.result import FindingRow, GateRow, Result, UnitRow

STATUSES = ("landed", "proposed", "unchanged", "rejected", "skipped", "failed", "not-run")


def percent(rate: float) -> str:
    """A rate that was rounded down already, without zeros that say nothing."""
    return f"{rate * 100:.2f}".rstrip("0").rstrip(".") + " %"


def ledger_line(result: Result) -> str:
    """How many units came to what."""
    counts: Counter[str] = Counter(unit.status for unit in result.units)
    told = [f"{counts[status]} {status}" for status in STATUSES if counts[status]]
    return f"{len(result.units)} units: {', '.join(told)}" if told else "no units"


def gate_line(gate: GateRow) -> str:
    """The one line that a reviewer can trust."""
    stable = gate.baseline.stable_pass
    whole = [tree for tree in gate.trees if tree.layer is None]
    worst = whole[-1].regressions if whole else ()
    parts = [
        f"{percent(gate.pass_rate)} of the {stable:,} tests that are stable at the base still pass",
        f"bar {percent(gate.bar)}",
        _count(len(worst), "regression"),
        f"{gate.baseline.flaky} flaky and {gate.baseline.stable_fail} failing at the base already",
    ]
    return "; ".join(parts)


def money_line(result: Result) -> str:
    """Agents, tokens and dollars; an unknown price is said to be unknown."""
    usage = result.usage
    tokens = usage.input_tokens + usage.output_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    cost = "cost unknown" if usage.cost_usd is None else f"${usage.cost_usd:.2f}"
    return f"{_count(usage.agents, 'agent')}, {tokens:,} tokens, {cost}; {result.reused} calls reused"


def spent_line(unit: UnitRow) -> str:
    """The same for one unit."""
    usage = unit.usage
    tokens = usage.input_tokens + usage.output_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    cost = "cost unknown" if unit.cost_usd is None else f"${unit.cost_usd:.2f}"
    return f"{_count(unit.agents, 'agent')}, {tokens:,} tokens, {cost}"


def conclusion_line(result: Result) -> str:
    """The conclusion in one sentence."""
    pulls = sum(layer.pull is not None for stack in result.stacks for layer in stack)
    missing = sum(unit.status in ("failed", "not-run") for unit in result.units)
    if result.stopped:
        return f"stopped: {result.stopped}"
    if result.conclusion == "complete":
        return f"complete: every unit has its verdict; {_count(pulls, 'pull request')}"
    return f"{result.conclusion}: {missing} of {_count(len(result.units), 'unit')} did not come to a verdict"


def next_lines(result: Result, shown: str) -> list[str]:
    """The next commands to type; `shown` are the options that name this repository and state."""
    lines = []
    if result.stopped or any(unit.status == "not-run" for unit in result.units):
        lines.append(f"gatecrew run {result.workflow} --resume {result.run}{shown}")
    if any(layer.pull is not None and not layer.url for stack in result.stacks for layer in stack):
        lines.append(f"gatecrew pulls{shown}")
    if result.units:
        lines.append(f"gatecrew show {result.units[0].id}{shown}")
    return lines


def place(finding: FindingRow) -> str:
    """Where the first piece of a finding's evidence stands."""
    if not finding.evidence:
        return ""
    first = finding.evidence[0]
    return f"{first.path}:{first.line}"


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"
