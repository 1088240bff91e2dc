"""The local forge's memory, and what people do with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import InputError, ServiceError
from bot.forges.local import LocalForge
from bot.git import Git
from bot.types.ids import Branch, Sha
from bot.types.stack import NewPull, RefUpdate
from tests.builders import commit_all, make_repo, write
from tests.stage import make_change

MAIN = Branch("main")
ONE = Branch("gatecrew/w/one")


def forge_at(tmp_path: Path, git: Git) -> LocalForge:
    return LocalForge(tmp_path / "forge", git, MAIN)


def opened(tmp_path: Path) -> tuple[LocalForge, Git, Sha]:
    git = make_repo(tmp_path / "repo", {"a.py": "1\n", "b.py": "2\n"})
    forge = forge_at(tmp_path, git)
    commit = make_change(git, git.commit("HEAD"), "one", {"a.py": None}).commit
    forge.push([RefUpdate(ONE, commit, None)])
    forge.open(NewPull(ONE, MAIN, "A title", "A body"))
    return forge, git, commit


def state(forge: LocalForge) -> list[str]:
    return [pull.state for pull in forge.pulls("gatecrew/")]


def test_a_killed_process_leaves_the_old_store(tmp_path: Path) -> None:
    _, git, _ = opened(tmp_path)
    (tmp_path / "forge" / ".pulls.json.999").write_text("{half")
    assert state(forge_at(tmp_path, git)) == ["open"]


def test_merging_squashes_onto_the_base(tmp_path: Path) -> None:
    forge, _, _ = opened(tmp_path)
    commit = forge.merge(1)
    assert state(forge) == ["merged"]
    assert sorted(forge.bare.files(commit)) == ["b.py"]
    assert forge.bare.message(commit) == "A title (#1)"


def test_what_lands_in_the_repository_itself_counts_as_merged(tmp_path: Path) -> None:
    _, git, _ = opened(tmp_path)
    write(tmp_path / "repo", {"a.py": None, "b.py": "other\n"})
    commit_all(tmp_path / "repo")
    later = forge_at(tmp_path, git)
    assert state(later) == ["merged"]
    write(tmp_path / "repo", {"a.py": "back again\n"})
    commit_all(tmp_path / "repo")
    assert state(forge_at(tmp_path, git)) == ["merged"]


def test_half_of_it_is_not_merged(tmp_path: Path) -> None:
    _, git, _ = opened(tmp_path)
    write(tmp_path / "repo", {"b.py": "other\n"})
    commit_all(tmp_path / "repo")
    assert state(forge_at(tmp_path, git)) == ["open"]


def test_what_people_merged_here_is_not_taken_back(tmp_path: Path) -> None:
    forge, git, _ = opened(tmp_path)
    merged = forge.merge(1)
    assert forge_at(tmp_path, git).heads("main") == {MAIN: merged}


def test_a_patch_shows_what_the_pull_request_changes(tmp_path: Path) -> None:
    _, git, _ = opened(tmp_path)
    write(tmp_path / "repo", {"b.py": "other\n"})
    commit_all(tmp_path / "repo")
    patch = forge_at(tmp_path, git).patch(1)
    assert "deleted file" in patch
    assert "b.py" not in patch


def test_closing_twice_is_an_error_in_words(tmp_path: Path) -> None:
    forge, _, _ = opened(tmp_path)
    forge.close(1)
    with pytest.raises(InputError, match="is closed, not open"):
        forge.close(1)
    forge.reopen(1)
    assert state(forge) == ["open"]


def test_a_conflict_cannot_be_merged(tmp_path: Path) -> None:
    forge, git, _ = opened(tmp_path)
    write(tmp_path / "repo", {"a.py": "changed\n"})
    commit_all(tmp_path / "repo")
    with pytest.raises(InputError, match=r"conflicts with main in a\.py"):
        forge_at(tmp_path, git).merge(1)
    assert state(forge) == ["open"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pulls": 3}'])
def test_a_broken_store_is_told(tmp_path: Path, text: str) -> None:
    forge, _, _ = opened(tmp_path)
    (tmp_path / "forge" / "pulls.json").write_text(text)
    with pytest.raises(ServiceError, match="cannot be read"):
        forge.pulls("")


def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    forge, _, _ = opened(tmp_path)
    (tmp_path / "forge" / "pulls.json").write_text('{"version": 99}')
    with pytest.raises(ServiceError, match="newer Gatecrew"):
        forge.open(NewPull(ONE, MAIN, "x", "x"))


def test_an_unknown_number_is_told(tmp_path: Path) -> None:
    forge, _, _ = opened(tmp_path)
    with pytest.raises(ServiceError, match="no pull request 7"):
        forge.patch(7)
