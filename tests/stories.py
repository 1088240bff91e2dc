"""Whole runs over tiny real repositories: a place to run them in, and pictures of what came of them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.deps import opened
from bot.engines.scripted import Answer, Answering, ScriptedEngine
from bot.errors import GatecrewError
from bot.forges.local import LocalForge
from bot.git import Git
from bot.journal import Journal, Record, read
from bot.outcome import facts_of
from bot.ports.engine import Bench
from bot.record import Record as RunRecord
from bot.redact import Redactor
from bot.report.finish import finish
from bot.settings import Flags, resolve
from bot.state import State
from bot.types.agent import Reply, ReplyKind, Role, Task
from bot.types.events import AgentStarted, Event, Said, SuiteRan
from bot.types.ids import Branch, Sha
from bot.types.result import LayerRow, Result
from bot.types.review import Evidence, Finding, Verdict, Vote
from bot.workflow import execute
from tests.builders import commit_all, make_repo, write

QUICK = f"{sys.executable} -S -E {Path(__file__).parent / 'scenarios' / 'quick_suite.py'}"
"""A test runner that starts in a tenth of the time that pytest needs."""

WORKFLOW = "tidy"
SPEC = f".github/gatecrew/{WORKFLOW}.yml"

SHOP: dict[str, str | bytes] = {
    "app/__init__.py": "",
    "app/price.py": "def net(gross):\n    return gross - 1\n\n\ndef unused():\n    return 0\n",
    "app/text.py": (
        "def greet(name):\n    return 'hi ' + name\n\n\ndef shout(name):\n    return name.upper()\n"
    ),
    "app/cart.py": (
        "from app.price import net\nfrom app.tax import duty\n\n\n"
        "def total(items):\n    return sum(net(item) for item in items)\n\n\n"
        "def old_total(items):\n    return duty(total(items))\n"
    ),
    "app/tax.py": "def duty(amount):\n    return amount * 2\n\n\ndef rate():\n    return 3\n",
    "tests/test_cart.py": "from app.cart import total\n\ndef test_total():\n    assert total([2, 3]) == 3\n",
    "tests/test_text.py": "from app.text import greet\n\ndef test_it():\n    assert greet('a') == 'hi a'\n",
    "tests/test_tax.py": "from app.tax import rate\n\ndef test_rate():\n    assert rate() == 3\n",
}
"""Five units by file; `unused`, `shout` and `old_total` are dead, and `duty` is once `old_total` is gone."""

CLOSED = -9
"""The exit code of a run that was cut."""


class Cut(BaseException):
    """The process would be gone here."""


def cut_after(records: int, *, torn: bool = False) -> type[Journal]:
    """A journal whose process dies when it writes one record more; perhaps in the middle of that line."""

    class CutJournal(Journal):
        def append(self, record: Record, *, sync: bool = False) -> int:
            if self.lines >= records:
                if torn and self.path.read_bytes().endswith(b"\n"):
                    with self.path.open("ab") as file:
                        file.write(json.dumps(record).encode()[:20])
                raise Cut
            return super().append(record, sync=sync)

    return CutJournal


def cut_after_one_step() -> type[Journal]:
    """A journal whose process dies when it has written one record more; agents that start do not count,
    because a process that dies whenever an agent starts comes to nothing."""

    class StepJournal(Journal):
        steps = 0

        def append(self, record: Record, *, sync: bool = False) -> int:
            if self.steps:
                raise Cut
            line = super().append(record, sync=sync)
            self.steps += record["t"] != "agent"
            return line

    return StepJournal


def full_after(records: int) -> type[Journal]:
    """A journal whose disk is full when one record more is written."""

    class FullJournal(Journal):
        def append(self, record: Record, *, sync: bool = False) -> int:
            if self.lines == records:
                full = os.open("/dev/full", os.O_WRONLY)
                os.dup2(full, self._file)
                os.close(full)
            return super().append(record, sync=sync)

    return FullJournal


@dataclass
class Played:
    """What one process came to. `result` is None where it came to no report."""

    code: int
    events: list[Event]
    result: Result | None = None
    error: GatecrewError | None = None
    record: RunRecord | None = None

    @property
    def there(self) -> Result:
        assert self.result is not None, self.error
        return self.result

    @property
    def agents(self) -> int:
        """Agents that started."""
        return sum(isinstance(event, AgentStarted) for event in self.events)

    @property
    def suite_runs(self) -> list[str]:
        """Runs of the suite that were made, not reused."""
        return [event.what for event in self.events if isinstance(event, SuiteRan) and not event.reused]

    @property
    def said(self) -> str:
        return "\n".join(event.text for event in self.events if isinstance(event, Said))

    @property
    def fates(self) -> dict[str, str]:
        """Status by unit, under the shard's short name."""
        return {short(unit.id): unit.status for unit in self.there.units}

    @property
    def causes(self) -> dict[str, str]:
        return {short(unit.id): unit.cause or "" for unit in self.there.units}


