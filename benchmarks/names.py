"""What a package defines, read from its files alone: nothing here knows how the dead code was found."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions(tree: Path, source: str) -> set[str]:
    """Every function, class, method and top-level import of a package: `path::name`."""
    return {f"{path}::{name}" for path, module in _modules(tree, source) for name in _all(module.body)}


def public(tree: Path, source: str) -> set[str]:
    """Every name that can be imported without an underscore, and the public methods of public classes.
    Imports count where they are the package's own (a re-export) or listed in `__all__`."""
    return {
        f"{path}::{name}"
        for path, module in _modules(tree, source)
        if not any(_is_private(part) for part in PurePosixPath(path).with_suffix("").parts)
        for name in (*_open(module.body, source), *_exported(module))
    }


def _modules(tree: Path, source: str) -> Iterator[tuple[str, ast.Module]]:
    for file in sorted((tree / source).rglob("*.py")):
        yield file.relative_to(tree).as_posix(), ast.parse(file.read_bytes())


def _is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def _all(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in _flat(body):
        if isinstance(node, Scope):
            yield prefix + node.name
            yield from _all(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (f"{prefix}import {alias.asname or alias.name}" for alias in node.names)


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, with those below `if`, `try` and `with`."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.stmt):
                    yield from _flat([child])
                elif isinstance(child, ast.ExceptHandler):
                    yield from _flat(child.body)


def _open(body: list[ast.stmt], source: str) -> Iterator[str]:
    for node in _flat(body):
        yield from (name for name in _bound(node, source) if not _is_private(name))
        if isinstance(node, ast.ClassDef) and not _is_private(node.name):
            yield from (f"{node.name}.{name}" for name in _open(node.body, source))


def _bound(node: ast.stmt, source: str) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [
                one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)
            ]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.ImportFrom() if node.level or (node.module or "").split(".")[0] == source:
            return [alias.asname or alias.name for alias in node.names]
    return []


def _exported(module: ast.Module) -> Iterator[str]:
    """The names in `__all__`, in whatever way they got there."""
    for node in _flat(module.body):
        if "__all__" in {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}:
            yield from (
                f"__all__: {one.value}"
                for one in ast.walk(node)
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )
