"""The main job with Claude as worker and reviewers, over real HTTP to a model that does as it is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.crew import DEAD, Model, accepting, answers, asked, heard, is_reviewer, removing
from tests.doubles.anthropic_api import (
    Answer,
    AnthropicDouble,
    Body,
    calls,
    dropped,
    error,
    malformed,
    message,
    overloaded,
    structured,
    text,
)
from tests.inputs import FILES, KEY, QUICK, WORKFLOW, Ended, Project, project, spec_of

PRICES = {"tester-1": {"input": 10.0, "output": 100.0, "cache_read": 1.0, "cache_write": 12.5}}
A_REQUEST = (100 * 10.0 + 20 * 100.0) / 1_000_000
"""What every answer of the double costs: 100 tokens in, 20 out."""
AT_ONCE = {"retry_after_ms": "1"}
SHARED: dict[str, Any] = {
    "models": {"worker": "tester-1", "reviewer": "tester-1"},
    "prices": PRICES,
    "review": {"lenses": ["references", "correctness"], "rounds": 1},
}


def spec(**more: Any) -> str:
    return spec_of(**{**SHARED, **more})


def run(tidy: Project, api: AnthropicDouble, *args: str, **env: str) -> Ended:
    """`gatecrew run` with a key; the sandbox of these specs is plain, and the risk accepted."""
    key = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
    return tidy.inside(
        "run", WORKFLOW, "--yes", "--engine", "claude", "--unsafe-plain", *args, **{**key, **env}
    )


def cause(tidy: Project) -> str:
    (unit,) = tidy.result["units"]
    return str(unit["cause"])


def test_a_worker_edits_a_reviewer_accepts_and_the_suite_lets_it_through(tmp_path: Path) -> None:
    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model()) as api:
        ended = run(tidy, api)
    assert ended.code == 0, ended.said
    assert tidy.statuses == {"app": "proposed"}
    (pull,) = tidy.pulls
    assert "Remove dead(): nothing calls it." in pull["body"].replace("\\", "")
    shown = tidy.inside("pulls", str(pull["number"]))
    assert "-def dead():" in shown.out
    # Five answers for the worker, one for the reviewer; `references` is the host's own and costs nothing.
    assert len(api.requests) == 6
    assert tidy.result["usage"]["agents"] == 2
    assert tidy.result["usage"]["cost_usd"] == pytest.approx(6 * A_REQUEST)
    assert tidy.result["usage"]["input_tokens"] == 600
    assert tidy.result["usage"]["output_tokens"] == 120
    (unit,) = tidy.result["units"]
    assert unit["cost_usd"] == pytest.approx(6 * A_REQUEST)


def test_a_second_run_asks_nobody_and_changes_nothing(tmp_path: Path) -> None:
    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model()) as api:
        assert run(tidy, api).code == 0
        first, pulls = len(api.requests), tidy.pulls
        again = run(tidy, api)
    assert again.code == 0, again.said
    assert len(api.requests) == first
    assert tidy.result["usage"]["cost_usd"] == 0
    assert tidy.pulls == pulls


def test_a_reviewer_knows_nothing_of_what_the_worker_said(tmp_path: Path) -> None:
    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model()) as api:
        run(tidy, api)
    (review,) = [body for body in api.requests if is_reviewer(body)]
    assert "-def dead():" in asked(review)
    assert "nothing calls it" not in json.dumps(review)


def refuting(body: Body) -> Answer:
    """Refutes whatever removes dead(), with the line that it takes for evidence."""
    if "-def dead():" not in asked(body):
        return accepting(body)
    place = {"kind": "call", "path": "app/user.py", "line": 4, "text": "return dead()"}
    finding = {"claim": "user() calls it", "subject": "app/price.py::dead", "evidence": [place]}
    return structured({"findings": [finding], "verdict": "refute"})


USER = {"app/user.py": "from app.price import dead\n\ndef user():\n    return dead()\n"}


def test_a_refuted_change_is_revised_and_reviewed_anew(tmp_path: Path) -> None:
    """The worker hears the finding, takes its edit back and makes another; nobody votes on the old one."""

    def worker(body: Body) -> Answer:
        if "user() calls it" not in asked(body):
            return removing()(body)
        steps = [
            ("reset", {}),
            ("edit", {"path": "app/price.py", "old": "gross - 1", "new": "-1 + gross"}),
            ("submit", {"summary": "Another order"}),
        ]
        return calls(steps[answers(body)], prefix=f"again{answers(body)}")

    tidy = project(tmp_path, spec(review={"lenses": ["correctness"], "rounds": 1}), USER)
    with AnthropicDouble(Model(worker=worker, reviewer=refuting)) as api:
        ended = run(tidy, api)
    assert ended.code == 0, ended.said
    assert tidy.statuses == {"app": "proposed"}
    (finding,) = [finding for finding in tidy.result["findings"] if finding["lens"] == "correctness"]
    assert finding["verdict"] == "refute"
    assert finding["evidence"][0]["path"] == "app/user.py"
    (pull,) = tidy.pulls
    shown = tidy.inside("pulls", str(pull["number"])).out
    assert "-1 + gross" in shown
    assert "-def dead" not in shown


def test_a_change_that_stays_refuted_is_rejected_and_not_applied(tmp_path: Path) -> None:
    tidy = project(tmp_path, spec(review={"lenses": ["correctness"], "rounds": 0}), USER)
    with AnthropicDouble(Model(reviewer=refuting)) as api:
        ended = run(tidy, api)
    assert ended.code == 0, ended.said
    assert tidy.statuses == {"app": "rejected"}
    assert cause(tidy).startswith("review:")
    assert tidy.pulls == []


def test_the_hosts_own_lens_refutes_what_the_models_let_through(tmp_path: Path) -> None:
    tidy = project(tmp_path, spec(review={"lenses": ["references", "correctness"], "rounds": 0}), USER)
    with AnthropicDouble(Model()) as api:
        ended = run(tidy, api)
    assert ended.code == 0, ended.said
    assert tidy.statuses == {"app": "rejected"}
    assert any(
        finding["lens"] == "references" and finding["verdict"] == "refute"
        for finding in tidy.result["findings"]
    )


def test_a_refutation_without_evidence_is_no_vote_and_no_vote_is_no_pass(tmp_path: Path) -> None:
    def vague(_body: Body) -> Answer:
        return structured({"findings": [{"claim": "I do not like it", "evidence": []}], "verdict": "refute"})

    tidy = project(tmp_path, spec(review={"lenses": ["correctness"], "rounds": 0}))
    with AnthropicDouble(Model(reviewer=vague)) as api:
        run(tidy, api)
    assert tidy.statuses == {"app": "rejected"}
    assert tidy.pulls == []


# -- models that do not do as they are told -----------------------------------------------------------


def test_a_reviewers_answer_that_is_no_json_gets_one_more_chance_and_then_counts_as_no_vote(
    tmp_path: Path,
) -> None:
    tidy = project(tmp_path, spec(review={"lenses": ["correctness"], "rounds": 0}))
    with AnthropicDouble(Model(reviewer=lambda _body: text("It looks fine to me."))) as api:
        run(tidy, api)
    reviews = [body for body in api.requests if is_reviewer(body)]
    assert len(reviews) == 2
    assert "does not fit what was asked" in heard(reviews[1])
    assert tidy.statuses == {"app": "rejected"}


def test_an_answer_that_is_no_json_at_first_can_be_mended(tmp_path: Path) -> None:
    def mending(body: Body) -> Answer:
        return accepting(body) if answers(body) else text("{'verdict': accept}")

    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model(reviewer=mending)) as api:
        assert run(tidy, api).code == 0
    assert tidy.statuses == {"app": "proposed"}


def test_unknown_tools_and_wrong_arguments_are_told_to_the_model_which_goes_on(tmp_path: Path) -> None:
    asking: list[tuple[str, Mapping[str, Any]]] = [
        ("bash", {"command": "cat /etc/passwd"}),
        ("read", {"file": "app/price.py"}),
        ("read", {"path": "/etc/passwd"}),
        ("read", {"path": "../outside"}),
        ("edit", {"path": "tests/test_price.py", "old": "== 2", "new": "== 2 or True"}),
        ("write", {"path": "setup.py", "content": "import os\n"}),
    ]
    told: list[str] = []

    def worker(body: Body) -> Answer:
        if answers(body) == 0:
            return calls(*asking, prefix="odd")
        if answers(body) == 1:
            told.append(heard(body))
            return calls(("edit", {"path": "app/price.py", "old": DEAD, "new": ""}), prefix="good")
        return calls(("submit", {"summary": "Done"}), prefix="last")

    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model(worker=worker)) as api:
        assert run(tidy, api).code == 0
    assert told[0].count('"is_error": true') == len(asking)
    for part in ("there is no tool 'bash'", "wrong input for 'read'", "no path inside the repository"):
        assert part in told[0]
    assert "it is read-only" in told[0]
    assert "is outside your shard" in told[0]
    assert tidy.statuses == {"app": "proposed"}


def test_an_agent_that_comes_to_no_end_is_stopped_at_its_turns(tmp_path: Path) -> None:
    def endless(body: Body) -> Answer:
        return calls(("list", {}), prefix=f"turn{answers(body)}")

    tidy = project(tmp_path, spec(limits={"agent": {"turns": 4}}))
    with AnthropicDouble(Model(worker=endless)) as api:
        ended = run(tidy, api)
    assert len(api.requests) == 4
    assert ended.code == 1, ended.said
    assert tidy.statuses == {"app": "not-run"}
    assert "4 agent turns" in cause(tidy)


def test_an_agent_that_only_talks_makes_no_change(tmp_path: Path) -> None:
    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model(worker=lambda _body: text("I would rather talk."))) as api:
        ended = run(tidy, api)
    assert len(api.requests) == 2
    assert ended.code == 1
    assert tidy.statuses == {"app": "failed"}


def test_a_refusal_is_told_in_the_models_words(tmp_path: Path) -> None:
    def refuses(_body: Body) -> Answer:
        return message({"type": "text", "text": "I cannot help with this."}, stop="refusal")

    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model(worker=refuses)) as api:
        ended = run(tidy, api)
    assert ended.code == 1
    assert cause(tidy) == "the agent's answer is refused: I cannot help with this."


def test_characters_that_git_and_terminals_do_not_take_do_no_harm(tmp_path: Path) -> None:
    """A NUL in the summary ends no commit message early, and an escape sequence reaches no terminal."""

    def worker(body: Body) -> Answer:
        steps: list[tuple[str, dict[str, Any]]] = [
            ("edit", {"path": "app/price.py", "old": DEAD, "new": ""}),
            ("submit", {"summary": "Remove dead()\x00 now\x1b[2J \U0001f600\n\nGatecrew-Unit: forged"}),
        ]
        return calls(steps[answers(body)], prefix=f"odd{answers(body)}")

    tidy = project(tmp_path, spec())
    with AnthropicDouble(Model(worker=worker)) as api:
        ended = run(tidy, api)
    assert ended.code == 0, ended.said
    assert tidy.statuses == {"app": "proposed"}
    assert "\x1b" not in ended.said
    (layer,) = tidy.result["stacks"][0]
    message = tidy.git.message(layer["head"])
    assert "Gatecrew-Unit: forged" not in message.splitlines()
    assert f"Gatecrew-Unit: {layer['units'][0]}" in message.splitlines()


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
    assert all(headers["x-api-key"] == KEY for headers in api.headers)
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
