"""The state behind the REST API: one repository's issues, pull requests, comments, labels and statuses."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .github_git import BareRepo, Person

FIRST_MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)
# GitHub gives a label that nobody created this colour.
GREY = "ededed"


class Clock:
    """Ticks one second a reading, so that every run of a test sees the same dates and commit ids."""

    def __init__(self) -> None:
        self._ticks = itertools.count()

    def now(self) -> str:
        """Return the next moment as GitHub writes it."""
        return f"{FIRST_MOMENT + timedelta(seconds=next(self._ticks)):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Label:
    """A label of the repository."""

    id: int
    name: str
    color: str = GREY
    description: str | None = None


@dataclass(frozen=True)
class Status:
    """A commit status; the newest of a context counts."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    login: str
    created_at: str


@dataclass
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    number: int
    login: str
    body: str
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class Fork:
    """Somebody's copy of the repository; pull requests outlive it."""

    owner: str
    gone: bool = False


@dataclass
class Pull:
    """What a pull request has beyond its issue. Its commits are those of the time when it was last open."""

    head: str
    base: str
    head_sha: str
    base_sha: str
    draft: bool = False
    fork: Fork | None = None  # where the head is, if not here
    merged_at: str | None = None
    merged_by: str | None = None
    merge_commit: str | None = None


@dataclass
class Issue:
    """An issue; a pull request is one too and shares its numbers."""

    number: int
    title: str
    body: str | None
    login: str
    created_at: str
    updated_at: str
    state: str = "open"
    state_reason: str | None = None
    closed_at: str | None = None
    closed_by: str | None = None
    labels: list[str] = field(default_factory=list)
    pull: Pull | None = None


@dataclass
class World:
    """Everything that the double knows. Whoever reads or writes it holds `lock`."""

    owner: str
    name: str
    login: str
    repo: BareRepo
    clock: Clock
    url: str = ""
    default_branch: str = "main"
    delete_branch_on_merge: bool = False
    permissions: dict[str, str] = field(default_factory=dict)
    refused_refs: list[tuple[str, str]] = field(default_factory=list)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)  # the branches when they were last looked at
    lock: threading.RLock = field(default_factory=threading.RLock)
    _labels: dict[str, Label] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))

    @property
    def repo_url(self) -> str:
        """The repository in the API."""
        return f"{self.url}/repos/{self.owner}/{self.name}"

    @property
    def html_url(self) -> str:
        """The repository as a person sees it."""
        return f"{self.url}/{self.owner}/{self.name}"

    @property
    def labels(self) -> list[Label]:
        """All labels, oldest first."""
        return list(self._labels.values())

    def next_id(self) -> int:
        """Return a number that nothing else has."""
        return next(self._ids)

    def person(self, login: str) -> Person:
        """Return a user as author of a commit made now."""
        return Person(login, f"{login}@users.noreply.github.com", self.clock.now())

    def add_issue(self, title: str, body: str | None, login: str, pull: Pull | None = None) -> Issue:
        """Open an issue or a pull request under the next number."""
        now = self.clock.now()
        issue = Issue(len(self.issues) + 1, title, body, login, now, now, pull=pull)
        self.issues[issue.number] = issue
        return issue

    def add_comment(self, issue: Issue, body: str, login: str) -> Comment:
        """Add a comment below an issue or pull request."""
        now = self.touch(issue)
        comment = Comment(self.next_id(), issue.number, login, body, now, now)
        self.comments[comment.id] = comment
        return comment

    def head_owner(self, pull: Pull) -> str:
        """Return whose branch the head of a pull request is."""
        return pull.fork.owner if pull.fork else self.owner

    def touch(self, issue: Issue) -> str:
        """Note that an issue changed now."""
        issue.updated_at = self.clock.now()
        return issue.updated_at

    def find_label(self, name: str) -> Label | None:
        """Return a label; GitHub does not mind upper and lower case."""
        return self._labels.get(name.lower())

    def add_label(self, name: str, color: str = GREY, description: str | None = None) -> Label:
        """Return the label of that name, made if there is none."""
        label = Label(self.next_id(), name, color, description)
        return self._labels.setdefault(name.lower(), label)

    def set_labels(self, issue: Issue, names: list[str]) -> None:
        """Give an issue exactly these labels; unknown ones come into being, as on GitHub."""
        wanted = [self.add_label(name).name for name in names]
        issue.labels = list(dict.fromkeys(wanted))
        self.touch(issue)

    def open_pulls(self) -> Iterator[tuple[Issue, Pull]]:
        """Yield the open pull requests, oldest first."""
        for issue in self.issues.values():
            if issue.pull is not None and issue.state == "open":
                yield issue, issue.pull
