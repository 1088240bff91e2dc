"""Who names a removed thing: each rule on a tiny tree, with its near misses."""

from __future__ import annotations

import pytest

from tests.unit.review.trees import evidence, findings, refuted

MOD = "def foo():\n    return 1\n\n\ndef kept():\n    return 2\n"
BARE = "def kept():\n    return 2\n"
PKG = {"pkg/__init__.py": "", "pkg/mod.py": MOD}

USES = {
    "import from": ("pkg/use.py", "from pkg.mod import foo\n"),
    "relative import": ("pkg/use.py", "from .mod import foo as f\n"),
    "attribute of an imported module": ("app.py", "import pkg.mod\npkg.mod.foo()\n"),
    "attribute of an alias": ("app.py", "import pkg.mod as m\nm.foo()\n"),
    "attribute of a module taken from its package": ("app.py", "from pkg import mod\nmod.foo()\n"),
    "import within a function": ("app.py", "def f():\n    from pkg.mod import foo\n"),
    "star and name": ("app.py", "from pkg.mod import *\nfoo()\n"),
    "star of a star": ("app.py", "from pkg.mod import *\nx = [foo() for _ in ()]\n"),
    "a file that does not parse": ("old.py", "print 'x'\nfoo()\n"),
}


@pytest.mark.parametrize("use", USES.values(), ids=list(USES))
def test_code_elsewhere_names_it(use: tuple[str, str]) -> None:
    path, text = use
    assert refuted({**PKG, path: text}, {"pkg/mod.py": BARE}) == {"pkg/mod.py::foo": ["code"]}


@pytest.mark.parametrize(
    "text",
    [
        "from pkg.other import foo\n",
        "def foo():\n    pass\n\n\nfoo()\n",
        "import os\nos.foo()\n",
        "self.foo()\n",
        "from pkg.mod import kept\nfoo = kept\nfoo()\n",
        '"""About foo."""\n',
        "# foo\n",
        "raise ValueError('cannot do foo today')\n",
        "x = {'food': 1}\n",
    ],
)
def test_the_same_word_elsewhere_is_not_always_the_same_thing(text: str) -> None:
    assert refuted({**PKG, "pkg/use.py": text}, {"pkg/mod.py": BARE}) == {}


def test_a_star_is_followed_through_packages() -> None:
    files = {**PKG, "pkg/__init__.py": "from .mod import *\n", "app.py": "import pkg\npkg.foo()\n"}
    assert refuted(files, {"pkg/mod.py": BARE}) == {"pkg/mod.py::foo": ["code"]}
    assert refuted({**files, "app.py": "from pkg import foo\n"}, {"pkg/mod.py": BARE}) == {
        "pkg/mod.py::foo": ["code"]
    }


def test_what_is_removed_together_refutes_nothing() -> None:
    files = {**PKG, "pkg/use.py": "from pkg.mod import foo\n\n\ndef bar():\n    return foo()\n"}
    assert refuted(files, {"pkg/mod.py": BARE, "pkg/use.py": ""}) == {}


def test_its_own_file_still_uses_it() -> None:
    assert refuted(PKG, {"pkg/mod.py": "def kept():\n    return foo()\n"}) == {"pkg/mod.py::foo": ["code"]}


def test_a_local_of_the_same_name_is_not_it() -> None:
    text = "def kept(foo):\n    return foo()\n\n\ndef other():\n    foo = 1\n    return [foo for _ in ()]\n"
    assert refuted(PKG, {"pkg/mod.py": text}) == {}


def test_a_name_that_is_bound_in_another_way_is_not_removed() -> None:
    assert refuted({**PKG, "a.py": "from pkg.mod import foo\n"}, {"pkg/mod.py": "foo = kept = print\n"}) == {}


