"""The scan of a change: what it marks in code, what is no news, and what ordinary code may do."""

from __future__ import annotations

import pytest

from bot.gate.scan import Edit, scan
from bot.protect import Protection

HOLDS = Protection().holds


def rules(new: str | bytes | None, old: str | bytes | None = None, path: str = "app/a.py") -> list[str]:
    sides = [it.encode() if isinstance(it, str) else it for it in (old, new)]
    return [one.rule for one in scan([Edit(path, *sides)], HOLDS)]


MARKED = {
    "import sys\nif 'unittest' in sys.modules: pass": "runner",
    "import sys\nx = sys.modules.get('_pytest')": "runner",
    "import sys\ndef f(): return sys.argv[0].endswith('pytest')": "runner",
    "import sys\ndef f(): return 'run' in sys.argv": "runner",
    "import os\nx = os.environ.get('PYTEST_XDIST_WORKER')": "runner",
    "def f(name): return name.startswith('test_')": "runner",
    "import pytest": "runner",
    "from unittest import TestCase": "runner",
    "import importlib\nx = importlib.import_module('_pytest.runner')": "runner",
    "import os\nif 'CI' in os.environ: pass": "environment",
    "import os\nx = os.environ['GITHUB_ACTIONS']": "environment",
    "x = 'GATECREW'": "environment",
    "import sys\nx = sys._getframe(1)": "stack",
    "from inspect import stack as look": "stack",
    "def f(frame): return frame.f_back": "stack",
    "import os as o\ndef f(): o._exit(0)": "exit",
    "def f(): __import__('os')._exit(0)": "exit",
    "import os\ndef f(): getattr(os, '_exit')(0)": "exit",
    "import sys\nsys.exit(0)": "exit",
    "raise SystemExit": "exit",
    "import atexit\natexit.register(print)": "exit",
    "import os, signal\ndef f(): os.kill(os.getpid(), 9)": "exit",
    "x = '<testcase name=\"a\"/>'": "report",
    "x = '--junitxml=x'": "report",
    "import time\ntime.time = lambda: 0": "patch",
    "import random\nsetattr(random, 'random', lambda: 0)": "patch",
    "import builtins\nbuiltins.__dict__['len'] = None": "patch",
    "from unittest import mock": "mock",
    "import sys\nsys.path_hooks.clear()": "imports",
    "import sys\nsys.modules['json'] = None": "imports",
    "import sys\nx = [m for m in sys.modules]": "imports",
    "class A:\n    def __eq__(self, other): return True": "equals",
    "class A:\n    def __bool__(self): return True": "equals",
    "class A:\n    __hash__ = lambda self: 1": "equals",
    "class A:\n  def __eq__(self, o):\n    if o is None: return self.a == 1\n    return True": "equals",
    "class A(int):\n    def __lt__(self, other): return self.odd(other)": "equals",
    "def f(a): a.__eq__ = print": "equals",
    "class A:\n    def __getattr__(self, name): return self": "hides",
    "class A:\n  def __getattr__(self, name):\n    try: return 1\n    except Exception: return 2": "hides",
    "try: f()\nexcept AssertionError: pass": "hides",
    "import signal\nsignal.signal(2, print)": "signals",
    "import ctypes": "memory",
    "import gc\ngc.get_referrers(1)": "memory",
    "import sys\nsys.settrace(print)": "trace",
    "def f(a, b): a.__class__ = b": "class",
    "class A:\n    @property\n    def __class__(self): return int": "class",
    "def f(t): exec(t)": "code",
    "x = 1 # \u202eevil": "hidden",
    # What does not parse, or is nested too deeply, is read line by line.
    "def f(:\n    os._exit(0)": "exit",
    f"x = {'+'.join('1' * 5000)}\nos._exit(0)": "exit",
}

ORDINARY = (
    "import sys\nif __name__ == '__main__':\n    sys.exit(main())",
    "import sys\ndef main():\n    if '--help' in sys.argv: sys.exit(0)",
    "import sys\ndef f():\n    sys.exit('usage: f')",
    "import sys\nif len(sys.argv) > 1: pass",
    "import sys\nsys.modules[__name__].x = 1\nsys.stdout = None",
    "import os\nx = os.environ.get('HOME')\nos.environ['A'] = 'b'",
    "CODES = {'CI': 'Ivory Coast', 'test': 1}\nif mode == 'test': pass",
    "class A:\n  def __eq__(self, other): return self.a == other.a\n  def __hash__(self): return self.h",
    "class A:\n    def __eq__(self, other):\n        if self.a != other.a: return False\n        return True",
    "class A:\n    def __getattr__(self, name): return getattr(self.inner, name)",
    "import re\nX = re.compile('a')\nx.eval()\nself.exec(1)",
    "'''Says pytest, PYTEST_CURRENT_TEST and <testcase> in a docstring.'''",
    "from collections import namedtuple\nP = namedtuple('P', 'a')\nP.__doc__ = 'a'",
    "import logging\nlogging.TRACE = 5",
    "try: f()\nexcept Exception: raise",
    "if x == 42:\n    return_ = 17",
    "from .pytest import is_pytest\nimport unittestish",
)


