"""The gate's word as a commit status: what a protected branch can require of a head.

Pending while the gate is asked, then success or failure; error where it could not be asked. Success is
only ever the green answer to this very commit. A status that cannot be set changes no verdict.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from textwrap import shorten

from bot.clock import SystemClock
from bot.deps.hub import github
from bot.errors import GatecrewError, ServiceError
from bot.git import Git
from bot.ports.events import Events
from bot.ports.forge import Forge
from bot.settings import Settings
from bot.stack.escape import plain
from bot.stack.submit import STATUS
from bot.types.answer import Answer
from bot.types.events import Said
from bot.types.ids import Sha
from bot.types.stack import StatusState

LENGTH = 140
"""Characters: GitHub refuses longer descriptions."""


@dataclass(slots=True)
class Announcer:
    """One commit's status."""

    forge: Forge
    sha: Sha
    events: Events
    redact: Callable[[str], str]
    refused: bool = False

    async def answered(self, made: Answer) -> None:
        """The verdict; none for another commit than that which it is about."""
        if made.head == self.sha:
            await self.set("success" if made.green else "failure", made.line)

    async def set(self, state: StatusState, text: str) -> None:
        """What GitHub refuses is a warning: once."""
        if self.refused:
            return
        told = description(self.redact(text))
        try:
            await asyncio.to_thread(self.forge.status, self.sha, context=STATUS, state=state, text=told)
        except ServiceError as err:
            self.refused = err.terminal
            self.events.tell(Said(f"the commit status was not set to {state!r}: {err}", "warning"))


def description(text: str) -> str:
    """On one line, cut between words: the rate and the bar come first."""
    return shorten(plain(text), LENGTH, placeholder=" ...")


@asynccontextmanager
async def announced(
    settings: Settings, head: str, *, events: Events, redact: Callable[[str], str]
) -> AsyncIterator[Announcer]:
    """The status of `head`, pending; an error where the block ends with one."""
    git = Git(settings.repo)
    try:
        forge = github(settings.environment.github, git, SystemClock(), events)
        announcer = Announcer(forge, git.commit(head), events, redact)
        await announcer.set("pending", "the gate is being asked")
        try:
            yield announcer
        except BaseException as err:  # interrupted or a bug: no old verdict may stay
            await announcer.set("error", f"the gate could not be asked: {_cause(err)}")
            raise
    finally:
        git.close()


def _cause(err: BaseException) -> str:
    if isinstance(err, GatecrewError):
        return err.message
    return "interrupted" if isinstance(err, asyncio.CancelledError) else "a bug of Gatecrew"
