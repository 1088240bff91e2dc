"""The bare repository behind the double: what GitHub reads from git, and the commits that it makes itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# Nothing of the machine that runs the tests may leak in.
HERMETIC = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
INIT = ("init", "--quiet", "--bare", "--template=", "--object-format=sha1")
# Who may push is decided before git is asked; refs/pull is "a hidden ref" to pushes, as on GitHub.
CONFIG = """
[http]
	receivepack = true
[receive]
	hideRefs = refs/pull
	autogc = false
[gc]
	auto = 0
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
"""
# Refuses single refs, as branch protection does: the rest of the push goes through unless it is --atomic.
UPDATE_HOOK = """#!/bin/sh
while IFS='	' read -r pattern message; do
  case "$1" in
    $pattern) printf 'error: %s\\n' "$message" >&2; exit 1 ;;
  esac
done < "$GIT_DIR/refused-refs"
"""
NO_OBJECT = "0" * 40


class GitError(Exception):
    """Git said no; the message is git's own."""


class MergeConflict(Exception):
    """Two sides of a merge changed the same lines."""


@dataclass(frozen=True)
class Person:
    """An author or committer."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class CommitFacts:
    """One commit, as the API shows it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True)
class FileChange:
    """One file of a diff, as git counts it; a rename is a removal and an addition."""

    path: str
    status: str
    blob: str
    additions: int
    deletions: int


