"""The folders of one run, all outside of the tree, and the end of what it printed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

TAIL = 4000
RE_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a run is at home, keeps its temporary files, and writes reports and output to."""

    home: Path
    temporary: Path
    reports: Path
    output: Path
    listing: Path

    @property
    def writable(self) -> tuple[Path, ...]:
        return (self.home, self.temporary, self.reports)

    @property
    def tail(self) -> str:
        return self.end(TAIL)

    def end(self, most: int) -> str:
        """The last characters of the output."""
        return end_of(self.output, 4 * most).strip()[-most:]


def laid(aside: Path) -> Desk:
    desk = Desk(aside / "home", aside / "tmp", aside / "report", aside / "output", aside / "listing")
    for folder in desk.writable:
        folder.mkdir()
    return desk


def end_of(output: Path, size: int) -> str:
    """The last bytes of what was printed, as plain text."""
    if not output.exists():
        return ""
    with output.open("rb") as file:
        file.seek(max(0, output.stat().st_size - size))
        text = file.read(size).decode("utf-8", "replace")
    return RE_COLOUR.sub("", text).replace("\0", "")
