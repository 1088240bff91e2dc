"""An addition lands definition first, a removal lands users first, a rename lands at once."""

from __future__ import annotations

import pytest

from bot.stack.edges import edges
from bot.stack.names import module_of, names_of
from tests.unit.stack.made import Sources

DEAD = "def dead(): ...\n"
Sides = dict[str, tuple[str | None, str | None]]

CASES: dict[str, tuple[Sides, Sides, dict[str, set[str]]]] = {
    "removed import, removed function": (
        {"app/io.py": (DEAD, "")},
        {"web/v.py": ("from app.io import dead\n", "")},
        {"def": {"use"}},
    ),
    "removed relative import": (
        {"app/io.py": (DEAD, "")},
        {"app/web/v.py": ("from ..io import dead\n", "")},
        {"def": {"use"}},
    ),
    "removed re-export": (
        {"src/app/io.py": (DEAD, "")},
        {"src/app/__init__.py": ("from .io import dead\n", "")},
        {"def": {"use"}},
    ),
    "removed use through the module": (
        {"app/io.py": (DEAD, "")},
        {"web/v.py": ("from app import io\nio.dead()\n", "from app import io\n")},
        {"def": {"use"}},
    ),
    "removed use of the last method call": (
        {"app/io.py": ("class A:\n    def go(self): ...\n    b = 1\n", "class A:\n    b = 1\n")},
        {"web/v.py": ("x.go()\n", "x\n")},
        {"def": {"use"}},
    ),
    "removed module": (
        {"app/io.py": ("x = 1\n", None)},
        {"web/v.py": ("from app import io\n", "")},
        {"def": {"use"}},
    ),
    "removed module below another root": (
        {"backend/app/io.py": ("x = 1\n", None)},
        {"backend/web/v.py": ("import app.io\n", "")},
        {"def": {"use"}},
    ),
    "added function": (
        {"app/io.py": ("", "def new(): ...\n")},
        {"web/v.py": ("", "from app.io import new\n")},
        {"use": {"def"}},
    ),
    "added module": (
        {"app/io.py": (None, "X = 1\n")},
        {"web/v.py": ("", "import app.io\n")},
        {"use": {"def"}},
    ),
    "rename": (
        {"app/io.py": ("def old(): ...\n", "def new(): ...\n")},
        {"web/v.py": ("from app.io import old\n", "from app.io import new\n")},
        {"def": {"use"}, "use": {"def"}},
    ),
    "another module's name": (
        {"app/io.py": (DEAD, "")},
        {"web/v.py": ("from app.other import dead\n", "")},
        {},
    ),
    "an attribute of something else": (
        {"app/io.py": ("def run(): ...\n", "")},
        {"web/v.py": ("import subprocess\nsubprocess.run()\n", "")},
        {},
    ),
    "no Python": ({"a.txt": ("dead", "")}, {"b.txt": ("dead", "")}, {}),
    "not parsed": ({"app/io.py": ("def (", "")}, {"web/v.py": ("from app.io import dead\n", "")}, {}),
}


@pytest.mark.parametrize("name", CASES)
def test_needs_by_contents(name: str) -> None:
    definition, use, expected = CASES[name]
    sources = Sources({"def": definition, "use": use})
    assert edges(sources.changes, sources.read) == expected


def test_modules_are_named_as_they_are_imported() -> None:
    paths = ["app/io.py", "src/app/io.py", "app/__init__.py", "io.py"]
    assert [module_of(path) for path in paths] == ["app.io", "app.io", "app", "io"]


def test_names_of_all_kinds_of_definitions() -> None:
    source = b"""
import os, a.b as c
X: int = 1
Y, (Z, *W) = 1, (2, 3)
try:
    from fast import go
except ImportError:
    def go(): ...
async def f(): ...
class K:
    k = 1
    class Inner:
        hidden = 2
"""
    defined = names_of("m.py", source).defined
    assert defined == {"os", "c", "X", "Y", "Z", "W", "go", "f", "K", "K.k", "K.Inner"}
