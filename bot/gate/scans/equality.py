"""Python objects that agree with everything: comparisons that always answer the same, and new ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.gate.scans.found import Found
from bot.gate.scans.names import COMPARISONS

# Comparisons that hold for every object anyway: to add one to a class changes what its tests compare.
EQUALITIES = frozenset({"__eq__", "__ne__", "__lt__", "__bool__", "__contains__"})
PLAIN = frozenset({"str", "int", "float", "complex", "bytes", "list", "dict", "tuple", "set", "frozenset"})
LOOKUPS = frozenset({"__getattr__", "__getattribute__"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


def found(tree: ast.Module) -> list[Found]:
    """What this version holds, whatever the other one does."""
    places: list[Found] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            places += _in_class(node)
        elif isinstance(node, Function) and node.name in LOOKUPS and _hides(node):
            places.append(Found("hides", node.lineno, f"def {node.name}"))
    return places


def added(old: ast.Module, new: ast.Module) -> list[Found]:
    """Comparisons that a class had not, which was there before."""
    before = {node.name: {name for name, _ in _comparisons(node)} for node in _classes(old)}
    return [
        Found("equals", line, f"class {node.name}: {name}, which is new")
        for node in _classes(new)
        if node.name in before
        for name, line in _comparisons(node)
        if name in EQUALITIES and name not in before[node.name]
    ]


def _in_class(node: ast.ClassDef) -> Iterator[Found]:
    bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
    for item in node.body:
        name, line = _name_of(item), item.lineno
        if name == "__class__":
            yield Found("class", line, f"class {node.name}: {name}")
        if name not in COMPARISONS:
            continue
        if _is_constant(item):
            yield Found("equals", line, f"class {node.name}: {name} always answers the same")
        elif bases & PLAIN and name in EQUALITIES:
            yield Found("equals", line, f"class {node.name}({', '.join(sorted(bases & PLAIN))}): {name}")


def _classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def _comparisons(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for item in node.body:
        if (name := _name_of(item)) in COMPARISONS:
            yield name, item.lineno


def _name_of(item: ast.stmt) -> str:
    match item:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return ""


def _is_constant(item: ast.stmt) -> bool:
    """Whether it answers the same however it is asked, or says yes to all that it does not know."""
    if isinstance(item, ast.Assign):
        return isinstance(item.value, ast.Lambda) and isinstance(item.value.body, ast.Constant)
    if not isinstance(item, Function):
        return False
    answers = [_constant(node.value) for node in ast.walk(item) if isinstance(node, ast.Return)]
    if answers and None not in answers:
        return len(set(answers)) == 1
    last = item.body[-1]
    return isinstance(last, ast.Return) and _constant(last.value) == "True" and "False" not in answers


def _constant(node: ast.expr | None) -> str | None:
    return repr(node.value) if isinstance(node, ast.Constant) else None


def _hides(node: Function) -> bool:
    """Whether an attribute that is not there is answered all the same, whatever its name is."""
    last = node.body[-1]
    value = last.value if isinstance(last, ast.Return) else None
    if isinstance(value, ast.Lambda | ast.Constant) or (isinstance(value, ast.Name) and value.id == "self"):
        return True
    handlers = [one for one in ast.walk(node) if isinstance(one, ast.ExceptHandler)]
    return any(_is_broad(one) and not _raises(one) for one in handlers)


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kind = handler.type
    return kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))
