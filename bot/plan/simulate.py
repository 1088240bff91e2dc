"""A script's dry walk: every verb answers at once and well, so that a plan has numbers before it costs.

Each unit is worked on, changed and accepted: how many agents that takes is what `check` prints and what
an estimate is made of. Revisions come on top, at most `review.rounds` a unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.errors import SpecError
from bot.plan.arguments import checked
from bot.plan.check import Script
from bot.plan.drive import Driver, Order, ScriptFailed, VerbError
from bot.review.lenses import is_deterministic
from bot.types.agent import Role
from bot.types.change import Change, Entry
from bot.types.ids import Blob, Sha, UnitId
from bot.types.review import Panel
from bot.types.script import Look, Ran
from bot.types.spec import Spec
from bot.types.unit import Shard

NEVER = ("NotImplementedError", "SyntaxError", "NameError", "ImportError", "ModuleNotFoundError")
"""Errors of the script itself, whatever the verbs answer."""
NOWHERE = Sha("0" * 40)
SYNC = ("shards", "files", "read", "grep", "report", "log")
SLOW = ("work", "review", "revise", "agent", "failing", "run", "trial")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a script would do if every agent succeeded at once."""

    units: int
    files: int
    agents: Counter[str] = field(default_factory=Counter)
    untaken: tuple[UnitId, ...] = ()
    problem: str = ""

    @property
    def total(self) -> int:
        return sum(self.agents.values())


class _Walk:
    """Verbs that answer well, and count."""

    def __init__(self, spec: Spec, shards: Sequence[Shard], paths: Sequence[str]) -> None:
        self.spec = spec
        self.todo = list(shards)
        self.paths = list(paths)
        self.agents: Counter[str] = Counter()
        self.taken: set[UnitId] = set()

    def shards(self) -> list[Shard]:
        return self.todo

    def files(self, glob: str) -> list[str]:
        return self.paths

    def read(self, path: str) -> str:
        return ""

    def grep(self, pattern: str) -> list[str]:
        return []

    def report(self, findings: list[Any]) -> None:
        return None

    def log(self, text: str) -> None:
        return None

    async def work(self, shard: Any, goal: str, after: Sequence[Any] = ()) -> Change:
        if not isinstance(shard, Shard):
            raise VerbError("work: this is no shard of this run; take one from shards()")
        self._count(Role.WORKER)
        self.taken.add(shard.id)
        entries = tuple(Entry(path, "100644", Blob(NOWHERE)) for path in shard.files)
        return Change(shard.id, NOWHERE, NOWHERE, entries, summary="simulated")

    async def review(self, change: Any, lenses: Sequence[str] = ()) -> Panel:
        change = _ensure_change(change)
        for lens in dict.fromkeys([*self.spec.review.lenses, *lenses]):
            if not is_deterministic(lens):
                self._count(Role.REVIEWER)
        return Panel(change.unit, change.digest, (), True, "simulated")

    async def revise(self, change: Any, panel: Any) -> Change:
        self._count(Role.WORKER)
        return _ensure_change(change)

    async def agent(self, prompt: str, role: str = "worker", schema: Any = None, sample: int = 0) -> Any:
        if role not in list(Role):
            raise VerbError(f"agent: {role!r} is no role; roles: {', '.join(Role)}")
        self._count(Role(role))
        return "" if schema is None else {}

    async def failing(self) -> list[str]:
        return []

    async def run(self, change: Any, command: str) -> Ran:
        return Ran(0, "")

    async def trial(self, changes: Sequence[Any]) -> Look:
        return Look(True, 1, 1, ())

    def _count(self, role: Role) -> None:
        self.agents[role.value] += 1


def _ensure_change(change: object) -> Change:
    if not isinstance(change, Change):
        raise VerbError("this is no change that this run made; take it from work() or revise()")
    return change


async def simulate(script: Script, spec: Spec, shards: Sequence[Shard], paths: Sequence[str]) -> Plan:
    """Walk the script. Raises SpecError where it does not type-check."""
    walk = _Walk(spec, shards, paths)
    sync = {name: checked(getattr(walk, name)) for name in SYNC}
    slow = {name: checked(getattr(walk, name)) for name in SLOW}
    constants = {"goal": spec.goal, "args": dict(spec.args), "rounds": spec.review.rounds}
    driver = Driver(
        {**sync, "phase": checked(walk.log)},
        slow,
        constants,
        lambda verb, _a, _k: verb,
        Order([], walk.log),
        walk.log,
    )
    problem = ""
    try:
        await driver.run(script.text, script.name)
    except ScriptFailed as err:
        # Canned answers need not fit what a script makes of them: a note, not an error.
        problem = str(err).strip().splitlines()[-1]
        if problem.startswith(NEVER):
            raise SpecError(script.name, [problem], "See docs/scripts.md for what scripts can do.") from err
    untaken = tuple(shard.id for shard in shards if shard.id not in walk.taken)
    files = sum(len(shard.files) for shard in shards)
    return Plan(len(shards), files, walk.agents, untaken, problem)
