"""The run is cut after every record of its journal, and resumed: nothing journalled runs again, and the
end is that of a run that nobody cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.journal import VERSION
from tests.stories import CLOSED, Place, assert_nothing_journalled_ran_twice, cut_after, repeated

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
@pytest.mark.timeout(900)
def test_a_run_that_is_cut_after_each_record_comes_to_the_same_end(tmp_path: Path, uncut: Uncut) -> None:
    """One process after the other writes one record and dies; every other one in the middle of the next."""
    place, processes = store(tmp_path), 0
    played = place.run(journals=cut_after(1))
    while played.code == CLOSED:
        before = place.journal()
        processes += 1
        journals = cut_after(len(before) + 1, torn=processes % 2 == 1)
        played = place.run(resume="last", journals=journals)
        done = {record["key"] for record in before if record["t"] == "call"}
        here = [record["key"] for record in place.journal()[len(before) :] if record["t"] == "agent"]
        assert not done.intersection(here)
        assert len(place.journal()) > len(before) or played.code != CLOSED

    assert played.code == 0
    assert processes >= len(uncut[0].journal()) - 1
    assert place.outcome(played.there) == uncut[1]
    assert_nothing_journalled_ran_twice(place.journal())


@pytest.mark.slow
@pytest.mark.parametrize("part", [1, 3, 5, 7, 9])
def test_a_run_that_is_cut_once_repeats_only_what_was_in_flight(
    tmp_path: Path, uncut: Uncut, part: int
) -> None:
    whole, outcome = uncut
    place = store(tmp_path)
    kept = max(1, len(whole.journal()) * part // 10)
    assert place.run(journals=cut_after(kept, torn=part % 2 == 0)).code == CLOSED
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
