"""Methods and classes: uses by attribute, decorators, classes above, computed names, registries."""

from __future__ import annotations

import pytest

from tests.unit.review.trees import findings, refuted

BASE = "class Thing{bases}:\n    x = 1\n\n    def hook(self):\n        pass\n"
GONE = "class Thing{bases}:\n    x = 1\n"


def thing(bases: str = "", imports: str = "") -> tuple[dict[str, str], dict[str, str | None]]:
    return {"m.py": imports + BASE.format(bases=bases)}, {"m.py": imports + GONE.format(bases=bases)}


@pytest.mark.parametrize(
    "text",
    [
        "obj.hook()\n",
        "super().hook()\n",
        "match o:\n    case Thing(hook=1):\n        pass\n",
        "call = make().hook\n",
    ],
)
def test_any_attribute_may_mean_a_method(text: str) -> None:
    before, to = thing()
    assert refuted({**before, "a.py": text}, to) == {"m.py::Thing.hook": ["code"]}


@pytest.mark.parametrize(
    "text",
    [
        "obj.hook = 1\n",
        "import json\njson.hook()\n",
        "class Other:\n    def hook(self):\n        pass\n\n    def go(self):\n        self.hook()\n",
        "hook()\n",
    ],
)
def test_some_attributes_cannot(text: str) -> None:
    before, to = thing()
    assert refuted({**before, "a.py": text}, to) == {}


def test_an_alias_in_the_class_body_uses_the_method() -> None:
    before, _ = thing()
    assert refuted(before, {"m.py": "class Thing:\n    x = 1\n    alias = hook\n"}) == {
        "m.py::Thing.hook": ["code"]
    }


def test_an_attribute_that_takes_a_property_s_place_is_no_removal() -> None:
    before, _ = thing()
    to: dict[str, str | None] = {"m.py": "class Thing:\n    def go(self):\n        self.hook = 1\n"}
    assert refuted({**before, "a.py": "t.hook\n"}, to) == {}


def test_a_class_takes_its_methods_with_it() -> None:
    before, _ = thing()
    assert refuted({**before, "a.py": "obj.hook()\n"}, {"m.py": ""}) == {}


# Decorators


@pytest.mark.parametrize(
    "decorator", ["register", "app.route('/x')", "registry.add('x', y=1)", "pytest.fixture"]
)
def test_a_decorator_may_have_registered_it(decorator: str) -> None:
    (finding,) = findings({"m.py": f"@{decorator}\ndef view():\n    pass\n"}, {"m.py": ""})
    assert finding.claim == "`view` is handed to a decorator"
    assert [(piece.line, piece.text) for piece in finding.evidence] == [(1, f"@{decorator}")]


def test_a_decorator_over_several_lines_is_quoted_whole() -> None:
    text = "@command(\n    'book',\n    'take one',\n)\ndef view():\n    pass\n"
    (finding,) = findings({"m.py": text}, {"m.py": ""})
    assert finding.evidence[0].text == "@command( 'book', 'take one', )"


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("import functools\n", "functools.lru_cache(maxsize=1)"),
        ("from functools import cache as memo\n", "memo"),
        ("from contextlib import contextmanager\n", "contextmanager"),
        ("from typing import overload\n", "overload"),
        ("from typing_extensions import override\n", "override"),
    ],
)
def test_neutral_decorators_register_nothing(imports: str, decorator: str) -> None:
    assert refuted({"m.py": f"{imports}@{decorator}\ndef view():\n    pass\n"}, {"m.py": imports}) == {}


def test_a_property_and_its_setter_are_one_thing() -> None:
    getter = "\n    @property\n    def hook(self):\n        pass\n"
    body = getter + "\n    @hook.setter\n    def hook(self, x):\n        pass\n"
    assert refuted({"m.py": GONE.format(bases="") + body}, thing()[1]) == {}


def test_a_decorator_of_one_s_own_with_a_known_name_is_not_neutral() -> None:
    text = "from .registry import cache\n\n\n@cache\ndef view():\n    pass\n"
    assert refuted({"m.py": text}, {"m.py": ""}) == {"m.py::view": ["decorator"]}


# Classes above