def test_source_layouts_need_no_settings() -> None:
    files = {
        "src/pkg/__init__.py": "",
        "src/pkg/mod.py": MOD,
        "tests/test_it.py": "from pkg.mod import foo\n",
    }
    (piece,) = evidence(files, {"src/pkg/mod.py": BARE})
    assert (piece.path, piece.line, piece.text) == ("tests/test_it.py", 1, "from pkg.mod import foo")


STRINGS = {
    "a literal for getattr": 'getattr(mod, "foo")()\n',
    "a table of names": 'TABLE = {"a": "foo"}\n',
    "a dotted path": 'load("pkg.mod.foo")\n',
    "a template string": 'T = "Dear {{ name | foo }}"\n',
    "a format string": 'T = "%(foo)s of it"\n',
    "markup": 'T = "<a onclick=foo>go there</a>"\n',
    "code in prose": 'run("from pkg.mod import foo; foo()")\n',
    "a type in a string": 'T = "Dict[str, foo]"\n',
    "an f-string's constant": 'T = f"foo{x}"\n',
}


@pytest.mark.parametrize("text", STRINGS.values(), ids=list(STRINGS))
def test_a_string_names_it(text: str) -> None:
    assert refuted({**PKG, "app.py": text}, {"pkg/mod.py": BARE}) == {"pkg/mod.py::foo": ["string"]}


def test_a_dotted_string_about_another_module_does_not() -> None:
    files = {**PKG, "pkg/other.py": "foo = 1\n", "app.py": 'load("pkg.other.foo")\n'}
    assert refuted(files, {"pkg/mod.py": BARE}) == {}


def test_quoted_annotations_are_code() -> None:
    files = {"m.py": "class Foo:\n    pass\n\n\ndef f(x):\n    return x\n"}
    for text in (
        'def f(x: "list[Foo]") -> "Foo | None":\n    return x\n',
        'from typing import cast\nx = cast("dict[str, Foo]", {})\n',
        'from typing import TypeVar\nT = TypeVar("T", bound="Foo")\n',
    ):
        assert set(refuted(files, {"m.py": text})["m.py::Foo"]) == {"code"}
    assert refuted(files, {"m.py": 'from typing import Literal\nX: Literal["Foo"]\n'}) == {
        "m.py::Foo": ["string"]
    }


def test_a_line_in_a_long_string_is_quoted() -> None:
    text = 'T = """\nDear {{ name }},\n{{ price | foo }}\n"""\n'
    (piece,) = evidence({**PKG, "app.py": text}, {"pkg/mod.py": BARE})
    assert (piece.line, piece.text) == (3, "{{ price | foo }}")


FILES = {
    "yaml": ("conf/app.yml", "handlers:\n  - foo\n", "config"),
    "toml": ("settings.toml", 'filter = "foo"\n', "config"),
    "json": ("data.json", '{"call": "foo"}\n', "config"),
    "dotted": ("app.ini", "hook = pkg.mod.foo\n", "config"),
    "script": ("pyproject.toml", '[project.scripts]\nx = "pkg.mod:foo"\n', "entry-point"),
    "setup.cfg": (
        "setup.cfg",
        "[options.entry_points]\nconsole_scripts =\n    x = pkg.mod:foo\n",
        "entry-point",
    ),
    "setup.py": ("setup.py", "setup(entry_points={'console_scripts': ['x = pkg.mod:foo']})\n", "entry-point"),
    "jinja": ("web/page.html", "<p>{{ x | foo }}</p>\n", "template"),
    "text": ("mail/hello.txt", "Dear {{ x | foo }}\n", "template"),
    "folder": ("pkg/templates/mail.md", "{{ x | foo }}\n", "template"),
    "make": ("Makefile", 'go:\n\tpython -c "from pkg.mod import foo; foo()"\n', "config"),
    "cython": ("pkg/fast.pyx", "foo()\n", "code"),
}


