"""Removals that broke well-known packages, in small: each looked dead, and each was wrong."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tests.unit.review.trees import findings

DISPATCH = """
    class ReindentFilter:
        def _process(self, tlist):
            func_name = f'_process_{type(tlist).__name__}'.lower()
            func = getattr(self, func_name, self._process_default)
            func(tlist)

        def _process_default(self, tlist):
            pass

        def _process_where(self, tlist):
            pass
    """

TIME = """
    from jinja2.ext import Extension

    class TimeExtension(Extension):
        tags = {'now'}

        def _now(self, timezone):
            return timezone

        def parse(self, parser):
            return self.call_method(
                '_now',
                [],
            )
    """

PARTIAL = """
    import functools

    class InstancePartial(functools.partial):
        x = 1

        @property
        def _partialmethod(self):
            return functools.partialmethod(self.func)
    """

FORMATTER = """
    import argparse

    class LineWrapRawTextHelpFormatter(argparse.RawDescriptionHelpFormatter):
        x = 1

        def _split_lines(self, text, width):
            return text.splitlines()
    """

CAST = """
    from typing import cast

    class _CompletableAction:
        completer = None

    def add(parser):
        return cast("_CompletableAction", parser.add_argument("x"))
    """

VISITOR = """
    class Visitor:
        def visit(self, node):
            method = "_" + node.__class__.__name__
            visitor = getattr(self, method, None)
            return visitor(node)

        def _Name(self, node):
            pass
    """

COLLECTION = """
    from collections.abc import Set

    class NodeView(Set):
        x = 1

        @classmethod
        def _from_iterable(cls, it):
            return set(it)
    """

STORIES = {
    "dispatch by class name": (DISPATCH, "ReindentFilter._process_where", ["computed"]),
    "a template engine calls it": (TIME, "TimeExtension._now", ["string", "override"]),
    "the standard library reads a property": (PARTIAL, "InstancePartial._partialmethod", ["override"]),
    "argparse calls a private method": (FORMATTER, "LineWrapRawTextHelpFormatter._split_lines", ["override"]),
    "a class only in a cast": (CAST, "_CompletableAction", ["code"]),
    "a visitor": (VISITOR, "Visitor._Name", ["computed"]),
    "an abstract base class": (COLLECTION, "NodeView._from_iterable", ["override"]),
}


@pytest.mark.parametrize(("text", "qualname", "kinds"), STORIES.values(), ids=list(STORIES))
def test_a_wrong_removal_is_refuted(text: str, qualname: str, kinds: list[str]) -> None:
    (finding,) = findings({"m.py": text}, {"m.py": without(text, qualname)})
    assert finding.subject == f"m.py::{qualname}"
    assert [piece.kind for piece in finding.evidence] == kinds


def without(text: str, qualname: str) -> str:
    """The module without one definition."""
    tree = ast.parse(dedent(text))
    body = tree.body
    *owners, name = qualname.split(".")
    for owner in owners:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == owner)
    body[:] = [node for node in body if getattr(node, "name", "") != name]
    return ast.unparse(tree)
