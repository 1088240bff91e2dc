"""Console blocks that are marked `runs`: the installed command does what the page says, in a small project.

A page's blocks run in their order in one repository. `# exit N` behind a command says how it ends, else 0;
every line that is no command must be in what it prints.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builders import make_repo
from tests.unit.test_docs import README, blocks

BIN = Path(sys.executable).parent
RE_EXIT = re.compile(r"\s+# exit (\d+)$")

PROJECT = {
    "shop/__init__.py": '"""A shop."""\n',
    "shop/prices.py": (
        "import json\nfrom decimal import Decimal\n\n\n"
        "def total(amounts: list[str]) -> Decimal:\n    return sum(map(Decimal, amounts), Decimal(0))\n\n\n"
        'def in_guilders(amount: str) -> Decimal:\n    return Decimal(amount) * Decimal("2.20371")\n'
    ),
    "tests/test_prices.py": (
        "from decimal import Decimal\n\nfrom shop.prices import total\n\n\n"
        'def test_total() -> None:\n    assert total(["1.10", "2.20"]) == Decimal("3.30")\n'
    ),
}


@dataclass(frozen=True)
class Step:
    """One command of a page, how it ends, and what the page shows of its output."""

    command: str
    exit_code: int
    shown: tuple[str, ...]


def _pages() -> list[Path]:
    return list(dict.fromkeys(block.page for block in blocks("console runs")))


def _steps(page: Path) -> Iterator[Step]:
    for block in blocks("console runs"):
        if block.page != page:
            continue
        commands = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
        assert not commands[0].strip(), f"{block}: begins without a command"
        for text in commands[1:]:
            command, *shown = text.splitlines()
            ends = RE_EXIT.search(command)
            code = int(ends[1]) if ends else 0
            yield Step(RE_EXIT.sub("", command), code, tuple(filter(None, map(_plain, shown))))


def _plain(line: str) -> str:
    return " ".join(line.split())


def _first_spec() -> str:
    return next(block.text for block in blocks("yaml spec") if block.page == README)


def _run(command: str, repo: Path) -> tuple[int, list[str]]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GATECREW_")}
    env |= {"PATH": f"{BIN}{os.pathsep}{env['PATH']}", "COLUMNS": "120", "NO_COLOR": "1"}
    ended = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=repo,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    return ended.returncode, ended.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.name)
def test_console_blocks_do_what_the_page_says(page: Path, tmp_path: Path) -> None:
    repo = tmp_path / "shop"
    make_repo(repo, {**PROJECT, ".github/gatecrew/dead-code.yml": _first_spec()})
    for step in _steps(page):
        code, lines = _run(step.command, repo)
        said = "\n".join(lines)
        assert code == step.exit_code, f"$ {step.command}\n{said}"
        for shown in step.shown:
            assert shown in map(_plain, lines), f"$ {step.command}\n{said}"


def test_the_first_run_of_the_readme_is_among_them() -> None:
    commands = [step.command.split()[1] for step in _steps(README)]
    assert commands == ["check", "run", "pulls", "pulls"]
