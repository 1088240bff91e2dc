"""The local forge: a bare repository and a JSON store in the state's `forge/` folder.

Branches are always pushed before the pull request that needs them is written down, so that a killed
process leaves at most a branch that the next run adopts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.errors import InputError, ServiceError
from bot.forges.local_store import Book, IssueRecord, PullRecord, StatusRecord, Store
from bot.forges.pushing import fetched_heads, push
from bot.git import Git, init
from bot.redact import Redactor
from bot.types.ids import Branch, Sha
from bot.types.stack import NewPull, Pull, PullState, RefUpdate, StatusState

STATUS_TEXT = 140


class LocalForge:
    """Pull requests of one repository, kept beside it. Its default branch follows `git`'s."""

    name = "local"

    def __init__(self, folder: Path, git: Git, default_branch: Branch) -> None:
        self._git = git
        self._default = default_branch
        self._store = Store(folder / "pulls.json")
        path = folder / "repository.git"
        if not (path / "HEAD").exists():
            folder.mkdir(parents=True, exist_ok=True)
            init(path, bare=True, branch=default_branch)
        self._bare = Git(path)
        self._url = str(path)
        self._follow()

    @property
    def bare(self) -> Git:
        """The forge's own repository."""
        return self._bare

    def _follow(self) -> None:
        """Take over new commits of the repository's branch, unless people merged here meanwhile."""
        known = self._git.refs(f"refs/heads/{self._default}").get(f"refs/heads/{self._default}")
        new = known or self._git.commit("HEAD")
        old = self._tips().get(self._default)
        if old is None or (old != new and self._git.has(old) and self._git.is_ancestor(old, new)):
            self.push([RefUpdate(self._default, new, old)])

    def default_branch(self) -> Branch:
        return self._default

    def _tips(self) -> dict[Branch, Sha]:
        refs = self._bare.refs("refs/heads/")
        return {Branch(ref.removeprefix("refs/heads/")): sha for ref, sha in refs.items()}

    # -- the port -------------------------------------------------------------------------------------

    def pulls(self, prefix: str) -> list[Pull]:
        tips = self._tips()
        with self._store.change() as book:
            for record in book.pulls:
                if record.state == PullState.OPEN:
                    record.head = tips.get(record.branch, record.head)
                    record.state = PullState.MERGED if self._landed(record, tips) else PullState.OPEN
            return [_pull(record, tips) for record in book.pulls if record.branch.startswith(prefix)]

    def _landed(self, record: PullRecord, tips: Mapping[Branch, Sha]) -> bool:
        """Whether the base branch holds all that the pull request changes, however it got there."""
        base, head = tips.get(record.base_branch), record.head
        if base is None:
            return False
        fork = Sha(self._bare.text("merge-base", base, head, ok=(0, 1)))
        changed = self._bare.entries(fork, head) if fork else ()
        there = {entry.path: entry for entry in self._bare.entries(fork, base)} if changed else {}
        return head == fork or (bool(changed) and all(there.get(e.path) == e for e in changed))

    def heads(self, prefix: str) -> dict[Branch, Sha]:
        return fetched_heads(self._git, self._url, prefix)

    def push(self, updates: Sequence[RefUpdate]) -> None:
        push(self._git, self._url, updates, config=(), redact=Redactor())

    def open(self, new: NewPull) -> Pull:
        tips = self._tips()
        with self._store.change() as book:
            record = _open_record(book, new.branch) or self._new_record(book, new, tips)
        return _pull(record, tips)

    def _new_record(self, book: Book, new: NewPull, tips: Mapping[Branch, Sha]) -> PullRecord:
        _ensure_branch(new.base_branch, tips)
        head = _ensure_branch(new.branch, tips)
        if self._bare.is_ancestor(head, tips[new.base_branch]):
            raise ServiceError(
                f"cannot open a pull request for {new.branch}: no commits between it and {new.base_branch}",
                "Nothing was changed.",
                status=422,
            )
        record = PullRecord(
            number=book.number(),
            title=new.title,
            body=new.body,
            branch=new.branch,
            base_branch=new.base_branch,
            head=head,
            draft=new.draft,
        )
        book.pulls.append(record)
        return record

    def edit(self, number: int, *, title: str, body: str, base_branch: Branch) -> Pull:
        tips = self._tips()
        _ensure_branch(base_branch, tips)
        with self._store.change() as book:
            record = book.pull(number)
            record.title, record.body, record.base_branch = title, body, base_branch
        return _pull(record, tips)

    def draft(self, number: int) -> None:
        with self._store.change() as book:
            book.pull(number).draft = True

    def label(self, number: int, labels: Sequence[str]) -> None:
        with self._store.change() as book:
            record = book.pull(number)
            record.labels += [label for label in dict.fromkeys(labels) if label not in record.labels]

    def status(self, sha: Sha, *, context: str, state: StatusState, text: str) -> None:
        with self._store.change() as book:
            record = StatusRecord(green=state == "success", text=text[:STATUS_TEXT])
            book.statuses.setdefault(sha, {})[context] = record

    def campaign(self, marker: str, title: str, body: str) -> int:
        with self._store.change() as book:
            for issue in book.issues:
                if issue.marker == marker:
                    issue.title, issue.body = title, body
                    return issue.number
            book.issues.append(IssueRecord(number=book.number(), marker=marker, title=title, body=body))
            return book.issues[-1].number

    def comment(self, number: int, marker: str, body: str) -> None:
        with self._store.change() as book:
            book.comments.setdefault(number, {})[marker] = body

    # -- for people -----------------------------------------------------------------------------------

    def book(self) -> Book:
        """Everything, to be shown: issues, statuses and comments too."""
        return self._store.read()

    def patch(self, number: int) -> str:
        """What a pull request changes, as its page would show it."""
        tips, record = self._tips(), self._store.read().pull(number)
        head = tips.get(record.branch, record.head)
        base = tips.get(record.base_branch, tips[self._default])
        return self._bare.patch(Sha(self._bare.text("merge-base", base, head)), head)

    def close(self, number: int) -> None:
        self._move(number, PullState.OPEN, PullState.CLOSED)

    def reopen(self, number: int) -> None:
        self._move(number, PullState.CLOSED, PullState.OPEN)

    def merge(self, number: int) -> Sha:
        """Squash a pull request onto its base branch; the base's new commit."""
        tips, record = self._tips(), self._store.read().pull(number)
        base, head = tips[record.base_branch], tips.get(record.branch, record.head)
        fork = Sha(self._bare.text("merge-base", base, head))
        tree = self._bare.merge(fork, self._bare.tree(base), self._bare.tree(head))
        if isinstance(tree, list):
            raise InputError(
                f"pull request {number} conflicts with {record.base_branch} in {', '.join(tree)}"
            )
        commit = self._bare.wrap(tree, [base], f"{record.title} (#{number})\n", head)
        self._bare.set_ref(f"refs/heads/{record.base_branch}", commit)
        self._move(number, PullState.OPEN, PullState.MERGED)
        return commit

    def _move(self, number: int, old: str, new: str) -> None:
        with self._store.change() as book:
            record = book.pull(number)
            if record.state != old:
                raise InputError(f"pull request {number} is {record.state}, not {old}")
            record.state = new


def _open_record(book: Book, branch: Branch) -> PullRecord | None:
    return next((r for r in book.pulls if r.branch == branch and r.state == PullState.OPEN), None)


def _ensure_branch(branch: Branch, tips: Mapping[Branch, Sha]) -> Sha:
    if branch not in tips:
        raise ServiceError(
            f"the local forge has no branch {branch!r}", "Nothing was changed; push it first.", status=422
        )
    return tips[branch]


def _pull(record: PullRecord, tips: Mapping[Branch, Sha]) -> Pull:
    return Pull(
        number=record.number,
        title=record.title,
        body=record.body,
        branch=record.branch,
        base_branch=record.base_branch,
        head=tips.get(record.branch),
        state=record.state,
        draft=record.draft,
        labels=tuple(record.labels),
    )
