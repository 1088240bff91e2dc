"""Faults on order: what PyGithub and git see of them, and whether the write took effect."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from github import GithubException, RateLimitExceededException
from github.Repository import Repository

from .github import ACTIONS_MAY_NOT_OPEN_PULLS, SECONDARY_LIMIT, GitHubDouble
from .github_client import pygithub
from .github_git import HERMETIC


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHubDouble]:
    with GitHubDouble(tmp_path) as double:
        double.commit("main", {"a.py": "a = 1\n"})
        for branch in ("one", "two", "three"):
            double.commit(branch, {f"{branch}.py": "b = 1\n"})
        yield double


@pytest.fixture
def repo(hub: GitHubDouble) -> Iterator[Repository]:
    with pygithub(hub) as repository:
        yield repository


def open_pull(repo: Repository, head: str = "one") -> int:
    return repo.create_pull(base="main", head=head, title=head).number


def push(hub: GitHubDouble, branch: str) -> str:
    """Push main's commit as a new branch; return git's complaint."""
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **HERMETIC}
    args = ["git", "push", hub.push_url, f"main:refs/heads/{branch}"]
    return subprocess.run(args, cwd=hub.bare, env=env, capture_output=True, text=True, check=False).stderr


def test_a_setting_may_forbid_pull_requests(hub: GitHubDouble, repo: Repository) -> None:
    hub.fail_next("POST", r"/pulls$", 403, ACTIONS_MAY_NOT_OPEN_PULLS)

    with pytest.raises(GithubException, match="not permitted to create or approve") as failed:
        open_pull(repo)

    assert failed.value.status == 403
    assert hub.pulls() == ()
    assert open_pull(repo) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(403, RateLimitExceededException), (429, GithubException)], ids=["403", "429"]
)
def test_secondary_limits_name_a_time(
    hub: GitHubDouble, repo: Repository, status: int, error: type[GithubException]
) -> None:
    hub.fail_next("POST", r"/pulls$", status, SECONDARY_LIMIT, {"retry-after": "7"})

    with pytest.raises(error) as failed:
        open_pull(repo)

    assert type(failed.value) is error
    assert failed.value.headers is not None
    assert failed.value.headers["retry-after"] == "7"


@pytest.mark.parametrize("status", [401, 404, 422, 500, 502, 503])
def test_any_status_has_its_usual_body(hub: GitHubDouble, repo: Repository, status: int) -> None:
    hub.fail_next("GET", r"/pulls/1$", status)

    with pytest.raises(GithubException) as failed:
        repo.get_pull(1)

    assert failed.value.status == status
    assert failed.value.data["message"]


def test_a_body_can_be_given_in_full(hub: GitHubDouble, repo: Repository) -> None:
    body = {"message": "Validation Failed", "errors": [{"message": "was submitted too quickly"}]}
    hub.fail_next("POST", r"/pulls$", 422, body)

    with pytest.raises(GithubException) as failed:
        open_pull(repo)

    assert failed.value.data == body


def test_faults_are_counted(hub: GitHubDouble, repo: Repository) -> None:
    hub.fail_next("POST", r"/pulls$", 502, times=2, skip=1)

    assert open_pull(repo, "one") == 1
    for _ in range(2):
        with pytest.raises(GithubException):
            open_pull(repo, "two")
    assert hub.pending_faults == 0
    assert open_pull(repo, "two") == 2
    assert [write.status for write in hub.writes()] == [201, 502, 502, 201]


@pytest.mark.parametrize("after_commit", [False, True])
def test_an_error_may_come_after_the_effect(hub: GitHubDouble, repo: Repository, after_commit: bool) -> None:
    hub.fail_next("POST", r"/pulls$", 502, after_commit=after_commit)

    with pytest.raises(GithubException):
        open_pull(repo)

    assert len(hub.pulls()) == after_commit


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_connection_is_dropped(hub: GitHubDouble, repo: Repository, after_commit: bool) -> None:
    hub.drop_next("POST", r"/issues/\d+/comments$", after_commit=after_commit)
    issue = repo.get_issue(hub.open_issue("I"))

    with pytest.raises(requests.ConnectionError):
        issue.create_comment("c")

    assert len(hub.comments(1)) == after_commit
    assert [(write.method, write.body, write.status) for write in hub.writes()] == [
        ("POST", {"body": "c"}, 0)
    ]
    issue.create_comment("c")  # over a new connection


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_push_is_dropped(hub: GitHubDouble, after_commit: bool) -> None:
    hub.drop_next("POST", r"git-receive-pack$", after_commit=after_commit)

    assert push(hub, "new") != ""
    assert ("new" in hub.branches()) is after_commit
    assert hub.writes() == []


def test_a_push_is_refused_by_the_server(hub: GitHubDouble) -> None:
    hub.fail_next("POST", r"git-receive-pack$", 500)
    assert "500" in push(hub, "new")
    assert "new" not in hub.branches()