@pytest.mark.parametrize(
    ("bases", "imports"),
    [
        ("(argparse.HelpFormatter)", "import argparse\n"),
        ("(Set)", "from collections.abc import Set\n"),
        ("(partial)", "from functools import partial\n"),
        ("(Extension)", "from jinja2.ext import Extension\n"),
        ("(dict)", ""),
        ("(Base)", "from elsewhere import *\n"),
        ("(make_base())", ""),
        ("(Model[int])", "from orm import Model\n"),
    ],
)
def test_a_class_from_elsewhere_may_call_a_method(bases: str, imports: str) -> None:
    before, to = thing(bases, imports)
    assert refuted(before, to) == {"m.py::Thing.hook": ["override"]}


@pytest.mark.parametrize(
    ("bases", "imports"),
    [
        ("(object)", ""),
        ("(ValueError)", ""),
        ("(ABC)", "from abc import ABC\n"),
        ("(typing.Protocol)", "import typing\n"),
        ("(Generic[T])", "from typing import Generic\n"),
        ("(Enum)", "from enum import Enum\n"),
        ("(NamedTuple)", "from typing import NamedTuple\n"),
        ("(Own)", "class Own:\n    pass\n\n\n"),
    ],
)
def test_some_classes_call_nothing_by_name(bases: str, imports: str) -> None:
    before, to = thing(bases, imports)
    assert refuted(before, to) == {}


def test_an_enum_calls_methods_between_underscores() -> None:
    text = "from enum import Enum\n\n\nclass E(Enum):\n    A = 1\n"
    method = "\n    @classmethod\n    def _missing_(cls, value):\n        return cls.A\n"
    assert refuted({"m.py": text + method}, {"m.py": text}) == {"m.py::E._missing_": ["override"]}


def test_a_class_far_above_is_found_through_re_exports() -> None:
    before, to = thing("(Base)", "from pkg import Base\n")
    files = {
        **before,
        "pkg/__init__.py": "from .core import *\n",
        "pkg/core.py": """
            import threading

            class Base(Middle):
                pass

            class Middle(threading.Thread):
                pass
            """,
    }
    (finding,) = findings(files, to)
    assert [(p.kind, p.path, p.text) for p in finding.evidence] == [
        ("override", "pkg/core.py", "class Middle(threading.Thread):")
    ]


def test_a_method_that_stands_above_as_well_is_dispatched_to() -> None:
    before, to = thing("(Base)", "from base import Base\n")
    files = {**before, "base.py": "class Base:\n    def hook(self):\n        raise NotImplementedError\n"}
    (finding,) = findings(files, to)
    assert [(p.kind, p.path, p.line) for p in finding.evidence] == [("override", "base.py", 2)]


def test_classes_in_a_circle_end() -> None:
    before, to = thing("(Base)", "from base import Base\n")
    files = {**before, "base.py": "from other import Base\n", "other.py": "from base import Base\n"}
    assert set(refuted(files, to)) <= {"m.py::Thing.hook"}


# Computed names


@pytest.mark.parametrize(
    "text",
    [
        'getattr(self, f"do_hook_{kind}")()\n',
        'name = f"do_hook_{kind}".lower()\ngetattr(self, name)()\n',
        'getattr(self, "do_hook_" + kind)()\n',
        'getattr(self, "do_hook_%s" % kind)()\n',
        'getattr(self, "do_hook_{}".format(kind))()\n',
        'globals()[kind + "_hook_end"]()\n',
        'vars(m)[f"{a}_hook_{b}"]()\n',
        'methodcaller(f"do_{kind}_end")(x)\n',
        'x.__dict__["do_hook_" + kind]\n',
        'globals().get("do_hook_" + kind)\n',
        'getattr(m, ("DO_" + "HOOK_" + kind).lower())\n',
    ],
)
def test_a_computed_name_may_come_out_as_this_one(text: str) -> None:
    files = {"m.py": "def do_hook_end():\n    pass\n", "far/away.py": text}
    assert refuted(files, {"m.py": ""}) == {"m.py::do_hook_end": ["computed"]}


