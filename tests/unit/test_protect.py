"""What belongs to the judge."""

from __future__ import annotations

import time

import pytest

from bot.protect import Protection, inline_tests

BUILT_IN = Protection()


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py",
        "tests",
        "tests/data/golden.json",
        "pkg/tests/helper.py",
        "pkg/test/x.py",
        "src/pkg/test_a.py",
        "src/pkg/a_test.py",
        "src/pkg/conftest.py",
        "conftest.py/evil.py",
        "web/__snapshots__/a.snap",
        "web/a.test.ts",
        "web/a.spec.tsx",
        "pytest.ini",
        "tox.ini",
        "noxfile.py",
        ".coveragerc",
        "Makefile",
        "jest.config.js",
        "vitest.config.mts",
        "package-lock.json",
        "uv.lock",
        "sub/Cargo.lock",
        ".github/workflows/ci.yml",
        ".github/gatecrew/dead-code.yml",
        ".gitlab-ci.yml",
        "sitecustomize.py",
        "src/usercustomize.py",
        "src/evil.pth",
        "pytest.py",
        "_pytest/config.py",
        "pluggy/__init__.py",
        "x\ny/conftest.py",
    ],
)
def test_the_judges_files_are_held(path: str) -> None:
    assert BUILT_IN.holds(path)
    assert BUILT_IN.restores(path)
    assert not BUILT_IN.mixed(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/pkg/a.py",
        "README.md",
        "src/latest.py",
        "src/contest.py",
        "docs/testing.md",
        "src/pluggy/__init__.py",
    ],
)
def test_ordinary_files_are_nobodys(path: str) -> None:
    assert not BUILT_IN.holds(path)
    assert not BUILT_IN.restores(path)


@pytest.mark.parametrize(
    "path", ["pyproject.toml", "setup.cfg", "setup.py", "web/package.json", "Cargo.toml"]
)
def test_mixed_files_may_be_written_but_the_judge_has_the_bases(path: str) -> None:
    assert BUILT_IN.mixed(path)
    assert BUILT_IN.restores(path)
    assert not BUILT_IN.holds(path)


def test_a_mixed_file_among_the_tests_is_held() -> None:
    assert BUILT_IN.holds("tests/project/pyproject.toml")


def test_a_spec_adds_and_takes_out() -> None:
    """`django/test` is source, `checks` is not."""
    own = Protection(["checks/**", "pyproject.toml", "!src/django/test/**"])
    assert own.holds("checks/a.sh")
    assert own.holds("pyproject.toml")
    assert not own.holds("src/django/test/client.py")
    assert own.holds("tests/a.py")


def test_a_spec_cannot_take_out_ci_and_the_spec() -> None:
    own = Protection(["!**"])
    assert own.holds(".github/gatecrew/x.yml")
    assert own.holds(".gitlab-ci.yml")
    assert not own.holds("tests/a.py")


def test_ten_thousand_paths_are_cheap() -> None:
    paths = [f"src/pkg{n % 100}/sub{n % 7}/module_{n}.py" for n in range(10_000)]
    begin = time.process_time()
    assert not any(BUILT_IN.restores(path) for path in paths)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    ("path", "data", "holds"),
    [
        ("src/lib.rs", b"#[cfg(test)]\nmod tests {}", True),
        ("src/lib.rs", b"#[tokio::test]\nasync fn a() {}", True),
        ("src/lib.rs", b"fn a() {}", False),
        ("src/a.py", b"class Checks(unittest.TestCase):\n    pass", True),
        ("src/a.py", b"def tested(): pass", False),
        ("src/a.ts", b"if (import.meta.vitest) {}", True),
    ],
)
def test_inline_tests_are_seen(path: str, data: bytes, holds: bool) -> None:
    assert inline_tests(path, data) is holds
