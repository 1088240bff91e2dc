"""Attacks of a worker on what lies outside its shard: each is refused, and nothing of it is in the change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.engines.claude.tools import WORKING, Toolbox
from bot.git import Git
from bot.overlay import Overlay
from bot.ports.engine import Refused
from bot.protect import Protection
from bot.redact import Redactor
from tests.builders import commit_all, make_repo

FILES = {
    "app/price.py": "def net(gross):\n    return gross - 1\n",
    "app/other.py": "OTHER = 1\n",
    "lib/text.py": "TEXT = 1\n",
    "tests/test_price.py": "def test_net():\n    assert True\n",
    "pyproject.toml": "[project]\nname = 'x'\n",
}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = make_repo(tmp_path / "repo", FILES)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret\n")
    for name, target in (
        ("app/out", str(tmp_path / "outside")),
        ("app/up", "../lib"),
        ("app/link.py", "../lib/text.py"),
        ("app/etc.py", "/etc/passwd"),
    ):
        (tmp_path / "repo" / name).symlink_to(target)
    commit_all(tmp_path / "repo")
    return git


@pytest.fixture
def overlay(git: Git) -> Overlay:
    """The shard holds two files and the links; everything else is somebody else's."""
    mine = ("app/price.py", "app/link.py", "app/etc.py", "app/out", "app/up")
    return Overlay(git, git.commit("HEAD"), writable=mine, protects=Protection().holds)


OUTSIDE = [
    "/etc/passwd",
    "/tmp/evil",
    "..",
    "../outside/evil",
    "app/../../outside/evil",
    "app/../lib/text.py",
    "./../repo/lib/text.py",
    "lib/text.py",
    "lib/new.py",
    "app/other.py",
    "new.py",
    "app/deeper/new.py",
    ".git/config",
    ".git/hooks/post-checkout",
    "app/.git",
    "app/.git/config",
    "app/price.py/evil",
    "app/nul\0.py",
    "",
    ".",
    "app",
    "app/",
]
LINKED = [
    "app/link.py",
    "app/etc.py",
    "app/out",
    "app/out/secret",
    "app/out/evil",
    "app/up/text.py",
    "app/up/n.py",
]
JUDGES = [
    "tests/test_price.py",
    "tests/test_new.py",
    "app/conftest.py",
    "app/test_evil.py",
    "app/sitecustomize.py",
    "app/usercustomize.py",
    "app/evil.pth",
    "app/pytest.ini",
    "app/tox.ini",
    "app/.coveragerc",
    "app/.gitattributes",
    "app/.gitmodules",
    "app/Makefile",
    "conftest.py",
    "pytest.py",
    "sitecustomize.py",
    ".github/workflows/ci.yml",
    ".github/gatecrew/tidy.yml",
]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return str(caught.value)


@pytest.mark.parametrize("path", [*OUTSIDE, *LINKED, *JUDGES])
def test_nothing_outside_of_the_shard_can_be_written_or_removed(
    git: Git, overlay: Overlay, path: str
) -> None:
    told = [refused(lambda: overlay.write(path, b"evil")), refused(lambda: overlay.remove(path))]
    assert all(told)
    assert not overlay.touched
    made = overlay.make("nothing")
    assert git.tree(made) == git.tree(git.commit("HEAD"))


@pytest.mark.parametrize("path", ["../outside/secret", "/etc/passwd", "app/out/secret", ".git/config"])
def test_nothing_outside_of_the_commit_can_be_read(overlay: Overlay, path: str) -> None:
    assert "secret" not in refused(lambda: overlay.read(path)).replace(path, "")


def test_a_link_is_read_as_the_path_that_it_holds(overlay: Overlay) -> None:
    """Not as what lies there: the overlay never touches the machine's files."""
    assert overlay.read("app/etc.py") == b"/etc/passwd"


@pytest.mark.parametrize("pattern", ["-f/etc/passwd", "--open-files-in-pager=touch evil", "-e", "a\0b"])
@pytest.mark.parametrize("glob", ["**", ":(exclude)app", "--", "../*", "/etc/*"])
def test_a_search_is_a_pattern_and_never_an_option(overlay: Overlay, pattern: str, glob: str) -> None:
    try:
        hits = overlay.search(pattern, glob)
    except Refused:
        hits = []
    assert {path for path, _, _ in hits} <= set(FILES)
    assert not Path("evil").exists()


def test_a_glob_lists_the_commit_and_nothing_else(overlay: Overlay) -> None:
    for glob in ("/**", "../**", "**/.git/**", "/etc/*", "app/out/**"):
        assert set(overlay.files(glob)) <= {*FILES, "app/out", "app/up", "app/link.py", "app/etc.py"}


IGNORED_BY_HFS = "app/.g\u200cit"


@pytest.mark.parametrize("name", ["app/.GIT", "app/.Git", "app/git~1", "app/GIT~1", IGNORED_BY_HFS])
def test_no_file_that_some_file_system_takes_for_git_gets_into_a_change(
    git: Git, overlay: Overlay, name: str
) -> None:
    """A checkout on another system would read its `gitdir:` line."""
    try:
        overlay.write(name, b"gitdir: /tmp/evil\n")
    except Refused:
        return
    made = overlay.make("evil")
    checked = git.text("ls-tree", "-r", "--name-only", "-z", made).split("\0")
    assert name not in checked, f"{name!r} would be proposed"


def test_the_tools_hand_every_refusal_back_as_words(overlay: Overlay) -> None:
    box = Toolbox(WORKING, overlay, Redactor())
    for path in [*OUTSIDE, *LINKED, *JUDGES]:
        for name, arguments in (
            ("write", {"path": path, "content": "evil"}),
            ("edit", {"path": path, "old": "a", "new": "evil"}),
            ("remove", {"path": path}),
        ):
            outcome = box.use(name, arguments)
            assert outcome.failed, (name, path)
            assert outcome.reply is None
    assert not overlay.touched
