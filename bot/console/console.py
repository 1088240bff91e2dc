"""Where everything that a person sees of a run goes out, in one thread of its own.

`tell` only adds up and queues: a terminal that stands still (Ctrl-S, a full pipe) holds up the lines, never
the run.
"""

from __future__ import annotations

import queue
import sys
import threading
from typing import Protocol, TextIO

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.prompt import Confirm
from rich.segment import Segment
from rich.text import Text

from bot.clock import Clock, SystemClock
from bot.console.board import Board
from bot.console.clean import clean, command, disarmed
from bot.console.display import Display
from bot.console.words import Level, Line, line_of, still
from bot.environment import Environment
from bot.redact import Redactor
from bot.types.events import Event

SILENCE_S = 60.0
"""A log that says nothing for longer looks as if it hung."""
DRAIN_S = 5.0
ANNOTATIONS = 10
"""GitHub shows so many of each kind a step; the others stay lines."""
PLAIN_WIDTH = 110
MARKS = {Level.STAGE: "> ", Level.INFO: "  ", Level.WARNING: "  warning: ", Level.ERROR: "  error: "}
STYLES = {Level.STAGE: "bold", Level.INFO: "", Level.WARNING: "yellow", Level.ERROR: "red"}


class HowToShow(Protocol):
    """What the settings say of the output."""

    @property
    def json(self) -> bool: ...
    @property
    def environment(self) -> Environment: ...


def console_for(settings: HowToShow, redact: Redactor, *, stream: TextIO | None = None) -> Console:
    """The console that suits the output: standard output, or standard error where JSON goes out."""
    stream = stream or (sys.stderr if settings.json else sys.stdout)
    terminal, actions = settings.environment.terminal, settings.environment.github.actions
    unicode = (getattr(stream, "encoding", None) or "").lower().replace("-", "").startswith("utf8")
    live = stream.isatty() and unicode and not (terminal.dumb or terminal.ci)
    rich = RichConsole(
        file=stream,
        force_terminal=live,
        no_color=terminal.color is False,
        width=terminal.columns or (None if live else PLAIN_WIDTH),
        highlight=False,
        markup=False,
        emoji=False,
    )
    return Console(rich, redact, live=live, actions=actions)


class Console:
    """Satisfies `bot.ports.events.Events`."""

    def __init__(
        self,
        rich: RichConsole,
        redact: Redactor,
        *,
        live: bool,
        actions: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.board = Board()
        self._rich = rich
        self._redact = redact
        self._is_live = live
        self._actions = actions
        self._clock = clock or SystemClock()
        self._display = Display(self._clock.monotonic())
        self._lock = threading.Lock()
        self._lines: queue.SimpleQueue[Line | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._live: Live | None = None
        self._over = False
        self._annotated = {Level.WARNING: 0, Level.ERROR: 0}

    # -- the port -------------------------------------------------------------------------------------

    def tell(self, event: Event) -> None:
        """Add up, and queue a line if it deserves one."""
        try:
            with self._lock:
                line = line_of(event, self.board)
                self.board.take(event, self._clock.monotonic())
            if line is not None:
                self._put(line)
        except Exception:  # whoever only watches must never end a run
            return

    def _put(self, line: Line) -> None:
        self._lines.put(line)
        with self._lock:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_all, name="console", daemon=True)
                self._writer.start()

    # -- the writer's thread --------------------------------------------------------------------------

    def _write_all(self) -> None:
        """Until None comes, or until nobody reads any more."""
        try:
            self._begin()
            while (line := self._next()) is not None:
                self._write(line)
        except (OSError, ValueError):  # a closed pipe or file: the run goes on unseen
            return

    def _next(self) -> Line | None:
        while True:
            try:
                return self._lines.get(timeout=SILENCE_S)
            except queue.Empty:
                if self._live is None:
                    with self._lock:
                        text = still(self.board)
                    return Line(text)

    def _begin(self) -> None:
        if self._is_live and not self._over and self._live is None:
            self._live = Live(
                console=self._rich,
                get_renderable=self._draw,
                transient=True,
                refresh_per_second=8,
                redirect_stdout=False,
            )
            self._live.start()

    def _draw(self) -> RenderableType:
        with self._lock:
            return Scrubbed(self._display.draw(self.board, self._clock.monotonic()))

    def _write(self, line: Line) -> None:
        text = self._redact(clean(line.text)).strip("\n")
        if self._live is None:
            self._plain(text, line.level)
        elif line.level is Level.INFO:
            with self._lock:
                self.board.log.extend(text.split("\n"))
        else:
            self._rich.print(Text(MARKS[line.level].lstrip() + text, style=STYLES[line.level]))

    def _plain(self, text: str, level: Level) -> None:
        if self._actions and self._annotated.get(level, ANNOTATIONS) < ANNOTATIONS:
            self._annotated[level] += 1
            return self._raw(command(level.value, text))
        indent = "\n" + " " * len(MARKS[level])
        return self._raw(disarmed(MARKS[level] + text.replace("\n", indent)))

    def _raw(self, text: str) -> None:
        """Lines as they are, in what the stream can encode."""
        encoding = self._rich.encoding
        self._rich.file.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        self._rich.file.flush()

    # -- for the command ------------------------------------------------------------------------------

    def close(self) -> None:
        """Write out what is queued and end the live display. What is told later still gets its line."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._lines.put(None)
            writer.join(DRAIN_S)
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def show(self, renderable: RenderableType, *, wrap: bool = True) -> None:
        """Print the end of a run: after this there is no live display any more. Without `wrap`, lines
        are as long as they are."""
        self._over = True
        self.close()
        if self._is_live:
            self._rich.print(Scrubbed(renderable), soft_wrap=not wrap)
            return
        with self._rich.capture() as captured:
            self._rich.print(renderable, soft_wrap=not wrap)
        lines = self._redact(disarmed(captured.get())).rstrip("\n").split("\n")
        self._raw("\n".join(line.rstrip() for line in lines))

    def ask(self, question: str) -> bool:
        """Ask a person, with the live display out of the way meanwhile."""
        self.close()
        self._rich.print(Text(self._redact(clean(question))))
        return Confirm.ask("Start?", console=self._rich, default=False)

    def out(self, text: str) -> None:
        """Exactly this to standard output."""
        self.close()
        sys.stdout.write(text)
        sys.stdout.flush()


class Scrubbed:
    """A renderable without the control characters that its text brought along."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: RichConsole, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._inner, options):
            yield segment if segment.control else Segment(clean(segment.text), segment.style)
