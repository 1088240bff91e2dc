"""The main job with Claude while its service fails, money runs out, and secrets lie about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.crew import (
    A_REQUEST,
    AT_ONCE,
    Model,
    cause,
    removing,
    run,
    spec,
)
from tests.doubles.anthropic_api import (
    Answer,
    AnthropicDouble,
    Body,
    dropped,
    error,
    malformed,
    overloaded,
)
from tests.inputs import FILES, KEY, QUICK, project

# -- a service that fails -----------------------------------------------------------------------------


FINAL = {
    "400 of a bad request": (error(400, "invalid_request_error", "too long"), 1, "failed"),
    "400 for lack of credit": (
        error(400, "invalid_request_error", "Your credit balance is too low"),
        5,
        "not-run",
    ),
    "401 for a wrong key": (error(401, "authentication_error", "invalid x-api-key"), 5, "not-run"),
    "403 for a model": (error(403, "permission_error", "no access"), 5, "not-run"),
    "404 for an unknown model": (error(404, "not_found_error", "model: tester-1"), 5, "not-run"),
    "429 for a quota": (error(429, "rate_limit_error", "You have reached your usage limits"), 5, "not-run"),
}


@pytest.mark.parametrize("what", FINAL)
def test_an_answer_that_will_not_change_is_asked_for_once(tmp_path: Path, what: str) -> None:
    """What only a person can put right stops the run, and says so; nothing is paid, nothing is proposed."""
    answer, code, status = FINAL[what]
    tidy = project(tmp_path, spec())
    with AnthropicDouble(lambda _body: answer) as api:
        ended = run(tidy, api)
    assert len(api.requests) == 1
    assert ended.code == code, ended.said
    assert tidy.statuses == {"app": status}
    assert answer.body["error"]["message"] in cause(tidy)
    assert tidy.result["usage"]["cost_usd"] == 0
    if code == 5:
        assert "run again with --resume" in ended.err or "models:" in ended.err
        assert tidy.result["stopped"] in ended.err
    assert KEY not in ended.said + tidy.kept()


def test_a_run_that_lacked_credit_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """The worker's three answers are there already: only what was never answered is asked again."""
    answered = 0

    def worker(body: Body) -> Answer:
        nonlocal answered
        answered += 1
        if answered == 4:
            return error(429, "rate_limit_error", "You have reached your usage limits")
        return removing()(body)

    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model(worker=worker)) as api:
        parked = run(tidy, api)
        assert parked.code == 5
        resumed = run(tidy, api, "--resume", "last")
    assert resumed.code == 0, resumed.said
    assert tidy.statuses == {"app": "proposed"}
    assert len(api.requests) == 4 + 2 + 1
    assert tidy.result["usage"]["cost_usd"] == pytest.approx(6 * A_REQUEST)


PASSING = {
    "429 with a time to wait": error(429, "rate_limit_error", "slow down", **AT_ONCE),
    "500": error(500, "api_error", "internal", **AT_ONCE),
    "529": error(529, "overloaded_error", "Overloaded", **AT_ONCE),
}


@pytest.mark.parametrize("what", PASSING)
def test_an_answer_that_passes_is_asked_for_again(tmp_path: Path, what: str) -> None:
    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model(first=[PASSING[what]])) as api:
        ended = run(tidy, api)
    assert ended.code == 0, ended.said
    assert len(api.requests) == 7
    assert tidy.result["usage"]["cost_usd"] == pytest.approx(6 * A_REQUEST)
    assert [record["t"] for record in tidy.records].count("attempt") == 1


@pytest.mark.parametrize("broken", [dropped, malformed], ids=["dropped", "malformed"])
def test_an_answer_that_was_lost_counts_as_paid(tmp_path: Path, broken: Any) -> None:
    """Nobody knows whether the model was asked, so its reservation stands, and the run says so."""
    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model(first=[broken()])) as api:
        ended = run(tidy, api)
    assert ended.code == 0, ended.said
    assert len(api.requests) == 7
    assert tidy.result["usage"]["cost_usd"] > 6 * A_REQUEST


def test_a_service_that_stays_down_fails_the_unit_and_can_be_asked_again(tmp_path: Path) -> None:
    down = True

    def answer(body: Body) -> Answer:
        return error(500, "api_error", "internal", **AT_ONCE) if down else Model()(body)

    tidy = project(tmp_path, spec())
    with AnthropicDouble(answer) as api:
        ended = run(tidy, api)
        assert ended.code == 1, ended.said
        assert tidy.statuses == {"app": "failed"}
        assert "(asked 6 times)" in cause(tidy)
        assert tidy.result["conclusion"] == "failed"
        down = False
        resumed = run(tidy, api, "--resume", "last")
    assert resumed.code == 0, resumed.said


