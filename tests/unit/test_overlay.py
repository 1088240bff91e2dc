"""An agent's view of a commit: what it may see and write, and what is remembered of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.git import Git
from bot.overlay import Overlay, digest_of_hits, grep
from bot.ports.engine import Refused
from bot.types.change import Entry
from bot.types.question import ABSENT, Observation, Question
from tests.builders import commit_all, make_repo, write

FILES: dict[str, str | bytes] = {
    "app/a.py": "import os\n\ndef used():\n    return 1\n",
    "app/b.py": b"x = 1\r\ny = 2",
    "app/run.sh": "#!/bin/sh\n",
    "app/data.bin": bytes(range(256)),
    "other/c.py": "from app.a import used\n",
    "tests/test_a.py": "def test_a(): ...\n",
}
SHARD = ("app/a.py", "app/b.py", "app/run.sh", "app/data.bin", "app/link.py")


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = make_repo(tmp_path / "repo", FILES)
    (git.root / "app/run.sh").chmod(0o755)
    (git.root / "app/link.py").symlink_to("a.py")
    (git.root / "linked").symlink_to("other")
    commit_all(git.root)
    return git


def overlay(git: Git) -> Overlay:
    return Overlay(
        git,
        git.commit("HEAD"),
        writable=SHARD,
        protects=lambda path: path.startswith("tests/") or "conftest" in path,
    )


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("other/c.py", "outside your shard"),
        ("other/new.py", "outside your shard"),
        ("tests/test_a.py", "read-only"),
        ("app/conftest.py", "read-only"),
        ("app/link.py", "symbolic link"),
        ("linked/c.py", "outside your shard"),
        ("../up.py", "no path inside"),
        ("app/../other/c.py", "no path inside"),
        ("/etc/passwd", "no path inside"),
        (".git/config", "no path inside"),
        ("app/.git/config", "no path inside"),
        ("", "no path inside"),
    ],
)
def test_writes_that_are_not_allowed_say_why(git: Git, path: str, why: str) -> None:
    bench = overlay(git)

    with pytest.raises(Refused, match=why):
        bench.write(path, b"x")

    assert not bench.touched


def test_nothing_can_be_written_below_a_file(git: Git) -> None:
    bench = Overlay(git, git.commit("HEAD"), writable=("app/a.py/x.py",))

    with pytest.raises(Refused, match="is a file or a link"):
        bench.write("app/a.py/x.py", b"")


def test_modes_bytes_and_untouched_files_survive(git: Git) -> None:
    bench = overlay(git)
    bench.write("app/run.sh", b"#!/bin/sh\r\nexit 1")
    bench.write("app/data.bin", b"\x00\xff" * 10)
    made = bench.make("change")

    files = git.files(made)
    assert files["app/run.sh"].mode == "100755"
    assert git.blob(files["app/run.sh"].blob) == b"#!/bin/sh\r\nexit 1"
    assert git.blob(files["app/data.bin"].blob) == b"\x00\xff" * 10
    assert [delta.path for delta in git.diff(bench.commit, made)] == ["app/data.bin", "app/run.sh"]


def test_a_write_that_changes_nothing_is_no_change(git: Git) -> None:
    bench = overlay(git)
    bench.write("app/b.py", b"x = 1\r\ny = 2")

    assert git.diff(bench.commit, bench.make("nothing")) == []


def test_new_files_and_removals_in_the_shards_folders(git: Git) -> None:
    bench = overlay(git)
    bench.write("app/new.py", b"new\n")
    bench.remove("app/a.py")

    entries = git.entries(bench.commit, bench.make("change"))

    assert [(e.path, e.blob is None) for e in entries] == [("app/a.py", True), ("app/new.py", False)]
    with pytest.raises(Refused, match="removed by you"):
        bench.read("app/a.py")


def test_the_agent_sees_its_own_writes(git: Git) -> None:
    bench = overlay(git)
    bench.write("app/a.py", b"def fresh(): ...\n")
    bench.remove("app/b.py")

    assert bench.read("app/a.py") == b"def fresh(): ...\n"
    assert bench.search("def fresh|x = 1") == [("app/a.py", 1, "def fresh(): ...")]
    assert bench.files("app/*.py") == ["app/a.py", "app/link.py"]


def test_what_was_looked_at_is_remembered_as_the_commit_has_it(git: Git) -> None:
    bench = overlay(git)
    bench.write("app/a.py", b"mine\n")
    bench.read("app/a.py")
    with pytest.raises(Refused, match="does not exist"):
        bench.read("app/nothing.py")
    bench.search("used")

    blob = git.files(bench.commit)["app/a.py"].blob
    assert Observation(Question("blob", "app/a.py"), blob) in bench.observations
    assert Observation(Question("blob", "app/nothing.py"), ABSENT) in bench.observations
    hits = digest_of_hits(grep(git, bench.commit, "used", "**"))
    assert Observation(Question("grep", "**\nused"), hits) in bench.observations


def test_an_unrelated_line_above_does_not_change_a_searchs_digest_but_a_new_mention_does(git: Git) -> None:
    before = digest_of_hits(grep(git, git.commit("HEAD"), "used", "**"))
    write(git.root, {"other/c.py": "# a note\nfrom app.a import used\n"})
    moved = digest_of_hits(grep(git, commit_all(git.root), "used", "**"))
    write(git.root, {"other/d.py": "used()\n"})
    more = digest_of_hits(grep(git, commit_all(git.root), "used", "**"))

    assert before == moved != more


def test_a_broken_pattern_is_told_to_the_agent(git: Git) -> None:
    with pytest.raises(Refused, match="no POSIX extended regular expression"):
        overlay(git).search("a(")


def test_hidden_files_are_not_there(git: Git) -> None:
    bench = Overlay(git, git.commit("HEAD"), hidden=lambda path: path.startswith("other/"))

    assert "other/c.py" not in bench.files()
    assert all(path != "other/c.py" for path, _, _ in bench.search("used"))
    with pytest.raises(Refused, match="may look at"):
        bench.read("other/c.py")


def test_a_revision_starts_from_the_change_and_can_start_over(git: Git) -> None:
    first = overlay(git)
    first.write("app/a.py", b"first\n")
    first.remove("app/b.py")
    entries: tuple[Entry, ...] = git.entries(first.commit, first.make("first"))

    second = overlay(git)
    second.resume(entries)
    assert second.read("app/a.py") == b"first\n"
    assert git.entries(second.commit, second.make("again")) == entries

    second.reset()
    assert second.read("app/a.py").startswith(b"import os\n")


def test_odd_names_come_through(tmp_path: Path) -> None:
    names = ["a b.py", 'q"uote.py', "back\\slash.py", "new\nline.py", "ümlaut.py", "tab\t.py"]
    git = make_repo(tmp_path / "repo", dict.fromkeys(names, "x = 1\n"))
    bench = Overlay(git, git.commit("HEAD"), writable=names)
    for name in names:
        bench.write(name, os.fsencode(name))

    files = git.files(bench.make("change"))

    assert {name: git.blob(files[name].blob) for name in names} == {name: os.fsencode(name) for name in names}
