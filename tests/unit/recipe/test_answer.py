"""The digest of what a proposal saw outside of its shard: stable under unrelated work, and no further."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engines.recipe.public import Public
from tests.unit.recipe.trees import APPLICATION, LIBRARY, Tree, app

SHARD = "app/a.py"
TREE = app(
    main="from app.a import live\n\ndef run(): live()\n",
    a="import json\nfrom app.b import X\n\ndef live(): json\ndef dead(): ...\n",
    b="X = 1\n",
)
BEFORE = TREE.answer(SHARD)


def test_unrelated_change_elsewhere_keeps_the_digest() -> None:
    assert TREE.having(app__c="import os\n\ndef new(): os.name\n").answer(SHARD) == BEFORE
    assert (
        TREE.having(app__main="# moved\n\n\nfrom app.a import live\ndef run(): live(); live()\n").answer(
            SHARD
        )
        == BEFORE
    )


def test_another_user_of_a_live_name_keeps_the_digest() -> None:
    assert TREE.having(app__c="from app.a import live\nlive()\n").answer(SHARD) == BEFORE


def test_new_use_of_an_unused_name_changes_the_digest() -> None:
    assert TREE.having(app__c="x.dead()\n").answer(SHARD) != BEFORE


def test_new_import_of_an_unused_name_changes_the_digest() -> None:
    assert TREE.having(app__c="from app.a import dead\n").answer(SHARD) != BEFORE


def test_last_use_of_a_live_name_changes_the_digest() -> None:
    assert TREE.having(app__main="from app.a import live\n\ndef run(): ...\n").answer(SHARD) != BEFORE


def test_import_taken_from_here_changes_the_digest() -> None:
    assert TREE.having(app__c="from app.a import json\n").answer(SHARD) != BEFORE


def test_first_importer_of_the_module_changes_the_digest() -> None:
    lonely = TREE.having(app__main="def run(): ...\n")
    assert lonely.having(app__c="import app.a\n").answer(SHARD) != lonely.answer(SHARD)


def test_effect_of_a_module_that_is_imported_unused_changes_the_digest() -> None:
    assert TREE.having(app__b="X = 1\nregister(X)\n").answer(SHARD) != BEFORE


def test_publicness_changes_the_digest_only_where_it_touches_the_shard() -> None:
    def under(public: Public) -> str:
        return Tree(TREE.files, public).answer(SHARD)

    assert under(Public("application", frozenset({"other"}), "x = 'app.c:main'")) == BEFORE
    assert under(Public("application", frozenset({"dead"}))) != BEFORE
    assert under(Public("application", manifests="x = 'app.a:main'")) != BEFORE
    assert under(Public("library")) != BEFORE


def test_equal_trees_give_equal_digests_in_any_order() -> None:
    assert Tree(dict(reversed(list(TREE.files.items())))).answer(SHARD) == BEFORE


LINES = st.sampled_from(
    [
        "import json",
        "import app.a",
        "from app import b",
        "from app.a import f",
        "from app.b import g as f",
        "from app.a import *",
        "from .b import g",
        "from .c import *",
        "b.g()",
        "app.a.json",
        "json.x",
        "def f(): json.x",
        "def g(): f()",
        "class K:\n    def f(self): ...",
        "K()",
        "register(K)",
        "if __name__ == '__main__': f()",
        "__all__ = ['f']",
        "x: 'K'",
        "print 'broken'",
    ]
)
PATHS = ["app/__init__.py", "app/a.py", "app/b.py", "app/b.pyi", "app/c.py", "tests/t.py", "tool.py"]
TEXTS = st.lists(LINES, max_size=4).map(lambda lines: "".join(f"{line}\n" for line in lines))
TREES = st.fixed_dictionaries({}, optional=dict.fromkeys(PATHS, TEXTS))


@settings(max_examples=50, deadline=None)
@given(files=TREES, path=st.sampled_from(PATHS), text=TEXTS, public=st.sampled_from([APPLICATION, LIBRARY]))
def test_equal_digests_mean_equal_proposals(
    files: dict[str, str], path: str, text: str, public: Public
) -> None:
    """One file changes or comes: where the digest of another file does not see it, it did not matter."""
    before, after = Tree(files, public), Tree({**files, path: text}, public)
    for shard in set(files) - {path}:
        if before.answer(shard) == after.answer(shard):
            assert before.propose(shard) == after.propose(shard)
