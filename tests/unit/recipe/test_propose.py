"""Stories of what the recipe removes from a shard, and of what it leaves alone."""

from __future__ import annotations

import pytest

from bot.engines.recipe.propose import Deferred, Removal
from bot.engines.recipe.public import Public
from tests.unit.recipe.trees import LIBRARY, Tree, app, library

RUN = "def run(): ...\n"


def test_unused_function_goes_and_the_used_one_stays() -> None:
    tree = app(main="import os\n\n\ndef run():\n    return os.name\n\n\ndef dead():\n    return 1\n")
    proposal = tree.propose()
    assert proposal.removed == (Removal("app/main.py::dead", "function", "dead", "app/main.py", line=8),)
    assert proposal.edits == {"app/main.py": b"import os\n\n\ndef run():\n    return os.name\n"}


def test_nothing_unused_reads_nothing() -> None:
    tree = app(main=RUN)
    proposal = tree.propose()
    assert (proposal.edits, proposal.removed, proposal.deferred, tree.read) == ({}, (), (), [])


def test_helper_goes_with_its_only_user_and_so_does_its_import() -> None:
    tree = app(
        main=f"import json\n\n\n{RUN}\n\ndef dead():\n    return _helper()\n"
        "\n\ndef _helper():\n    return json.loads('')\n",
        other="import json\nprint(json)\n",
    )
    proposal = tree.propose("app/main.py")
    assert [(one.subject, one.line) for one in proposal.removed] == [
        ("app/main.py::import json", 1),
        ("app/main.py::dead", 7),
        ("app/main.py::_helper", 11),
    ]
    assert proposal.edits == {"app/main.py": RUN.encode()}


def test_chain_through_two_files_of_a_shard_goes_together() -> None:
    tree = app(main=RUN, a="from app.b import below\n\ndef above(): below()\n", b="def below(): ...\nX = 1\n")
    assert tree.removed() == ["app/a.py", "app/b.py::below"]
    assert tree.removed("app/b.py") == []


def test_chain_into_another_shard_waits_for_the_next_run() -> None:
    tree = app(
        main=RUN, a="from app.b import below\n\ndef above(): below()\nX = 1\n", b="def below(): ...\nX = 1\n"
    )
    assert tree.removed("app/b.py") == []
    assert tree.removed("app/a.py") == ["app/a.py::import below", "app/a.py::above"]


def test_definition_that_a_dead_import_elsewhere_names_is_deferred() -> None:
    tree = app(main="from app.a import dead\n" + RUN, a="def dead(): ...\nX = 1\n")
    proposal = tree.propose("app/a.py")
    assert proposal.removed == ()
    assert proposal.deferred == (Deferred("app/a.py::dead", "dead", importer="app/main.py"),)
    assert tree.removed("app/main.py") == ["app/main.py::import dead"]


def test_definition_and_its_dead_import_go_together_in_one_shard() -> None:
    tree = app(main="from app.a import dead\n" + RUN, a="def dead(): ...\nX = 1\n")
    proposal = tree.propose("app/a.py", "app/main.py")
    assert [one.subject for one in proposal.removed] == ["app/a.py::dead", "app/main.py::import dead"]
    assert proposal.deferred == ()


def test_definition_imported_by_a_protected_test_stays() -> None:
    tree = app(main=RUN + "def dead(): ...\n").having(tests__test_more="from app.main import dead\n")
    proposal = tree.propose()
    assert proposal.removed == ()
    assert [one.importer for one in proposal.deferred] == ["tests/test_more.py"]


def test_class_goes_whole_and_is_counted_once() -> None:
    tree = app(main=RUN + "class Dead:\n    def one(self): ...\n    def two(self): ...\n")
    proposal = tree.propose()
    assert proposal.removed == (
        Removal(
            "app/main.py::Dead",
            "class",
            "Dead",
            "app/main.py",
            line=2,
            inner=("app/main.py::Dead.one", "app/main.py::Dead.two"),
        ),
    )


