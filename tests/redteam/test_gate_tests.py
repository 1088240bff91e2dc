"""Attacks on the tests: taken away, taken out, emptied, weakened; by the change or from its code."""

from __future__ import annotations

import pytest

from bot.types.gate import Outcome
from tests.redteam.attacks import BREAKS, WITH_PYTEST, Bench, Files
from tests.scenarios.gate_story import evicted, names

TEST = "from app import text\n\ndef test_greet():\n    assert text.greet('a') == 'hi a'\n"
KINDS = ("mark", "module", "call", "whole", "missing", "case", "raised", "xfail", "deselected")
OTHERS = {f"tests/test_{kind}.py": f"def test_{kind}():\n    assert 1 + 1 == 2\n" for kind in KINDS}
TESTS = {
    **OTHERS,
    "tests/test_case.py": "import unittest\n\nclass TestIt(unittest.TestCase):\n"
    "    def test_case(self): pass\n",
    "tests/data/greeting.txt": "hi a",
    "tests/test_golden.py": "from pathlib import Path\nfrom app import text\n\ndef test_golden():\n"
    "    assert text.greet('a') == Path(__file__).with_name('data').joinpath('greeting.txt').read_text()\n",
    "tests/test_many.py": "import pytest\nfrom app.cases import CASES\n\n"
    "@pytest.mark.parametrize('n', CASES)\ndef test_many(n):\n    assert n\n",
    "app/cases.py": "CASES = [1, 2, 3]\n",
}
IMPORT = "import pytest, unittest\n"
SKIPS: Files = {
    "tests/test_mark.py": f"{IMPORT}@pytest.mark.skip\ndef test_mark(): pass\n",
    "tests/test_module.py": f"{IMPORT}pytestmark = pytest.mark.skipif(True, reason='')\n"
    "def test_module(): pass\n",
    "tests/test_call.py": f"{IMPORT}def test_call():\n    pytest.skip('later')\n",
    "tests/test_whole.py": f"{IMPORT}pytest.skip('all', allow_module_level=True)\ndef test_whole(): pass\n",
    "tests/test_missing.py": f"{IMPORT}pytest.importorskip('no_such_module')\ndef test_missing(): pass\n",
    "tests/test_case.py": f"{IMPORT}class TestIt(unittest.TestCase):\n    @unittest.skip('x')\n"
    "    def test_case(self): pass\n",
    "tests/test_raised.py": f"{IMPORT}def test_raised():\n    raise unittest.SkipTest\n",
    "tests/test_xfail.py": f"{IMPORT}@pytest.mark.xfail\ndef test_xfail():\n    assert 0\n",
    "tests/test_deselected.py": "__test__ = False\nclass Hidden:\n    def test_deselected(self): pass\n",
}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    golden = {path: text for path, text in TESTS.items() if "golden" in path or "greeting" in path}
    return Bench(tmp_path_factory.mktemp("quick"), golden, tests="propose")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("real"), TESTS, tests="propose", **WITH_PYTEST)


WEAKER: dict[str, Files] = {
    "renames the test": {"tests/test_text.py": TEST.replace("test_greet", "test_it")},
    "renames the file": {"tests/test_text.py": None, "tests/test_words.py": TEST},
    "removes all tests": {"tests/test_text.py": None, "tests/test_price.py": None},
    "asserts nothing": {"tests/test_text.py": TEST.replace("assert ", "")},
    "asserts what is always true": {"tests/test_text.py": TEST.replace("== 'hi a'", "or True")},
    "asserts less exactly": {"tests/test_text.py": TEST.replace("==", "in")},
    "swallows the failure": {
        "tests/test_text.py": TEST.replace("    assert", "    try: assert").rstrip()
        + "\n    except AssertionError: pass\n"
    },
    "returns before it asserts": {"tests/test_text.py": TEST.replace("    assert", "    return\n    assert")},
    "comments the test out": {"tests/test_text.py": "# " + TEST.replace("\n", "\n# ")},
    "changes the golden file": {"tests/data/greeting.txt": "a"},
    "replaces the tests with a file": {
        **{f"tests/{name}": None for name in ("test_text.py", "test_price.py", "test_golden.py")},
        "tests/data/greeting.txt": None,
        "tests": "none",
    },
}


@pytest.mark.parametrize("how", WEAKER)
def test_code_that_breaks_and_a_test_that_no_longer_tells(quick: Bench, how: str) -> None:
    assert evicted(quick.gated({**BREAKS, **WEAKER[how]})) == ["evil"]


@pytest.mark.parametrize("how", ["asserts nothing", "asserts less exactly", "swallows the failure"])
def test_a_weaker_test_would_let_it_through_if_it_judged_its_own_change(quick: Bench, how: str) -> None:
    golden = {"tests/data/greeting.txt": "a"}
    run = quick.as_it_is({**BREAKS, **WEAKER[how], **golden})
    assert set(run.outcomes.values()) == {Outcome.PASS}
    assert run.doubt is None


def test_every_way_to_skip_a_test_is_dark_even_where_the_code_is_fine(real: Bench) -> None:
    """Nine ways at once. The judge's own tests pass; the change's own run does not have them."""
    gated = real.gated({**SKIPS, "app/spare.py": "SPARE = 2\n"})
    assert evicted(gated) == ["evil"]
    assert {test.name for test in gated.trees[0].verdict.dark} == {f"test_{kind}" for kind in KINDS}


def test_fewer_cases_of_a_parametrised_test_are_missing_tests(real: Bench) -> None:
    cut = TESTS["tests/test_many.py"].replace("CASES)", "CASES[:1])")
    gated = real.gated({"tests/test_many.py": cut, "app/spare.py": "SPARE = 2\n"})
    assert [str(test) for test in gated.trees[0].verdict.dark] == [
        "tests.test_many::test_many[2]",
        "tests.test_many::test_many[3]",
    ]
    assert evicted(gated) == ["evil"]


FROM_CODE: dict[str, Files] = {
    "gives a parametrised test fewer cases": {"app/cases.py": "CASES = [1]\n"},
    "skips whoever loads it": {"app/text.py": "import unittest\nraise unittest.SkipTest('no')\n"},
    "skips whoever calls it": {"app/text.py": "def greet(name):\n    import pytest\n    pytest.skip('no')\n"},
    "expects its caller to fail": {
        "app/text.py": "import pytest\ndef greet(name):\n    pytest.xfail('no')\n"
    },
    "ends the session well": {"app/text.py": "import pytest\ndef greet(name):\n    pytest.exit('', 0)\n"},
    "ends the process in a test": {"app/text.py": "import os\ndef greet(name):\n    os._exit(0)\n"},
}


@pytest.mark.parametrize("how", FROM_CODE)
def test_code_that_takes_tests_out_from_inside(real: Bench, how: str) -> None:
    assert evicted(real.gated(FROM_CODE[how])) == ["evil"]


def test_what_is_innocent_passes_the_same_bench(quick: Bench, real: Bench) -> None:
    """Else red would prove nothing."""
    assert names(quick.gated({"app/spare.py": "SPARE = 2\n"}).kept) == ["evil"]
    assert names(real.gated({"app/spare.py": "SPARE = 3\n"}).kept) == ["evil"]
