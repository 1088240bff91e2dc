"""Where Python finds a file: the dotted names that reach it, and what a relative name means from it.

A root is the folder above the topmost `__init__.py`. A file answers to every name from there up to its whole
path (`pkg.mod`, `src.pkg.mod`), so that `src/` layouts, flat ones, namespaces and scripts need no settings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

INITS = ("__init__.py", "__init__.pyi")


def is_init(path: str) -> bool:
    return PurePosixPath(path).name in INITS


def folder(path: str) -> str:
    return path.rpartition("/")[0]


def is_python(path: str) -> bool:
    return path.endswith((".py", ".pyi"))


def dotted_path(path: str) -> str:
    """`src/pkg/mod.py` is `src.pkg.mod`; a package is its folder."""
    stem = folder(path) if is_init(path) else path.rpartition(".")[0]
    return stem.replace("/", ".")


def absolute(path: str, name: str) -> str:
    """Turns `..mod.name` as written in a file into a name that starts at the top of the tree."""
    if not name.startswith("."):
        return name
    rest = name.lstrip(".")
    parts = [part for part in folder(path).split("/") if part]
    parts = parts[: max(0, len(parts) - (len(name) - len(rest) - 1))]
    return ".".join([*parts, rest] if rest else parts)


@dataclass(frozen=True)
class Layout:
    """What of the tree decides where a name leads."""

    packages: frozenset[str]
    """The folders with an `__init__.py`."""
    known: frozenset[str]
    """Every folder's and module's own name: an import that starts with another one is foreign."""
    places: frozenset[str]
    """Every folder, and every module's path without its suffix."""

    def names(self, path: str) -> tuple[str, ...]:
        """The dotted names of a file, from the shortest importable one to the whole path."""
        parts = dotted_path(path).split(".")
        above = folder(folder(path)) if is_init(path) else folder(path)
        start = len(parts) - 1
        while start > 0 and above in self.packages:
            start, above = start - 1, folder(above)
        return tuple(name for at in range(start, -1, -1) if (name := ".".join(parts[at:])))

    def readings(self, path: str, name: str) -> Iterator[str]:
        """What an imported name may mean; nothing for foreign packages."""
        if name.startswith("."):
            yield absolute(path, name)
            return
        top = name.partition(".")[0]
        if top in self.known:
            yield name
        here = folder(path)
        # A file that is run as a script imports its neighbours by their bare names.
        if here and f"{here}/{top}" in self.places:
            yield f"{here.replace('/', '.')}.{name}"


def layout_of(paths: Collection[str]) -> Layout:
    places: set[str] = set()
    for path in paths:
        places.add(path.rpartition(".")[0])
        above = folder(path)
        while above and above not in places:
            places.add(above)
            above = folder(above)
    return Layout(
        packages=frozenset(folder(path) for path in paths if is_init(path)),
        known=frozenset(part for place in places for part in place.split("/")),
        places=frozenset(places),
    )
