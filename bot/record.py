"""The record of a run: what it works with, and what the stages have found out so far. Frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.budget import Budget
from bot.calls import Calls
from bot.clock import Clock
from bot.crew import Crew
from bot.desk import Desk
from bot.errors import GatecrewError
from bot.gate.session import Session
from bot.git import Git
from bot.journal import Journal
from bot.ledger import Ledger
from bot.plan.check import Script
from bot.plan.host import Shelf
from bot.plan.simulate import Plan
from bot.ports.events import Events
from bot.ports.forge import Forge
from bot.protect import Protection
from bot.settings import Settings
from bot.spec.load import Loaded
from bot.stack.submit import Step
from bot.state import State
from bot.types.change import Change
from bot.types.gate import GateReport
from bot.types.ids import Branch, RunId, Sha, UnitId
from bot.types.spec import Spec
from bot.types.stack import Known, LandingUnit, Placed, Proposal, Stack, Submitted


@dataclass(frozen=True, slots=True)
class Tools:
    """What `deps` put together for one run: values first, then services."""

    run: RunId
    workflow: str
    base: Sha
    base_branch: Branch
    loaded: Loaded
    spec: Spec
    script: Script
    settings: Settings
    git: Git
    state: State
    journal: Journal
    budget: Budget
    crew: Crew
    calls: Calls
    events: Events
    clock: Clock
    forge: Forge
    gate: Session
    protection: Protection
    desk: Callable[[Ledger], Desk]
    step: Step
    """Does a visible thing once: what is journalled is not done again on resume."""
    approve: Callable[[str], bool]
    """Asks a person whether a paid run may start."""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What the stages have found out so far."""

    tools: Tools
    ledger: Ledger
    known: Known = field(default_factory=Known)
    plan: Plan | None = None
    shelf: Shelf = field(default_factory=Shelf)
    accepted: tuple[Change, ...] = ()
    landing: tuple[LandingUnit, ...] = ()
    needs: Mapping[UnitId, frozenset[UnitId]] = field(default_factory=dict)
    stacks: tuple[Stack, ...] = ()
    placed: tuple[Placed, ...] = ()
    gate: GateReport | None = None
    proposals: tuple[Proposal, ...] = ()
    submitted: Submitted | None = None
    notices: tuple[str, ...] = ()
    script_failed: bool = False
    stopped: GatecrewError | None = None
    """What ended the run early: later stages do not run, and it can be resumed."""
    timeline: tuple[tuple[str, float], ...] = ()

    @classmethod
    def start(cls, tools: Tools) -> Record:
        """A run of which nothing is known yet."""
        return cls(tools, Ledger(()))