def test_method_and_property_of_a_live_class_go() -> None:
    tree = app(
        main="class A:\n    @property\n    def size(self): ...\n    def dead(self): ...\n"
        "    def __len__(self): ...\ndef run(): A()\n"
    )
    assert tree.removed() == ["app/main.py::A.size", "app/main.py::A.dead"]


def test_name_used_by_tests_docs_or_setup_stays() -> None:
    tree = app(main=RUN + "def a(): ...\ndef b(): ...\ndef c(): ...\n")
    users = {"tests/test_x.py": "m.a()", "docs/conf.py": "m.b()", "setup.py": "m.c()"}
    assert Tree({**tree.files, **users}).removed() == []


def test_recursion_counts_as_a_use() -> None:
    assert app(main=RUN + "def loop(): loop()\n").removed() == []


# -- whole modules --------------------------------------------------------------------------------


def test_module_with_nothing_left_that_nobody_imports_goes_whole() -> None:
    tree = app(main=RUN, old='"""Old."""\nimport os\n\n\ndef dead():\n    return os.name\n')
    proposal = tree.propose()
    assert proposal.edits == {"app/old.py": None}
    (removal,) = proposal.removed
    assert (removal.subject, removal.kind, removal.name, removal.line) == (
        "app/old.py",
        "module",
        "app.old",
        1,
    )
    assert set(removal.inner) == {"app/old.py::import os", "app/old.py::dead"}


def test_what_only_a_removed_module_used_goes_in_the_same_run() -> None:
    tree = app(main=RUN, old="from app import deep\n", deep="def f(): ...\n")
    assert tree.removed() == ["app/deep.py", "app/old.py"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("app/old.py", "X = 1\n", id="a constant is left"),
        pytest.param("app/old.py", "#!/usr/bin/python\nimport os\n", id="shebang"),
        pytest.param("app/old.py", "import os\nif __name__ == '__main__': ...\n", id="main block"),
        pytest.param("app/old.py", "from new import thing  # noqa: F401\n", id="noqa"),
        pytest.param("app/__main__.py", "import os\n", id="__main__"),
        pytest.param("app/sub/__init__.py", "import os\n", id="__init__"),
        pytest.param("app/conftest.py", "import os\n", id="conftest"),
        pytest.param("app/test_old.py", "import os\n", id="test"),
        pytest.param("scripts/old.py", "import os\n", id="not in a package"),
        pytest.param("tests/old.py", "import os\n", id="protected"),
        pytest.param("app/old.py", "# auto-generated\nimport os\n", id="generated"),
        pytest.param("app/old.py", "import os (\n", id="broken"),
    ],
)
def test_module_that_somebody_may_start_or_want_stays(path: str, text: str) -> None:
    tree = Tree({**app(main=RUN).files, path: text})
    assert path not in tree.removed()


@pytest.mark.parametrize(
    "user",
    [
        pytest.param({"other.py": "from app import old\nold\n"}, id="imported"),
        pytest.param({"tests/test_old.py": "import app.old\n"}, id="imported by a test"),
        pytest.param({"app/__init__.py": "__all__ = ['old']\n"}, id="exported by its package"),
    ],
)
def test_module_that_somebody_imports_stays(user: dict[str, str]) -> None:
    assert Tree({**app(main=RUN, old="").files, **user}).removed("app/old.py") == []


@pytest.mark.parametrize("manifest", ["x = 'app.old:main'", 'scripts = ["app/old.py"]'])
def test_module_that_an_entry_point_names_stays(manifest: str) -> None:
    files = app(main=RUN, old="").files
    assert Tree(files, Public("application", manifests=manifest)).removed() == []
    assert Tree(files, Public("application", manifests="x = 'app.older'")).removed() == ["app/old.py"]


# -- imports --------------------------------------------------------------------------------------


