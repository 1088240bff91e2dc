"""What a function, a lambda or a comprehension binds for itself: such a name never means the module's."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Scope = Function | Comprehension

INNER = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    *(ast.Attribute, ast.Constant, ast.Name),
)
"""What is not looked into: scopes of their own, and what can bind nothing below itself."""

BINDERS = (
    *(ast.Name, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom),
    *(ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping),
)


def locals_of(node: Scope) -> frozenset[str]:
    """The names that mean something of its own inside this scope."""
    if isinstance(node, Comprehension):
        targets = [one.target for one in node.generators]
        return frozenset(
            one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)
        )
    bound = set(_parameters(node.args))
    shared: set[str] = set()
    for one in _body(node):
        if isinstance(one, ast.Global | ast.Nonlocal):
            shared.update(one.names)
        elif isinstance(one, BINDERS):
            bound.update(_binds(one))
    return frozenset(bound - shared)


def _parameters(args: ast.arguments) -> Iterator[str]:
    for one in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
        if one is not None:
            yield one.arg


def _body(node: Function) -> Iterator[ast.AST]:
    """Everything in a function's body that may bind a name, but for what is inside a scope of its own."""
    waiting: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, INNER):
            continue
        for name in one._fields:
            value = getattr(one, name)
            if isinstance(value, list):
                waiting += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST):
                waiting.append(value)


def _binds(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in aliases)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
