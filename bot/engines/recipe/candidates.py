"""Decides which definitions of one file nothing uses, by the rules that made real suites come out green.

Evidence that only text can give (strings, configuration, decorators) is the reviewers' to find, not ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.engines.recipe.facts import Definition, FileFacts
from bot.engines.recipe.index import Index
from bot.engines.recipe.modules import folder, is_init
from bot.engines.recipe.public import Public

RE_TEST_FILE = re.compile(r"(^|/)(tests?/|test[^/]*\.py$|conftest\.py$)|[-_]test\.py$", re.IGNORECASE)
TEST_HOOKS = frozenset(
    f"{when}_{what}" for when in ("setup", "teardown") for what in ("module", "function", "class", "method")
)

TOOL_FILES = frozenset({"conftest.py", "setup.py", "noxfile.py", "fabfile.py"})
"""Read by tools that look for names in them."""


@dataclass(frozen=True)
class Question:
    """What stays the same through all rounds."""

    base: Index
    shard: tuple[str, ...]
    public: Public
    protected: Callable[[str], bool]
    excluded: frozenset[str]
    """Subjects that reviewers refuted: they stay."""


def subject_of(path: str, one: Definition) -> str:
    return f"{path}::import {one.name}" if one.kind == "import" else f"{path}::{one.qualname}"


def names_to_ask(question: Question) -> frozenset[str]:
    """Everything whose use elsewhere decides about this shard: its names, and its modules by their paths."""
    found = {one.name for path in question.shard for one in _definitions(question.base, path)}
    return frozenset(found | set(question.shard))


def is_open_to_change(question: Question, index: Index, path: str) -> bool:
    """Only modules: what no package holds and nobody imports is a script; tools may look into it by name."""
    facts = index.facts(path)
    if facts is None or facts.broken or facts.generated or question.protected(path):
        return False
    if not path.endswith(".py") or path.rpartition("/")[2] in TOOL_FILES:
        return False
    return index.is_in_package(path) or bool(index.importers(path))


def unused_in(question: Question, index: Index, path: str) -> Iterator[tuple[int, Definition]]:
    """Positions and definitions that nothing uses and no rule keeps; an importer may still hold them."""
    facts = index.facts(path)
    assert facts is not None, f"BUG: {path} was not indexed"
    for at, one in enumerate(facts.definitions):
        if _is_unused(question, index, path, one) and not _is_kept(question, index, path, facts, one):
            yield at, one


def importer_of(index: Index, path: str, one: Definition) -> str | None:
    """A file that would fail to import what we remove: to vulture an import is no use."""
    return next(iter(index.importers(path, one.name)), None) if one.toplevel else None


def is_dead_module(question: Question, index: Index, path: str) -> bool:
    """Nothing is left in it, nobody imports it and nothing starts it."""
    facts = index.facts(path)
    if facts is None or not facts.hollow or path in question.excluded or _is_started(path, facts):
        return False
    if any(one.noqa or subject_of(path, one) in question.excluded for one in facts.definitions):
        return False
    if is_init(path) or RE_TEST_FILE.search(path) or not index.is_in_package(path):
        return False
    if question.public.protects_module(index, path) or is_exported_by_package(index, path):
        return False
    return not index.importers(path)


def _is_started(path: str, facts: FileFacts) -> bool:
    return facts.shebang or facts.main or path.endswith("/__main__.py")


def _is_unused(question: Question, index: Index, path: str, one: Definition) -> bool:
    if one.kind != "import":
        return index.count(one.name) == 0
    now = index.facts(path)
    if now is None or one.name in now.used:
        return False
    if _is_left_behind(question, path, one):
        # Its last user in this file went with us; other files have imports of their own.
        return one.name not in now.exports
    return index.count(one.name) == 0 and not _is_loaded_for_effect(question, index, path, one)


def _is_kept(question: Question, index: Index, path: str, facts: FileFacts, one: Definition) -> bool:
    if one.noqa or (one.name.startswith("__") and one.name.endswith("__")):
        return True
    if _is_excluded(question, path, facts, one) or _is_found_by_pytest(path, one):
        return True
    if one.kind == "import":
        if one.guarded or is_init(path):
            return True
        if _is_left_behind(question, path, one):
            return False
    return question.public.protects(index, path, facts, one)


def _is_left_behind(question: Question, path: str, one: Definition) -> bool:
    before = question.base.facts(path)
    return before is not None and one.name in before.used


def _is_excluded(question: Question, path: str, facts: FileFacts, one: Definition) -> bool:
    """What holds something that stays, stays."""
    inside = (other for other in facts.definitions if other is one or one.holds(other))
    return any(subject_of(path, other) in question.excluded for other in inside)


def _is_found_by_pytest(path: str, one: Definition) -> bool:
    if not RE_TEST_FILE.search(path):
        return False
    return (
        one.name in TEST_HOOKS or one.name.startswith("test_") or (one.kind == "class" and "Test" in one.name)
    )


def _is_loaded_for_effect(question: Question, index: Index, path: str, one: Definition) -> bool:
    """`import handlers` may be there for what loading does; so may `from handlers import x`, if alone."""
    for found in index.resolve(path, one):
        facts = index.facts(found)
        if facts is None or not (facts.effects or facts.broken):
            continue
        others = (it for it in index.importers(found) if it != path and not question.protected(it))
        if _binds_module(index, found, one) or next(others, None) is None:
            return True
    return False


def _binds_module(index: Index, found: str, one: Definition) -> bool:
    return not one.imported or any(name.endswith(f".{one.imported}") for name in index.names(found)[-1:])


def is_exported_by_package(index: Index, path: str) -> bool:
    package = index.facts(f"{folder(path)}/__init__.py")
    stem = path.rpartition("/")[2].removesuffix(".py")
    return package is not None and stem in package.exports


def _definitions(index: Index, path: str) -> tuple[Definition, ...]:
    facts = index.facts(path)
    return facts.definitions if facts is not None else ()