def test_unused_import_goes() -> None:
    assert (
        app(main="import sys, os\n\ndef run(): os\n").propose().edits["app/main.py"]
        == b"import os\n\ndef run(): os\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("try:\n    import dead\nexcept ImportError:\n    X = 1\n", id="try"),
        pytest.param("import dead  # noqa: F401\n", id="noqa"),
        pytest.param("# ruff: noqa: F401\nimport dead\n", id="file-level noqa"),
        pytest.param("from __future__ import annotations\n", id="future"),
        pytest.param("from dead import *\n", id="star"),
        pytest.param("from dead import __version__\n", id="dunder"),
        pytest.param("import dead\nx: 'dead.Type'\n", id="quoted annotation"),
    ],
)
def test_import_that_is_meant_stays(text: str) -> None:
    assert app(main=text + RUN).removed() == []


def test_import_in_an_init_stays() -> None:
    tree = app(main=RUN + "def extra(): ...\n")
    tree = Tree({**tree.files, "app/__init__.py": "from .main import extra\n"})
    proposal = tree.propose()
    assert proposal.removed == ()
    assert [one.importer for one in proposal.deferred] == ["app/__init__.py"]


def test_import_left_behind_stays_where_others_take_it_from_here() -> None:
    main = f"import json\n{RUN}def dead(): json\n"
    by_name = app(main=main).having(other="from app.main import json\njson\n")
    by_attribute = app(main=main).having(other="from app import main\nmain.json\n")
    by_star = app(main=main).having(other="from app.main import *\njson\n")
    for tree in (by_name, by_attribute, by_star):
        assert tree.removed("app/main.py") == ["app/main.py::dead"]


def test_module_imported_for_what_loading_it_does_stays_imported() -> None:
    handlers = "@register\ndef on_start(): ...\non_start()\n"
    assert app(main="from app import handlers\n" + RUN, handlers=handlers).removed("app/main.py") == []
    assert app(main="import app.handlers as h\n" + RUN, handlers=handlers).removed("app/main.py") == []
    assert app(main="from app.handlers import X\n" + RUN, handlers=handlers).removed("app/main.py") == []


def test_name_from_a_module_that_others_load_too_goes() -> None:
    tree = app(main="from app.a import X\n" + RUN, a="X = compute()\n", b="from app import a\na.Y\n")
    assert tree.removed("app/main.py") == ["app/main.py::import X"]


def test_emptied_type_checking_block_goes_with_its_import() -> None:
    tree = app(
        main="from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import dead\n\n\n" + RUN,
    )
    assert tree.propose().edits == {"app/main.py": RUN.encode()}


# -- rules ----------------------------------------------------------------------------------------


def test_generated_file_is_left_alone() -> None:
    assert app(main=RUN, made="# Generated by x. DO NOT EDIT.\ndef dead(): ...\n").removed() == []


def test_script_that_nobody_imports_is_left_alone() -> None:
    files = app(main=RUN).files
    assert (
        Tree({**files, "tools/x.py": "def dead(): ...\n", "setup.py": "def dead2(): ...\n"}).removed() == []
    )


def test_flat_module_that_somebody_imports_is_cleaned() -> None:
    tree = Tree({"one.py": RUN + "def dead(): ...\n", "tests/test_one.py": "import one\none.run()\n"})
    assert tree.removed() == ["one.py::dead"]


def test_unreadable_file_keeps_alive_what_it_mentions() -> None:
    tree = app(main=RUN + "def dead(): ...\ndef two(): ...\n").having(tools__old="print two\n")
    assert tree.removed() == ["app/main.py::dead"]


@pytest.mark.parametrize(
    "text",
    [
        "def __getattr__(name): ...\n",
        "def dead(): ...  # noqa\n",
        "unused = 1\n",
    ],
)
def test_what_is_no_candidate_stays(text: str) -> None:
    assert app(main=RUN + text).removed() == []


def test_what_pytest_finds_by_name_stays() -> None:
    tree = app(main=RUN, test_in="class TestX:\n    def setup_method(self): ...\n    def test_x(self): ...\n")
    assert tree.removed() == []


