"""Killed between any two steps, the next run ends where an uncut run ends, and makes nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.forges.local import LocalForge
from bot.types.change import Change
from bot.types.ids import Branch
from tests.builders import make_repo
from tests.stage import FILES, Stage, three


class Killed(BaseException):
    """The process dies."""


@dataclass
class Dying:
    """Does `alive` steps, and dies when the last has taken effect, before anybody could write that down."""

    alive: int

    def __call__(self, _name: str, _key: str, fn: Callable[[], Any]) -> Any:
        if self.alive == 0:
            raise Killed
        self.alive -= 1
        return fn()


def local_stage(folder: Path) -> tuple[Stage, LocalForge]:
    git = make_repo(folder / "repo", FILES)
    forge = LocalForge(folder / "forge", git, Branch("main"))
    return Stage(git, forge, git.commit("HEAD")), forge


def two(stage: Stage) -> list[Change]:
    """One above the other."""
    return three(stage)[1:]


def steps_of(stage: Stage) -> int:
    dying = Dying(1000)
    stage.propose(*two(stage), step=dying)
    return 1000 - dying.alive


def without_shas(forge: LocalForge) -> str:
    """Everything but commit ids: the repositories of a test start at different times."""
    book = forge.book()
    return "\n".join(
        [
            *(f"{p.number} {p.branch} {p.base_branch} {p.state} {p.labels} {p.body}" for p in book.pulls),
            *(f"{i.number} {i.title} {i.body}" for i in book.issues),
            str(sorted(str(by_context) for by_context in book.statuses.values())),
        ]
    )


@pytest.mark.slow
def test_a_run_that_is_cut_anywhere_ends_like_an_uncut_one(tmp_path: Path) -> None:
    stage, forge = local_stage(tmp_path / "uncut")
    steps = steps_of(stage)
    picture, book = stage.picture(), without_shas(forge)

    for alive in range(steps):
        stage, forge = local_stage(tmp_path / str(alive))
        with pytest.raises(Killed):
            stage.propose(*two(stage), step=Dying(alive))
        again = replace(stage, run="r2")
        again.propose(*two(again))
        assert (stage.picture(), without_shas(forge)) == (picture, book)
