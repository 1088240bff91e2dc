"""Why the suite does not load a tree: which file it loads instead, as the project's own toolchain says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import PurePosixPath

from bot.gate.runs import Runs
from bot.gate.whence import SIGN
from bot.git import File, Git
from bot.types.ids import Sha
from bot.types.spec import Gate

COMPILED = frozenset((".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".pyx", ".pxd"))
SCRIPTS = frozenset((".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue"))
MOST_NAMES = 50
MOST_CHARACTERS = 300

# The interpreter that a command names, with the plain switches that stand behind it.
RE_PYTHON = re.compile(r"(?:^|(?<=[\s/;&|(]))python[\d.]*(?=\s)(?:\s+-[bBdEIOPqRsSuvx]+(?=\s))*")
RE_PYTEST = re.compile(r"(?:^|(?<=[\s;&|(]))(?:\S*/)?(?:pytest|py\.test)(?=\s|$)")
RE_NODE = re.compile(r"(?:^|(?<=[\s/;&|(]))node(?=\s)")
NOBODY = "gate.run names no Python and no node that could be asked which files they load"
NODE = """
const fs = require("fs"), path = require("path"), found = {};
for (const name of process.argv.slice(2)) {
  const all = (require.resolve.paths(name) || []).map((folder) => path.join(folder, name));
  found[name] = all.filter((at) => fs.existsSync(at)).slice(0, 1).map((at) => {
    const real = fs.realpathSync(at);
    return [real, real === at ? "" : "a link at " + at];
  });
}
console.log("%s" + JSON.stringify(found));
"""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the suite would load in place of changed files."""

    name: str
    file: str
    how: str
    paths: tuple[str, ...]


async def elsewhere(
    runs: Runs, git: Git, commit: Sha, files: Mapping[str, File], changed: Sequence[str]
) -> list[Elsewhere]:
    """Ask in the surroundings of a run: for Python modules and node packages that hold these files."""
    command = runs.suite.gate.run
    modules = _grouped((_module(path, files), path) for path in changed if path.endswith(".py"))
    scripts = [path for path in changed if PurePosixPath(path).suffix in SCRIPTS]
    packages = _grouped((_package(git, path, files), path) for path in scripts)
    found: list[Elsewhere] = []
    for names, question in ((modules, _python(command)), (packages, _node(command))):
        if names and question:
            asked = f"{question} {{tree}} {shlex.join(list(names)[:MOST_NAMES])}"
            found += _read(await runs.ask(commit, asked), names, files)
    return found


def reason(gate: Gate, found: Sequence[Elsewhere], changed: Sequence[str]) -> str | None:
    """One sentence on why these files are not loaded, with what to do; None where nothing tells."""
    if found:
        first = found[0]
        how = f" ({first.how})" if first.how else ""
        return (
            f"{first.name} is loaded from {first.file}{how}: let gate.build install this tree, "
            "or let gate.run put it first (PYTHONPATH=., a link in node_modules)"
        )
    compiled = [path for path in changed if is_compiled(path)]
    if not compiled or len(compiled) < len(changed):
        return None
    if gate.build is None:
        return f"nothing compiles {compiled[0]}: set gate.build to the command that does, in the tree"
    return (
        f"what gate.build ({gate.build!r}) makes of {compiled[0]} is not what the suite loads: "
        "let it build in place, in gate.cwd"
    )


def tried(gate: Gate) -> str:
    """What was asked where nothing was found."""
    named = re.search(r"\b(?:python|pytest|node)\b", gate.run)
    told = f"{named.group()}, asked in gate.cwd {gate.cwd!r}, knows of no other copy" if named else NOBODY
    return f"{told}. Does a test put another folder first? See gate.build, gate.cwd and gate.run"


def is_compiled(path: str) -> bool:
    """Whether a file takes part in a run only after something has compiled it."""
    return PurePosixPath(path).suffix in COMPILED


def _python(command: str) -> str | None:
    """The beginning of a command that asks the interpreter which runs the suite."""
    source = shlex.quote(resources("bot.gate").joinpath("whence.py").read_text("utf-8"))
    if named := [*RE_PYTHON.finditer(command)]:
        return f"{command[: named[-1].end()]} -c {source}"
    if named := [*RE_PYTEST.finditer(command)]:
        script = f'"$(command -v {named[-1].group()})"'
        return f"{command[: named[-1].start()]}$(sed -n '1s/^#! *//p' {script}) -c {source}"
    return None


def _node(command: str) -> str:
    """The same for node, which npm and npx start without naming it."""
    named = [*RE_NODE.finditer(command)]
    start = command[: named[-1].end()] if named else "node"
    return f"{start} -e {shlex.quote(NODE % SIGN)}"


def _read(text: str, names: Mapping[str, list[str]], files: Mapping[str, File]) -> Iterator[Elsewhere]:
    """The answers that name no file of the tree. Code of the tree may have written them."""
    lines = [line.removeprefix(SIGN) for line in text.splitlines() if line.startswith(SIGN)]
    try:
        answers = json.loads(lines[-1]) if lines else {}
        for name, paths in names.items():
            places = [(str(file), str(how)) for file, how in answers.get(name, ())]
            other = [place for place in places if not _own(place[0], files)]
            if other:
                yield Elsewhere(name, _plain(other[0][0]), _plain(other[0][1]), tuple(paths))
    except (ValueError, TypeError, AttributeError):
        return


def _own(place: str, files: Mapping[str, File]) -> bool:
    """Whether it is a file or a folder of the tree; those are told without the tree's own folder."""
    return place in files or any(path.startswith(f"{place}/") for path in files)


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:MOST_CHARACTERS]


def _grouped(pairs: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, path in pairs:
        if name:
            found.setdefault(name, []).append(path)
    return found


def _module(path: str, files: Collection[str]) -> str:
    """The name under which a file's outermost package, or the file itself, is imported."""
    place = PurePosixPath(path)
    top = place.with_suffix("")
    while str(place.parent) != "." and str(place.parent / "__init__.py") in files:
        place = top = place.parent
    return top.name if top.name.isidentifier() else ""


def _package(git: Git, path: str, files: Mapping[str, File]) -> str:
    """The name in the nearest package.json above a file."""
    for folder in PurePosixPath(path).parents:
        file = files.get(str(folder / "package.json"))
        if file is not None:
            return _name(git.blob(file.blob))
    return ""


def _name(data: bytes) -> str:
    try:
        name = json.loads(data).get("name", "")
    except (ValueError, AttributeError):
        return ""
    return name if isinstance(name, str) and not name.startswith("-") else ""
