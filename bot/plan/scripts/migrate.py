"""A migration: one unit goes first and shows whether the recipe works, then all the others at once."""

from gatecrew import Change, Shard, goal, phase, review, revise, rounds, shards, work


async def unit(shard: Shard) -> Change:
    change = await work(shard, goal)
    panel = await review(change)
    for _ in range(rounds):
        if panel.accepted:
            break
        change = await revise(change, panel)
        panel = await review(change)
    return change


todo = shards()
phase("the first unit")
await each(todo[:1], unit)
phase("all others")
await each(todo[1:], unit)
