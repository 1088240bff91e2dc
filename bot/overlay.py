"""One agent's view of a commit, with its own writes over it: no worktree, no checkout.

Every look is recorded as an observation, so that a later run can ask whether the answer would still be
the same. Writes outside the shard, to protected files, through links, `..` or absolute paths are
refused with a sentence that the agent can act on.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import PurePosixPath

from pathspec import GitIgnoreSpec

from bot.errors import InputError
from bot.git import File, Git, NewCommit
from bot.ports.engine import Refused
from bot.types.change import LINK, REGULAR, Entry
from bot.types.ids import Sha
from bot.types.question import ABSENT, Observation, Question

GONE = "000000"
"""The mode that git gives a path which is not there."""

MAX_HITS = 200
MAX_LINE = 300
MAX_PATHS = 2000
MAX_PATTERN = 2000
MAX_NAME = 255
RE_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""What some file systems leave out of a name."""
RE_SHORT_GIT = re.compile(r"git~\d+")

Protects = Callable[[str], bool]


def nothing(_path: str) -> bool:
    return False


class Overlay:
    """Satisfies `bot.ports.engine.Bench`."""

    def __init__(
        self,
        git: Git,
        commit: Sha,
        *,
        files: Mapping[str, File] | None = None,
        writable: Collection[str] = (),
        protects: Protects = nothing,
        hidden: Protects = nothing,
    ) -> None:
        self._git = git
        self._commit = commit
        everything = git.files(commit) if files is None else files
        self._base = everything
        if hidden is not nothing:
            self._base = {path: file for path, file in everything.items() if not hidden(path)}
        self._writable = tuple(sorted(writable))
        self._protects = protects
        self._hidden = hidden
        self._writes: dict[str, bytes | None] = {}
        self._seen: dict[Question, str] = {}

    @property
    def commit(self) -> Sha:
        return self._commit

    @property
    def writable(self) -> tuple[str, ...]:
        return self._writable

    @property
    def observations(self) -> tuple[Observation, ...]:
        return tuple(sorted(Observation(question, digest) for question, digest in self._seen.items()))

    def observe(self, question: Question, digest: str) -> None:
        # The first answer counts: later ones may hold the agent's own writes.
        self._seen.setdefault(question, digest)

    # -- looking ------------------------------------------------------------------------------------

    def files(self, glob: str = "**") -> list[str]:
        """Paths that match, sorted; at most 2,000."""
        self.observe(Question("list", glob), listing(glob, self._base))
        spec = _glob(glob)
        return [path for path in sorted(self._present()) if spec.match_file(path)][:MAX_PATHS]

    def read(self, path: str) -> bytes:
        name = self._plain(path)
        file = self._base.get(name)
        self.observe(Question("blob", name), file.blob if file else ABSENT)
        if name in self._writes:
            data = self._writes[name]
            if data is None:
                raise Refused(f"{name!r} was removed by you")
            return data
        if file is None:
            raise Refused(f"{name!r} does not exist at this commit; list the folder to see what does")
        return self._git.blob(file.blob)

    def search(self, pattern: str, glob: str = "**") -> list[tuple[str, int, str]]:
        """Lines that match an extended regular expression, by path and line; at most 200."""
        if len(pattern) > MAX_PATTERN or "\0" in pattern or "\n" in pattern or not _storable(pattern):
            raise Refused(f"a pattern is one line of at most {MAX_PATTERN} characters")
        _glob(glob)
        try:
            hits = grep(self._git, self._commit, pattern, glob)
        except InputError as err:
            raise Refused(f"the pattern is no POSIX extended regular expression: {err.message}") from err
        self.observe(Question("grep", f"{glob}\n{pattern}"), digest_of_hits(hits))
        kept = [hit for hit in hits if hit[0] not in self._writes and not self._hidden(hit[0])]
        return sorted([*kept, *self._search_writes(pattern, glob)])[:MAX_HITS]

    def _search_writes(self, pattern: str, glob: str) -> list[tuple[str, int, str]]:
        spec = _glob(glob)
        matcher = _python_regex(pattern)
        return [
            (path, number, line[:MAX_LINE])
            for path, data in self._writes.items()
            if data is not None and spec.match_file(path)
            for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1)
            if matcher.search(line[:MAX_LINE])
        ]

    def _present(self) -> set[str]:
        removed = {path for path, data in self._writes.items() if data is None}
        return (set(self._base) | set(self._writes)) - removed

    # -- writing ------------------------------------------------------------------------------------

    def write(self, path: str, data: bytes) -> None:
        name = self._may_write(path)
        self._writes[name] = data

    def remove(self, path: str) -> None:
        name = self._may_write(path)
        if name not in self._present():
            raise Refused(f"{name!r} does not exist, so it cannot be removed")
        self._writes[name] = None

    def reset(self) -> None:
        self._writes.clear()

    def resume(self, entries: Iterable[Entry]) -> None:
        """Start from an earlier change of this shard: a worker revises it, not the commit below."""
        for entry in entries:
            self._writes[entry.path] = None if entry.blob is None else self._git.blob(entry.blob)

    def _may_write(self, path: str) -> str:
        name = self._plain(path)
        if self._protects(name):
            raise Refused(f"{name!r} belongs to the tests or to what judges this change: it is read-only")
        if name not in self._writable and not self._beside(name):
            raise Refused(f"{name!r} is outside your shard; you may write: {_some(self._writable)}")
        file = self._base.get(name)
        if file is not None and file.mode == LINK:
            raise Refused(f"{name!r} is a symbolic link: change the file that it points to")
        if file is None and any(path.startswith(f"{name}/") for path in self._base):
            raise Refused(f"{name!r} is a folder, and its files are not yours to replace")
        for parent in PurePosixPath(name).parents:
            ancestor = self._base.get(str(parent))
            if ancestor is not None:
                raise Refused(f"{str(parent)!r} is a file or a link, so nothing can be written below it")
        return name

    def _beside(self, name: str) -> bool:
        """New files may be added to the folders of the shard, never over somebody else's file."""
        folders = {str(PurePosixPath(path).parent) for path in self._writable}
        return name not in self._base and str(PurePosixPath(name).parent) in folders

    def _plain(self, path: str) -> str:
        parts = PurePosixPath(path).parts
        if not path or path.startswith("/") or ".." in parts or "\0" in path or ".git" in parts:
            raise Refused(
                f"{path!r} is no path inside the repository: give one relative to its top, without '..'"
            )
        if path not in self._base and (not _storable(path) or any(_unsafe(part) for part in parts)):
            raise Refused(f"{path!r} is a name that not every system can check out: choose a plain one")
        name = str(PurePosixPath(path))
        if self._hidden(name):
            raise Refused(f"{name!r} is outside what this run may look at")
        return name

    # -- the change ---------------------------------------------------------------------------------

    @property
    def touched(self) -> bool:
        """Whether anything was written, be it the same as before."""
        return bool(self._writes)

    def entries(self) -> tuple[Entry, ...]:
        """The writes that differ from the commit, with their contents stored."""
        found = []
        for path, written in sorted(self._writes.items()):
            file = self._base.get(path)
            if written is None:
                found += [Entry(path, GONE, None)] if file else []
                continue
            blob = self._git.store(written)
            if file is None or file.blob != blob:
                found.append(Entry(path, file.mode if file else REGULAR, blob))
        return tuple(found)

    def make(self, message: str) -> Sha:
        """The writes as a commit on the base. Modes are kept; a new file is a regular one."""
        entries, data = [], {}
        for path, written in sorted(self._writes.items()):
            file = self._base.get(path)
            if written is None and file is None:
                continue
            entries.append(Entry(path, file.mode if file else REGULAR, None))
            if written is not None:
                data[path] = written
        new = NewCommit(self._commit, tuple(entries), message, (self._commit,), data)
        return self._git.make([new])[0]


