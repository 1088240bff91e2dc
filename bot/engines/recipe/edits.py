"""Takes definitions and imported names out of a file and leaves every other byte as it was.

Walks statements only: the n-th definition met here is the n-th that `definitions_in` lists, which gives lines
and qualified names without libcst's slow positions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

import libcst as cst

from bot.engines.recipe.definitions import definitions_in
from bot.engines.recipe.facts import Definition, Kind
from bot.engines.recipe.layout import empty_block, join_kept, without_aliases
from bot.engines.recipe.scan import UNREADABLE, parse

Node = TypeVar("Node", bound=cst.CSTNode)
Statement = cst.BaseStatement
Small = cst.BaseSmallStatement

BLOCK_FIELDS = ("body", "handlers", "orelse", "finalbody", "cases")


@dataclass(frozen=True)
class Target:
    line: int
    kind: Kind
    name: str
    qualname: str


class CannotEdit(Exception):
    """The file is better left alone: libcst cannot read it, or does not see in it what we see."""


def remove(source: bytes, targets: Collection[Target]) -> bytes:
    """Targets that the file does not define are an error, never skipped."""
    try:
        return _remove(source, set(targets))
    except (cst.ParserSyntaxError, *UNREADABLE) as err:
        raise CannotEdit(f"it cannot be parsed: {err}") from err


def _remove(source: bytes, wanted: Collection[Target]) -> bytes:
    definitions = definitions_in(parse(source), "")
    module = cst.parse_module(source)
    doomed = frozenset(at for at, one in enumerate(definitions) if _target_of(one) in wanted)
    if len({_target_of(definitions[at]) for at in doomed}) < len(wanted):
        raise CannotEdit("a target is not defined in the file")
    return _Pruner(definitions, doomed).module(module).bytes


def _target_of(one: Definition) -> Target:
    return Target(one.line, one.kind, one.name, one.qualname)


@dataclass
class _Pruner:
    definitions: Sequence[Definition]
    doomed: frozenset[int]
    at: int = 0
    """How many definitions were met so far."""

    def module(self, module: cst.Module) -> cst.Module:
        body, footer = join_kept(module.body, self._statements(module.body))
        if self.at != len(self.definitions):
            raise CannotEdit(f"met {self.at} definitions of {len(self.definitions)}")
        ends = module.has_trailing_newline and bool(body or footer or module.footer or module.header)
        return module.with_changes(body=body, footer=[*footer, *module.footer], has_trailing_newline=ends)

    def _statements(self, body: Sequence[Statement]) -> list[Statement | None]:
        return [self._statement(node) for node in body]

    def _statement(self, node: Statement) -> Statement | None:
        """The statement as it stays, or nothing."""
        match node:
            case cst.SimpleStatementLine():
                smalls = self._smalls(node.body)
                if smalls == list(node.body):
                    return node
                return node.with_changes(body=smalls) if smalls else None
            case cst.FunctionDef() | cst.ClassDef():
                dies = self._meet(node.name.value)
                # Walked in any case: what lies inside has to be counted.
                scope = self._compound(node)
                return None if dies else scope
            case cst.If(orelse=None):
                branch = self._compound(node)
                return None if branch is not node and _is_emptied_type_block(branch) else branch
            case _:
                return self._compound(node)

    def _compound(self, node: Node) -> Node:
        """Goes into every block of a compound statement, in source order."""
        changes: dict[str, object] = {}
        for name in BLOCK_FIELDS:
            before = getattr(node, name, None)
            after = self._block(before)
            if after is not before:
                changes[name] = after
        return node.with_changes(**changes) if changes else node

    def _block(self, block: object) -> object:
        match block:
            case cst.IndentedBlock():
                return self._indented(block)
            case cst.SimpleStatementSuite():
                smalls = self._smalls(block.body)
                same = smalls == list(block.body)
                return block if same else block.with_changes(body=smalls or [cst.Pass()])
            case cst.If() | cst.Else() | cst.Finally():
                return self._compound(block)
            case tuple() | list():
                after = [self._compound(one) for one in block]
                return block if all(new is old for new, old in zip(after, block, strict=True)) else after
        return block

    def _indented(self, block: cst.IndentedBlock) -> cst.IndentedBlock:
        statements = self._statements(block.body)
        if all(new is old for new, old in zip(statements, block.body, strict=True)):
            return block
        body, footer = join_kept(block.body, statements)
        return block.with_changes(body=body or empty_block(), footer=[*footer, *block.footer])

    def _smalls(self, body: Sequence[Small]) -> list[Small]:
        kept = [after for node in body if (after := self._small(node)) is not None]
        if kept and len(kept) < len(body):
            # The last one had no semicolon, or one before a comment; the new last one needs none.
            kept[-1] = kept[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
        return kept

    def _small(self, node: Small) -> Small | None:
        if not isinstance(node, cst.Import | cst.ImportFrom) or isinstance(node.names, cst.ImportStar):
            return node
        if isinstance(node, cst.ImportFrom) and _is_future(node):
            return node
        doomed = [alias for alias in node.names if self._meet(_bound_name(alias))]
        return without_aliases(node, doomed) if doomed else node

    def _meet(self, name: str) -> bool:
        """Counts one more definition and says whether it goes."""
        at, self.at = self.at, self.at + 1
        if at >= len(self.definitions) or self.definitions[at].name != name:
            raise CannotEdit(f"met {name!r} where another definition should be")
        return at in self.doomed


def _is_future(node: cst.ImportFrom) -> bool:
    return isinstance(node.module, cst.Name) and node.module.value == "__future__" and not node.relative


def _bound_name(alias: cst.ImportAlias) -> str:
    node: cst.BaseExpression = alias.asname.name if alias.asname else alias.name
    while isinstance(node, cst.Attribute):
        node = node.value
    return cst.ensure_type(node, cst.Name).value


def _is_emptied_type_block(node: cst.If) -> bool:
    """Nothing is left of `if TYPE_CHECKING:` but the `pass` that we put there."""
    name = node.test.attr if isinstance(node.test, cst.Attribute) else node.test
    if not isinstance(name, cst.Name) or name.value != "TYPE_CHECKING":
        return False
    match node.body.body:
        case [cst.SimpleStatementLine(body=[cst.Pass()])] | [cst.Pass()]:
            return True
    return False