@pytest.mark.parametrize(("path", "text", "kind"), FILES.values(), ids=list(FILES))
def test_a_file_that_is_not_python_names_it(path: str, text: str, kind: str) -> None:
    assert refuted({**PKG, path: text}, {"pkg/mod.py": BARE}) == {"pkg/mod.py::foo": [kind]}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("conf/app.yml", "# foo is gone\nbar: 1\n"),
        ("pyproject.toml", "[tool.x]\nfoo = 1\n"),
        (".github/workflows/ci.yml", "jobs:\n  foo:\n    runs-on: x\n"),
        ("Makefile", "foo:\n\techo foo\n"),
        ("poetry.lock", 'name = "foo"\n'),
        ("requirements-dev.txt", "foo>=1\n"),
        ("notes.txt", "you may foo it\n"),
        ("README.md", "call foo()\n"),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    x = pkg.other:foo\n"),
    ],
)
def test_words_in_other_files_are_only_words(path: str, text: str) -> None:
    files = {**PKG, "pkg/other.py": "def foo():\n    pass\n", path: text}
    assert refuted(files, {"pkg/mod.py": BARE}) == {}


def test_an_identifier_in_plain_text_is_no_english_word() -> None:
    files = {"m.py": "def format_weight():\n    pass\n", "letter.txt": "see format_weight\n"}
    assert refuted(files, {"m.py": ""}) == {"m.py::format_weight": ["template"]}


@pytest.mark.parametrize(
    "exports",
    ['__all__ = ["foo"]', '__all__ = ("kept",)\n__all__ += ["foo"]', '__all__: list[str] = ["foo"]'],
)
def test_its_own_module_exports_it(exports: str) -> None:
    (piece,) = evidence(PKG, {"pkg/mod.py": f"{exports}\n{BARE}"})
    assert (piece.kind, piece.path) == ("export", "pkg/mod.py")


def test_another_module_exports_it_through_a_star() -> None:
    files = {**PKG, "pkg/__init__.py": 'from .mod import *\n\n__all__ = ["foo"]\n'}
    assert refuted(files, {"pkg/mod.py": BARE}) == {"pkg/mod.py::foo": ["export"]}
    unrelated = {**PKG, "pkg/__init__.py": 'from .other import *\n\n__all__ = ["foo"]\n'}
    assert refuted(unrelated, {"pkg/mod.py": BARE}) == {}


def test_something_moved_is_missed_only_where_the_old_place_is_named() -> None:
    files = {**PKG, "conf.yml": "call: foo\n", "a.py": 'getattr(x, "foo")\n'}
    moved: dict[str, str | None] = {"pkg/mod.py": BARE, "pkg/new.py": "def foo():\n    return 1\n"}
    assert refuted(files, moved) == {}
    named = {**files, "b.py": 'load("pkg.mod.foo")\n', "c.py": "from pkg.mod import foo\n"}
    assert refuted(named, moved) == {"pkg/mod.py::foo": ["code", "string"]}


def test_constants_are_named_by_code_and_loud_ones_by_strings() -> None:
    files = {"m.py": "LIMIT = 1\nlimit = 2\nkept = 3\n", "a.py": 'getattr(m, "LIMIT")\nx = {"limit": 1}\n'}
    assert refuted(files, {"m.py": "kept = 3\n"}) == {"m.py::LIMIT": ["string"]}
    assert refuted({**files, "b.py": "from m import limit\n"}, {"m.py": "LIMIT = 1\nkept = 3\n"}) == {
        "m.py::limit": ["code"]
    }


def test_a_finding_says_what_it_found_and_quotes_five_places() -> None:
    page = "x" * 300 + " {{ a | foo }} " + "y" * 300
    (finding,) = findings({**PKG, "a.html": page, "b.yml": "foo\n" * 9}, {"pkg/mod.py": BARE})
    assert finding.claim == "`foo` is still named by configuration and a template"
    assert not finding.confirmed
    assert [piece.kind for piece in finding.evidence] == ["config"] * 5
    (finding,) = findings({**PKG, "a.html": page}, {"pkg/mod.py": BARE})
    assert "| foo }}" in finding.evidence[0].text
    assert len(finding.evidence[0].text) == 200
