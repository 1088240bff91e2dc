"""Walks a module with an eye on where it is: in which classes and functions, in an annotation or not."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bot.review.patterns import dotted
from bot.review.scopes import Comprehension, Function, locals_of


class Walker(ast.NodeVisitor):
    """Subclasses say what to do with what is met; a quoted annotation is read as the code that it is."""

    def __init__(self) -> None:
        self.classes: list[str] = []
        self.in_class_body = False
        self.annotating = False
        self._functions: list[frozenset[str]] = []

    @property
    def in_function(self) -> bool:
        return bool(self._functions)

    @property
    def toplevel(self) -> bool:
        return not self._functions and not self.classes

    def is_local(self, name: str) -> bool:
        """Whether a function around this place binds the name."""
        return any(name in names for names in self._functions)

    def qualified(self, name: str) -> str:
        return ".".join([*self.classes, name])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for base in node.bases:
            self.annotation(base)
        self.visit_all((*node.decorator_list, *node.keywords))
        before, self.in_class_body = self.in_class_body, True
        self.classes.append(node.name)
        self.visit_all(node.body)
        self.classes.pop()
        self.in_class_body = before

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.visit_all(node.decorator_list)
        self._signature(node.args)
        self.annotation(node.returns)
        self._inside(node, node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._signature(node.args)
        self._inside(node, [node.body])

    def _comprehension(self, node: Comprehension) -> None:
        self._inside(node, ast.iter_child_nodes(node))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        literal = dotted(node.value).rpartition(".")[2] == "Literal"
        with self.annotations(self.annotating and not literal):
            self.visit(node.slice)

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def annotation(self, node: ast.expr | None) -> None:
        if node is not None:
            with self.annotations(True):
                self.visit(node)

    @contextmanager
    def annotations(self, on: bool) -> Iterator[None]:
        before, self.annotating = self.annotating, on
        yield
        self.annotating = before

    def _signature(self, args: ast.arguments) -> None:
        self.visit_all(one for one in (*args.defaults, *args.kw_defaults) if one is not None)
        for one in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            self.annotation(one.annotation if one else None)

    def _inside(self, node: Function | Comprehension, body: Iterable[ast.AST]) -> None:
        self._functions.append(locals_of(node))
        before, self.in_class_body = self.in_class_body, False
        self.visit_all(body)
        self.in_class_body = before
        self._functions.pop()
