"""The verbs' host half: what a script asks for is checked, carried out, and written into the ledger.

The host trusts only objects that it made itself in this run: a change that a script forged, or one of
another run, is refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import JsonValue

from bot.compose import Conflict
from bot.desk import Desk
from bot.errors import LimitReached, ServiceError
from bot.journal import key_of
from bot.plan.arguments import checked
from bot.plan.drive import VerbError
from bot.ports.engine import Refused
from bot.review.ask import review
from bot.review.lenses import is_deterministic
from bot.types.agent import Role
from bot.types.change import Change
from bot.types.events import Said, Stage, UnitTold
from bot.types.ids import Sha, UnitId
from bot.types.review import Finding, Panel
from bot.types.script import Look, Ran
from bot.types.unit import Shard, Status
from bot.work.attempt import OutsideShard, Unfinished, revise, work
from bot.work.free import ask

T = TypeVar("T")

MAX_GREP = 2000


Judged = tuple[UnitId, str, Sha]
"""What a verdict is about: a unit's contents, and the commit that they were built on."""


class Shelf:
    """What this run's host made: changes, panels, and the findings along each line of revisions."""

    def __init__(self) -> None:
        self.changes: dict[UnitId, Change] = {}
        self._panels: dict[Judged, Panel] = {}
        self.findings: list[Finding] = []
        self.reports: list[Finding] = []
        self._history: dict[Judged, tuple[Finding, ...]] = {}
        self.goals: dict[UnitId, str] = {}
        self._known: set[Change] = set()

    def put(self, change: Change, findings: Sequence[Finding] = ()) -> None:
        self.changes[change.unit] = change
        self._known.add(change)
        self._history[_judged(change)] = tuple(findings)

    def made(self, change: object) -> bool:
        return isinstance(change, Change) and change in self._known

    def judged(self, change: Change, panel: Panel) -> None:
        self._panels[_judged(change)] = panel
        self.findings += [finding for finding in panel.findings if finding not in self.findings]

    def verdict(self, change: Change) -> Panel | None:
        """The panel on exactly this content on exactly this ground, whatever was said of others."""
        return self._panels.get(_judged(change))

    def history(self, change: Change) -> tuple[Finding, ...]:
        return self._history.get(_judged(change), ())


def _judged(change: Change) -> Judged:
    return change.unit, change.digest, change.base


class Later:
    """What the gate's side answers, handed in by the stages: it is not there before they are."""

    def __init__(
        self,
        failing: Callable[[], Awaitable[Sequence[str]]],
        run: Callable[[Change, str], Awaitable[Ran]],
        trial: Callable[[Sequence[Change]], Awaitable[Look]],
    ) -> None:
        self.failing = failing
        self.run = run
        self.trial = trial


