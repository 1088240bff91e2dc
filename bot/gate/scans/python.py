"""Python outside of the tests: what looks for the runner, ends it, or changes what it relies on."""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Iterable

from bot.gate.scans.found import Found
from bot.gate.scans.names import COMPARISONS, INNARDS, USES, Names, is_patched, module_rule
from bot.gate.scans.texts import RE_ASKED, RE_ENVIRONMENT, rule_of

PARSING = threading.Lock()
"""Parsing warns of the file's own faults; turning that off is not safe between threads."""

MAINS = frozenset({"main", "_main", "cli", "parse_args"})
ASKING = frozenset(
    {"get", "getenv", "startswith", "endswith", "find", "count", "index", "find_spec", "search"}
)
ENDINGS = frozenset({"builtins.SystemExit", "builtins.KeyboardInterrupt"})
EXITS = frozenset({"sys.exit", "builtins.exit", "builtins.quit"})
RUNS_TEXT = frozenset({"builtins.exec", "builtins.eval", "types.FunctionType", "types.CodeType"})
LISTS = (ast.Tuple, ast.List, ast.Set)


def parsed(data: bytes) -> ast.Module | None:
    """The syntax tree; None where it is no Python that we know."""
    try:
        with PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def found(tree: ast.Module, *, script: bool = False) -> list[Found]:
    """All that deserves a look, in the order of lines. A `script` is not loaded, it is started."""
    visitor = _Visitor(Names(tree), script)
    visitor.visit(tree)
    return sorted(set(visitor.found), key=lambda one: (one.line, one.rule))


