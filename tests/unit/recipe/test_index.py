"""The tree as a whole: counts, edits laid over it, and who imports what in every layout."""

from __future__ import annotations

import pytest

from bot.engines.recipe.facts import FileFacts
from bot.engines.recipe.index import build_index
from bot.engines.recipe.modules import absolute
from bot.engines.recipe.scan import facts_of
from tests.unit.recipe.trees import Tree


def importers(files: dict[str, str], path: str, name: str = "") -> list[str]:
    return list(Tree(files).index.importers(path, name))


def test_blob_is_read_once_however_many_paths_it_has() -> None:
    read: list[str] = []

    def reader(blob: str) -> bytes:
        read.append(blob)
        return b"x.y"

    cache: dict[str, FileFacts] = {}
    files = [("a.py", "1"), ("b.py", "1"), ("c.txt", "2")]
    build_index(files, reader, cache)
    index = build_index(files, reader, cache)
    assert read == ["1"]
    assert (index.count("y"), index.facts("c.txt")) == (2, None)


def test_edit_replaces_what_a_file_used_and_leaves_the_old_view_alone() -> None:
    before = Tree({"a.py": "f(); g()", "b.py": "f()"}).index
    after = before.replace({"a.py": facts_of(b"h()")})
    gone = after.replace({"b.py": None})
    assert [(it.count("f"), it.count("g"), it.count("h")) for it in (before, after, gone)] == [
        (2, 1, 0),
        (1, 0, 1),
        (0, 0, 1),
    ]


def test_use_outside_of_a_shard_is_told_from_one_inside() -> None:
    index = Tree({"a.py": "f()", "b.py": "f(); g()"}).index
    assert index.used_outside(["f", "g", "h"], ["b.py"]) == {"f"}


def test_stub_uses_what_it_promises() -> None:
    assert Tree({"a.py": "def f(): ...", "a.pyi": "def f(): ..."}).index.count("f") == 1


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("pkg/a.py", ".b", "pkg.b"),
        ("pkg/__init__.py", ".b", "pkg.b"),
        ("src/pkg/sub/a.py", "..b.c", "src.pkg.b.c"),
        ("pkg/a.py", ".", "pkg"),
        ("a.py", ".b", "b"),
        ("a.py", "..b", "b"),
        ("pkg/a.py", "os.path", "os.path"),
    ],
)
def test_relative_name_is_read_from_its_file(path: str, name: str, expected: str) -> None:
    assert absolute(path, name) == expected


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("pkg/sub/a.py", ("pkg.sub.a",)),
        ("src/pkg/a.py", ("pkg.a", "src.pkg.a")),
        ("src/pkg/__init__.py", ("pkg", "src.pkg")),
        ("src/pkg/sub/__init__.py", ("pkg.sub", "src.pkg.sub")),
        ("tools/run.py", ("run", "tools.run")),
        ("setup.py", ("setup",)),
    ],
)
def test_file_answers_to_the_names_from_its_root_up(path: str, names: tuple[str, ...]) -> None:
    packages = ["pkg/__init__.py", "pkg/sub/__init__.py", "src/pkg/__init__.py", "src/pkg/sub/__init__.py"]
    index = Tree(dict.fromkeys([*packages, path], "")).index
    assert index.names(path) == names


@pytest.mark.parametrize(
    "source",
    [
        "from pkg.mod import f",
        "from pkg.mod import f as g",
        "import pkg.mod\npkg.mod.f()",
        "import pkg.mod as m\nm.f = 1",
        "from pkg import mod\nmod.f",
        "def later():\n    from pkg.mod import f",
        "from src.pkg.mod import f",
        "from pkg import *\nfrom pkg.star import f",
        "from pkg.mod import *\nf()",
        "print 'old'\nfrom pkg.mod import f",
    ],
)
def test_name_is_imported_from_elsewhere(source: str) -> None:
    files = {
        "src/pkg/__init__.py": "",
        "src/pkg/mod.py": "def f(): ...",
        "src/pkg/star.py": "from .mod import *",
        "other.py": source,
    }
    assert importers(files, "src/pkg/mod.py", "f") == ["other.py"]


@pytest.mark.parametrize(
    "source",
    ["from .mod import f", "from . import mod\nmod.f", "from ..pkg.mod import f", "import mod\nmod.f"],
)
def test_name_is_imported_by_a_neighbour(source: str) -> None:
    files = {"src/pkg/__init__.py": "", "src/pkg/mod.py": "def f(): ...", "src/pkg/other.py": source}
    assert importers(files, "src/pkg/mod.py", "f") == ["src/pkg/other.py"]


@pytest.mark.parametrize(
    "source",
    [
        "from other.mod import f",
        "from pkg.mod import g",
        "from pkg.model import f",
        "import os\nos.f",
        "from .mod import f",
    ],
)
def test_name_of_another_module_is_not_imported(source: str) -> None:
    files = {"pkg/__init__.py": "", "pkg/mod.py": "def f(): ...", "elsewhere/x.py": source}
    assert importers(files, "pkg/mod.py", "f") == []


def test_module_is_imported_by_all_that_load_it() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/mod.py": "",
        "a.py": "import pkg.mod.deep",
        "b.py": "from pkg import mod",
        "c.py": "from pkg.mod import f",
        "d.py": "from pkg.mod import *",
        "e.py": "import pkg",
    }
    assert importers(files, "pkg/mod.py") == ["a.py", "b.py", "c.py", "d.py"]


def test_edited_file_imports_what_it_now_says() -> None:
    index = Tree({"pkg/__init__.py": "", "pkg/mod.py": "", "a.py": "from pkg.mod import f"}).index
    after = index.replace({"a.py": facts_of(b"import pkg"), "b.py": facts_of(b"from pkg import mod\nmod.f")})
    assert after.importers("pkg/mod.py", "f") == ("b.py",)
