"""The installed command, killed and interrupted: nothing journalled runs twice, and nothing is left."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.journal import Record, read
from tests.resume.test_cut import CONCURRENCY, Uncut, store, uncut
from tests.stories import Place, assert_nothing_journalled_ran_twice
from tests.typing_it import alive_below, assert_tidy, ended, lines_in, started, typed

__all__ = ["uncut"]

KILLS = 6


def journal(home: Place) -> list[Record]:
    return read(home.state.journals[-1])


def when(home: Place, process: subprocess.Popen[str], records: int) -> bool:
    """Wait until the journal has so many records; False where the process ended before."""
    until = time.monotonic() + 60
    while lines_in(home) < records and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.001)
    return process.poll() is None


def outcome(home: Place) -> dict[str, object]:
    """What the newest run came to."""
    return home.outcome(home.result())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1])
def test_a_run_that_is_killed_at_random_moments_comes_to_the_same_end(
    tmp_path: Path, uncut: Uncut, seed: int
) -> None:
    chance, home, kills = random.Random(seed), store(tmp_path), 0
    while True:
        more = ["--resume", "last"] if lines_in(home) else []
        before = lines_in(home)
        process = started(home, *more)
        if kills < KILLS and when(home, process, before + chance.randrange(1, 9)):
            time.sleep(chance.random() * 0.1)
            process.kill()
            kills += ended(process).code == -signal.SIGKILL
            continue
        last = ended(process)
        break

    assert last.code == 0, last.err
    assert kills >= 3
    assert len(home.state.journals) == 1
    assert outcome(home) == uncut[1]
    assert_nothing_journalled_ran_twice(journal(home))
    repeats = Counter(record["key"] for record in journal(home) if record["t"] == "agent")
    assert sum(times - 1 for times in repeats.values()) <= kills * CONCURRENCY
    assert home.traced <= uncut[0].traced + kills, "at most one run of the suite was in flight at each kill"
    assert_tidy(home)


@pytest.mark.parametrize(("number", "records"), [(signal.SIGINT, 8), (signal.SIGTERM, 1)])
def test_an_interrupted_run_says_how_to_go_on_and_does(
    tmp_path: Path, uncut: Uncut, number: signal.Signals, records: int
) -> None:
    home = store(tmp_path)
    process = started(home)
    assert when(home, process, records)
    process.send_signal(number)
    interrupted = ended(process)

    assert interrupted.code == 130
    assert f"interrupted by {number.name}" in interrupted.err
    assert "gatecrew run tidy --resume last" in interrupted.err
    assert f"--out {home.out}" in interrupted.err
    assert "Traceback" not in interrupted.err
    assert_tidy(home)

    resumed = typed(home, "--resume", "last")
    assert resumed.code == 0, resumed.err
    assert outcome(home) == uncut[1]
    assert_nothing_journalled_ran_twice(journal(home))
    assert_tidy(home)


SLEEPING = "import time\n\ndef test_sleeps():\n    time.sleep(600)\n"


def test_an_interrupt_ends_a_suite_that_is_running(tmp_path: Path) -> None:
    home = Place(tmp_path, {"app/a.py": "A = 1\n", "tests/test_a.py": SLEEPING})
    process = started(home)
    until = time.monotonic() + 60
    while home.traced == 0 and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert ended(process, 30).code == 130
    assert_tidy(home)


def test_what_a_killed_run_had_running_ends_with_it_and_the_next_one_works(tmp_path: Path) -> None:
    """The suite of the killed process must not sleep on and write into the next run's trees."""
    home = Place(tmp_path, {"app/a.py": "A = 1\n", "tests/test_a.py": SLEEPING})
    process = started(home)
    until = time.monotonic() + 60
    while home.traced == 0 and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    ended(process)
    until = time.monotonic() + 60
    while alive_below(home.state.work) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive_below(home.state.work)
    home.commit({"tests/test_a.py": "from app import a\n\ndef test_a():\n    assert a.A\n"})
    try:
        assert typed(home).code == 0
        assert_tidy(home)
    finally:
        for pid in alive_below(home.out):
            subprocess.run(["kill", "-9", str(pid)], check=False)


def test_a_second_command_in_the_same_state_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    home = Place(tmp_path, {"app/a.py": "A = 1\n", "tests/test_a.py": SLEEPING})
    first = started(home)
    assert when(home, first, 1)
    second = typed(home)
    first.send_signal(signal.SIGINT)
    assert ended(first).code == 130

    assert second.code == 8
    assert f"another run (process {first.pid})" in second.err
    assert "--out DIR" in second.err
    assert len(home.state.journals) == 1
