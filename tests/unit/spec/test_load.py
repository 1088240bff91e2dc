"""A bare name is read from the base commit, a path from disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.errors import GatecrewError, InputError, SpecError
from bot.spec.around import Around
from bot.spec.load import load

TEXT = b"goal: Tidy up\ngate: {run: pytest}\n"
BASE = {
    ".github/gatecrew/dead-code.yml": TEXT,
    ".github/gatecrew/other.yaml": TEXT,
    ".github/gatecrew/scripts/x.yml": TEXT,
    "src/a.py": b"",
}
AROUND = Around(files=tuple(BASE))


def test_a_bare_name_is_read_from_the_base_commit(tmp_path: Path) -> None:
    loaded = load("dead-code", tmp_path, BASE.get, AROUND)
    assert (loaded.name, loaded.path) == ("dead-code", ".github/gatecrew/dead-code.yml")
    assert loaded.told == ".github/gatecrew/dead-code.yml of the base commit"
    assert loaded.sha == hashlib.sha256(TEXT).hexdigest()
    assert loaded.spec.goal == "Tidy up"
    assert load("other", tmp_path, BASE.get, AROUND).path.endswith(".yaml")


def test_a_path_is_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_bytes(TEXT + b"files: {include: ['gone/**']}")
    loaded = load(str(path), tmp_path, BASE.get, AROUND)
    assert (loaded.name, loaded.told) == ("mine", f"{path} on disk")
    assert loaded.warnings == ("files.include[0]: 'gone/**' matches no file of the base commit",)


def _refused(workflow: str, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(workflow, folder, BASE.get, AROUND)
    assert isinstance(caught.value, GatecrewError)
    return str(caught.value)


def test_unknown_names_are_answered_with_the_known_ones(tmp_path: Path) -> None:
    told = _refused("deadcode", tmp_path)
    assert "did you mean 'dead-code'?" in told
    assert "Known are: dead-code, other" in told


def test_a_spec_that_was_not_committed_is_told(tmp_path: Path) -> None:
    path = tmp_path / ".github/gatecrew/new.yml"
    path.parent.mkdir(parents=True)
    path.write_bytes(TEXT)
    told = _refused("new", tmp_path)
    assert "is on disk, but not in the base commit" in told
    assert "gatecrew check .github/gatecrew/new.yml" in told


@pytest.mark.parametrize("workflow", ["gone.yml", "./gone", "\0/x"])
def test_a_path_that_cannot_be_read_is_told(workflow: str, tmp_path: Path) -> None:
    assert repr(workflow) in _refused(workflow, tmp_path)


def test_a_name_that_cannot_name_branches_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "Über alles.yml"
    path.write_bytes(TEXT)
    assert "names branches" in _refused(str(path), tmp_path)


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.yml"
    path.write_bytes(b"#" * (3 << 20))
    with pytest.raises(SpecError, match="the limit is 1048576"):
        load(str(path), tmp_path, BASE.get)
