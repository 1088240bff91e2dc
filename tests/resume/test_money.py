"""Money is reserved before a request and settled after it; what was never settled counts as spent.

The claude engine talks to a server on this machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.journal import Journal, Record
from tests.doubles.anthropic_api import Answer, AnthropicDouble, Body, calls, error, usage
from tests.stories import CLOSED, Cut, Place, Played, assert_nothing_journalled_ran_twice

MODEL = "claude-test"
PRICES = {MODEL: {"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75}}
WORST = 16_000 * 15 / 1e6
"""What a request may cost at the least, in the worst case: all the tokens that an answer may have."""

RE_FILE = re.compile(r"app/u\d\d\.py")
UNITS = 3


def place(folder: Path, **limits: float) -> Place:
    names = [f"u{number:02}" for number in range(UNITS)]
    project: dict[str, str | bytes] = {f"app/{name}.py": f"{name.upper()} = 1\n" for name in names}
    project["tests/test_all.py"] = (
        f"from app import {', '.join(names)}\n\ndef test_it():\n    assert u00.U00\n"
    )
    return Place(
        folder,
        project,
        engines={"worker": "claude", "reviewer": "recipe"},
        review={"lenses": ["references"]},
        models={"worker": MODEL, "reviewer": MODEL},
        prices=PRICES,
        limits={"concurrency": 1, "dollars": 20, **limits},
    )


def working(body: Body) -> Answer:
    """A worker that writes a line below its file's first, and submits."""
    asked = str(body["messages"][0]["content"])
    found = RE_FILE.search(asked)
    assert found, asked
    path, said = found[0], len(body["messages"])
    if said == 1:
        name = path[4:7].upper()
        return calls(("edit", {"path": path, "old": f"{name} = 1\n", "new": f"{name} = 1\nSEEN = 1\n"}))
    return calls(("submit", {"summary": f"Mark {path}"}), prefix="end")


def env(api: AnthropicDouble) -> Mapping[str, str]:
    return {"ANTHROPIC_API_KEY": "sk-test-0123456789", "ANTHROPIC_BASE_URL": api.url}


def run(home: Place, api: AnthropicDouble, **more: Any) -> Played:
    return home.run(env=env(api), unsafe_plain=True, **more)


def killed_after(kind: str, number: int = 1) -> type[Journal]:
    """A journal whose process dies right after the nth record of a kind."""

    class Killed(Journal):
        seen = 0

        def append(self, record: Record, *, sync: bool = False) -> int:
            if self.seen >= number:
                raise Cut
            line = super().append(record, sync=sync)
            self.seen += record["t"] == kind
            return line

    return Killed


def reserved(records: list[Record]) -> list[Record]:
    """Reservations that were never settled."""
    settled = {record["id"] for record in records if record["t"] == "settle"}
    return [record for record in records if record["t"] == "reserve" and record["id"] not in settled]


def test_every_request_is_reserved_and_settled(tmp_path: Path) -> None:
    home = place(tmp_path)
    with AnthropicDouble(working) as api:
        played = run(home, api)
    requests = len(api.requests)
    assert (played.code, requests) == (0, 2 * UNITS)
    kinds = [record["t"] for record in home.journal() if record["t"] in ("reserve", "settle")]
    assert kinds == ["reserve", "settle"] * requests
    assert played.there.usage.input_tokens == requests * usage()["input_tokens"]
    assert played.there.usage.cost_usd == pytest.approx(requests * (100 * 3 + 20 * 15) / 1e6)
    assert sum(unit.cost_usd or 0 for unit in played.there.units) == pytest.approx(
        played.there.usage.cost_usd
    )


