"""The run is cut after every record of its journal, and resumed: nothing journalled runs again, and the
end is that of a run that nobody cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.journal import VERSION, Record
from tests.stories import (
    CLOSED,
    Place,
    assert_nothing_journalled_ran_twice,
    cut_after,
    cut_after_one_step,
    repeated,
)

CONCURRENCY = 3

STORE: dict[str, str | bytes] = {
    "app/__init__.py": "",
    "app/price.py": "def net(gross):\n    return gross - 1\n\n\ndef unused():\n    return 0\n",
    "app/text.py": (
        "def greet(name):\n    return 'hi ' + name\n\n\n"
        "def shout(name):\n    return name.upper()\n\n\n"
        "def whisper(name):\n    return name.lower()\n"
    ),
    "app/tax.py": "def duty(amount):\n    return amount * 2\n\n\ndef rate():\n    return 3\n",
    "settings.ini": "[hooks]\nwelcome = app.text:shout\n",
    "tests/test_price.py": "from app.price import net\n\ndef test_net():\n    assert net(2) == 1\n",
    "tests/test_text.py": "from app.text import greet\n\ndef test_it():\n    assert greet('a') == 'hi a'\n",
    "tests/test_tax.py": (
        "from app import tax\n\ndef test_duty():\n    assert tax.duty(2) == 4\n\n\n"
        "def test_rate():\n    assert getattr(tax, 'ra' + 'te')() == 3\n"
    ),
}
"""`unused` and `whisper` are dead, a configuration names `shout`, and only a test knows `rate`."""


def store(folder: Path) -> Place:
    folder.mkdir(exist_ok=True)
    files = {"include": ["app/*.py", "!app/__init__.py"]}
    return Place(folder, STORE, files=files, limits={"concurrency": CONCURRENCY})


Uncut = tuple[Place, dict[str, Any]]

_made: list[Uncut] = []


@pytest.fixture
def uncut(tmp_path_factory: pytest.TempPathFactory) -> Uncut:
    """The run that nobody cut; made once, in the environment of a test."""
    if not _made:
        place = store(tmp_path_factory.mktemp("uncut"))
        played = place.run()
        assert played.fates == {
            "app-price-py": "proposed",
            "app-tax-py": "rejected",
            "app-text-py": "proposed",
        }
        _made.append((place, place.outcome(played.there)))
    return _made[0]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_that_is_cut_after_each_record_comes_to_the_same_end(tmp_path: Path, uncut: Uncut) -> None:
    """One process after the other writes one record and dies."""
    place, processes = store(tmp_path), 1
    played = place.run(journals=cut_after_one_step())
    while played.code == CLOSED:
        before, suites = place.journal(), place.traced
        played = place.run(resume="last", journals=cut_after_one_step())
        processes += 1
        new = place.journal()[len(before) :]
        assert new or played.code == 0
        assert sum(record["t"] == "agent" for record in new) <= CONCURRENCY + 1
        assert place.traced <= suites + 2, "one that was journalled, one in flight"

    steps = [record for record in place.journal() if record["t"] != "agent"]
    assert (played.code, processes) == (0, len(steps))
    assert place.outcome(played.there) == uncut[1]
    assert_nothing_journalled_ran_twice(place.journal())


def agents_and_some(whole: list[Record]) -> list[int]:
    """How many records to keep: to each start of an agent, and to a few places between."""
    starts = [number for number, record in enumerate(whole, 1) if record["t"] == "agent"]
    return [*starts, len(whole) // 2, len(whole) * 3 // 4, len(whole) - 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "torn"), [(0, True), (1, False), (2, True), (3, False), (4, True), (5, False), (6, True)]
)
def test_a_run_that_is_cut_once_repeats_only_what_was_in_flight(
    tmp_path: Path, uncut: Uncut, where: int, torn: bool
) -> None:
    whole, outcome = uncut
    kept = agents_and_some(whole.journal())[where]
    place = store(tmp_path)
    assert place.run(journals=cut_after(kept, torn=torn)).code == CLOSED
    assert len(place.journal()) == kept

    played = place.run(resume="last")

    assert played.code == 0
    assert place.outcome(played.there) == outcome
    assert_nothing_journalled_ran_twice(place.journal())
    assert repeated(place.journal()).total() <= CONCURRENCY
    assert place.traced <= whole.traced + 1, "one run of the suite was in flight, no more"


def test_a_finished_run_that_is_resumed_does_nothing_again(uncut: Uncut) -> None:
    place, outcome = uncut
    before, suites, heads = place.journal(), place.traced, place.heads()

    played = place.run(resume="last")

    assert (played.code, played.agents, played.suite_runs, place.traced) == (0, 0, [], suites)
    assert place.outcome(played.there) == outcome
    assert (place.journal(), place.heads()) == (before, heads)
    assert before[0]["version"] == VERSION
