"""A repository with a suite that starts fast, and candidates on branches, for the installed `gatecrew gate`.

The suite lies in the tree, so that it runs in a sandbox too, wherever this checkout is.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.sandboxes.probe import choose
from bot.types.ids import Sha
from tests.builders import commit_all, hermetic, make_repo, write
from tests.inputs import FILES, SPEC_PATH, Ended, Project

SUITE = f"{sys.executable} -S -E tests/suite.py {{report}}"
PRICE, TEST = "app/price.py", "tests/test_price.py"
WRONG = "def net(gross):\n    return gross - 2\n"
RIGHT = "def net(gross):\n    return gross + 1 - 2\n"
TEXTS = {
    "net": "def test_net():\n    assert net(3) == 2\n",
    "zero": "def test_zero():\n    assert net(1) != 1\n",
}


def suite(*tests: str) -> str:
    """A test file with these tests."""
    return "from app.price import net\n" + "".join(f"\n\n{TEXTS.get(test, test)}" for test in tests)


def spec(**gate: Any) -> str:
    """A spec as YAML (JSON is YAML), with two runs at the base."""
    return json.dumps({"goal": "Judge.", "gate": {"run": SUITE, "runs": 2, "timeout": 60, **gate}})


@cache
def enforced() -> bool:
    """Whether a sandbox works here."""
    return asyncio.run(choose("auto")).sandbox.enforced


def needs_sandbox() -> None:
    if not enforced():
        pytest.skip("no sandbox works here (bubblewrap, sandlock): what the gate does in one is NOT tested")


@dataclass
class Asked(Project):
    """The repository in which the gate is asked: about the branch `topic`, against `main`."""

    def gate(self, *args: str, base: str = "main", head: str = "topic", **env: str) -> Ended:
        return self.type("gate", "--base", base, "--head", head, *args, **env)

    def topic(self, files: Mapping[str, str | bytes | None], *, at: str = "main", name: str = "topic") -> Sha:
        """A commit on a branch that starts where `at` is."""
        self._git("checkout", "--quiet", "-B", name, at)
        write(self.folder, files)
        made = commit_all(self.folder)
        self._git("checkout", "--quiet", "main")
        return made

    def lonely(self, files: Mapping[str, str]) -> Sha:
        """The same without any history in common."""
        self._git("checkout", "--quiet", "--orphan", "lonely")
        write(self.folder, files)
        made = commit_all(self.folder)
        self._git("checkout", "--quiet", "main")
        return made

    def answer(self, *args: str, **more: str) -> Any:
        """What `--json` prints, whole."""
        ended = self.gate("--json", *args, **more)
        made = json.loads(ended.out)
        assert made["exit_code"] == ended.code
        return made

    def left(self) -> tuple[list[str], list[str]]:
        """The worktrees, and the refs that are no branches: what must not outlive a command."""
        trees = self._git("worktree", "list", "--porcelain").split("\n\n")
        refs = self._git("for-each-ref", "--format=%(refname)").splitlines()
        return [tree for tree in trees[1:] if tree.strip()], [r for r in refs if "refs/heads/" not in r]

    def _git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.folder, env=hermetic(), check=True, capture_output=True
        )
        return done.stdout.decode()


def asked(
    folder: Path, files: Mapping[str, str | None] | None = None, name: str = "repo", **gate: Any
) -> Asked:
    """Two tests that pass, a spec, and a topic that is right."""
    runner = (Path(__file__).parent / "scenarios" / "quick_suite.py").read_text()
    laid = {**FILES, TEST: suite("net", "zero"), "tests/suite.py": runner, SPEC_PATH: spec(**gate)}
    given = {path: text for path, text in {**laid, **(files or {})}.items() if text is not None}
    made = Asked(folder / name, make_repo(folder / name, given))
    made.topic({PRICE: RIGHT})
    return made
