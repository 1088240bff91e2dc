"""Flaky tests: nobody is blamed for what was there before, and nobody makes a test flaky unseen.

A counter in a file outside of the tree stands in for chance: the suite's n-th process sees n.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.gate.gate import Gated
from bot.gate.judge import Judge, Judged
from bot.types.gate import TestId
from tests.scenarios.gate_story import Story, evicted

GREET = TestId("tests.test_text", "test_greet")
OTHER = TestId("tests.test_other", "test_other")


class Chance:
    """A number that counts the processes that asked for it, and source code that asks."""

    def __init__(self, folder: Path, name: str) -> None:
        self.file = folder / name
        self.file.write_text("")

    def code(self, condition: str) -> str:
        """An expression of `n`, which is 1 in the first process."""
        place = repr(str(self.file))
        counted = f"(open({place}, 'a').write('x'), len(open({place}).read()))[1]"
        return f"(lambda n: {condition})({counted})"


def other(chance: Chance, fails: str) -> dict[str, str]:
    """A test that has nothing to do with any file of the project."""
    return {"tests/test_other.py": f"def test_other():\n    assert not {chance.code(fails)}\n"}


def greets(chance: Chance, fails: str) -> dict[str, str]:
    return {"app/text.py": f"def greet(name):\n    return 'hi ' + name if not {chance.code(fails)} else ''\n"}


def judged(story: Story, files: Mapping[str, str | bytes | None]) -> tuple[Judge, Judged]:
    async def ask() -> tuple[Judge, Judged]:
        judge = await story.judge()
        return judge, await judge.verdict(story.commit(files), "the candidate")

    return asyncio.run(ask())


def gated(story: Story, files: Mapping[str, str | bytes | None]) -> Gated:
    return asyncio.run(
        story.gated(story.change("it", files), story.change("good", {"app/alone.py": "A = 2\n"}))
    )


def test_change_that_makes_a_test_flaky_is_evicted(tmp_path: Path) -> None:
    story = Story(tmp_path)
    found = gated(story, greets(Chance(tmp_path, "n"), "n % 2"))
    assert evicted(found) == ["it"]
    assert not found.notices


def test_change_that_breaks_a_flaky_test_for_good_is_evicted(tmp_path: Path) -> None:
    flaky = greets(Chance(tmp_path, "n"), "n % 2 == 0")
    story = Story(tmp_path, flaky)
    judge, found = judged(story, {"app/text.py": "def greet(name):\n    return ''\n"})
    assert judge.baseline.flaky == {GREET}
    assert found.verdict.regressions == (GREET,)
    assert not found.verdict.green
    assert "failed in" in str(found.verdict.evidence[GREET])


def test_flaky_test_that_goes_on_flickering_is_nobodys_fault(tmp_path: Path) -> None:
    story = Story(tmp_path, other(Chance(tmp_path, "n"), "n % 2 == 0"))
    judge, found = judged(story, {"app/spare.py": "SPARE = 2\n"})
    assert judge.baseline.flaky == {OTHER}
    assert found.verdict.green


def test_rare_flake_that_no_run_of_the_base_saw_goes_into_quarantine_with_its_figures(tmp_path: Path) -> None:
    # It fails in the candidate's first run (the third in all: two are the base's), and never again.
    story = Story(tmp_path, other(Chance(tmp_path, "n"), "n == 3"))
    _, found = judged(story, {"app/spare.py": "SPARE = 2\n"})
    assert found.verdict.green
    assert found.verdict.quarantined == (OTHER,)
    assert "failed in 1 of" in str(found.verdict.evidence[OTHER])


def names_what_changes(folder: Path, fails: str) -> Judged:
    """A test that has to do with the changed file flickers."""
    chance = Chance(folder, "n")
    test = f"from app import spare\n\ndef test_other():\n    assert not {chance.code(fails)}\n"
    return judged(Story(folder, {"tests/test_other.py": test}), {"app/spare.py": "SPARE = 2\n"})[1]


def test_flake_in_a_test_that_names_what_changed_is_not_excused(tmp_path: Path) -> None:
    verdict = names_what_changes(tmp_path, "n in (3, 5)").verdict
    assert not verdict.green
    assert verdict.regressions == (OTHER,)


def test_flake_that_never_comes_again_is_told_and_gets_no_entry_where_it_crosses(tmp_path: Path) -> None:
    verdict = names_what_changes(tmp_path, "n == 3").verdict
    assert verdict.green
    assert verdict.flaky == (OTHER,)
    assert verdict.quarantined == ()
    assert "failed in 1 of" in str(verdict.evidence[OTHER])


def test_failure_that_comes_without_the_change_too_is_nobodys_fault(tmp_path: Path) -> None:
    """Since the baseline was measured, something in the world has changed."""
    story = Story(tmp_path, other(Chance(tmp_path, "n"), "n > 2"))
    _, found = judged(story, {"app/spare.py": "SPARE = 2\n"})
    assert found.verdict.green
    assert found.verdict.flaky == (OTHER,)
    assert found.verdict.quarantined == ()


@pytest.mark.parametrize(("tests", "green"), [(1, True), (2, False)])
def test_too_many_new_flakes_at_once_are_excused_for_nobody(tmp_path: Path, tests: int, green: bool) -> None:
    chances = [Chance(tmp_path, f"n{number}") for number in range(tests)]
    files = {
        f"tests/test_o{number}.py": f"def test_it():\n    assert not {chance.code('n == 3')}\n"
        for number, chance in enumerate(chances)
    }
    _, found = judged(Story(tmp_path, files), {"app/spare.py": "SPARE = 2\n"})
    assert found.verdict.green is green


@pytest.mark.parametrize("passes", ["n % 2", "n % 2 == 0"])
def test_new_test_that_does_not_pass_every_time_is_a_new_failure(tmp_path: Path, passes: str) -> None:
    story = Story(tmp_path, tests="propose")
    # Its first process is the candidate's own run.
    code = Chance(tmp_path, "n").code(passes)
    new = {"tests/test_new.py": f"def test_new():\n    assert {code}\n"}
    found = gated(story, {**new, "app/spare.py": "SPARE = 2\n"})
    assert evicted(found) == ["it"]
    assert found.evicted[0].tests == (TestId("tests.test_new", "test_new"),)


def test_new_test_that_passes_without_the_change_too_proves_nothing_and_is_told(tmp_path: Path) -> None:
    story = Story(tmp_path, tests="propose")
    new = "from app import spare\n\ndef test_vacuous():\n    assert True\n\n\n"
    new += "def test_real():\n    assert spare.SPARE == 2\n"
    _, found = judged(story, {"tests/test_new.py": new, "app/spare.py": "SPARE = 2\n"})
    assert found.verdict.green
    assert found.verdict.new == tuple(TestId("tests.test_new", f"test_{n}") for n in ("real", "vacuous"))
    assert found.verdict.vacuous == (TestId("tests.test_new", "test_vacuous"),)


def crashes(chance: Chance, when: str) -> dict[str, str]:
    """The suite ends without a report in some of its runs."""
    return {
        "app/text.py": (
            f"import os\nif {chance.code(when)}:\n    os._exit(0)\n\n"
            "def greet(name):\n    return 'hi ' + name\n"
        )
    }


def test_change_with_which_the_suite_crashes_at_times_does_not_get_through(tmp_path: Path) -> None:
    _, found = judged(Story(tmp_path), crashes(Chance(tmp_path, "n"), "n % 2"))
    assert not found.verdict.green
    assert "no report" in str(found.verdict.doubt)


def test_doubt_that_one_run_leaves_and_none_after_it_is_told(tmp_path: Path) -> None:
    _, found = judged(Story(tmp_path), crashes(Chance(tmp_path, "n"), "n == 1"))
    assert found.verdict.green
    assert "no report" in str(found.verdict.shaky)


# A test that passes only behind another file's: at the base it fails whenever it is run alone.
STATEFUL = {
    "app/state.py": "SEEN = []\n\ndef twice(n):\n    return 2 * n\n",
    "tests/test_a_first.py": "from app import state\n\ndef test_first():\n    state.SEEN.append(1)\n",
    "tests/test_b_second.py": (
        "from app import state\n\ndef test_second():\n"
        "    assert state.SEEN == [1]\n    assert state.twice(2) == 4\n"
    ),
}
SECOND = TestId("tests.test_b_second", "test_second")


def test_test_that_never_passes_alone_is_a_regression_where_a_change_breaks_it(tmp_path: Path) -> None:
    broken = "SEEN = []\n\ndef twice(n):\n    return 3 * n\n"
    _, found = judged(Story(tmp_path, STATEFUL), {"app/state.py": broken})
    assert (found.verdict.green, found.verdict.regressions) == (False, (SECOND,))


def test_test_that_never_passes_alone_is_dark_where_a_change_drops_it(tmp_path: Path) -> None:
    story = Story(tmp_path, STATEFUL, tests="propose")
    _, found = judged(story, {"tests/test_b_second.py": "def test_other():\n    pass\n"})
    assert (found.verdict.green, found.verdict.dark) == (False, (SECOND,))


def test_new_test_that_needs_another_before_it_passes_among_all(tmp_path: Path) -> None:
    more = "from app import state\n\ndef test_more():\n    assert state.SEEN == [1]\n"
    _, found = judged(Story(tmp_path, STATEFUL, tests="propose"), {"tests/test_c_more.py": more})
    assert found.verdict.green
