"""A test double of GitHub: a real HTTP server on the loopback, with git and the REST API of one repository.

    with GitHubDouble(tmp_path, owner="octo", name="parcel", token="t0ken") as hub:
        hub.seed(some_repository)
        client = github.Github(
            base_url=hub.api_url,
            auth=github.Auth.Token(hub.token),
            seconds_between_requests=None,
            seconds_between_writes=None,
            retry=None,
        )

The API lives at the root, as on api.github.com (not below /api/v3), so that `hub.url` serves both as
GITHUB_SERVER_URL and as GITHUB_API_URL; git finds the repository at /OWNER/NAME and /OWNER/NAME.git.

Requests and answers are judged by GitHub's own OpenAPI description. What breaks it lands in
`hub.violations`, and leaving the `with` block raises when there are any; a test that provokes one clears the
list. So does what GitHub can do and the double cannot (status 501): reviews, check runs, searches, contents,
milestones, assignees, and all of GraphQL but the two mutations between draft and ready. No request is refused
for coming too fast, and a rename is a removal and an addition. Needs git 2.38.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from .github_app import App, Request
from .github_faults import ACTIONS_MAY_NOT_OPEN_PULLS, SECONDARY_LIMIT, Fault, faulty_reply
from .github_git import BareRepo
from .github_lifecycle import close, follow_branches, land, open_from_fork, reopen
from .github_server import Server
from .github_smart_http import Push
from .github_state import CommentState, IssueState, PullState, comment_state, issue_state, pull_state
from .github_wire import DROPPED, Json, Refused
from .github_world import Clock, Fork, Issue, Status, World

__all__ = [
    "ACTIONS_MAY_NOT_OPEN_PULLS",
    "SECONDARY_LIMIT",
    "CommentState",
    "ContractBroken",
    "GitHubDouble",
    "IssueState",
    "PullState",
    "Push",
    "Refused",
    "Request",
    "Status",
]

PROTECTED = "GH006: Protected branch update failed. Changes must be made through a pull request."


class ContractBroken(AssertionError):
    """A request or an answer broke GitHub's description of its API."""


