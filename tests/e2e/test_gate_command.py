"""`gatecrew gate` as it is installed: what is judged, by whose suite, and what it says."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.builders import commit_all, hermetic, write
from tests.gating import PRICE, RIGHT, TEST, WRONG, Asked, asked, needs_sandbox, spec, suite
from tests.inputs import COMMAND, SPEC_PATH, Project

SCHEMA = json.loads((Path(__file__).parents[2] / "bot" / "report" / "answer.schema.json").read_text())


@pytest.fixture
def tidy(tmp_path: Path) -> Asked:
    return asked(tmp_path)


def test_green_is_0_and_says_what_ran(tidy: Asked) -> None:
    ended = tidy.gate("--spec", "tidy")
    assert ended.code == 0, ended.said
    lines = ended.out.splitlines()
    (line,) = (line for line in lines if line.startswith("green: "))
    assert line == (
        "green: 100 % of the 2 tests that are stable at the base still pass; bar 100 %; "
        "0 regressions, 0 new tests, 0 flaky, 0 dark"
    )
    head = tidy.git.commit("topic")
    assert (
        f"tree {tidy.git.tree(head)}, compared with 2 runs at the base {tidy.git.commit('main')}" in ended.out
    )
    assert lines[-1] == (
        f"the same again: gatecrew gate --base {tidy.git.commit('main')} --head {head} --spec tidy"
    )
    assert tidy.left() == ([], [])


def test_red_is_1_and_names_the_regression_with_its_evidence(tidy: Asked) -> None:
    tidy.topic({PRICE: WRONG})
    ended = tidy.gate()
    assert ended.code == 1, ended.said
    assert (
        "red: 50 % of the 2 tests that are stable at the base still pass; bar 100 %; 1 regression"
        in ended.out
    )
    assert (
        "regression: tests.test_price::test_net (failed in 3 of 3 runs with the change, in 0 of" in ended.out
    )
    assert "    | it failed" in ended.out
    # What it says must be typed asks the same again.
    again = ended.out.splitlines()[-1].removeprefix("the same again: gatecrew ").split()
    assert tidy.type(*again).code == 1


def test_json_is_one_document_that_fits_its_schema(tidy: Asked) -> None:
    green = tidy.answer()
    jsonschema.validate(green, SCHEMA)
    assert (green["green"], green["pass_rate"], green["exit_code"]) == (True, 1.0, 0)
    assert green["text"].startswith(green["line"])
    tidy.topic({PRICE: WRONG})
    red = tidy.answer()
    jsonschema.validate(red, SCHEMA)
    assert (red["green"], red["exit_code"]) == (False, 1)
    assert [row["test"] for row in red["regressions"]] == ["tests.test_price::test_net"]


def test_the_spec_is_the_bases(tidy: Asked) -> None:
    """A head that lowers its own bar, or judges itself by another command, changes nothing."""
    lower = spec(bar=0.1, run=f"echo '<testsuites/>' > {{report}}; {'true'}", runs=1)
    tidy.topic({PRICE: WRONG, SPEC_PATH: lower})
    made = tidy.answer()
    assert (made["green"], made["bar"], made["baseline"]["runs"]) == (False, 1.0, 2)


def test_the_second_candidate_reuses_the_baseline_and_says_so(tidy: Asked) -> None:
    """Only what was measured in a sandbox can be trusted later."""
    needs_sandbox()
    first = tidy.gate()
    assert "from the cache" not in first.out
    tidy.topic({PRICE: WRONG})
    second = tidy.gate()
    assert second.code == 1
    assert "compared with 2 runs (from the cache) at the base" in second.out


def test_without_a_sandbox_nothing_is_reused(tmp_path: Path) -> None:
    """And the suite's plain processes are warned of."""
    plain = asked(tmp_path, sandbox="plain")
    assert [plain.gate().code, plain.gate().code] == [0, 0]
    ended = plain.gate()
    assert "from the cache" not in ended.out
    assert "gate.sandbox is 'plain': the suite runs as plain processes" in ended.said


def test_a_change_of_texts_alone_is_green(tidy: Asked) -> None:
    tidy.topic({"README.md": "Prices.\n"})
    assert tidy.gate().code == 0


def test_the_base_itself_is_green(tidy: Asked) -> None:
    ended = tidy.gate(head="main")
    assert ended.code == 0, ended.said


