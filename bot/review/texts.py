"""Who names a removed thing in files that are not Python: configuration, entry points, templates, scripts."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from bot.review.naming import Naming, naming
from bot.review.removed import Removed
from bot.review.resolve import Resolver
from bot.review.view import Line
from bot.types.review import Evidence

CONFIG_SUFFIXES = frozenset({".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".conf", ".xml"})
TEMPLATE_SUFFIXES = frozenset(
    {".html", ".htm", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".mako", ".mustache", ".hbs", ".txt"}
)
SCRIPT_SUFFIXES = frozenset({".sh", ".bash", ".bat", ".ps1", ".mk", ".ipynb", ".in"})
SCRIPT_NAMES = frozenset(
    {"makefile", "dockerfile", "procfile", "justfile", ".pre-commit-config.yaml", ".gitlab-ci.yml"}
)
"""They name code by its module, if at all: a bare word in them is a word."""
SOURCE_SUFFIXES = frozenset({".pyx", ".pxd", ".pxi"})

PACKAGING = frozenset({"pyproject.toml", "setup.cfg", "entry_points.txt", "tox.ini"})
RE_KEY = re.compile(r"^\s*[\w.\"'-]+\s*=(?!=)")
RE_COMMENT = re.compile(r"^\s*[#;]")
RE_IGNORED = re.compile(
    r"(?:^|/)(?:[^/]*lock(?:\.\w+)?|[\w-]*requirements[\w.-]*\.txt|LICENSE[^/]*)$", re.IGNORECASE
)


def mention(one: Removed, line: Line, resolver: Resolver) -> Evidence | None:
    """What this line, in this file, says of it."""
    path, number, text = line
    kind = kind_of(path)
    if not kind:
        return None
    found = naming(_values(path, text) if kind == "config" else text, one, resolver)
    if found is Naming.NOT or (found is Naming.BARE and not _may_be_bare(kind, path, text, one)):
        return None
    if found is Naming.ENTRY and kind == "config":
        kind = "entry-point"
    return Evidence("config" if kind == "script" else kind, path, number, text.strip())


def kind_of(path: str) -> str:
    """The kind of evidence that a file can give; empty where it can give none."""
    place = PurePosixPath(path)
    suffix = place.suffix.lower()
    if RE_IGNORED.search(path):
        return ""
    if (
        place.name.lower() in SCRIPT_NAMES
        or suffix in SCRIPT_SUFFIXES
        or path.startswith((".github/", ".circleci/"))
    ):
        return "script"
    if suffix in SOURCE_SUFFIXES:
        return "code"
    if place.name in PACKAGING or suffix in CONFIG_SUFFIXES:
        return "config"
    return "template" if suffix in TEMPLATE_SUFFIXES or "templates" in place.parts[:-1] else ""


def _values(path: str, text: str) -> str:
    """A comment names nothing, and packaging's own keys (`version = ...`) are no names of code."""
    name = path.rpartition("/")[2]
    if name.endswith(".json"):
        return text
    if RE_COMMENT.match(text):
        return ""
    return RE_KEY.sub("", text) if name in PACKAGING else text


def _may_be_bare(kind: str, path: str, text: str, one: Removed) -> bool:
    if kind == "script":
        return False
    if path.endswith(".txt") and not re.search(r"[{<$%]", text):
        # Prose: an English word there is no name, an identifier is.
        return "_" in one.name.strip("_") or one.name != one.name.lower()
    return True
