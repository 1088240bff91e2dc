"""Safety nets for every test: git knows nothing of this machine, and no key is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SECRETS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")


@pytest.fixture(autouse=True)
def hermetic_machine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No user's git settings, no credentials, and a home folder of the test's own."""
    for name in [*SECRETS, *(n for n in os.environ if n.startswith(("GITHUB_", "INPUT_", "GIT_")))]:
        monkeypatch.delenv(name, raising=False)
    home: Path = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")
