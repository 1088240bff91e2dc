"""Imports that are made for what loading a module does: nobody names what they bind."""

from __future__ import annotations

import re

from bot.review.facts import Facts, Import
from bot.review.held import held_definition
from bot.review.modules import absolute
from bot.review.resolve import Resolver, origin
from bot.types.review import Evidence

RE_TEST = re.compile(r"(?:^|/)(?:tests?/|test_[^/]*$|[^/]*_test\.py$|conftest\.py$)")


def effect(path: str, resolver: Resolver) -> Evidence | None:
    """The first thing that loading the module does besides defining: a call, a registering decorator."""
    facts = resolver.facts(path)
    if facts.acts:
        return Evidence("side-effect", path, facts.acts, facts.quote(facts.acts))
    for definition in facts.definitions.values():
        for evidence in held_definition(path, facts, definition):
            return Evidence("side-effect", path, evidence.line, evidence.text)
    return None


def loads(module: str, path: str, facts: Facts, resolver: Resolver) -> bool:
    """Whether this file's imports load the module at that path; a test's do not count for the program."""
    if RE_TEST.search(path):
        return False
    names = resolver.modules.names(module)
    return any(_loads(one, path, name) for one in facts.imports for name in names)


def _loads(one: Import, path: str, name: str) -> bool:
    made = absolute(path, one.module, one.level)
    if made == name or made.startswith(f"{name}."):
        return True
    return bool(one.name) and (origin(path, one) == name or origin(path, one).startswith(f"{name}."))
