"""Where Python finds a file: the dotted names that lead to a path, and what a relative import means.

A package starts at its topmost folder with an `__init__.py`; every longer name up to the root of the tree
counts too, so that `src/` layouts and namespace packages need no settings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache

INIT = "__init__.py"
SUFFIXES = (".py", ".pyi")


class Modules:
    """The dotted names of one tree's Python files."""

    def __init__(self, paths: Iterable[str]) -> None:
        files = [path for path in paths if is_python(path)]
        packages = {folder_of(path) for path in files if path.rpartition("/")[2] == INIT}
        self._names = {path: _names(path, packages) for path in files}
        self._paths: dict[str, list[str]] = defaultdict(list)
        for path, names in self._names.items():
            for name in names:
                self._paths[name].append(path)

    def names(self, path: str) -> tuple[str, ...]:
        """The longest first; empty for what is no Python file of this tree."""
        return self._names.get(path, ())

    def paths(self, dotted: str) -> tuple[str, ...]:
        return tuple(self._paths.get(dotted, ()))

    def split(self, dotted: str) -> tuple[tuple[str, ...], str]:
        """The files of the longest prefix that is a module here, and the rest of the name."""
        parts = dotted.split(".")
        for at in range(len(parts), 0, -1):
            found = self._paths.get(".".join(parts[:at]))
            if found:
                return tuple(found), ".".join(parts[at:])
        return (), dotted


@lru_cache(maxsize=8)
def modules_of(paths: tuple[str, ...]) -> Modules:
    """Most changes of a run have the same list of paths: then this is one pass for all of them."""
    return Modules(paths)


def is_python(path: str) -> bool:
    return path.endswith(SUFFIXES)


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def stem_of(path: str) -> str:
    """What the file is called as a module: a package is called as its folder."""
    folder, _, name = path.rpartition("/")
    return folder.rpartition("/")[2] if name == INIT else name.partition(".")[0]


def full_name(path: str) -> str:
    """The dotted name from the tree's root."""
    folder = folder_of(path).replace("/", ".")
    if path.rpartition("/")[2] == INIT:
        return folder
    return f"{folder}.{stem_of(path)}" if folder else stem_of(path)


def absolute(path: str, module: str, level: int) -> str:
    """The dotted name, from the tree's root where it is relative, of what `path` imports."""
    if not level:
        return module
    folders = [part for part in folder_of(path).split("/") if part]
    kept = folders[: len(folders) - level + 1]
    return ".".join([*kept, module] if module else kept)


def _names(path: str, packages: Collection[str]) -> tuple[str, ...]:
    folders = [part for part in folder_of(path).split("/") if part]
    start = len(folders)
    while start and "/".join(folders[:start]) in packages:
        start -= 1
    is_package = path.rpartition("/")[2] == INIT
    parts = folders if is_package else [*folders, stem_of(path)]
    return tuple(name for at in range(start + 1) if (name := ".".join(parts[at:])))
