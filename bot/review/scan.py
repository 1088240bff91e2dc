"""Reads a Python file into facts, once per content."""

# ruff: noqa: N802 (the names are ast.NodeVisitor's)

from __future__ import annotations

import ast
import hashlib
import re
import threading
import warnings
from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from dataclasses import replace

from bot.review.facts import Attribute, Decorator, Definition, Facts, Import, Kind, Pattern, Text
from bot.review.patterns import LISTINGS, LOOKUPS, SPACES, asked_for, dotted, parts_of, unfolded
from bot.review.walker import Walker

FactsCache = MutableMapping[str, Facts]

RE_LINE_END = re.compile(r"\r\n|\r|\n")
EXPORTS = "__all__"
PARSING = threading.Lock()
"""Parsing warns of the file's own faults; turning that off is not safe between threads."""


def facts_of(data: bytes, cache: FactsCache | None = None) -> Facts:
    """The facts of a file's bytes; never fails: what cannot be parsed is `broken`."""
    key = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    if cache is None:
        return _read(data)
    if key not in cache:
        cache[key] = _read(data)
    return cache[key]


def _read(data: bytes) -> Facts:
    lines = tuple(RE_LINE_END.split(data.decode("utf-8", "replace")))
    try:
        with PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
        scan = _Scan()
        scan.visit(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Facts(lines=lines, broken=True)
    return scan.facts(lines)


class _Scan(Walker):
    """One walk over a module. A name counts as used where no function around it binds it."""

    def __init__(self) -> None:
        super().__init__()
        self.definitions: dict[str, Definition] = {}
        self.imports: list[Import] = []
        self.names: dict[str, list[int]] = defaultdict(list)
        self.attributes: dict[str, list[Attribute]] = defaultdict(list)
        self.stored: set[str] = set()
        self.class_names: dict[str, list[int]] = defaultdict(list)
        self.texts: list[Text] = []
        self.exports: dict[str, int] = {}
        self.patterns: list[tuple[Pattern, str]] = []
        self.runtime = False
        self.lists_modules = 0
        self.acts = 0
        self._direct: set[int] = set()
        self._folded: set[int] = set()
        self._assigned: dict[int, str] = {}
        self._asked_for: set[str] = set()

    def facts(self, lines: tuple[str, ...]) -> Facts:
        return Facts(
            lines=lines,
            definitions=self.definitions,
            imports=tuple(self.imports),
            names={name: tuple(found) for name, found in self.names.items()},
            attributes={name: tuple(found) for name, found in self.attributes.items()},
            stored=frozenset(self.stored),
            class_names={name: tuple(found) for name, found in self.class_names.items()},
            texts=tuple(self.texts),
            exports=self.exports,
            patterns=tuple(self._patterns()) if self.runtime else (),
            lists_modules=self.lists_modules,
            acts=self.acts,
        )

    def _patterns(self) -> Iterator[Pattern]:
        """`name = "_" + kind` and then `getattr(self, name)` is as direct as in one expression."""
        for pattern, variable in self.patterns:
            yield replace(pattern, direct=pattern.direct or variable in self._asked_for)

    # Definitions

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        bases = tuple(dotted(_unsubscripted(base)) or _called(base) for base in node.bases)
        meta = [dotted(one.value) for one in node.keywords if one.arg == "metaclass"]
        self._define(node, Kind.CLASS, bases, meta[0] if meta else "")
        super().visit_ClassDef(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._define(node, Kind.METHOD if self.in_class_body else Kind.FUNCTION)
        super().visit_FunctionDef(node)

    def _define(
        self,
        node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
        kind: Kind,
        bases: tuple[str, ...] = (),
        metaclass: str = "",
    ) -> None:
        if self.in_function:
            return
        decorators = tuple(
            Decorator(_decorator(one), one.lineno, one.end_lineno or one.lineno)
            for one in node.decorator_list
        )
        self._bind(kind, node.name, node, decorators, bases, metaclass)

    def _bind(
        self,
        kind: Kind,
        name: str,
        node: ast.stmt | ast.expr,
        decorators: tuple[Decorator, ...] = (),
        bases: tuple[str, ...] = (),
        metaclass: str = "",
    ) -> None:
        """Overloads, setters and the branches of an `if` share one name: their decorators add up."""
        qualname = self.qualified(name)
        known = self.definitions.get(qualname)
        if known and (known.kind is not Kind.VARIABLE or kind is Kind.VARIABLE):
            decorators = (*known.decorators, *decorators)
            known = Definition(
                known.kind, qualname, known.line, known.end, decorators, known.bases, known.metaclass
            )
        end = node.end_lineno or node.lineno
        self.definitions[qualname] = known or Definition(
            kind, qualname, node.lineno, end, decorators, bases, metaclass
        )

    # Imports and exports

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            module = alias.name
            explicit = alias.asname == alias.name
            one = Import(node.lineno, module, 0, "", bound, self.toplevel, explicit, node.lineno)
            self.imports.append(one)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            one = Import(
                alias.lineno,
                node.module or "",
                node.level,
                alias.name,
                alias.asname or alias.name,
                self.toplevel,
                alias.asname == alias.name,
                node.lineno,
            )
            self.imports.append(one)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(dotted(target) == EXPORTS for target in node.targets):
            self._export(node.value)
            return
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._assigned[id(unfolded(node.value)[0])] = target.id
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if dotted(node.target) == EXPORTS:
            self._export(node.value)
        else:
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if dotted(node.target) == EXPORTS and node.value:
            self._export(node.value)
            return
        self.visit(node.target)
        self.annotation(node.annotation)
        if node.value:
            # An alias of a type may be quoted: `Shelf: TypeAlias = "dict[str, Book]"`.
            is_alias = dotted(node.annotation).endswith("TypeAlias")
            (self.annotation if is_alias else self.visit)(node.value)

    def _export(self, node: ast.AST) -> None:
        for one in ast.walk(node):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                self.exports.setdefault(one.value, one.lineno)

    # Uses

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            if not self.in_function:
                self._bind(Kind.VARIABLE, node.id, node)
        elif not self.is_local(node.id):
            self.names[node.id].append(node.lineno)
            if self.in_class_body:
                self.class_names[self.qualified(node.id)].append(node.lineno)
        self.runtime = self.runtime or node.id in LOOKUPS or node.id in SPACES

    def visit_Attribute(self, node: ast.Attribute) -> None:
        base = dotted(node.value)
        if isinstance(node.ctx, ast.Load):
            self._read(node.attr, base, node.end_lineno or node.lineno)
        elif base == "self":
            self.stored.add(self.qualified(node.attr))
        self.runtime = self.runtime or node.attr in LOOKUPS or node.attr in SPACES
        self.visit(node.value)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        for name in node.kwd_attrs:
            self._read(name, "", node.lineno)
        self.generic_visit(node)

    def _read(self, name: str, base: str, line: int) -> None:
        self.attributes[name].append(Attribute(base, line, ".".join(self.classes)))

    def visit_Call(self, node: ast.Call) -> None:
        if dotted(node.func) == f"{EXPORTS}.extend" or dotted(node.func) == f"{EXPORTS}.append":
            self._export(node)
            return
        called = dotted(node.func).rpartition(".")[2]
        if called in LISTINGS:
            self.lists_modules = self.lists_modules or node.lineno
        self._look_up(asked_for(node))
        self._pattern(node)
        self.visit(node.func)
        # `cast("Shelf", x)` and `TypeVar("T", bound="Shelf")` quote annotations; no other call does.
        quoted = {"cast": node.args[:1], "TypeVar": [one.value for one in node.keywords]}.get(called, [])
        with self.annotations(False):
            self.visit_all(one for one in node.args if one not in quoted)
            self.visit_all(one.value for one in node.keywords if one.value not in quoted)
        for one in quoted:
            self.annotation(one)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._look_up(asked_for(node))
        super().visit_Subscript(node)

    # Strings

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return
        if isinstance(node.value, ast.Call) and self.toplevel:
            self.acts = self.acts or node.lineno
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """What runs only as a script is no effect of loading the module."""
        acts = self.acts
        self.generic_visit(node)
        if _asks_for_main(node.test):
            self.acts = acts

    def visit_Constant(self, node: ast.Constant) -> None:
        if not isinstance(node.value, str):
            return
        quoted = _expression(node.value) if self.annotating else None
        if quoted is None:
            self.texts.append(Text(node.value, node.lineno))
            return
        for one in ast.walk(quoted):
            if isinstance(one, ast.expr):
                one.lineno = one.end_lineno = node.lineno
        self.visit(quoted)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._pattern(node)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._pattern(node)
        self.generic_visit(node)

    def _look_up(self, node: ast.expr | None) -> None:
        if node is None:
            return
        inner, folded = unfolded(node)
        self._direct.add(id(inner))
        if isinstance(inner, ast.Name):
            self._asked_for.add(inner.id)
        if folded:
            self._folded.add(id(inner))

    def _pattern(self, node: ast.expr) -> None:
        inner = unfolded(node)[0]
        if inner is not node:
            self._folded.add(id(inner))
            return
        parts = parts_of(node)
        if parts and None in parts and any(parts):
            pattern = Pattern(parts, node.lineno, id(node) in self._direct, id(node) in self._folded)
            self.patterns.append((pattern, self._assigned.get(id(node), "")))


def _asks_for_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and any(
        dotted(one) == "__name__" for one in (test.left, *test.comparators)
    )


def _decorator(node: ast.expr) -> str:
    return dotted(node.func if isinstance(node, ast.Call) else node)


def _unsubscripted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _called(node: ast.expr) -> str:
    """`namedtuple(...)` as a base, by the name of what is called."""
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
