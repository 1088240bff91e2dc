"""The recipe engine: deterministic work without a key. Dead-code removal, or a codemod command per shard.

It works only; the host's own lenses review it. What a removal depended on outside its shard is recorded
as one observation, so that a new reference elsewhere makes an old "dead" void.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Protocol

from bot.engines.recipe import answer as answers
from bot.engines.recipe.candidates import Question as Asked
from bot.engines.recipe.candidates import names_to_ask
from bot.engines.recipe.facts import FileFacts
from bot.engines.recipe.index import Index, build_index
from bot.engines.recipe.propose import Proposal, Removal, propose
from bot.engines.recipe.public import Mode, Public, default_mode, documented_names
from bot.figures import count
from bot.ports.engine import Bench, Meter, Refused
from bot.types.agent import Deferred, Reply, ReplyKind, Role, Task
from bot.types.ids import Blob, Sha
from bot.types.question import ABSENT, Question
from bot.types.review import Verdict
from bot.types.spec import Recipe
from bot.types.unit import Shard

VERSION = "1"
DEAD_CODE = "recipe.dead-code"
TREE = "tree"
MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py")
PROSE = (".md", ".rst", ".txt")
"""Prose is documentation anywhere, but plain text only below docs/."""
SHOWN = 12

Codemod = Callable[[Sha, Shard], Awaitable[Mapping[str, bytes | None]]]
"""Runs the spec's command over a shard in a sandboxed tree; the files that it changed, None for removed."""


class Contents(Protocol):
    """The repository, as far as the recipe looks at it."""

    def files(self, commit: Sha) -> Mapping[str, Blob]:
        """Paths and their blobs; links are left out."""

    def blob(self, blob: Blob) -> bytes: ...

    def tree(self, commit: Sha) -> str: ...


class RecipeEngine:
    """Satisfies `bot.ports.engine.Engine`."""

    name = "recipe"
    version = VERSION
    paid = False

    def __init__(
        self, recipe: Recipe, contents: Contents, protects: Callable[[str], bool], codemod: Codemod
    ) -> None:
        self._recipe = recipe
        self._contents = contents
        self._protects = protects
        self._codemod = codemod
        self._facts: dict[str, FileFacts] = {}
        self._views: dict[Sha, tuple[Index, Public]] = {}
        self._lock = asyncio.Lock()

    def serves(self, role: Role, lens: str | None = None) -> bool:
        return role is Role.WORKER

    async def perform(self, task: Task, bench: Bench, meter: Meter) -> Reply:
        if task.shard is None:
            return Reply(ReplyKind.INVALID, "the recipe engine works on shards only; it answers no questions")
        if self._recipe.kind == "codemod":
            return await self._modify(task, task.shard, bench)
        async with self._lock:  # one index at a time: several at once would compute the same
            return await asyncio.to_thread(self._remove, task, task.shard, bench)

    def answer(self, question: Question, commit: Sha) -> str:
        if question.kind != DEAD_CODE:
            return ABSENT
        files = json.loads(question.query)
        index, public = self._view(commit)
        return answers.answer(index, files, self._names(index, public, files), public)

    async def aclose(self) -> None:
        return None

    # -- dead code ----------------------------------------------------------------------------------

    def _remove(self, task: Task, shard: Shard, bench: Bench) -> Reply:
        bench.reset()  # a revision starts over, without what was refuted
        index, public = self._view(bench.commit)
        proposal = propose(
            index,
            shard.files,
            public=public,
            protected=self._protects,
            read=lambda path: self._contents.blob(self._contents.files(bench.commit)[path]),
            excluded=_refuted(task),
        )
        query = Question(DEAD_CODE, json.dumps(list(shard.files)))
        bench.observe(query, answers.answer(index, shard.files, proposal.questions, public))
        for path, data in proposal.edits.items():
            bench.remove(path) if data is None else bench.write(path, data)
        return _reply(proposal)

    def _view(self, commit: Sha) -> tuple[Index, Public]:
        if commit not in self._views:
            files = self._contents.files(commit)
            index = build_index(files.items(), lambda blob: self._contents.blob(Blob(blob)), self._facts)
            self._views[commit] = index, self._public(files)
        return self._views[commit]

    def _public(self, files: Mapping[str, Blob]) -> Public:
        manifests = {name: self._contents.blob(files[name]) for name in MANIFESTS if name in files}
        mode: Mode = self._recipe.public or default_mode(manifests)
        prose = (path for path in files if _is_prose(path) and not self._protects(path))
        texts = (self._contents.blob(files[path]).decode("utf-8", "replace") for path in sorted(prose))
        told = "\n".join(data.decode("utf-8", "replace") for data in manifests.values())
        return Public(mode, documented_names(texts), told)

    def _names(self, index: Index, public: Public, files: Collection[str]) -> frozenset[str]:
        shard = tuple(sorted(path for path in files if index.facts(path) is not None))
        return names_to_ask(Asked(index, shard, public, self._protects, frozenset()))

    # -- codemod ------------------------------------------------------------------------------------

    async def _modify(self, task: Task, shard: Shard, bench: Bench) -> Reply:
        if task.revises is not None:
            # A command cannot answer a finding: the change stands as it is, and is judged again.
            return Reply(ReplyKind.SUBMITTED, task.revises.summary)
        bench.observe(Question(TREE, ""), self._contents.tree(bench.commit))
        edits = await self._codemod(bench.commit, shard)
        try:
            for path, data in sorted(edits.items()):
                bench.remove(path) if data is None else bench.write(path, data)
        except Refused as err:
            return Reply(ReplyKind.INVALID, f"outside: the codemod's change to a file was refused: {err}")
        if not edits:
            return Reply(ReplyKind.UNCHANGED, "the codemod changed nothing")
        return Reply(ReplyKind.SUBMITTED, f"Run the codemod over {count(len(edits), 'file')}")


def _is_prose(path: str) -> bool:
    return path.endswith(PROSE[:2]) or (path.endswith(PROSE) and path.startswith(("docs/", "doc/")))


def _refuted(task: Task) -> frozenset[str]:
    return frozenset(f.subject for f in task.findings if f.verdict is Verdict.REFUTE and f.subject)


def _reply(proposal: Proposal) -> Reply:
    deferred = tuple(Deferred(one.subject, one.importer) for one in proposal.deferred)
    if proposal.removed:
        return Reply(ReplyKind.SUBMITTED, _summary(proposal.removed), deferred=deferred)
    if deferred:
        waits = ", ".join(f"{one.subject} (imported by {one.path})" for one in deferred[:SHOWN])
        return Reply(
            ReplyKind.UNCHANGED, f"only unused where somebody imports it: {waits}", deferred=deferred
        )
    return Reply(ReplyKind.UNCHANGED, "nothing here is unused")


def _summary(removed: Collection[Removal]) -> str:
    """A title line, then one line for each removal."""
    kinds: dict[str, int] = {}
    for one in removed:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    title = "Remove " + _and([count(number, kind) for kind, number in sorted(kinds.items())])
    lines = [f"- {one.kind} `{one.name}` ({one.path}:{one.line})" for one in removed]
    return "\n".join([f"{title} that nothing uses", "", *lines])


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
