"""Whether a piece of text names a removed thing: by its bare name, or with the module that it was in."""

from __future__ import annotations

import re
from enum import IntEnum

from bot.review.facts import Kind
from bot.review.removed import Removed
from bot.review.resolve import Resolver

RE_TOKEN = re.compile(r"[\w./:]+")
RE_JOINT = re.compile(r"[./:]+")
RE_MARKER = re.compile(r"[{<$]|%\(")
RE_EXPRESSION = re.compile(r"[\w.]+[\[(].*[\])]", re.DOTALL)


class Naming(IntEnum):
    """How clearly a text names something."""

    NOT = 0
    BARE = 1
    QUALIFIED = 2
    ENTRY = 3
    """As `module:name`."""


def is_prose(text: str) -> bool:
    """Words between spaces, with nothing in it that a program would fill in or evaluate."""
    return " " in text.strip() and not RE_MARKER.search(text) and not RE_EXPRESSION.fullmatch(text.strip())


def naming(text: str, one: Removed, resolver: Resolver) -> Naming:
    """The clearest way in which the text names it."""
    tokens = [token.strip("./:") for token in RE_TOKEN.findall(text)]
    if one.kind is Kind.MODULE:
        return max((_module(token, one, resolver) for token in tokens), default=Naming.NOT)
    found = max((_definition(token, one, resolver) for token in tokens), default=Naming.NOT)
    if found is Naming.BARE or (not found and one.name in tokens):
        # `from pkg.mod import name`, `-m pkg.mod name`: the module is named beside it.
        beside = any(_module(token, one, resolver) > Naming.BARE for token in tokens)
        return Naming.QUALIFIED if beside else found
    return found


def _module(token: str, one: Removed, resolver: Resolver) -> Naming:
    parts = RE_JOINT.split(token)
    for name in resolver.modules.names(one.path):
        wanted = name.split(".")
        if parts[: len(wanted)] == wanted:
            if len(wanted) == 1 and len(parts) == 1:
                return Naming.BARE
            return Naming.ENTRY if ":" in token else Naming.QUALIFIED
    is_path = token == one.path or ("/" in token and one.path.endswith(f"/{token}"))
    return Naming.QUALIFIED if is_path else Naming.NOT


def _definition(token: str, one: Removed, resolver: Resolver) -> Naming:
    parts = RE_JOINT.split(token)
    places = [at for at, part in enumerate(parts) if part == one.name]
    clear = Naming.ENTRY if ":" in token else Naming.QUALIFIED
    return max((_after(".".join(parts[:at]), one, resolver, clear) for at in places), default=Naming.NOT)


def _after(prefix: str, one: Removed, resolver: Resolver, clear: Naming) -> Naming:
    """What the name means after a prefix: a module's, a class's, or something that is no module here."""
    bare = Naming.BARE if one.bare else Naming.NOT
    paths, rest = resolver.modules.split(prefix)
    if not paths:
        return bare
    if one.owner:
        # A method may be named by a class that inherits it; a module has none.
        return clear if rest == one.owner else bare if rest else Naming.NOT
    return clear if not rest and resolver.reaches(prefix, one.path) else Naming.NOT
