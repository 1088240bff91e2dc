"""The journal: flushed, torn lines ignored, nobody else's, never half a record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import JournalError
from bot.journal import VERSION, Header, Journal, calls_of, key_of, read
from bot.types.ids import Key, RunId, Sha, UnitId
from bot.types.question import Observation, Question
from bot.types.usage import FREE, Cost, Usage

HEADER = Header(RunId("r1"), "audit", Sha("a" * 40), "s" * 64, "p" * 64)
SEEN = (Observation(Question("blob", "a.py"), "b" * 40),)


def make(path: Path, header: Header = HEADER) -> Journal:
    return Journal(path / "r1.jsonl", header)


def test_a_call_comes_back_as_it_was_written(tmp_path: Path) -> None:
    cost = Cost(Usage(1, 2, 3, 4), None)
    make(tmp_path).call(Key("k"), "work", UnitId("u"), SEEN, {"text": "é\n"}, cost)

    (call,) = calls_of(make(tmp_path).records)

    assert (call.key, call.unit, call.observed) == ("k", "u", SEEN)
    assert (call.result, call.cost, call.run, call.line) == ({"text": "é\n"}, cost, "r1", 2)


def test_a_torn_last_line_is_ignored_and_cut_off_before_the_next_record(tmp_path: Path) -> None:
    journal = make(tmp_path)
    journal.call(Key("k1"), "work", None, (), 1, FREE)
    with journal.path.open("ab") as file:
        file.write(b'{"t":"call","key":"torn')

    again = make(tmp_path)
    again.call(Key("k2"), "work", None, (), 2, FREE)

    assert [call.key for call in calls_of(read(journal.path))] == ["k1", "k2"]


def test_an_unreadable_line_in_the_middle_is_an_error_that_names_it(tmp_path: Path) -> None:
    journal = make(tmp_path)
    with journal.path.open("ab") as file:
        file.write(b"{broken\n" + json.dumps({"t": "agent"}).encode() + b"\n")

    with pytest.raises(JournalError, match="line 2"):
        make(tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        Header(RunId("r2"), "audit", HEADER.base, "s", "p"),
        Header(RunId("r1"), "other", HEADER.base, "s", "p"),
        Header(RunId("r1"), "audit", Sha("b" * 40), "s", "p"),
    ],
)
def test_a_journal_of_another_run_is_refused(tmp_path: Path, other: Header) -> None:
    make(tmp_path)

    with pytest.raises(JournalError, match="belongs to run 'r1'"):
        make(tmp_path, other)


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r1.jsonl").write_text(json.dumps({"t": "run", "version": VERSION + 1}) + "\n")

    with pytest.raises(JournalError, match="newer gatecrew"):
        make(tmp_path)


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r1.jsonl").write_text('{"t": "call"}\n')

    with pytest.raises(JournalError, match="does not start like a journal"):
        make(tmp_path)


def test_a_call_record_that_lacks_something_is_an_error(tmp_path: Path) -> None:
    journal = make(tmp_path)
    journal.append({"t": "call", "key": "k"})

    with pytest.raises(JournalError, match="line 2"):
        list(calls_of(journal.records))


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from bot.errors import JournalError
from bot.journal import Header, Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = Journal(Path(sys.argv[1]), Header("r1", "audit", "a" * 40, "s", "p"))
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
try:
    for number in range(100):
        journal.append({"t": "agent", "agent": number, "key": "k", "unit": None})
except JournalError as err:
    print(err.exit_code, err)
"""


def test_a_full_disk_ends_the_run_and_leaves_whole_records(tmp_path: Path) -> None:
    path = tmp_path / "r1.jsonl"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())}

    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], env=env, capture_output=True, text=True, check=True
    )

    assert done.stdout.startswith("8 the journal")
    assert "--resume r1" in done.stdout
    assert path.read_bytes().endswith(b"\n")
    assert len(read(path)) > 3


def test_keys_do_not_depend_on_the_order_of_names() -> None:
    assert key_of("work", {"a": 1, "b": 2}) == key_of("work", {"b": 2, "a": 1})
    assert key_of("work", 1) != key_of("work", "1")
