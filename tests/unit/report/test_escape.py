"""Text of a repository, a model or a test inside of Markdown."""

from __future__ import annotations

import pytest

from bot.report.escape import JOINER, cell, code, fenced


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain words", "plain words"),
        ("a | b", r"a \| b"),
        ("**bold** _it_ ~~no~~", r"\*\*bold\*\* \_it\_ \~\~no\~\~"),
        ("[a](b) ![c]", r"\[a\](b) \!\[c\]"),
        ("<script>&amp;", r"\<script\>\&amp;"),
        ("<!-- hidden", r"\<\!-- hidden"),
        ("`code`", r"\`code\`"),
        ("$x$ \\", r"\$x\$ \\"),
        ("@ada and @org/team", f"@{JOINER}ada and @{JOINER}org/team"),
        ("ada@example.org", f"ada@{JOINER}example.org"),
        ("fixes #12", f"fixes \\#{JOINER}12"),
        ("org/repo#12", f"org/repo\\#{JOINER}12"),
        ("GH-12 gh-3", f"GH-{JOINER}12 gh-{JOINER}3"),
        ("https://a.b/c", f"https:{JOINER}//a.b/c"),
        ("www.a.b", f"www{JOINER}.a.b"),
        ("two\nlines\r\nhere", "two lines here"),
        ("\x1b[31mred\x07", "[31mred".replace("[", r"\[")),
        ("right\u202eleft\u200b", "right left"),
        ("  spaces  ", "spaces"),
    ],
)
def test_a_cell_reads_as_it_was_written_and_does_nothing(text: str, safe: str) -> None:
    """One line, no markup, nobody pinged, nothing referred to or linked."""
    assert cell(text) == safe


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a_b", "`a_b`"),
        ("", ""),
        ("a`b", "`aˋb`"),
        ("``` x", "`ˋˋˋ x`"),
        ("a|b", "`a|b`"),
        ("@ada #1", "`@ada #1`"),
        ("two\nlines", "`two lines`"),
    ],
)
def test_code_cannot_end_itself(text: str, safe: str) -> None:
    """Backticks become something that looks like them."""
    assert code(text) == safe


def test_code_in_a_table_keeps_to_its_cell() -> None:
    """GitHub cuts cells before it looks for code."""
    assert code("a|b", table=True) == r"`a\|b`"


@pytest.mark.parametrize("inner", ["plain", "```\nout", "`````", "a\n````text\nb"])
def test_nothing_ends_a_fence(inner: str) -> None:
    """The fence is longer than any run of backticks inside of it."""
    first, *middle, last = fenced(inner).split("\n")
    assert first == f"{last}text"
    assert last not in middle
    assert "\n".join(middle) == inner


def test_a_fence_keeps_lines_and_drops_control_characters() -> None:
    """A message of several lines stays one."""
    assert fenced("one\n\x1b[2Jtwo\u202e\n") == "```text\none\n[2Jtwo\n```"