class BareRepo:
    """A bare repository; every answer is git's own, and answers about fixed commits are kept."""

    def __init__(self, path: Path, now: Callable[[], str]) -> None:
        self.path = path
        self._now = now
        self._kept: dict[tuple[str, ...], str] = {}

    @classmethod
    def create(cls, path: Path, now: Callable[[], str], default_branch: str = "main") -> BareRepo:
        """Make an empty repository that serves pushes and refuses what `refuse` names."""
        repo = cls(path, now)
        path.mkdir(parents=True)
        repo.git(*INIT, f"--initial-branch={default_branch}", ".")
        with (path / "config").open("a", encoding="utf-8") as config:
            config.write(CONFIG)
        (path / "refused-refs").touch()
        hook = path / "hooks" / "update"
        hook.parent.mkdir()
        hook.write_text(UPDATE_HOOK, encoding="utf-8")
        hook.chmod(0o755)
        return repo

    @cached_property
    def env(self) -> dict[str, str]:
        """The environment of every git process."""
        return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.path), **HERMETIC}

    def git(self, *args: str, stdin: str = "", env: Mapping[str, str] | None = None) -> str:
        """Run git here and return its output without the last newline; raise GitError when it fails."""
        return self._run(args, stdin, {**self.env, **(env or {})}).removesuffix("\n")

    def branches(self) -> dict[str, str]:
        """Return every branch with its commit."""
        listing = self.git("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads")
        return {name: sha for sha, name in (line.split(" ", 1) for line in listing.splitlines())}

    def refs(self, prefix: str = "refs") -> dict[str, str]:
        """Return every ref under a prefix, by its full name."""
        listing = self.git("for-each-ref", "--format=%(objectname) %(refname)", prefix)
        return {name: sha for sha, name in (line.split(" ", 1) for line in listing.splitlines())}

    def branches_within(self, commit: str) -> frozenset[str]:
        """Return the branches whose tips are reachable from a commit."""
        listing = self.git("for-each-ref", f"--merged={commit}", "--format=%(refname:lstrip=2)", "refs/heads")
        return frozenset(listing.splitlines())

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a name stands for, or None."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitError:
            return None

    def merge_base(self, ours: str, theirs: str) -> str | None:
        """Return the newest common commit of two commits, or None for two histories without one."""
        try:
            return self._fixed("merge-base", ours, theirs)
        except GitError:
            return None

    def contains(self, commit: str, ancestor: str) -> bool:
        """Tell whether a commit's history holds another commit."""
        return self.merge_base(commit, ancestor) == ancestor

    def commits_between(self, base: str, head: str) -> list[str]:
        """Return the commits that only the head has, oldest first."""
        return self._fixed("rev-list", "--reverse", "--topo-order", f"{base}..{head}").splitlines()

    def facts(self, commit: str) -> CommitFacts:
        """Return one commit's data."""
        fields = "%H%n%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B"
        shown = self._fixed("show", "--no-patch", f"--format={fields}", commit).split("\n", 9)
        sha, tree, parents, *people, message = shown
        author, committer = Person(*people[:3]), Person(*people[3:])
        return CommitFacts(sha, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))

    def changes(self, base: str, head: str) -> list[FileChange]:
        """Return what the head changed since it left the base: the diff that a pull request shows."""
        start = self.merge_base(base, head) or base
        fields = self._fixed("diff", "--raw", "--numstat", "--no-abbrev", "--no-renames", "-z", start, head)
        return _file_changes(fields.split("\0")[:-1])

    def patch(self, base: str, head: str, path: str) -> str:
        """Return one file's hunks, without git's header lines."""
        start = self.merge_base(base, head) or base
        lines = self._fixed("diff", "--no-renames", "--no-color", start, head, "--", path).splitlines()
        first = next((n for n, line in enumerate(lines) if line.startswith("@@")), len(lines))
        return "\n".join(lines[first:])

    def point(self, refs: Mapping[str, str | None]) -> None:
        """Set refs to commits, and delete those that are given None."""
        lines = [f"update {ref} {sha}" if sha else f"delete {ref}" for ref, sha in refs.items()]
        self.git("update-ref", "--stdin", stdin="".join(f"{line}\n" for line in lines))

    def refuse(self, rules: Sequence[tuple[str, str]]) -> None:
        """Let pushes to refs that match a shell pattern fail with a message."""
        lines = [f"{pattern}\t{message}\n" for pattern, message in rules]
        (self.path / "refused-refs").write_text("".join(lines), encoding="utf-8")

    def merged_tree(self, ours: str, theirs: str) -> str:
        """Return the tree that merging two commits gives; raise MergeConflict where git cannot."""
        try:
            return self._fixed("merge-tree", "--write-tree", "--no-messages", ours, theirs).splitlines()[0]
        except GitError as error:
            raise MergeConflict(f"{theirs[:8]} into {ours[:8]}") from error

    def commit(
        self, tree: str, parents: Sequence[str], message: str, author: Person, committer: Person
    ) -> str:
        """Store a commit without moving a branch."""
        options = [option for parent in parents for option in ("-p", parent)]
        env = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": author.date,
            "GIT_COMMITTER_NAME": committer.name,
            "GIT_COMMITTER_EMAIL": committer.email,
            "GIT_COMMITTER_DATE": committer.date,
        }
        return self.git("commit-tree", tree, *options, stdin=message, env=env)

    def tree_with(self, commit: str | None, files: Mapping[str, str | None]) -> str:
        """Return a commit's tree with some files written, or removed where the text is None."""
        env = {"GIT_INDEX_FILE": str(self.path / "scratch-index")}
        self.git("read-tree", commit or "--empty", env=env)
        for path, text in files.items():
            blob = NO_OBJECT if text is None else self.git("hash-object", "-w", "--stdin", stdin=text)
            mode = "0" if text is None else "100644"
            self.git("update-index", "--index-info", stdin=f"{mode} {blob}\t{path}\n", env=env)
        return self.git("write-tree", env=env)

    def replay(self, commit: str, onto: str, committer: Person) -> str:
        """Cherry-pick one commit onto another."""
        facts = self.facts(commit)
        # merge-tree takes no merge base before git 2.40: a throw-away commit whose only parent is the
        # picked commit's parent makes that parent the base.
        (parent,) = facts.parents
        ours = self.commit(self.facts(onto).tree, [parent], "", committer, committer)
        return self.commit(self.merged_tree(ours, commit), [onto], facts.message, facts.author, committer)

    def github(self) -> Person:
        """Return the committer of what is merged on the site."""
        return Person("GitHub", "noreply@github.com", self._now())

    def _fixed(self, *args: str) -> str:
        # For questions about commit ids only: their answers never change.
        if args not in self._kept:
            self._kept[args] = self.git(*args)
        return self._kept[args]

    def _run(self, args: Sequence[str], stdin: str, env: Mapping[str, str]) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.path, env=env, input=stdin.encode(), capture_output=True, check=False
        )
        if done.returncode:
            message = done.stderr.decode(errors="replace")
            raise GitError(f"git {' '.join(args)}: {message.strip()} (status {done.returncode})")
        return done.stdout.decode(errors="surrogateescape")


def _file_changes(fields: Sequence[str]) -> list[FileChange]:
    # With -z, --raw writes the facts and the path as two fields each; then --numstat writes one field each.
    files = sum(field.startswith((":0", ":1")) for field in fields)
    raw, counts = fields[: 2 * files], fields[2 * files :]
    found = []
    for about, path, count in zip(raw[::2], raw[1::2], counts, strict=True):
        _, _, old, new, status = about.split(" ")
        added, deleted, _ = count.split("\t", 2)
        blob = old if status == "D" else new
        found.append(FileChange(path, status, blob, _number(added), _number(deleted)))
    return found


def _number(count: str) -> int:
    return 0 if count == "-" else int(count)  # binary files have no lines
