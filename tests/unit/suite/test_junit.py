"""JUnit XML to outcomes, from producers that disagree and from whoever wants to cheat."""

from __future__ import annotations

import pytest

from bot.suite import junit
from bot.suite.junit import UnreadableError, parse
from bot.types.gate import Outcome, TestId

T = TestId("tests.test_a", "test_b")


def report(*cases: str) -> bytes:
    return f"<testsuites><testsuite name='pytest'>{''.join(cases)}</testsuite></testsuites>".encode()


def case(inside: str = "", attributes: str = "") -> str:
    return f"<testcase classname='tests.test_a' name='test_b' {attributes}>{inside}</testcase>"


FAILS = "<failure message='assert 0'>def test_b():\n    assert 0</failure>"


@pytest.mark.parametrize(
    ("cases", "outcome"),
    [
        ([case()], Outcome.PASS),
        ([case(FAILS)], Outcome.FAIL),
        ([case("<error message='x'/>")], Outcome.ERROR),
        ([case("<skipped type='pytest.skip' message='no'/>")], Outcome.SKIP),
        ([case("<skipped type='pytest.xfail' message='bug'/>")], Outcome.XFAIL),
        ([case("<skipped/>")], Outcome.SKIP),
        ([case("<skipped/>" + FAILS)], Outcome.FAIL),
        ([case(FAILS), case("<error message='teardown'/>")], Outcome.ERROR),
        ([case(), case(), case(FAILS)], Outcome.FAIL),
        ([case(FAILS), case()], Outcome.FAIL),
        ([case("<flakyFailure message='once'/>")], Outcome.FAIL),
        ([case("<system-out>text</system-out><properties/>")], Outcome.PASS),
        ([case(attributes="status='notrun'")], Outcome.NOT_RUN),
        ([case(attributes="status='disabled'")], Outcome.NOT_RUN),
        ([case(attributes="status='run' result='completed'")], Outcome.PASS),
        ([case(attributes="status='run' result='suppressed'")], Outcome.NOT_RUN),
        ([case(attributes="status='failed'")], Outcome.FAIL),
    ],
)
def test_outcomes(cases: list[str], outcome: Outcome) -> None:
    assert parse(report(*cases)).outcomes == {T: outcome}


def test_message_is_what_failed() -> None:
    assert parse(report(case(FAILS))).messages[T].startswith("assert 0\ndef test_b()")


def test_message_of_the_worst_case_is_kept() -> None:
    both = report(case("<skipped message='later'/>"), case(FAILS))
    assert parse(both).messages[T].startswith("assert 0")


def test_counts_in_the_header_are_not_believed() -> None:
    lying = b"<testsuite tests='900' failures='0' errors='0'>" + case(FAILS).encode() + b"</testsuite>"
    assert parse(lying).outcomes == {T: Outcome.FAIL}


def test_nested_suites_and_cases_without_classname() -> None:
    nested = (
        b"<testsuites><testsuite name='a'><testsuite name='b'><testcase name='x'/></testsuite></testsuite>"
        b"<testcase name='y' class='z'/></testsuites>"
    )
    assert set(parse(nested).outcomes) == {TestId("", "x"), TestId("z", "y")}


def test_error_of_a_whole_suite_is_a_failing_test() -> None:
    broken = b"<testsuite name='s'><error message='did not start'/></testsuite>"
    found = parse(broken)
    assert found.outcomes == {TestId("s", "(suite)"): Outcome.ERROR}
    assert found.messages == {TestId("s", "(suite)"): "did not start"}


def test_folder_of_the_tree_is_cut_from_names_and_messages() -> None:
    one = b"<testcase name='/w/tree-1/a.js'><failure message='/w/tree-1/a.js:1'/></testcase>"
    named = b"<testsuite>" + one + b"</testsuite>"
    found = parse(named, root="/w/tree-1")
    assert found.outcomes == {TestId("", "a.js"): Outcome.FAIL}
    assert found.messages == {TestId("", "a.js"): "a.js:1"}


@pytest.mark.parametrize("bad", [b"\x1b", b"\x00", b"\x08", b"&#x1b;", b"&#27;", b"&#0;", b"&#x0B;"])
def test_control_characters_do_not_lose_the_report(bad: bytes) -> None:
    found = parse(b"<testsuite><testcase name='a" + bad + b"b'/></testsuite>")
    assert found.outcomes == {TestId("", "a?b"): Outcome.PASS}


def test_other_encodings_are_read() -> None:
    text = "<?xml version='1.0' encoding='{}'?><testsuite><testcase name='é'/></testsuite>"
    for encoding in ("utf-8", "utf-16", "iso-8859-1"):
        assert set(parse(text.format(encoding).encode(encoding)).outcomes) == {TestId("", "é")}


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lol [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>
<testsuite><testcase name="&b;"/></testsuite>"""


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"not xml", "not well-formed|syntax error"),
        (b"<html></html>", "no JUnit report"),
        (b"<testsuite><testcase name='a'>", "no element found"),
        (b"<testsuite><testcase name='a'/></testsuite><more/>", "junk after"),
        (BOMB, "document type"),
        (b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><testsuite/>", "document type"),
        (b"<testsuite>" * 60 + b"</testsuite>" * 60, "nested"),
        (b"<testsuite><testcase name='a'><testcase name='b'/></testcase></testsuite>", "inside of another"),
        (b"<testsuite><testcase name='" + b"a" * 5000 + b"'/></testsuite>", "longer than"),
        (b"<?xml version='1.0' encoding='no-such'?><testsuite/>", "encoding"),
        (b"<testsuite><testcase name='\xff'/></testsuite>", "not well-formed"),
    ],
)
def test_unreadable_reports_say_why(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        parse(data)


def test_size_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit, "MAX_BYTES", 10)
    with pytest.raises(UnreadableError, match="larger than"):
        parse(report(case()))


def test_messages_are_bounded() -> None:
    long = case(f"<failure message='m'>{'x' * 100_000}</failure>")
    assert len(parse(report(long)).messages[T]) <= junit.MAX_MESSAGE
