"""Which files belong to the judge: no worker changes them, and the judge run has the base's copies.

Held: tests, their data and settings, CI, lock files, the spec, and names that would stand in for the
runner itself. Mixed: files that hold the project's settings and the tests' settings at once; workers may
change them, the judge run has the base's copy all the same, and their layer asks for a human.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from itertools import product

from bot.globs import Globs

# A bare name also holds everything below it, and holds when somebody turns the folder into a link.
# Only names that say "test" by themselves: `testing`, `spec`, `features`, `check` are product code too often.
TEST_FOLDERS = (
    *("tests", "test", "__tests__", "__test__", "__mocks__", "__specs__", "unittest", "unittests", "*Tests"),
    *("*.Test", "e2e", "cypress", "androidTest", "jvmTest", "testFixtures"),
    *(
        f"{kind}{dash}{tests}"
        for kind, dash, tests in product(
            ("unit", "integration", "functional", "acceptance", "regression", "smoke", "system", "e2e"),
            "-_",
            ("test", "tests"),
        )
    ),
    *("testutil", "testutils", "test-utils", "test_utils", "testhelper", "testhelpers"),
    *("test-helpers", "test_helpers", "test-support", "test_support"),
    *("fixtures", "__fixtures__", "testdata", "test-data", "test_data", "proptest-regressions"),
    *("__snapshots__", "__image_snapshots__", "*.snap", "*.snap.new", "*.ambr", "*.approved.*", "*.golden"),
)

TEST_FILES = (
    # Python
    *("test_*.py", "*_test.py", "*_tests.py", "tests.py", "test.py", "conftest.py"),
    # JavaScript and TypeScript: jest, vitest, mocha, ava, node:test, playwright, cypress, tsd, Nest, Deno
    *(
        f"{stem}.{kind}"
        for stem, kind in product(
            ("*.test", "*.spec", "*-test", "*_test", "test-*", "test", "*.cy", "*.e2e", "*.e2e-spec"),
            ("js", "jsx", "cjs", "mjs", "ts", "tsx", "cts", "mts"),
        )
    ),
    *("*.test-d.ts", "*.test-d.tsx", "*.bench.js", "*.bench.ts", "**/spec/support/jasmine.*"),
    # Go, Rust, Ruby, PHP, Elixir, Erlang, Dart, Swift, Haskell, Lua, Clojure, Perl, shell, cucumber
    *("*_test.go", "tests.rs", "*_test.rs", "*_tests.rs", "/benches", "**/benches/*.rs"),
    *("*_test.rb", "*_spec.rb", "spec_helper.rb", "rails_helper.rb", "test_helper.rb", "**/spec/**/*.rb"),
    *("*Test.php", "*Tests.php", "*Cest.php", "*.phpt", "*_test.exs", "test_helper.exs", "*_SUITE.erl"),
    *("*_tests.erl", "*_test.dart", "*Tests.swift", "*Spec.hs", "*_spec.lua", "*_test.clj", "*_test.cljc"),
    *("*.t", "*.bats", "*_test.sh", "test_*.sh", "*.feature", "**/features/steps", "**/features/support"),
    # The JVM, as surefire, failsafe, Gradle, Spock, Kotest and ScalaTest name them; .NET
    *(
        f"{stem}.{kind}"
        for stem, kind in product(
            ("*Test", "*Tests", "*TestCase", "*ITCase", "Test[A-Z]*", "*[a-z0-9]IT"),
            ("java", "kt", "groovy", "scala"),
        )
    ),
    *(
        "*Spec.groovy",
        "*Spec.scala",
        "*Suite.scala",
        "*Test.cs",
        "*Tests.cs",
        "*Specs.cs",
        "*Test.fs",
        "*Tests.fs",
        "*Tests.vb",
    ),
    # C and C++: gtest, Catch2, doctest
    *(
        f"{stem}.{kind}"
        for stem, kind in product(
            ("*_test", "*_tests", "*_unittest", "*_gtest", "test_*", "*Test", "*Tests"),
            ("c", "cc", "cpp", "cxx", "h", "hpp", "m", "mm"),
        )
    ),
)

SETTINGS = (
    *("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "tox.toml", "noxfile.py"),
    *(".coveragerc", ".coveragerc.toml", "nose2.cfg", "unittest.cfg", "hatch.toml", "dodo.py"),
    *("pdm.toml", ".pdm.toml", ".pdm-python", "uv.toml", "behave.ini", ".behaverc", ".stestr.conf"),
    *(
        "jest.config.*",
        "jest.setup.*",
        "jest-*.config.*",
        "jest.preset.*",
        "vitest.config.*",
        "vitest.setup.*",
    ),
    *("vitest.workspace.*", "karma.conf.*", "playwright.config.*", "playwright-ct.config.*", "wdio.conf.*"),
    *("cypress.config.*", "cypress.json", "ava.config.*", ".mocharc*", "mocha.opts", ".nycrc*", ".c8rc*"),
    *(
        ".taprc",
        ".borp*",
        "cucumber.js",
        "cucumber.cjs",
        "cucumber.mjs",
        "cucumber.y*ml",
        "cucumber.json",
        "bunfig.toml",
    ),
    *("jasmine.json", "setupTests.*", "setup-jest.*", "web-test-runner.config.*"),
    *(
        "phpunit.xml*",
        "phpunit.dist.xml",
        "phpspec.y*ml",
        "behat.y*ml",
        "codeception*.yml",
        "infection.json*",
    ),
    *(".rspec", "Rakefile", ".cargo", "nextest.toml", "insta.yaml", "tarpaulin.toml"),
    *("*.runsettings", "xunit.runner.json", "*.xctestplan", ".mvn", "mvnw", "mvnw.cmd", "gradlew"),
    *("gradlew.bat", "**/gradle/wrapper", "junit-platform.properties", "dart_test.yaml"),
    *("tests.edn", ".busted", ".proverc", "bats.bash", "CTestTestfile.cmake", "CTestConfig.cmake"),
    *("CTestCustom.*", "DartConfiguration.tcl", "CMakeUserPresets.json", ".bazelrc", ".bazelversion"),
    *("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile", "Taskfile.y*ml"),
    *("runtests*", "run_tests*", "run-tests*", "test.sh"),
    *(
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
        ".yarn",
        ".pnp.*",
        ".pnpmfile.cjs",
        "pnpm-workspace.yaml",
        ".bundle",
    ),
    *(".gitattributes", ".gitmodules", ".lfsconfig"),
    # What environments are made of: pytest-dotenv, pipenv and direnv read them from the tree.
    *(".env", ".env.test*", ".env.local", ".env.*.local", ".envrc", ".venv", "/venv", "pyvenv.cfg"),
    *("node_modules", "/vendor/autoload.php", "/vendor/bin", "/vendor/phpunit", "/vendor/bundle"),
    *("/vendor/modules.txt", "**/vendor/github.com/stretchr", "third_party/googletest"),
)

LOCKS = (
    *("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "pylock.*.toml", "Pipfile.lock", "pixi.lock"),
    *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"),
    *("deno.lock", "Cargo.lock", "go.sum", "go.work.sum", "Gemfile.lock", "gems.locked", "composer.lock"),
    *("gradle.lockfile", "buildscript-gradle.lockfile", "verification-metadata.xml", "packages.lock.json"),
    *("paket.lock", "Package.resolved", "Podfile.lock", "Cartfile.resolved", "pubspec.lock", "mix.lock"),
    *("rebar.lock", "stack.yaml.lock", "cabal.project.freeze", "conda-lock.yml", "flake.lock", "conan.lock"),
    *("MODULE.bazel.lock", "maven_install.json", "cpanfile.snapshot"),
)

# Code that Python loads before any of ours, or in place of a source that stands beside it; plug-ins.
STARTUP = (
    *(
        "gatecrew_reruns*",
        "sitecustomize.py",
        "usercustomize.py",
        "sitecustomize",
        "usercustomize",
        "*.pth",
        "__pycache__",
    ),
    *("*.pyc", "*.pyo", "*.dist-info", "*.egg-info", "EGG-INFO", "*.egg", "*.egg-link"),
    *("/_pytest", ".pythonrc*", "pythonstartup.py"),
)

# `python -m pytest` puts the working folder before the standard library: a module of one of these names
# there is loaded in place of Python's or the runner's own. (pytest loads some fifty, measured.)
SHADOWED = sys.stdlib_module_names | {
    *("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "exceptiongroup", "tomli"),
    *("coverage", "pytest_cov", "pytest_asyncio", "pytest_timeout", "xdist", "execnet", "hypothesis"),
    *("_hypothesis_pytestplugin", "nose2", "xmlrunner", "tox", "nox", "pip", "setuptools", "pkg_resources"),
}
RE_MODULE = re.compile(r"(\w+)(?:/__init__)?(?:(?:\.[\w-]+)?\.(?:py[cowd]?|so))?")

# No spec can take these out.
ALWAYS = (
    *("/.github", "/.gitlab-ci.yml", "/.gitlab", "/.circleci", "/.travis.yml", "/azure-pipelines*.yml"),
    *("/.buildkite", "/bitbucket-pipelines.yml", "/Jenkinsfile*", "/.drone.yml", "/.woodpecker*", "/.ci"),
    *("/.pre-commit-config.yaml", "/.appveyor.yml", "/appveyor.yml", "/.cirrus.yml", "/.cirrus.star"),
    *("/.forgejo", "/.gitea", "/.zuul.yaml", "/.zuul.d", "/zuul.d", "/.semaphore", "/.teamcity", "/.tekton"),
    *("/.azure-pipelines", "/cloudbuild.y*ml", "/buildspec.y*ml", "/.harness", "/.prow", "/bors.toml"),
    *("/.mergify.yml", "/.mergify", "/.husky", "/lefthook.y*ml", "/.lefthook.y*ml"),
    *("codecov.yml", ".codecov.yml", "CODEOWNERS"),
)

MIXED = (
    *("pyproject.toml", "setup.cfg", "setup.py", "manage.py", "/tasks.py", "Pipfile", "requirements*.txt"),
    *("constraints*.txt", "**/requirements/*.txt", "environment.y*ml", "pixi.toml"),
    *("package.json", "vite.config.*", "babel.config.*", ".babelrc*", ".swcrc", "tsconfig*.json"),
    *(
        "jsconfig.json",
        "deno.json*",
        "import_map.json",
        "angular.json",
        "project.json",
        "nx.json",
        "turbo.json",
    ),
    *("Cargo.toml", "build.rs", "go.mod", "go.work", "pom.xml", "build.gradle*", "settings.gradle*"),
    *("gradle.properties", "**/gradle/*.versions.toml", "buildSrc", "build.sbt"),
    *("composer.json", "Gemfile", "gems.rb", "*.gemspec", "mix.exs", "rebar.config", "Package.swift"),
    *("pubspec.yaml", "*.cabal", "package.yaml", "stack.yaml", "deps.edn", "project.clj"),
    *("CMakeLists.txt", "CMakePresets.json", "*.cmake", "meson.build", "meson_options.txt", "configure.ac"),
    *("Makefile.am", "Makefile.in", "BUILD", "BUILD.bazel", "WORKSPACE", "WORKSPACE.bazel", "MODULE.bazel"),
    *("*.bzl", "*.csproj", "*.fsproj", "*.vbproj", "*.sln", "*.slnx", "Directory.Build.*"),
    *("Directory.Packages.props", "global.json", "nuget.config", "NuGet.Config", "paket.dependencies"),
    # Which toolchain runs.
    *(".python-version", ".node-version", ".nvmrc", ".ruby-version", ".java-version", ".go-version"),
    *(".tool-versions", "mise.toml", ".mise.toml", ".sdkmanrc", "rust-toolchain", "rust-toolchain.toml"),
)

DEFAULTS = (*TEST_FOLDERS, *TEST_FILES, *SETTINGS, *LOCKS, *STARTUP)

RE_RUST_TESTS = re.compile(rb"#\[(?:cfg\(test\)|(?:\w+::)*test\b)")
RE_PYTHON_TESTS = re.compile(rb"(?m)^(?:def test_|async def test_|class Test|class \w+\(.*\bTestCase\b)")
RE_SCRIPT_TESTS = re.compile(
    rb"import\.meta\.vitest|(?m:^\s*(?:describe|it|test|suite)(?:\.\w+)?\(\s*['\"`])"
)
RE_MARKED_TESTS = re.compile(
    rb"(?m)^\s*(?:@Test\b|@ParameterizedTest\b|\[(?:Fact|Theory|Test|TestMethod)\b|#\[Test\b|unittest\s*\{"
    rb"|test \"|TEST(?:_F|_P|_CASE)?\()"
)
SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte")


class Protection:
    """What a run protects: the built-in globs and the spec's own; a `!glob` of the spec takes one out.

    `cwd` is the folder that the suite runs in: a module there may stand in for the runner's.
    """

    def __init__(self, globs: Iterable[str] = (), cwd: str = ".") -> None:
        self._own = Globs(globs)
        self._defaults = Globs(DEFAULTS)
        self._always = Globs(ALWAYS)
        self._mixed = Globs(MIXED)
        self._roots = {"", "" if cwd in ("", ".") else f"{cwd.strip('/')}/"}

    def holds(self, path: str) -> bool:
        """Whether a file belongs to the judge alone: no worker may write it."""
        same = _spellings(path)
        if any(map(self._always.match, same)):
            return True
        own = self._own.decide(path)
        return any(map(self._built_in, same)) if own is None else own

    def mixed(self, path: str) -> bool:
        """Whether a file holds settings of the project and of its tests at once."""
        return not self.holds(path) and self._is_mixed(path)

    def restores(self, path: str) -> bool:
        """Whether the judge run has the base's copy of it: held or mixed."""
        return self.holds(path) or self._is_mixed(path)

    def _built_in(self, path: str) -> bool:
        return self._defaults.match(path) or any(_shadows(path, root) for root in self._roots)

    def _is_mixed(self, path: str) -> bool:
        return any(map(self._mixed.match, _spellings(path)))


def _spellings(path: str) -> tuple[str, ...]:
    """The path, and how a file system would take it that knows no case and one form of each letter."""
    if path.isascii() and path.islower():
        return (path,)
    plain = "".join(
        char for char in unicodedata.normalize("NFKC", path) if unicodedata.category(char) != "Cf"
    )
    return tuple(dict.fromkeys((path, plain, plain.casefold())))


def _shadows(path: str, root: str) -> bool:
    """Whether Python would load it from this folder in place of a module that the runner needs."""
    # Without an ending it is a link to a folder, or `__init__` would be a part of its name.
    found = RE_MODULE.fullmatch(path.removeprefix(root)) if path.startswith(root) else None
    return found is not None and found[1] in SHADOWED


def inline_tests(path: str, data: bytes) -> bool:
    """Whether a source file holds tests of its own, which a change to it could weaken."""
    if path.endswith(".rs"):
        return RE_RUST_TESTS.search(data) is not None
    if path.endswith(".py"):
        return RE_PYTHON_TESTS.search(data) is not None
    pattern = RE_SCRIPT_TESTS if path.endswith(SCRIPTS) else RE_MARKED_TESTS
    return pattern.search(data) is not None
