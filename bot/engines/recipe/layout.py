"""What happens around a removed statement: its blank lines and section comments pass to whoever comes next.

libcst hangs them on the removed statement itself, so that plain removal would glue neighbours together.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

Lines = list[cst.EmptyLine]
Import = cst.Import | cst.ImportFrom


def join_kept(
    before: Sequence[cst.BaseStatement], after: Sequence[cst.BaseStatement | None]
) -> tuple[list[cst.BaseStatement], Lines]:
    """The statements that stay, and the lines that the last removed ones leave for the block's end."""
    kept: list[cst.BaseStatement] = []
    carried: Lines = []
    removed = False
    for old, new in zip(before, after, strict=True):
        if new is None:
            carried, removed = _merge(carried, _detached(_leading(old))), True
            continue
        if removed:
            lines = _merge(carried, _leading(old))
            new = new.with_changes(leading_lines=lines if kept else _opening(lines, before[0]))
            carried, removed = [], False
        kept.append(new)
    return kept, _closing(carried)


def empty_block() -> list[cst.BaseStatement]:
    return [cst.SimpleStatementLine([cst.Pass()])]


def without_aliases(node: Import, doomed: Sequence[cst.ImportAlias]) -> Import | None:
    """The import without some of its names, or nothing."""
    aliases = _aliases(node)
    names = [alias for alias in aliases if not any(alias is one for one in doomed)]
    if not names:
        return None
    if names[-1] is not aliases[-1]:
        return _with_new_last(node, names, _comma_space(aliases[-1]))
    return node.with_changes(names=names)


def _with_new_last(
    node: Import, names: list[cst.ImportAlias], closing: cst.ParenthesizedWhitespace | None
) -> Import:
    """The removed name's comma knows where the parenthesis closes; the new last one's has its comment."""
    *others, last = names
    mine = _comma_space(last)
    if closing is not None:
        space = closing if mine is None else closing.with_changes(first_line=mine.first_line)
        return node.with_changes(names=[*others, last.with_changes(comma=cst.Comma(whitespace_after=space))])
    bare = node.with_changes(names=[*others, last.with_changes(comma=cst.MaybeSentinel.DEFAULT)])
    if mine is None or mine.first_line.comment is None:
        return bare
    parenthesis = node.rpar if isinstance(node, cst.ImportFrom) else None
    if parenthesis is None or not isinstance(parenthesis.whitespace_before, cst.ParenthesizedWhitespace):
        return node.with_changes(names=names)
    space = parenthesis.whitespace_before.with_changes(first_line=mine.first_line)
    return bare.with_changes(rpar=parenthesis.with_changes(whitespace_before=space))


def _aliases(node: Import) -> Sequence[cst.ImportAlias]:
    assert not isinstance(node.names, cst.ImportStar), "BUG: a star import names nothing to remove"
    return node.names


def _comma_space(alias: cst.ImportAlias) -> cst.ParenthesizedWhitespace | None:
    """What follows a name's comma where that is a line's end."""
    if isinstance(alias.comma, cst.Comma) and isinstance(
        alias.comma.whitespace_after, cst.ParenthesizedWhitespace
    ):
        return alias.comma.whitespace_after
    return None


def _leading(node: cst.BaseStatement) -> Lines:
    return list(getattr(node, "leading_lines", ()))


def _detached(lines: Lines) -> Lines:
    """All up to the last blank line; a comment right above a statement is the statement's."""
    end = max((at for at, line in enumerate(lines, 1) if line.comment is None), default=0)
    return lines[:end]


def _merge(above: Lines, below: Lines) -> Lines:
    """Two runs of blank lines that meet become one, the longer."""
    left, right = _blanks(above[::-1]), _blanks(below)
    drop = min(left, right)
    return above + below[drop:]


def _opening(lines: Lines, first: cst.BaseStatement) -> Lines:
    """A block starts as tightly as it did."""
    surplus = _blanks(lines) - _blanks(_leading(first))
    return lines[max(0, surplus) :]


def _closing(lines: Lines) -> Lines:
    trailing = _blanks(lines[::-1])
    return lines[: len(lines) - trailing]


def _blanks(lines: Sequence[cst.EmptyLine]) -> int:
    return next((at for at, line in enumerate(lines) if line.comment is not None), len(lines))
