"""Attacks by way of a spec: refused at once, as a list of problems, and no secret of it is ever shown."""

from __future__ import annotations

import time

import pytest

from bot.errors import SpecError
from bot.protect import Protection
from bot.spec.parse import parse

PLAIN = "goal: g\ngate: {run: pytest}\n"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
TOKEN = "ghp_" + "a1B2" * 9

ATTACKS: dict[str, tuple[str | bytes, str]] = {
    "aliases that explode": (LAUGHS, "aliases"),
    "an alias of itself": ("args: &a {x: *a}\n" + PLAIN, "alias"),
    "a million brackets": ("args: " + "[" * 100_000, "nested"),
    "a million keys": ("args: {" + ", ".join(f"k{n}: 1" for n in range(60_000)) + "}\n" + PLAIN, "values"),
    "a file of two mebibytes": ("# " + "x" * (2 << 20) + "\n" + PLAIN, "the limit is"),
    "a key twice": (PLAIN + "goal: another\n", "goal"),
    "a key twice, deep": ("goal: g\ngate: {run: pytest, run: 'true'}\n", "run"),
    "a Python object": ("args: !!python/object/apply:os.system ['touch evil']\n" + PLAIN, "tag"),
    "a merge": ("base: &b {run: pytest}\ngoal: g\ngate: {<<: *b}\n", "<<"),
    "several documents": (PLAIN + "---\n" + PLAIN, "several documents"),
    "invisible characters": ("goal: g\u202e\ngate: {run: pytest}\n", "U+202E"),
    "an escape sequence": (b"goal: \x1b[2J\ngate: {run: pytest}\n", "U+001B"),
    "a report outside": ("goal: g\ngate: {run: x, report: ../../etc/passwd}\n", "gate.report"),
    "a report in git's folder": ("goal: g\ngate: {run: x, report: .git/config}\n", "gate.report"),
    "a folder outside": ("goal: g\ngate: {run: pytest, cwd: ../..}\n", "gate.cwd"),
    "a script outside": (PLAIN + "script: ../evil.py\n", "script"),
    "a script of the machine": (PLAIN + "script: /etc/evil.py\n", "script"),
    "a number that is none": (PLAIN + "limits: {dollars: .inf}\n", "limits.dollars"),
    "a number without end": (PLAIN + f"limits: {{agents: 1{'0' * 5000}}}\n", "limits.agents"),
    "more agents than there may be": (PLAIN + "limits: {concurrency: 100000}\n", "limits.concurrency"),
    "a bar of nothing": ("goal: g\ngate: {run: pytest, bar: 0}\n", "gate.bar"),
    "a bar below nothing": ("goal: g\ngate: {run: pytest, bar: -1}\n", "gate.bar"),
    "no lens": (PLAIN + "review: {lenses: []}\n", "review.lenses"),
    "a quorum of nobody": (PLAIN + "review: {quorum: 0}\n", "review.quorum"),
    "a token": (PLAIN + f"args: {{token: {TOKEN}}}\n", "credential"),
    "a token in a command": (f"goal: g\ngate: {{run: 'pytest --token {TOKEN}'}}\n", "credential"),
    "a token as a key": (PLAIN + f"{TOKEN}: 1\n", "credential"),
}


@pytest.mark.parametrize("what", ATTACKS)
def test_it_is_refused_in_no_time(what: str) -> None:
    text, told = ATTACKS[what]
    began = time.monotonic()
    with pytest.raises(SpecError) as caught:
        parse(text if isinstance(text, bytes) else text.encode(), "tidy.yml")
    assert time.monotonic() - began < 5
    said = str(caught.value)
    assert told in said
    assert TOKEN not in said
    assert len(said) < 20_000
    assert "\x1b" not in said


def test_no_spec_can_take_the_judges_own_files_out() -> None:
    spec = parse(b"goal: g\ngate: {run: pytest, protected: ['!.github/**', '!.github']}\n", "tidy.yml")
    assert Protection(spec.gate.protected).holds(".github/workflows/ci.yml")
