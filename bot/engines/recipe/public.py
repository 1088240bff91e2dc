"""Says what the outside world may use, so that no use inside the tree means nothing about it.

A library keeps whatever can be imported without an underscore; an application, what its prose names.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.engines.recipe.facts import LOCALS, Definition, FileFacts
from bot.engines.recipe.index import Index
from bot.engines.recipe.modules import is_init

Mode = Literal["library", "application"]

RE_CODE = re.compile(r"(`+)([^`\n]+?)\1")
RE_CODE_NAME = re.compile(r"(?:[^<>]*<)?[~!]?\.?([^\W\d][\w.:]*)(?:\(.*\))?>?$")
RE_FILE_NAME = re.compile(r"\.(?:py|pyi|md|rst|txt|toml|cfg|ini|json|ya?ml|html|sh|lock)$", re.IGNORECASE)
RE_DIRECTIVE = re.compile(r"^\s*\.\. (?:auto|py:)\w+::\s*([\w.]+)", re.MULTILINE)
RE_EXAMPLE = re.compile(r"^\s*(?:>>> )?from [\w.]+ import ([\w, ]+)", re.MULTILINE)
RE_ENTRY_POINT = re.compile(r"\b(?:entry_points|console_scripts|gui_scripts|scripts)\b")


@dataclass(frozen=True)
class Public:
    """Values from the tree that are not Python: how it is packaged and what its prose names."""

    mode: Mode
    documented: frozenset[str] = frozenset()
    manifests: str = ""
    """The text of pyproject.toml, setup.cfg and setup.py: entry points name modules there."""

    def protects(self, index: Index, path: str, facts: FileFacts, one: Definition) -> bool:
        if one.kind == "import":
            return self.mode == "library" and _is_own_public_import(index, path, one)
        if one.name in self.documented and _is_open(one.name):
            return True
        return self.mode == "library" and _is_importable(index, path, facts, one)

    def protects_module(self, index: Index, path: str) -> bool:
        names = index.names(path)
        if path in self.manifests or any(self._is_manifest_word(name) for name in names):
            return True
        return self.mode == "library" and _is_open(*names[:1])

    def _is_manifest_word(self, dotted: str) -> bool:
        return re.search(rf"(?<![\w.]){re.escape(dotted)}(?!\w)", self.manifests) is not None


def documented_names(texts: Iterable[str]) -> frozenset[str]:
    """The names that prose sets as `code`, documents by a directive, or imports in an example; file names
    and command lines are none."""
    found: set[str] = set()
    for text in texts:
        found.update(name for _, code in RE_CODE.findall(text) for name in _names_in(code))
        found.update(dotted.rpartition(".")[2] for dotted in RE_DIRECTIVE.findall(text))
        for names in RE_EXAMPLE.findall(text):
            found.update(re.findall(r"[^\W\d]\w*", names))
    return frozenset(found)


def default_mode(files: Mapping[str, bytes]) -> Mode:
    """Takes what there is of pyproject.toml, setup.cfg and setup.py.

    What can be installed but not started is a library; so is, to be cautious, what nobody can read.
    """
    try:
        project = tomllib.loads(_text(files.get("pyproject.toml")))
        config = configparser.ConfigParser(interpolation=None)
        config.read_string(_text(files.get("setup.cfg")))
    except (tomllib.TOMLDecodeError, configparser.Error):
        return "library"
    setup = _text(files.get("setup.py"))
    if _starts(project, config) or RE_ENTRY_POINT.search(setup):
        return "application"
    installs = _tables(project) or "build-system" in project or "metadata" in config or "setup(" in setup
    return "library" if installs else "application"


def _starts(project: Mapping[str, Any], config: configparser.ConfigParser) -> bool:
    keys = ("scripts", "gui-scripts", "entry-points", "plugins")
    if (
        "options.entry_points" in config
        or "entry_points" in config
        or config.has_option("options", "scripts")
    ):
        return True
    return any(table.get(key) for table in _tables(project) for key in keys)


def _tables(project: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Where packaging tools keep a project's name and scripts."""
    tool = project.get("tool", {})
    tables = [project.get("project"), *(tool.get(name) for name in ("poetry", "flit", "pdm"))]
    return [table for table in tables if isinstance(table, dict) and table]


def _is_importable(index: Index, path: str, facts: FileFacts, one: Definition) -> bool:
    if one.toplevel and (one.name in facts.exports or _is_given_by_package(index, path, one)):
        return True
    if one.in_class and _is_open(one.name):
        # A public class may inherit it from this one, whatever this one is called.
        return True
    return LOCALS not in one.qualname and _is_open(*index.names(path)[:1], one.qualname)


def _is_given_by_package(index: Index, path: str, one: Definition) -> bool:
    """`from ._impl import Name` in an `__init__.py`: nobody has to know about `_impl`."""
    packages = (importer for importer in index.importers(path, one.name) if is_init(importer))
    return any(_is_open(*index.names(package)[:1], one.name) for package in packages)


def _is_own_public_import(index: Index, path: str, one: Definition) -> bool:
    """An unused import of it is a re-export; what the standard library or others give is none."""
    return _is_open(one.source, one.name) and bool(index.resolve(path, one))


def _is_open(*dotted: str) -> bool:
    return not any(part.startswith("_") for name in dotted for part in name.split("."))


def _names_in(code: str) -> list[str]:
    found = RE_CODE_NAME.match(code.strip())
    if found is None or RE_FILE_NAME.search(found[1]):
        return []
    return [part for part in re.split("[.:]", found[1]) if part]


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", errors="replace")