class GitHubDouble:
    """One repository on a GitHub of its own; use it as a context manager."""

    def __init__(
        self,
        folder: Path,
        owner: str = "octo",
        name: str = "parcel",
        token: str = "t0ken",
        login: str = "crew-bot",
    ) -> None:
        clock = Clock()
        repo = BareRepo.create(folder / f"{name}.git", clock.now)
        self.world = World(owner, name, login, repo, clock, permissions={login: "write"})
        self.token = token
        self.read_token = f"{token}-that-may-only-read"
        self._app = App(self.world, token, self.read_token)
        self._server = Server(self._app.answer)
        self.world.url = self._server.url

    def __enter__(self) -> GitHubDouble:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        if error is None and self.violations:
            raise ContractBroken("\n".join(self.violations))

    @property
    def url(self) -> str:
        """The server: GITHUB_SERVER_URL."""
        return self.world.url

    @property
    def api_url(self) -> str:
        """The base of the REST API: GITHUB_API_URL, and PyGithub's base_url."""
        return self.world.url

    @property
    def git_url(self) -> str:
        """Where git clones from; pushes need `x-access-token:TOKEN` in it or in a header."""
        return f"{self.world.html_url}.git"

    @property
    def push_url(self) -> str:
        """The same with the token in it."""
        return self.git_url.replace("://", f"://x-access-token:{self.token}@")

    @property
    def full_name(self) -> str:
        """OWNER/NAME."""
        return f"{self.world.owner}/{self.world.name}"

    @property
    def bare(self) -> Path:
        """The bare repository on disk."""
        return self.world.repo.path

    @property
    def requests(self) -> list[Request]:
        """Every request in the order of its answer, git's included."""
        return self._app.requests

    @property
    def pushes(self) -> list[tuple[Push, ...]]:
        """Every push that moved something, with the refs that it moved."""
        return self._app.pushes

    @property
    def violations(self) -> list[str]:
        """What broke GitHub's description, or asked for what the double lacks."""
        return self._app.violations

    def writes(self) -> list[Request]:
        """Return the requests that asked the API to change something, refused ones included."""
        return [request for request in self.requests if request.is_write]

    # What tests do in place of people.

    def seed(self, source: Path, branch: str = "main") -> str:
        """Make a local repository's current commit the default branch's; return the commit."""
        with self.world.lock:
            repo = self.world.repo
            repo.git("fetch", "--quiet", str(source.resolve()), f"+HEAD:refs/heads/{branch}")
            repo.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
            self.world.default_branch = branch
            return self.branches()[branch]

    def commit(
        self,
        branch: str,
        files: Mapping[str, str | None],
        message: str = "Edit by hand",
        login: str = "alice",
    ) -> str:
        """Let a person commit on a branch, made if need be; None removes a file. Return the commit."""
        with self.world.lock:
            branches = self.branches()
            parent = branches.get(branch) or branches.get(self.world.default_branch)
            commit = self._store(parent, files, message, login)
            self.move_branch(branch, commit)
            return commit

    def move_branch(self, branch: str, commit: str | None) -> None:
        """Let a person set a branch to a commit, by force if need be; None deletes it outside of a merge."""
        with self.world.lock:
            self.world.repo.point({f"refs/heads/{branch}": commit})
            follow_branches(self.world)

    def permit(self, login: str, role: str) -> None:
        """Say what a user may do: none, read, write or admin."""
        self.world.permissions[login] = role

    def open_from_fork(
        self,
        owner: str,
        branch: str,
        files: Mapping[str, str | None],
        title: str = "Help",
        *,
        gone: bool = False,
    ) -> int:
        """Let a stranger open a pull request from a fork, whose branch may have any name; return its number.

        A fork that is `gone` was deleted since: the pull request stays, its head's repository is null.
        """
        with self.world.lock:
            base = self.branches()[self.world.default_branch]
            commit = self._store(base, files, title, owner)
            return open_from_fork(self.world, Fork(owner, gone), branch, commit, title).number

    def open_issue(
        self, title: str, body: str = "", labels: tuple[str, ...] = (), login: str = "alice"
    ) -> int:
        """Let a person open an issue; return its number."""
        with self.world.lock:
            issue = self.world.add_issue(title, body, login)
            self.world.set_labels(issue, list(labels))
            return issue.number

    def comment(self, number: int, body: str, login: str = "alice") -> int:
        """Let a person comment; return the comment's id."""
        with self.world.lock:
            return self.world.add_comment(self.world.issues[number], body, login).id

    def label(self, number: int, *names: str) -> None:
        """Let a person add labels."""
        with self.world.lock:
            issue = self.world.issues[number]
            self.world.set_labels(issue, issue.labels + list(names))

    def close(self, number: int, login: str = "alice") -> None:
        """Let a person close an issue or a pull request."""
        with self.world.lock:
            close(self.world, self.world.issues[number], login)

    def reopen(self, number: int) -> None:
        """Let a person open it again; raises Refused where GitHub would not."""
        with self.world.lock:
            reopen(self.world, self.world.issues[number])

    def merge(
        self, number: int, method: str = "squash", login: str = "alice", *, delete_branch: bool = False
    ) -> str:
        """Let a person merge by "merge", "squash" or "rebase"; return the base's new commit.

        With `delete_branch` the branch goes as part of the merge, and what was based on it is retargeted.
        """
        with self.world.lock:
            usual = self.world.delete_branch_on_merge
            self.world.delete_branch_on_merge = usual or delete_branch
            try:
                return land(self.world, self.world.issues[number], method, login)
            finally:
                self.world.delete_branch_on_merge = usual

    # What became of it.

    def branches(self) -> dict[str, str]:
        """Return every branch with its commit."""
        return self.world.repo.branches()

    def pulls(self) -> tuple[PullState, ...]:
        """Return all pull requests, oldest first."""
        with self.world.lock:
            follow_branches(self.world)
            return tuple(state for issue in self._issues() if (state := pull_state(issue)))

    def issues(self) -> tuple[IssueState, ...]:
        """Return all issues that are no pull requests, oldest first."""
        with self.world.lock:
            return tuple(issue_state(issue) for issue in self._issues() if issue.pull is None)

    def comments(self, number: int) -> tuple[CommentState, ...]:
        """Return the comments of an issue or a pull request, oldest first."""
        with self.world.lock:
            return tuple(comment_state(c) for c in self.world.comments.values() if c.number == number)

    def statuses(self, sha: str) -> dict[str, Status]:
        """Return the newest status of every context of a commit."""
        with self.world.lock:
            return {status.context: status for status in self.world.statuses if status.sha == sha}

    # How it goes wrong.

    def fail_next(
        self,
        method: str,
        path_regex: str,
        status: int,
        body: str | Json | None = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        *,
        skip: int = 0,
        after_commit: bool = False,
    ) -> None:
        """Answer the next requests that match with an error; a text as body becomes GitHub's error body.

        The regex is searched for in the path, git's paths included. The first `skip` matches are let
        through. With `after_commit` the request takes effect all the same.
        """
        fault = Fault(faulty_reply(status, body, headers), after_commit)
        self._app.faults.add(method, path_regex, fault, skip=skip, times=times)

    def drop_next(
        self, method: str, path_regex: str, times: int = 1, *, skip: int = 0, after_commit: bool = False
    ) -> None:
        """Close the connection of the next requests that match without an answer."""
        self._app.faults.add(method, path_regex, Fault(DROPPED, after_commit), skip=skip, times=times)

    @property
    def pending_faults(self) -> int:
        """How many ordered failures no request has met yet."""
        return self._app.faults.pending

    def protect(self, pattern: str, message: str = PROTECTED) -> None:
        """Refuse pushes and API writes to refs that match a shell pattern, such as refs/heads/main."""
        self.world.refused_refs.append((pattern, message))
        self.world.repo.refuse(self.world.refused_refs)

    def unprotect(self, pattern: str) -> None:
        """Take a protection back."""
        self.world.refused_refs[:] = [rule for rule in self.world.refused_refs if rule[0] != pattern]
        self.world.repo.refuse(self.world.refused_refs)

    def _store(self, parent: str | None, files: Mapping[str, str | None], message: str, login: str) -> str:
        repo, person = self.world.repo, self.world.person(login)
        tree = repo.tree_with(parent, files)
        return repo.commit(tree, [parent] if parent else [], message, person, person)

    def _issues(self) -> list[Issue]:
        return list(self.world.issues.values())
