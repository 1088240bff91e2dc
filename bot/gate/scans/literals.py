"""Values of the tests that code treats as a special case: `if x == 42: return 17`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from bot.gate.scans.found import Found

RE_LITERAL = re.compile(r"""(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])|"([^"\\\n]{3,})"|'([^'\\\n]{3,})'""")
COMMON = frozenset(
    {"0", "1", "-1", "2", "3", "4", "8", "10", "16", "32", "64", "100", "255", "256", "1000", "1024"}
)


def known(tests: Iterable[bytes]) -> frozenset[str]:
    """The numbers and words that stand in the tests, without those that stand everywhere."""
    values: set[str] = set()
    for data in tests:
        for found in RE_LITERAL.finditer(data.decode("utf-8", "replace")):
            values.add(found[1] or found[2] or found[0])
    return frozenset(values - COMMON)


def found(tree: ast.Module, values: frozenset[str]) -> list[Found]:
    """Questions after such a value, answered by a constant that stands in the tests too."""
    return [
        Found("literal", node.lineno, ast.unparse(node))
        for node, answer in _questions(tree)
        if answer & values and {*map(_plain, _asked(node))} & values
    ]


def _questions(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.pattern, set[str]]]:
    """Conditions, with the constants that are the whole answer where they hold."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            yield node.test, _answer(node.body)
        elif isinstance(node, ast.IfExp):
            yield node.test, _constants(node.body)
        elif isinstance(node, ast.match_case):
            yield node.pattern, _answer(node.body)


def _answer(body: list[ast.stmt]) -> set[str]:
    match body:
        case [ast.Return(value=value) | ast.Assign(value=value)] if value is not None:
            return _constants(value)
    return set()


def _constants(node: ast.expr) -> set[str]:
    """The constants of an expression that holds nothing else."""
    inside = [one for one in ast.walk(node) if isinstance(one, ast.expr)]
    if any(
        not isinstance(one, ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.UnaryOp) for one in inside
    ):
        return set()
    return {_plain(one) for one in inside if isinstance(one, ast.Constant | ast.UnaryOp)}


def _asked(node: ast.expr | ast.pattern) -> Iterator[ast.expr]:
    for one in ast.walk(node):
        if isinstance(one, ast.Compare) and isinstance(one.ops[0], ast.Eq | ast.In | ast.Is):
            for side in (one.left, *one.comparators):
                yield from side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
        elif isinstance(one, ast.MatchValue):
            yield one.value


def _plain(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=bool() | None):
            return ""
        case ast.Constant(value=value):
            return str(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return f"-{value}"
    return ""