def test_a_change_of_tests_alone_is_judged_by_its_own_run(tidy: Asked) -> None:
    """The judge has the base's tests; so what the change makes of them shows in the own run alone."""
    tidy.topic({TEST: suite("net", "zero", "def test_new():\n    assert net(9) == 8\n")})
    proves_nothing = tidy.answer()
    assert (proves_nothing["green"], proves_nothing["vacuous"]) == (True, ["tests.test_price::test_new"])
    tidy.topic({TEST: suite("net", "zero", "def test_new():\n    assert net(9) == 9\n")})
    failing = tidy.answer()
    assert not failing["green"]
    assert [row["test"] for row in failing["new_failures"]] == ["tests.test_price::test_new"]
    tidy.topic({TEST: suite("net")})
    gone = tidy.answer()
    assert not gone["green"]
    assert [row["test"] for row in gone["dark"]] == ["tests.test_price::test_zero"]


def test_a_command_may_stand_for_a_spec(tmp_path: Path) -> None:
    """The state lies where one says, and the candidate is HEAD where nobody does."""
    bare = asked(tmp_path, {SPEC_PATH: None})
    run = bare.type(
        "gate", "--base", "main", "--run", spec_command(), "--runs", "1", "--out", str(tmp_path / "s")
    )
    assert run.code == 0, run.said
    assert run.out.splitlines()[-1].endswith(" --runs 1")
    assert not bare.state.exists()


def spec_command() -> str:
    command: str = json.loads(spec())["gate"]["run"]
    return command


def test_a_base_that_has_moved_on_is_merged_into(tidy: Asked) -> None:
    """What stands alone may fall with what came in between."""
    write(tidy.folder, {TEST: suite("net", "zero", "def test_more():\n    from app.price import VAT\n")})
    write(tidy.folder, {PRICE: "VAT = 1\n\n\ndef net(gross):\n    return gross - VAT\n"})
    commit_all(tidy.folder)
    tidy.topic({"app/__init__.py": "VERSION = 1\n"}, at="main~1")
    made = tidy.answer()
    assert (made["green"], made["merged"], made["of"]) == (True, True, 3)
    assert made["tree"] not in (
        tidy.git.tree(tidy.git.commit("topic")),
        tidy.git.tree(tidy.git.commit("main")),
    )
    tidy.topic({PRICE: RIGHT}, at="main~1")
    conflict = tidy.gate()
    assert conflict.code == 2, conflict.said
    assert (
        f"conflicts with the base {tidy.git.commit('main')[:12]}, which has moved on, in {PRICE}"
        in conflict.err
    )
    assert "git rebase" in conflict.err


def test_two_histories_are_told_and_a_shallow_one_how_to_deepen_it(tidy: Asked, tmp_path: Path) -> None:
    tidy.topic({"README.md": "x\n"}, name="other")
    (tidy.folder / "README.md").write_text("main\n")
    commit_all(tidy.folder)
    shallow = tmp_path / "shallow"
    typed = ["git", "clone", "-q", "--depth=1", "--no-single-branch", f"file://{tidy.folder}", str(shallow)]
    subprocess.run(typed, env=hermetic(), check=True)
    ended = Project(shallow, tidy.git).type("gate", "--base", "origin/main", "--head", "origin/topic")
    assert ended.code == 2, ended.said
    assert "have no common history here" in ended.err
    assert "git fetch --unshallow" in ended.err
    tidy.lonely({"a.txt": "a\n"})
    alone = tidy.gate(head="lonely")
    assert alone.code == 2, alone.said
    assert "have no common history here" in alone.err


def test_a_path_with_spaces_is_a_path(tmp_path: Path) -> None:
    odd = asked(tmp_path, name="my repo; $(true) 'x'")
    assert odd.gate("--out", str(tmp_path / "a state")).code == 0
    assert odd.gate("--repo", str(odd.folder)).code == 0


def test_80_columns_without_colour_are_kept(tidy: Asked) -> None:
    """On a real terminal; the last line alone is longer, because it is there to be copied."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "NO_COLOR": "1", "LANG": "C.UTF-8"}
    typed = [COMMAND, "gate", "--base", "main", "--head", "topic"]
    tidy.topic({PRICE: WRONG})
    with subprocess.Popen(
        typed, cwd=tidy.folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    ) as done:
        os.close(theirs)
        seen = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    assert done.returncode == 1
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", seen)
    seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)
    shown = seen[seen.index("red: 50 %") :].splitlines()
    assert max(len(line) for line in shown[:-1]) <= 80
    assert shown[-1].startswith("the same again: gatecrew gate --base ")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so at a terminal's end
        return b""
