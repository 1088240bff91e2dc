"""A shell for tests: one book, and the commands that work on it."""

from pathlib import Path

import pytest
from conftest import ADA

from parcelbook.cli.main import main


class Shell:
    """Runs commands on one book and remembers what the last one printed."""

    def __init__(self, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.book = book
        self._capsys = capsys
        self.err = ""

    def __call__(self, *argv: str, code: int = 0) -> str:
        assert main(["--book", str(self.book), *argv]) == code
        out, self.err = self._capsys.readouterr()
        return out

    def register(self, address: str = ADA, grams: int = 2400) -> str:
        return self("register", address, "--grams", str(grams)).split()[0]
