"""The scan in other languages, and in test files."""

from __future__ import annotations

import pytest

from bot.gate.scan import Edit, scan
from bot.protect import Protection
from tests.unit.gate.test_scan import HOLDS, rules

MARKED = {
    "src/a.js": {
        "if (process.env.JEST_WORKER_ID) {}": "runner",
        "if (process.env.NODE_ENV === 'test') {}": "runner",
        "if (typeof jest !== 'undefined') {}": "runner",
        "const ci = process.env['CI']": "environment",
        "const at = new Error().stack": "stack",
        "process.exit(0)": "exit",
        "process.on('exit', () => { process.exitCode = 0 })": "exit",
        "process.on('SIGTERM', f)": "signals",
        "Date.now = () => 0": "patch",
        "Array.prototype.includes = () => true": "patch",
        "Module._load = f": "imports",
        "class A { equals(o) { return true } }": "equals",
        "const any = { asymmetricMatch: () => true }": "equals",
        "eval(text)": "code",
    },
    "src/a.go": {
        "  if testing.Testing() {": "runner",
        'import "testing"': "runner",
        '  if os.Getenv("CI") != "" {': "environment",
        "  pc, _, _, _ := runtime.Caller(1)": "stack",
        "//go:linkname now time.now": "patch",
    },
    "src/a.rs": {
        "    if cfg!(test) { 1 } else { 2 }": "runner",
        "#[cfg(not(test))]": "runner",
        "    fn eq(&self, _: &Self) -> bool { true }": "equals",
        "    std::process::abort();": "exit",
    },
    "src/A.java": {
        '    Class.forName("org.junit.Test");': "runner",
        "    public boolean equals(Object o) { return true; }": "equals",
        "    Runtime.getRuntime().halt(0);": "exit",
        "    StackTraceElement e = Thread.currentThread().getStackTrace()[1];": "stack",
    },
    "src/a.rb": {
        "  if defined?(RSpec)": "runner",
        "at_exit { exit! 0 }": "exit",
        "  def ==(other)\n    true\n  end": "equals",
    },
    "src/a.cc": {
        '  if (getenv("GTEST_FILTER"))': "runner",
        "  bool operator==(const A& o) const { return true; }": "equals",
        "__attribute__((constructor)) static void f() {": "exit",
    },
    "src/a.php": {"if (class_exists('PHPUnit\\Framework\\TestCase')) {}": "runner"},
    "bin/a.sh": {'test -n "$PYTEST_CURRENT_TEST"': "runner"},
}
ORDINARY = {
    "src/a.js": "function f() { process.exit(1) }\nFoo.prototype.bar = 1\n// process.env.CI\nx.eval(y)\n",
    "src/a.go": 'func main() { os.Exit(1) }\nvar env = os.Getenv("HOME")\n',
    "src/a.rs": "#[cfg(test)]\nmod tests {}\nfn main() { std::process::exit(1) }\n",
    "src/A.java": "public boolean equals(Object o) { return o == this; }\n",
    "src/a.rb": "def ==(other)\n  id == other.id\nend\nwindow.exit\n",
    "src/a.cc": "bool operator==(const A& o) const { return a == o.a; }\nint main() { exit(1); }\n",
    "README.md": "Set PYTEST_CURRENT_TEST, or call process.exit().\n",
    "ci/settings.yml": "run: pytest --junitxml=a.xml\n",
}
PAIRS = [(path, code) for path, codes in MARKED.items() for code in codes]


@pytest.mark.parametrize(("path", "code"), PAIRS)
def test_a_trick_is_marked_by_its_rule(path: str, code: str) -> None:
    assert MARKED[path][code] in rules(code + "\n", path=path)
    assert rules(f"{code}\n", f"\n{code}\n", path=path) == []


@pytest.mark.parametrize("path", ORDINARY)
def test_ordinary_code_is_not_marked(path: str) -> None:
    assert rules(ORDINARY[path], path=path) == []


