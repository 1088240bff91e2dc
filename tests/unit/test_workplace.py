"""A worktree that is handed out is exactly the tree, whatever ran in it before."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from bot.errors import GitError
from bot.git import Git, NewCommit
from bot.submodules import GITLINK, absence, submodules
from bot.types.change import REGULAR, Entry
from bot.types.ids import Blob, Sha, Tree
from bot.workplace import Workplace
from tests.builders import commit_all, hermetic, make_repo, write

FILES: dict[str, str | bytes] = {
    "a.py": "A = 1\n",
    "sub/b.txt": b"bytes\r\n\x00",
    ".gitignore": "*.log\n",
    "tool.sh": "#!/bin/sh\n",
}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    made = make_repo(tmp_path / "repo", FILES)
    (tmp_path / "repo" / "tool.sh").chmod(0o755)
    (tmp_path / "repo" / "link").symlink_to("a.py")
    commit_all(tmp_path / "repo")
    return made


@pytest.fixture
def base(git: Git) -> Sha:
    return git.commit("HEAD")


def contents(folder: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()))
        elif path.is_file() and name != ".git":
            found[name] = (path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR))
    return found


EXACT: dict[str, object] = {
    ".gitignore": (b"*.log\n", False),
    "a.py": (b"A = 1\n", False),
    "link": ("link", "a.py"),
    "sub/b.txt": (b"bytes\r\n\x00", False),
    "tool.sh": (b"#!/bin/sh\n", True),
}


def place(git: Git, base: Sha, tmp_path: Path) -> Workplace:
    return Workplace(git, tmp_path / "work", base)


def test_worktree_is_exactly_the_tree(git: Git, base: Sha, tmp_path: Path) -> None:
    async def seen() -> None:
        places = place(git, base, tmp_path)
        async with places.tree(base) as folder:
            assert contents(folder) == EXACT
            status = subprocess.run(
                ["git", "status", "--porcelain"], cwd=folder, env=hermetic(), check=True, capture_output=True
            )
            assert status.stdout == b""
        await places.aclose()
        assert not list((tmp_path / "work").iterdir())
        assert len(git.text("worktree", "list").splitlines()) == 1

    asyncio.run(seen())


def make_a_mess(folder: Path, outside: Path) -> None:
    """What test suites, and attackers, leave behind."""
    (folder / "a.py").write_text("A = 2\n")
    (folder / "tool.sh").chmod(0o644)
    (folder / "junk.log").write_text("ignored by git")
    (folder / "new").mkdir()
    (folder / "new" / "nested").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder / "new" / "nested", env=hermetic(), check=True)
    (folder / "link").unlink()
    (folder / "link").symlink_to(outside)
    (folder / "sub" / "b.txt").unlink()
    (folder / "sub").rmdir()
    (folder / "sub").symlink_to(outside)
    (folder / "locked").mkdir()
    (folder / "locked" / "file").write_text("x")
    (folder / "locked").chmod(0o555)
    subprocess.run(["git", "update-index", "--skip-worktree", "a.py"], cwd=folder, env=hermetic(), check=True)
    (folder / ".git").unlink()
    subprocess.run(["git", "init", "-q"], cwd=folder, env=hermetic(), check=True)
    hook = f"touch {outside}/executed"
    subprocess.run(["git", "config", "core.fsmonitor", hook], cwd=folder, env=hermetic(), check=True)


def test_nothing_of_an_earlier_run_is_left(git: Git, base: Sha, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("kept")

    async def again() -> None:
        places = place(git, base, tmp_path)
        async with places.tree(base) as first:
            make_a_mess(first, outside)
        async with places.tree(base) as second:
            assert second == first
            assert contents(second) == EXACT
        await places.aclose()

    asyncio.run(again())
    assert [path.name for path in outside.iterdir()] == ["precious"]


def test_bare_tree_gets_a_commit_whose_parent_is_the_base(git: Git, base: Sha, tmp_path: Path) -> None:
    write(git.root, {"a.py": "A = 3\n"})
    other = git.tree(commit_all(git.root))

    async def seen() -> str:
        places = place(git, base, tmp_path)
        async with places.tree(Tree(other)) as folder:
            assert (folder / "a.py").read_text() == "A = 3\n"
            command = ["git", "rev-parse", "HEAD^", "HEAD^{tree}"]
            told = subprocess.run(command, cwd=folder, env=hermetic(), check=True, capture_output=True)
        await places.aclose()
        return told.stdout.decode()

    assert asyncio.run(seen()).split() == [base, other]


def test_worktrees_at_the_same_time_are_different_ones(git: Git, base: Sha, tmp_path: Path) -> None:
    async def many() -> set[Path]:
        places = place(git, base, tmp_path)

        async def one() -> Path:
            async with places.tree(base) as folder:
                assert contents(folder) == EXACT
                await asyncio.sleep(0.2)
                return folder

        folders = await asyncio.gather(*(one() for _ in range(5)))
        await places.aclose()
        return set(folders)

    assert len(asyncio.run(many())) == 5


def test_leftovers_of_a_killed_run_are_swept(git: Git, base: Sha, tmp_path: Path) -> None:
    """Registered worktrees, one whose folder is gone, and a folder that git does not know."""
    work = tmp_path / "work"
    for name in ("tree-1", "tree-2"):
        git.run("worktree", "add", "--quiet", "--detach", str(work / name), base)
    (work / "stray").mkdir()
    (work / "stray" / "file").write_text("x")
    mine = tmp_path / "a worktree of somebody"
    git.run("worktree", "add", "--quiet", "--detach", str(mine), base)
    subprocess.run(["rm", "-rf", str(work / "tree-2")], check=True)

    async def used() -> None:
        places = place(git, base, tmp_path)
        async with places.tree(base) as folder:
            assert contents(folder) == EXACT
            assert [path.name for path in work.iterdir()] == [folder.name]
        await places.aclose()

    asyncio.run(used())
    assert mine.is_dir()
    assert len(git.text("worktree", "list").splitlines()) == 2


def test_hooks_of_the_repository_do_not_run(git: Git, base: Sha, tmp_path: Path) -> None:
    hook = git.root / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)

    async def used() -> None:
        places = place(git, base, tmp_path)
        async with places.tree(base):
            pass
        await places.aclose()

    asyncio.run(used())
    assert not (tmp_path / "hooked").exists()


def test_smudge_filters_run(git: Git, base: Sha, tmp_path: Path) -> None:
    git.run("config", "filter.up.smudge", "tr a-z A-Z")
    write(git.root, {".gitattributes": "*.up filter=up\n", "x.up": "abc\n"})
    commit = commit_all(git.root)

    async def seen() -> str:
        places = place(git, base, tmp_path)
        async with places.tree(commit) as folder:
            return (folder / "x.up").read_text()

    assert asyncio.run(seen()) == "ABC\n"


def handed_out(git: Git, base: Sha, tmp_path: Path, what: Sha) -> dict[str, object]:
    """What a worktree of a commit holds, besides the files of `EXACT`."""

    async def seen() -> dict[str, object]:
        places = place(git, base, tmp_path)
        async with places.tree(what) as folder:
            command = ["git", "status", "--porcelain"]
            # git itself ends with 128 where `.gitmodules` holds no settings.
            status = subprocess.run(command, cwd=folder, env=hermetic(), check=False, capture_output=True)
            assert status.stdout == b""
            found = contents(folder)
        await places.aclose()
        return {name: what for name, what in found.items() if name not in EXACT}

    return asyncio.run(seen())


MODULES = '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n'


def with_submodule(git: Git, base: Sha, other: Git, modules: str = MODULES) -> Sha:
    """A commit with a gitlink at `lib`. What `git submodule update` leaves behind is there: the other
    repository's git folder, with a newer commit checked out and a worktree that is gone."""
    inner = other.commit("HEAD")
    write(other.root, {"code.py": "B = 2\n"})
    commit_all(other.root)
    kept = git.common_dir / "modules" / "lib"
    kept.parent.mkdir(exist_ok=True)
    shutil.copytree(other.root / ".git", kept)
    (kept / "config").write_text('[core]\n\tworktree = ../../../lib\n[filter "x"]\n\tsmudge = false\n')
    entries = (Entry("lib", GITLINK, Blob(inner)), Entry(".gitmodules", REGULAR, None))
    return git.make([NewCommit(base, entries, "link", (base,), {".gitmodules": modules.encode()})])[0]


