"""Small trees of source for the recipe, written as text and proposed on in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.engines.recipe.answer import answer
from bot.engines.recipe.index import Index, build_index
from bot.engines.recipe.propose import Proposal, propose
from bot.engines.recipe.public import Public, documented_names

APPLICATION = Public("application")
LIBRARY = Public("library")


@dataclass(frozen=True)
class Tree:
    files: Mapping[str, str]
    public: Public = APPLICATION
    read: list[str] = field(default_factory=list)
    """Which files a proposal asked for."""

    @cached_property
    def index(self) -> Index:
        return build_index(((path, path) for path in self.files), self._bytes, {})

    def propose(self, *shard: str, excluded: Iterable[str] = ()) -> Proposal:
        return propose(
            self.index,
            shard or tuple(self.files),
            public=self.public,
            protected=lambda path: path.startswith("tests/"),
            read=self._read,
            excluded=frozenset(excluded),
        )

    def removed(self, *shard: str, excluded: Iterable[str] = ()) -> list[str]:
        return [one.subject for one in self.propose(*shard, excluded=excluded).removed]

    def answer(self, *shard: str) -> str:
        return answer(self.index, shard, self.propose(*shard).questions, self.public)

    def having(self, **changes: str) -> Tree:
        """Underscores stand for what a keyword cannot hold: `app__b` is `app/b.py`."""
        new = {f"{name.replace('__', '/')}.py": text for name, text in changes.items()}
        return Tree({**self.files, **new}, self.public)

    def _read(self, path: str) -> bytes:
        self.read.append(path)
        return self._bytes(path)

    def _bytes(self, path: str) -> bytes:
        return self.files[path].encode()


def app(**modules: str) -> Tree:
    """A package `app` with these modules, and a test that calls `app.main.run`."""
    files = {f"app/{name}.py": text for name, text in modules.items()}
    test = "from app.main import run\n\ndef test_run(): run()\n"
    return Tree({"app/__init__.py": "", "tests/test_app.py": test, **files})


def library(prose: str = "", **modules: str) -> Tree:
    """A package `lib` with these modules, of which everything without an underscore is public."""
    files = {f"src/lib/{name}.py": text for name, text in modules.items()}
    public = Public("library", documented_names([prose]))
    return Tree({"src/lib/__init__.py": "", **files}, public)