MARKERS = {
    "tests/test_a.py": (
        *("@pytest.mark.skip", "pytestmark = pytest.mark.xfail", "@unittest.skipIf(True, '')"),
        *(
            "raise unittest.SkipTest",
            "pytest.importorskip('x')",
            "__test__ = False",
            "collect_ignore = ['a']",
        ),
    ),
    "web/a.test.ts": (
        "it.skip('a', f)",
        "describe.only('a', f)",
        "test.todo('a')",
        "xit('a', f)",
        "fit('a', f)",
    ),
    "pkg/a_test.go": ("\tt.Skip()", "//go:build ignore"),
    "tests/a.rs": ("#[ignore]", "#[should_panic]"),
    "src/test/java/ATest.java": ("@Disabled", "@Ignore", "assumeTrue(false);"),
    "spec/a_spec.rb": ("  skip 'later'", "  pending", "  xit 'adds' do"),
    "a_test.cc": ("GTEST_SKIP();", "TEST(A, DISABLED_Adds) {"),
}


@pytest.mark.parametrize(
    ("path", "line"), [(path, line) for path, lines in MARKERS.items() for line in lines]
)
def test_a_marker_that_takes_a_test_out(path: str, line: str) -> None:
    assert rules(f"{line}\n", "\n", path=path) == ["marker"]
    assert rules(f"{line}\n", f"{line}\n\n", path=path) == []


def test_a_hook_into_the_runner() -> None:
    assert rules("def pytest_runtest_makereport(item): pass\n", path="conftest.py") == ["hook"]


TEST = "def test_a():\n    assert f(1) == 2\n    assert f(2) == 3\n"


@pytest.mark.parametrize(
    ("new", "rule"),
    [
        (TEST.replace("    assert f(2) == 3\n", ""), "asserts"),
        (TEST.replace("f(2) == 3", "True"), "asserts"),
        (TEST.replace("f(2) == 3", "f(2)"), "weaker"),
        (TEST.replace("== 3", "in (3, 4)"), "weaker"),
        (TEST.replace("== 3", "== approx(3)"), "weaker"),
        (TEST.replace("test_a", "test_b"), "asserts"),
        ("", "asserts"),
    ],
)
def test_tests_that_assert_less(new: str, rule: str) -> None:
    assert rules(new, TEST, path="tests/test_a.py") == [rule]


@pytest.mark.parametrize(
    "new", [TEST.replace("== 3", "== 4"), f"{TEST}    assert f(3) == 4\n", f"import x\n\n{TEST}"]
)
def test_tests_that_assert_as_much_are_not_marked(new: str) -> None:
    assert rules(new, TEST, path="tests/test_a.py") == []


def test_a_test_that_moves_asserts_as_much() -> None:
    edits = [Edit("tests/test_a.py", TEST.encode(), None), Edit("tests/test_b.py", None, TEST.encode())]
    assert scan(edits, HOLDS) == ()


def test_fewer_asserts_in_other_languages() -> None:
    old = "test('a', () => {\n  expect(f(1)).toBe(2)\n  expect(f(2)).toBe(3)\n})\n"
    assert rules(old.replace("  expect(f(2)).toBe(3)\n", ""), old, path="a.test.js") == ["asserts"]
    assert rules(old.replace("toBe(3)", "toBeTruthy()"), old, path="a.test.js") == ["weaker"]


def test_what_tests_expect_is_told_when_it_changes() -> None:
    assert rules("b", "a", path="web/__snapshots__/a.snap") == ["snapshot"]
    assert rules(None, "a", path="tests/data/golden.json") == ["snapshot"]
    assert rules("b", "a", path="pkg/testdata/a.txt") == ["snapshot"]
    assert rules("b", None, path="tests/data/new.json") == []


def test_settings_of_the_tests_are_told_when_they_change() -> None:
    for path in ("pytest.ini", "uv.lock", ".github/workflows/ci.yml"):
        assert rules("b", "a", path=path) == ["settings"]


def test_who_says_what_a_test_is() -> None:
    edit = Edit("checks/a.py", b"", b"import pytest\n")
    assert scan([edit], Protection(["checks/**"]).holds) == ()
    assert [one.rule for one in scan([edit], HOLDS)] == ["runner"]