@dataclass
class Heard:
    """Keeps what it is told, and passes it on."""

    events: list[Event] = field(default_factory=list)
    then: Callable[[Event], None] | None = None

    def tell(self, event: Event) -> None:
        self.events.append(event)
        if self.then is not None:
            self.then(event)


class Place:
    """A repository with a workflow and a state of its own; its suite leaves a line at each run.

    `flow` is the script's text, where it is no built-in one; `spec` are further settings of the workflow."""

    def __init__(
        self,
        folder: Path,
        project: Mapping[str, str | bytes] | None = None,
        *,
        flow: str | None = None,
        **spec: Any,
    ) -> None:
        self.repo = folder / "repo"
        self.out = folder / "state"
        self._spec = self._told(spec, flow)
        laid = dict(SHOP if project is None else project)
        laid[SPEC] = json.dumps(self._spec)
        if flow is not None:
            laid["flow.py"] = flow
        self.git: Git = make_repo(self.repo, laid)

    def _told(self, spec: dict[str, Any], flow: str | None) -> dict[str, Any]:
        run = f"echo run >> {{cache}}/../runs; {QUICK} {{report}}"
        gate = {"run": run, "select": f"{run} {{tests}}", "runs": 1, "timeout": 60, "sandbox": "plain"}
        told: dict[str, Any] = {
            "goal": "Remove what nothing uses.",
            "files": {"include": ["app/**"]},
            "shard": {"by": "file"},
            "recipe": {"public": "application"},
            **spec,
        }
        told["gate"] = {**gate, **spec.get("gate", {})}
        if flow is not None:
            told["script"] = "flow.py"
        return told

    @property
    def state(self) -> State:
        return State(self.out.resolve())

    @property
    def traced(self) -> int:
        """Runs of the suite so far, in all processes."""
        trace = self.state.cache / "runs"
        return len(trace.read_text().splitlines()) if trace.exists() else 0

    def commit(self, files: Mapping[str, str | bytes | None], **spec: Any) -> Sha:
        """A newer base; `spec` changes the workflow's settings."""
        if spec:
            self._spec = {**self._spec, **spec}
            files = {**files, SPEC: json.dumps(self._spec)}
        write(self.repo, files)
        return commit_all(self.repo)

    def run(
        self,
        engine: ScriptedEngine | None = None,
        *,
        journals: type[Journal] = Journal,
        then: Callable[[Event], None] | None = None,
        env: Mapping[str, str] | None = None,
        **flags: Any,
    ) -> Played:
        """One process of the command, without the process."""
        return asyncio.run(self.playing(engine, journals=journals, then=then, env=env, **flags))

    async def playing(
        self,
        engine: ScriptedEngine | None = None,
        *,
        journals: type[Journal] = Journal,
        then: Callable[[Event], None] | None = None,
        env: Mapping[str, str] | None = None,
        **flags: Any,
    ) -> Played:
        redact, heard = Redactor(), Heard(then=then)
        if engine is not None:
            flags.setdefault("engine", "scripted")
        workflow = flags.pop("workflow", WORKFLOW)
        told = Flags(repo=str(self.repo), out=str(self.out), **flags)
        played = Played(0, heard.events)
        try:
            settings = resolve(told, {"PATH": "/usr/bin:/bin", **(env or {})}, redact)
            async with opened(
                workflow,
                settings,
                events=heard,
                redact=redact,
                approve=lambda _question: True,
                scripted=engine,
                journals=journals,
            ) as tools:
                played.record = await execute(RunRecord.start(tools))
                played.result, _ = finish(facts_of(played.record, 0.0), tools.state)
            played.code, played.error = played.result.exit_code, played.record.stopped
        except GatecrewError as err:
            played.code, played.error = err.exit_code, err
        except Cut:
            played.code = CLOSED
        return played

    # -- what is there afterwards -------------------------------------------------------------------

    def journal(self, number: int = -1) -> list[Record]:
        return read(self.state.journals[number])

    def result(self) -> Result:
        """The newest run's."""
        return Result.model_validate_json((self.out / "result.json").read_bytes())

    def forge(self) -> LocalForge:
        return LocalForge(self.state.forge, self.git, Branch("main"))

    def branches(self) -> dict[str, str]:
        """The tree of each branch on the forge."""
        bare = self.forge().bare
        return {ref: bare.tree(sha) for ref, sha in bare.refs("refs/heads/gatecrew/").items()}

    def heads(self) -> dict[str, str]:
        return dict(self.forge().bare.refs("refs/heads/gatecrew/"))

    def outcome(self, result: Result) -> dict[str, Any]:
        """What a run came to, without what may differ from process to process: ids, times, commits."""
        gate = result.gate
        return {
            "conclusion": result.conclusion,
            "units": [(unit.id, unit.status, unit.cause, unit.changed, unit.after) for unit in result.units],
            "findings": result.findings,
            "uncovered": result.uncovered,
            "stacks": [[_layer(layer) for layer in stack] for stack in result.stacks],
            "gate": gate and (gate.bar, gate.pass_rate, gate.baseline, gate.trees, gate.evicted),
            "pulls": [
                (pull.number, pull.title, pull.branch, pull.base_branch, pull.state, pull.draft, pull.labels)
                for pull in self.forge().pulls("gatecrew/")
            ],
            "branches": self.branches(),
        }

    def picture(self, result: Result) -> str:
        """The units, and the pull requests with the lines that each of them takes and gives."""
        lines = [
            f"{short(unit.id)}: {unit.status}" + (f" ({unit.cause})" if unit.cause else "")
            for unit in result.units
        ]
        forge = self.forge()
        tips = forge.heads("")
        for pull in forge.pulls("gatecrew/"):
            onto = "main" if pull.base_branch == "main" else _layer_name(pull.base_branch)
            lines.append("")
            lines.append(f"#{pull.number} {_layer_name(pull.branch)} -> {onto}: {pull.title}")
            assert pull.head is not None
            lines += _changed_lines(forge.bare, tips[pull.base_branch], pull.head)
        return "\n".join(lines)


