"""What a module's top level does when it is loaded: define, export, act, or nothing at all."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from bot.engines.recipe.definitions import blocks, dotted_name

PLAIN_BASES = frozenset({"object", "Exception", "ValueError", "RuntimeError", "TypeError"})
"""Bases that are known not to register their subclasses."""

Assignment = ast.Assign | ast.AugAssign | ast.AnnAssign


def exports_of(tree: ast.Module) -> frozenset[str]:
    found: set[str] = set()
    for node in filter(_is_about_all, _flat(tree.body)):
        found.update(
            one.value
            for one in ast.walk(node)
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )
    return frozenset(found)


def has_main(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.If) and _asks_for_main(node) for node in _flat(tree.body))


def has_effects(body: Iterable[ast.stmt]) -> bool:
    return any(_acts(node) for node in body)


def is_hollow(body: Iterable[ast.stmt]) -> bool:
    return all(_is_nothing(node) for node in body)


def _acts(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return False
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return bool(node.decorator_list)
        case ast.ClassDef():
            return bool(node.decorator_list or node.keywords) or not _has_plain_bases(node)
        case ast.Assign() | ast.AnnAssign():
            return not _binds_plainly(node)
        case ast.If() | ast.Try():
            return not _asks_for_main(node) and any(has_effects(block) for block in blocks(node))
        case _:
            return not _is_about_all(node)


def _has_plain_bases(node: ast.ClassDef) -> bool:
    return all(isinstance(base, ast.Name) and base.id in PLAIN_BASES for base in node.bases)


def _binds_plainly(node: ast.Assign | ast.AnnAssign) -> bool:
    """A name gets a value, and nobody is called for it."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    calls = any(isinstance(one, ast.Call | ast.Await) for one in ast.walk(node))
    return not calls and all(isinstance(one, ast.Name) for one in targets)


def _is_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If(orelse=[]):
            return dotted_name(node.test).endswith("TYPE_CHECKING") and is_hollow(node.body)
        case _:
            return _is_about_all(node)


def _is_about_all(node: ast.stmt) -> bool:
    """`__all__ = [...]`, `__all__ += [...]`, `__all__.extend([...])`."""
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.AugAssign(target=ast.Name(id="__all__")) | ast.AnnAssign(target=ast.Name(id="__all__")):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="__all__")))):
            return True
    return False


def _asks_for_main(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and "'__main__'" in ast.dump(node.test)
        and "'__name__'" in ast.dump(node.test)
    )


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run on load, those below `if` and `try` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            for block in blocks(node):
                yield from _flat(block)
