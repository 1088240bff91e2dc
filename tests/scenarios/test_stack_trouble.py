"""GitHub says no, or nothing: nothing is done twice, and a person reads what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import GitError, ServiceError
from bot.types.events import Said
from tests.doubles.github import ACTIONS_MAY_NOT_OPEN_PULLS, SECONDARY_LIMIT, GitHubDouble
from tests.stage import Heard, Stage, StandingClock, forge_of, github_stage, three

ONE = """\
#2 cli -> main: open
    Remove code that nothing uses in cli/main.py [~cli/main.py] on main"""


class Killed(BaseException):
    """The process dies."""


def watched(stage: Stage, hub: GitHubDouble) -> tuple[Stage, StandingClock, Heard]:
    clock, heard = StandingClock(), Heard()
    return replace(stage, forge=forge_of(hub, stage.git, clock, heard)), clock, heard


def test_killed_between_push_and_open_the_branch_is_adopted(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        cli, *_ = three(stage)

        def dies(name: str, key: str, fn: Callable[[], Any]) -> Any:
            if name == "open":
                raise Killed
            return fn()

        with pytest.raises(Killed):
            stage.propose(cli, step=dies)
        assert (len(hub.pushes), hub.pulls()) == (1, ())

        replace(stage, run="r2").propose(cli)
        assert len(hub.pushes) == 1
        assert stage.picture() == ONE
        assert len(hub.issues()) == 1


def test_a_connection_that_drops_after_the_write_opens_nothing_twice(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        hub.drop_next("POST", "/pulls$", after_commit=True)
        hub.drop_next("POST", "/issues$", after_commit=True)

        stage.propose(three(stage)[0])

        assert hub.pending_faults == 0
        assert stage.picture() == ONE
        assert len(hub.issues()) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_before_the_write_is_tried_again(tmp_path: Path, status: int) -> None:
    with github_stage(tmp_path) as (stage, hub):
        stage, clock, _ = watched(stage, hub)
        hub.fail_next("POST", "/pulls$", status, times=2)

        stage.propose(three(stage)[0])

        assert stage.picture() == ONE
        assert clock.slept == [1.0, 2.0]


def test_a_secondary_rate_limit_is_waited_out_and_told(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        stage, clock, heard = watched(stage, hub)
        hub.fail_next("POST", "/pulls$", 403, SECONDARY_LIMIT, {"retry-after": "90"})
        hub.fail_next("POST", "/pulls$", 429, times=2)

        stage.propose(three(stage)[0])

        assert stage.picture() == ONE
        assert clock.slept == [90.0, 120.0, 240.0]
        assert heard.events[0] == Said("GitHub limits the rate: waiting 90 s")


def test_a_rate_limit_that_holds_on_ends_it(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        hub.fail_next("POST", "/pulls$", 403, SECONDARY_LIMIT, {"retry-after": "3600"})

        with pytest.raises(ServiceError, match="rate limit holds on"):
            stage.propose(three(stage)[0])


def test_actions_that_may_not_open_pull_requests_name_the_setting(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        hub.fail_next("POST", "/pulls$", 403, ACTIONS_MAY_NOT_OPEN_PULLS)

        with pytest.raises(ServiceError, match="Allow GitHub Actions to create and approve") as caught:
            stage.propose(three(stage)[0])
        assert caught.value.status == 403

        stage.propose(three(stage)[0])  # once it is switched on
        assert len(hub.pushes) == 1
        assert stage.picture() == ONE


def test_a_422_is_told_in_githubs_own_words(tmp_path: Path) -> None:
    reasons = {
        "message": "Validation Failed",
        "errors": [{"resource": "PullRequest", "field": "base", "code": "invalid"}],
    }
    with github_stage(tmp_path) as (stage, hub):
        hub.fail_next("POST", "/pulls$", 422, reasons)

        with pytest.raises(ServiceError, match="Validation Failed; PullRequest base invalid"):
            stage.propose(three(stage)[0])


def test_a_refused_push_moves_nothing_and_says_why(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        hub.protect("refs/heads/gatecrew/dead-code/cli-*")

        with pytest.raises(GitError, match="a rule of the repository protects") as caught:
            stage.propose(*three(stage))
        assert list(hub.branches()) == ["main"]
        assert hub.token not in str(caught.value)
        assert hub.pulls() == ()


def test_a_repository_without_issues_gets_its_pull_requests(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        hub.fail_next("POST", "/issues$", 410, "Issues are disabled for this repo")

        made = stage.propose(three(stage)[0])

        assert made.campaign is None
        assert stage.picture() == ONE.replace("#2", "#1")
