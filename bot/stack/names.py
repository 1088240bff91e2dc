"""What a Python file defines and what it uses of others, as far as its syntax tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

SOURCE_ROOTS = ("src", "lib")


@dataclass(frozen=True, slots=True)
class Names:
    """`defined`: qualified names, one level of classes deep. `imported`: (module, name), where name is ""
    for the module itself. `attributes`: names read from any object."""

    defined: frozenset[str] = frozenset()
    imported: frozenset[tuple[str, str]] = frozenset()
    attributes: frozenset[str] = frozenset()


ABSENT = Names()


def module_of(path: str) -> str:
    """The dotted module of a file, without a source root: `src/app/io.py` is `app.io`."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if len(parts) > 1 and parts[0] in SOURCE_ROOTS:
        parts = parts[1:]
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts)


def names_of(path: str, source: bytes | None) -> Names:
    """The names of a file; of one that is absent or cannot be parsed, none."""
    if source is None or not path.endswith(".py"):
        return ABSENT
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ABSENT
    nodes = list(ast.walk(tree))
    package = _package(path)
    return Names(
        frozenset(_defined(tree.body)),
        frozenset(pair for node in nodes for pair in _imported(node, package)),
        frozenset(node.attr for node in nodes if isinstance(node, ast.Attribute)),
    )


def _package(path: str) -> list[str]:
    module = module_of(path).split(".")
    return module if PurePosixPath(path).name == "__init__.py" else module[:-1]


def _defined(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.ClassDef(name=name, body=inner):
                yield prefix + name
                if not prefix:
                    yield from _defined(inner, f"{name}.")
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from (prefix + name for target in targets for name in _stored(target))
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (prefix + (a.asname or a.name.partition(".")[0]) for a in aliases)
            case ast.If(body=then, orelse=otherwise) | ast.Try(body=then, orelse=otherwise):
                handlers = [s for h in getattr(node, "handlers", ()) for s in h.body]
                yield from _defined([*then, *handlers, *otherwise], prefix)


def _stored(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id


def _imported(node: ast.AST, package: list[str]) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names=aliases):
            yield from ((alias.name, "") for alias in aliases)
        case ast.ImportFrom(module=module, names=aliases, level=level):
            base = package[: len(package) - level + 1] if level else []
            source = ".".join([*base, *([module] if module else [])])
            yield (source, "")
            yield from ((source, alias.name) for alias in aliases)
