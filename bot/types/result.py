"""`result.json`: what a run came to, for programs. Its schema is generated from here and committed.

Rates are fractions, rounded down; `gate` is null where it did not run; an unknown price is null, never 0.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

RESULT_VERSION = 1


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class UsageRow(Row):
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int


class UnitRow(Row):
    id: str
    files: tuple[str, ...]
    """The shard's files."""
    changed: tuple[str, ...]
    """The files that the unit's change touches."""
    status: Literal["landed", "proposed", "unchanged", "rejected", "failed", "not-run", "skipped"]
    cause: str | None
    agents: int
    usage: UsageRow
    cost_usd: float | None
    after: tuple[str, ...] = ()
    """Units that this one builds on."""


class EvidenceRow(Row):
    kind: str
    path: str
    line: int
    text: str


class FindingRow(Row):
    unit: str
    lens: str
    verdict: Literal["accept", "refute", "abstain"]
    claim: str
    evidence: tuple[EvidenceRow, ...]
    confirmed: bool
    subject: str = ""


class LayerRow(Row):
    layer: str
    title: str
    branch: str
    base_branch: str
    head: str
    units: tuple[str, ...]
    pull: int | None
    """Null in a dry run."""
    files: tuple[str, ...]
    url: str = ""
    draft: bool = False


class BaselineRow(Row):
    stable_pass: int
    stable_fail: int
    flaky: int
    skip: int
    runs: int


class TreeRow(Row):
    tree: str
    layer: str | None
    """Null for the tree of everything that is proposed, composed."""
    pass_rate: float
    green: bool
    regressions: tuple[str, ...] = ()


class EvictionRow(Row):
    unit: str
    tests: tuple[str, ...]
    confirmed: bool
    reason: str = ""


class GateRow(Row):
    bar: float
    pass_rate: float
    """Of the tree of everything that is proposed."""
    baseline: BaselineRow
    suite_runs: int
    """Runs of the suite, whole or in part, that this process made; reused ones are not counted."""
    trees: tuple[TreeRow, ...]
    evicted: tuple[EvictionRow, ...]
    sandbox: str
    known_failures: tuple[str, ...] = ()
    """Tests that fail at the base already: nobody's fault."""
    flaky: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class TotalRow(UsageRow):
    agents: int
    cost_usd: float | None


class Result(Row):
    version: Literal[1]
    run: str
    workflow: str
    conclusion: Literal["complete", "partial", "failed"]
    base: str
    spec_sha: str
    units: tuple[UnitRow, ...]
    findings: tuple[FindingRow, ...]
    stacks: tuple[tuple[LayerRow, ...], ...]
    gate: GateRow | None
    uncovered: tuple[str, ...]
    """Paths in scope that no unit took up."""
    usage: TotalRow
    exit_code: int = 0
    stopped: str | None = None
    """What stopped the run early: a limit, a service, the script, a person."""
    calls: int = 0
    """Calls that this process made."""
    reused: int = 0
    """Calls that were answered from a journal."""
    seconds: float = 0.0
    notices: tuple[str, ...] = ()
    timeline: tuple[tuple[str, float], ...] = ()
    """Stages with their seconds."""
