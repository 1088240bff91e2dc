"""Reads one Python file into facts: vulture says which names are used, one walk of the tree says the rest."""

from __future__ import annotations

import ast
import io
import re
import threading
import tokenize
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator

from vulture import Vulture

from bot.engines.recipe.definitions import definitions_in, dotted_name, module_of
from bot.engines.recipe.facts import FileFacts, dotted_join
from bot.engines.recipe.toplevel import exports_of, has_effects, has_main, is_hollow

RE_GENERATED = re.compile(r"do not edit|auto-?generated|@generated", re.IGNORECASE)
RE_WORD = re.compile(r"[^\W\d]\w*")
RE_IMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import\s+(\([^)]*\)|.+)|import\s+(.+))$", re.MULTILINE)

HEADER_CHARS = 2000
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)

# Python's filters for warnings are global; two files parsed at once would restore each other's.
_parsing = threading.Lock()


def facts_of(source: bytes) -> FileFacts:
    """Never fails and never prints: what cannot be parsed comes back as `broken`."""
    text = _decode(source)
    try:
        tree, used = _parse_and_visit(source)
        return _facts(tree, text, used)
    except UNREADABLE:
        return _broken(text)


def parse(source: bytes | str, *, type_comments: bool = False) -> ast.Module:
    """Old escapes in the code that we read are not our warnings."""
    with _parsing, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, type_comments=type_comments)


def _parse_and_visit(source: bytes) -> tuple[ast.Module, frozenset[str]]:
    # A comment that only looks like a type comment is an error where type comments are asked for.
    try:
        tree = parse(source, type_comments=True)
        return tree, _used_names(tree)
    except SyntaxError:
        tree = parse(source)
        return tree, _used_names(tree)


class _Unasked:
    """Unreachable code is no question of ours, and a quarter of vulture's time."""

    def visit(self, node: ast.AST) -> None:
        pass


def _used_names(tree: ast.Module) -> frozenset[str]:
    # Not `scan()`: that parses again, and prints its syntax errors.
    vulture = Vulture()
    vulture.noqa_lines = defaultdict(set)
    vulture.reachability = _Unasked()
    vulture.visit(tree)
    return frozenset(vulture.used_names)


def _facts(tree: ast.Module, text: str, used: frozenset[str]) -> FileFacts:
    nodes = _nodes(tree)
    return FileFacts(
        definitions=definitions_in(tree, text),
        used=used | _annotated(nodes),
        reached=_reached(nodes),
        exports=exports_of(tree),
        generated=bool(RE_GENERATED.search(text, 0, HEADER_CHARS)),
        main=has_main(tree),
        shebang=text.startswith("#!"),
        effects=has_effects(tree.body),
        hollow=is_hollow(tree.body),
    )


def _nodes(tree: ast.Module) -> list[ast.AST]:
    """As `ast.walk`, in half the time."""
    found: list[ast.AST] = [tree]
    for node in found:
        for value in node.__dict__.values():
            if isinstance(value, list):
                found.extend(one for one in value if isinstance(one, ast.AST))
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                found.append(value)
    return found


def _broken(text: str) -> FileFacts:
    return FileFacts(
        used=frozenset(RE_WORD.findall(text)), reached=frozenset(_reached_by_text(text)), broken=True
    )


def _reached_by_text(text: str) -> Iterator[str]:
    for module, names, modules in RE_IMPORT.findall(text):
        for word in re.findall(r"[\w.*]+", names or modules):
            yield from _prefixes(dotted_join(module, word))
        if module:
            yield module


def _reached(nodes: list[ast.AST]) -> frozenset[str]:
    """Every dotted name that is reached through an import, with its attributes: `import a.b; a.b.c`."""
    found: set[str] = set()
    bound: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for local, target in _bindings(node):
                bound[local].add(target)
            found.update(_imported(node))
    for node in nodes:
        if isinstance(node, ast.Attribute) and (name := dotted_name(node)):
            root, _, rest = name.partition(".")
            found.update(dotted_join(target, rest) for target in bound.get(root, ()))
    return frozenset(found)


def _bindings(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, dotted_join(module_of(node), alias.name)
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            top = alias.name.partition(".")[0]
            yield top, top


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for alias in node.names:
        yield from _prefixes(dotted_join(module_of(node), alias.name))


def _prefixes(name: str) -> Iterator[str]:
    """`a.b.c` loads `a` and `a.b` too; leading dots are no separators."""
    dots = len(name) - len(name.lstrip("."))
    parts = name[dots:].split(".")
    for end in range(1, len(parts) + 1):
        yield name[:dots] + ".".join(parts[:end])
    if dots:
        yield name[:dots]


def _annotated(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """A quoted annotation is a use like any other; vulture reads it as a string."""
    found: set[str] = set()
    for annotation in filter(None, map(_annotation, nodes)):
        for node in ast.walk(annotation):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(_names_in(node.value))
    return frozenset(found)


def _names_in(reference: str) -> Iterator[str]:
    try:
        tree = parse(f"({reference})")
    except UNREADABLE:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _annotation(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.arg | ast.AnnAssign):
        return node.annotation
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.returns
    return None


def _decode(source: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        return source.decode(encoding, errors="replace")
    except (SyntaxError, LookupError):
        return source.decode("utf-8", errors="replace")
