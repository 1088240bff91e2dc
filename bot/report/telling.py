"""One unit's story as people read it: attempts, verdicts, findings with their evidence, the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from bot.figures import percent
from bot.report import words
from bot.report.story import Attempt, Judged, Story
from bot.report.tables import STYLES
from bot.types.result import EvictionRow, LayerRow, Result, TreeRow
from bot.types.review import Finding, Verdict

VERDICT_STYLES = {Verdict.ACCEPT: "green", Verdict.REFUTE: "yellow", Verdict.ABSTAIN: "dim"}
SHOWN = 20


def telling(story: Story) -> Iterator[RenderableType]:
    """Everything but the diff."""
    yield _head(story)
    for files in [story.row.files if story.row else ()]:
        yield from _indented(Text(path, style="dim") for path in files)
    for number, step in enumerate(story.steps, 1):
        yield Text("")
        if isinstance(step, Attempt):
            yield _attempt(number, step)
        else:
            yield from _judged(number, step)
    for trouble in story.troubles:
        yield Text(f"tried again after: {trouble}", style="dim")
    if story.result is not None:
        yield from _gate(story.unit, story.result)
    yield Text("")


def _head(story: Story) -> Text:
    head = Text(story.unit, style="bold")
    if story.row is None:
        head.append("  not at its end yet", style="yellow")
    else:
        head.append(f"  {story.row.status}", style=STYLES[story.row.status])
        if story.row.cause:
            head.append(f": {story.row.cause}", style="not bold")
    head.append(f"\nrun {story.header.run} of {story.header.workflow}", style="not bold dim")
    head.append(f" at {story.header.base[:12]}", style="not bold dim")
    if story.row is not None:
        head.append(f"; {words.spent_line(story.row)}", style="not bold dim")
    return head


def _attempt(number: int, step: Attempt) -> RenderableType:
    text = Text(f"{number}. {step.verb}: ", style="bold")
    text.append(step.kind, style="not bold")
    if step.reused:
        text.append("  (reused from an earlier run)", style="not bold dim")
    if step.text.strip():
        text.append(f"\n{step.text.strip()}", style="not bold")
    for entry in step.entries:
        sign, style = ("-", "red") if entry.blob is None else ("~", "green")
        text.append(f"\n{sign} {entry.path}", style=f"not bold {style}")
    return Padding(text, 0)


def _judged(number: int, step: Judged) -> Iterator[RenderableType]:
    vote = step.vote
    text = Text(f"{number}. review, {vote.lens}: ", style="bold")
    text.append(vote.verdict.value, style=f"not bold {VERDICT_STYLES[vote.verdict]}")
    if step.reused:
        text.append("  (reused from an earlier run)", style="not bold dim")
    yield text
    for finding in vote.findings[:SHOWN]:
        yield from _indented(_finding(finding))
    if len(vote.findings) > SHOWN:
        yield Text(f"   and {len(vote.findings) - SHOWN} more", style="dim")


def _finding(finding: Finding) -> Iterator[RenderableType]:
    line = Text(finding.claim, style=VERDICT_STYLES[finding.verdict])
    if finding.confirmed:
        line.append("  confirmed", style="bold")
    yield line
    for evidence in finding.evidence:
        quote = Text(f"  {evidence.path}:{evidence.line}  ", style="cyan")
        quote.append(evidence.text.strip(), style="default")
        yield quote.append(f"  ({evidence.kind})", style="dim")


def _indented(parts: Iterator[RenderableType]) -> Iterator[RenderableType]:
    for part in parts:
        yield Padding(part, (0, 0, 0, 3))


def _gate(unit: str, result: Result) -> Iterator[RenderableType]:
    for layer in [layer for stack in result.stacks for layer in stack if unit in layer.units]:
        yield Text("")
        yield _layer(
            layer, [tree for tree in result.gate.trees if tree.layer == layer.layer] if result.gate else []
        )
    for eviction in [one for one in result.gate.evicted if one.unit == unit] if result.gate else []:
        yield Text("")
        yield _evicted(eviction)


def _layer(layer: LayerRow, trees: Sequence[TreeRow]) -> Text:
    text = Text("gate: ", style="bold")
    for tree in trees[-1:]:
        green = "green" if tree.green else "red"
        text.append(f"{green}, {percent(tree.pass_rate)} of the stable tests pass", style=f"not bold {green}")
    number = f"#{layer.pull}" if layer.pull is not None else "no pull request (dry run)"
    text.append(f"\nproposed in {number} {layer.title}", style="not bold")
    return text.append(f"\n{layer.branch} {layer.url}".rstrip(), style="not bold dim")


def _evicted(eviction: EvictionRow) -> Text:
    text = Text("gate: ", style="bold")
    text.append("evicted", style="not bold yellow")
    text.append(", confirmed" if eviction.confirmed else ", not confirmed", style="not bold")
    if eviction.reason:
        text.append(f": {eviction.reason}", style="not bold")
    for test in eviction.tests[:SHOWN]:
        text.append(f"\n  breaks {test}", style="not bold")
    if len(eviction.tests) > SHOWN:
        text.append(f"\n  and {len(eviction.tests) - SHOWN} more", style="not bold dim")
    return text