@pytest.mark.parametrize(
    "text",
    [
        'print(f"do_hook_{kind}")\n',
        'getattr(self, f"other_{kind}")()\n',
        'getattr(self, "do_" + kind)()\n',
        'getattr(self, f"do it {kind}")\n',
        'getattr(x, f"{kind}.json")\n',
    ],
)
def test_other_computed_names_may_not(text: str) -> None:
    files = {"m.py": "def do_hook_end():\n    pass\n", "far/away.py": text}
    assert refuted(files, {"m.py": ""}) == {}


@pytest.mark.parametrize(
    "lookup", ['getattr(self, "_" + kind)()', 'name = "_" + kind\n        getattr(self, name)()']
)
def test_a_short_prefix_counts_near_by(lookup: str) -> None:
    rest = f"class V:\n    def go(self, kind):\n        {lookup}\n"
    method = "\n    def _Name(self):\n        pass\n"
    assert refuted({"m.py": rest + method}, {"m.py": rest}) == {"m.py::V._Name": ["computed"]}
    elsewhere = {"a.py": rest, "m.py": "def _Name():\n    pass\n"}
    assert refuted(elsewhere, {"m.py": ""}) == {}


def test_a_short_prefix_counts_in_a_class_above() -> None:
    base = 'class V:\n    def go(self, kind):\n        getattr(self, "_" + kind)()\n'
    rest = "from base import V\n\n\nclass W(V):\n    x = 1\n"
    files = {"base.py": base, "m.py": f"{rest}\n    def _Name(self):\n        pass\n"}
    assert refuted(files, {"m.py": rest}) == {"m.py::W._Name": ["computed"]}


# Registries, and what is reached with its class


@pytest.mark.parametrize(
    ("base", "use"),
    [
        ("class Base:\n    def __init_subclass__(cls):\n        ALL.append(cls)\n", ""),
        ("class Meta(type):\n    pass\n\n\nclass Base(metaclass=Meta):\n    pass\n", ""),
        (
            "class Base:\n    pass\n",
            "from base import Base\nfor one in Base.__subclasses__():\n    print(one)\n",
        ),
        ("class Base:\n    @classmethod\n    def all(cls):\n        return cls.__subclasses__()\n", ""),
    ],
)
def test_a_class_is_registered_by_the_class_above_it(base: str, use: str) -> None:
    text = "from base import Base\n\n\nclass French(Base):\n    pass\n"
    files = {"base.py": base, "m.py": text, "use.py": use}
    assert refuted(files, {"m.py": ""}) == {"m.py::French": ["registry"]}


def test_a_plain_base_registers_nothing() -> None:
    files = {
        "base.py": "class Base:\n    pass\n",
        "m.py": "from base import Base\n\n\nclass French(Base):\n    pass\n",
    }
    assert refuted(files, {"m.py": ""}) == {}


REACHED = {
    "entry-point": ("pyproject.toml", '[project.entry-points."x"]\nt = "m:Thing"\n'),
    "config": ("conf.yml", "use: Thing\n"),
    "string": ("a.py", 'getattr(m, "Thing")\n'),
}


@pytest.mark.parametrize("kind", REACHED)
def test_methods_of_a_class_that_is_reached_at_run_time_are_reached_too(kind: str) -> None:
    path, text = REACHED[kind]
    before, to = thing()
    (finding,) = findings({**before, path: text}, to)
    assert (finding.subject, [piece.kind for piece in finding.evidence]) == ("m.py::Thing.hook", [kind])
    assert finding.claim.startswith("`Thing` is still named by ")
    assert finding.claim.endswith(", and `hook` is reached with it")


def test_methods_of_a_registered_class_are_reached_too() -> None:
    before, to = thing()
    decorated = {"m.py": "@register\n" + before["m.py"]}
    assert refuted(decorated, {"m.py": "@register\n" + str(to["m.py"])}) == {
        "m.py::Thing.hook": ["decorator"]
    }


def test_where_code_uses_the_class_code_says_what_it_calls() -> None:
    path, text = REACHED["entry-point"]
    before, to = thing()
    assert refuted({**before, path: text, "a.py": "from m import Thing\n"}, to) == {}


def test_private_methods_of_a_reached_class_are_nobody_else_s() -> None:
    path, text = REACHED["entry-point"]
    private = "class Thing:\n    x = 1\n\n    def _hook(self):\n        pass\n"
    assert refuted({"m.py": private, path: text}, thing()[1]) == {}
