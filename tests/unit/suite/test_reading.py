"""Reports in other formats than JUnit, several of them, and hostile ones: read, or refused with a reason."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.suite.reading import read, read_all
from bot.suite.report import Place
from bot.suite.tally import MAX_MESSAGES, UnreadableError
from bot.types.gate import Outcome, TestId
from tests.scenarios.gate_story import Story

MIB = 1024 * 1024
P = TestId("p", "(package)")


def go(*events: tuple[str, str]) -> bytes:
    """Events of package p: an action and a test, or an action alone."""
    lines = [
        {"Action": action, "Package": "p", **({"Test": test} if test else {})} for action, test in events
    ]
    return "\n".join(map(json.dumps, lines)).encode()


@pytest.mark.parametrize(
    ("events", "outcomes"),
    [
        ([("run", "T"), ("pass", "T"), ("pass", "")], {"T": Outcome.PASS}),
        ([("run", "T"), ("fail", "T"), ("fail", "")], {"T": Outcome.FAIL}),
        ([("run", "T"), ("fail", "")], {"T": Outcome.ERROR}),
        ([("run", "T"), ("pass", "")], {"T": Outcome.NOT_RUN}),
        ([("run", "T"), ("pass", "T"), ("fail", "")], {"T": Outcome.PASS, "(package)": Outcome.ERROR}),
        ([("run", "T"), ("pass", "T")], {"T": Outcome.PASS, "(package)": Outcome.ERROR}),
        ([("run", "T")], {"T": Outcome.ERROR}),
        ([("start", "")], {"(package)": Outcome.ERROR}),
        ([("start", ""), ("skip", "")], {}),
    ],
)
def test_what_never_ended_failed_with_its_package(
    events: list[tuple[str, str]], outcomes: dict[str, Outcome]
) -> None:
    found = read(go(*events)).outcomes
    assert found == {TestId("p", name): outcome for name, outcome in outcomes.items()}


def test_go_events_are_known_behind_what_go_prints_first() -> None:
    events = go(("run", "T"), ("pass", "T"), ("pass", ""))
    for first in (b"", b"\xef\xbb\xbf", b"go: downloading x v1\n", b"# p\n./a.go:1: no\n"):
        assert read(first + events).outcomes == {TestId("p", "T"): Outcome.PASS}
    assert read(b"FAIL\tp [build failed]\n" + events).outcomes[P] is Outcome.ERROR


def test_title_that_looks_like_an_event_is_no_event() -> None:
    cases = [{"title": '"Action"', "status": "passed"}]
    report = {"testResults": [{"name": "/w/a.test.js", "status": "passed", "assertionResults": cases}]}
    found = read(json.dumps(report).encode(), root="/w")
    assert found.outcomes == {TestId("a.test.js", '"Action"'): Outcome.PASS}


def test_several_reports_are_one() -> None:
    passes = b"<testsuite><testcase classname='c' name='n'/></testsuite>"
    fails = b"<testsuite><testcase classname='c' name='n'><failure message='no'/></testcase></testsuite>"
    other = b"<testsuite><testcase classname='d' name='n'/></testsuite>"
    both = TestId("c", "n")
    for order in ([passes, fails, other], [other, fails, passes]):
        found = read_all(order)
        assert found.outcomes == {both: Outcome.FAIL, TestId("d", "n"): Outcome.PASS}
        assert (found.counts, found.messages) == ({both: 2}, {both: "no"})


def test_glob_of_reports_in_the_tree_is_emptied_and_read(tmp_path: Path) -> None:
    case = "<testsuite><testcase classname='{0}' name='n'/></testsuite>"
    old = {"out/TEST-old.xml": case.format("old")}
    one, two = case.format("a"), case.format("b")
    writes = f'mkdir -p out; echo "{one}" > out/TEST-a.xml; echo "{two}" > out/TEST-b.xml'
    story = Story(tmp_path, old, run=writes, report="out/TEST-*.xml")
    assert {test.classname for test in asyncio.run(story.run()).outcomes} == {"a", "b"}
    nothing = Story(tmp_path / "2", old, run="true", report="out/TEST-*.xml")
    assert "wrote no report" in (asyncio.run(nothing.run()).doubt or "")


def test_link_among_the_reports_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.xml").write_text("<testsuite/>")
    (tmp_path / "tree/out").mkdir(parents=True)
    (tmp_path / "tree/out/TEST-a.xml").symlink_to(tmp_path / "outside.xml")
    place = Place(tmp_path / "tree", "out/TEST-*.xml")
    with pytest.raises(UnreadableError, match="link"):
        place.read_all()
    place.make_room()
    assert (tmp_path / "outside.xml").exists()
    assert place.read_all() == []


def suite(inside: bytes) -> bytes:
    return b"<testsuite>" + inside + b"</testsuite>"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (
            suite(b"<testcase name='t'><failure message='" + b"x" * 10 * MIB + b"'/></testcase>"),
            "longer than 8 MiB",
        ),
        (suite(b"<!--" + b"x" * 10 * MIB + b"-->"), "longer than 8 MiB"),
        (suite(b"".join(b"<t%d/>" % n for n in range(20_000))), "more than 10,000 kinds"),
        (suite(b"".join(b"<t a%d=''/>" % n for n in range(20_000))), "more than 10,000 kinds"),
        (suite(b"".join(b"<testcase name='%s%d'/>" % (b"n" * 3900, n) for n in range(18_000))), "in all"),
        pytest.param(
            suite(b"<testcase name='t'/>" * 1_000_001), "more than 1,000,000 cases", marks=pytest.mark.slow
        ),
        (b"<testsuite>" * 100_000, "nested more than 50 deep"),
        (b'{"Action":"run"}\n{"a":"' + b"x" * 2 * MIB, "longer than 1024 KiB"),
        (b'{"Action":"run"}\n{"a":' + b"[" * 900_000, "cut off, or is no JSON"),
        (b'{"Action":"run","Package":"p","Test":"t"}\n{"Action":"fa', "cut off, or is no JSON"),
        (b'{"Action":"run"}\n' + b"\n" * 5_000_001, "more than 5,000,000 lines"),
        (
            b"".join(b'{"Action":"start","Package":"p%d"}\n' % n for n in range(100_001)),
            "more than 100,000 pack",
        ),
        (b'{"Action":"run","Package":"p","Test":"%s"}\n' % (b"n" * 5000), "longer than 4000"),
        (b'{"testResults":[' + b"[]," * 5_000_000, "more than 8,000,000 values"),
        (b'{"testResults":' + b"[" * 1_000_000, "no JSON that can be read"),
        (b'{"testResults":' + b"9" * 10_000 + b"}", "no JSON that can be read"),
        (b'{"testResults":[1]}', "neither jest's nor vitest's"),
        (b'{"other":1}', "without a list of testResults"),
        (b"[1]", "syntax error"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_hostile_reports_are_refused_with_a_reason(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        read(data)


def test_large_reports_are_read_where_they_only_look_hostile() -> None:
    long = suite(b"<testcase name='t'><failure>" + b"&#1;" * 5 * MIB + b"</failure></testcase>")
    assert read(long).outcomes == {TestId("", "t"): Outcome.FAIL}
    case = b"<testcase name='%d'><failure message='%s'/></testcase>"
    found = read(suite(b"".join(case % (n, b"m" * 3900) for n in range(9000))))
    assert len(found.outcomes) == 9000
    assert sum(map(len, found.messages.values())) <= MAX_MESSAGES


@pytest.mark.parametrize("offset", range(24))
def test_reference_is_not_lost_where_the_report_is_cut_into_pieces(offset: int) -> None:
    before = b"<testcase name='t'><failure>" + b"x" * (MIB - 50 + offset)
    for odd in (b"&#x1b;", b"&#0000027;", b"&#xFFFE;", b"&amp;", "\ufffe\u00e9".encode()):
        assert read(suite(before + odd + b"</failure></testcase>")).outcomes == {
            TestId("", "t"): Outcome.FAIL
        }
