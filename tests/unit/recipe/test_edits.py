"""Removal leaves every other byte alone: a table of bytes in, bytes out."""

from __future__ import annotations

import pytest

from bot.engines.recipe.definitions import definitions_in
from bot.engines.recipe.edits import CannotEdit, Target, remove
from bot.engines.recipe.scan import parse


def without(source: bytes, *qualnames: str) -> bytes:
    found = [one for one in definitions_in(parse(source), "") if one.qualname in qualnames]
    return remove(source, [Target(one.line, one.kind, one.name, one.qualname) for one in found])


def check(source: str, after: str, *qualnames: str) -> None:
    assert without(source.encode(), *(qualnames or ("dead",))).decode() == after


@pytest.mark.parametrize(
    ("source", "after"),
    [
        pytest.param(
            '"""Doc."""\n\nimport dead\nimport os\n', '"""Doc."""\n\nimport os\n', id="docstring not glued"
        ),
        pytest.param(
            '"""Doc."""\n\nimport dead\n\n\ndef f(): ...\n',
            '"""Doc."""\n\n\ndef f(): ...\n',
            id="longer gap wins",
        ),
        pytest.param(
            "import os\n\nimport dead\n\nimport own\n", "import os\n\nimport own\n", id="separator kept once"
        ),
        pytest.param("import dead\n\n\ndef f(): ...\n", "def f(): ...\n", id="file starts tightly"),
        pytest.param("# Licence\n\nimport dead\nimport os\n", "# Licence\n\nimport os\n", id="header kept"),
        pytest.param(
            "import os\n# why dead\nimport dead\nx = 1\n", "import os\nx = 1\n", id="own comment goes along"
        ),
        pytest.param("import os\nimport dead", "import os", id="missing final newline"),
        pytest.param("import dead\n", "", id="whole file"),
        pytest.param("import os; import dead\n", "import os\n", id="last on a line with semicolons"),
        pytest.param("import dead; import os\n", "import os\n", id="first on a line with semicolons"),
        pytest.param("import a, dead, b\n", "import a, b\n", id="one of several modules"),
        pytest.param("import a, dead\n", "import a\n", id="last of several modules"),
        pytest.param("from m import a as dead, b\n", "from m import b\n", id="by its alias"),
        pytest.param("import dead.sub.module\nx = 1\n", "x = 1\n", id="dotted by its first part"),
        pytest.param("from m import a, \\\n    dead\n", "from m import a\n", id="continued line"),
    ],
)
def test_import_goes_and_its_surroundings_stay(source: str, after: str) -> None:
    check(source, after)


@pytest.mark.parametrize(
    ("source", "after"),
    [
        pytest.param("from m import (\n    a,\n    dead,\n)\n", "from m import (\n    a,\n)\n", id="last"),
        pytest.param(
            "from m import (\n    a,\n    dead\n)\n", "from m import (\n    a\n)\n", id="last, no comma"
        ),
        pytest.param("from m import (\n    dead,\n    a,\n)\n", "from m import (\n    a,\n)\n", id="first"),
        pytest.param("from m import (a,\n               dead)\n", "from m import (a)\n", id="hanging"),
        pytest.param(
            "from m import (\n    a,  # about a\n    dead,  # about dead\n)\n",
            "from m import (\n    a,  # about a\n)\n",
            id="last, comments",
        ),
        pytest.param(
            "from m import (\n    a,  # about a\n    dead\n)\n",
            "from m import (\n    a  # about a\n)\n",
            id="last, comment, no comma",
        ),
        pytest.param(
            "from m import (a,  # about a\n               dead)\n",
            "from m import (a,  # about a\n               )\n",
            id="hanging with a comment",
        ),
        pytest.param(
            "from m import (\n    a,\n    # about dead\n    dead,\n)\n",
            "from m import (\n    a,\n)\n",
            id="last, comment above",
        ),
    ],
)
def test_parenthesised_import_closes_where_it_did(source: str, after: str) -> None:
    check(source, after)


