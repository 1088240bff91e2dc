"""An audit: every shard is worked on, reviewed while others are still being worked on, and revised.

A unit that found something which another unit still holds on to waits for that unit, and then builds on
its change: users land first.
"""

from typing import Any

from gatecrew import Change, Shard, goal, review, revise, rounds, shards, work

units = {shard.id: shard for shard in shards()}


async def settled(change: Change) -> dict[str, Any]:
    """Review a change, and have it revised until it is accepted or the rounds are over."""
    panel = await review(change)
    for _ in range(rounds):
        if panel.accepted:
            break
        change = await revise(change, panel)
        panel = await review(change)
    return {"change": change, "accepted": panel.accepted and change.changed, "settled": True}


async def first(shard: Shard) -> dict[str, Any]:
    change = await work(shard, goal)
    if change.waits_for:
        return {"change": change, "accepted": False, "settled": False}
    return await settled(change)


outcomes = {outcome["change"].unit: outcome for outcome in await each(shards(), first)}


async def second(outcome: dict[str, Any]) -> dict[str, Any]:
    """Build on the accepted changes that this unit waited for; without any, what it made stands."""
    change = outcome["change"]
    awaited = [outcomes[unit] for unit in change.waits_for if unit in outcomes]
    below = [other["change"] for other in awaited if other["accepted"]]
    if below:
        change = await work(units[change.unit], goal, after=below)
    return await settled(change)


def ready(outcome: dict[str, Any], unsettled: list[str]) -> bool:
    return not [unit for unit in outcome["change"].waits_for if unit in unsettled]


waiting = [unit for unit in sorted(outcomes) if not outcomes[unit]["settled"]]
while waiting:
    # Where units wait for one another, the first of them goes on without the others.
    now = [unit for unit in waiting if ready(outcomes[unit], waiting)] or waiting[:1]
    for outcome in await each([outcomes[unit] for unit in now], second):
        outcomes[outcome["change"].unit] = outcome
    waiting = [unit for unit in waiting if unit not in now]