def _layer(layer: LayerRow) -> tuple[Any, ...]:
    told = (layer.layer, layer.title, layer.branch, layer.base_branch)
    return (*told, layer.units, layer.pull, layer.files, layer.draft)


def _layer_name(branch: str) -> str:
    return short(branch.rpartition("/")[2])


def _changed_lines(git: Git, base: Sha, head: Sha) -> list[str]:
    """A diff as a person remembers it: paths, and lines that come or go; empty ones are left out."""
    shown = git.text("diff", "--no-color", "--unified=0", "--no-renames", base, head)
    lines = []
    for line in shown.splitlines():
        if line.startswith("diff "):
            lines.append(f"    {line.rpartition(' b/')[2]}")
        elif line.startswith(("+", "-")) and not line.startswith(("+++", "---")) and line[1:].strip():
            lines.append(f"      {line[0]} {line[1:]}")
    return lines


def short(name: str) -> str:
    """A unit's or layer's id without its hash."""
    return name.rpartition("-")[0] or name


# -- scripted agents --------------------------------------------------------------------------------


def accepts(task: Task) -> Reply:
    assert task.lens is not None
    return Reply(ReplyKind.VOTE, vote=Vote(task.lens, Verdict.ACCEPT))


def refutes(task: Task, claim: str = "it breaks", *, confirmed: bool = True) -> Reply:
    assert task.lens is not None
    assert task.change is not None
    evidence = (Evidence("code", task.change.paths[0], 1, "here"),)
    finding = Finding(task.change.unit, task.lens, Verdict.REFUTE, claim, evidence, confirmed=confirmed)
    return Reply(ReplyKind.VOTE, vote=Vote(task.lens, Verdict.REFUTE, (finding,)))


def edits(task: Task, bench: Bench, line: str = "# seen\n") -> Answer:
    """A worker that puts a line at the end of each file of its shard."""
    assert task.shard is not None
    writes = {path: bench.read(path) + line.encode() for path in task.shard.files}
    return Answer(Reply(ReplyKind.SUBMITTED, f"Mark {', '.join(task.shard.files)}"), writes)


def team(task: Task, bench: Bench) -> Answer | Reply:
    """Workers that mark their files, and reviewers that accept."""
    return accepts(task) if task.role is Role.REVIEWER else edits(task, bench)


def scripted(answering: Answering = team, **more: Any) -> ScriptedEngine:
    return ScriptedEngine(answering, **more)


# -- what the journal proves ------------------------------------------------------------------------


def repeated(records: Collection[Record]) -> Counter[str]:
    """Agents that were started more than once for one call, over all processes of a run."""
    started = Counter(record["key"] for record in records if record["t"] == "agent")
    return Counter({key: times - 1 for key, times in started.items() if times > 1})


def assert_nothing_journalled_ran_twice(records: Collection[Record]) -> None:
    """No call is recorded twice, and no agent starts for a call that is recorded already."""
    done: set[str] = set()
    for record in records:
        if record["t"] == "agent":
            assert record["key"] not in done, f"agent {record['agent']} ran a journalled call again"
        elif record["t"] == "call":
            assert record["key"] not in done, f"the {record['verb']} call {record['key']} ran again"
            done.add(record["key"])
