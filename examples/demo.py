"""`make demo`: the example project becomes a repository of its own, and the dead-code audit runs on it.

Nothing leaves this machine: the recipe engine needs no key, and the forge is a folder. What it makes lies
in `out/demo/` and is made anew each time.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "parcelbook"
DEMO = HERE.parent / "out" / "demo"
WORKFLOW = "dead-code"

GIT = ["git", "-c", "user.name=Demo", "-c", "user.email=demo@example.org", "-c", "commit.gpgsign=false"]


def make_repository(repo: Path) -> None:
    """A fresh repository that holds the example project in one commit."""
    shutil.rmtree(repo.parent, ignore_errors=True)
    shutil.copytree(PROJECT, repo, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    for args in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "The example project"]):
        subprocess.run([*GIT, *args], cwd=repo, check=True)


def main() -> int:
    repo = DEMO / PROJECT.name
    make_repository(repo)
    gatecrew = os.path.relpath(Path(sys.executable).with_name("gatecrew"))
    options = ["--repo", os.path.relpath(repo)]
    run = [gatecrew, "run", WORKFLOW, *options, "--engine", "recipe", "--forge", "local", "--yes"]
    print(f"$ {shlex.join(run)}\n", flush=True)
    code = subprocess.run(run, check=False).returncode
    print("\nLook around:")
    for command in (["pulls"], ["pulls", "2"], ["show", "UNIT"], ["runs"]):
        print(f"  {shlex.join([gatecrew, *command, *options])}")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
