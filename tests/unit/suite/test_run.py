"""The suite in real processes: what it reports, and every way in which it fails to."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.gate.baseline import start
from bot.suite.junit import UnreadableError
from bot.suite.report import Place
from bot.types.gate import Outcome, TestId
from tests.scenarios.gate_story import QUICK, Story

GREEN = "<testsuite><testcase classname='c' name='n'/></testsuite>"
RED = "<testsuite><testcase classname='c' name='n'><failure/></testcase></testsuite>"


@pytest.mark.parametrize(
    ("command", "doubt"),
    [
        ("no-such-program {report}", "does not exist (exit 127)"),
        ("./app/text.py {report}", "cannot be executed (exit 126)"),
        ("sleep 60; : {report}", "did not end within 1 s and was killed"),
        ("true {report}", "wrote no report (exit 0), and printed nothing"),
        ("echo hello; : {report}; exit 3", "wrote no report (exit 3)"),
        ("echo '<testsuite>' > {report}", "cannot be read: no element found"),
        ("ln -s /etc/passwd {report}", "cannot be read: a link lies in its place"),
        ("mkdir {report}", "cannot be read: no plain file lies in its place"),
        ("mkfifo {report}", "cannot be read: no plain file lies in its place"),
        ("echo '<testsuite/>' > {report}", "holds no test (exit 0)"),
        (f'echo "{GREEN}" > {{report}}; exit 1', "exit 1, but its report holds no failing test"),
        (f'echo "{RED}" > {{report}}', "exit 0, but its report holds failing tests"),
    ],
)
def test_doubts(tmp_path: Path, command: str, doubt: str) -> None:
    timeout = 1 if "sleep" in command else 30
    found = asyncio.run(Story(tmp_path, run=command, timeout=timeout).run())
    assert found.doubt is not None
    assert doubt in found.doubt
    assert (
        not any(outcome is Outcome.PASS for outcome in found.outcomes.values()) or "holds no failing" in doubt
    )


def test_every_doubt_at_the_base_ends_before_the_work_with_a_hint(tmp_path: Path) -> None:
    story = Story(tmp_path, run="echo some words; no-such-program {report}")
    with pytest.raises(InputError) as caught:
        asyncio.run(start(story.runs, story.base, 3))
    assert "| some words" in caught.value.message
    assert caught.value.hint


def test_outcomes_and_messages(tmp_path: Path) -> None:
    found = asyncio.run(Story(tmp_path).run({"app/text.py": "def greet(name):\n    return name\n"}))
    assert found.doubt is None
    assert found.exit_code == 1
    failing = TestId("tests.test_text", "test_greet")
    assert found.outcomes == {TestId("tests.test_price", "test_net"): Outcome.PASS, failing: Outcome.FAIL}
    assert "it failed" in found.messages[failing]
    assert str(tmp_path) not in found.messages[failing].replace("quick_suite", "")


def test_single_test_runs_alone_and_one_that_is_not_there_is_no_doubt(tmp_path: Path) -> None:
    story = Story(tmp_path)
    one = TestId("tests.test_text", "test_greet")

    async def ran() -> None:
        assert (await story.suite.run(story.base, [one])).outcomes == {one: Outcome.PASS}
        absent = await story.suite.run(story.base, [TestId("tests.test_none", "test_x")])
        assert (dict(absent.outcomes), absent.doubt) == ({}, None)

    asyncio.run(ran())


def test_setup_runs_once_for_its_lock_files_and_fills_the_cache(tmp_path: Path) -> None:
    setup = "echo ran >> {cache}/log"
    story = Story(tmp_path, setup=setup, run=f"cat {{cache}}/log; {QUICK}")

    async def twice() -> None:
        assert (await story.suite.run(story.base)).tail == "ran"
        assert (await story.suite.run(story.base)).tail == "ran"

    asyncio.run(twice())


def test_setup_that_fails_is_an_input_error_and_is_tried_again(tmp_path: Path) -> None:
    story = Story(tmp_path, setup="echo half > {cache}/half; echo broken pipe dream; exit 9")
    for _ in range(2):
        with pytest.raises(InputError, match=r"gate.setup failed with exit 9[\s\S]*\| broken pipe dream"):
            asyncio.run(story.run())


def test_build_runs_in_every_tree_and_its_failure_is_a_doubt(tmp_path: Path) -> None:
    story = Story(tmp_path, build="grep -q 1 app/spare.py && touch built", run=f"ls built && {QUICK}")
    assert asyncio.run(story.run()).doubt is None
    failed = asyncio.run(story.run({"app/spare.py": "SPARE = 2\n"}))
    assert failed.doubt == "gate.build failed with exit 1"


def test_report_inside_the_tree_is_emptied_before_the_run(tmp_path: Path) -> None:
    """A report that was committed would be believed if the suite wrote none."""
    story = Story(tmp_path, {"out/report.xml": GREEN}, run="true", report="out/report.xml")
    assert "wrote no report" in (asyncio.run(story.run()).doubt or "")
    writes = Story(
        tmp_path / "two", run=f'mkdir -p out; echo "{GREEN}" > out/report.xml', report="out/report.xml"
    )
    assert asyncio.run(writes.run()).outcomes == {TestId("c", "n"): Outcome.PASS}


def test_link_in_the_reports_place_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.xml"
    outside.write_text(GREEN)
    tree = tmp_path / "tree"
    (tree / "real").mkdir(parents=True)
    (tree / "out").symlink_to(outside.parent)
    place = Place(tree, "out/outside.xml")
    with pytest.raises(UnreadableError, match="link"):
        place.read()
    place.make_room()
    assert outside.read_text() == GREEN
    assert not (tree / "out").is_symlink()
    assert place.read() is None


def test_folder_of_the_commands(tmp_path: Path) -> None:
    story = Story(tmp_path, {"sub/marker": "x"}, cwd="sub", run=f"ls marker; cd ..; {QUICK}")
    assert asyncio.run(story.run()).tail.splitlines()[0] == "marker"
    gone = asyncio.run(story.run({"sub/marker": None}))
    assert gone.doubt == "gate.cwd 'sub' is no folder of this tree"


def test_suite_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-hunter2")
    monkeypatch.setitem(os.environ, "GITHUB_TOKEN", "ghp_hunter2")
    tail = asyncio.run(Story(tmp_path, run=f"env; {QUICK}").run()).tail
    assert "HOME=" in tail
    assert "hunter2" not in tail


def test_digest_depends_on_commands_and_lock_files(tmp_path: Path) -> None:
    one = Story(tmp_path / "1")
    assert one.suite.digest == Story(tmp_path / "2").suite.digest
    assert one.suite.digest != Story(tmp_path / "3", timeout=61).suite.digest
    assert one.suite.digest != Story(tmp_path / "4", {"requirements.txt": "x\n"}).suite.digest
