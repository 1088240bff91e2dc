"""Builders of real repositories, in temporary folders, with fixed names and ticking dates."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from itertools import count
from pathlib import Path

from bot.git import Git, init
from bot.types.ids import Sha

_ticks = count(1)


def hermetic() -> dict[str, str]:
    """An environment in which git knows nothing of the machine's settings; dates tick a minute a call."""
    date = f"2026-01-01T{next(_ticks) % 24:02d}:00:00+00:00"
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": date,
    }


def commit_all(folder: Path, message: str = "change") -> Sha:
    """Commit everything that lies in a worktree."""
    for args in (["add", "-A"], ["commit", "-q", "--allow-empty", "-m", message]):
        subprocess.run(["git", *args], cwd=folder, env=hermetic(), check=True)
    out = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, env=hermetic(), check=True, capture_output=True
    )
    return Sha(out.stdout.decode().strip())


def write(folder: Path, files: Mapping[str, str | bytes | None]) -> None:
    """Write files below a folder; None removes one."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def make_repo(folder: Path, files: Mapping[str, str | bytes]) -> Git:
    """A repository on branch `main` with one commit that holds `files`."""
    git = init(folder)
    write(folder, files)
    commit_all(folder, "Start")
    return git


def add_submodule(folder: Path, path: str, files: Mapping[str, str | bytes | None]) -> Sha:
    """A submodule with a commit of its own at `path`; its commit. The superproject is not committed."""
    origin = folder.parent / f"origin-of-{path.replace('/', '-')}"
    write(init(origin).root, files)
    commit = commit_all(origin, "Start")
    command = ["git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add"]
    subprocess.run([*command, "--", str(origin), path], cwd=folder, env=hermetic(), check=True)
    return commit
