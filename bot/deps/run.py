"""Everything that one run of a workflow works with."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from pydantic import SecretStr

from bot.budget import Budget
from bot.calls import Calls, Made
from bot.clock import Clock, SystemClock
from bot.context import shard_context, shared_context
from bot.crew import Crew
from bot.deps.hub import github
from bot.deps.sandbox import sandbox_for
from bot.desk import Desk, Memory
from bot.engines.scripted import ScriptedEngine
from bot.errors import InputError
from bot.forges.local import LocalForge
from bot.gate.runs import Memo
from bot.gate.session import Session
from bot.git import File, Git
from bot.journal import Journal, calls_of, key_of
from bot.ledger import Ledger
from bot.opening import (
    Contents,
    Opened,
    base_branch,
    earlier_calls,
    ensure_reachable,
    named_branch,
    open_journal,
    open_run,
    remembered,
)
from bot.overlay import nothing
from bot.ports.engine import Engine
from bot.ports.events import Events
from bot.ports.forge import Forge
from bot.prices import price_of
from bot.protect import Protection
from bot.record import Tools
from bot.redact import Redactor
from bot.review.lenses import is_deterministic, known_lenses
from bot.review.references import QUESTION, answer
from bot.review.tree import TreeView, reader
from bot.settings import Settings
from bot.spec.around import Around
from bot.stack.submit import Step
from bot.stages import SUITE
from bot.state import State
from bot.types.agent import Role
from bot.types.events import Said
from bot.types.ids import Branch, Sha
from bot.types.question import ABSENT, Question
from bot.types.spec import EngineName, Spec
from bot.types.unit import Shard
from bot.types.usage import FREE
from bot.work.codemod import Codemod, codemod_in
from bot.workplace import Workplace

Approve = Callable[[str], bool]


@asynccontextmanager
async def opened(
    workflow: str,
    settings: Settings,
    *,
    events: Events,
    redact: Redactor,
    approve: Approve,
    clock: Clock | None = None,
    scripted: ScriptedEngine | None = None,
    journals: type[Journal] = Journal,
) -> AsyncIterator[Tools]:
    """Everything that one run works with, and its end: the lock, the journal, worktrees, connections."""
    clock = clock or SystemClock()
    git = Git(settings.repo)
    state = state_of(settings, git)
    async with AsyncExitStack() as stack:
        stack.callback(git.close)
        stack.enter_context(state.locked())
        settings = remembered(workflow, settings, state)
        around = Around(serves=serves, engine=settings.engine)
        this = open_run(workflow, settings, git, state, around, clock)
        yield await _tools(
            this, settings, git, state, events, redact, approve, clock, scripted, journals, stack
        )


def state_of(settings: Settings, git: Git) -> State:
    """`--out`, or `gatecrew/` in the git folder that all worktrees share."""
    return State((settings.out or git.common_dir / "gatecrew").resolve())


def serves(engine: EngineName, role: Role, lens: str | None) -> bool:
    """What each engine can do, without making one: a spec is checked before anything is connected."""
    if lens is not None and is_deterministic(lens):
        return True
    if engine is EngineName.RECIPE:
        return role is Role.WORKER or lens is None
    return lens is None or lens in known_lenses()


async def _tools(
    this: Opened,
    settings: Settings,
    git: Git,
    state: State,
    events: Events,
    redact: Redactor,
    approve: Approve,
    clock: Clock,
    scripted: ScriptedEngine | None,
    journals: type[Journal],
    stack: AsyncExitStack,
) -> Tools:
    spec, base = this.spec, this.header.base
    protection = Protection(spec.gate.protected, spec.gate.cwd)
    ensure_reachable(spec, settings)
    sandbox = await sandbox_for(spec.gate, settings, _beside(spec, settings), events)
    workplace = Workplace(git, state.work, base)
    stack.push_async_callback(workplace.aclose)
    contents = Contents(git)
    codemod = codemod_in(
        git, workplace, sandbox, spec.recipe.command or "", spec.gate, settings.environment.host
    )
    engines = _engines(spec, settings, redact, contents, protection, codemod, scripted)
    for engine in engines.values():
        stack.push_async_callback(engine.aclose)
    journal = open_journal(state, this.header, journals)
    stack.callback(journal.close)
    facts: dict[Any, Any] = {}
    memory = Memory(git, contents.listed, _analyses(git, contents, engines, facts))
    calls = Calls(journal, earlier_calls(state, this.header, _warner(events)), memory.holds, events)
    budget = Budget(spec.limits, journal, lambda model, usage: price_of(model, usage, spec.prices), clock)
    crew = Crew(budget, journal, events, redact)
    forge = _forge(settings, git, state, clock, events)
    session = Session(
        git=git,
        base=base,
        spec=spec,
        protection=protection,
        sandbox=sandbox,
        workplace=workplace,
        cache=state.cache,
        machine=settings.environment.host,
        memo=_memo(calls, journal, base),
        events=events,
        today=clock.now().date(),
        quarantine=state.quarantine if sandbox.enforced else None,
    )
    stack.push_async_callback(session.aclose)

    def desk(ledger: Ledger) -> Desk:
        return Desk(
            git=git,
            workflow=this.header.workflow,
            base=base,
            spec=spec,
            ledger=ledger,
            engines=engines,
            calls=calls,
            crew=crew,
            events=events,
            answer=memory.answer,
            protects=protection.holds,
            hidden=nothing,
            brief=_briefs(git, contents.listed(base), spec),
            facts=facts,
        )

    return Tools(
        run=this.header.run,
        workflow=this.header.workflow,
        base=base,
        base_branch=base_branch(forge, git, base, settings.base),
        loaded=this.loaded,
        spec=spec,
        script=this.script,
        settings=settings,
        git=git,
        state=state,
        journal=journal,
        budget=budget,
        crew=crew,
        calls=calls,
        events=events,
        clock=clock,
        forge=forge,
        gate=session,
        protection=protection,
        desk=desk,
        step=_stepper(journal, f"{forge.name} {settings.environment.github.repository}"),
        approve=_asker(spec, settings, approve),
    )


def _beside(spec: Spec, settings: Settings) -> list[str]:
    """What project code must not get at."""
    model = any(spec.engines.of(role) is EngineName.CLAUDE for role in Role)
    written = {"the model's key": model, "a token that may write": settings.forge == "github"}
    return [name for name, there in written.items() if there]


def _engines(
    spec: Spec,
    settings: Settings,
    redact: Redactor,
    contents: Contents,
    protection: Protection,
    codemod: Codemod,
    scripted: ScriptedEngine | None,
) -> dict[Role, Engine]:
    """One engine of each kind that the spec asks for; roles may share it."""
    makers: dict[EngineName, Callable[[], Engine]] = {
        EngineName.CLAUDE: lambda: _claude(spec, settings, redact),
        EngineName.RECIPE: lambda: _recipe(spec, contents, protection, codemod),
        EngineName.SCRIPTED: lambda: _scripted(scripted),
    }
    wanted = {spec.engines.of(role) for role in Role}
    made = {name: makers[name]() for name in wanted}
    return {role: made[spec.engines.of(role)] for role in Role}


def _recipe(spec: Spec, contents: Contents, protection: Protection, codemod: Codemod) -> Engine:
    # Here, like the other outside libraries' adapters: what a run does not use it need not load.
    from bot.engines.recipe.engine import RecipeEngine

    protects = protection.holds if spec.tests == "protect" else nothing
    return RecipeEngine(spec.recipe, contents, protects, codemod)


def _claude(spec: Spec, settings: Settings, redact: Redactor) -> Engine:
    # The SDK alone takes seconds to load.
    from bot.engines.claude import ClaudeEngine, ClaudeSettings, Cloud, Service

    said = settings.environment.claude
    service = Service(
        cloud=Cloud(said.cloud),
        base_url=said.base_url,
        region=said.region,
        project=said.project,
        resource=said.resource,
        api_key=_plain(said.api_key),
        token=_plain(said.token),
        aws_access_key=_plain(said.aws_access_key),
        aws_secret_key=_plain(said.aws_secret_key),
        aws_session_token=_plain(said.aws_session_token),
        aws_profile=said.aws_profile,
    )
    return ClaudeEngine(ClaudeSettings(service=service, turns=spec.limits.agent.turns), redact=redact)


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _scripted(scripted: ScriptedEngine | None) -> ScriptedEngine:
    if scripted is None:
        raise InputError("the scripted engine is for tests: nobody wrote its answers", "Use --engine recipe.")
    return scripted


def _forge(settings: Settings, git: Git, state: State, clock: Clock, events: Events) -> Forge:
    if settings.forge == "local":
        branch = named_branch(git, settings.base) or git.branch() or Branch("main")
        return LocalForge(state.forge, git, branch)
    return github(settings.environment.github, git, clock, events)


def _briefs(git: Git, files: Mapping[str, File], spec: Spec) -> Callable[[Shard | None], str]:
    """What all agents are told (None), and what a shard's worker is told besides; each computed once."""
    paths = sorted(files)
    read = reader(git, files)
    kept: dict[str, str] = {}

    def brief(shard: Shard | None) -> str:
        name = "" if shard is None else shard.id
        if name not in kept:
            kept[name] = (
                shared_context(read, paths, spec.goal)
                if shard is None
                else shard_context(read, paths, shard.files)
            )
        return kept[name]

    return brief


