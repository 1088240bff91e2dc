"""`result.json`: what a run came to, for programs. Its schema is generated from here and committed.

Rates are fractions, rounded down; `gate` is null where it did not run; an unknown price is null, never 0.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

RESULT_VERSION = 1


def _printable(value: Any) -> Any:
    """A path that is no UTF-8 must not keep the whole result from being written."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


Text = Annotated[str, BeforeValidator(_printable)]


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class UsageRow(Row):
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int


class UnitRow(Row):
    id: Text
    files: tuple[Text, ...]
    """The shard's files."""
    changed: tuple[Text, ...]
    """The files that the unit's change touches."""
    status: Literal["landed", "proposed", "unchanged", "rejected", "failed", "not-run", "skipped"]
    cause: Text | None
    agents: int
    usage: UsageRow
    cost_usd: float | None
    after: tuple[Text, ...] = ()
    """Units that this one builds on."""


class EvidenceRow(Row):
    kind: Text
    path: Text
    line: int
    text: Text


class FindingRow(Row):
    unit: Text
    lens: Text
    verdict: Literal["accept", "refute", "abstain"]
    claim: Text
    evidence: tuple[EvidenceRow, ...]
    confirmed: bool
    subject: Text = ""


class LayerRow(Row):
    layer: Text
    title: Text
    branch: Text
    base_branch: Text
    head: Text
    units: tuple[Text, ...]
    pull: int | None
    """Null in a dry run."""
    files: tuple[Text, ...]
    url: Text = ""
    draft: bool = False


class BaselineRow(Row):
    stable_pass: int
    stable_fail: int
    flaky: int
    skip: int
    runs: int


class TreeRow(Row):
    tree: Text
    layer: Text | None
    """Null for the tree of everything that is proposed, composed."""
    pass_rate: float
    green: bool
    regressions: tuple[Text, ...] = ()


class EvictionRow(Row):
    unit: Text
    tests: tuple[Text, ...]
    confirmed: bool
    reason: Text = ""


class HeldRow(Row):
    """A flaky test in quarantine."""

    test: Text
    until: Text
    """The first day on which it counts again."""
    evidence: Text


class SuspicionRow(Row):
    """A line that looks like a trick on the tests."""

    path: Text
    line: int
    rule: Text
    text: Text


class GateRow(Row):
    bar: float
    pass_rate: float
    """Of the tree of everything that is proposed."""
    baseline: BaselineRow
    suite_runs: int
    """Runs of the suite, whole or in part, that this process made; reused ones are not counted."""
    trees: tuple[TreeRow, ...]
    evicted: tuple[EvictionRow, ...]
    sandbox: Text
    known_failures: tuple[Text, ...] = ()
    """Tests that fail at the base already: nobody's fault."""
    flaky: tuple[Text, ...] = ()
    notices: tuple[Text, ...] = ()
    quarantine: tuple[HeldRow, ...] = ()
    suspicions: tuple[SuspicionRow, ...] = ()
    """Of what was proposed, and of what was evicted too."""


class TotalRow(UsageRow):
    agents: int
    cost_usd: float | None


class Result(Row):
    version: Literal[1]
    run: Text
    workflow: Text
    conclusion: Literal["complete", "partial", "failed"]
    base: Text
    spec_sha: Text
    units: tuple[UnitRow, ...]
    findings: tuple[FindingRow, ...]
    stacks: tuple[tuple[LayerRow, ...], ...]
    gate: GateRow | None
    uncovered: tuple[Text, ...]
    """Paths in scope that no unit took up."""
    usage: TotalRow
    exit_code: int = 0
    stopped: Text | None = None
    """What stopped the run early: a limit, a service, the script, a person."""
    calls: int = 0
    """Calls that this process made."""
    reused: int = 0
    """Calls that were answered from a journal."""
    seconds: float = 0.0
    notices: tuple[Text, ...] = ()
    timeline: tuple[tuple[Text, float], ...] = ()
    """Stages with their seconds."""
