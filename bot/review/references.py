"""The `references` lens: who still names what a change removes, computed by the host, evidence quoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.review.facts import Kind
from bot.review.inquiry import Inquiry, digest, dump_inquiry, load_inquiry
from bot.review.lenses import REFERENCES
from bot.review.look import Found, look, resolver_of
from bot.review.removed import Removed, removals
from bot.review.resolve import Resolver
from bot.review.scan import FactsCache
from bot.review.view import Reader, View
from bot.types.change import Change
from bot.types.ids import UnitId
from bot.types.question import Observation, Question
from bot.types.review import Evidence, Finding, Verdict, Vote

QUESTION = "host.references"
QUOTED = 5
QUOTE_LENGTH = 200

NAMED = "is still named by"
PHRASES = {
    "entry-point": f"{NAMED} an entry point",
    "code": f"{NAMED} code",
    "export": f"{NAMED} an export",
    "config": f"{NAMED} configuration",
    "template": f"{NAMED} a template",
    "string": f"{NAMED} a string",
    "computed": "can be reached by a computed name",
    "decorator": "is handed to a decorator",
    "registry": "is registered by a class above it",
    "override": "overrides what a class above it may call",
    "side-effect": "is imported for what loading it does",
    "marker": "is marked as meant to stay",
}
"""What each kind of evidence says of a name; the clearest comes first."""

REACHING = frozenset({"entry-point", "decorator", "registry", "config", "template", "string", "computed"})
"""Kinds that reach a class without code that says which of its methods it calls."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The lens's vote, and what it looked at: a later run may ask again (`answer`)."""

    vote: Vote
    asked: Observation


def references(change: Change, before: Reader, after: View, cache: FactsCache | None = None) -> Vote:
    """The host's vote on what the change removes: a refutation for everything that is still named."""
    return examine(change, before, after, cache).vote


def asked(change: Change, before: Reader, after: View, cache: FactsCache | None = None) -> str:
    """A digest of everything that other files say of what is removed; an unrelated change keeps it."""
    return examine(change, before, after, cache).asked.digest


def answer(query: str, view: View, cache: FactsCache | None = None) -> str:
    """The digest that `asked` would give if the same things were removed from this tree."""
    inquiry = load_inquiry(query)
    found = look(inquiry, view, resolver_of(view, inquiry.own, {} if cache is None else cache))
    return digest(inquiry, found)


def examine(change: Change, before: Reader, after: View, cache: FactsCache | None = None) -> Examined:
    """The vote and the question, from one pass over the tree."""
    facts: FactsCache = {} if cache is None else cache
    resolver = resolver_of(after, change.paths, facts)
    inquiry = Inquiry(tuple(sorted(change.paths)), removals(change, before, resolver, facts))
    found = look(inquiry, after, resolver)
    told = (_finding(change.unit, one, found, resolver) for one in inquiry.removed)
    findings = tuple(finding for finding in told if finding)
    verdict = Verdict.REFUTE if findings else Verdict.ACCEPT
    observation = Observation(Question(QUESTION, dump_inquiry(inquiry)), digest(inquiry, found))
    return Examined(Vote(REFERENCES, verdict, findings, deterministic=True), observation)


def _finding(unit: UnitId, one: Removed, found: Found, resolver: Resolver) -> Finding | None:
    evidence: Sequence[Evidence] = found[one]
    claim = f"`{one.name or one.path}` {_phrases(evidence)}"
    if not evidence:
        evidence = _through_class(one, found, resolver)
        claim = f"`{one.owner}` {_phrases(evidence)}, and `{one.name}` is reached with it"
    if not evidence:
        return None
    quoted = tuple(_quoted(piece, one) for piece in _clearest_first(evidence)[:QUOTED])
    return Finding(unit, REFERENCES, Verdict.REFUTE, claim, quoted, one.subject)


def _through_class(one: Removed, found: Found, resolver: Resolver) -> Sequence[Evidence]:
    """Public methods of a class that is only reached at run time: whoever reaches it may call them."""
    if one.kind is not Kind.METHOD or one.name.startswith("_"):
        return ()
    body = resolver.facts(one.path).definitions.get(one.owner)
    evidence = [*one.owner_held, *found[one.klass]]
    for piece in evidence:
        inside = body is not None and piece.path == one.path and body.line <= piece.line <= body.end
        if piece.kind == "code" and not inside:
            return ()
    return [piece for piece in evidence if piece.kind in REACHING]


def _clearest_first(evidence: Iterable[Evidence]) -> list[Evidence]:
    order = list(PHRASES)
    return sorted(evidence, key=lambda piece: (order.index(piece.kind), piece.path, piece.line))


def _phrases(evidence: Iterable[Evidence]) -> str:
    kinds = {piece.kind for piece in evidence}
    said = [phrase for kind, phrase in PHRASES.items() if kind in kinds]
    # "is still named by a template and a string"
    said[1:] = [phrase.removeprefix(NAMED).strip() for phrase in said[1:]]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _quoted(piece: Evidence, one: Removed) -> Evidence:
    """A long line is cut to the part with the name in it."""
    if len(piece.text) <= QUOTE_LENGTH:
        return piece
    at = max(0, piece.text.find(one.name) - QUOTE_LENGTH // 2)
    return replace(piece, text=piece.text[at : at + QUOTE_LENGTH])
