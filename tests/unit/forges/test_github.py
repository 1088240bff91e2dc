"""How GitHub is asked: slowly enough, without showing the token, and with plain words where it refuses."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import GitError, ServiceError
from bot.forges.github import GitHubForge
from bot.forges.github_errors import Refusal, explain
from bot.forges.github_pace import Pace
from bot.git import Git
from bot.types.ids import Branch, Sha
from bot.types.stack import NewPull, RefUpdate
from tests.builders import make_repo
from tests.doubles.github import GitHubDouble
from tests.stage import Heard, StandingClock, forge_of


@dataclass
class Bed:
    hub: GitHubDouble
    git: Git
    forge: GitHubForge


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    git = make_repo(tmp_path / "repo", {"a.py": "1\n"})
    with GitHubDouble(tmp_path / "hub", token="a-token-of-length") as hub:
        hub.seed(tmp_path / "repo")
        yield Bed(hub, git, forge_of(hub, git))


def test_eighty_writes_a_minute_and_five_hundred_an_hour() -> None:
    clock, heard = StandingClock(), Heard()
    pace = Pace(clock, clock.wait, heard)
    times = []
    for _ in range(600):
        pace.before_write()
        times.append(clock.monotonic())
    assert times[79] == 0
    assert times[80] == 60
    assert all(times[n + 80] - times[n] >= 60 for n in range(520))
    assert all(times[n + 500] - times[n] >= 3600 for n in range(100))
    assert len(heard.events) == len(clock.slept)


REFUSALS = [
    (Refusal(401, "Bad credentials"), "the token is wrong or has expired"),
    (Refusal(403, "Resource not accessible by integration"), "lacks a permission"),
    (Refusal(404, "Not Found"), "no 'o/r' that this token can see"),
    (Refusal(410, "Issues are disabled"), "issues are switched off"),
    (Refusal(422, "Validation Failed", ({"field": "head", "code": "invalid"},)), "Failed; head invalid"),
    (Refusal(422, "Validation Failed", ({"message": "No commits"},)), "Failed; No commits"),
    (Refusal(502, ""), "does not answer"),
    (Refusal(0, "ConnectionError: x"), "does not answer"),
    (Refusal(429, ""), "rate limit holds on"),
    (Refusal(409, "Conflict"), "GitHub refuses (HTTP 409)"),
]


@pytest.mark.parametrize(("refusal", "words"), REFUSALS)
def test_every_refusal_says_what_and_what_to_do(refusal: Refusal, words: str) -> None:
    error = explain(refusal, "open a pull request", "o/r")
    assert error.message.startswith("cannot open a pull request: ")
    assert words in error.message
    assert error.hint


WAITS = [
    (Refusal(403, "x", headers={"retry-after": "7"}), 0, 7.0),
    (Refusal(403, "x", headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1100"}), 0, 100.0),
    (Refusal(403, "You have exceeded a secondary rate limit"), 0, 60.0),
    (Refusal(429, "", headers={"retry-after": "soon"}), 1, 120.0),
    (Refusal(422, "was submitted too quickly"), 2, 240.0),
    (Refusal(502, ""), 3, 8.0),
]


@pytest.mark.parametrize(("refusal", "attempt", "wait_s"), WAITS)
def test_how_long_to_wait(refusal: Refusal, attempt: int, wait_s: float) -> None:
    assert refusal.wait_s(attempt, now=1000.0) == wait_s


def test_a_plain_403_is_no_rate_limit() -> None:
    assert not Refusal(403, "Resource not accessible by integration").limited


def test_a_wrong_token_is_told_and_never_shown(bed: Bed) -> None:
    clock = StandingClock()
    forge = GitHubForge(
        bed.hub.full_name,
        "another-secret",
        bed.git,
        api_url=bed.hub.api_url,
        server_url=bed.hub.url,
        clock=clock,
    )
    with pytest.raises(ServiceError, match="wrong or has expired") as caught:
        forge.default_branch()
    assert caught.value.terminal
    tip = bed.git.wrap(bed.git.tree(bed.git.commit("HEAD")), [], "x", bed.git.commit("HEAD"))
    with pytest.raises(GitError, match="may not push here") as refused:
        forge.push([RefUpdate(Branch("gatecrew/w/x"), tip, None)])
    for shown in (str(caught.value), str(refused.value)):
        assert "another-secret" not in shown
        assert base64.b64encode(b"x-access-token:another-secret").decode() not in shown


def test_a_wrong_name_is_told(bed: Bed) -> None:
    forge = GitHubForge(
        "octo/nowhere", bed.hub.token, bed.git, api_url=bed.hub.api_url, server_url=bed.hub.url
    )
    with pytest.raises(ServiceError, match="no 'octo/nowhere'"):
        forge.default_branch()
    bed.hub.violations.clear()


def test_the_token_is_in_no_argument(bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `git` that writes down how it was called: everybody on the machine can read arguments."""
    real = next(p for p in ("/usr/bin/git", "/usr/local/bin/git", "/bin/git") if Path(p).exists())
    spy = tmp_path / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {tmp_path}/calls\nexec {real} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:/usr/bin:/bin:/usr/local/bin")
    head = bed.git.commit("HEAD")
    tip = bed.git.wrap(bed.git.tree(head), [head], "x", head)

    bed.forge.push([RefUpdate(Branch("gatecrew/w/x"), tip, None)])
    bed.forge.heads("gatecrew/")

    calls = (tmp_path / "calls").read_text()
    assert "push" in calls
    assert bed.hub.token not in calls
    assert "Authorization" not in calls


