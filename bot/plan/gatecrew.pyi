"""What an orchestration script may call. The type-check and a planner both read this file.

Scripts run in a sandboxed Python without files, network, clock or randomness. Awaited verbs run at the
same time when they are gathered: `await asyncio.gather(*[unit(s) for s in shards()])`, or with `each`,
which logs what fails and goes on (gather cannot return exceptions). No class inheritance, no `yield`,
no `create_task`. A verb that cannot do its work raises RuntimeError with the unit's id in front.
"""

from dataclasses import dataclass
from typing import Any

goal: str
"""The spec's goal."""
args: dict[str, Any]
"""The spec's `args`."""
rounds: int
"""How often a refuted change may be revised (`review.rounds`)."""

@dataclass(frozen=True)
class Shard:
    id: str
    files: list[str]
    lines: int

@dataclass(frozen=True)
class Change:
    """What a unit made. `waits_for` names units whose changes must be there before more can be done."""

    unit: str
    changed: bool
    summary: str
    reason: str
    paths: list[str]
    after: list[str]
    waits_for: list[str]

@dataclass(frozen=True)
class Evidence:
    kind: str
    path: str
    line: int
    text: str

@dataclass(frozen=True)
class Finding:
    unit: str
    lens: str
    verdict: str
    claim: str
    evidence: list[Evidence]
    subject: str
    confirmed: bool

@dataclass(frozen=True)
class Panel:
    """The reviewers of one change, and whether the change is accepted."""

    unit: str
    accepted: bool
    summary: str
    findings: list[Finding]

@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    exit_code: int
    output: str

@dataclass(frozen=True)
class Look:
    """An early look at the gate. It decides nothing."""

    green: bool
    passed: int
    of: int
    failing: list[str]

def shards() -> list[Shard]:
    """The units of this run, disjoint, without those that a person closed or `--only` leaves out."""

def files(glob: str) -> list[str]:
    """Paths of the base commit that match a glob."""

def read(path: str) -> str:
    """A file of the base commit."""

def grep(pattern: str) -> list[str]:
    """Lines `path:line:text` of the base commit that match an extended regular expression."""

async def work(shard: Shard, goal: str, after: list[Change] = []) -> Change:
    """Have a worker change the shard's files; `after` builds on the changes of other units."""

async def review(change: Change, lenses: list[str] = []) -> Panel:
    """Have the required lenses, and these, try to refute a change."""

async def revise(change: Change, panel: Panel) -> Change:
    """Have a worker answer the panel's findings. The result must be reviewed anew."""

async def agent(
    prompt: str,
    role: str = "worker",
    schema: dict[str, Any] | None = None,
    sample: int = 0,
) -> Any:
    """Ask one agent. With a JSON schema the answer is data of that shape, else text. Equal calls are one
    call: pass another `sample` for another answer."""

async def failing() -> list[str]:
    """The tests that fail at the base."""

async def run(change: Change, command: str) -> Ran:
    """Run one of the spec's named commands on a change, in the sandbox."""

async def trial(changes: list[Change]) -> Look:
    """An early look at the gate with these changes together."""

def report(findings: list[Finding]) -> None:
    """Results without a change."""

def phase(title: str) -> None: ...
def log(text: str) -> None: ...
