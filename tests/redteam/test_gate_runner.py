"""Attacks on the runner: plug-ins, code that Python loads first, modules in place of its own, settings."""

from __future__ import annotations

import py_compile
import sys
from pathlib import Path

import pytest

from bot.types.gate import Outcome
from tests.redteam.attacks import BREAKS, FORGES, PASSES_ALL, WITH_PYTEST, Bench, Files
from tests.scenarios.gate_story import evicted

AUTOLOADING = f"{sys.executable} -m pytest -q -p no:asyncio -p no:anyio -p no:hypothesispytest"
RUNNER = Path(__file__).parents[1] / "scenarios" / "quick_suite.py"
# Not this environment's Python: its own packages would stand before the project's.
WITH_SITE = f"PYTHONPATH=. {Path(sys.executable).resolve()} -s {RUNNER} {{report}}"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A project whose tests have a plug-in of their own, and one that is read by its path."""
    own = {"tests/conftest.py": "pytest_plugins = ['own_plug']\n", "tests/own_plug.py": "", "app/plug.py": ""}
    return Bench(tmp_path_factory.mktemp("real"), own, **WITH_PYTEST)


PLUG_INS: dict[str, Files] = {
    "a conftest.py at the root": {"conftest.py": PASSES_ALL},
    "a conftest.py that is edited": {"tests/conftest.py": PASSES_ALL},
    "a conftest.py deep below": {"tests/deep/conftest.py": PASSES_ALL, "tests/deep/test_x.py": ""},
    "a plug-in that the tests name": {"tests/own_plug.py": PASSES_ALL},
    "a plug-in in the sources, named by a new conftest.py": {
        "conftest.py": "pytest_plugins = ['app.plug']\n",
        "app/plug.py": PASSES_ALL,
    },
    "a plug-in in the sources, named by the settings": {
        "pytest.ini": "[pytest]\naddopts = -p app.plug\npythonpath = .\n",
        "app/plug.py": PASSES_ALL,
    },
    "tests that are not collected": {
        "conftest.py": "collect_ignore_glob = ['tests/test_text*']\n"
        "def pytest_collection_modifyitems(items): items[:] = [i for i in items if 'text' not in i.name]\n"
    },
    "an exit code that is made": {
        "conftest.py": "import os\ndef pytest_sessionfinish(session): os._exit(0)\n",
    },
}
SETTINGS: dict[str, Files] = {
    "pytest.ini": {"pytest.ini": "[pytest]\naddopts = --deselect tests/test_text.py\n"},
    ".pytest.ini": {".pytest.ini": "[pytest]\naddopts = --deselect tests/test_text.py\n"},
    "pyproject.toml": {
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n"
        "addopts = ['--deselect', 'tests/test_text.py']\n"
    },
    "setup.cfg": {"pyproject.toml": None, "setup.cfg": "[tool:pytest]\naddopts = -k net\npythonpath = .\n"},
    "tox.ini": {"pyproject.toml": None, "tox.ini": "[pytest]\naddopts = -k net\npythonpath = .\n"},
    "a pytest.ini among the tests": {"tests/pytest.ini": "[pytest]\naddopts = -k net\n"},
    "xfail without strictness": {
        "pytest.ini": "[pytest]\naddopts = -p app.plug\npythonpath = .\n",
        "app/plug.py": "import pytest\ndef pytest_collection_modifyitems(items):\n"
        "    for item in items: item.add_marker(pytest.mark.xfail)\n",
    },
}
# `python -m` puts the working folder before the standard library.
SHADOWS = (
    *("pytest.py", "pytest/__init__.py", "_pytest/__init__.py", "pluggy.py", "iniconfig/__init__.py"),
    *("argparse.py", "json/__init__.py", "xml/__init__.py", "tempfile.py", "unittest/__init__.py"),
)
ALL = {**PLUG_INS, **SETTINGS, "all shadows": dict.fromkeys(SHADOWS, FORGES)}


@pytest.mark.parametrize("what", ALL)
def test_the_judge_runs_with_its_own_runner(real: Bench, what: str) -> None:
    assert evicted(real.gated({**BREAKS, **ALL[what]})) == ["evil"]


TEETH = (
    "pytest.ini",
    "a conftest.py that is edited",
    "a plug-in that the tests name",
    "setup.cfg",
    "tox.ini",
)


@pytest.mark.parametrize("what", TEETH)
def test_it_would_have_passed_with_the_candidates_runner(real: Bench, what: str) -> None:
    run = real.as_it_is({**BREAKS, **ALL[what]})
    assert run.doubt is None
    assert set(run.outcomes.values()) == {Outcome.PASS}


@pytest.mark.parametrize("module", SHADOWS)
def test_a_module_of_the_tree_is_loaded_in_place_of_the_runners(real: Bench, module: str) -> None:
    """So every one of these has to be the judge's; a name that the tests above held for nothing is told."""
    run = real.as_it_is({**BREAKS, module: FORGES})
    assert set(run.outcomes.values()) == {Outcome.PASS}, run.doubt
    assert run.doubt is None


def test_an_installed_distribution_in_the_tree_is_no_plug_in(tmp_path: Path) -> None:
    """`*.dist-info` beside the sources is how pytest finds plug-ins."""
    files = {
        **BREAKS,
        "evil-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n",
        "evil-1.0.dist-info/entry_points.txt": "[pytest11]\nevil = app.plug\n",
        "app/plug.py": PASSES_ALL,
    }
    bench = Bench(tmp_path, run=AUTOLOADING)
    assert set(bench.as_it_is(files).outcomes.values()) == {Outcome.PASS}
    assert evicted(bench.gated(files)) == ["evil"]


STARTUP: dict[str, Files] = {
    name: {name: f"import sys\nif sys.argv[1:]:\n    sys.argv[1] = '--junitxml=' + sys.argv[1]\n{FORGES}"}
    for name in ("sitecustomize.py", "usercustomize.py", "sitecustomize/__init__.py", "importlib/__init__.py")
}
STARTUP |= {
    "a.pth": {"a.pth": "import os; os._exit(0)\n"},
    "a cached module": {
        "__pycache__/sitecustomize.cpython-311.pyc": b"\0" * 16,
        "sitecustomize.pyc": b"\0" * 16,
    },
    "settings of the shell and of Python": {
        ".env": "PYTEST_ADDOPTS=-k net\nPYTHONPATH=evil\n",
        ".envrc": "export PYTHONSTARTUP=evil.py\n",
        "pyvenv.cfg": "include-system-site-packages = true\n",
        ".pythonrc.py": FORGES,
    },
}


@pytest.mark.parametrize("what", STARTUP)
def test_nothing_runs_before_the_runner(tmp_path: Path, what: str) -> None:
    """The tree is on PYTHONPATH, as in many a project's own command."""
    bench = Bench(tmp_path, run=WITH_SITE, select=None)
    assert evicted(bench.gated({**BREAKS, **STARTUP[what]})) == ["evil"]


def test_compiled_code_is_no_better_than_its_source(tmp_path: Path) -> None:
    """Python takes such a file unasked, and what is reviewed is the source."""
    good, cached = tmp_path / "good.py", tmp_path / "good.pyc"
    good.write_text("def greet(name):\n    return 'hi ' + name\n")
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(good), str(cached), invalidation_mode=mode)
    tag = sys.implementation.cache_tag
    files = {**BREAKS, f"app/__pycache__/text.{tag}.pyc": cached.read_bytes()}
    bench = Bench(tmp_path / "bench")
    assert set(bench.as_it_is(files).outcomes.values()) == {Outcome.PASS}
    assert evicted(bench.gated(files)) == ["evil"]
