"""What people see of a run: on a terminal, in a file, and in GitHub Actions."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from rich.console import Console as RichConsole
from rich.text import Text

from bot.cli.printed import Looking
from bot.console import Console, console_for
from bot.console.board import Board
from bot.console.clean import clean, command, disarmed
from bot.console.display import Display
from bot.environment import Environment
from bot.redact import Redactor
from bot.types.agent import Role
from bot.types.events import (
    AgentEnded,
    AgentQueued,
    AgentStarted,
    Event,
    Planned,
    Reused,
    Said,
    Stage,
    SuiteRan,
    UnitTold,
)
from bot.types.ids import UnitId
from bot.types.unit import Fate, Status
from bot.types.usage import Cost, Usage

U1, U2, U3 = (UnitId(f"app-{number:08x}") for number in (1, 2, 3))


class Screen(io.StringIO):
    """A terminal that remembers all that was written."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def console(
    stream: io.StringIO, env: Mapping[str, str] | None = None, *secrets: str, json: bool = False
) -> Console:
    redact = Redactor(*secrets)
    return console_for(Looking(Environment.read(env or {}, redact), json), redact, stream=stream)


def plain(*events: Event, env: Mapping[str, str] | None = None) -> list[str]:
    out = io.StringIO()
    shown = console(out, env)
    for event in events:
        shown.tell(event)
    shown.close()
    return out.getvalue().splitlines()


# -- plain lines ----------------------------------------------------------------------------------------


def test_important_events_are_one_line_each() -> None:
    """Figures that only move get none."""
    lines = plain(
        Stage("plan", "dead-code at 1a2b3c4d5e6f"),
        Planned(3, 7),
        SuiteRan("baseline 1 of 3", 1118, 1, 2.14),
        SuiteRan("baseline 2 of 3", 1118, 1, 2.14, reused=True),
        AgentQueued(1, Role.WORKER, U1, "works"),
        AgentStarted(1),
        AgentEnded(1, "done", Cost(Usage(10), 0.1)),
        Reused("work", U2),
        UnitTold(U1, "accepted by references"),
        Said("from the script"),
        Said("no sandbox here", "warning"),
        UnitTold(U2, "the service failed", Fate(Status.FAILED, "x")),
    )
    assert lines == [
        "> plan: dead-code at 1a2b3c4d5e6f",
        "  3 units, 7 files",
        "  suite: baseline 1 of 3: 1,118 passed, 1 failed (2.1 s)",
        "  suite: baseline 2 of 3: 1,118 passed, 1 failed (reused)",
        f"  {U1}: accepted by references",
        "  from the script",
        "  warning: no sandbox here",
        f"  error: {U2}: the service failed",
    ]


def test_an_agent_that_came_to_no_end_is_told() -> None:
    """With its role, its task and its unit."""
    lines = plain(AgentQueued(1, Role.REVIEWER, U1, "reviews (logic)"), AgentEnded(1, "failed"))
    assert lines == [f"  agent reviewer reviews (logic), {U1}: failed"]


def test_in_actions_warnings_are_annotations() -> None:
    """On one line, with its line breaks and percent signs escaped."""
    lines = plain(Said("100% sure\nreally", "warning"), env={"GITHUB_ACTIONS": "true"})
    assert lines == ["::warning::100%25 sure%0Areally"]


def test_annotations_are_bounded() -> None:
    """GitHub shows ten of a kind; the others stay readable lines."""
    lines = plain(*[Said(str(n), "warning") for n in range(12)], env={"GITHUB_ACTIONS": "true"})
    assert lines[9:] == ["::warning::9", "  warning: 10", "  warning: 11"]


@pytest.mark.parametrize("env", [{}, {"GITHUB_ACTIONS": "true"}])
@pytest.mark.parametrize(
    "text",
    [
        "::set-output name=a::b",
        "ok\n::error::forged",
        "ok\r::error::forged",
        "ok\u2028  ::add-mask::x",
        "\x1b[2K::stop-commands::x",
        "\u200b::warning::x",
        "x ##[error]forged",
        "\x1b]0;title\x07::debug::x",
    ],
)
def test_text_of_others_commands_nobody(text: str, env: dict[str, str]) -> None:
    """Neither the runner of Actions nor the terminal."""
    for line in plain(Said(text), UnitTold(U1, text), Stage("work", text), env=env):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert line.isprintable()


