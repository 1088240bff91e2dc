"""A stage for stories about stacks: a real repository, a forge, and the way from changes to pull requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.compose import compose
from bot.forges.github import GitHubForge
from bot.git import Git, NewCommit
from bot.ports.events import Events
from bot.ports.forge import Forge
from bot.stack.contents import composer, reader, sizes
from bot.stack.edges import edges
from bot.stack.heads import place
from bot.stack.known import known
from bot.stack.landing import landing
from bot.stack.layers import layers
from bot.stack.submit import Step, straight, submit
from bot.types.change import Change, Entry
from bot.types.events import Event
from bot.types.ids import Blob, Branch, RunId, Sha, UnitId
from bot.types.stack import Known, Placed, Proposal, Submission, Submitted
from tests.builders import make_repo
from tests.doubles.github import GitHubDouble

GOAL = "Remove code that nothing uses. Keep public names."
GATE = "12 of 12 stable tests pass (100 %)\n\nbaseline: 12 stable, 0 flaky"


class StandingClock:
    """Stands still, except while somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Heard:
    """Remembers what it was told."""

    events: list[Event] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        self.events.append(event)


def unit(name: str) -> UnitId:
    """A unit id with a readable beginning."""
    return UnitId(f"{name}-{sum(name.encode()):08x}")


def make_change(
    git: Git,
    base: Sha,
    name: str,
    files: Mapping[str, str | None],
    *,
    after: Sequence[Change] = (),
    summary: str = "",
) -> Change:
    """A unit's change of some files; None removes one."""
    start = compose(git, base, after)
    entries = tuple(Entry(path, "100644", None) for path in files if files[path] is None)
    written = tuple(Entry(path, "100644", Blob("")) for path in files if files[path] is not None)
    data = {path: text.encode() for path, text in files.items() if text is not None}
    (commit,) = git.make([NewCommit(start, entries + written, name, (start,), data)])
    built_on = tuple(change.unit for change in after)
    return Change(unit(name), start, commit, git.entries(start, commit), summary=summary, after=built_on)


@dataclass
class Stage:
    """One workflow on one forge."""

    git: Git
    forge: Forge
    base: Sha
    workflow: str = "dead-code"
    run: str = "r1"
    depth: int = 4
    max_lines: int = 400
    gate: str = GATE

    def change(self, name: str, files: Mapping[str, str | None], *after: Change, summary: str = "") -> Change:
        return make_change(self.git, self.base, name, files, after=after, summary=summary)

    def known(self) -> Known:
        return known(self.forge, self.git, self.workflow, self.base)

    def place(self, *changes: Change) -> tuple[Placed, ...]:
        """Accepted changes as layers with contents: what the gate judges."""
        found = landing(changes, edges(changes, reader(self.git)), composes=composer(self.git, self.base))
        stacks = layers(
            found.units,
            goal=GOAL,
            depth=self.depth,
            max_lines=self.max_lines,
            lines=sizes(self.git, changes),
            known=self.known(),
        )
        return place(self.git, self.base, stacks, workflow=self.workflow, base_branch=Branch("main"))

    def propose(
        self, *changes: Change, step: Step = straight, reopened: Sequence[UnitId] = (), draft: bool = False
    ) -> Submitted:
        """The whole way, with a gate that lets everything through."""
        held = tuple(
            Proposal(placed, self.gate, draft=draft, remarks=("It is a draft.",) if draft else ())
            for placed in self.place(*changes)
        )
        submission = Submission(
            run=RunId(self.run),
            workflow=self.workflow,
            goal=GOAL,
            base=self.base,
            base_branch=Branch("main"),
            proposals=held,
            labels=("gatecrew",),
            reopened=frozenset(reopened),
        )
        return submit(submission, git=self.git, forge=self.forge, step=step)

    def moved_on(self, base: Sha) -> Stage:
        """The next run, on a newer base."""
        return replace(self, base=base, run=f"{self.run}+")

    def picture(self) -> str:
        """The pull requests, each with the commits that its page shows, the newest first."""
        pulls = self.forge.pulls("gatecrew/")
        heads = self.forge.heads("")
        names = {sha: _short(branch) for branch, sha in heads.items()}
        lines = []
        for pull in pulls:
            mark = " draft" if pull.draft else ""
            lines.append(
                f"#{pull.number} {_short(pull.branch)} -> {_short(pull.base_branch)}: {pull.state}{mark}"
            )
            base, head = heads.get(pull.base_branch), heads.get(pull.branch)
            if head and base:
                lines += _commits(self.git, base, head, names)
        return "\n".join(lines)


def _short(branch: str) -> str:
    return branch.rpartition("/")[2].rpartition("-")[0] or branch


def _commits(git: Git, base: Sha, head: Sha, names: Mapping[Sha, str]) -> list[str]:
    shown = git.text("log", "--topo-order", "--format=%H %P|%s", head, "--not", base)
    lines = []
    for line in shown.splitlines():
        shas, _, subject = line.partition("|")
        sha, *parents = shas.split()
        on = " + ".join(names.get(Sha(parent), "earlier") for parent in parents)
        files = " ".join(
            f"{'-' if entry.blob is None else '~'}{entry.path}"
            for entry in git.entries(Sha(parents[0]), Sha(sha))
        )
        lines.append(f"    {subject} [{files}] on {on}")
    return lines


FILES = {
    "cli/main.py": "import os\nimport sys\n\nprint(sys.argv)\n",
    "app/io.py": "def used():\n    return 1\n\n\ndef dead():\n    return 2\n",
    "web/views.py": "from app.io import dead, used\n\nprint(used())\n",
    "README.md": "# App\n",
}


def forge_of(
    hub: GitHubDouble, git: Git, clock: StandingClock | None = None, events: Events | None = None
) -> GitHubForge:
    clock = clock or StandingClock()
    return GitHubForge(
        hub.full_name,
        hub.token,
        git,
        api_url=hub.api_url,
        server_url=hub.url,
        clock=clock,
        sleep=clock.wait,
        events=events,
    )


@contextmanager
def github_stage(tmp_path: Path) -> Iterator[tuple[Stage, GitHubDouble]]:
    """A small application in a repository of its own, and on the double of GitHub."""
    git = make_repo(tmp_path / "repo", FILES)
    with GitHubDouble(tmp_path / "hub") as hub:
        hub.seed(tmp_path / "repo")
        yield Stage(git, forge_of(hub, git), git.commit("HEAD")), hub


def three(stage: Stage) -> list[Change]:
    """web stops using what io removes, and cli has nothing to do with them."""
    return [
        stage.change("cli", {"cli/main.py": "import sys\n\nprint(sys.argv)\n"}, summary="Drop `os`"),
        stage.change("io", {"app/io.py": "def used():\n    return 1\n"}, summary="Drop dead()"),
        stage.change("web", {"web/views.py": "from app.io import used\n\nprint(used())\n"}),
    ]