def test_a_process_that_is_killed_after_a_reservation_has_spent_it(tmp_path: Path) -> None:
    home = place(tmp_path)
    with AnthropicDouble(working) as api:
        assert run(home, api, journals=killed_after("reserve")).code == CLOSED
        lost = reserved(home.journal())
        assert len(lost) == 1

        played = run(home, api, resume="last")

    assert played.code == 0
    assert reserved(home.journal()) == lost
    paid = 2 * UNITS * (100 * 3 + 20 * 15) / 1e6
    assert lost[0]["worst"][-1] >= WORST
    assert played.there.usage.cost_usd == pytest.approx(paid + lost[0]["worst"][-1], abs=2e-6)


def test_what_was_lost_counts_against_the_limit_and_a_higher_one_goes_on(tmp_path: Path) -> None:
    """The limit holds one worst case. One is lost, so no second one fits."""
    home = place(tmp_path, dollars=WORST * 1.5)
    with AnthropicDouble(working) as api:
        assert run(home, api, journals=killed_after("reserve")).code == CLOSED
        before = len(api.requests)
        stopped = run(home, api, resume="last")
        assert (stopped.code, len(api.requests)) == (4, before), "no request went out"
        assert "--limit dollars=N" in str(stopped.error)
        assert set(stopped.fates.values()) == {"not-run"}
        assert stopped.there.usage.cost_usd is not None
        assert stopped.there.usage.cost_usd <= WORST * 1.5

        played = run(home, api, resume="last", limits=("dollars=2",))

    assert (played.code, set(played.fates.values())) == (0, {"proposed"})
    assert_nothing_journalled_ran_twice(home.journal())


@pytest.mark.parametrize("turns", range(1, 2 * UNITS))
def test_a_killed_conversation_goes_on_after_its_last_turn(tmp_path: Path, turns: int) -> None:
    """What was answered and journalled is not asked again, not even in the middle of a conversation."""
    home = place(tmp_path)
    with AnthropicDouble(working) as api:
        assert run(home, api, journals=killed_after("turn", turns)).code == CLOSED
        sent = len(api.requests)
        assert sent <= turns + 1, "one request was in flight, no more"
        assert run(home, api, resume="last").code == 0
    assert len(api.requests) - sent == 2 * UNITS - turns


def test_a_run_never_spends_more_than_its_limit_however_often_it_is_killed(tmp_path: Path) -> None:
    limit = WORST * 3.5
    home = place(tmp_path, dollars=limit)
    with AnthropicDouble(working) as api:
        played = run(home, api, journals=killed_after("reserve"))
        for _ in range(6):
            if played.code != CLOSED:
                break
            played = run(home, api, resume="last", journals=killed_after("reserve"))
    assert played.code == 4
    assert len(api.requests) <= 3
    spent = sum(record["worst"][-1] for record in reserved(home.journal()))
    assert spent <= limit


def test_a_limit_of_tokens_stops_the_run_too(tmp_path: Path) -> None:
    home = place(tmp_path, tokens=1000)
    with AnthropicDouble(working) as api:
        played = run(home, api)
        assert (played.code, api.requests) == (4, [])
        assert "--limit tokens=N" in str(played.error)
        assert run(home, api, resume="last", limits=("tokens=100000",)).code == 0


def test_a_key_that_is_refused_parks_the_run(tmp_path: Path) -> None:
    home = place(tmp_path)
    refusing = error(401, "authentication_error", "invalid x-api-key")
    with AnthropicDouble(lambda _body: refusing) as api:
        played = run(home, api)
        assert (played.code, len(api.requests)) == (5, 1), "nobody asks again with that key"
    assert played.there.usage.cost_usd == 0
    with AnthropicDouble(working) as api:
        again = run(home, api, resume="last")
    assert (again.code, len(api.requests)) == (0, 2 * UNITS)


def test_a_dollar_limit_on_an_unknown_price_is_refused_before_anything_runs(tmp_path: Path) -> None:
    home = place(tmp_path)
    home.commit({}, prices={})
    with AnthropicDouble(working) as api:
        played = run(home, api)
    assert (played.code, api.requests, home.traced) == (2, [], 0)
    assert MODEL in str(played.error)
