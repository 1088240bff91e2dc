"""Processes end when they should, with everything that they started."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.process.run import Exit, run

NOTHING = {"PATH": os.environ["PATH"]}


def shell(tmp_path: Path, command: str, timeout_s: float = 20, **more: Any) -> tuple[Exit, str]:
    output = tmp_path / "output"
    argv = ["/bin/sh", "-c", command]
    ended = asyncio.run(run(argv, cwd=tmp_path, env=NOTHING, timeout_s=timeout_s, output=output, **more))
    return ended, output.read_text("utf-8", "replace")


def alive(word: str) -> list[int]:
    """Processes that carry a word on their command line."""
    return list(_alive(word.encode()))


def _alive(word: bytes) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        try:
            if word in (folder / "cmdline").read_bytes():
                yield int(folder.name)
        except (OSError, ValueError):
            continue


def test_exit_code_output_and_time(tmp_path: Path) -> None:
    ended, said = shell(tmp_path, "echo one; echo two >&2; exit 7")
    assert (ended.exit_code, said) == (7, "one\ntwo\n")
    assert 0 < ended.seconds < 20


def test_death_by_signal_is_negative(tmp_path: Path) -> None:
    assert shell(tmp_path, "kill -9 $$")[0].exit_code == -9


def test_environment_is_what_was_given_and_a_mark(tmp_path: Path) -> None:
    _, said = shell(tmp_path, "env")
    names = {line.partition("=")[0] for line in said.splitlines()}
    assert names <= {"PATH", "PWD", "SHLVL", "_", "OLDPWD", "GATECREW_PROCESS"}


def test_standard_input_is_empty(tmp_path: Path) -> None:
    assert shell(tmp_path, "cat; echo end")[1] == "end\n"


def test_time_limit(tmp_path: Path) -> None:
    ended, said = shell(tmp_path, "echo begun; sleep 60", timeout_s=0.4)
    assert (ended.exit_code, said) == (None, "begun\n")
    assert ended.seconds < 10


@pytest.mark.parametrize("ending", ["exit 0", "sleep 60"], ids=["normal end", "time limit"])
def test_nothing_outlives_it(tmp_path: Path, ending: str) -> None:
    """In the group, out of the session, without its environment, and orphaned twice."""
    word = f"gatecrew-test-{os.getpid()}-{time.monotonic_ns()}"
    sleeper = shlex.join([sys.executable, "-S", "-c", "import time; time.sleep(60)", word])
    command = (
        f"{sleeper} & setsid {sleeper} & env -i {sleeper} & (setsid {sleeper} &) & "
        f"setsid env -i {sleeper} & sleep 0.6; {ending}"
    )
    shell(tmp_path, command, timeout_s=1.5)
    assert alive(word) == []


def test_daemon_that_holds_the_output_does_not_keep_us_waiting(tmp_path: Path) -> None:
    ended, _ = shell(tmp_path, "setsid sleep 60 & exit 0")
    assert ended.exit_code == 0
    assert ended.seconds < 10


def test_cancellation_kills(tmp_path: Path) -> None:
    word = f"gatecrew-test-{os.getpid()}-{time.monotonic_ns()}"
    argv = [sys.executable, "-S", "-c", "import time; time.sleep(60)", word]

    async def cancelled() -> None:
        job = run(argv, cwd=tmp_path, env=NOTHING, timeout_s=60, output=tmp_path / "output")
        task = asyncio.ensure_future(job)
        while not alive(word):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert alive(word) == []

    asyncio.run(cancelled())


def test_flood_of_output_keeps_its_end(tmp_path: Path) -> None:
    ended, said = shell(tmp_path, "yes | head -c 3000000; sleep 1; echo the end", max_output=1_000_000)
    assert ended.exit_code == 0
    assert len(said) < 3_000_000
    assert said.endswith("the end\n")


def test_program_that_is_missing_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        asyncio.run(run(["/no/such"], cwd=tmp_path, env=NOTHING, timeout_s=1, output=tmp_path / "output"))


def test_link_in_the_outputs_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "output").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        asyncio.run(run(["true"], cwd=tmp_path, env=NOTHING, timeout_s=1, output=tmp_path / "output"))


def test_many_at_once(tmp_path: Path) -> None:
    async def many() -> list[Exit]:
        return await asyncio.gather(
            *(
                run(
                    ["/bin/sh", "-c", f"sleep 0.2; exit {number}"],
                    cwd=tmp_path,
                    env=NOTHING,
                    timeout_s=30,
                    output=tmp_path / f"out-{number}",
                )
                for number in range(8)
            )
        )

    assert [ended.exit_code for ended in asyncio.run(many())] == list(range(8))
