"""Test files: what takes a test out, what hooks into the runner, and how much is asserted."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.gate.scans.found import Found
from bot.gate.scans.lines import RE_COMMENT

RE_MARKER = re.compile(
    r"(?<!['\"])\b(?:pytest\.(?:mark\.)?|mark\.)(?:skip(?:if)?|xfail|importorskip)\b|\bpytest\.exit\b|\bcollect_ignore(?:_glob)?\b"
    r"|\bunittest\.skip\w*|\b(?:raise|@)\s*(?:unittest\.)?(?:SkipTest|expectedFailure|skip(?:If|Unless)?)\b"
    r"|\bself\.skipTest\b|\b__test__\s*=\s*False"
    r"|\b(?:describe|it|test|suite|context|specify)(?:\.\w+)*\.(?:skip|only|todo|failing|fails|fixme|skipIf|runIf)\b"
    r"|(?<![.\w])(?:(?:xit|xdescribe|xtest|xcontext|xspecify|fdescribe|fcontext)\s*['\"(]|fit\(['\"`])"
    r"|\b[tb]\.(?:Skip(?:f|Now)?|skip|todo)\(|\bthis\.skip\(|\{\s*(?:skip|todo|only|retries?)\s*:"
    r"|#\[(?:ignore|should_panic)\b|@(?:Disabled\w*|Ignore|EnabledIf\w*|EnabledOn\w*)\b"
    r"|\bassum(?:e(?:True|False|That|NoException)|ing)\b|\[(?:Ignore|Explicit)\b|\bSkip\s*=\s*\""
    r"|\bGTEST_SKIP\b|\bDISABLED_\w+|\bWILL_FAIL\b|\bmarkTest(?:Skipped|Incomplete)\b"
    r"|@tag :?skip\b|^//go:build ignore"
    r"|^\s*(?:pending|skip)(?:\s*['\"(]|\s*$|\s+(?:if|unless)\b)"
)
RE_HOOK = re.compile(
    r"^\s*(?:async )?def pytest_\w+\(|\bpytest_plugins\s*=|\bhookimpl\b|\bTestMain\(|\bsetupFiles\w*\b"
)
RE_ASSERT = re.compile(
    r"\bassert\w*[!\s(.]|\bexpect\w*\s*[({.]|\bEXPECT_\w+|\bASSERT_\w+|\b(?:CHECK|REQUIRE)\w*\s*\(|\bAssert\.\w+"
    r"|\brefute\w*\b|\.should\b|\bmust_\w+|\bt\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\("
    r"|\b(?:assert|require|t)\.\w+\(|\bverify\("
)
RE_EXACT = re.compile(
    r"===?|\b(?:assert)?(?:Deep)?(?:Strict)?Equals?\b|_(?:STR)?EQ\b|_eq!|\btoBe\(|\btoEqual|\btoStrictEqual|\beq\("
)
EXACT_CALLS = frozenset(
    {"assertEqual", "assertIs", "assertListEqual", "assertDictEqual", "assertEquals", "assertRaises"}
)


@dataclass(slots=True)
class Asserted:
    """How much the tests assert, by test, and how much of it exactly. (Cases that go are missing tests.)"""

    all: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, line: int, all_: int, exact: int) -> None:
        self.all[name] += all_
        self.exact[name] += exact
        self.lines.setdefault(name, line)


def marked(text: str) -> Iterator[Found]:
    """Lines that take tests out, or hook into the runner."""
    for number, line in enumerate(text.split("\n"), 1):
        if RE_COMMENT.match(line) and not line.startswith("//go:"):
            continue
        for rule, pattern in (("marker", RE_MARKER), ("hook", RE_HOOK)):
            if pattern.search(line):
                yield Found(rule, number, line.strip())


def count(path: str, text: str, tree: ast.Module | None, into: Asserted) -> None:
    """Add what a test file asserts."""
    if tree is None:
        lines = [line for line in text.split("\n") if not RE_COMMENT.match(line) and RE_ASSERT.search(line)]
        into.add(path, 0, len(lines), sum(1 for line in lines if RE_EXACT.search(line)))
        return
    for name, node in _tests(tree, ""):
        asserted = [one for one in ast.walk(node) if _asserts(one)]
        exact = sum(1 for one in asserted if _is_exact(one))
        into.add(name, node.lineno, len(asserted), exact)


def _tests(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """By class and name alone, so that a test which moves to another file is the same."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _tests(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _tests(node, prefix)


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        # `assert True` asserts nothing.
        return not isinstance(node.test, ast.Constant)
    return isinstance(node, ast.Call) and _called(node).startswith(("assert", "raises", "fail", "warns"))


def _called(node: ast.Call) -> str:
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _is_exact(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        inside = [one for one in ast.walk(node.test) if isinstance(one, ast.Compare)]
        loose = any(isinstance(one, ast.Call) and _called(one) == "approx" for one in ast.walk(node.test))
        return not loose and any(isinstance(op, ast.Eq | ast.Is) for one in inside for op in one.ops)
    return isinstance(node, ast.Call) and (_called(node) in EXACT_CALLS or bool(node.keywords))
