"""The machine that the numbers belong to."""

from __future__ import annotations

import os
import platform
import subprocess


def machine() -> str:
    """Cores, memory and versions in one line."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = (
        f"{os.cpu_count()} cores",
        f"{memory:.0f} GiB",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        git.strip().replace("git version", "git"),
    )
    return ", ".join(parts)
