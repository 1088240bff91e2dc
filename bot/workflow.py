"""A run, as a tuple of stages. Whoever reads only this file knows the product.

take stock    shard the scope, write every unit into the ledger, ask the forge what it holds
consider      check the script, walk through it, ask before anything is paid
measure       the suite at the base, before the first paid request
carry out     work, review and revise, unit by unit, many at once
arrange       accepted changes in the order in which they can land
judge         the composed tree, then every layer's own tree; culprits evicted, the rest stands
propose       pull requests, the gate's figures on each
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.record import Record
from bot.stages import arrange, carry_out, consider, judge, measure, propose, take_stock

Stage = Callable[[Record], Awaitable[Record]]

STAGES: tuple[Stage, ...] = (take_stock, consider, measure, carry_out, arrange, judge, propose)


def _forget(_record: Record) -> None:
    return None


async def execute(record: Record, keep: Callable[[Record], None] = _forget) -> Record:
    """Run the stages in order, and hand every record to `keep`: a run may be cut off at any moment.
    A stage that sets `stopped` is the last one: the run can be resumed."""
    clock = record.tools.clock
    for stage in STAGES:
        start = clock.monotonic()
        record = await stage(record)
        took = (stage.__name__, round(clock.monotonic() - start, 3))
        record = replace(record, timeline=(*record.timeline, took))
        keep(record)
        if record.stopped is not None:
            break
    return record
