"""Coverage files as runners write them, and as somebody hostile would."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.suite.coverage import MAX_RECORD, Ground, parse
from bot.suite.junit import MAX_DEPTH, UnreadableError
from bot.suite.tally import MAX_NAME
from bot.types.gate import FileLines, TestId
from tests.scenarios.gate_story import QUICK, Story

FILES = ("app/a.py", "app/b.py", "web/src/a.ts", "src/a.ts", "app/__init__.py", "lib/__init__.py")
ROOT = "/work/tree"


def read(text: str | bytes, cwd: str = ".") -> dict[str, FileLines]:
    return parse(text if isinstance(text, bytes) else text.encode(), Ground(ROOT, cwd, FILES))


def lines(hit: set[int], missed: set[int]) -> FileLines:
    return FileLines(frozenset(hit), frozenset(missed))


def cobertura(*classes: tuple[str, str], sources: tuple[str, ...] = (), head: str = "") -> str:
    told = "".join(f"<source>{source}</source>" for source in sources)
    inside = "".join(f"<class filename='{name}'><lines>{text}</lines></class>" for name, text in classes)
    packages = f"<packages><package><classes>{inside}</classes></package></packages>"
    return f"{head}<coverage><sources>{told}</sources>{packages}</coverage>"


ONE = "<line number='3' hits='1'/><line number='5' hits='0'/>"
READ = lines({3}, {5})


@pytest.mark.parametrize(
    ("name", "sources", "cwd", "path"),
    [
        ("app/a.py", (ROOT,), ".", "app/a.py"),
        ("a.py", (f"{ROOT}/app",), ".", "app/a.py"),
        ("a.py", (f"{ROOT}/app/",), ".", "app/a.py"),
        ("a.py", ("app",), ".", "app/a.py"),
        ("src/a.ts", (".",), "web", "web/src/a.ts"),
        ("app/a.py", (), ".", "app/a.py"),
        (f"{ROOT}/app/a.py", (), "web", "app/a.py"),
        (f"{ROOT}/app/a.py", (f"{ROOT}/web",), ".", "app/a.py"),
        ("../app/a.py", (), "web", "app/a.py"),
        ("src\\a.ts", (f"{ROOT}/web",), ".", "web/src/a.ts"),
        # Relative to the folder that the command starts in, before the root.
        ("src/a.ts", (), "web", "web/src/a.ts"),
        ("app/a.py", (), "web", "app/a.py"),
        ("app/a.py", ("/usr/lib/python3",), ".", "app/a.py"),
    ],
)
def test_file_is_found_by_its_name_and_the_sources(
    name: str, sources: tuple[str, ...], cwd: str, path: str
) -> None:
    assert read(cobertura((name, ONE), sources=sources), cwd) == {path: READ}


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("gone.py", (ROOT,)),
        ("/etc/passwd", ()),
        ("/work/tree2/app/a.py", ()),
        ("../tree/app/a.py", ()),
        ("", ()),
        # One of two, and nobody can say which.
        ("__init__.py", (f"{ROOT}/app", f"{ROOT}/lib")),
    ],
)
def test_what_is_no_file_of_the_tree_or_one_of_several_is_left_out(
    name: str, sources: tuple[str, ...]
) -> None:
    assert read(cobertura((name, ONE), sources=sources)) == {}


def test_line_that_one_class_of_a_file_hits_is_hit() -> None:
    other = "<line number='5' hits='7' branch='true'/><line number='9' hits='0'/>"
    assert read(cobertura(("app/a.py", ONE), ("app/a.py", other))) == {"app/a.py": lines({3, 5}, {9})}


def test_file_without_lines_is_known() -> None:
    assert read(cobertura(("app/a.py", ""))) == {"app/a.py": lines(set(), set())}


def test_lines_of_methods_count_too() -> None:
    text = (
        "<coverage><packages><package><classes><class filename='app/a.py'><methods><method><lines>"
        "<line number='2' hits='1'/></lines></method></methods><lines/></class></classes></package>"
        "</packages></coverage>"
    )
    assert read(text) == {"app/a.py": lines({2}, set())}


def test_document_type_that_declares_nothing_is_let_through_and_not_loaded() -> None:
    head = "<?xml version='1.0'?><!DOCTYPE coverage SYSTEM 'http://cobertura.invalid/coverage-04.dtd'>"
    assert read(cobertura(("app/a.py", ONE), head=head)) == {"app/a.py": READ}


def test_lcov() -> None:
    text = (
        "TN:\nSF:app/a.py\nFN:1,f\nFNDA:1,f\nDA:1,4\r\nDA:2,0,checksum\nBRDA:2,0,0,-\nLF:2\nend_of_record\n"
        f"DA:9,1\nSF:{ROOT}/app/b.py\nDA:1,-3\nend_of_record\nTN:again\nSF:app/a.py\nDA:2,1\nend_of_record"
    )
    assert read(text) == {"app/a.py": lines({1, 2}, set()), "app/b.py": lines(set(), {1})}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ("Name  Stmts  Miss\napp/a.py 3 1\n", "neither Cobertura XML nor LCOV"),
        ("SF:app/a.py\nDA:x,1\n", "'x' and '1' are no line"),
        ("SF:app/a.py\nDA:1\n", "'1' and '' are no line"),
        (f"SF:app/a.py\nDA:{'9' * 5000},1\n", "are no line"),
        (f"SF:{'a' * (MAX_NAME + 1)}\n", "a name in it is longer"),
        (f"SF:{'a' * (MAX_RECORD + 1)}\n", "a line in it is longer"),
        ("<coverage>", "no element found"),
        ("<report><class filename='app/a.py'/></report>", "its first element is <report>"),
        ("<coverage clover='3.2.0'><project/></coverage>", "no Cobertura XML"),
        ("<coverage generated='1'><project/></coverage>", "it is Clover's XML"),
        ("<coverage><class filename='app/a.py'><line number='1'/></class></coverage>", "are no line"),
        ("<coverage>" + "<a>" * MAX_DEPTH, "nested more than"),
        (f"<coverage><class filename='{'a' * (MAX_NAME + 1)}'/></coverage>", "a name in it is longer"),
        (cobertura(sources=("a" * (MAX_NAME + 1),)), "sources are too many, or too long"),
        (cobertura(sources=tuple(map(str, range(1001)))), "sources are too many, or too long"),
        ("<!DOCTYPE coverage [<!ENTITY a 'b'>]><coverage>&a;</coverage>", "declares entities"),
        ("<!DOCTYPE coverage SYSTEM 'x' [<!ENTITY % p SYSTEM 'y'> %p;]><coverage/>", "declares entities"),
        ("<?xml version='1.0' encoding='no-such'?><coverage/>", "encoding"),
        (b"<coverage>\x00</coverage>", "not well-formed"),
    ],
)
def test_what_is_unreadable_says_why(text: str | bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        read(text)


# -- in real runs -----------------------------------------------------------------------------------

LCOV = "printf 'SF:app/price.py\\nDA:2,1\\nend_of_record\\n'"
PRICE = {"app/price.py": lines({2}, set())}


@pytest.mark.parametrize(
    ("settings", "coverage", "uncovered"),
    [
        ({"run": f"{QUICK}; {LCOV} > {{coverage}}"}, PRICE, None),
        ({"run": f"{LCOV} > out.info; {QUICK}", "coverage": "out.info"}, PRICE, None),
        ({"run": QUICK, "coverage": "app/text.py"}, None, "the suite wrote no coverage"),
        ({"run": QUICK, "coverage": "app/text.py/x"}, None, "the suite wrote no coverage"),
        ({"run": f"ln -s /etc/passwd {{coverage}}; {QUICK}"}, None, "cannot be read: a link"),
        ({"run": f"mkfifo {{coverage}}; {QUICK}"}, None, "cannot be read: no plain file"),
        ({"run": f"echo hello > {{coverage}}; {QUICK}"}, None, "neither Cobertura XML nor LCOV"),
        ({"run": QUICK}, None, None),
    ],
)
def test_missing_or_broken_coverage_is_no_doubt(
    tmp_path: Path,
    settings: dict[str, Any],
    coverage: dict[str, FileLines] | None,
    uncovered: str | None,
) -> None:
    # Room is made for the file, so nothing may need what lies in its place.
    spare = {"app/text.py": "", "tests/test_text.py": "def test_greet():\n    pass\n"}
    found = asyncio.run(Story(tmp_path, spare, **settings).run())
    assert found.doubt is None
    assert found.coverage == coverage
    assert (uncovered or "") in (found.uncovered or "")
    assert (found.uncovered is None) == (uncovered is None)


def test_single_tests_have_no_coverage(tmp_path: Path) -> None:
    run = f"{QUICK}; {LCOV} > {{coverage}}"
    story = Story(tmp_path, run=run, select=f"{QUICK} {{tests}}")

    async def one() -> bool:
        try:
            found = await story.suite.run(story.base, [TestId("tests.test_text", "test_greet")])
        finally:
            await story.places.aclose()
        return found.coverage is None and found.uncovered is None and found.doubt is None

    assert asyncio.run(one())


@pytest.mark.parametrize("kind", ["xml", "lcov"])
def test_what_coverage_py_writes_is_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text("def f():\n    return 1\n\n\ndef g():\n    return 2\n\n\nf()\n")
    tool = [sys.executable, "-m", "coverage"]
    subprocess.run([*tool, "run", "--source=app", "app/a.py"], cwd=tmp_path, check=True)
    subprocess.run([*tool, kind, "-q", "-o", "out"], cwd=tmp_path, check=True)
    ground = Ground(str(tmp_path), ".", ["app/a.py"])
    found = parse((tmp_path / "out").read_bytes(), ground)
    assert found == {"app/a.py": lines({1, 2, 5, 9}, {6})}
