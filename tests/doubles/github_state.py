"""What tests see of the double's world: snapshots that do not change afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from .github_world import Comment, Issue


@dataclass(frozen=True)
class IssueState:
    """An issue as it is now."""

    number: int
    title: str
    body: str
    login: str
    state: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class PullState(IssueState):
    """A pull request as it is now. `state` is open, closed or merged."""

    head: str
    head_sha: str
    base: str
    draft: bool
    fork: str | None


@dataclass(frozen=True)
class CommentState:
    """A comment as it is now."""

    id: int
    login: str
    body: str


def issue_state(issue: Issue) -> IssueState:
    """Return a snapshot of an issue."""
    return IssueState(
        issue.number, issue.title, issue.body or "", issue.login, issue.state, tuple(issue.labels)
    )


def pull_state(issue: Issue) -> PullState | None:
    """Return a snapshot of a pull request, or None for a mere issue."""
    pull = issue.pull
    if pull is None:
        return None
    return PullState(
        number=issue.number,
        title=issue.title,
        body=issue.body or "",
        login=issue.login,
        state="merged" if pull.merged_at else issue.state,
        labels=tuple(issue.labels),
        head=pull.head,
        head_sha=pull.head_sha,
        base=pull.base,
        draft=pull.draft,
        fork=pull.fork.owner if pull.fork else None,
    )


def comment_state(comment: Comment) -> CommentState:
    """Return a snapshot of a comment."""
    return CommentState(comment.id, comment.login, comment.body)
