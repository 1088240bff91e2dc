"""What belongs to the judge."""

from __future__ import annotations

import time

import pytest

from bot.protect import Protection, inline_tests

BUILT_IN = Protection()


HELD = {
    "tests": "tests/test_a.py tests tests/data/golden.json pkg/tests/helper.py pkg/test/x.py "
    "conftest.py/evil.py integration-tests/a.txt unit_tests/a.txt internal/testutil/fake.go "
    "Tests/AppTests/a.swift",
    "python": "src/pkg/test_a.py src/pkg/a_test.py src/pkg/conftest.py app/tests.py pytest.ini "
    ".pytest.toml tox.ini tox.toml noxfile.py hatch.toml .coveragerc uv.lock pdm.lock pylock.toml "
    ".env.test behave.ini",
    "javascript": "web/__snapshots__/a.snap web/a.test.ts web/a.spec.tsx web/a.test.mts a.cy.ts "
    "src/test.js test-a.mjs a_test.ts jest.config.js jest.setup.ts vitest.config.mts "
    "vitest.workspace.ts .mocharc.yml playwright.config.ts cypress/x.ts cypress.config.js ava.config.js "
    "package-lock.json pnpm-lock.yaml node_modules/.bin/jest .npmrc app.e2e-spec.ts index.test-d.ts",
    "go": "pkg/a_test.go pkg/testdata/a.txt go.sum go.work.sum vendor/modules.txt",
    "rust": "tests/a.rs src/a/tests.rs src/a_test.rs benches/a.rs sub/Cargo.lock .config/nextest.toml "
    ".cargo/config",
    "jvm": "src/test/java/A.java src/main/ATest.java ATests.java OrderIT.java TestOrder.java "
    "ASpec.groovy ATest.kt src/androidTest/A.kt gradle.lockfile gradle/wrapper/gradle-wrapper.jar mvnw "
    ".mvn/maven.config",
    "ruby": "a_spec.rb a_test.rb spec/support/x.rb spec_helper.rb test_helper.rb .rspec Rakefile "
    "Gemfile.lock",
    "php": "ATest.php phpunit.xml.dist tests/Pest.php composer.lock vendor/bin/phpunit",
    "dotnet": "App.Tests/A.cs ATests.cs ci.runsettings packages.lock.json xunit.runner.json",
    "c": "src/a_test.cc src/a_unittest.cc test_a.c CTestTestfile.cmake CTestCustom.cmake .bazelrc",
    "others": "a_test.exs AppTests/A.swift App.xctestplan a.bats a.t b.feature a_test.dart a_SUITE.erl "
    "mix.lock",
    "commands": "Makefile justfile run_tests.sh runtests.py scripts/test.sh .gitattributes .gitmodules "
    ".lfsconfig",
    "ci": ".github/workflows/ci.yml .github/gatecrew/dead-code.yml .gitlab-ci.yml .circleci/config.yml "
    ".ci/run",
    "startup": "sitecustomize.py src/usercustomize.py sitecustomize/__init__.py src/evil.pth "
    "evil-1.0.dist-info/entry_points.txt evil.egg-info/entry_points.txt "
    "src/pkg/__pycache__/a.cpython-311.pyc a.pyc",
    "shadows": "pytest.py _pytest/config.py pluggy/__init__.py unittest/__init__.py xml/__init__.py "
    "json.py re.py tempfile.py pytest.abi3.so pytest.cpython-311-x86_64-linux-gnu.so xml pluggy "
    "coverage.py",
    "spellings": "CONFTEST.py Conftest.PY tests\u200b/a.py \uff54ests/a.py PYTEST.INI x\ny/conftest.py "
    "con\u200dftest.py",
}

# Names that look like tests, and are not.
ORDINARY = (
    "src/pkg/a.py README.md src/latest.py src/latest/x.py src/contest.py docs/testing.md "
    "src/pkg/testing.py numpy/testing/utils.py src/testing/a.ts src/attest/a.go src/protest.rs "
    "src/main/java/Latest.java src/main/java/Testimonial.java src/main/java/SecretKeySpec.java "
    "src/AUDIT.java src/features/cart.ts spec/openapi.yaml bot/spec/load.py src/pluggy/__init__.py "
    "src/pkg/json.py src/types.py lib/queue.py platform/linux.py cmd/main.go json/data.json "
    "operator/a.go site/index.html coverage/index.html packaging/debian/control src/vendor/models.py "
    "src/venv/a.py app/tasks.py src/manifest.py app/snapshots.py src/inspect.js src/mocker.py "
    "lib/unittest_like.py docs/conf.py .gitignore src/build/a.py src/Latest/a.cs include/protest.h "
    "src/api-spec.ts src/environment.ts pytester.py src/a.spec.md code.md profile.svg"
)

MIXED = (
    "pyproject.toml setup.cfg setup.py web/package.json Cargo.toml pom.xml build.gradle.kts "
    "settings.gradle gradle/libs.versions.toml go.mod Gemfile composer.json mix.exs Package.swift "
    "CMakeLists.txt cmake/a.cmake App.csproj Directory.Build.props requirements.txt "
    "requirements/dev.txt manage.py vite.config.ts tsconfig.json build.rs BUILD.bazel .python-version "
    "rust-toolchain.toml Pyproject.toml"
)


@pytest.mark.parametrize("what", HELD)
def test_the_judges_files_are_held(what: str) -> None:
    for path in HELD[what].split(" "):
        assert BUILT_IN.holds(path), path
        assert BUILT_IN.restores(path), path
        assert not BUILT_IN.mixed(path), path


@pytest.mark.parametrize("path", ORDINARY.split())
def test_ordinary_files_are_nobodys(path: str) -> None:
    assert not BUILT_IN.holds(path)
    assert not BUILT_IN.restores(path)


@pytest.mark.parametrize("path", MIXED.split())
def test_mixed_files_may_be_written_but_the_judge_has_the_bases(path: str) -> None:
    assert BUILT_IN.mixed(path)
    assert BUILT_IN.restores(path)
    assert not BUILT_IN.holds(path)


def test_modules_that_stand_in_for_the_runners_are_held_where_the_suite_runs() -> None:
    there = Protection(cwd="services/shop")
    assert there.holds("services/shop/pytest.py")
    assert there.holds("services/shop/xml/__init__.py")
    assert there.holds("pytest.py")
    assert not there.holds("services/other/pytest.py")
    assert not there.holds("services/shop/shop/json.py")
    assert not BUILT_IN.holds("services/shop/pytest.py")


def test_a_spec_takes_out_a_module_that_is_called_like_one_of_pythons() -> None:
    assert not Protection(["!/queue.py"]).holds("queue.py")


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
        ("src/a.ts", b"describe('sums', () => {})", True),
        ("src/a.ts", b"export const it = describe(thing)", False),
        ("src/A.java", b"  @Test\n  void adds() {}", True),
        ("src/A.cs", b"  [Fact]\n  void Adds() {}", True),
        ("src/a.cc", b"TEST(Sums, Adds) {}", True),
        ("src/a.zig", b'test "adds" {}', True),
        ("src/a.cc", b"int latest() {}", False),
    ],
)
def test_inline_tests_are_seen(path: str, data: bytes, holds: bool) -> None:
    assert inline_tests(path, data) is holds
