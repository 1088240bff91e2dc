"""Lists the definitions of a module in source order, each with its qualified name and its `noqa`.

`edits.py` counts on this order: the n-th definition here is the n-th one that it meets.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.engines.recipe.facts import LOCALS, Definition, Kind

VULTURE_CODES: dict[Kind, str] = {
    "class": "V102",
    "function": "V103",
    "import": "V104",
    "method": "V105",
    "property": "V106",
}

RE_LINE_END = re.compile(r"\r\n|\r|\n")
RE_NOQA = re.compile(r"#\s*noqa(?P<codes>\s*:\s*[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)?", re.IGNORECASE)
RE_FILE_NOQA = re.compile(r"#\s*(?:ruff|flake8)\s*[:=]\s*noqa(?P<codes>\s*:\s*[\w,\s]+)?", re.IGNORECASE)
EVERYTHING = "all"

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class _Place:
    prefix: str = ""
    guarded: bool = False


def definitions_in(tree: ast.Module, text: str) -> tuple[Definition, ...]:
    found = _walk(tree.body, _Place())
    if "noqa" not in text.lower():
        return tuple(one for one, _ in found)
    lines = RE_LINE_END.split(text)
    file_codes = _file_codes(lines)
    return tuple(_with_noqa(one, lines[one.line - 1 : end], file_codes) for one, end in found)


def dotted_name(node: ast.expr) -> str:
    """`a.b.c`, or nothing where the expression is more than names and dots."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def _walk(body: list[ast.stmt], place: _Place) -> Iterator[tuple[Definition, int]]:
    """Pairs every definition with the last line on which its `noqa` may stand."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield _scope(node, place), max(node.lineno, node.body[0].lineno - 1)
                yield from _walk(node.body, _inside(node, place))
            case ast.Import() | ast.ImportFrom():
                yield from ((one, one.last_line) for one in _imports(node, place))
            case _:
                inner = replace(place, guarded=True) if _guards(node) else place
                for block in blocks(node):
                    yield from _walk(block, inner)


def module_of(node: ast.Import | ast.ImportFrom) -> str:
    """With its leading dots; a plain `import` has none."""
    return "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else ""


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statement lists right below a compound statement, in source order."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        children = getattr(node, field, None) or []
        if field in ("handlers", "cases"):
            yield from (child.body for child in children)
        else:
            yield children


def _scope(node: Scope, place: _Place) -> Definition:
    decorators = tuple(_decorator(one) for one in node.decorator_list)
    return Definition(
        kind=_kind(node, decorators),
        name=node.name,
        qualname=place.prefix + node.name,
        line=min([node.lineno, *(one.lineno for one in node.decorator_list)]),
        last_line=node.end_lineno or node.lineno,
        decorators=decorators,
    )


def _kind(node: Scope, decorators: tuple[str, ...]) -> Kind:
    """Vulture's own kinds: a method is known by `self`."""
    if isinstance(node, ast.ClassDef):
        return "class"
    if "property" in decorators:
        return "property"
    first = node.args.args[0].arg if node.args.args else None
    is_method = first == "self" or not {"staticmethod", "classmethod"}.isdisjoint(decorators)
    return "method" if is_method else "function"


def _decorator(node: ast.expr) -> str:
    return dotted_name(node.func if isinstance(node, ast.Call) else node)


def _inside(node: Scope, place: _Place) -> _Place:
    separator = "." if isinstance(node, ast.ClassDef) else f".{LOCALS}."
    return replace(place, prefix=f"{place.prefix}{node.name}{separator}")


def _imports(node: ast.Import | ast.ImportFrom, place: _Place) -> Iterator[Definition]:
    module = module_of(node)
    if module == "__future__":
        return
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        if name == "*":
            continue
        yield Definition(
            kind="import",
            name=name,
            qualname=place.prefix + name,
            line=node.lineno,
            last_line=node.end_lineno or node.lineno,
            module=module or alias.name,
            imported=alias.name if module else "",
            guarded=place.guarded,
        )


def _guards(node: ast.stmt) -> bool:
    if isinstance(node, ast.With):
        return any("suppress" in ast.dump(item.context_expr) for item in node.items)
    return isinstance(node, ast.Try | ast.TryStar)


def _with_noqa(one: Definition, lines: list[str], file_codes: set[str]) -> Definition:
    codes = file_codes.union(*(_codes(RE_NOQA.search(line)) for line in lines if "#" in line))
    wanted = {EVERYTHING, VULTURE_CODES[one.kind]} | ({"F401"} if one.kind == "import" else set())
    return replace(one, noqa=not wanted.isdisjoint(codes))


def _file_codes(lines: list[str]) -> set[str]:
    return set().union(*(_codes(RE_FILE_NOQA.search(line)) for line in lines if "#" in line))


def _codes(found: re.Match[str] | None) -> set[str]:
    if found is None:
        return set()
    codes = re.findall(r"\w+", found["codes"] or "")
    return {code.upper() for code in codes} or {EVERYTHING}
