"""What all agents of one run have in common: the commit, the spec, the engines, the journalled calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.calls import Calls
from bot.compose import compose
from bot.crew import Crew
from bot.git import File, Git
from bot.ledger import Ledger
from bot.overlay import Overlay, digest_of_hits, grep, listing, nothing
from bot.ports.engine import Engine
from bot.ports.events import Events
from bot.types.agent import Role
from bot.types.change import Change, digest_of
from bot.types.ids import Sha
from bot.types.question import ABSENT, Observation, Question
from bot.types.spec import Spec
from bot.types.unit import Shard

Answer = Callable[[Question, Sha], str]


@dataclass(frozen=True, slots=True)
class Desk:
    """Frozen, but for what its services keep."""

    git: Git
    workflow: str
    base: Sha
    spec: Spec
    ledger: Ledger
    engines: Mapping[Role, Engine]
    calls: Calls
    crew: Crew
    events: Events
    answer: Answer
    protects: Callable[[str], bool]
    hidden: Callable[[str], bool]
    brief: Callable[[Shard | None], str]
    """What all agents are told of the project (None); what a shard's worker is told besides."""
    facts: dict[Any, Any] = field(default_factory=dict)
    """What the host's lenses know of contents, so that each is parsed once."""
    trees: dict[Sha, Mapping[str, File]] = field(default_factory=dict)

    def engine(self, role: Role) -> Engine:
        return self.engines[role]

    def files(self, commit: Sha) -> Mapping[str, File]:
        """The files of a commit: the base's are listed once, any other's are the base's and what differs."""
        if self.base not in self.trees:
            self.trees[self.base] = self.git.files(self.base)
        if commit == self.base:
            return self.trees[commit]
        files = dict(self.trees[self.base])
        for delta in self.git.diff(self.base, commit):
            files.pop(delta.path, None)
            if delta.new is not None:
                files[delta.path] = File(delta.path, delta.new_mode, delta.new)
        return files

    def overlay(self, commit: Sha, shard: Shard | None = None) -> Overlay:
        """A view of a commit; with a shard, one that may write to it."""
        protects = self.protects if self.spec.tests == "protect" else nothing
        writable = shard.files if shard else ()
        return Overlay(
            self.git,
            commit,
            files=self.files(commit),
            writable=writable,
            protects=protects,
            hidden=self.hidden,
        )

    def composed(self, changes: Sequence[Change]) -> Sha:
        """The base with these changes. Raises Conflict."""
        return compose(self.git, self.base, changes)

    def ground(self, change: Change) -> str:
        """The contents that a change was built on, besides the base: they enter the key of what is asked
        about it, because the names of the units below say nothing of what these made."""
        if not change.after:
            return ""
        return digest_of(self.git.entries(self.base, change.base))


class Memory:
    """Asks questions of commits again, each once: `holds` is what reuse across runs rests on."""

    def __init__(self, git: Git, files: Callable[[Sha], Mapping[str, File]], analyses: Answer) -> None:
        self._git = git
        self._files = files
        self._analyses = analyses
        self._answers: dict[tuple[Sha, Question], str] = {}

    def answer(self, question: Question, commit: Sha) -> str:
        key = (commit, question)
        if key not in self._answers:
            self._answers[key] = self._ask(question, commit)
        return self._answers[key]

    def holds(self, commit: Sha, observation: Observation) -> bool:
        return self.answer(observation.question, commit) == observation.digest

    def _ask(self, question: Question, commit: Sha) -> str:
        if question.kind == "blob":
            file = self._files(commit).get(question.query)
            return file.blob if file else ABSENT
        if question.kind == "list":
            return listing(question.query, self._files(commit))
        if question.kind == "grep":
            glob, _, pattern = question.query.partition("\n")
            return digest_of_hits(grep(self._git, commit, pattern, glob))
        if question.kind == "tree":
            return self._git.tree(commit)
        return self._analyses(question, commit)
