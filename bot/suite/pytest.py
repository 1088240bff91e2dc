"""What we know of pytest: its command line, its plug-ins, and how its reports name tests.

A report names a test by classname and name: the node id's file with dots for slashes and its classes,
and the last part with its parameters. That holds for every id tried (see tests), in both directions
where the tree's files are known.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from bot.types.gate import TestId

# What may stand between commands if something is to be added at the end of the last one.
SEQUENCES = {";", "&&", "||"}
# Short options, and the long ones often used, that take their value from the next word.
VALUED = {"-k", "-m", "-n", "-p", "-c", "-o", "-W", "-r", "--maxfail", "--tb", "--timeout", "--junitxml"}
MAX_IDS = 100


def is_pytest(command: str) -> bool:
    """Whether the command's last part runs pytest, so that arguments may be added at its end."""
    return _arguments(command) is not None


def with_report(command: str) -> str:
    """The command with a place for its report, if it is pytest's and names none."""
    names_one = "{report}" in command or "--junitxml" in command or "--junit-xml" in command
    return command if names_one or not is_pytest(command) else f"{command} --junitxml={{report}}"


def select_of(command: str) -> str | None:
    """The command that runs single tests, if it is pytest's and names no files of its own."""
    arguments = _arguments(command)
    if arguments is None:
        return None
    before = ""
    for word in arguments:
        if not word.startswith("-") and before not in VALUED:
            return None
        before = word
    return f"{with_report(command)} {{tests}}"


def parse_id(text: str) -> TestId:
    """A test's id as people write it: pytest's node id, or the report's `classname::name`."""
    head, bracket, parameters = text.partition("[")
    *path, name = head.split("::")
    if path and (path[0].endswith(".py") or "/" in path[0]):
        path[0] = path[0].removesuffix(".py").replace("/", ".")
    return TestId(".".join(path), name + bracket + parameters)


def node_ids(
    tests: Collection[TestId], files: Collection[str], cwd: str, *, whole_files: bool = False
) -> list[str] | None:
    """The arguments that run just these tests in a tree with these files; None where one is not found.

    `whole_files` runs every test of their files: for tests that are not there to be named.
    """
    found = [_place(test, files, cwd) for test in sorted(tests)]
    places = [place for place in found if place is not None]
    if len(places) < len(found):
        return None
    if whole_files or len(places) > MAX_IDS:
        return sorted({file for file, _ in places})
    return list(dict.fromkeys("::".join([file, *rest]) for file, rest in places))


def _arguments(command: str) -> Sequence[str] | None:
    """What stands behind pytest in the last simple command; None where that is not pytest."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return None
    operators = [at for at, word in enumerate(words) if set(word) <= set(lexer.punctuation_chars)]
    if any(words[at] not in SEQUENCES for at in operators):
        return None
    last = words[operators[-1] + 1 :] if operators else words
    for at, word in enumerate(last):
        if PurePosixPath(word).name in ("pytest", "py.test"):
            return last[at + 1 :]
    return None


def _place(test: TestId, files: Collection[str], cwd: str) -> tuple[str, list[str]] | None:
    """The file of a test, as seen from `cwd`, and the rest of its node id."""
    if not test.classname:
        # A file that did not load is reported as a test that is called like the module.
        rest: list[str] = []
        parts = test.name.split(".")
    else:
        rest = [test.name]
        parts = test.classname.split(".")
    for file, classes in _splits(parts):
        for folder in dict.fromkeys((cwd, ".")):
            path = posixpath.normpath(posixpath.join(folder, file))
            if path in files:
                return posixpath.relpath(path, cwd), [*classes, *rest]
    return None


def _splits(parts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for end in range(len(parts), 0, -1):
        yield "/".join(parts[:end]) + ".py", list(parts[end:])


def place_of(test: TestId, files: Collection[str]) -> str | None:
    """The file that a test's id names, among these of a tree; None where it names none of them."""
    if test.name in files or test.classname in files:
        return test.name if test.name in files else test.classname
    found = _place(test, files, ".")
    return None if found is None else found[0]
