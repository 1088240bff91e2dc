"""Which files belong to the judge: no worker changes them, and the judge run has the base's copies.

Held: tests, their data and settings, CI, lock files, the spec, and names that would stand in for the
runner itself. Mixed: files that hold the project's settings and the tests' settings at once; workers may
change them, the judge run has the base's copy all the same, and their layer asks for a human.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.globs import Globs

# A bare name also holds everything below it, and holds when somebody turns the folder into a link.
TESTS = (
    *("tests", "test", "__tests__", "__mocks__", "e2e", "cypress"),
    *("fixtures", "__fixtures__", "testdata", "test-data", "test_data"),
    *("__snapshots__", "*.snap", "*.ambr", "*.approved.*"),
    *("test_*.py", "*_test.py", "tests.py", "conftest.py"),
    *("*.test.[jt]s", "*.test.[jt]sx", "*.test.[cm][jt]s"),
    *("*.spec.[jt]s", "*.spec.[jt]sx", "*.spec.[cm][jt]s"),
    *("*_test.go", "*_test.rb", "*_spec.rb", "spec_helper.rb", "rails_helper.rb", "*Test.java", "*Tests.cs"),
)

SETTINGS = (
    *("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "tox.toml", "noxfile.py"),
    *(".coveragerc", ".coveragerc.toml", "nose2.cfg", "unittest.cfg", "hatch.toml", "dodo.py"),
    *("jest.config.*", "jest.setup.*", "vitest.config.*", "vitest.setup.*", "vitest.workspace.*"),
    *("karma.conf.*", "playwright.config.*", "cypress.config.*", "ava.config.*", ".mocharc*", ".nycrc*"),
    *("phpunit.xml*", ".rspec", "Rakefile", "nextest.toml", ".cargo", "*.runsettings"),
    *("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile", "Taskfile.y*ml"),
    *(".npmrc", ".yarnrc", ".yarnrc.yml", ".gitattributes", ".gitmodules"),
)

LOCKS = (
    *("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "pylock.*.toml", "Pipfile.lock", "pixi.lock"),
    *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"),
    *("deno.lock", "Cargo.lock", "go.sum", "go.work.sum", "Gemfile.lock", "composer.lock", "gradle.lockfile"),
    *("conda-lock.yml", "flake.lock", "mix.lock"),
)

# Modules that Python or the runner would load instead of its own, or before any of ours.
RUNNER = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "unittest", "coverage")
SHADOWS = (
    *("sitecustomize.py", "usercustomize.py", "sitecustomize", "usercustomize", "*.pth"),
    *(f"/{name}.py" for name in RUNNER),
    *(f"/{name}/__init__.py" for name in RUNNER),
    "/_pytest/**",
)

# No spec can take these out.
ALWAYS = (
    *("/.github", "/.gitlab-ci.yml", "/.gitlab", "/.circleci", "/.travis.yml", "/azure-pipelines*.yml"),
    *("/.buildkite", "/bitbucket-pipelines.yml", "/Jenkinsfile", "/.drone.yml", "/.woodpecker*", "/.ci"),
    *("/.pre-commit-config.yaml", "/.appveyor.yml", "/appveyor.yml"),
    *("codecov.yml", ".codecov.yml", "CODEOWNERS"),
)

MIXED = (
    *("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "requirements*.txt", "constraints*.txt"),
    *("package.json", "vite.config.*", "babel.config.*", ".babelrc*", "tsconfig*.json", "deno.json*"),
    *("Cargo.toml", "build.rs", "go.mod", "pom.xml", "build.gradle*", "composer.json"),
    *("Gemfile", "*.gemspec", "CMakeLists.txt", "meson.build", "*.csproj"),
)

DEFAULTS = (*TESTS, *SETTINGS, *LOCKS, *SHADOWS)

RE_RUST_TESTS = re.compile(rb"#\[(?:cfg\(test\)|(?:\w+::)*test\b)")
RE_PYTHON_TESTS = re.compile(rb"(?m)^(?:def test_|async def test_|class Test|class \w+\(.*\bTestCase\b)")
RE_SCRIPT_TESTS = re.compile(rb"import\.meta\.vitest")


class Protection:
    """What a run protects: the built-in globs and the spec's own; a `!glob` of the spec takes one out."""

    def __init__(self, globs: Iterable[str] = ()) -> None:
        self._own = Globs(globs)
        self._defaults = Globs(DEFAULTS)
        self._always = Globs(ALWAYS)
        self._mixed = Globs(MIXED)

    def holds(self, path: str) -> bool:
        """Whether a file belongs to the judge alone: no worker may write it."""
        if self._always.match(path):
            return True
        own = self._own.decide(path)
        return self._defaults.match(path) if own is None else own

    def mixed(self, path: str) -> bool:
        """Whether a file holds settings of the project and of its tests at once."""
        return not self.holds(path) and self._mixed.match(path)

    def restores(self, path: str) -> bool:
        """Whether the judge run has the base's copy of it: held or mixed."""
        return self.holds(path) or self._mixed.match(path)


def inline_tests(path: str, data: bytes) -> bool:
    """Whether a source file holds tests of its own, which a change to it could weaken."""
    if path.endswith(".rs"):
        return RE_RUST_TESTS.search(data) is not None
    if path.endswith(".py"):
        return RE_PYTHON_TESTS.search(data) is not None
    return RE_SCRIPT_TESTS.search(data) is not None
