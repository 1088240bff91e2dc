"""`gatecrew gate --status` as a commit status on a GitHub of the loopback: never success without green."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.github import GitHubDouble, Status
from tests.gating import PRICE, RIGHT, SUITE, WRONG, Asked, asked, needs_sandbox
from tests.inputs import TOKEN, Ended


@pytest.fixture
def tidy(tmp_path: Path) -> Asked:
    return asked(tmp_path)


@pytest.fixture
def hub(tidy: Asked, tmp_path: Path) -> Iterator[GitHubDouble]:
    """It has every branch, as it would have a pull request's head."""
    with GitHubDouble(tmp_path / "hub", token=TOKEN) as hub:
        hub.seed(tidy.folder)
        yield hub


def ask(tidy: Asked, hub: GitHubDouble, *args: str, token: str = TOKEN) -> Ended:
    hub.world.repo.git("fetch", "--quiet", str(tidy.folder), "+refs/heads/*:refs/heads/*")
    return tidy.gate("--status", *args, **way_to(hub, token))


def way_to(hub: GitHubDouble, token: str = TOKEN) -> dict[str, str]:
    return {
        "GITHUB_TOKEN": token,
        "GITHUB_REPOSITORY": hub.full_name,
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_SERVER_URL": hub.url,
    }


def status(tidy: Asked, hub: GitHubDouble, head: str = "topic") -> Status:
    (found,) = hub.statuses(tidy.git.commit(head)).values()
    assert found.context == "gatecrew/gate"
    return found


def states(hub: GitHubDouble) -> list[str]:
    """Everything that the status ever was."""
    return [one.state for one in hub.world.statuses]


def test_a_green_head_is_pending_and_then_a_success(tidy: Asked, hub: GitHubDouble) -> None:
    needs_sandbox()
    ended = ask(tidy, hub)
    assert ended.code == 0, ended.said
    assert states(hub) == ["pending", "success"]
    (line,) = (line for line in ended.out.splitlines() if line.startswith("green: "))
    assert status(tidy, hub).description == line.removeprefix("green: ")
    assert TOKEN not in ended.said + tidy.kept()
    assert hub.statuses(tidy.git.commit("main")) == {}


def test_a_red_head_is_a_failure_with_the_rate_and_the_bar(tidy: Asked, hub: GitHubDouble) -> None:
    needs_sandbox()
    tidy.topic({PRICE: WRONG})
    assert ask(tidy, hub).code == 1
    assert states(hub) == ["pending", "failure"]
    told = status(tidy, hub).description or ""
    assert told.startswith(
        "50 % of the 2 tests that are stable at the base still pass; bar 100 %; 1 regression"
    )


def test_what_could_not_be_asked_is_an_error(tidy: Asked, hub: GitHubDouble) -> None:
    """A conflict, say: the head is known, a verdict there is none."""
    needs_sandbox()
    tidy.topic({PRICE: RIGHT}, name="moved")
    tidy.topic({PRICE: WRONG})
    ended = ask(tidy, hub, "--base", "moved")
    assert ended.code == 2, ended.said
    assert states(hub) == ["pending", "error"]
    told = status(tidy, hub).description or ""
    assert told.startswith("the gate could not be asked: ")
    assert "conflicts with the base" in told
    assert len(told) <= 140


def test_a_suite_that_is_no_suite_is_an_error(tidy: Asked, hub: GitHubDouble) -> None:
    needs_sandbox()
    ended = ask(tidy, hub, "--run", "no-such-runner {report}")
    assert ended.code == 2, ended.said
    assert states(hub) == ["pending", "error"]


def test_an_interrupted_question_is_an_error(tmp_path: Path) -> None:
    """A success of yesterday must not outlive it."""
    needs_sandbox()
    slow = asked(tmp_path, run=f"[ ! -e slow.txt ] || sleep 60; {SUITE}")
    slow.topic({PRICE: RIGHT, "slow.txt": "x\n"})
    with GitHubDouble(tmp_path / "hub", token=TOKEN) as hub:
        hub.seed(slow.folder)
        hub.world.repo.git("fetch", "--quiet", str(slow.folder), "+refs/heads/*:refs/heads/*")
        begun = slow.start("gate", "--base", "main", "--head", "topic", "--status", **way_to(hub))
        end = time.monotonic() + 30
        while not (slow.state / "work").exists():
            assert time.monotonic() < end, "the suite begins"
            time.sleep(0.05)
        begun.send_signal(signal.SIGTERM)
        _, err = begun.communicate(timeout=30)
        assert begun.returncode == 130, err
        assert states(hub) == ["pending", "error"]
        assert status(slow, hub).description == "the gate could not be asked: interrupted"


@pytest.mark.parametrize(("text", "code"), [(WRONG, 1), (RIGHT, 0)], ids=["red", "green"])
def test_a_status_that_may_not_be_set_is_a_warning_and_changes_no_verdict(
    tidy: Asked, hub: GitHubDouble, text: str, code: int
) -> None:
    """The token of a run from a fork only reads."""
    needs_sandbox()
    tidy.topic({PRICE: text})
    ended = ask(tidy, hub, token=hub.read_token)
    assert ended.code == code, ended.said
    assert states(hub) == []
    warned = [line for line in ended.said.splitlines() if "the commit status was not set" in line]
    assert len(warned) == 1
    assert "(HTTP 403)" in warned[0]
    assert "statuses" in ended.said
    assert hub.read_token not in ended.said


def test_a_github_that_fails_once_is_told_the_verdict_all_the_same(tidy: Asked, hub: GitHubDouble) -> None:
    needs_sandbox()
    hub.fail_next("POST", "/statuses/", 422, "Validation Failed")
    ended = ask(tidy, hub)
    assert ended.code == 0, ended.said
    assert states(hub) == ["success"]
    assert "was not set to 'pending'" in ended.said


def test_beside_a_token_no_suite_runs_as_plain_processes(tmp_path: Path) -> None:
    """Exit 7, an error on the head, and not one run."""
    mark = tmp_path / "ran"
    plain = asked(tmp_path, sandbox="plain", run=f"touch {mark}; {SUITE}")
    with GitHubDouble(tmp_path / "hub", token=TOKEN) as hub:
        hub.seed(plain.folder)
        ended = ask(plain, hub)
        assert ended.code == 7, ended.said
        assert states(hub) == ["pending", "error"]
    assert "the suite would run beside a token" in ended.err
    assert not mark.exists()


def test_a_repository_must_be_named(tidy: Asked) -> None:
    ended = tidy.gate("--status", GITHUB_TOKEN=TOKEN)
    assert ended.code == 2, ended.said
    assert "export GITHUB_REPOSITORY=OWNER/NAME" in ended.err
    assert "suite:" not in ended.said