@pytest.fixture
def other(tmp_path: Path) -> Git:
    return make_repo(tmp_path / "other", {"code.py": "B = 1\n", "deep/x": "x"})


def test_submodule_is_filled_with_exactly_the_commit_of_its_gitlink(
    git: Git, base: Sha, other: Git, tmp_path: Path
) -> None:
    commit = with_submodule(git, base, other)
    kept = git.common_dir / "modules" / "lib"
    before = contents(kept)
    assert handed_out(git, base, tmp_path, commit) == {
        ".gitmodules": (MODULES.encode(), False),
        "lib/code.py": (b"B = 1\n", False),
        "lib/deep/x": (b"x", False),
    }
    assert contents(kept) == before
    assert absence(submodules(git, commit)[0]) is None


@pytest.mark.parametrize(
    "modules",
    [
        '[submodule "../modules/lib"]\n\tpath = lib\n',
        '[submodule "/{root}/modules/lib"]\n\tpath = lib\n',
        '[submodule "linked"]\n\tpath = lib\n',
        '[submodule "none"]\n\tpath = lib\n',
        '[submodule "lib"]\n\tpath = ../lib\n',
        '[submodule "lib"]\n\tpath = sub\n',
        '[submodule "-x"]\n\tpath = --upload-pack=touch\n',
        "[include]\n\tpath = {root}/modules.txt\n",
        "no settings at all",
    ],
)
def test_hostile_modules_leave_an_empty_folder(
    git: Git, base: Sha, other: Git, tmp_path: Path, modules: str
) -> None:
    root = git.common_dir
    (root / "modules.txt").write_text('[submodule "lib"]\n\tpath = lib\n')
    (root / "modules").mkdir()
    (root / "modules" / "linked").symlink_to(root / "modules" / "lib")
    commit = with_submodule(git, base, other, modules.replace("{root}", str(root)))
    assert list(handed_out(git, base, tmp_path, commit)) == [".gitmodules"]
    assert absence(submodules(git, commit)[0]) == "its commit is not in this repository"


