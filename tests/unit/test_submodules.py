"""Submodules in handed out worktrees: exactly the commit that the tree names, from objects that are here."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.git import Git, NewCommit
from bot.submodules import GITLINK, absence, submodules
from bot.types.change import Entry
from bot.types.ids import Blob, Sha
from bot.workplace import Workplace
from tests.builders import add_submodule, commit_all, hermetic, make_repo, write


@pytest.fixture
def git(tmp_path: Path) -> Git:
    made = make_repo(tmp_path / "repo", {"app.py": "A = 1\n"})
    add_submodule(tmp_path / "repo", "vendor/lib", {"lib.py": "LIB = 1\n", "d/x": "x"})
    commit_all(tmp_path / "repo", "A submodule")
    return made


def absent(git: Git, commit: Sha) -> tuple[str, ...]:
    """The submodules of a commit that cannot be filled here."""
    return tuple(found.path for found in submodules(git, commit) if absence(found) is not None)


def call(folder: Path, *args: str) -> str:
    command = ["git", "-c", "protocol.file.allow=always", *args]
    done = subprocess.run(command, cwd=folder, env=hermetic(), check=True, capture_output=True)
    return done.stdout.decode().strip()


def seen(git: Git, commits: Sequence[Sha], folder: Path, *names: str) -> list[list[str | None]]:
    """What these files hold in worktrees of the commits: all at once, or one after the other."""
    places = Workplace(git, folder / "work", commits[0])

    async def one(commit: Sha) -> list[str | None]:
        async with places.tree(commit) as tree:
            await asyncio.sleep(0.05)
            return [(tree / name).read_text() if (tree / name).is_file() else None for name in names]

    async def all_of_them() -> list[list[str | None]]:
        try:
            return await asyncio.gather(*map(one, commits))
        finally:
            await places.aclose()

    return asyncio.run(all_of_them())


def link_to(git: Git, path: str, commit: str) -> Sha:
    """A commit on HEAD that names this commit at a path."""
    head = git.commit("HEAD")
    return git.make([NewCommit(head, (Entry(path, GITLINK, Blob(commit)),), "link", (head,), {})])[0]


def test_folder_holds_the_commit_that_the_tree_names(git: Git, tmp_path: Path) -> None:
    first = git.commit("HEAD")
    write(git.root / "vendor/lib", {"lib.py": "LIB = 2\n", "d/x": None})
    commit_all(git.root / "vendor/lib")
    second = commit_all(git.root)
    # The user's own checkout says nothing: it may stand anywhere.
    write(git.root / "vendor/lib", {"lib.py": "LIB = 'not committed'\n"})
    found = seen(git, [first, second, first], tmp_path, "vendor/lib/lib.py", "vendor/lib/d/x")
    assert found == [["LIB = 1\n", "x"], ["LIB = 2\n", None], ["LIB = 1\n", "x"]]


def test_user_without_a_checkout_of_the_submodule_has_its_objects_all_the_same(
    git: Git, tmp_path: Path
) -> None:
    call(git.root, "submodule", "--quiet", "deinit", "--force", "--all")
    assert seen(git, [git.commit("HEAD")], tmp_path, "vendor/lib/lib.py") == [["LIB = 1\n"]]


def test_submodules_of_submodules(git: Git, tmp_path: Path) -> None:
    origin = tmp_path / "origin-of-vendor-lib"
    add_submodule(origin, "deep", {"deep.py": "DEEP = 1\n"})
    commit_all(origin)
    call(git.root / "vendor/lib", "pull", "--quiet")
    commit = commit_all(git.root)
    whole = tmp_path / "whole"
    call(tmp_path, "clone", "--quiet", "--recurse-submodules", str(git.root), str(whole))
    found = Git(whole)
    assert absent(found, commit) == ()
    assert seen(found, [commit], tmp_path, "vendor/lib/deep/deep.py") == [["DEEP = 1\n"]]


def test_submodule_is_absent_where_one_of_its_own_is(git: Git, tmp_path: Path) -> None:
    """A folder that is empty two levels down is as silent as one that is empty at the top."""
    origin = tmp_path / "origin-of-vendor-lib"
    add_submodule(origin, "deep", {"deep.py": "DEEP = 1\n"})
    commit_all(origin)
    call(git.root / "vendor/lib", "pull", "--quiet")
    commit = commit_all(git.root)
    [found] = submodules(git, commit)
    told = absence(found)
    assert told is not None
    assert "of its own submodule 'deep' is not here" in told


def state(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_nothing_is_written_to_the_submodules_repository_and_no_hook_runs(git: Git, tmp_path: Path) -> None:
    store = git.common_dir / "modules/vendor/lib"
    hook = store / "hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    write(store, {"config": (store / "config").read_text() + '[filter "up"]\n\tsmudge = tr a-z A-Z\n'})
    before = state(git.common_dir / "modules"), (git.common_dir / "config").read_bytes()
    assert seen(git, [git.commit("HEAD")] * 3, tmp_path, "vendor/lib/d/x") == [["x"]] * 3
    assert (state(git.common_dir / "modules"), (git.common_dir / "config").read_bytes()) == before
    assert not (tmp_path / "hooked").exists()


def test_commit_that_is_not_here_is_absent_and_its_folder_empty(git: Git, tmp_path: Path) -> None:
    gone = link_to(git, "vendor/lib", "1" * 40)
    assert absent(git, gone) == ("vendor/lib",)
    assert absent(git, git.commit("HEAD")) == ()
    assert seen(git, [gone], tmp_path, "app.py", "vendor/lib/lib.py") == [["A = 1\n", None]]


def test_clone_without_submodules_has_none_of_them(git: Git, tmp_path: Path) -> None:
    call(tmp_path, "clone", "--quiet", str(git.root), "plain")
    clone = Git(tmp_path / "plain")
    assert absent(clone, clone.commit("HEAD")) == ("vendor/lib",)


def test_worktree_of_the_user_has_submodules_of_its_own(git: Git, tmp_path: Path) -> None:
    call(git.root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "mine"))
    call(tmp_path / "mine", "submodule", "--quiet", "update", "--init")
    subprocess.run(["rm", "-rf", str(git.common_dir / "modules")], check=True)
    mine = Git(tmp_path / "mine")
    assert seen(mine, [mine.commit("HEAD")], tmp_path, "vendor/lib/lib.py") == [["LIB = 1\n"]]


def test_link_to_a_commit_of_the_project_itself_brings_nothing(git: Git, tmp_path: Path) -> None:
    """Only what was fetched for submodules is a submodule's."""
    commit = link_to(git, "copy", git.commit("HEAD"))
    assert seen(git, [commit], tmp_path, "copy/app.py") == [[None]]
