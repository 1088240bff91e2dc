"""A model that works and reviews as a test wants it to, behind the Messages API of the double."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.anthropic_api import Answer, AnthropicDouble, Body, calls, structured
from tests.inputs import KEY, WORKFLOW, Ended, Project, spec_of

DEAD = "\n\ndef dead():\n    return 0\n"

Turn = Callable[[Body], Answer]


def is_reviewer(body: Body) -> bool:
    """Reviewers are asked for structured output, workers are not."""
    return "format" in body.get("output_config", {})


def asked(body: Body) -> str:
    """What the agent was asked first."""
    return str(body["messages"][0]["content"][0]["text"])


def answers(body: Body) -> int:
    """How many answers the model has given in this conversation already."""
    return sum(message["role"] == "assistant" for message in body["messages"])


def heard(body: Body) -> str:
    """The results of the last tool calls, or the last thing that was said."""
    return json.dumps(body["messages"][-1]["content"])


def accepting(_body: Body) -> Answer:
    return structured({"findings": [], "verdict": "accept"})


def removing(path: str = "app/price.py", old: str = DEAD, new: str = "") -> Turn:
    """A worker that looks around, edits one file and submits."""

    def turn(body: Body) -> Answer:
        steps: list[tuple[str, dict[str, Any]]] = [
            ("list", {"glob": "app/**"}),
            ("read", {"path": path}),
            ("search", {"pattern": "dead"}),
            ("edit", {"path": path, "old": old, "new": new}),
            ("submit", {"summary": "Remove dead(): nothing calls it."}),
        ]
        step = answers(body)
        return calls(steps[step], prefix=f"call{step}")

    return turn


@dataclass
class Model:
    """Answers workers and reviewers; `first` are answers that come before all others, whoever asks."""

    worker: Turn = field(default_factory=removing)
    reviewer: Turn = accepting
    first: list[Answer] = field(default_factory=list)

    def __call__(self, body: Body) -> Answer:
        if self.first:
            return self.first.pop(0)
        return self.reviewer(body) if is_reviewer(body) else self.worker(body)


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
