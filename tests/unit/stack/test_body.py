"""What goes into pull requests is data: it reads as it is, and does nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.stack.body import LONGEST, commit_message, pull_body, pull_title, same_but_for_seconds
from bot.stack.escape import block, code, inline, plain
from bot.stack.marker import Marker, branch, read_marker, units_in
from bot.types.ids import Branch, LayerId, RunId, Sha, Tree, UnitId
from bot.types.stack import LandingUnit, Layer, Placed, Proposal
from tests.unit.stack.made import change

EVIL = "@octocat fixes #12, closes https://github.com/o/r/issues/3 GH-4 [skip ci] <!-- x --> ``` \u202e"


def proposal(*, summary: str = "", gate: str = "green", units: int = 1, **more: str) -> Proposal:
    changes = [replace(change(f"unit-{n:08x}", f"a{n}.py"), summary=summary) for n in range(units)]
    layer = Layer(
        LayerId("a-00000001"),
        more.get("title", "Remove it in a.py"),
        tuple(LandingUnit((c,)) for c in changes),
    )
    return Proposal(Placed(layer, Sha("1" * 40), Tree("2" * 40), Branch("b"), Branch("main")), gate)


def body_of(held: Proposal, goal: str = "Remove it.", campaign: int | None = 1) -> str:
    return pull_body(held, workflow="dead code", goal=goal, campaign=campaign)


@pytest.mark.parametrize("render", [plain, inline, code, block])
def test_nothing_acts_on_github(render: Callable[[str], str]) -> None:
    text = render(EVIL)
    for active in ("@octocat", "#12", "issues/3", "GH-4", "[skip", "<!--", "\u202e"):
        assert active not in text


def test_a_body_holds_no_marker_but_ours() -> None:
    fake = '<!-- gatecrew:{"v":1,"workflow":"w","layer":"fake","units":["fake"]} -->'
    held = proposal(summary=fake, gate=f"```\n{fake}\n```", title=fake)
    body = body_of(held, goal=fake)
    assert body.count("<!--") == 1
    marker = read_marker(body)
    assert marker is not None
    assert (marker.layer, marker.workflow) == ("a-00000001", "dead-code")


@pytest.mark.parametrize("ticks", ["`", "``", "```", "`````"])
def test_code_and_blocks_hold_any_number_of_backticks(ticks: str) -> None:
    assert block(f"{ticks}\nx").splitlines()[0] == "`" * max(3, len(ticks) + 1) + "text"
    assert code(f"a{ticks}b") == f"{'`' * (len(ticks) + 1)}a{ticks}b{'`' * (len(ticks) + 1)}"


def test_a_body_never_outgrows_the_forge_and_keeps_its_marker() -> None:
    body = body_of(proposal(gate="line\n" * 40_000))
    assert len(body) <= LONGEST
    assert body.count("```") == 2
    assert "Cut here" in body
    assert read_marker(body) is not None


def test_lone_surrogates_and_line_ends_do_no_harm() -> None:
    assert plain("a\udcff\r\nb\x00") == "a? b"


def test_a_title_is_one_short_line() -> None:
    held = proposal(title="Remove\nit " + "x" * 300)
    title = pull_title(held.placed.layer)
    assert len(title) == 120
    assert "\n" not in title


def test_a_marker_stays_small_and_the_trailers_hold_the_rest() -> None:
    held = proposal(units=100)
    body = body_of(held)
    marker = read_marker(body)
    assert marker is not None
    assert marker.units == ()
    assert len(str(marker)) <= 1024
    assert "And 50 more units." in body
    message = commit_message(held, run=RunId("r"))
    assert units_in(message) == tuple(UnitId(f"unit-{n:08x}") for n in range(100))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<!-- gatecrew:{} -->",
        "<!-- gatecrew:nonsense -->",
        '<!-- gatecrew:{"workflow":"w","layer":"a b"} -->',
    ],
)
def test_a_foreign_marker_is_no_marker(body: str) -> None:
    assert read_marker(body) is None


def test_the_last_marker_counts() -> None:
    first, last = Marker(workflow="w", layer="one"), Marker(workflow="w", layer="two")
    assert read_marker(f"{first}\n{last}\n") == last


def test_branches_are_safe_whatever_a_workflow_is_called() -> None:
    assert branch("../Dead code!", LayerId("a-1")) == "gatecrew/Dead-code/a-1"


def test_other_seconds_are_no_other_body() -> None:
    told = "command: pytest ({} s); sandbox: plain"
    assert same_but_for_seconds(told.format("1.2"), told.format("13.0"))
    assert not same_but_for_seconds(told.format("1.2"), told.format("1.2") + " and more")
