"""What a run came to: its exit code, and the facts that the report is made of."""

from __future__ import annotations

from bot.errors import EXIT_COMPLETE, EXIT_PARTIAL
from bot.ledger import conclude
from bot.record import Record
from bot.report.facts import Facts
from bot.types.unit import Conclusion


def exit_code(record: Record) -> int:
    """What stopped the run decides first; then the ledger: 0 complete, 1 partial or failed."""
    if record.stopped is not None:
        return record.stopped.exit_code
    conclusion = conclude(record.ledger.fates.values(), script_failed=record.script_failed)
    return EXIT_COMPLETE if conclusion is Conclusion.COMPLETE else EXIT_PARTIAL


def facts_of(record: Record, seconds: float) -> Facts:
    """The record as the report needs it."""
    tools, ledger = record.tools, record.ledger
    shards = tuple(ledger)
    stopped = None if record.stopped is None else record.stopped.message
    return Facts(
        run=tools.run,
        workflow=tools.workflow,
        base=tools.base,
        spec_sha=tools.loaded.sha,
        shards=shards,
        fates=ledger.fates,
        untaken=tuple(ledger.untaken),
        changes=record.shelf.changes,
        findings=(*record.shelf.findings, *record.shelf.reports),
        stacks=record.stacks,
        placed=record.placed,
        drafts=frozenset(one.placed.layer.id for one in record.proposals if one.draft),
        gate=record.gate,
        spent={shard.id: tools.budget.of_unit(shard.id) for shard in shards},
        agents=tools.budget.agents,
        cost=tools.budget.spent,
        calls=tools.calls.made,
        reused=tools.calls.reused,
        script_failed=record.script_failed,
        stopped=stopped,
        exit_code=exit_code(record),
        seconds=seconds,
        notices=record.notices,
        timeline=record.timeline,
    )
