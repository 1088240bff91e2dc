"""The question behind the vote, asked again of another tree."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.review.references import answer, asked, examine, references
from bot.review.scan import FactsCache
from bot.types.review import Verdict
from tests.unit.review.trees import Tree, change_of, examined, tree

MOD = """
import json


def foo():
    return bar()


def bar():
    return 1


class C(Base):
    x = 1

    def hook(self):
        pass
"""
BEFORE = {
    "pkg/__init__.py": "",
    "pkg/mod.py": MOD,
    "pkg/base.py": "class Base:\n    pass\n",
    "other.py": "x = 1\n",
    "conf.yml": "a: 1\n",
}
TO: dict[str, str | None] = {"pkg/mod.py": "class C(Base):\n    x = 1\n"}
IMPORTING = {**BEFORE, "pkg/mod.py": f"from .base import Base\n{MOD}"}
IMPORTING_TO: dict[str, str | None] = {"pkg/mod.py": "from .base import Base\n" + str(TO["pkg/mod.py"])}


def answered(query: str, files: Mapping[str, str]) -> str:
    return answer(query, Tree(tree(files)))


def test_a_later_base_in_which_the_removed_things_still_stand_gives_the_same_answer() -> None:
    told = examined(IMPORTING, to=IMPORTING_TO)
    assert told.vote.verdict is Verdict.ACCEPT
    assert told.asked.question.kind == "host.references"
    assert answered(told.asked.question.query, IMPORTING) == told.asked.digest


UNRELATED = [
    {"other.py": "x = 2\n\n\ndef new():\n    return x\n"},
    {"new/file.py": "import json\n"},
    {"conf.yml": "b: 2\n"},
    {"pkg/mod.py": "# changed: its contents are somebody else's question\n"},
    {"pkg/base.py": "class Base:\n    y = 2\n"},
]


@pytest.mark.parametrize("edit", UNRELATED)
def test_an_unrelated_change_keeps_the_answer(edit: dict[str, str]) -> None:
    told = examined(IMPORTING, to=IMPORTING_TO)
    assert answered(told.asked.question.query, {**IMPORTING, **edit}) == told.asked.digest


RELATED = [
    {"other.py": "from pkg.mod import foo\n"},
    {"other.py": "from pkg.mod import json\n"},
    {"other.py": 'getattr(x, "bar")\n'},
    {"other.py": "x.hook()\n"},
    {"other.py": 'getattr(x, f"{y}hook")\n'},
    {"conf.yml": "call: foo\n"},
    {"pkg/base.py": "import threading\n\n\nclass Base(threading.Thread):\n    pass\n"},
    {"pkg/base.py": "class Base:\n    def hook(self):\n        pass\n"},
    {"pkg/base.py": "class Base:\n    def __init_subclass__(cls):\n        pass\n"},
    {"pyproject.toml": '[project.scripts]\nx = "pkg.mod:C"\n'},
]


@pytest.mark.parametrize("edit", RELATED)
def test_a_new_mention_changes_the_answer(edit: dict[str, str]) -> None:
    told = examined(IMPORTING, to=IMPORTING_TO)
    assert answered(told.asked.question.query, {**IMPORTING, **edit}) != told.asked.digest


def test_a_mention_that_only_moves_keeps_the_answer_and_one_that_goes_changes_it() -> None:
    named = {**BEFORE, "other.py": "from pkg.mod import foo\n"}
    told = examined(named, to=TO)
    assert told.vote.verdict is Verdict.REFUTE
    moved = {**named, "other.py": "\n\nimport os\n\nfrom pkg.mod import foo\n"}
    assert answered(told.asked.question.query, moved) == told.asked.digest
    assert answered(told.asked.question.query, BEFORE) != told.asked.digest


def test_the_parts_agree_with_the_whole() -> None:
    old, new = tree(BEFORE), tree({**BEFORE, "pkg/mod.py": ""})
    change = change_of(old, new)
    whole = examine(change, old.get, Tree(new))
    assert references(change, old.get, Tree(new)) == whole.vote
    assert asked(change, old.get, Tree(new)) == whole.asked.digest


def test_one_search_a_change_and_each_content_is_parsed_once() -> None:
    old = tree({**BEFORE, **{f"m{at}.py": "x = 1\n" for at in range(50)}})
    new = {**old, "pkg/mod.py": b""}
    view = Tree(new)
    cache: FactsCache = {}
    examine(change_of(old, new), old.get, view, cache)
    assert view.searches == 1
    assert not [path for path in view.reads if path.startswith("m")]
    kept = dict(cache)
    examine(change_of(old, new), old.get, Tree(new), cache)
    assert cache.keys() == kept.keys()
    assert all(facts is kept[key] for key, facts in cache.items())


def test_a_change_that_removes_nothing_does_not_search() -> None:
    old = tree(BEFORE)
    new = {**old, "other.py": b"x = 1\ny = 2\n"}
    view = Tree(new)
    told = examine(change_of(old, new), old.get, view)
    assert (told.vote.verdict, told.vote.findings, view.searches) == (Verdict.ACCEPT, (), 0)