def grep(git: Git, commit: Sha, pattern: str, glob: str) -> list[tuple[str, int, str]]:
    """All lines of a commit that match, ordered, the same on every machine."""
    spec = _glob(glob)
    hits = git.grep(commit, "-E", "-e", pattern)
    return sorted((path, number, text[:MAX_LINE]) for path, number, text in hits if spec.match_file(path))


def digest_of_hits(hits: list[tuple[str, int, str]]) -> str:
    """Line numbers are left out: an unrelated line above must not make an answer void."""
    return _digest(f"{path}\0{text}" for path, _, text in hits)


def listing(glob: str, files: Collection[str]) -> str:
    spec = _glob(glob)
    return _digest(path for path in sorted(files) if spec.match_file(path))


def _digest(lines: Iterable[str]) -> str:
    text = "\n".join(lines)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _glob(glob: str) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines([glob])
    except ValueError as err:
        raise Refused(f"{glob!r} is no glob: {err}") from err


def _storable(text: str) -> bool:
    """Whether it is a text that git can be given: no lone surrogates but those of undecodable names."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def _unsafe(part: str) -> bool:
    """Names that git refuses to check out somewhere, as it takes them for its own folder or cannot store."""
    plain = RE_IGNORED.sub("", part).casefold()
    return (
        plain == ".git"
        or RE_SHORT_GIT.fullmatch(plain) is not None
        or any(ord(char) < 32 or char == "\\" for char in part)
        or (part.endswith((" ", ".")) and part not in (".", ".."))
        or len(os.fsencode(part)) > MAX_NAME
    )


def _python_regex(pattern: str) -> re.Pattern[str]:
    """The agent's own writes are searched by Python: near enough to extended regular expressions."""
    try:
        return re.compile(pattern)
    except re.error:
        return re.compile(re.escape(pattern))


def _some(paths: tuple[str, ...]) -> str:
    shown = ", ".join(paths[:10])
    return f"{shown}, and {len(paths) - 10} more" if len(paths) > 10 else shown or "nothing"