def _analyses(
    git: Git, contents: Contents, engines: Mapping[Role, Engine], facts: dict[Any, Any]
) -> Callable[[Question, Sha], str]:
    """Who answers which question again: the host's lenses, or the engine that is named in its kind."""
    by_name = {engine.name: engine for engine in engines.values()}

    def ask(question: Question, commit: Sha) -> str:
        if question.kind == QUESTION:
            return answer(question.query, TreeView(git, commit, contents.listed(commit)), facts)
        engine = by_name.get(question.kind.partition(".")[0])
        return engine.answer(question, commit) if engine else ABSENT

    return ask


def _asker(spec: Spec, settings: Settings, approve: Approve) -> Approve:
    """Only a paid run is asked about, and only where somebody is there to answer."""
    paid = any(spec.engines.of(role) is EngineName.CLAUDE for role in Role)
    if not paid or settings.yes or settings.json or not sys.stdin.isatty():
        return _always
    return approve


class _Doubted(Exception):
    """A suite run that proves nothing: a runner that is missing, a time limit. Not a result."""


def _memo(calls: Calls, journal: Journal, base: Sha) -> Memo:
    """Suite runs are journalled calls: equal trees, commands and lock files are one run, also later. A
    doubt is an attempt: the machine may be in order the next time."""

    async def once(name: str, make: Callable[[], Awaitable[Any]]) -> Any:
        key = key_of(name)

        async def made() -> Made:
            run = await make()
            if run["doubt"] is not None:
                journal.append({"t": "attempt", "key": key, "cause": run["doubt"]})
                raise _Doubted(run)
            return Made(run)

        try:
            return await calls.once(key, SUITE, None, made, at=base)
        except _Doubted as err:
            return err.args[0]

    return once


def _stepper(journal: Journal, where: str) -> Step:
    """Visible things are journalled calls of this run alone: what a forge holds is asked of the forge."""
    done = {call.key: call for call in calls_of(journal.records) if call.verb == "forge"}

    def step(name: str, key: str, fn: Callable[[], Any]) -> Any:
        own = key_of("forge", where, name, key)
        if own not in done:
            done[own] = journal.call(own, "forge", None, (), fn(), FREE)
        return done[own].result

    return step


def _always(_question: str) -> bool:
    return True


def _warner(events: Events) -> Callable[[str], None]:
    return lambda text: events.tell(Said(text, "warning"))