def test_a_service_that_is_not_there_is_told_with_its_address(tmp_path: Path) -> None:
    tidy = project(tmp_path, spec())
    with AnthropicDouble([overloaded()]) as api:
        ended = run(tidy, api, ANTHROPIC_BASE_URL="ftp://127.0.0.1:1")
    assert ended.code == 5, ended.said
    assert "the address of the model service is wrong" in ended.err


# -- money --------------------------------------------------------------------------------------------


def test_an_unknown_price_is_null_and_never_nothing(tmp_path: Path) -> None:
    tidy = project(tmp_path, spec(prices={}, limits={"dollars": None}))
    with AnthropicDouble(Model()) as api:
        ended = run(tidy, api)
    assert ended.code == 0, ended.said
    assert tidy.result["usage"]["cost_usd"] is None
    assert tidy.result["units"][0]["cost_usd"] is None
    assert tidy.result["usage"]["input_tokens"] == 600
    assert "cost unknown" in ended.out


def test_a_dollar_limit_stops_the_run_before_it_is_passed_and_the_run_goes_on_with_more(
    tmp_path: Path,
) -> None:
    tidy = project(tmp_path, spec(limits={"dollars": 0.5}))
    with AnthropicDouble(Model()) as api:
        stopped = run(tidy, api)
        assert stopped.code == 4, stopped.said
        assert api.requests == []
        assert tidy.statuses == {"app": "not-run"}
        assert "--limit dollars=" in stopped.err
        resumed = run(tidy, api, "--resume", "last", "--limit", "dollars=9")
    assert resumed.code == 0, resumed.said
    assert tidy.statuses == {"app": "proposed"}


# -- secrets ------------------------------------------------------------------------------------------


ENVIRON = (
    "import os\n\n\n"
    "def test_environ():\n"
    "    seen = '\\n'.join(f'{name}={value}' for name, value in os.environ.items())\n"
    "    parent = open(f'/proc/{os.getppid()}/environ', 'rb').read().decode()\n"
    "    print(seen)\n"
    "    open({path!r}, 'a').write(seen + parent)\n"
)


def test_the_key_is_nowhere_but_in_the_requests_headers(tmp_path: Path) -> None:
    """Not in the journal, the logs, the result, the prompts, the pull requests, or the suite's environment;
    not even where the repository itself holds it."""
    seen = tmp_path / "seen"
    other = "AKIAABCDEFGHIJKLMNOP"
    leaky = f'"""{KEY} and {other}"""\n\n'
    files = {
        "app/price.py": leaky + str(FILES["app/price.py"]),
        "AGENTS.md": f"Our key is {KEY}\n",
        "tests/test_environ.py": ENVIRON.replace("{path!r}", repr(str(seen))),
    }
    told = Model(worker=removing(new=f"\n# {KEY}\n"))
    tidy = project(tmp_path, spec(gate={"run": QUICK}), files)
    with AnthropicDouble(told) as api:
        ended = run(tidy, api, GITHUB_TOKEN="ghp_0123456789012345678901234567890123456789")
        shown = tidy.inside("pulls", "1").said + tidy.inside("show", "app-").said
    # Which of the two it is, is the SDK's to say.
    keys = [headers.get("x-api-key") or headers["authorization"] for headers in api.headers]
    assert all(key.removeprefix("Bearer ") == KEY for key in keys)
    assert KEY not in api.said
    assert other not in api.said
    environment = seen.read_text()
    assert "GATECREW=1" in environment
    for secret in (KEY, "ghp_0123456789"):
        assert secret not in ended.said
        assert secret not in environment
        assert secret not in tidy.kept()
        assert secret not in shown


def test_the_key_is_in_no_argument_and_no_environment_of_the_installed_commands_children(
    tmp_path: Path,
) -> None:
    """Every process below the command while its suite runs, as the system shows them."""
    seen = tmp_path / "seen"
    looks = (
        f"for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done > {seen} 2>/dev/null; "
        f"env >> {seen}; {QUICK}"
    )
    tidy = project(tmp_path, spec(gate={"run": looks}))
    with AnthropicDouble(Model()) as api:
        ended = tidy.run(
            "--engine",
            "claude",
            "--unsafe-plain",
            "--json",
            ANTHROPIC_API_KEY=KEY,
            ANTHROPIC_BASE_URL=api.url,
        )
    assert ended.code == 0, ended.err
    assert json.loads(ended.out) == tidy.result
    assert KEY not in seen.read_text()
    assert KEY not in ended.said
