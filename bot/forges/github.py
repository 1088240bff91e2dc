"""The github forge: pull requests by PyGithub, which only this module knows, and branches by git over https.

The token goes into HTTP headers and into git's environment, never into a URL, an argument or a message.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import islice
from typing import TypeVar
from urllib.parse import quote

from github import Auth, Github, GithubException
from github.Issue import Issue
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository

from bot.clock import Clock, SystemClock
from bot.forges.github_calls import Calls
from bot.forges.github_errors import Refusal
from bot.forges.github_pace import Pace
from bot.forges.pushing import fetched_heads, push
from bot.git import Git
from bot.ports.events import Events, Silence
from bot.redact import Redactor
from bot.types.ids import Branch, Sha
from bot.types.stack import NewPull, Pull, PullState, RefUpdate, StatusState

API_URL = "https://api.github.com"
SERVER_URL = "https://github.com"

TIMEOUT_S = 30
PAGE = 100
CLOSED_SEEN = 3000
"""Closed pull requests that are looked through, the last touched first; open ones are read in full."""
STATUS_TEXT = 140
TITLE = 256
CAMPAIGN_LABEL = "gatecrew"
"""Makes the campaign's issue findable, and keeps strangers' issues out: only members may set labels."""

T = TypeVar("T")


class GitHubForge:
    """One repository on GitHub. Blocking; for one thread at a time."""

    name = "github"

    def __init__(
        self,
        repository: str,
        token: str,
        git: Git,
        *,
        api_url: str = API_URL,
        server_url: str = SERVER_URL,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        events: Events | None = None,
    ) -> None:
        self._repository = repository
        self._git = git
        self._url = f"{server_url.rstrip('/')}/{repository}.git"
        self._config = _credentials(self._url, token)
        self._redact = Redactor(token, self._config[-1].rpartition(" ")[2])
        clock = clock or SystemClock()
        pace = Pace(clock, sleep, events or Silence())
        self._calls = Calls(repository, clock, pace, self._redact)
        # PyGithub's own retries and pauses are off: they can neither see our clock nor look before they
        # repeat a write.
        self._github = Github(
            auth=Auth.Token(token),
            base_url=api_url.rstrip("/"),
            timeout=TIMEOUT_S,
            per_page=PAGE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )

    @cached_property
    def _repo(self) -> Repository:
        return self._github.get_repo(self._repository)

    def default_branch(self) -> Branch:
        return Branch(self._read("read the repository", lambda: self._repo.default_branch))

    def pulls(self, prefix: str) -> list[Pull]:
        opened = self._read("list open pull requests", lambda: list(self._repo.get_pulls(state="open")))
        closed = self._read("list closed pull requests", self._closed)
        heads = self._git.remote_heads(self._url, prefix, self._config)
        found = {
            pull.number: self._pull(pull, heads) for pull in [*closed, *opened] if self._ours(pull, prefix)
        }
        return [found[number] for number in sorted(found)]

    def _closed(self) -> list[PullRequest]:
        pulls = self._repo.get_pulls(state="closed", sort="updated", direction="desc")
        return list(islice(pulls, CLOSED_SEEN))

    def _ours(self, pull: PullRequest, prefix: str) -> bool:
        """Whether it is a branch of this repository: anybody's fork may hold branches of any name."""
        home = str(getattr(pull.head.repo, "full_name", ""))  # no repository: the fork is gone
        return home.lower() == self._repository.lower() and pull.head.ref.startswith(prefix)

    def _pull(self, pull: PullRequest, heads: dict[Branch, Sha] | None = None) -> Pull:
        branch = Branch(pull.head.ref)
        merged = pull.merged_at is not None
        return Pull(
            number=pull.number,
            title=pull.title,
            body=_text(pull.body),
            branch=branch,
            base_branch=Branch(pull.base.ref),
            head=Sha(pull.head.sha) if heads is None else heads.get(branch),
            state=PullState.MERGED if merged else pull.state,
            draft=pull.draft,
            labels=tuple(label.name for label in pull.labels),
            url=pull.html_url,
        )

    def heads(self, prefix: str) -> dict[Branch, Sha]:
        return fetched_heads(self._git, self._url, prefix, self._config)

    def push(self, updates: Sequence[RefUpdate]) -> None:
        push(self._git, self._url, updates, config=self._config, redact=self._redact)

    def open(self, new: NewPull) -> Pull:
        made = self._write(
            f"open a pull request for {new.branch}",
            lambda: self._repo.create_pull(
                base=new.base_branch,
                head=new.branch,
                title=new.title[:TITLE],
                body=new.body,
                draft=new.draft,
            ),
            lambda: self._open_pull(new.branch),
        )
        return self._pull(made)

    def _open_pull(self, branch: Branch) -> PullRequest | None:
        owner = self._repository.partition("/")[0]
        return next(iter(self._repo.get_pulls(state="open", head=f"{owner}:{branch}")), None)

    def edit(self, number: int, *, title: str, body: str, base_branch: Branch) -> Pull:
        def ask() -> PullRequest:
            pull = self._repo.get_pull(number)
            pull.edit(title=title[:TITLE], body=body, base=base_branch)
            return pull

        return self._pull(self._write(f"edit pull request {number}", ask))

    def draft(self, number: int) -> None:
        self._write(
            f"make pull request {number} a draft",
            lambda: bool(self._repo.get_pull(number).convert_to_draft()),
        )

    def label(self, number: int, labels: Sequence[str]) -> None:
        issue = self._repo.get_issue(number)
        self._write(f"label pull request {number}", lambda: issue.add_to_labels(*labels))

    def status(self, sha: Sha, *, context: str, state: StatusState, text: str) -> None:
        text = text[:STATUS_TEXT]
        if self._has_status(sha, context, state, text):
            return
        fields = {"state": state, "context": context, "description": text}
        path = f"/repos/{quote(self._repository)}/statuses/{sha}"
        self._write(
            f"set the status of {sha[:12]}",
            lambda: self._github.requester.requestJsonAndCheck("POST", path, input=fields),
        )

    def _has_status(self, sha: Sha, context: str, state: str, text: str) -> bool:
        combined = self._read(
            f"read the status of {sha[:12]}", self._repo.get_commit(sha).get_combined_status
        )
        wanted = (context, state, text)
        return any((s.context, s.state, s.description) == wanted for s in combined.statuses)

    def campaign(self, marker: str, title: str, body: str) -> int:
        issue = self._read("look for the campaign's issue", lambda: self._campaign(marker))
        if issue is None:
            issue = self._write(
                "open the campaign's issue",
                lambda: self._repo.create_issue(title[:TITLE], body, labels=[CAMPAIGN_LABEL]),
                lambda: self._campaign(marker),
            )
        if (issue.title, _text(issue.body)) != (title[:TITLE], body):
            found = issue
            self._write("rewrite the campaign's issue", lambda: found.edit(title=title[:TITLE], body=body))
        return issue.number

    def _campaign(self, marker: str) -> Issue | None:
        issues = self._repo.get_issues(state="all", labels=[CAMPAIGN_LABEL], sort="created", direction="asc")
        own = (issue for issue in islice(issues, CLOSED_SEEN) if issue.pull_request is None)
        return next((issue for issue in own if marker in (issue.body or "")), None)

    def comment(self, number: int, marker: str, body: str) -> None:
        issue = self._repo.get_issue(number)

        def look() -> IssueComment | None:
            return next((c for c in issue.get_comments() if marker in c.body), None)

        comment = self._read(f"read the comments on {number}", look)
        if comment is None:
            self._write(f"comment on {number}", lambda: issue.create_comment(body), look)
        elif _text(comment.body) != body:
            self._write(f"rewrite a comment on {number}", lambda: comment.edit(body))

    # -- how ------------------------------------------------------------------------------------------

    def _read(self, what: str, ask: Callable[[], T]) -> T:
        return self._calls.read(what, lambda: _answered(ask))

    def _write(self, what: str, ask: Callable[[], T], look: Callable[[], T | None] = lambda: None) -> T:
        return self._calls.write(what, lambda: _answered(ask), lambda: _answered(look))


def _answered(ask: Callable[[], T]) -> T:
    """PyGithub's errors, and those of the network below it, as refusals."""
    try:
        return ask()
    except GithubException as err:
        data = err.data if isinstance(err.data, dict) else {}
        message = str(data.get("message") or err.message or "")
        errors = data.get("errors") or ()
        reasons = tuple(errors) if isinstance(errors, list) else (errors,)
        headers = {name.lower(): str(value) for name, value in (err.headers or {}).items()}
        raise Refusal(err.status, message, reasons if errors else (), headers) from None
    except OSError as err:  # what requests raises is one
        raise Refusal(0, f"{type(err).__name__}: {err}") from None


def _text(body: str | None) -> str:
    """A body as we wrote it: browsers send line ends of another kind."""
    return (body or "").replace("\r\n", "\n")


def _credentials(url: str, token: str) -> Sequence[str]:
    """git's settings for this one URL. The empty values forget what a checkout left behind: two
    Authorization headers are a 400, and a helper might ask a person."""
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return (
        "credential.helper=",
        f"http.{url}.extraHeader=",
        f"http.{url}.extraHeader=Authorization: Basic {basic}",
    )
