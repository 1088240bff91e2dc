"""Proposes what to remove from one shard: rounds of edits until nothing in it is unused any more.

Everything outside of the shard counts as the base has it: what only another shard would free, stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.engines.recipe.candidates import (
    Question,
    importer_of,
    is_dead_module,
    is_open_to_change,
    names_to_ask,
    subject_of,
    unused_in,
)
from bot.engines.recipe.edits import CannotEdit, Target, remove
from bot.engines.recipe.facts import Definition, FileFacts, Kind
from bot.engines.recipe.index import Index
from bot.engines.recipe.public import Public
from bot.engines.recipe.scan import facts_of


@dataclass(frozen=True)
class Removal:
    subject: str
    """`path::qualname`, `path::import name`, or the path of a whole module."""
    kind: Kind | Literal["module"]
    name: str
    path: str
    line: int
    """In the base's file."""
    inner: tuple[str, ...] = ()
    """Subjects that go along with it: a class's methods, a module's definitions."""


@dataclass(frozen=True)
class Deferred:
    """Unused, but imported by name: it can go once that import has gone."""

    subject: str
    name: str
    importer: str


@dataclass(frozen=True)
class Proposal:
    edits: Mapping[str, bytes | None]
    """None deletes the file."""
    removed: tuple[Removal, ...]
    deferred: tuple[Deferred, ...]
    questions: frozenset[str]
    """What `answer` is to be asked about later: do the answers still stand?"""


@dataclass(frozen=True)
class _Progress:
    index: Index
    kept: Mapping[str, tuple[Definition, ...]]
    """The base's definitions that are still there, in step with the index's."""
    edits: Mapping[str, bytes | None] = field(default_factory=dict)
    removed: tuple[Removal, ...] = ()
    stuck: frozenset[str] = frozenset()
    """Files that could not be edited: they stay as they are."""


def propose(
    index: Index,
    shard_files: Collection[str],
    *,
    public: Public,
    protected: Callable[[str], bool],
    read: Callable[[str], bytes],
    excluded: frozenset[str] = frozenset(),
) -> Proposal:
    """Reads by path, and only files that have something to remove."""
    shard = tuple(sorted(path for path in set(shard_files) if index.facts(path) is not None))
    question = Question(index, shard, public, protected, excluded)
    progress = _Progress(index, {path: _facts(index, path).definitions for path in shard})
    while (after := _round(question, progress, read)) is not progress:
        progress = after
    removed = tuple(sorted(progress.removed, key=lambda one: (one.path, one.line, one.subject)))
    return Proposal(progress.edits, removed, tuple(_deferred(question, progress)), names_to_ask(question))


def _round(question: Question, progress: _Progress, read: Callable[[str], bytes]) -> _Progress:
    # All files are asked before one is edited, so that the order of the files does not matter.
    doomed = {path: _doomed(question, progress.index, path) for path in _open(question, progress)}
    for path, places in doomed.items():
        if places:
            progress = _edit(progress, path, places, read)
    for path in _open(question, progress):
        if is_dead_module(question, progress.index, path):
            progress = _delete(progress, path)
    return progress


def _open(question: Question, progress: _Progress) -> list[str]:
    return [
        path
        for path in question.shard
        if path not in progress.stuck and is_open_to_change(question, progress.index, path)
    ]


def _doomed(question: Question, index: Index, path: str) -> list[int]:
    """Positions of what goes now; what lies inside of another one goes with it."""
    found = [
        (at, one) for at, one in unused_in(question, index, path) if importer_of(index, path, one) is None
    ]
    return [at for at, one in found if not any(outer.holds(one) for _, outer in found)]


def _edit(progress: _Progress, path: str, places: list[int], read: Callable[[str], bytes]) -> _Progress:
    before = _facts(progress.index, path)
    gone = _with_inner(before, places)
    try:
        source = remove(_source(progress, path, read), [_target(before.definitions[at]) for at in places])
        after = facts_of(source)
        _check(before, after, gone)
    except CannotEdit:
        return replace(progress, stuck=progress.stuck | {path})
    kept = progress.kept[path]
    return replace(
        progress,
        index=progress.index.replace({path: after}),
        edits={**progress.edits, path: source},
        kept={**progress.kept, path: tuple(one for at, one in enumerate(kept) if at not in gone)},
        removed=(*progress.removed, *(_removal(path, kept, before, at) for at in places)),
    )


def _source(progress: _Progress, path: str, read: Callable[[str], bytes]) -> bytes:
    edited = progress.edits.get(path)
    return read(path) if edited is None else edited


def _check(before: FileFacts, after: FileFacts, gone: Collection[int]) -> None:
    """An edit must take away what was meant, and nothing else."""
    expected = [one.qualname for at, one in enumerate(before.definitions) if at not in gone]
    if after.broken or [one.qualname for one in after.definitions] != expected:
        raise CannotEdit("the edited file does not define what it should")


def _delete(progress: _Progress, path: str) -> _Progress:
    mine = [one for one in progress.removed if one.path == path]
    others = [one for one in progress.removed if one.path != path]
    left = [subject_of(path, one) for one in progress.kept[path]]
    inner = [subject for one in mine for subject in (one.subject, *one.inner)] + left
    module = Removal(path, "module", progress.index.names(path)[0], path, 1, tuple(dict.fromkeys(inner)))
    return replace(
        progress,
        index=progress.index.replace({path: None}),
        edits={**progress.edits, path: None},
        removed=(*others, module),
    )


def _deferred(question: Question, progress: _Progress) -> Iterator[Deferred]:
    found: dict[str, Deferred] = {}
    for path in _open(question, progress):
        for _, one in unused_in(question, progress.index, path):
            importer = importer_of(progress.index, path, one)
            if importer is not None:
                subject = subject_of(path, one)
                found[subject] = Deferred(subject, one.name, importer)
    yield from found.values()


def _with_inner(facts: FileFacts, places: Collection[int]) -> frozenset[int]:
    outers = [facts.definitions[at] for at in places]
    inner = (at for at, one in enumerate(facts.definitions) if any(outer.holds(one) for outer in outers))
    return frozenset([*places, *inner])


def _removal(path: str, kept: tuple[Definition, ...], now: FileFacts, at: int) -> Removal:
    one = kept[at]
    inner = tuple(subject_of(path, other) for other in now.definitions if now.definitions[at].holds(other))
    return Removal(subject_of(path, one), one.kind, one.name, path, one.line, inner)


def _target(one: Definition) -> Target:
    return Target(one.line, one.kind, one.name, one.qualname)


def _facts(index: Index, path: str) -> FileFacts:
    facts = index.facts(path)
    assert facts is not None, f"BUG: {path} was not indexed"
    return facts
