"""Clients of the double: PyGithub without its pauses and retries, and plain requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from github import Auth, Github
from github.Repository import Repository

from .github import GitHubDouble


@contextmanager
def pygithub(hub: GitHubDouble, token: str | None = None, per_page: int = 30) -> Iterator[Repository]:
    """Yield the double's repository."""
    client = Github(
        base_url=hub.api_url,
        auth=Auth.Token(token or hub.token),
        per_page=per_page,
        seconds_between_requests=None,
        seconds_between_writes=None,
        retry=None,
    )
    with client:
        yield client.get_repo(hub.full_name)


def call(
    hub: GitHubDouble, method: str, path: str, body: Any = None, token: str | None = None
) -> requests.Response:
    """One request without PyGithub, for what PyGithub would never send."""
    headers = {"Authorization": f"Bearer {token or hub.token}"}
    return requests.request(method, hub.api_url + path, json=body, headers=headers, timeout=30)