def test_line_ends_of_windows_survive() -> None:
    tree = app(main="def run(): ...\r\n\r\n\r\ndef dead(): ...\r\n")
    assert tree.propose().edits == {"app/main.py": b"def run(): ...\r\n"}


def test_same_name_in_both_branches_is_one_subject_and_goes_whole() -> None:
    tree = app(main=RUN + "if X:\n    def dead(): ...\nelse:\n    def dead(): ...\n")
    assert tree.removed() == ["app/main.py::dead", "app/main.py::dead"]


# -- what reviewers refuted -----------------------------------------------------------------------


def test_refuted_definition_stays_and_keeps_alive_what_it_uses() -> None:
    main = RUN + "def dead(): _helper()\ndef _helper(): ...\ndef other(): ...\n"
    assert app(main=main).removed(excluded=["app/main.py::dead"]) == ["app/main.py::other"]


def test_refuted_method_keeps_its_class() -> None:
    tree = app(main=RUN + "class Dead:\n    def one(self): ...\n    def two(self): ...\n")
    assert tree.removed(excluded=["app/main.py::Dead.one"]) == ["app/main.py::Dead.two"]


def test_refuted_import_keeps_its_module() -> None:
    tree = app(main=RUN, old="import dead\n")
    assert tree.removed(excluded=["app/old.py::import dead"]) == []


def test_refuted_module_stays_without_what_is_dead_in_it() -> None:
    tree = app(main=RUN, old="def dead(): ...\n")
    assert tree.removed(excluded=["app/old.py"]) == ["app/old.py::dead"]


# -- libraries ------------------------------------------------------------------------------------


def test_library_keeps_what_can_be_imported_without_an_underscore() -> None:
    tree = library(
        mod="def public(): ...\ndef _private(): ...\n"
        "class Public:\n    def method(self): ...\n    def _hidden(self): ...\n"
    )
    assert tree.removed() == ["src/lib/mod.py::_private", "src/lib/mod.py::Public._hidden"]


def test_library_drops_what_only_an_underscored_module_holds() -> None:
    assert library(_impl="def public(): ...\nX = 1\n").removed() == ["src/lib/_impl.py::public"]


def test_library_keeps_what_its_package_gives_out() -> None:
    tree = library(_impl="def public(): ...\nX = 1\n")
    tree = Tree({**tree.files, "src/lib/__init__.py": "from ._impl import public\n"}, LIBRARY)
    proposal = tree.propose()
    assert (proposal.removed, proposal.deferred) == ((), ())


def test_library_keeps_what_it_exports() -> None:
    assert library(_impl="__all__ = []\n__all__ += ['public']\ndef public(): ...\n").removed() == []


def test_library_keeps_open_methods_of_underscored_classes() -> None:
    tree = library(mod="class _Base:\n    def method(self): ...\nclass Public(_Base): ...\n")
    assert tree.removed() == []


def test_library_drops_an_underscored_class_with_its_methods() -> None:
    assert library(mod="class _Dead:\n    def method(self): ...\n").removed() == ["src/lib/mod.py::_Dead"]


def test_library_drops_imports_of_others_and_keeps_re_exports() -> None:
    tree = library(
        mod="import json\nfrom .a import public\nfrom .a import _private\n",
        a="def public(): ...\ndef _private(): ...\n",
    )
    assert tree.removed() == [
        "src/lib/a.py::_private",
        "src/lib/mod.py::import json",
        "src/lib/mod.py::import _private",
    ]


def test_library_drops_only_modules_with_an_underscore() -> None:
    assert library(open="import os\n", _shut="import os\n").removed() == [
        "src/lib/_shut.py",
        "src/lib/open.py::import os",
    ]


def test_documented_name_stays_in_libraries_and_applications() -> None:
    assert library(
        "Use `public`, never `_private`.", _impl="def public(): ...\ndef _private(): ...\n"
    ).removed() == ["src/lib/_impl.py::_private"]
    tree = app(main=RUN + "def hook(): ...\n")
    assert Tree(tree.files, Public("application", frozenset({"hook"}))).removed() == []
