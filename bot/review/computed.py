"""Names that are put together at run time, and modules that are found by looking into a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.review.facts import Facts, Kind, Pattern
from bot.review.modules import INIT, folder_of
from bot.review.removed import Removed
from bot.review.resolve import Resolver, origin
from bot.types.review import Evidence

LONG_ENOUGH = 4
"""Shorter constants match too much to speak for a name anywhere in the repository."""

RE_CONSTANT = re.compile(r"[\w.:]*")


def _homes(one: Removed, resolver: Resolver) -> frozenset[str]:
    """The files where a short constant may mean it: its own, and those of the classes above it."""
    above = resolver.ancestors(one.bases) if one.owner else []
    return frozenset({one.path, *(ancestor.path for ancestor in above if ancestor.path)})


def computed(one: Removed, path: str, facts: Facts, resolver: Resolver) -> Iterator[Evidence]:
    """The places in this file whose computed names may come out as this one."""
    for pattern in facts.patterns:
        names = _names(pattern, one, resolver)
        if names and _applies(pattern, one, path, resolver) and _matches(pattern, path, names):
            yield Evidence("computed", path, pattern.line, facts.quote(pattern.line))
    if one.kind is Kind.MODULE and facts.lists_modules and _is_listed(one, path, facts, resolver):
        yield Evidence("computed", path, facts.lists_modules, facts.quote(facts.lists_modules))


def _names(pattern: Pattern, one: Removed, resolver: Resolver) -> list[str]:
    """What the pattern would have to give; with the module in front only where it begins with one."""
    modules = resolver.modules.names(one.path)
    if one.kind is Kind.MODULE:
        return list(modules) if pattern.parts[0] or pattern.direct else []
    if not one.bare:
        return []
    if "." in (pattern.parts[0] or ""):
        return [f"{module}.{one.qualname}" for module in modules]
    return [one.name]


def _applies(pattern: Pattern, one: Removed, path: str, resolver: Resolver) -> bool:
    """A short constant counts only as what `getattr` itself is asked for, and only near by."""
    constants = [part for part in pattern.parts if part]
    if not all(RE_CONSTANT.fullmatch(part) for part in constants):
        return False
    if max(len(part.strip(".:")) for part in constants) >= LONG_ENOUGH:
        return True
    if one.kind is Kind.MODULE:
        # `import_module(f"pkg.{name}")` says the whole package, `"." + name` says this one.
        says_package = len(constants[0]) > 1 and constants[0].endswith(".")
        return pattern.direct and (says_package or folder_of(path) == folder_of(one.path))
    if not pattern.direct or not any(part.strip(".:") for part in constants):
        return False
    return path in _homes(one, resolver)


def _matches(pattern: Pattern, path: str, names: list[str]) -> bool:
    parts = list(pattern.parts)
    if parts[0] and parts[0].startswith("."):
        parts[0] = folder_of(path).replace("/", ".") + parts[0]
    text = "".join(r"[\w.]*" if part is None else re.escape(part.replace(":", ".")) for part in parts)
    wanted = re.compile(text, re.IGNORECASE if pattern.folded else 0)
    return any(wanted.fullmatch(name) for name in names)


def _is_listed(one: Removed, path: str, facts: Facts, resolver: Resolver) -> bool:
    """The file that lists modules lies in the package, or imports it."""
    package = folder_of(one.path)
    imported = {origin(path, found) for found in facts.imports}
    packages = {home for name in imported for home in resolver.modules.paths(name)}
    return folder_of(path) == package or f"{package}/{INIT}" in packages
