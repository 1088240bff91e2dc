"""Reads names that are put together at run time: f-strings, `%`, `+`, `.format`."""

from __future__ import annotations

import ast
import re

Parts = tuple[str | None, ...]

RE_PERCENT = re.compile(r"%(?:\([^)]*\))?[#0\- +]*[\d.*]*[a-zA-Z]")
RE_BRACES = re.compile(r"\{[^{}]*\}")

LOOKUPS = frozenset(
    {"getattr", "hasattr", "setattr", "delattr", "methodcaller", "attrgetter", "import_module", "__import__"}
)
"""Calls that take a name as text."""
SPACES = frozenset({"globals", "locals", "vars", "__dict__"})
"""What is subscripted or asked with a name as text."""
LISTINGS = frozenset({"iter_modules", "walk_packages"})
"""Calls that find modules by looking into a folder."""
RUNTIME_WORDS = LOOKUPS | SPACES | LISTINGS | {"__subclasses__"}

CASES = frozenset({"lower", "upper", "title", "capitalize", "casefold", "swapcase"})


def dotted(node: ast.AST | None) -> str:
    """`a.b.c`, or nothing where the expression is more than names and dots."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            base = dotted(value)
            return f"{base}.{attr}" if base else ""
    return ""


def parts_of(node: ast.expr) -> Parts | None:
    """The constant parts with None for every hole; None for what is no such expression."""
    match node:
        case ast.JoinedStr(values=values):
            parts = tuple(one.value if isinstance(one, ast.Constant) else None for one in values)
            return tuple(str(part) if part is not None else None for part in parts)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return _cut(RE_PERCENT, text)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return _cut(RE_BRACES, text)
        case ast.BinOp(op=ast.Add()):
            return _sum(node)
    return None


def unfolded(node: ast.expr) -> tuple[ast.expr, bool]:
    """The expression below calls such as `.lower()`, and whether there was one."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in CASES:
            return unfolded(inner)[0], True
    return node, False


def asked_for(node: ast.Call | ast.Subscript) -> ast.expr | None:
    """The expression that a lookup takes as a name: `getattr(x, HERE)`, `globals()[HERE]`."""
    if isinstance(node, ast.Subscript):
        space = node.value.func if isinstance(node.value, ast.Call) else node.value
        return node.slice if _last(space) in SPACES else None
    return _argument(node)


def _argument(node: ast.Call) -> ast.expr | None:
    name = _last(node.func)
    if name in LOOKUPS:
        at = 1 if name in {"getattr", "hasattr", "setattr", "delattr"} else 0
        return node.args[at] if len(node.args) > at else None
    if name == "get" and isinstance(node.func, ast.Attribute) and node.args:
        space = node.func.value
        known = _last(space.func if isinstance(space, ast.Call) else space) in SPACES
        return node.args[0] if known else None
    return None


def _last(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _cut(holes: re.Pattern[str], text: str) -> Parts:
    constants = holes.split(text)
    parts: list[str | None] = [constants[0]]
    for constant in constants[1:]:
        parts += [None, constant]
    return tuple(part for part in parts if part != "")


def _sum(node: ast.expr) -> Parts | None:
    """`"_" + kind + "_x"`, whose parts may again be put together."""
    terms: list[ast.expr] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        match one:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                waiting += [right, left]
            case _:
                terms.append(one)
    parts: list[str | None] = []
    for term in terms:
        match term:
            case ast.Constant(value=str(text)):
                parts.append(text)
            case _:
                parts.extend(parts_of(term) or (None,))
    return tuple(parts) if any(part is not None for part in parts) else None