def test_submodule_that_git_refuses_is_an_empty_folder(
    git: Git, base: Sha, other: Git, tmp_path: Path
) -> None:
    """A tree with a `.git` of its own, as no honest git makes it."""
    blob = other.store(b"x")
    listed = f"100644 blob {blob}\t.git\n100644 blob {blob}\ta\n".encode()
    tree = Tree(other.run("mktree", stdin=listed).decode().strip())
    bad = other.wrap(tree, [], "bad", other.commit("HEAD"))
    other.set_ref("HEAD", bad)
    commit = with_submodule(git, base, other)
    assert list(handed_out(git, base, tmp_path, commit)) == [".gitmodules"]
    assert absence(submodules(git, commit)[0]) == "its files cannot be checked out"


DATA = b"weights" * 1000
OID = hashlib.sha256(DATA).hexdigest()
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize {len(DATA)}\n"


@pytest.mark.parametrize(
    ("kept", "seen"), [(DATA, DATA), (None, POINTER.encode()), (b"WEIGHTS" * 1000, POINTER.encode())]
)
def test_pointer_is_filled_from_what_is_here_and_by_nothing_else(
    git: Git, base: Sha, tmp_path: Path, kept: bytes | None, seen: bytes
) -> None:
    """With git-lfs set up and without: its filter would fetch, and here it would shout."""
    write(git.root, {"w/.gitattributes": "*.bin filter=lfs -text\n", "w/a.bin": POINTER, "b.bin": POINTER})
    commit = commit_all(git.root)
    write(git.root, {"w/.gitattributes": None})
    git.run("config", "filter.lfs.smudge", "tr a-z A-Z")
    if kept is not None:
        write(git.common_dir, {f"lfs/objects/{OID[:2]}/{OID[2:4]}/{OID}": kept})
    found = handed_out(git, base, tmp_path, commit)
    assert found["w/a.bin"] == (seen, False)
    assert found["b.bin"] == (POINTER.encode(), False)


def test_tree_that_does_not_exist_is_an_error_and_the_pool_goes_on(
    git: Git, base: Sha, tmp_path: Path
) -> None:
    async def tried() -> None:
        places = place(git, base, tmp_path)
        with pytest.raises(GitError):
            async with places.tree(Sha("f" * 40)):
                pass
        async with places.tree(base) as folder:
            assert contents(folder) == EXACT
        await places.aclose()

    asyncio.run(tried())


def test_cancelled_use_gives_the_worktree_back(git: Git, base: Sha, tmp_path: Path) -> None:
    async def cancelled() -> None:
        places = place(git, base, tmp_path)

        async def hold() -> None:
            async with places.tree(base):
                await asyncio.sleep(60)

        for delay in (0.0, 0.01, 0.05, 0.3):
            task = asyncio.ensure_future(hold())
            await asyncio.sleep(delay)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with places.tree(base) as folder:
            assert contents(folder) == EXACT
        await places.aclose()

    asyncio.run(cancelled())
    assert not list((tmp_path / "work").iterdir())


def test_what_was_written_into_git_s_own_folder_of_a_worktree_is_gone(
    git: Git, base: Sha, tmp_path: Path
) -> None:
    places = place(git, base, tmp_path)

    async def story() -> dict[str, object]:
        async with places.tree(base) as tree:
            own = Path((tree / ".git").read_text().removeprefix("gitdir:").strip())
            (own / "config.worktree").write_text("[core]\n\tworktree = /\n")
            (own / "commondir").unlink()
            (own / "commondir").symlink_to("/nowhere")
            (own / "index").unlink()
            (own / "index").mkdir()
            (own / "info").mkdir(exist_ok=True)
            (own / "info" / "sparse-checkout").write_text("nothing\n")
            (own / "HEAD").write_text("ref: refs/heads/theirs\n")
        async with places.tree(base) as tree:
            assert not (own / "config.worktree").exists()
            assert (own / "commondir").read_text() == "../..\n"
            return contents(tree)

    found = asyncio.run(story())
    asyncio.run(places.aclose())
    assert found == EXACT
