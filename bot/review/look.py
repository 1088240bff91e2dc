"""One pass over a tree for all that was removed: one search, and only the files that it finds are parsed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from bot.review.above import above, listed
from bot.review.computed import computed
from bot.review.effects import effect, loads
from bot.review.facts import Kind
from bot.review.inquiry import Inquiry
from bot.review.mentions import mentions
from bot.review.modules import is_python, modules_of, stem_of
from bot.review.patterns import RUNTIME_WORDS
from bot.review.removed import Removed
from bot.review.resolve import Resolver
from bot.review.scan import FactsCache
from bot.review.texts import mention
from bot.review.view import Line, View
from bot.types.review import Evidence

RE_WORD = re.compile(r"\w+")

Found = dict[Removed, list[Evidence]]


def resolver_of(view: View, own: Iterable[str], cache: FactsCache) -> Resolver:
    """The tree's modules with those that the change deletes: they still have names."""
    return Resolver(view, modules_of(tuple(sorted({*view.paths(), *own}))), cache)


def look(inquiry: Inquiry, view: View, resolver: Resolver) -> Found:
    """Everything in the tree that names, computes, overrides or registers one of the subjects."""
    subjects = inquiry.subjects
    found: Found = {one: list(one.held) for one in subjects}
    if not subjects:
        return found
    hits = _search(subjects, view)
    for path, lines in hits.items():
        for one, evidence in _in_file(path, lines, subjects, resolver):
            found[one].append(evidence)
    for one in subjects:
        found[one] += above(one, resolver)
        found[one] += _effects(one, inquiry, hits, resolver)
    return {one: list(dict.fromkeys(evidence)) for one, evidence in found.items()}


def _search(subjects: Iterable[Removed], view: View) -> dict[str, list[Line]]:
    words = set(RUNTIME_WORDS)
    for one in subjects:
        words.add(_word(one))
        if one.loads:
            words.add(stem_of(one.loads))
    hits: dict[str, list[Line]] = defaultdict(list)
    for line in view.search(sorted(words)):
        hits[line[0]].append(line)
    return hits


def _word(one: Removed) -> str:
    return stem_of(one.path) if one.kind is Kind.MODULE else one.name


def _in_file(
    path: str, lines: list[Line], subjects: Iterable[Removed], resolver: Resolver
) -> Iterator[tuple[Removed, Evidence]]:
    if not is_python(path):
        for line in lines:
            words = set(RE_WORD.findall(line[2]))
            told = ((one, mention(one, line, resolver)) for one in subjects if _word(one) in words)
            yield from ((one, evidence) for one, evidence in told if evidence)
        return
    words = {word for _, _, text in lines for word in RE_WORD.findall(text)}
    facts = resolver.facts(path)
    at_runtime = not words.isdisjoint(RUNTIME_WORDS)
    for one in subjects:
        if _word(one) in words:
            yield from ((one, evidence) for evidence in mentions(one, path, facts, resolver))
        if at_runtime:
            yield from ((one, evidence) for evidence in computed(one, path, facts, resolver))
            yield from ((one, evidence) for evidence in listed(one, path, facts, resolver))


def _effects(
    one: Removed, inquiry: Inquiry, hits: dict[str, list[Line]], resolver: Resolver
) -> Iterator[Evidence]:
    evidence = effect(one.loads, resolver) if one.loads else None
    if evidence is None:
        return
    others = (path for path in hits if is_python(path) and path not in inquiry.own)
    if not any(loads(one.loads, path, resolver.facts(path), resolver) for path in others):
        yield evidence
