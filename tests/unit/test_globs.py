"""Globs mean what git means, however they are looked up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from bot.globs import Globs, problem_of

NAMES = st.sampled_from(["a", "b.py", "test_a.py", "tests", "a.snap", "b", ".x"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
GLOBS = st.sampled_from(
    [
        "**",
        "tests",
        "*.py",
        "test_*.py",
        "a/**",
        "/a",
        "**/b",
        "b/",
        "!a",
        "!*.py",
        "?",
        ".*",
        "a/*/b.py",
        "a?py",
    ]
)


@settings(deadline=None)
@given(st.lists(GLOBS, max_size=6), PATHS)
def test_globs_decide_as_git_does(globs: list[str], path: str) -> None:
    """The short cut for names changes nothing."""
    assert Globs(globs).match(path) == GitIgnoreSpec.from_lines(globs).match_file(path)


def test_the_last_glob_decides() -> None:
    globs = Globs(["src/**", "!src/vendor/**", "src/vendor/ours.py"])
    assert [globs.decide(p) for p in ("src/a.py", "src/vendor/b.py", "src/vendor/ours.py", "docs/x")] == [
        True,
        False,
        True,
        None,
    ]


def test_a_line_feed_in_a_name_hides_nothing() -> None:
    assert Globs(["**/conf/*.py"]).match("x\ny/conf/a.py")


@pytest.mark.parametrize(
    "glob", ["", "/", "!", "[", "./src/**", "../x", "a/../b", "#x", " a", "a ", "a//b", "a\nb", "\\"]
)
def test_globs_that_never_match_are_told(glob: str) -> None:
    assert problem_of(glob)
    with pytest.raises(ValueError, match=r"."):
        Globs([glob])


@pytest.mark.parametrize("glob", ["**", "src/**/*.py", "!x", "[ab].py", "/root", "dir/", "a b"])
def test_ordinary_globs_have_no_problem(glob: str) -> None:
    assert problem_of(glob) is None