class _Visitor(ast.NodeVisitor):
    def __init__(self, names: Names, script: bool) -> None:
        self.found: list[Found] = []
        self._names = names
        self._functions: list[str] = []
        self._as_script = int(script)

    @property
    def _early(self) -> bool:
        """Whether this runs when the file is loaded."""
        return not self._functions and not self._as_script

    def _add(self, rule: str | None, node: ast.AST) -> None:
        if rule is not None:
            line = getattr(node, "lineno", 0)
            self.found.append(Found(rule, line, ast.unparse(node).partition("\n")[0], self._early))

    # Where we are

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all(node.decorator_list)
        self._functions.append(node.name)
        self._visit_all((node.args, *node.body))
        self._functions.pop()

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._functions.append("lambda")
        self.generic_visit(node)
        self._functions.pop()

    def visit_If(self, node: ast.If) -> None:
        script = _asks_for_main(node.test)
        self.visit(node.test)
        self._as_script += script
        self._visit_all(node.body)
        self._as_script -= script
        self._visit_all(node.orelse)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        """Annotations do nothing."""

    # What is loaded, named and called

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._load(module_rule(alias.name), node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or node.module is None:
            return
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            rule = module_rule(name)
            self._load(rule or USES.get(name), node, node.module if rule else name)

    def _load(self, rule: str | None, node: ast.stmt, name: str) -> None:
        """To import one name more from a module is no news."""
        if rule is not None:
            self.found.append(Found(rule, node.lineno, f"import {name}", self._early))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self._names.of(node)
        if rule := USES.get(name) or ("stack" if node.attr == "f_back" else None):
            self._add(rule, node)
        elif name.endswith(".__dict__") and is_patched(name):
            self._add("patch", node)
        self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        self._add(USES.get(self._names.of(node)), node)

    def visit_Call(self, node: ast.Call) -> None:
        called = self._names.of(node.func)
        if called in RUNS_TEXT:
            self._add("code", node)
        elif (called in EXITS and self._early) or _kills_itself(node, called, self._names):
            self._add("exit", node)
        elif called in ("builtins.setattr", "builtins.delattr") and node.args:
            self._set_by_name(node)
        elif USES.get(loaded := self._names.of(node)) or (loaded and module_rule(loaded)):
            self._add(USES.get(loaded) or module_rule(loaded), node)
        self._asked(node)
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        exc = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = self._names.of(exc)
        if name in ENDINGS and (self._early or name.endswith("KeyboardInterrupt")):
            self._add("exit", node)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        if any(isinstance(one, ast.Name) and one.id == "AssertionError" for one in caught):
            self.found.append(Found("hides", node.lineno, "except AssertionError"))
        self.generic_visit(node)

    # What is set

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._set(target, node)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._set(node.target, node)
        self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._set(target, node)

    def _set(self, target: ast.expr, node: ast.stmt) -> None:
        if isinstance(target, LISTS):
            for one in target.elts:
                self._set(one, node)
        elif isinstance(target, ast.Attribute):
            self._set_attribute(target, node)
        elif isinstance(target, ast.Subscript) and self._names.of(target.value) == "sys.modules":
            own = isinstance(target.slice, ast.Name) and target.slice.id == "__name__"
            self._add(None if own else "imports", node)

    def _set_attribute(self, target: ast.Attribute, node: ast.stmt) -> None:
        if is_patched(self._names.of(target)):
            self._add("patch", node)
        elif target.attr in INNARDS:
            self._add("class", node)
        elif target.attr in COMPARISONS:
            self._add("equals", node)

    def _set_by_name(self, node: ast.Call) -> None:
        if is_patched(f"{self._names.of(node.args[0])}.?"):
            self._add("patch", node)
        elif _text(node.args[1] if len(node.args) > 1 else None) in COMPARISONS | INNARDS:
            self._add("equals", node)

    # What is asked for

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._add(rule_of(node.value), node)

    def visit_Dict(self, node: ast.Dict) -> None:
        """`type("Any", (), {"__eq__": ...})`"""
        if any(_text(key) in COMPARISONS for key in node.keys):
            self._add("equals", node)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        texts = [_text(one) for side in sides for one in (side.elts if isinstance(side, LISTS) else [side])]
        environment = any(self._is_environment(side) for side in sides)
        if any(RE_ASKED.search(text) for text in texts) or self._asks_for_arguments(node):
            self._add("runner", node)
        elif environment and any(map(RE_ENVIRONMENT.fullmatch, texts)):
            self._add("environment", node)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        text = _text(node.slice)
        if self._is_environment(node.value) and RE_ENVIRONMENT.fullmatch(text):
            self._add("environment", node)
        elif self._names.of(node.value) == "sys.modules" and RE_ASKED.search(text):
            self._add("runner", node)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._iterated(node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._iterated(node.iter)
        self.generic_visit(node)

    def _iterated(self, what: ast.expr) -> None:
        inner = what.args[0] if isinstance(what, ast.Call) and what.args else what
        self._add("imports" if self._names.of(inner) == "sys.modules" else None, what)

    def _asked(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else self._names.of(node.func)
        if called.rpartition(".")[2] not in ASKING:
            return
        texts = [_text(arg) for arg in node.args]
        if any(RE_ASKED.search(text) for text in texts):
            self._add("runner", node)
        elif self._names.of(node.func).startswith(("os.environ.", "os.getenv")):
            self._add("environment" if any(map(RE_ENVIRONMENT.fullmatch, texts)) else None, node)

    def _is_environment(self, node: ast.expr) -> bool:
        return self._names.of(node) == "os.environ"

    def _asks_for_arguments(self, node: ast.Compare) -> bool:
        if self._as_script or (self._functions and self._functions[-1] in MAINS):
            return False
        inside = list(ast.walk(node))
        counts = any(isinstance(one, ast.Name) and one.id == "len" for one in inside)
        return not counts and any(self._names.of(one) == "sys.argv" for one in inside)

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)


def _asks_for_main(test: ast.expr) -> bool:
    match test:
        case ast.Compare(
            left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value=value)]
        ):
            return value == "__main__"
    return False


def _kills_itself(node: ast.Call, called: str, names: Names) -> bool:
    own = {"os.getpid", "os.getpgid", "os.getpgrp"}
    return called in ("os.kill", "os.killpg") and any(names.of(one) in own for one in ast.walk(node))


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