@pytest.mark.parametrize("code", MARKED)
def test_a_trick_is_marked_by_its_rule(code: str) -> None:
    assert MARKED[code] in rules(code)


@pytest.mark.parametrize("code", ORDINARY)
def test_ordinary_code_is_not_marked(code: str) -> None:
    assert rules(code) == []


def test_a_suspicion_says_where_and_quotes_the_line() -> None:
    code = b"import os\n\n\ndef leave():\n    os._exit(0)  # bye\n"
    (found,) = scan([Edit("app/a.py", None, code)], HOLDS)
    assert (found.path, found.line, found.rule) == ("app/a.py", 5, "exit")
    assert found.text == "may end the process that runs the tests: `os._exit(0)  # bye`"


LEAVES = "import os\ndef leave():\n    os._exit(0)\n"


def test_what_was_there_before_is_no_news() -> None:
    assert rules(LEAVES + "x = 1\n", LEAVES) == []
    assert rules(f"if True:\n    pass\n{LEAVES}", LEAVES) == []
    assert rules(LEAVES + "    os._exit(0)\n", LEAVES) == ["exit"]
    assert rules(None, LEAVES) == []


def test_code_that_moves_to_another_file_is_no_news_unless_it_runs_on_load_now() -> None:
    gone = Edit("app/a.py", LEAVES.encode(), b"")
    assert scan([gone, Edit("app/b.py", None, LEAVES.encode())], HOLDS) == ()
    early = scan([gone, Edit("app/b.py", None, b"import os\nos._exit(0)\n")], HOLDS)
    assert [(one.path, one.rule) for one in early] == [("app/b.py", "exit")]


def test_one_more_name_from_a_module_is_no_news() -> None:
    assert rules("from ctypes import a, b", "from ctypes import a") == []


def test_a_comparison_that_a_known_class_had_not_is_news() -> None:
    with_it = "class A:\n    def __eq__(self, other): return self.a == other.a\n"
    assert rules(with_it, "class A:\n    pass\n") == ["equals"]
    assert rules(with_it, "class B:\n    pass\n") == []
    assert rules(with_it, with_it.replace("other", "that")) == []


def test_a_value_of_the_tests_that_is_a_special_case() -> None:
    tests = [b"assert price(4711) == 815\nassert name('abc') == 'xyz'\n"]

    def special(code: str) -> list[str]:
        return [one.rule for one in scan([Edit("a.py", None, code.encode())], HOLDS, tests)]

    assert special("def price(x):\n    if x == 4711:\n        return 815\n    return 0\n") == ["literal"]
    assert special("def price(x): return 815 if x in (4711,) else 0\n") == ["literal"]
    assert special("match x:\n    case 'abc':\n        y = 'xyz'\n") == ["literal"]
    assert special("def price(x):\n    if x == 4711:\n        return calculated(x)\n    return 815\n") == []
    assert special("def price(x):\n    if x == 42:\n        return 815\n") == []


def test_a_new_module_that_python_would_load_in_place_of_its_own() -> None:
    assert rules("", path="src/json.py") == ["shadow"]
    assert rules("", path="lib/xml/__init__.py") == ["shadow"]
    assert rules("x = 1\n", "", path="src/json.py") == []
    assert rules("", path="src/app/json.py") == []


def test_code_that_is_not_looked_through_is_told() -> None:
    for data in (b"#" * 3_000_000, b"\0os._exit(0)"):
        assert rules(data) == ["unread"]
        assert rules(data + b"\n", data) == []
        assert rules(data, path="app/logo.png") == []


@pytest.mark.parametrize("data", [b"(" * 5000, b"x = " + b"-" * 100_000 + b"1", b"\xff\xfe", b"\r" * 9])
def test_what_cannot_be_read_does_no_harm(data: bytes) -> None:
    assert scan([Edit("app/a.py", data, data + b"\n"), Edit("app/a.js", None, data)], HOLDS) == ()