def test_credentials_of_a_checkout_do_not_get_in_the_way(bed: Bed) -> None:
    """Two Authorization headers are a 400: actions/checkout leaves one in the repository's settings."""
    left = f"http.{bed.hub.url}/.extraheader"
    bed.git.run("config", left, "AUTHORIZATION: basic d3Jvbmc6d3Jvbmc=")
    head = bed.git.commit("HEAD")
    tip = bed.git.wrap(bed.git.tree(head), [head], "x", head)

    bed.forge.push([RefUpdate(Branch("gatecrew/w/x"), tip, None)])
    assert bed.forge.heads("gatecrew/") == {"gatecrew/w/x": tip}


def test_more_than_two_hundred_branches_take_two_pushes(bed: Bed) -> None:
    head = bed.git.commit("HEAD")
    tip = bed.git.wrap(bed.git.tree(head), [head], "x", head)
    bed.forge.push([RefUpdate(Branch(f"gatecrew/w/{n:03}"), tip, None) for n in range(201)])
    assert [len(push) for push in bed.hub.pushes] == [200, 1]


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_push_whose_answer_is_lost_is_looked_at_first(bed: Bed, took_effect: bool) -> None:
    head = bed.git.commit("HEAD")
    tip = bed.git.wrap(bed.git.tree(head), [head], "x", head)
    bed.hub.drop_next("POST", "git-receive-pack$", after_commit=took_effect)
    bed.forge.push([RefUpdate(Branch("gatecrew/w/x"), tip, None)])
    assert len(bed.hub.pushes) == 1
    assert bed.forge.heads("gatecrew/") == {"gatecrew/w/x": tip}


def test_a_reader_that_fails_is_asked_again(bed: Bed) -> None:
    bed.hub.fail_next("GET", "/pulls$", 502)
    assert bed.forge.pulls("gatecrew/") == []
    assert bed.hub.pending_faults == 0


def test_statuses_are_cut_and_not_repeated(bed: Bed) -> None:
    head = bed.git.commit("HEAD")
    for _ in range(2):
        bed.forge.status(head, context="gatecrew/gate", state="success", text="x" * 200)
    assert len(bed.hub.writes()) == 1
    assert bed.hub.statuses(head)["gatecrew/gate"].description == "x" * 140


def test_a_strangers_issue_is_not_the_campaign(bed: Bed) -> None:
    stranger = bed.hub.open_issue("Mine", "<!-- gatecrew-campaign:w -->")
    bed.hub.world.add_label("gatecrew", description="x")
    number = bed.forge.campaign("<!-- gatecrew-campaign:w -->", "C", "<!-- gatecrew-campaign:w -->")
    assert number != stranger


def test_opening_survives_pages_and_people(bed: Bed) -> None:
    """What was opened by hand on this branch meanwhile is adopted: GitHub says 422 then."""
    head = bed.git.commit("HEAD")
    tip = Sha(bed.hub.commit("gatecrew/w/x", {"a.py": "2\n"}))
    assert tip != head
    first = bed.forge.open(NewPull(Branch("gatecrew/w/x"), Branch("main"), "By hand", "Body"))
    again = forge_of(bed.hub, bed.git).open(NewPull(Branch("gatecrew/w/x"), Branch("main"), "Ours", "Body"))
    assert (again.number, again.title) == (first.number, "By hand")