def test_files_get_no_control_characters_even_where_colour_is_asked_for() -> None:
    """FORCE_COLOR is about terminals."""
    out = io.StringIO()
    shown = console(out, {"FORCE_COLOR": "1"})
    shown.tell(Stage("plan"))
    shown.show(Text("red", style="bold red"))
    assert out.getvalue() == "> plan\nred\n"


def test_secrets_are_masked_in_lines_and_tables() -> None:
    """Also where an escape sequence was hidden inside of one."""
    out = io.StringIO()
    shown = console(out, {}, "hunter2hunter2")
    shown.tell(Said("key hunter2\x1b[0mhunter2"))
    shown.show(Text("key hunter2hunter2"))
    assert out.getvalue() == "  key ***\nkey ***\n"


def test_a_table_cannot_forge_a_command_where_it_folds() -> None:
    """A long text may be cut right before two colons."""
    out = io.StringIO()
    console(out, {"GITHUB_ACTIONS": "true", "COLUMNS": "20"}).show(Text("a" * 20 + "::error::x"))
    assert out.getvalue().splitlines()[1] == ": :error::x"


def test_what_the_stream_cannot_encode_is_replaced() -> None:
    """A log in ASCII gets its line."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    shown = console(stream)  # type: ignore[arg-type]
    shown.tell(Said("déjà \udce9"))
    shown.close()
    assert raw.getvalue() == b"  d?j? ?\n"


# -- never in the way -----------------------------------------------------------------------------------


class Broken(io.StringIO):
    """A pipe whose reader is gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


class Stuck(io.StringIO):
    """A terminal that stands still until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def write(self, text: str) -> int:
        self.go.wait(20)
        return super().write(text)


def test_a_broken_pipe_does_not_reach_the_run() -> None:
    """Whoever stopped reading has seen enough."""
    shown = console(Broken())
    for _ in range(3):
        shown.tell(Stage("work"))
    shown.close()


def test_a_terminal_that_stands_still_holds_up_nothing() -> None:
    """Ctrl-S stops the lines; they come when it is let go."""
    stream = Stuck()
    shown = console(stream)
    for number in range(1000):
        shown.tell(Said(str(number)))
    assert shown.board.stage is None
    stream.go.set()
    shown.close()
    assert len(stream.getvalue().splitlines()) == 1000


def test_a_bad_event_is_no_reason_to_end_a_run() -> None:
    """Whoever only watches must not throw."""
    console(io.StringIO()).tell("no event")  # type: ignore[arg-type]


def test_what_is_told_after_the_end_still_gets_its_line() -> None:
    """Ctrl-C may come between."""
    out = io.StringIO()
    shown = console(out)
    shown.tell(Said("one"))
    shown.show("two")
    shown.tell(Said("three"))
    shown.close()
    shown.close()
    assert out.getvalue() == "  one\ntwo\n  three\n"


def test_json_goes_to_standard_output_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """All else goes to standard error."""
    redact = Redactor()
    shown = console_for(Looking(Environment.read({}, redact), json=True), redact)
    shown.tell(Stage("work"))
    shown.out('{"a": "::x"}\n')
    assert capsys.readouterr() == ('{"a": "::x"}\n', "> work\n")


# -- a terminal -----------------------------------------------------------------------------------------


def test_a_terminal_gets_a_live_display_and_keeps_what_matters() -> None:
    """Stages and warnings stay; the display goes away at the end."""
    screen = Screen()
    shown = console(screen, {"TERM": "xterm-256color"})
    shown.tell(Stage("work", "audit"))
    shown.tell(Said("no sandbox here", "warning"))
    shown.show(Text("the end \x1b]0;forged\x07"))
    text = screen.getvalue()
    assert "> work: audit" in text
    assert "warning: no sandbox here" in text
    assert "the end" in text
    assert "\x1b[?25l" in text and text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")  # noqa: PT018
    assert "forged" not in text


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"CI": "true"}, {"GITHUB_ACTIONS": "true"}])
def test_a_terminal_that_only_logs_gets_plain_lines(env: dict[str, str]) -> None:
    """Some CI systems give jobs a terminal."""
    screen = Screen()
    shown = console(screen, env)
    shown.tell(Stage("work"))
    shown.close()
    assert screen.getvalue() == "> work\n"


@pytest.mark.parametrize(("typed", "answer"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_person_is_asked_with_the_display_out_of_the_way(
    typed: str, answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor is back before the question, and the display comes again after it."""
    screen = Screen()
    shown = console(screen, {"TERM": "xterm-256color"})
    shown.tell(Stage("plan"))
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert shown.ask("3 units,\x1b[2J at most $5") is answer
    asked = screen.getvalue().partition("3 units, at most $5")
    assert asked[0].rindex("\x1b[?25h") > asked[0].rindex("\x1b[?25l")
    shown.tell(Stage("work"))
    shown.close()
    assert "\x1b[?25l" in screen.getvalue()[len(asked[0]) :]


