"""The main job on GitHub: real pushes and requests, to a GitHub on the loopback that keeps to its API."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.doubles.github import ACTIONS_MAY_NOT_OPEN_PULLS, SECONDARY_LIMIT, GitHubDouble
from tests.inputs import QUICK, TOKEN, WORKFLOW, Ended, Project, project, spec_of

FILES = {"lib/__init__.py": "", "lib/text.py": "def shout(name):\n    return name.upper()\n"}
SPEC = spec_of(files={"include": ["app/**", "lib/**"]}, stack={"depth": 1, "labels": ["gatecrew", "tidy"]})


@contextmanager
def hub_of(tidy: Project, folder: Path) -> Iterator[GitHubDouble]:
    with GitHubDouble(folder / "hub", token=TOKEN) as hub:
        hub.seed(tidy.folder)
        yield hub


def run(tidy: Project, hub: GitHubDouble, *args: str) -> Ended:
    return tidy.inside("run", WORKFLOW, "--yes", "--forge", "github", "--unsafe-plain", *args, **way_to(hub))


def way_to(hub: GitHubDouble, token: str = TOKEN) -> dict[str, str]:
    return {
        "GITHUB_TOKEN": token,
        "GITHUB_REPOSITORY": hub.full_name,
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_SERVER_URL": hub.url,
    }


@pytest.fixture
def tidy(tmp_path: Path) -> Project:
    """Two packages with dead code: two independent pull requests."""
    return project(tmp_path, SPEC, FILES)


def test_pull_requests_are_opened_and_a_second_run_writes_nothing(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        ended = run(tidy, hub)
        assert ended.code == 0, ended.said
        pulls = hub.pulls()
        assert len(pulls) == 2
        for pull in pulls:
            assert hub.branches()[pull.head] == pull.head_sha
            assert set(pull.labels) == {"gatecrew", "tidy"}
            assert "The gate" in (pull.body or "")
            (status,) = hub.statuses(pull.head_sha).values()
            assert status.state == "success"
        written, pushed = len(hub.writes()), len(hub.pushes)
        assert pushed == 1
        again = run(tidy, hub)
        assert again.code == 0, again.said
        assert len(hub.writes()) == written
        assert len(hub.pushes) == pushed
        assert hub.pulls() == pulls


def test_another_machine_without_our_state_adopts_what_is_there(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        assert run(tidy, hub).code == 0
        written, pulls = len(hub.writes()), hub.pulls()
        other = run(tidy, hub, "--out", str(tmp_path / "elsewhere"))
        assert other.code == 0, other.said
        assert len(hub.writes()) == written
        assert hub.pulls() == pulls


def test_a_dry_run_writes_nothing(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        ended = run(tidy, hub, "--dry-run")
        assert ended.code == 0, ended.said
        assert hub.writes() == []
        assert hub.pushes == []


def test_the_token_is_in_no_output_no_argument_and_nothing_that_is_kept(
    tidy: Project, tmp_path: Path
) -> None:
    """Neither as it is nor as git sends it, in base64; every call of git is looked at, and all that the
    suite could see of other processes."""
    seen, typed, folder = tmp_path / "seen", tmp_path / "typed", tmp_path / "bin"
    looks = f"for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; done > {seen} 2>/dev/null; env >> {seen}; "
    tidy.commit({f".github/gatecrew/{WORKFLOW}.yml": spec_of(gate={"run": looks + QUICK})})
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\necho "$@" >> {typed}\nexec {shutil.which("git")} "$@"\n')
    (folder / "git").chmod(0o755)
    tidy.environment["PATH"] = f"{folder}:{os.environ['PATH']}"
    with hub_of(tidy, tmp_path) as hub:
        ended = tidy.run("--forge", "github", "--unsafe-plain", "--json", **way_to(hub))
        assert ended.code == 0, ended.err
        sent = "".join(str(request.body) for request in hub.requests)
        assert hub.pushes
    assert "push" in typed.read_text()
    config = (tidy.folder / ".git" / "config").read_text()
    in_base64 = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    for secret in (TOKEN, in_base64):
        for place in (ended.said, tidy.kept(), seen.read_text(), typed.read_text(), sent, config):
            assert secret not in place


# -- refusals -----------------------------------------------------------------------------------------


def test_a_wrong_token_is_told_and_pays_for_nothing(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        ended = tidy.inside(
            "run", WORKFLOW, "--forge", "github", "--unsafe-plain", **way_to(hub, "ghs_wrong0123456789")
        )
        assert ended.code == 5, ended.said
        assert "ghs_wrong" not in ended.said
        assert hub.pushes == []
    assert "baseline" not in ended.out


def test_a_repository_that_is_not_there_is_told_by_its_name(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        environment = {**way_to(hub), "GITHUB_REPOSITORY": "octo/nowhere"}
        ended = tidy.inside("run", WORKFLOW, "--forge", "github", "--unsafe-plain", **environment)
        hub.violations.clear()
    assert ended.code == 5, ended.said
    assert "octo/nowhere" in ended.err


def test_a_token_that_may_only_read_is_told_with_the_permissions(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        ended = tidy.inside(
            "run", WORKFLOW, "--forge", "github", "--unsafe-plain", **way_to(hub, hub.read_token)
        )
        assert hub.pulls() == ()
        assert hub.pushes == []
    assert ended.code in (5, 6), ended.said
    assert "permissions" in ended.err
    assert hub.read_token not in ended.said


def test_actions_that_may_not_open_pull_requests_are_told_the_setting_and_the_next_run_adopts(
    tidy: Project, tmp_path: Path
) -> None:
    with hub_of(tidy, tmp_path) as hub:
        hub.fail_next("POST", "/pulls$", 403, ACTIONS_MAY_NOT_OPEN_PULLS)
        ended = run(tidy, hub)
        assert ended.code == 5, ended.said
        assert "Allow GitHub Actions to create and approve pull requests" in ended.err
        pushed = len(hub.pushes)
        resumed = run(tidy, hub, "--resume", "last")
        assert resumed.code == 0, resumed.said
        assert len(hub.pulls()) == 2
        assert len(hub.pushes) == pushed


def test_a_pull_request_that_github_finds_wrong_is_told_with_its_words(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        hub.fail_next("POST", "/pulls$", 422, "Validation Failed: title is too clever")
        ended = run(tidy, hub)
        assert ended.code == 5, ended.said
        assert "title is too clever" in ended.err
        assert run(tidy, hub).code == 0
        assert len(hub.pulls()) == 2


def test_a_secondary_limit_is_waited_for(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        hub.fail_next("POST", "/pulls$", 403, SECONDARY_LIMIT, {"retry-after": "1"})
        ended = run(tidy, hub)
        assert ended.code == 0, ended.said
        assert len(hub.pulls()) == 2
        assert hub.pending_faults == 0


def test_a_limit_that_lasts_too_long_parks_the_run(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        hub.fail_next("POST", "/pulls$", 403, SECONDARY_LIMIT, {"retry-after": "3600"})
        ended = run(tidy, hub)
        assert ended.code == 5, ended.said
        resumed = run(tidy, hub, "--resume", "last")
        assert resumed.code == 0, resumed.said
        assert len(hub.pulls()) == 2


def test_a_push_that_is_refused_is_told_with_its_reason_and_opens_nothing(
    tidy: Project, tmp_path: Path
) -> None:
    with hub_of(tidy, tmp_path) as hub:
        hub.protect("refs/heads/gatecrew/*")
        ended = run(tidy, hub)
        assert ended.code == 6, ended.said
        assert "a rule of the repository protects these branches" in ended.err
        assert hub.pulls() == ()
        hub.unprotect("refs/heads/gatecrew/*")
        resumed = run(tidy, hub, "--resume", "last")
        assert resumed.code == 0, resumed.said
        assert len(hub.pulls()) == 2
    assert TOKEN not in ended.said


DROPPED = {
    "a pull request": ("POST", "/pulls$"),
    "labels": ("POST", "/labels$"),
    "a status": ("POST", "/statuses/"),
}


@pytest.mark.parametrize("what", DROPPED)
def test_an_answer_that_is_lost_after_the_write_is_adopted(tidy: Project, tmp_path: Path, what: str) -> None:
    """The connection breaks after the request took effect: nothing is there twice."""
    with hub_of(tidy, tmp_path) as hub:
        hub.drop_next(*DROPPED[what], after_commit=True)
        ended = run(tidy, hub)
        assert ended.code == 0, ended.said
        assert hub.pending_faults == 0
        assert len(hub.pulls()) == 2
        assert len({pull.head for pull in hub.pulls()}) == 2


def test_a_push_whose_answer_is_lost_is_looked_for(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        hub.drop_next("POST", "git-receive-pack$", after_commit=True)
        ended = run(tidy, hub)
        assert ended.code == 0, ended.said
        assert len(hub.pulls()) == 2
        assert len(hub.pushes) == 1


def test_what_a_person_closed_is_not_opened_again(tidy: Project, tmp_path: Path) -> None:
    with hub_of(tidy, tmp_path) as hub:
        assert run(tidy, hub).code == 0
        hub.close(hub.pulls()[0].number)
        again = run(tidy, hub)
        assert again.code == 0, again.said
        assert sorted(tidy.statuses.values()) == ["proposed", "skipped"]
        assert len(hub.pulls()) == 2
