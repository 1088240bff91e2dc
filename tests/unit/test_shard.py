"""Shards are disjoint, complete, and the same every time."""

from __future__ import annotations

import random
import re
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.protect import Protection
from bot.shard import By, counted, in_scope, lines_of, shard, unit_id

NAMES = st.text(alphabet="ab-/ü.", min_size=1, max_size=6).map(lambda s: s.strip("/") or "a")
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join).map(lambda p: re.sub("/+", "/", p))
FILES = st.dictionaries(PATHS, st.integers(0, 50), max_size=25)
BY = st.sampled_from(["directory", "file", "size"])


@settings(deadline=None)
@given(FILES, BY, st.integers(1, 60))
def test_shards_are_disjoint_and_complete(files: dict[str, int], by: By, max_lines: int) -> None:
    shards = shard("w", list(files.items()), by, max_lines)
    held = list(chain.from_iterable(s.files for s in shards))
    assert sorted(held) == sorted(files)
    assert sum(s.lines for s in shards) == sum(files.values())
    assert len({s.id for s in shards}) == len(shards)
    for one in shards:
        assert one.lines <= max_lines or len(one.files) == 1
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,29}-[0-9a-f]{8}", one.id)


@settings(deadline=None)
@given(FILES, BY, st.integers(1, 60), st.randoms())
def test_the_order_of_files_does_not_matter(
    files: dict[str, int], by: By, max_lines: int, chance: random.Random
) -> None:
    shuffled = list(files.items())
    chance.shuffle(shuffled)
    assert shard("w", shuffled, by, max_lines) == shard("w", list(files.items()), by, max_lines)


def _drawn(by: By, max_lines: int) -> list[tuple[tuple[str, ...], int]]:
    files = [("b/x.py", 5), ("a/z.py", 30), ("a/y.py", 30), ("a/sub/q.py", 1), ("a-b/x.py", 2), ("top.py", 3)]
    return [(s.files, s.lines) for s in shard("w", files, by, max_lines)]


def test_by_directory_a_folders_own_files() -> None:
    assert _drawn("directory", 100) == [
        (("top.py",), 3),
        (("a/y.py", "a/z.py"), 60),
        (("a/sub/q.py",), 1),
        (("a-b/x.py",), 2),
        (("b/x.py",), 5),
    ]


def test_by_directory_a_large_folder_is_split_in_path_order() -> None:
    assert _drawn("directory", 40)[1:3] == [(("a/y.py",), 30), (("a/z.py",), 30)]


def test_by_size_neighbours_until_full() -> None:
    assert _drawn("size", 40) == [
        (("a/sub/q.py", "a/y.py"), 31),
        (("a/z.py", "a-b/x.py", "b/x.py", "top.py"), 40),
    ]


def test_by_file_each_its_own() -> None:
    assert [files for files, _ in _drawn("file", 1)] == [
        ("a/sub/q.py",),
        ("a/y.py",),
        ("a/z.py",),
        ("a-b/x.py",),
        ("b/x.py",),
        ("top.py",),
    ]


@pytest.mark.parametrize(
    ("paths", "slug"),
    [
        (["src/pkg/a.py"], "src-pkg-a-py"),
        (["src/pkg/a.py", "src/pkg/b.py"], "src-pkg"),
        (["a.py", "b/c.py"], "root"),
        (["Größe/Ä.py"], "groe-a-py"),
        (["日本/語"], "root"),
        (["very/long/path/of/a/package/with/module.py"], "of-a-package-with-module-py"),
        (["x" * 80], "x" * 30),
    ],
)
def test_a_unit_is_named_after_what_its_files_share(paths: list[str], slug: str) -> None:
    assert re.fullmatch(re.escape(slug) + "-[0-9a-f]{8}", unit_id("w", paths))


def test_a_units_name_is_its_identity() -> None:
    """Workflow and paths, in any order, and nothing else."""
    assert unit_id("w", ["a.py", "b.py"]) == unit_id("w", ["b.py", "a.py"])
    assert unit_id("w", ["a.py"]) != unit_id("v", ["a.py"])
    assert unit_id("w", ["src/a.py"]) == "src-a-py-f31947ba"


def test_scope_leaves_out_links_protected_and_excluded_files() -> None:
    files = [
        ("src/b.py", "100755"),
        ("src/a.py", "100644"),
        ("src/link.py", "120000"),
        ("src/module", "160000"),
        ("src/test_a.py", "100644"),
        ("src/vendor/v.py", "100644"),
        ("docs/x.md", "100644"),
    ]
    protected = Protection().holds
    assert in_scope(files, ["src/**"], ["src/vendor/**"], protected) == ["src/a.py", "src/b.py"]


def test_binary_files_are_not_counted() -> None:
    assert counted([("a", b"x\ny"), ("b", b"\x89PNG\0"), ("c", b"")]) == [("a", 2), ("c", 0)]


@pytest.mark.parametrize(("data", "lines"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\r\nb", 2), (b"\n\n", 2)])
def test_lines_are_counted_with_a_last_unended_one(data: bytes, lines: int) -> None:
    assert lines_of(data) == lines
