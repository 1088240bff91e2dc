"""Calls that are made once: looked up in the journals, shared while in flight, else made and recorded.

Within a run an equal key is enough. In a later run every observation is asked again of the new base,
and any difference is a miss (promise P9).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bot.journal import Call, Journal, calls_of
from bot.ports.events import Events
from bot.types.events import Reused
from bot.types.ids import Key, Sha, UnitId
from bot.types.question import Observation
from bot.types.usage import FREE, Cost

Holds = Callable[[Sha, Observation], bool]
"""Whether a question asked of a commit still has the answer that was observed."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a call came to: its result as JSON, what it looked at, and what it cost."""

    result: Any
    observed: tuple[Observation, ...] = ()
    cost: Cost = FREE


class Calls:
    """The run's calls. `earlier` are those of other runs in the state, the oldest first."""

    def __init__(self, journal: Journal, earlier: Iterable[Call], holds: Holds, events: Events) -> None:
        self._journal = journal
        self._events = events
        self._holds = holds
        self._own: dict[Key, Call] = {call.key: call for call in calls_of(journal.records)}
        self._earlier: dict[Key, list[Call]] = {}
        for call in earlier:
            self._earlier.setdefault(call.key, []).append(call)
        self._flying: dict[Key, asyncio.Task[Call]] = {}
        self._verbs: dict[Key, str] = {}
        self.made = 0
        self.reused = 0

    async def once(
        self,
        key: Key,
        verb: str,
        unit: UnitId | None,
        make: Callable[[], Awaitable[Made]],
        *,
        at: Sha,
        usable: Callable[[Any], bool] = bool,
    ) -> Any:
        """The result of the one call with this key; `at` is the commit that earlier observations are
        asked of again, `usable` says whether an earlier result can still be used here.

        What `make` raises is raised to all who wait for it, and nothing is recorded: the call runs again
        when it is asked for again."""
        own = self._own.get(key)
        known = own if own and usable(own.result) else self._from_earlier(key, verb, unit, at, usable)
        if known is not None:
            return known.result
        task = self._flying.get(key)
        if task is None:
            task = asyncio.ensure_future(self._make(key, verb, unit, make))
            self._flying[key], self._verbs[key] = task, verb
            task.add_done_callback(lambda done: self._landed(key, done))
        return (await asyncio.shield(task)).result

    def _from_earlier(
        self, key: Key, verb: str, unit: UnitId | None, at: Sha, usable: Callable[[Any], bool]
    ) -> Call | None:
        for call in reversed(self._earlier.get(key, [])):
            if usable(call.result) and all(self._holds(at, observation) for observation in call.observed):
                copy = self._journal.call(key, verb, unit, call.observed, call.result, FREE, reused=call.run)
                self._own[key] = copy
                self.reused += 1
                self._events.tell(Reused(verb, unit))
                return copy
        return None

    async def _make(
        self, key: Key, verb: str, unit: UnitId | None, make: Callable[[], Awaitable[Made]]
    ) -> Call:
        made = await make()
        call = self._journal.call(key, verb, unit, made.observed, made.result, made.cost)
        self._own[key] = call
        self.made += 1
        return call

    def _landed(self, key: Key, task: asyncio.Task[Call]) -> None:
        self._flying.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever waits has it too; nobody waiting must not become a warning

    async def stop(self, *, but: str = "") -> None:
        """Cancel what is in flight, but for the calls of one verb, and wait until it is gone."""
        flying = [task for key, task in self._flying.items() if self._verbs[key] != but]
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
