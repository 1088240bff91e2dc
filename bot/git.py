"""git, with its plumbing commands. The only module that knows GitPython.

Commits are made by `fast-import` from contents, without a worktree or an index; their dates are the
base commit's, so that equal contents give equal commits on every machine.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

import git as gitpython
from gitdb import IStream, LooseObjectDB

from bot.errors import GitError, InputError
from bot.types.change import Entry
from bot.types.ids import Blob, Branch, Sha, Tree

IDENTITY = "Gatecrew <gatecrew@users.noreply.github.com>"
ZERO = "0" * 40

# Nothing of the user's own git (hooks, prompts, helpers that page) may take part in what we do.
QUIET = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
SETTINGS = (
    *("core.hooksPath=/dev/null", "core.quotePath=false", "gc.auto=0", "log.showSignature=false"),
    *("grep.column=false", "grep.patternType=default", "submodule.recurse=false"),
    *("fetch.recurseSubmodules=false", "push.recurseSubmodules=no", "push.followTags=false"),
)
SAFE = tuple(part for setting in SETTINGS for part in ("-c", setting))


@dataclass(frozen=True, slots=True)
class File:
    """A path of a tree."""

    path: str
    mode: str
    blob: Blob


@dataclass(frozen=True, slots=True)
class Delta:
    """One path that differs between two trees; a side that lacks it has no blob."""

    path: str
    old_mode: str
    old: Blob | None
    new_mode: str
    new: Blob | None


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to make: the tree of `start`, changed by `entries`, on top of `parents`.

    An entry's contents come from `data` where it is given by path, else from its blob.
    """

    start: Sha
    entries: tuple[Entry, ...]
    message: str
    parents: tuple[Sha, ...]
    data: Mapping[str, bytes]


