"""Changes laid on a base: exact, in any order, and in conflict only where they really are."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from bot.compose import Conflict, compose
from bot.git import Git, NewCommit
from bot.types.change import Change, Entry
from bot.types.ids import UnitId
from tests.builders import make_repo

TEXT = "".join(f"line {number}\n" for number in range(20))
FILES: dict[str, str | bytes] = {"a/x.py": TEXT, "b/y.py": TEXT, "c/z.sh": TEXT}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return make_repo(tmp_path / "repo", FILES)


def change(git: Git, unit: str, files: dict[str, str | None]) -> Change:
    base = git.commit("HEAD")
    entries = tuple(Entry(path, "100644", None) for path in files)
    data = {path: text.encode() for path, text in files.items() if text is not None}
    commit = git.make([NewCommit(base, entries, unit, (base,), data)])[0]
    return Change(UnitId(unit), base, commit, git.entries(base, commit))


def contents(git: Git, commit: str) -> dict[str, str]:
    files = git.files(git.commit(commit))
    return {path: git.blob(file.blob).decode() for path, file in files.items()}


def test_no_change_is_the_base_itself(git: Git) -> None:
    assert compose(git, git.commit("HEAD"), []) == git.commit("HEAD")


def test_disjoint_changes_stand_side_by_side_in_any_order(git: Git) -> None:
    changes = [
        change(git, "u1", {"a/x.py": "new\n"}),
        change(git, "u2", {"b/y.py": None}),
        change(git, "u3", {"d/new.py": "added\n"}),
    ]

    made = {compose(git, git.commit("HEAD"), order) for order in permutations(changes)}

    (commit,) = made
    assert contents(git, commit) == {"a/x.py": "new\n", "c/z.sh": TEXT, "d/new.py": "added\n"}


def test_changes_of_one_file_merge_where_they_can(git: Git) -> None:
    first = change(git, "u1", {"a/x.py": TEXT.replace("line 2\n", "two\n")})
    second = change(git, "u2", {"a/x.py": TEXT.replace("line 15\n", "fifteen\n")})

    commit = compose(git, git.commit("HEAD"), [second, first])

    merged = contents(git, commit)["a/x.py"]
    assert "two\n" in merged
    assert "fifteen\n" in merged


def test_a_conflict_names_the_unit_and_the_paths(git: Git) -> None:
    first = change(git, "u1", {"a/x.py": TEXT.replace("line 2\n", "two\n")})
    second = change(git, "u2", {"a/x.py": TEXT.replace("line 2\n", "zwei\n")})

    with pytest.raises(Conflict) as caught:
        compose(git, git.commit("HEAD"), [first, second])

    assert (caught.value.unit, caught.value.paths) == ("u2", ("a/x.py",))


def test_equal_contents_make_equal_commits(git: Git) -> None:
    one = compose(git, git.commit("HEAD"), [change(git, "u1", {"a/x.py": "new\n"})])
    two = compose(git, git.commit("HEAD"), [change(git, "u1", {"a/x.py": "new\n"})])

    assert one == two
