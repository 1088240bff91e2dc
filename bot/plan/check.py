"""A script before it runs: where it comes from, and what about it deserves a warning."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.errors import InputError
from bot.plan.drive import SCRIPTS

BUILT_IN = ("audit", "migrate")
MAX_SCRIPT = 1024 * 1024
MUTATORS = frozenset(
    {"append", "extend", "insert", "pop", "remove", "clear", "update", "add", "setdefault", "sort"}
)


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text, and the name that its errors give."""

    name: str
    text: str


def load_script(name: str, read: Callable[[str], bytes | None]) -> Script:
    """A built-in script by its name, or one of the base commit by its path. Raises InputError."""
    if name in BUILT_IN:
        return Script(f"{name}.py", (SCRIPTS / f"{name}.py").read_text(encoding="utf-8"))
    data = read(name)
    if data is None:
        raise InputError(
            f"the script {name!r} is neither built in ({', '.join(BUILT_IN)}) nor a file of the base commit",
            "Commit it, or correct `script` in the spec.",
        )
    if len(data) > MAX_SCRIPT:
        raise InputError(f"the script {name!r} has {len(data):,} bytes; at most {MAX_SCRIPT:,} are read")
    try:
        return Script(name, data.decode("utf-8"))
    except UnicodeDecodeError as err:
        raise InputError(f"the script {name!r} is not UTF-8: {err}") from err


def warnings_of(script: Script) -> list[str]:
    """Tasks that change what they share may take another path on a replay, where results come back in
    another order: say where. A script that does not parse has no warnings; the type-check tells why."""
    try:
        tree = ast.parse(script.text)
    except SyntaxError:
        return []
    shared = _assigned(tree.body)
    return [
        f"{script.name}:{line}: tasks change {name!r}, which they share:"
        " on a replay in another order the script may take another path"
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef)
        for name, line in _changes(function)
        if name in shared - _own(function)
    ]


def _assigned(body: list[ast.stmt]) -> set[str]:
    names = set()
    for statement in body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign | ast.AugAssign):
            targets = [statement.target]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def _own(function: ast.AsyncFunctionDef) -> set[str]:
    args = function.args
    given = {arg.arg for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs]}
    declared = {n for s in ast.walk(function) if isinstance(s, ast.Global | ast.Nonlocal) for n in s.names}
    return (given | _assigned(function.body)) - declared


def _changes(function: ast.AsyncFunctionDef) -> Iterator[tuple[str, int]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            if isinstance(node.func.value, ast.Name):
                yield node.func.value.id, node.lineno
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from ((name, node.lineno) for name in node.names)
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield from [(node.value.id, node.lineno)] if isinstance(node.value, ast.Name) else []