class Host:
    """Satisfies the driver: `sync` and `slow` are its verbs by name."""

    def __init__(self, desk: Desk, later: Later) -> None:
        self._desk = desk
        self._later = later
        self.shelf = Shelf()

    @property
    def sync(self) -> Mapping[str, Callable[..., Any]]:
        verbs = (self.shards, self.files, self.read, self.grep, self.report, self.phase, self.log)
        return {verb.__name__: checked(verb) for verb in verbs}

    @property
    def slow(self) -> Mapping[str, Callable[..., Awaitable[Any]]]:
        verbs = (self.work, self.review, self.revise, self.agent, self.failing, self.run, self.trial)
        return {verb.__name__: checked(verb) for verb in verbs}

    @property
    def constants(self) -> dict[str, Any]:
        spec = self._desk.spec
        return {"goal": spec.goal, "args": dict(spec.args), "rounds": spec.review.rounds}

    # -- free of charge -----------------------------------------------------------------------------

    def shards(self) -> list[Shard]:
        return [shard for shard in self._desk.ledger if not self._skipped(shard.id)]

    def files(self, glob: str) -> list[str]:
        try:
            return self._desk.overlay(self._desk.base).files(glob)
        except Refused as err:
            raise VerbError(f"files: {err}") from err

    def read(self, path: str) -> str:
        try:
            return self._desk.overlay(self._desk.base).read(path).decode("utf-8", "replace")
        except Exception as err:  # whatever is wrong with the path, the script is told in one way
            raise VerbError(f"read: {err}") from err

    def grep(self, pattern: str) -> list[str]:
        try:
            hits = self._desk.overlay(self._desk.base).search(pattern)
        except Refused as err:
            raise VerbError(f"grep: {err}") from err
        return [f"{path}:{line}:{text}" for path, line, text in hits[:MAX_GREP]]

    def report(self, findings: Sequence[Any]) -> None:
        self.shelf.reports += [finding for finding in findings if isinstance(finding, Finding)]

    def phase(self, title: str) -> None:
        self._desk.events.tell(Stage("work", title))

    def log(self, text: str) -> None:
        self._desk.events.tell(Said(text))

    # -- paid ---------------------------------------------------------------------------------------

    async def work(self, shard: Any, goal: str, after: Sequence[Any] = ()) -> Change:
        unit = self._own_shard(shard)
        below = [self._accepted(change, unit.id) for change in after]
        self._desk.ledger.take(unit.id)
        self.shelf.goals[unit.id] = goal
        change = await self._guarded(unit.id, work(self._desk, unit, goal, self._with_below(below)))
        self.shelf.put(change)
        self._tell(change)
        return change

    async def review(self, change: Any, lenses: Sequence[str] = ()) -> Panel:
        own = self._own_change(change)
        self._ensure_served(lenses)
        panel = await self._guarded(own.unit, review(self._desk, own, lenses))
        self.shelf.judged(own, panel)
        self._desk.events.tell(UnitTold(own.unit, panel.summary))
        return panel

    async def revise(self, change: Any, panel: Any) -> Change:
        own = self._own_change(change)
        if not isinstance(panel, Panel) or self.shelf.verdict(own) != panel:
            raise VerbError(f"{own.unit}: this panel did not judge this change")
        findings = (*self.shelf.history(own), *panel.findings)
        revised = await self._guarded(own.unit, revise(self._desk, own, findings, self.shelf.goals[own.unit]))
        self.shelf.put(revised, findings)
        self._tell(revised)
        return revised

    async def agent(
        self, prompt: str, role: str = "worker", schema: dict[str, JsonValue] | None = None, sample: int = 0
    ) -> Any:
        if role not in list(Role):
            raise VerbError(f"agent: {role!r} is no role; roles: {', '.join(Role)}")
        return await self._guarded(None, ask(self._desk, prompt, Role(role), schema, sample))

    async def failing(self) -> list[str]:
        return list(await self._later.failing())

    async def run(self, change: Any, command: str) -> Ran:
        own = self._own_change(change)
        if command not in self._desk.spec.commands:
            names = ", ".join(self._desk.spec.commands) or "none"
            raise VerbError(f"{own.unit}: {command!r} is no command of the spec; commands: {names}")
        return await self._guarded(own.unit, self._later.run(own, command))

    async def trial(self, changes: Sequence[Any]) -> Look:
        own = [self._own_change(change) for change in changes]
        return await self._guarded(None, self._later.trial(own))

    # -- checking -----------------------------------------------------------------------------------

    def name_of(self, verb: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """A verb call's name in the journal's order: equal for equal calls, whatever the process."""
        return f"{verb}:{key_of(_plain(args), _plain(kwargs))[:16]}"

    def _skipped(self, unit: UnitId) -> bool:
        return self._desk.ledger.fate(unit).status is Status.SKIPPED

    def _own_shard(self, shard: object) -> Shard:
        if not isinstance(shard, Shard) or shard not in list(self._desk.ledger):
            raise VerbError("work: this is no shard of this run; take one from shards()")
        if self._skipped(shard.id):
            raise VerbError(f"{shard.id}: {self._desk.ledger.fate(shard.id).cause}")
        return shard

    def _own_change(self, change: object) -> Change:
        if not isinstance(change, Change) or not self.shelf.made(change):
            raise VerbError("this is no change that this run made; take it from work() or revise()")
        return change

    def _ensure_served(self, lenses: Sequence[str]) -> None:
        reviewer = self._desk.engine(Role.REVIEWER)
        for lens in lenses:
            if not is_deterministic(lens) and not reviewer.serves(Role.REVIEWER, lens):
                raise VerbError(f"review: the reviewers' engine ({reviewer.name}) has no lens {lens!r}")

    def stands(self, change: Change) -> bool:
        """Whether the changes below this one are still those that it was built and judged on."""
        if not change.after:
            return True
        below = self._with_below([self.shelf.changes[unit] for unit in change.after])
        git = self._desk.git
        try:
            return git.tree(self._desk.composed(below)) == git.tree(change.base)
        except Conflict:
            return False

    def _accepted(self, change: object, unit: UnitId) -> Change:
        own = self._own_change(change)
        panel = self.shelf.verdict(own)
        if panel is None or not panel.accepted:
            raise VerbError(f"{unit}: cannot build on {own.unit}, whose change is not accepted")
        return own

    def _with_below(self, changes: Sequence[Change]) -> list[Change]:
        """The changes, and what they were built on themselves."""
        found: dict[UnitId, Change] = {}
        todo = list(changes)
        while todo:
            change = todo.pop()
            if change.unit not in found:
                found[change.unit] = change
                todo += [self.shelf.changes[unit] for unit in change.after]
        return [found[unit] for unit in sorted(found)]

    async def _guarded(self, unit: UnitId | None, doing: Awaitable[T]) -> T:
        """Write what goes wrong into the ledger, and tell the script."""
        try:
            result = await doing
        except LimitReached as err:
            raise self._fallen(unit, Status.NOT_RUN, f"the limit of {err.limit}", err.message) from err
        except ServiceError as err:
            status = Status.NOT_RUN if err.terminal else Status.FAILED
            raise self._fallen(unit, status, "the service failed", err.message) from err
        except OutsideShard as err:
            raise self._fallen(unit, Status.REJECTED, "", str(err)) from err
        except Conflict as err:
            raise self._fallen(unit, Status.REJECTED, "conflict", str(err)) from err
        except Unfinished as err:
            raise self._fallen(unit, Status.FAILED, "", str(err)) from err
        if unit is not None:
            self._desk.ledger.clear(unit)
        return result

    def _fallen(self, unit: UnitId | None, status: Status, what: str, why: str) -> VerbError:
        cause = f"{what}: {why}" if what else why
        if unit is None:
            return VerbError(cause)
        fate = self._desk.ledger.set(unit, status, cause)
        self._desk.events.tell(UnitTold(unit, cause, fate))
        return VerbError(f"{unit}: {cause}")

    def _tell(self, change: Change) -> None:
        text = change.summary if change.changed else f"unchanged: {change.reason}"
        self._desk.events.tell(UnitTold(change.unit, text.split("\n")[0]))


def _plain(value: Any) -> Any:
    """Arguments as JSON that does not depend on the process."""
    if isinstance(value, Shard):
        return ["shard", value.id]
    if isinstance(value, Change):
        return ["change", value.unit, value.digest, list(value.after)]
    if isinstance(value, Panel):
        return ["panel", value.unit, value.content, value.accepted]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else repr(type(value))
