"""Drives a script in Monty: answers its verbs, many at once, and hands the results back one at a time.

On a replay results are handed over in the journal's order, so that the script takes the same path. The
session lives on the loop's thread with a short limit for each turn, so that a signal is never kept
waiting; the worker process ends with us, however we end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic_monty import (
    FunctionSnapshot,
    FutureSnapshot,
    Monty,
    MontyComplete,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySession,
    MontySyntaxError,
    MontyTypingError,
    OSPolicy,
    ResourceLimits,
)

from bot.errors import SpecError
from bot.plan.views import module, view

SCRIPTS = Path(__file__).parent / "scripts"
PRELUDE = (SCRIPTS / "prelude.py").read_text(encoding="utf-8")

# A turn is the script's own computing between two verbs; a script that loops forever is stopped.
LIMITS: ResourceLimits = {
    "max_turn_duration_secs": 5.0,
    "max_feed_duration_secs": 600.0,
    "max_memory": 256 * 1024 * 1024,
    "max_suspensions": 5_000_000,
}
TURNS_BETWEEN_YIELDS = 20

# Asked of us, and refused: a script that reads a clock or draws lots takes another path on a replay.
NO_CLOCK_NO_CHANCE: OSPolicy = {"datetime": "call_host", "sleep": "call_host", "random_start": "call_host"}

Verb = Callable[..., Any]


class VerbError(RuntimeError):
    """A verb could not do its work; scripts catch it as RuntimeError. Starts with the unit's id."""


class ScriptFailed(Exception):
    """The script itself raised; the text is its own traceback."""


class Order:
    """In which order results are handed to the script, and the record of it."""

    def __init__(self, before: list[str], record: Callable[[str], None]) -> None:
        self._before = before
        self._record = record

    def expected(self, pending: Mapping[str, int]) -> int | None:
        """The pending call that was handed over first in an earlier process. Names that are not pending
        (a call that failed then, an edited script) hold up nothing."""
        return next((pending[name] for name in self._before if name in pending), None)

    def handed(self, name: str) -> None:
        if name in self._before:
            self._before.remove(name)
        else:
            self._record(name)


class Driver:
    """One script's run. `sync` verbs are answered at once, `slow` ones are awaited side by side."""

    def __init__(
        self,
        sync: Mapping[str, Verb],
        slow: Mapping[str, Callable[..., Awaitable[Any]]],
        constants: dict[str, Any],
        name_of: Callable[[str, tuple[Any, ...], dict[str, Any]], str],
        order: Order,
        say: Callable[[str], None],
    ) -> None:
        self._sync = sync
        self._slow = slow
        self._module = module([*sync, *slow], constants)
        self._name_of = name_of
        self._order = order
        self._say = say
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._names: dict[str, int] = {}
        self._calls: dict[int, str] = {}
        self._ready: deque[int] = deque()
        self._wake = asyncio.Event()

    async def run(self, script: str, where: str) -> None:
        """Run a script to its end. Raises SpecError where it does not type-check, ScriptFailed where it
        raises, and whatever a verb raises that is no VerbError. Afterwards no verb is in flight."""
        try:
            with Monty(min_processes=1, max_processes=1) as pool, self._session(pool, where) as session:
                await self._feed(session, PRELUDE, where)
                await self._feed(session, script, where)
        finally:
            await self._abandon()

    def _session(self, pool: Monty, where: str) -> MontySession:
        return pool.checkout(
            script_name=where,
            limits=LIMITS,
            os_policy=NO_CLOCK_NO_CHANCE,
            type_check=True,
            type_check_format="concise",
            external_modules={"gatecrew": self._module},
        )

    async def _feed(self, session: MontySession, code: str, where: str) -> None:
        try:
            snapshot = session.feed_start(code, print_callback=lambda _stream, text: self._say(text.rstrip()))
            turns = 0
            while not isinstance(snapshot, MontyComplete):
                snapshot = await self._answer(snapshot)
                turns += 1
                if turns % TURNS_BETWEEN_YIELDS == 0:
                    await asyncio.sleep(0)
        except (MontyTypingError, MontySyntaxError) as err:
            raise SpecError(where, _problems(err), "See docs/scripts.md for the verbs.") from err
        except MontyRuntimeError as err:
            raise ScriptFailed(err.display("traceback")) from err
        except MontyCrashedError as err:
            raise ScriptFailed(f"the script's interpreter died: {err}") from err

    async def _answer(self, snapshot: Any) -> Any:
        if isinstance(snapshot, FutureSnapshot):
            return await self._settle(snapshot)
        if isinstance(snapshot, FunctionSnapshot) and not snapshot.is_os_function:
            name = str(snapshot.function_name).removeprefix("gatecrew.")
            if name in self._slow:
                return self._start(snapshot, name)
            if name in self._sync:
                return snapshot.resume(_at_once(self._sync[name], snapshot))
        return snapshot.resume_auto()

    def _start(self, snapshot: FunctionSnapshot, verb: str) -> Any:
        call, args, kwargs = snapshot.call_id, snapshot.args, snapshot.kwargs
        task = asyncio.ensure_future(self._slow[verb](*args, **kwargs))
        self._tasks[call] = task
        name = self._unique(self._name_of(verb, args, kwargs))
        self._names[name], self._calls[call] = call, name
        task.add_done_callback(lambda _task: self._done(call))
        return snapshot.resume({"future": ...})

    def _unique(self, name: str) -> str:
        """Equal calls that are pending together are told apart by their number."""
        number = 0
        while (unique := f"{name}#{number}") in self._names:
            number += 1
        return unique

    def _done(self, call: int) -> None:
        self._ready.append(call)
        self._wake.set()

    async def _settle(self, snapshot: FutureSnapshot) -> Any:
        """Hand one result to the script: the journal's next, else the first that is there."""
        pending = snapshot.pending_call_ids
        call = self._order.expected(self._names)
        if call in pending:
            await asyncio.wait([self._tasks[call]])
        else:
            call = await self._first(pending)
        if call in self._ready:
            self._ready.remove(call)
        name = self._calls.pop(call)
        del self._names[name]
        return snapshot.resume({call: self._outcome(self._tasks.pop(call), name)})

    async def _first(self, pending: Sequence[int]) -> int:
        while True:
            for call in self._ready:
                if call in pending:
                    return call
            self._wake.clear()
            await self._wake.wait()

    def _outcome(self, task: asyncio.Task[Any], name: str) -> Any:
        try:
            value = view(task.result())
        except VerbError as err:
            return {"exception": RuntimeError(str(err))}
        self._order.handed(name)
        return {"return_value": value}

    async def _abandon(self) -> None:
        """Cancel what the script left behind: the ledger says not-run of it."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _at_once(verb: Verb, snapshot: FunctionSnapshot) -> Any:
    try:
        return {"return_value": view(verb(*snapshot.args, **snapshot.kwargs))}
    except VerbError as err:
        return {"exception": RuntimeError(str(err))}


def _problems(err: MontyError) -> list[str]:
    shown = err.display() if isinstance(err, MontyTypingError | MontySyntaxError) else str(err)
    return [line for line in shown.splitlines() if line.strip()]
