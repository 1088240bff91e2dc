"""What project code left is removed, whatever it is; and a seal tells that somebody wrote."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scratch import scratch, seal, wipe


def deep(folder: Path, depth: int = 2500) -> None:
    """Deeper than a path may be long, than one may recurse, and than one may hold folders open."""
    back = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)
        for _ in range(depth):
            Path("d" * 100).mkdir()
            os.chdir("d" * 100)
        Path("file").write_text("below")
    finally:
        os.chdir(back)
        os.close(back)


def test_deep_tree_is_removed(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    deep(tmp_path / "tree")
    wipe(tmp_path / "tree")
    assert list(tmp_path.iterdir()) == []


def test_locked_and_odd_things_are_removed(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "locked" / "below").mkdir(parents=True)
    (tree / "locked" / "below" / "file").write_text("x")
    os.mkfifo(tree / "pipe")
    (tree / "nowhere").symlink_to("/no/such")
    (tree / "locked" / "below").chmod(0)
    (tree / "locked").chmod(0o500)
    tree.chmod(0)
    wipe(tree)
    assert list(tmp_path.iterdir()) == []


def test_what_a_link_points_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("mine")
    kept.chmod(0o750)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link").symlink_to(kept)
    deep(tmp_path / "tree", 1100)
    wipe(tmp_path / "tree")
    wipe_link = tmp_path / "link"
    wipe_link.symlink_to(kept)
    wipe(wipe_link)
    assert (kept / "file").read_text() == "mine"
    assert kept.stat().st_mode & 0o777 == 0o750


def test_scratch_is_short_and_gone_afterwards() -> None:
    with scratch() as folder:
        assert len(str(folder)) < 60
        deep(folder)
    assert not folder.exists()


def overwrite(file: Path) -> None:
    """With as many bytes, and its times set back."""
    before = file.stat()
    file.write_text("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def divert(file: Path) -> None:
    file.parent.rename(file.parents[1] / "away")
    file.parent.symlink_to("away")


def replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_text("one")
    other.rename(file)


CHANGES: dict[str, Callable[[Path], object]] = {
    "overwritten": overwrite,
    "replaced by one of the same contents": replace,
    "another mode": lambda file: file.chmod(0o755),
    "removed": lambda file: file.unlink(),
    "a new one beside it": lambda file: file.with_name("new").write_text(""),
    "a link in its folder's place": divert,
}


@pytest.mark.parametrize("what", CHANGES)
def test_seal_is_broken_by(tmp_path: Path, what: str) -> None:
    file = tmp_path / "cache" / "lib" / "file"
    file.parent.mkdir(parents=True)
    file.write_text("one")
    before = seal(tmp_path / "cache")
    assert seal(tmp_path / "cache") == before
    CHANGES[what](file)
    assert seal(tmp_path / "cache") != before


def test_seal_of_what_is_not_there_is_broken_when_it_is(tmp_path: Path) -> None:
    before = seal(tmp_path / "hooks")
    (tmp_path / "hooks").mkdir()
    assert seal(tmp_path / "hooks") != before
