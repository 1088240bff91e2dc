"""The main job with Claude as worker and reviewers, over real HTTP to a model that does as it is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.crew import (
    A_REQUEST,
    DEAD,
    Model,
    accepting,
    answers,
    asked,
    cause,
    heard,
    is_reviewer,
    removing,
    run,
    spec,
)
from tests.doubles.anthropic_api import (
    Answer,
    AnthropicDouble,
    Body,
    calls,
    message,
    structured,
    text,
)
from tests.inputs import project


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
