"""Who names a removed thing in a Python file: imports, uses, `__all__` and strings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.review.facts import Attribute, Facts, Kind
from bot.review.modules import INIT, absolute, folder_of, stem_of
from bot.review.naming import Naming, is_prose, naming
from bot.review.removed import Removed
from bot.review.resolve import Resolver, leads, origin, stars
from bot.types.review import Evidence

RE_RELATIVE = re.compile(r"(\.+)([\w.]+)")
SELF = frozenset({"self", "cls"})


def mentions(one: Removed, path: str, facts: Facts, resolver: Resolver) -> Iterator[Evidence]:
    """Every place in this file that names it."""
    if facts.broken:
        yield from _words(one, path, facts)
        return
    yield from (Evidence("code", path, line, facts.quote(line)) for line in _code(one, path, facts, resolver))
    if _exports(one, path, facts, resolver):
        line = facts.exports[_exported(one)]
        yield Evidence("export", path, line, facts.quote(line))
    yield from _strings(one, path, facts, resolver)


def _words(one: Removed, path: str, facts: Facts) -> Iterator[Evidence]:
    """A file that cannot be parsed may use any name in it."""
    word = re.compile(rf"\b{re.escape(_exported(one))}\b")
    for line, text in enumerate(facts.lines, 1):
        if one.kind is not Kind.IMPORT and word.search(text):
            yield Evidence("code", path, line, text.strip())


def _code(one: Removed, path: str, facts: Facts, resolver: Resolver) -> Iterator[int]:
    if one.kind is Kind.MODULE:
        yield from _module_imports(one, path, facts, resolver)
    elif one.owner:
        yield from _members(one, path, facts)
    else:
        yield from _imports(one, path, facts, resolver)
        yield from _names(one, path, facts, resolver)
        yield from _attributes(one, path, facts, resolver)


def _module_imports(one: Removed, path: str, facts: Facts, resolver: Resolver) -> Iterator[int]:
    """`import pkg.mod`, `from pkg import mod`, `from pkg.mod import anything`, and what lies below it."""
    names = resolver.modules.names(one.path)
    for imported in facts.imports:
        module = absolute(path, imported.module, imported.level)
        wanted = (module, origin(path, imported)) if imported.name else (module,)
        if any(want == name or want.startswith(f"{name}.") for want in wanted for name in names):
            yield imported.line


def _imports(one: Removed, path: str, facts: Facts, resolver: Resolver) -> Iterator[int]:
    for imported in facts.imports:
        module = absolute(path, imported.module, imported.level)
        if imported.name == one.name and resolver.reaches(module, one.path):
            yield imported.line


def _names(one: Removed, path: str, facts: Facts, resolver: Resolver) -> Iterator[int]:
    """The name alone means it in its own file, and where a star brings it in."""
    starred = one.name not in facts.bound and any(
        resolver.reaches(module, one.path) for module in stars(path, facts)
    )
    if path == one.path or starred:
        yield from facts.names.get(one.name, ())


def _attributes(one: Removed, path: str, facts: Facts, resolver: Resolver) -> Iterator[int]:
    """`module.name`, where an import says that it is this module."""
    for use in facts.attributes.get(one.name, ()):
        if any(resolver.reaches(lead, one.path) for lead in leads(path, facts, use.base) if use.base):
            yield use.line


def _members(one: Removed, path: str, facts: Facts) -> Iterator[int]:
    """A method may be meant by any attribute of its name."""
    if path == one.path:
        yield from facts.class_names.get(one.qualname, ())
    if not one.moved:
        yield from (use.line for use in facts.attributes.get(one.name, ()) if _may_mean(use, one, facts))


def _may_mean(use: Attribute, one: Removed, facts: Facts) -> bool:
    """Not on a module that is imported from elsewhere, nor on the `self` of a class that defines its own."""
    head = use.base.partition(".")[0]
    if use.base in SELF and f"{use.inside}.{one.name}" in facts.definitions:
        return False
    bindings = [imported for imported in facts.imports if imported.bound == head]
    return not bindings or any(imported.name or imported.level for imported in bindings)


def _exports(one: Removed, path: str, facts: Facts, resolver: Resolver) -> bool:
    if _exported(one) not in facts.exports:
        return False
    if one.kind is Kind.MODULE:
        parent = folder_of(folder_of(one.path)) if one.path.endswith(f"/{INIT}") else folder_of(one.path)
        return path == (f"{parent}/{INIT}" if parent else INIT)
    if one.owner:
        return False
    return path == one.path or any(resolver.reaches(module, one.path) for module in stars(path, facts))


def _exported(one: Removed) -> str:
    return stem_of(one.path) if one.kind is Kind.MODULE else one.name


def _strings(one: Removed, path: str, facts: Facts, resolver: Resolver) -> Iterator[Evidence]:
    word = _exported(one)
    for text in facts.texts:
        if word not in text.value:
            continue
        found = naming(_absolute(path, text.value), one, resolver)
        if found is Naming.NOT or (found is Naming.BARE and is_prose(text.value)):
            continue
        line = text.line + text.value[: text.value.index(word)].count("\n")
        line = line if word in facts.quote(line) else text.line
        yield Evidence("entry-point" if found is Naming.ENTRY else "string", path, line, facts.quote(line))


def _absolute(path: str, text: str) -> str:
    """`import_module(".mod", package)` counts from the package, as an import statement does."""
    match = RE_RELATIVE.fullmatch(text)
    return absolute(path, match[2], len(match[1])) if match else text