def test_no_color_is_honoured() -> None:
    """The display may move the cursor; it has no colours."""
    screen = Screen()
    shown = console(screen, {"NO_COLOR": "1", "TERM": "xterm-256color"})
    shown.tell(Said("careful", "warning"))
    shown.show(Text("red", style="red"))
    assert "\x1b[31m" not in screen.getvalue()
    assert "\x1b[33m" not in screen.getvalue()


@dataclass
class Moments:
    """Draws a board at a width."""

    board: Board

    def at(self, width: int, now: float = 65.0) -> list[str]:
        out = io.StringIO()
        rich = RichConsole(file=out, width=width, force_terminal=False, highlight=False, markup=False)
        rich.print(Display(0.0).draw(self.board, now))
        return [line.rstrip() for line in out.getvalue().splitlines()]


def busy() -> Board:
    board = Board()
    events: list[Event] = [Stage("work", "audit " + "x" * 200), Planned(31, 40)]
    events += [AgentQueued(n, Role.WORKER, UnitId(f"unit-{n:08x}"), "works") for n in range(20)]
    events += [AgentStarted(n) for n in range(10)]
    events += [AgentEnded(0, "done", Cost(Usage(1200, 300), 0.5)), AgentEnded(1, "failed")]
    events += [UnitTold(U1, "proposed", Fate(Status.PROPOSED)), Reused("work", U2)]
    events += [SuiteRan("baseline 3 of 3", 118, 1, 2.1)]
    for event in events:
        board.take(event, 5.0)
    board.log.extend(["an early line", *[f"{n} " + "long " * 60 for n in range(5)]])
    return board


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_display_fits(width: int) -> None:
    """In width, and in the 24 lines of a small terminal."""
    lines = Moments(busy()).at(width)
    assert max(map(len, lines)) <= width
    assert len(lines) <= 23


def test_the_display_tells_agents_units_money_and_suite_runs() -> None:
    """Every figure that a person waits for."""
    text = "\n".join(Moments(busy()).at(80))
    for part in (
        "1:05",
        "12 of 31 taken up",
        "1 proposed, 11 begun, 19 waiting",
        "8 running, 10 queued, 1 done, 1 failed, 1 call reused",
        "$0.50, 1,500 tokens",
        "1 run; baseline 3 of 3: 118 passed, 1 failed (2.1 s)",
        "and 2 more",
    ):
        assert part in text
    assert "an early line" not in text


def test_an_unknown_price_is_not_shown_as_nothing() -> None:
    """Tokens are known, dollars are not."""
    board = Board()
    board.take(AgentQueued(1, Role.WORKER, U1, "works"), 0)
    board.take(AgentEnded(1, "done", Cost(Usage(7), None)), 0)
    assert "price unknown, 7 tokens" in "\n".join(Moments(board).at(80))


def test_a_phase_of_the_script_is_no_new_stage() -> None:
    """The clock of the stage goes on."""
    board = Board()
    board.take(Stage("work", "audit"), 1.0)
    board.take(Stage("work", "second phase"), 9.0)
    assert (board.began, board.stage) == (1.0, Stage("work", "second phase"))


# -- harmless text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain é 漢", "plain é 漢"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1bPdata\x1b\\x", "x"),
        ("a\r\nb\rc\x85d", "a\nb\nc\nd"),
        ("a\tb", "a    b"),
        ("bi\u202edi\u2066", "bidi"),
        ("\x00\x07\x7f\ufeff", ""),
        ("\udce9", "\ufffd"),
        ("\x1b", ""),
        ("\x1b[", ""),
    ],
)
def test_clean_text_shows_what_it_says(text: str, safe: str) -> None:
    """Escape sequences go as a whole."""
    assert clean(text) == safe


def test_disarming_leaves_ordinary_colons_alone() -> None:
    """A test's id has two of them in the middle."""
    assert disarmed("tests/a.py::test_b") == "tests/a.py::test_b"


def test_a_command_holds_its_text() -> None:
    """Whatever is in it."""
    assert command("error", "50%\n::x::\x1b[0m") == "::error::50%25%0A::x::"
