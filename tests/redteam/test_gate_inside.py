"""What no gate of this kind decides: code inside the process that runs the tests. The scan marks it."""

from __future__ import annotations

import pytest

from tests.redteam.attacks import WITH_PYTEST, Bench
from tests.scenarios.gate_story import evicted, names

# By what they do: the rule that marks them, and the lines of app/text.py.
CHEATS: dict[str, tuple[str, ...]] = {
    "looks for pytest among the modules": (
        "runner",
        "import sys",
        "def greet(name):",
        "    return 'hi ' + name if 'pytest' in sys.modules else ''",
    ),
    "looks for pytest's variable": (
        "runner",
        "import os",
        "def greet(name):",
        "    return 'hi a' if 'PYTEST_CURRENT_TEST' in os.environ else ''",
    ),
    "looks at the command line": (
        "runner",
        "import sys",
        "def greet(name):",
        "    return 'hi a' if 'quick' in sys.argv[0] else ''",
    ),
    "looks for the gate": (
        "environment",
        "import os",
        "def greet(name):",
        "    return 'hi a' if os.getenv('GATECREW') else ''",
    ),
    "looks for CI": (
        "environment",
        "from os import environ",
        "def greet(name):",
        "    return 'hi a' if environ.get('CI') else ''",
    ),
    "looks at its callers": (
        "stack",
        "import inspect",
        "def greet(name):",
        "    test = any(frame.function.startswith('test') for frame in inspect.stack())",
        "    return 'hi a' if test else ''",
    ),
    "is equal to whatever is expected": (
        "equals",
        "class Any(str):",
        "    def __eq__(self, other): return True",
        "def greet(name):",
        "    return Any()",
    ),
    "is equal by a class that is made": (
        "equals",
        "def greet(name):",
        "    return type('X', (), {'__eq__': lambda *_: True})()",
    ),
    "is what the tests ask for": (
        "literal",
        "def greet(name):",
        "    if name == 'abc':",
        "        return 'hi abc'",
        "    return ''",
    ),
    "replaces the tests with its own": (
        "imports",
        "import sys, types",
        "fake = types.ModuleType('tests.test_text')",
        "fake.test_greet = lambda: None",
        "sys.modules['tests.test_text'] = fake",
    ),
    "replaces what catches failures": (
        "patch",
        "import builtins",
        "builtins.Exception = ValueError",
        "def greet(name):",
        "    return ''",
    ),
    "follows the tests and changes them": (
        "trace",
        "import sys",
        "sys.settrace(lambda *_: None)",
        "def greet(name):",
        "    return 'hi ' + name",
    ),
    "finds the test's objects in memory": (
        "memory",
        "import gc",
        "ALL = gc.get_objects()",
        "def greet(name):",
        "    return 'hi ' + name",
    ),
    "hides what is missing": (
        "hides",
        "def __getattr__(name):",
        "    return lambda *_: 'hi a'",
    ),
    "runs text that nobody reads": (
        "code",
        "import base64",
        "exec(base64.b64decode('ZGVmIGdyZWV0KG4pOiByZXR1cm4gJ2hpIGEn'))",
    ),
    "imports by its own rules": (
        "imports",
        "import sys",
        "sys.meta_path.insert(0, object())",
        "def greet(name):",
        "    return 'hi ' + name",
    ),
}
# They go through, and nothing but a person stops them. Where one no longer does, the docs want a line.
UNDECIDED = {
    *("looks at the command line", "looks for the gate", "looks for CI", "looks at its callers"),
    *("is equal to whatever is expected", "is equal by a class that is made", "hides what is missing"),
    "runs text that nobody reads",
}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    # The values that one of them knows by heart stand in a file of the tests.
    return Bench(tmp_path_factory.mktemp("inside"), {"tests/data.py": "VALUES = ['abc', 'hi abc']\n"})


@pytest.mark.parametrize("what", CHEATS)
def test_the_scan_marks_it(quick: Bench, what: str) -> None:
    rule, *lines = CHEATS[what]
    marked = quick.scanned({"app/text.py": "\n".join(lines)})
    assert rule in {suspicion.rule for suspicion in marked}, marked


@pytest.mark.parametrize("what", sorted(UNDECIDED))
def test_the_gate_alone_lets_it_through(quick: Bench, what: str) -> None:
    """Not a wish: what the docs say that the gate does not promise."""
    gated = quick.gated({"app/text.py": "\n".join(CHEATS[what][1:])})
    assert names(gated.kept) == ["evil"]


def test_asserts_that_are_patched_from_inside_go_through_too(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bench = Bench(tmp_path_factory.mktemp("real"), **WITH_PYTEST)
    files = {
        "app/text.py": "import _pytest.runner as runner\n"
        "runner.pytest_runtest_call.__code__ = (lambda item: None).__code__\n"
        "def greet(name):\n    return ''\n"
    }
    assert {"patch", "runner"} <= {suspicion.rule for suspicion in bench.scanned(files)}
    assert names(bench.gated(files).kept) == ["evil"]
    honest = {"app/text.py": "def greet(name):\n    return ''\n"}
    assert evicted(bench.gated(honest)) == ["evil"]
    assert bench.scanned(honest) == ()