class Git:
    """One repository. Safe to use from several threads: the shared reader has a lock."""

    def __init__(self, path: Path) -> None:
        try:
            self._repo = gitpython.Repo(path, search_parent_directories=True)
        except (gitpython.InvalidGitRepositoryError, gitpython.NoSuchPathError) as err:
            raise GitError(
                f"{str(path)!r} is not a git repository",
                "Go to a checkout, or name one with --repo DIR.",
            ) from err
        self._lock = threading.Lock()
        self._loose = LooseObjectDB(str(self.common_dir / "objects"))

    @property
    def root(self) -> Path:
        """The worktree's top folder, or the bare repository itself."""
        return Path(self._repo.working_tree_dir or self._repo.git_dir)

    @property
    def common_dir(self) -> Path:
        """The git folder that all worktrees share."""
        return Path(self._repo.common_dir).resolve()

    def close(self) -> None:
        self._repo.close()

    # -- asking -------------------------------------------------------------------------------------

    def run(
        self, *args: str, stdin: bytes | None = None, ok: Sequence[int] = (0,), config: Sequence[str] = ()
    ) -> bytes:
        """Run a plumbing command; its standard output. Raises GitError with argv, status and stderr."""
        status, out, err = self._call(args, stdin, config)
        if status not in ok:
            raise GitError(f"git {' '.join(args[:6])} failed ({status}): {err.strip()[-2000:]}")
        return out

    def _call(
        self, args: Sequence[str], stdin: bytes | None, config: Sequence[str] = ()
    ) -> tuple[int, bytes, str]:
        process: Any = self._repo.git.execute(
            ["git", *SAFE, *args],
            as_process=True,
            istream=PIPE,
            env=QUIET | _settings(config),
        )
        out, err = process.communicate(stdin or b"")
        return process.returncode, out, err.decode("utf-8", "replace")

    def text(self, *args: str, ok: Sequence[int] = (0,), config: Sequence[str] = ()) -> str:
        return self.run(*args, ok=ok, config=config).decode("utf-8", "surrogateescape").strip()

    def commit(self, rev: str) -> Sha:
        """The commit that a revision names. Raises InputError."""
        status, out, _ = self._call(
            ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}"], None
        )
        if status != 0 and rev == "HEAD":
            raise InputError(f"{self.root} has no commit yet", "Type: git add -A && git commit")
        if status != 0:
            raise InputError(
                f"{rev!r} names no commit in {self.root}",
                "See `git log --oneline` for what there is; in CI, check out with fetch-depth: 0.",
            )
        return Sha(out.decode().strip())

    def tree(self, commit: Sha) -> Tree:
        return Tree(self._header(commit, "tree"))

    def date(self, commit: Sha) -> str:
        """The commit's date as fast-import takes it: seconds and zone."""
        return self._header(commit, "committer").rpartition("> ")[2]

    def _header(self, commit: Sha, name: str) -> str:
        """One line of a commit's header."""
        lines = self._object(commit).partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
        return next(line for line in lines if line.startswith(f"{name} ")).partition(" ")[2]

    def _object(self, sha: str) -> bytes:
        """An object's contents, from one shared `git cat-file`: no process of its own."""
        with self._lock:
            try:
                return bytes(self._repo.git.get_object_data(sha)[3])
            except (OSError, ValueError) as err:
                raise GitError(f"git cat-file gave no contents for {sha}: {err}") from err

    def message(self, commit: Sha) -> str:
        return self.text("show", "-s", "--format=%B", commit)

    def emails(self, tip: Sha, hidden: Sequence[Sha]) -> set[str]:
        """The authors and committers of what `tip` has and `hidden` have not."""
        out = self.text("log", "--format=%ae%n%ce", tip, "--not", *hidden)
        return set(out.split())

    def is_ancestor(self, old: Sha, new: Sha) -> bool:
        return self._call(["merge-base", "--is-ancestor", old, new], None)[0] == 0

    def has(self, commit: Sha) -> bool:
        return self._call(["cat-file", "-e", f"{commit}^{{commit}}"], None)[0] == 0

    def untracked(self) -> list[str]:
        """Files of the worktree that git does not know and does not ignore."""
        out = self.run("ls-files", "--others", "--exclude-standard", "-z")
        return [os.fsdecode(path) for path in out.split(b"\0")[:-1]]

    def branch(self) -> Branch | None:
        """The branch that HEAD is on, if it is on one."""
        return Branch(self.text("symbolic-ref", "--quiet", "--short", "HEAD", ok=(0, 1))) or None

    def shallow(self) -> bool:
        """Whether commits are missing below some depth, as `actions/checkout` leaves it by default."""
        return self.text("rev-parse", "--is-shallow-repository") == "true"

    def dirty(self) -> bool:
        """Whether tracked files of the worktree differ from HEAD."""
        if self._repo.bare:
            return False
        return bool(self.run("status", "--porcelain", "--untracked-files=no", "--ignore-submodules"))

    def files(self, commit: Sha | Tree) -> dict[str, File]:
        """Every file and link below a commit, by path. Submodules are left out."""
        found = {}
        for record in self.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]:
            meta, _, path = record.partition(b"\t")
            mode, kind, blob = meta.decode().split()
            if kind == "blob":
                name = os.fsdecode(path)
                found[name] = File(name, mode, Blob(blob))
        return found

    def blob(self, blob: Blob) -> bytes:
        return self._object(blob)

    def store(self, data: bytes) -> Blob:
        """Write contents into the repository, without a process."""
        return Blob(self._store(b"blob", data))

    def _store(self, kind: bytes, data: bytes) -> str:
        with self._lock:
            stored = self._loose.store(IStream(kind, len(data), io.BytesIO(data)))
        return str(stored.hexsha.decode())

    def has_blobs(self, blobs: Sequence[Blob]) -> bool:
        """Whether all are still here: what nothing refers to is collected in the end."""
        out = self.run("cat-file", "--batch-check", stdin="".join(f"{blob}\n" for blob in blobs).encode())
        return b" missing" not in out

    def blobs(self, blobs: Sequence[Blob]) -> Iterator[bytes]:
        """Contents in order, through one process: some 40,000 a second."""
        for blob in blobs:
            yield self.blob(blob)

    def grep(self, commit: Sha, *args: str) -> list[tuple[str, int, str]]:
        """(path, line, text) of `git grep` at a commit; `args` are its pattern options and pathspecs.
        Binary files are not looked at. Raises InputError for a pattern that is no regular expression."""
        status, out, err = self._call(
            ["grep", "-z", "-n", "-I", "--full-name", "--no-color", *_at(args, commit)], None
        )
        if status > 1:
            raise InputError(f"git grep: {err.strip()[-500:]}")
        hits = []
        while out:
            # A path may hold line feeds: it ends at its NUL, the text at the line's end.
            place, number, rest = out.split(b"\0", 2)
            text, _, out = rest.partition(b"\n")
            path = os.fsdecode(place).partition(":")[2]
            hits.append((path, int(number), text.decode("utf-8", "replace")))
        return hits

    def diff(self, old: Sha | Tree, new: Sha | Tree) -> list[Delta]:
        """What differs, path by path, renames told as removal and addition."""
        out = self.run("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new)
        fields = out.split(b"\0")[:-1]
        deltas = []
        for meta, path in zip(fields[::2], fields[1::2], strict=True):
            old_mode, new_mode, before, after, _ = meta.decode().lstrip(":").split()
            deltas.append(Delta(os.fsdecode(path), old_mode, _blob(before), new_mode, _blob(after)))
        return deltas

    def entries(self, old: Sha | Tree, new: Sha | Tree) -> tuple[Entry, ...]:
        """The same as entries of a change, sorted by path."""
        return tuple(sorted(Entry(d.path, d.new_mode, d.new) for d in self.diff(old, new)))

    def patch(self, old: Sha | Tree, new: Sha | Tree, *, context: int = 3) -> str:
        """The difference as people read it, whatever their own settings make of it."""
        plain = ("--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
        out = self.run("diff", *plain, "--no-renames", f"-U{context}", old, new)
        return out.decode("utf-8", "replace")

    def changed_lines(self, old: Sha | Tree, new: Sha | Tree) -> dict[str, int]:
        """Lines added and removed, by path; binary files count as one."""
        out = self.run("diff", "--numstat", "-z", "--no-renames", old, new)
        counts = {}
        for record in out.split(b"\0")[:-1]:
            added, removed, path = record.split(b"\t", 2)
            counts[os.fsdecode(path)] = 1 if added == b"-" else int(added) + int(removed)
        return counts

    # -- making -------------------------------------------------------------------------------------

    def make(self, commits: Sequence[NewCommit]) -> list[Sha]:
        """Make commits in one `fast-import` stream: all or none, no worktree, no branch left behind."""
        name = f"refs/gatecrew-tmp/{uuid.uuid4().hex}"
        with tempfile.TemporaryDirectory(prefix="gatecrew-") as scratch:
            marks = Path(scratch) / "marks"
            stream = b"".join(self._stream(commits, name))
            self.run("fast-import", "--quiet", "--force", "--done", f"--export-marks={marks}", stdin=stream)
            made = dict(line.split() for line in marks.read_text().splitlines())
        return [Sha(made[f":{number}"]) for number in range(1, len(commits) + 1)]

    def _stream(self, commits: Sequence[NewCommit], ref: str) -> Iterator[bytes]:
        dates: dict[Sha, str] = {}
        for number, new in enumerate(commits, 1):
            date = dates.setdefault(new.start, self.date(new.start))
            message = new.message.encode()
            yield f"reset {ref}\ncommit {ref}\nmark :{number}\n".encode()
            yield f"author {IDENTITY} {date}\ncommitter {IDENTITY} {date}\ndata {len(message)}\n".encode()
            yield message + b"\n"
            for word, parent in zip(_parent_words(), new.parents, strict=False):
                yield f"{word} {parent}\n".encode()
            # The tree starts from the first parent: say so where it must be another commit's.
            if not new.parents or new.parents[0] != new.start:
                yield f"M 040000 {self.tree(new.start)} \n".encode()
            for entry in new.entries:
                yield _line(entry, new.data.get(entry.path))
            yield b"\n"
        yield f"reset {ref}\nfrom {ZERO}\n\ndone\n".encode()

    def wrap(self, tree: Tree, parents: Sequence[Sha], message: str, dated: Sha) -> Sha:
        """A commit of an existing tree, without a process."""
        date = self.date(dated)
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {IDENTITY} {date}", f"committer {IDENTITY} {date}", "", message.rstrip("\n"), ""]
        return Sha(self._store(b"commit", "\n".join(lines).encode()))

    def merge(self, base: Sha, ours: Tree, theirs: Tree) -> Tree | list[str]:
        """Three-way merge of trees: the merged tree, or the paths in conflict.

        git 2.39 has no `--merge-base`: both sides are wrapped in commits whose only parent is the base.
        """
        sides = [self.wrap(side, [base], "side", base) for side in (ours, theirs)]
        status, out, err = self._call(["merge-tree", "--write-tree", "-z", "--name-only", *sides], None)
        if status > 1:
            raise GitError(f"git merge-tree failed ({status}): {err.strip()}")
        fields = out.split(b"\0")
        if status == 0:
            return Tree(fields[0].decode())
        paths = fields[1 : fields.index(b"", 1)]
        return sorted({os.fsdecode(path) for path in paths})

    def set_ref(self, ref: str, new: Sha | None) -> None:
        self.run("update-ref", *([ref, new] if new else ["-d", ref]))

    def refs(self, prefix: str) -> dict[str, Sha]:
        out = self.text("for-each-ref", "--format=%(refname) %(objectname)", prefix)
        return {name: Sha(sha) for name, sha in (line.split() for line in out.splitlines())}

    def remote_heads(self, url: str, prefix: str, config: Sequence[str] = ()) -> dict[Branch, Sha]:
        """Branches of a remote that start with `prefix`."""
        out = self.text("ls-remote", "--heads", url, f"refs/heads/{prefix}*", config=config)
        pairs = (line.split("\t") for line in out.splitlines())
        return {Branch(ref.removeprefix("refs/heads/")): Sha(sha) for sha, ref in pairs}

    def fetch(self, url: str, shas: Iterable[Sha], config: Sequence[str] = ()) -> None:
        """Bring commits here, without naming them."""
        wanted = [sha for sha in shas if not self.has(sha)]
        if wanted:
            self.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", url, *wanted, config=config)

    def push(
        self, url: str, refspecs: Sequence[str], leases: Sequence[str], config: Sequence[str] = ()
    ) -> None:
        """Push all or nothing. `leases` are `ref:expected` (empty: must not exist)."""
        guards = [f"--force-with-lease={lease}" for lease in leases]
        self.run("push", "--quiet", "--atomic", "--no-verify", *guards, url, *refspecs, config=config)


def init(path: Path, *, bare: bool = False, branch: str = "main") -> Git:
    """Make a repository. Raises GitError."""
    try:
        gitpython.Repo.init(path, mkdir=True, bare=bare, initial_branch=branch)
    except gitpython.GitCommandError as err:
        raise GitError(f"git init {path} failed: {err.stderr.strip()}") from err
    return Git(path)


def _at(args: Sequence[str], commit: Sha) -> list[str]:
    """git grep wants the commit between the pattern and the pathspecs."""
    if "--" not in args:
        return [*args, commit]
    cut = list(args).index("--")
    return [*args[:cut], commit, *args[cut:]]


def _blob(sha: str) -> Blob | None:
    return None if sha == ZERO else Blob(sha)


def _settings(config: Sequence[str]) -> dict[str, str]:
    """`name=value` items as git's own environment variables: in argv anybody could read a token."""
    first = int(os.environ.get("GIT_CONFIG_COUNT", "0")) if config else 0
    settings = {"GIT_CONFIG_COUNT": str(first + len(config))} if config else {}
    for number, item in enumerate(config, first):
        name, _, value = item.partition("=")
        settings |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return settings


def _parent_words() -> Iterator[str]:
    yield "from"
    while True:
        yield "merge"


def _quoted(path: str) -> bytes:
    raw = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + raw + b'"'


def _line(entry: Entry, data: bytes | None) -> bytes:
    if data is not None:
        head = f"M {entry.mode} inline ".encode()
        return head + _quoted(entry.path) + f"\ndata {len(data)}\n".encode() + data + b"\n"
    if entry.blob is None:
        return b"D " + _quoted(entry.path) + b"\n"
    return f"M {entry.mode} {entry.blob} ".encode() + _quoted(entry.path) + b"\n"
