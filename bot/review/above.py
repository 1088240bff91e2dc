"""What the classes above a removed thing make of it: a method that they call, a class that they register."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping

from bot.review.facts import Attribute, Definition, Facts, Kind
from bot.review.removed import Removed
from bot.review.resolve import Ancestor, Resolver
from bot.types.review import Evidence

NEUTRAL_BASES = frozenset(
    {
        *(
            f"{module}.{name}"
            for module in ("typing", "typing_extensions")
            for name in ("Generic", "Protocol")
        ),
        *(
            name
            for name, value in vars(builtins).items()
            if isinstance(value, type) and issubclass(value, BaseException)
        ),
        "abc.ABC",
        "object",
    }
)
"""They call no method by a plain name."""

SUNDER_BASES = frozenset(
    {
        *(f"enum.{name}" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum")),
        *(
            f"{module}.{name}"
            for module in ("typing", "typing_extensions")
            for name in ("NamedTuple", "TypedDict")
        ),
        "collections.namedtuple",
    }
)
"""They call methods whose name begins with an underscore, and no others."""

NEUTRAL_METACLASSES = frozenset({"", "ABCMeta", "EnumMeta", "EnumType", "type"})

Listings = Mapping[str, tuple[Attribute, ...]]
"""By path: where `__subclasses__` is asked for."""


def above(one: Removed, resolver: Resolver) -> Iterator[Evidence]:
    """What the classes above a removed method, or a removed class, say of it."""
    ancestors = resolver.ancestors(one.bases)
    if one.kind is Kind.CLASS:
        yield from _registered(ancestors, resolver)
    elif one.owner:
        yield from _overridden(one, ancestors, resolver)


def listed(one: Removed, path: str, facts: Facts, resolver: Resolver) -> Iterator[Evidence]:
    """`Base.__subclasses__()` finds a class that nobody names."""
    uses = facts.attributes.get("__subclasses__", ())
    if one.kind is not Kind.CLASS or not uses:
        return
    names = {
        ancestor.definition.qualname.rpartition(".")[2]
        for ancestor in resolver.ancestors(one.bases)
        if ancestor.definition
    }
    for use in uses:
        base = use.inside if use.base in ("cls", "self") else use.base
        if base.rpartition(".")[2] in names:
            yield Evidence("registry", path, use.line, facts.quote(use.line))


def _registered(ancestors: list[Ancestor], resolver: Resolver) -> Iterator[Evidence]:
    for ancestor in ancestors:
        if ancestor.definition is None:
            continue
        hook = resolver.facts(ancestor.path).definitions.get(
            f"{ancestor.definition.qualname}.__init_subclass__"
        )
        if hook:
            yield _quote("registry", ancestor.path, hook, resolver)
        elif ancestor.definition.metaclass.rpartition(".")[2] not in NEUTRAL_METACLASSES:
            yield _quote("registry", ancestor.path, ancestor.definition, resolver)


def _overridden(one: Removed, ancestors: list[Ancestor], resolver: Resolver) -> Iterator[Evidence]:
    """The same method stands in a class above, or a class above is not ours to look into."""
    for ancestor in ancestors:
        if ancestor.definition:
            same = resolver.facts(ancestor.path).definitions.get(f"{ancestor.definition.qualname}.{one.name}")
            if same and same.kind is one.kind:
                yield _quote("override", ancestor.path, same, resolver)
        elif not _is_neutral(ancestor.dotted, one.name):
            below = ancestor.below
            if below and below.definition:
                yield _quote("override", below.path, below.definition, resolver)
            elif one.header:
                yield one.header


def _is_neutral(base: str, method: str) -> bool:
    return base in NEUTRAL_BASES or (base in SUNDER_BASES and not method.startswith("_"))


def _quote(kind: str, path: str, definition: Definition, resolver: Resolver) -> Evidence:
    return Evidence(kind, path, definition.line, resolver.facts(path).quote(definition.line))
