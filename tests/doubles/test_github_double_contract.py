"""The contract that judges both sides of the double, and who gets through to it at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from github.Repository import Repository

from .github import ContractBroken, GitHubDouble
from .github_app import ROUTES
from .github_client import call, pygithub
from .github_contract import contract

CHECK = {"name": "gate", "head_sha": "0" * 40, "status": "in_progress"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHubDouble]:
    with GitHubDouble(tmp_path) as double:
        double.commit("main", {"README.md": "parcel\n"}, "Start")
        double.commit("feature", {"new.py": "y = 2\n"}, "Add y")
        yield double


@pytest.fixture
def repo(hub: GitHubDouble) -> Iterator[Repository]:
    with pygithub(hub) as repository:
        yield repository


def test_every_route_is_an_operation_of_githubs() -> None:
    assert set(ROUTES) <= {operation.id for operation in contract().operations}


def test_every_url_is_the_doubles_own(hub: GitHubDouble, repo: Repository) -> None:
    repo.create_pull(base="main", head="feature", title="T")
    hub.comment(1, "c")
    base = f"/repos/{hub.full_name}"
    for path in (
        "",
        "/pulls/1",
        "/pulls",
        "/issues/1",
        "/issues/1/comments",
        "/branches/main",
        "/commits/main",
    ):
        assert list(_foreign_urls(call(hub, "GET", base + path).json(), hub.url)) == []


@pytest.mark.parametrize(
    ("act", "status", "violation"),
    [
        (lambda hub: call(hub, "GET", "/repos/octo/parcel/subscribers"), 404, "does not have"),
        (lambda hub: call(hub, "GET", "/repos/octo/parcel/commits/main/pulls"), 404, "does not have"),
        (lambda hub: call(hub, "POST", "/repos/octo/parcel/check-runs", CHECK), 501, "checks/create"),
        (lambda hub: call(hub, "GET", "/repos/octo/parcel/pulls?head=feature"), 501, "without its owner"),
        (
            lambda hub: call(hub, "GET", "/repos/octo/parcel/pulls?state=merged"),
            422,
            "'merged' is not one of",
        ),
        (lambda hub: call(hub, "POST", "/repos/octo/parcel/issues", {"title": {}}), 422, "$.title"),
        (lambda hub: call(hub, "POST", "/repos/octo/parcel/issues"), 422, "a body is required"),
        (lambda hub: call(hub, "POST", "/graphql", {"query": "{ viewer { login } }"}), 501, "GraphQL"),
    ],
)
def test_notes_what_breaks_the_description(
    hub: GitHubDouble, act: Callable[[GitHubDouble], requests.Response], status: int, violation: str
) -> None:
    assert act(hub).status_code == status
    assert violation in hub.violations.pop()
    assert hub.violations == []


def test_notes_names_that_github_would_ignore(hub: GitHubDouble) -> None:
    call(hub, "POST", "/repos/octo/parcel/issues?dry_run=1", {"title": "T", "labells": []})

    assert [violation.partition(": ")[2] for violation in hub.violations] == [
        "unknown query parameter 'dry_run'",
        "unknown field 'labells' in the body",
    ]
    hub.violations.clear()


def test_judges_answers() -> None:
    found = contract().find("GET", "/repos/o/r/issues/1/labels")
    assert found is not None
    operation, _ = found
    label = {"id": 1, "node_id": "L", "url": "no url", "name": "n", "description": None, "color": "f"}

    problems = contract().response_problems(operation, 200, [label])

    assert sorted(problems) == ["$.url: 'no url' is not a 'uri'", "$: 'default' is a required property"]
    assert contract().response_problems(operation, 202, []) == [
        "issues/list-labels-on-issue describes no status 202"
    ]


def test_leaving_with_a_violation_fails_the_test(tmp_path: Path) -> None:
    def story() -> None:
        with GitHubDouble(tmp_path / "other") as hub:
            assert call(hub, "GET", "/nowhere").status_code == 404

    with pytest.raises(ContractBroken, match="GET /nowhere"):
        story()


@pytest.mark.parametrize(("token", "status"), [("wrong", 401), ("t0ken-that-may-only-read", 403)])
def test_tokens_decide(hub: GitHubDouble, token: str, status: int) -> None:
    answer = call(hub, "POST", "/repos/octo/parcel/issues", {"title": "T"}, token=token)

    assert answer.status_code == status
    assert hub.issues() == ()


def test_many_clients_at_once(hub: GitHubDouble) -> None:
    def open_one(n: int) -> int:
        number: int = call(hub, "POST", "/repos/octo/parcel/issues", {"title": f"I{n}"}).json()["number"]
        return number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(open_one, range(40)))

    assert sorted(numbers) == list(range(1, 41))
    assert len(hub.writes()) == 40


def _foreign_urls(value: Any, home: str, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _foreign_urls(inner, home, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _foreign_urls(inner, home, name)
    elif isinstance(value, str) and name.endswith("url") and not value.startswith(home):
        yield f"{name}: {value}"
