"""How much of a change the suite ran: the patch's lines against the coverage's."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gate.strength import Measured, changed_lines, enough, measured, strict, told, weakness
from bot.git import Git
from bot.types.gate import FileLines, Outcome, Strength, SuiteRun, TestId
from bot.types.ids import Sha, Tree
from tests.builders import commit_all, make_repo, write

HALF = Fraction(1, 2)
NOTHING = "a pass rate over lines that no test runs proves nothing"
ODD = ("with space.py", 'quo"te.py', "tab\there.py", "new\nline.py", "grün.py", "back\\slash.py", "b/b/x.py")


def repo(
    folder: Path, old: Mapping[str, str | bytes], new: Mapping[str, str | bytes | None]
) -> tuple[Git, Sha, Sha]:
    git = make_repo(folder, old)
    base = git.commit("HEAD")
    write(folder, new)
    return git, base, commit_all(folder)


def lines_of(
    folder: Path, old: Mapping[str, str | bytes], new: Mapping[str, str | bytes | None]
) -> dict[str, set[int]]:
    git, base, head = repo(folder, old, new)
    found = changed_lines(git.patch(base, head, context=0))
    return {path: set(numbers) for path, numbers in found.items()}


def test_lines_are_numbered_as_in_the_new_file(tmp_path: Path) -> None:
    old = {"a.py": "1\n2\n3\n4\n5\n", "gone.py": "x\n", "less.py": "1\n2\n3\n", "same.py": "x\n"}
    new = {"a.py": "0\n1\n2\nthree\n5\nsix", "gone.py": None, "less.py": "1\n3\n", "made.py": "1\n2\n"}
    assert lines_of(tmp_path, old, new) == {"a.py": {1, 4, 6}, "less.py": set(), "made.py": {1, 2}}


@pytest.mark.parametrize("name", ODD)
def test_odd_names(tmp_path: Path, name: str) -> None:
    assert lines_of(tmp_path, {"x": "x\n", name: "1\n2\n"}, {name: "1\ntwo\n"}) == {name: {2}}


def test_text_that_looks_like_a_header_is_text(tmp_path: Path) -> None:
    old = {"a.py": "-- a/other.py\n-- /dev/null\nkeep\n"}
    liar = "++ b/other.py\n@@ -0,0 +1,9 @@\ndiff --git a/x b/x\n++ /dev/null\n\r+x\x0cy\n"
    assert lines_of(tmp_path, old, {"a.py": f"keep\n{liar}"}) == {"a.py": {2, 3, 4, 5, 6}}


def test_settings_of_the_user_do_not_matter(tmp_path: Path) -> None:
    git, base, head = repo(tmp_path, {"lib/a.py": "1\n\n3\n"}, {"lib/a.py": "one\n\nthree\n"})
    settings = (
        ("noprefix", "true"),
        ("mnemonicPrefix", "true"),
        ("interHunkContext", "9"),
        ("suppressBlankEmpty", "true"),
    )
    for name, value in settings:
        subprocess.run(["git", "config", f"diff.{name}", value], cwd=tmp_path, check=True)
    assert changed_lines(git.patch(base, head, context=0)) == {"lib/a.py": {1, 3}}


def test_patch_that_ends_too_early_is_read_as_far_as_it_goes() -> None:
    assert changed_lines("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,9 +1,999999999 @@\n+y") == {"x": {1}}


def test_only_files_that_hold_lines_are_measured(tmp_path: Path) -> None:
    old = {"a.py": "1\n", "mode.py": "1\n", "gone.py": "1\n"}
    git, base, _ = repo(tmp_path, old, {"a.py": "2\n", "gone.py": None, "nul.js": b"// \0\nx()\n"})
    (tmp_path / "link.py").symlink_to("a.py")
    (tmp_path / "mode.py").chmod(0o755)
    head = commit_all(tmp_path)
    found = measured(git.patch(base, head, context=0), git.diff(base, head), {})
    assert found.changed == {"a.py": {1}, "nul.js": None}
    # What git takes for binary may be code all the same.
    assert found.strength() == Strength(0, 0, ("a.py", "nul.js"))


CHANGED = {
    "app/a.py": frozenset({1, 2, 3, 4}),
    "app/less.py": frozenset[int](),
    "app/new.py": frozenset({1}),
    "README.md": frozenset({1}),
    "logo.png": None,
}
COVERAGE = {
    "app/a.py": FileLines(frozenset({1, 9}), frozenset({2, 3, 10})),
    "app/b.py": FileLines(frozenset({1}), frozenset()),
}


def test_only_changed_lines_that_the_coverage_speaks_of_count() -> None:
    measured = Measured(CHANGED, COVERAGE)
    assert measured.strength() == Strength(1, 3, ("app/new.py",))
    assert measured.strength(["app/a.py"]) == Strength(1, 3)
    assert measured.strength(["app/less.py", "README.md", "logo.png"]) == Strength(0, 0)
    assert measured.strength([]) == Strength(0, 0)


def test_name_that_is_no_utf_8_can_be_shown() -> None:
    assert Measured({"\udcff.py": frozenset({1})}, {}).strength().silent == ("\ufffd.py",)


@pytest.mark.parametrize(
    ("strength", "minimum", "is_enough", "why"),
    [
        (Strength(12, 14), Fraction(12, 14), True, None),
        (Strength(12, 14), Fraction(9, 10), False, "the suite ran 12 of the 14 changed lines, the spec asks"),
        (
            Strength(0, 9),
            Fraction(4, 5),
            False,
            "the suite ran 0 of the 9 changed lines, the spec asks for 80 %",
        ),
        (Strength(0, 1), HALF, False, "the suite ran 0 of the 1 changed line, the spec asks for 50 %"),
        # Nothing to run.
        (Strength(0, 0), Fraction(1), True, None),
        (Strength(0, 0, ("a.py",)), HALF, False, "the suite's coverage says nothing of a.py, the spec asks"),
        # What may hold anything is never enough.
        (Strength(9, 9, ("a.py",)), HALF, False, "the suite's coverage says nothing of a.py, the spec asks"),
        # Nothing is asked.
        (Strength(0, 9, ("a.py",)), Fraction(0), True, None),
    ],
)
def test_enough(strength: Strength, minimum: Fraction, is_enough: bool, why: str | None) -> None:
    assert enough(strength, minimum) is is_enough
    found = weakness(strength, minimum)
    assert (found is None) is is_enough
    assert (found or "").startswith(why or "")


amounts = st.integers(0, 20)
strengths = st.builds(
    lambda ran, more, silent: Strength(ran, ran + more, ("x.py",) * silent), amounts, amounts, st.booleans()
)


@given(st.lists(strengths, min_size=1, max_size=6), st.fractions(0, 1))
def test_batch_of_units_that_are_each_enough_is_enough(units: list[Strength], minimum: Fraction) -> None:
    batch = Strength(
        sum(unit.ran for unit in units),
        sum(unit.of for unit in units),
        tuple(path for unit in units for path in unit.silent),
    )
    assert enough(batch, minimum) or not all(enough(unit, minimum) for unit in units)


@pytest.mark.parametrize(
    ("strength", "words"),
    [
        (Strength(12, 14), "the suite ran 12 of the 14 changed lines that its coverage speaks of"),
        (Strength(1, 1), "the suite ran 1 of the 1 changed line that its coverage speaks of"),
        (
            Strength(0, 2),
            f"the suite ran 0 of the 2 changed lines that its coverage speaks of: {NOTHING}",
        ),
        (Strength(0, 0, ("a.py",)), f"its coverage says nothing of a.py: {NOTHING}"),
        (
            Strength(1, 1, ("a", "b", "c", "d")),
            "the suite ran 1 of the 1 changed line that its coverage speaks of; "
            f"its coverage says nothing of a, b, c and 1 more: {NOTHING}",
        ),
        (
            Strength(0, 0),
            "no changed line to run: the change only removes, or the coverage counts none of it as code",
        ),
    ],
)
def test_words(strength: Strength, words: str) -> None:
    assert told(strength) == words


def ran(outcome: Outcome, **more: object) -> SuiteRun:
    return SuiteRun(Tree("a" * 40), {TestId("m", "t"): outcome}, {}, 0, 1.0, **more)  # type: ignore[arg-type]


def test_run_without_the_coverage_that_is_asked_for_proves_nothing() -> None:
    broken = ran(Outcome.PASS, uncovered="the suite's coverage cannot be read: it is empty")
    said = "the suite's coverage cannot be read: it is empty, the spec asks for 50 %"
    assert strict(broken, HALF).doubt == said
    for run in (
        ran(Outcome.PASS, coverage={}),
        ran(Outcome.FAIL, uncovered="the suite wrote no coverage"),
        ran(Outcome.PASS, doubt="it crashed"),
    ):
        assert strict(run, HALF) == run
    assert strict(broken, Fraction(0)) == broken