@pytest.mark.parametrize(
    ("source", "after"),
    [
        pytest.param(
            "x = 1\n\n\n# ---- private ----\n\n\n# dead\ndef dead(): ...\n\n\n# f\ndef f(): ...\n",
            "x = 1\n\n\n# ---- private ----\n\n\n# f\ndef f(): ...\n",
            id="section comment stays, own comment goes",
        ),
        pytest.param(
            "def f(): ...\n\n\n@wrap\n# why\n@wrap(1)\ndef dead():\n    pass\n\n\ndef g(): ...\n",
            "def f(): ...\n\n\ndef g(): ...\n",
            id="decorators",
        ),
        pytest.param("x = 1\n\n\nasync def dead(): ...", "x = 1", id="last without a final newline"),
        pytest.param(
            "x = 1\n\n# ---- private ----\n\ndef dead(): ...\n",
            "x = 1\n\n# ---- private ----\n",
            id="section comment of an emptied end",
        ),
        pytest.param(
            "if x:\n    def dead(): ...\nelse:\n    def dead(): ...\ny = 1\n",
            "if x:\n    pass\nelse:\n    pass\ny = 1\n",
            id="both branches",
        ),
        pytest.param(
            "try:\n    x()\nexcept E:\n    def dead(): ...\nfinally:\n    y()\n",
            "try:\n    x()\nexcept E:\n    pass\nfinally:\n    y()\n",
            id="handler",
        ),
        pytest.param(
            "match x:\n    case 1:\n        import dead\n    case _:\n        y()\n",
            "match x:\n    case 1:\n        pass\n    case _:\n        y()\n",
            id="case",
        ),
        pytest.param("if x: import dead\n", "if x: pass\n", id="one-liner"),
        pytest.param("with x:\n\timport dead\n", "with x:\n\tpass\n", id="tabs"),
        pytest.param(
            "if TYPE_CHECKING:\n    import dead\n\nx = 1\n", "x = 1\n", id="emptied type-checking block goes"
        ),
        pytest.param(
            "if TYPE_CHECKING:\n    pass\nimport dead\n", "if TYPE_CHECKING:\n    pass\n", id="a pass of old"
        ),
    ],
)
def test_statement_goes_and_its_block_stays_valid(source: str, after: str) -> None:
    check(source, after)


@pytest.mark.parametrize(
    ("source", "after"),
    [
        pytest.param("class A:\n    def dead(self): ...\n", "class A:\n    pass\n", id="only member"),
        pytest.param(
            'class A:\n    """Doc."""\n\n    def dead(self): ...\n',
            'class A:\n    """Doc."""\n',
            id="docstring",
        ),
        pytest.param(
            "class A:\n    def dead(self): ...\n\n    def f(self): ...\n",
            "class A:\n    def f(self): ...\n",
            id="first member",
        ),
        pytest.param(
            "class A:\n    x = 1\n\n    @property\n    def dead(self): ...\n\n    y = 2\n",
            "class A:\n    x = 1\n\n    y = 2\n",
            id="middle member",
        ),
    ],
)
def test_member_goes_and_its_class_stays_valid(source: str, after: str) -> None:
    check(source, after, "A.dead")


def test_line_ends_of_windows_stay() -> None:
    source = b"import dead\r\nimport os\r\n\r\n\r\nclass A:\r\n    def dead(self):\r\n        pass\r\n"
    after = b"import os\r\n\r\n\r\nclass A:\r\n    pass\r\n"
    assert without(source, "dead", "A.dead") == after


def test_byte_order_mark_stays() -> None:
    assert without(b"\xef\xbb\xbfimport dead\nimport os\n", "dead") == b"\xef\xbb\xbfimport os\n"


def test_declared_encoding_stays() -> None:
    source = b'# -*- coding: latin-1 -*-\nimport dead\nname = "caf\xe9"\n'
    assert without(source, "dead") == b'# -*- coding: latin-1 -*-\nname = "caf\xe9"\n'


def test_of_two_equal_names_only_the_one_on_the_line_goes() -> None:
    source = b"def f():\n    import json\n\n\ndef g():\n    import json\n    json.x\n"
    after = remove(source, [Target(2, "import", "json", "f.<locals>.json")])
    assert after == b"def f():\n    pass\n\n\ndef g():\n    import json\n    json.x\n"


def test_what_lies_inside_a_removed_class_may_be_named_too() -> None:
    source = "import os\n\n\nclass dead:\n    def f(self):\n        import x\n"
    check(source, "import os\n", "dead", "dead.f", "dead.f.<locals>.x")


def test_star_and_future_imports_are_passed_over() -> None:
    check(
        "from __future__ import annotations\nfrom m import *\nimport dead\n",
        "from __future__ import annotations\nfrom m import *\n",
    )


@pytest.mark.parametrize("source", [b"print 'two'\n", b"x = 1\n", b"\xff\xfe\x00", b"import dead\n\x00"])
def test_target_that_the_file_does_not_define_is_an_error(source: bytes) -> None:
    with pytest.raises(CannotEdit):
        remove(source, [Target(1, "import", "dead", "dead")])
