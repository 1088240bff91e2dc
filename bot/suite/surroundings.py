"""What a run depends on besides the tree and its commands: the system, the toolchain, what is installed.

Told without running anything, so that a baseline that was measured elsewhere, or before an upgrade, is not
taken for this machine's. What it cannot tell (a service, a date) ends a kept baseline by its age.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

RELEASE = Path("/etc/os-release")
# The runner images of GitHub tell their version: everything that is preinstalled changes with it.
IMAGE = ("ImageOS", "ImageVersion", "LANG", "TZ")
MOST_WORDS = 40


def surroundings(machine: Mapping[str, str], commands: Sequence[str | None]) -> list[str]:
    """Lines that are equal where the suite should behave the same."""
    told = [platform.machine(), _release(), *(f"{name}={machine.get(name, '')}" for name in IMAGE)]
    path = machine.get("PATH")
    programs = sorted({program for command in commands for program in _programs(command, path)})
    for program in programs:
        told.append(f"{program} {program.resolve()} {program.stat().st_size}")
        told += _installed(program)
    return told


def _release() -> str:
    try:
        return RELEASE.read_text("utf-8", "replace")
    except OSError:
        return platform.platform(terse=True)


def _programs(command: str | None, path: str | None) -> Iterator[Path]:
    """The words of a command that name programs: what a shell would find."""
    for word in (command or "").split()[:MOST_WORDS]:
        found = shutil.which(word.strip("\"'(){};&|"), path=path)
        if found is not None:
            yield Path(found)


def _installed(program: Path) -> Iterator[str]:
    """The packages beside an interpreter, by name and version: `prefix/lib/pythonX/site-packages`."""
    for folder in sorted(program.parent.parent.glob("lib/python3*/site-packages")):
        yield from sorted(path.name for path in folder.glob("*.dist-info"))
