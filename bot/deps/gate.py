"""Everything that one question to the gate works with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.clock import Clock, SystemClock
from bot.deps.run import state_of
from bot.deps.sandbox import sandbox_for
from bot.gate.candidate import Candidate, candidate
from bot.gate.kept import kept
from bot.gate.runs import forget
from bot.gate.session import Session
from bot.git import File, Git
from bot.ports.events import Events
from bot.protect import Protection
from bot.settings import Settings
from bot.state import State
from bot.types.spec import Spec
from bot.workplace import Workplace

Choose = Callable[[Git, dict[str, File]], Spec]
"""The spec whose gate judges: by its name in the base commit, or made of a command."""


@dataclass(frozen=True, slots=True)
class Court:
    """The parties and the judge."""

    git: Git
    spec: Spec
    candidate: Candidate
    session: Session
    state: State


@asynccontextmanager
async def asked(
    settings: Settings, head: str, choose: Choose, *, events: Events, clock: Clock | None = None
) -> AsyncIterator[Court]:
    """The gate on `settings.base`, ready to be asked about `head`, and its end: the lock, worktrees."""
    clock = clock or SystemClock()
    today = clock.now().date()
    async with AsyncExitStack() as stack:
        git = Git(settings.repo)
        stack.callback(git.close)
        state = state_of(settings, git)
        base = git.commit(settings.base)
        parties = candidate(git, base, git.commit(head))
        spec = choose(git, git.files(base))
        stack.enter_context(state.locked())
        sandbox = await sandbox_for(spec.gate, settings, _beside(settings), events)
        workplace = Workplace(git, state.work, base)
        stack.push_async_callback(workplace.aclose)
        session = Session(
            git=git,
            base=base,
            spec=spec,
            protection=Protection(spec.gate.protected, spec.gate.cwd),
            sandbox=sandbox,
            workplace=workplace,
            cache=state.cache,
            machine=settings.environment.host,
            memo=kept(state.baselines, git.tree(base), today) if sandbox.enforced else forget,
            events=events,
            today=today,
            quarantine=state.quarantine if sandbox.enforced else None,
            propose_tests=True,
        )
        stack.push_async_callback(session.aclose)
        yield Court(git, spec, parties, session, state)


def _beside(settings: Settings) -> list[str]:
    """What our own environment holds: whoever is not kept away can read it."""
    environment = settings.environment
    held = {"the model's key": bool(environment.claude.secrets), "a token": bool(environment.github.secrets)}
    return [name for name, there in held.items() if there]
