"""Events and sums as one line each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.console.board import Board
from bot.figures import count
from bot.types.events import AgentEnded, Event, Planned, Said, Stage, SuiteRan, UnitTold
from bot.types.unit import Status
from bot.types.usage import Cost

BAD = (Status.FAILED, Status.NOT_RUN)


class Level(StrEnum):
    STAGE = "stage"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Line:
    """Something worth a line; `text` may have several."""

    text: str
    level: Level = Level.INFO


def line_of(event: Event, board: Board) -> Line | None:
    """The line of an important event; None for what only moves the figures."""
    match event:
        case Stage(name, detail):
            return Line(f"{name}: {detail}" if detail else name, Level.STAGE)
        case Planned(units, files):
            return Line(f"{count(units, 'unit')}, {count(files, 'file')}")
        case AgentEnded(agent, outcome) if outcome != "done":
            known = board.agents.get(agent)
            what = f"{known.role} {known.label}, {known.unit or 'no unit'}" if known else str(agent)
            return Line(f"agent {what}: {outcome}")
        case UnitTold(_, "", fate) if fate is not None and fate.status not in BAD:
            return None  # the display counts it; a line would say nothing
        case UnitTold(unit, text, fate):
            told = f"{unit}: {text}" if text else unit
            return Line(told, Level.ERROR if fate is not None and fate.status in BAD else Level.INFO)
        case SuiteRan():
            return Line(f"suite: {suite(event)}")
        case Said(text, level):
            return Line(text, Level.WARNING if level == "warning" else Level.INFO)
        case _:
            return None


def suite(ran: SuiteRan) -> str:
    took = "reused" if ran.reused else f"{ran.seconds:.1f} s"
    return f"{ran.what}: {ran.passed:,} passed, {ran.failed:,} failed ({took})"


def money(cost: Cost) -> str:
    """Dollars and tokens; an unknown price is said to be unknown."""
    tokens = cost.usage.tokens
    if not tokens and not cost.usd:
        return "nothing" if cost.usd is not None else "price unknown"
    dollars = "price unknown" if cost.usd is None else f"${cost.usd:,.2f}"
    return f"{dollars}, {count(tokens, 'token')}"


def fates(board: Board) -> str:
    return ", ".join(f"{number} {name}" for name, number in board.units_by_fate.items()) or "none"


def agents(board: Board) -> str:
    """Running and queued always, the rest where there is any."""
    told = [f"{len(board.running)} running", f"{board.queued} queued"]
    told += [f"{number} {outcome}" for outcome, number in sorted(board.ended.items())]
    if board.reused:
        told.append(f"{count(board.reused, 'call')} reused")
    return ", ".join(told)


def still(board: Board) -> str:
    """A sign of life in a log that has been silent for long."""
    stage = board.stage.name if board.stage else "start"
    if not board.crewed:
        return f"still at {stage}: {count(board.suites, 'suite run')} so far"
    return f"still at {stage}: agents {agents(board)}; units {fates(board)}; spent {money(board.cost)}"


def clock(seconds: float) -> str:
    """1:02, or 1:00:02."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
