"""Imports and whole modules that a change removes."""

from __future__ import annotations

import pytest

from tests.unit.review.trees import findings, refuted

PKG = {"pkg/__init__.py": "", "pkg/mod.py": "import json\n\nx = 1\n"}
GONE: dict[str, str | None] = {"pkg/mod.py": "x = 1\n"}


def test_an_unused_import_goes_in_peace() -> None:
    words = {
        "conf.yml": "format: json\n",
        "a.py": 'x = "json"\nimport json\njson.dumps(1)\n',
        "p.html": "json\n",
    }
    assert refuted({**PKG, **words}, GONE) == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("from pkg.mod import json\n", "code"),
        ("import pkg.mod\npkg.mod.json.dumps(1)\n", "code"),
        ("from pkg import mod\nmod.json\n", "code"),
        ('mock.patch("pkg.mod.json.dumps")\n', "string"),
    ],
)
def test_another_module_takes_it_from_here(text: str, kind: str) -> None:
    assert refuted({**PKG, "a.py": text}, GONE) == {"pkg/mod.py::import json": [kind]}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x = json.dumps(1)\n", "code"),
        ('__all__ = ["json"]\n', "export"),
        ('def f(x: "json.JSONEncoder"):\n    pass\n', "code"),
    ],
)
def test_its_own_module_still_needs_it(text: str, kind: str) -> None:
    assert refuted(PKG, {"pkg/mod.py": text}) == {"pkg/mod.py::import json": [kind]}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("import json  # noqa\n", "marker"),
        ("import json  # noqa: E402, F401\n", "marker"),
        ("# ruff: noqa: F401\nimport json\n", "marker"),
        ("# flake8: noqa\nimport json\n", "marker"),
        ("import json as json\n", "export"),
        ("from json import dumps as dumps\n", "export"),
    ],
)
def test_its_author_says_that_it_stays(line: str, kind: str) -> None:
    (kinds,) = refuted({"m.py": line + "x = 1\n"}, {"m.py": "x = 1\n"}).values()
    assert kinds == [kind]


@pytest.mark.parametrize("line", ["import json  # noqa: E402\n", "import json as j\n", "import os.path\n"])
def test_other_remarks_do_not_say_so(line: str) -> None:
    assert refuted({"m.py": line + "x = 1\n"}, {"m.py": "x = 1\n"}) == {}


def test_an_import_that_is_made_in_another_way_is_not_removed() -> None:
    text = "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib\n"
    assert refuted({"m.py": text, "a.py": "from m import tomllib\n"}, {"m.py": "import tomllib\n"}) == {}


REGISTERS = "@register\ndef handler():\n    pass\n"


@pytest.mark.parametrize("effect", [REGISTERS, "register(1)\n"])
def test_the_last_import_of_a_module_that_acts_when_loaded(effect: str) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/app.py": "from . import handlers\n\nx = 1\n",
        "pkg/handlers.py": effect,
    }
    (finding,) = findings(files, {"pkg/app.py": "x = 1\n"})
    assert finding.subject == "pkg/app.py::import handlers"
    assert finding.claim == "`handlers` is imported for what loading it does"
    assert finding.evidence[0].path == "pkg/handlers.py"


@pytest.mark.parametrize(
    ("other", "effect"),
    [
        ({"pkg/b.py": "import pkg.handlers\n"}, REGISTERS),
        ({"pkg/b.py": "from .handlers import handler\n"}, REGISTERS),
        ({}, "def handler():\n    pass\n"),
        ({}, 'if __name__ == "__main__":\n    main()\n'),
    ],
)
def test_nothing_is_lost_where_another_loads_it_or_it_does_nothing(
    other: dict[str, str], effect: str
) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/app.py": "from . import handlers\n\nx = 1\n",
        "pkg/handlers.py": effect,
    }
    assert refuted({**files, **other}, {"pkg/app.py": "x = 1\n"}) == {}


def test_a_second_import_in_the_same_file_loads_it_too() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/handlers.py": REGISTERS,
        "pkg/app.py": "from .handlers import handler, other\n",
    }
    assert refuted(files, {"pkg/app.py": "from .handlers import other\n"}) == {}


# Whole modules

MODULE = {"pkg/__init__.py": "", "pkg/old.py": "def old_one():\n    pass\n"}


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("a.py", "import pkg.old\n", "code"),
        ("a.py", "from pkg import old\n", "code"),
        ("pkg/a.py", "from . import old\n", "code"),
        ("pkg/a.py", "from .old import anything\n", "code"),
        ("a.py", 'import_module("pkg.old")\n', "string"),
        ("pkg/a.py", 'import_module(".old", __package__)\n', "string"),
        ("a.py", 'import_module(f"pkg.{name}")\n', "computed"),
        ("pkg/a.py", 'import_module("." + name, __package__)\n', "computed"),
        (
            "pkg/__init__.py",
            "import pkgutil\nfor m in pkgutil.iter_modules(__path__):\n    load(m)\n",
            "computed",
        ),
        ("pkg/__init__.py", '__all__ = ["old"]\n', "export"),
        ("conf.toml", 'plugins = ["pkg.old"]\n', "config"),
        ("pyproject.toml", '[project.scripts]\nold = "pkg.old:main"\n', "entry-point"),
        ("Makefile", "run:\n\tpython -m pkg.old\n", "config"),
        ("tools/run.sh", "python pkg/old.py\n", "config"),
    ],
)
def test_a_module_is_still_named(path: str, text: str, kind: str) -> None:
    assert refuted({**MODULE, path: text}, {"pkg/old.py": None}) == {"pkg/old.py": [kind]}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "from pkg.other import old\n"),
        ("a.py", 'x = {"old": 1}\n'),
        ("conf.yml", "old: true\n"),
        ("a.py", 'import_module(f"plugins.{name}")\n'),
        ("README.md", "pkg.old is gone\n"),
    ],
)
def test_its_last_part_is_only_a_word(path: str, text: str) -> None:
    files = {**MODULE, "pkg/other.py": "old = 1\n", path: text}
    assert refuted(files, {"pkg/old.py": None}) == {}


def test_what_a_deleted_module_held_is_looked_for_by_name() -> None:
    assert refuted({**MODULE, "conf.yml": "call: old_one\n"}, {"pkg/old.py": None}) == {
        "pkg/old.py::old_one": ["config"]
    }


def test_a_module_and_its_only_user_go_together() -> None:
    files = {**MODULE, "pkg/user.py": "from .old import old_one\n"}
    assert refuted(files, {"pkg/old.py": None, "pkg/user.py": None}) == {}


def test_a_package_and_its_modules() -> None:
    files = {"pkg/__init__.py": "", "pkg/sub/__init__.py": "y = 1\n", "a.py": "from pkg.sub import y\n"}
    assert refuted(files, {"pkg/sub/__init__.py": None})["pkg/sub/__init__.py"] == ["code"]


def test_files_that_are_no_python_remove_nothing() -> None:
    assert refuted({"a.yml": "foo: 1\n", "b.py": 'x = "foo"\n'}, {"a.yml": None}) == {}


def test_a_file_that_cannot_be_parsed_is_read_by_its_words() -> None:
    files = {
        "old.py": "print 'x'\n\ndef foo():\n    pass\n\ndef bar():\n    pass\n",
        "a.py": "from old import foo\n",
    }
    assert refuted(files, {"old.py": "print 'x'\n\ndef bar():\n    pass\n"}) == {"old.py::foo": ["code"]}
