"""Library or application, and what prose documents."""

from __future__ import annotations

import pytest

from bot.engines.recipe.public import default_mode, documented_names


@pytest.mark.parametrize(
    ("files", "mode"),
    [
        pytest.param({}, "application", id="nothing to install"),
        pytest.param({"pyproject.toml": "[tool.ruff]\n"}, "application", id="settings only"),
        pytest.param({"pyproject.toml": "[project]\nname = 'x'\n"}, "library", id="project"),
        pytest.param({"pyproject.toml": "[tool.poetry]\nname = 'x'\n"}, "library", id="poetry"),
        pytest.param({"pyproject.toml": "[build-system]\nrequires = []\n"}, "library", id="build system"),
        pytest.param(
            {"pyproject.toml": "[project]\n[project.scripts]\nx = 'x:y'\n"}, "application", id="scripts"
        ),
        pytest.param(
            {"pyproject.toml": "[project]\n[project.gui-scripts]\nx = 'x:y'\n"},
            "application",
            id="gui scripts",
        ),
        pytest.param(
            {"pyproject.toml": "[project]\n[project.entry-points.p]\nx = 'x:y'\n"},
            "application",
            id="entry points",
        ),
        pytest.param(
            {"pyproject.toml": "[tool.poetry.scripts]\nx = 'x:y'\n"}, "application", id="poetry scripts"
        ),
        pytest.param({"setup.cfg": "[metadata]\nname = x\n"}, "library", id="setup.cfg"),
        pytest.param(
            {"setup.cfg": "[options.entry_points]\na = b\n"}, "application", id="setup.cfg entry points"
        ),
        pytest.param({"setup.py": "setup(name='x')"}, "library", id="setup.py"),
        pytest.param({"setup.py": "setup(entry_points={})"}, "application", id="setup.py entry points"),
        pytest.param({"pyproject.toml": "[project"}, "library", id="unreadable pyproject"),
        pytest.param({"setup.cfg": "no section\n"}, "library", id="unreadable setup.cfg"),
    ],
)
def test_what_installs_and_does_not_start_is_a_library(files: dict[str, str], mode: str) -> None:
    assert default_mode({name: text.encode() for name, text in files.items()}) == mode


@pytest.mark.parametrize(
    ("prose", "names"),
    [
        ("Call `frob` or ``twist()``.", {"frob", "twist"}),
        ("See :func:`~pkg.mod.frob` and :class:`Frob <pkg.Frob>`.", {"pkg", "mod", "frob", "Frob"}),
        ("`pkg.cli:main` starts it, `frob(a, b=1)` does it.", {"pkg", "cli", "main", "frob"}),
        ("Call frob; see `setup.py`, `--frob`, `frob the twist` and `x = 1`.", set()),
    ],
)
def test_prose_documents_what_it_sets_as_code(prose: str, names: set[str]) -> None:
    assert documented_names([prose]) == names
