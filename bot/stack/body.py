"""Titles and bodies of pull requests, of their commits and of the campaign's issue. Pure, and the same
for the same input: a second run compares texts and writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.stack.escape import block, code, inline, plain
from bot.stack.marker import Marker, campaign_marker, slug
from bot.types.ids import RunId
from bot.types.stack import KnownLayer, Layer, Proposal, Pull, PullState

LONGEST = 64_000
"""GitHub takes 65,536 characters."""
LONGEST_TITLE = 120
MOST_LISTED = 50
RE_SECONDS = re.compile(r"(?<=\()[\d.]+(?= s\); sandbox: )")
CUT = "*Cut here: there was more than a pull request holds.*"


def pull_title(layer: Layer) -> str:
    title = plain(layer.title)
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"


def pull_body(proposal: Proposal, *, workflow: str, goal: str, campaign: int | None) -> str:
    """What it is for, what it changes, what a person should look at, what the gate says, and the marker.
    No list of other layers: squashing would copy it into the commit, and every change would rewrite all."""
    layer = proposal.placed.layer
    parts = [inline(goal)]
    parts += ["\n".join(f"- {_change(c.unit, c.summary, c.paths)}" for c in layer.changes[:MOST_LISTED])]
    parts += [_more(len(layer.changes), "units")]
    if proposal.remarks:
        parts += ["**Please look:**", "\n".join(f"- {inline(remark)}" for remark in proposal.remarks)]
    parts += ["**The gate**", block(proposal.gate)]
    if campaign:
        parts += [f"Part of #{campaign}."]
    marker = Marker(workflow=slug(workflow), layer=layer.id, units=layer.units)
    return _fitted(parts, str(marker))


def same_but_for_seconds(one: str, other: str) -> bool:
    """Whether two bodies say the same: how long the suite took is no reason to edit a pull request."""
    return RE_SECONDS.sub("", one) == RE_SECONDS.sub("", other)


def _change(unit: str, summary: str, paths: Sequence[str]) -> str:
    """The unit with its summary's first line and its files; the summary's own list stays a list."""
    shown = ", ".join(code(path) for path in paths[:MOST_LISTED])
    rest = f" and {len(paths) - MOST_LISTED} more" if len(paths) > MOST_LISTED else ""
    title, *details = [line.strip() for line in summary.splitlines() if line.strip()] or [""]
    said = f": {inline(title)}" if title else ""
    nested = [f"  - {inline(line.removeprefix('- '))}" for line in details[:MOST_LISTED]]
    more = [f"  - and {len(details) - MOST_LISTED} more"] if len(details) > MOST_LISTED else []
    return "\n".join([f"{code(unit)}{said} ({shown}{rest})", *nested, *more])


def _more(count: int, what: str) -> str:
    return f"And {count - MOST_LISTED} more {what}." if count > MOST_LISTED else ""


def commit_message(proposal: Proposal, *, run: RunId) -> str:
    """A subject, and the trailers from which state can be rebuilt without any body."""
    layer = proposal.placed.layer
    gate = status_text(proposal)[:200]
    trailers = [f"Gatecrew-Run: {plain(run)}", *(f"Gatecrew-Unit: {unit}" for unit in layer.units)]
    return f"{pull_title(layer)}\n\n" + "\n".join([*trailers, f"Gatecrew-Gate: {gate or 'none'}"]) + "\n"


def status_text(proposal: Proposal) -> str:
    """The gate's first line."""
    return plain(proposal.gate.strip().partition("\n")[0])


def campaign_title(workflow: str) -> str:
    return f"Gatecrew: {plain(workflow)}"


def campaign_body(workflow: str, goal: str, rows: Iterable[KnownLayer]) -> str:
    """The one place with all layers of a workflow, by their numbers, and what each stands on."""
    ordered = sorted(rows, key=lambda row: row.pull.number)
    by_branch = {row.pull.branch: row.pull.number for row in ordered}
    table = ["| pull request | what | stands on | state |", "| --- | --- | --- | --- |"]
    table += [_row(row, by_branch.get(row.pull.base_branch)) for row in ordered]
    text = "\n".join(table) if ordered else "Nothing is proposed yet."
    return _fitted([inline(goal), text], campaign_marker(workflow))


def _row(row: KnownLayer, below: int | None) -> str:
    stands_on = f"#{below}" if below else code(row.pull.base_branch)
    return (
        f"| #{row.pull.number} | {inline(row.pull.title)} | {stands_on} | {_state(row.pull, row.hands_off)} |"
    )


def _state(pull: Pull, hands_off: bool) -> str:
    if pull.state != PullState.OPEN:
        return pull.state
    return "hands off: people work on it" if hands_off else "draft" if pull.draft else "open"


def _fitted(parts: Sequence[str], marker: str) -> str:
    """Paragraphs, cut between lines where they are too long, and always with the marker."""
    text = "\n\n".join(part for part in parts if part)
    room = LONGEST - len(marker) - len(CUT) - 40
    if len(text) > room:
        text = text[:room].rpartition("\n")[0]
        fence = _open_fence(text)
        text += f"\n{fence}\n\n{CUT}" if fence else f"\n\n{CUT}"
    return f"{text}\n\n{marker}\n"


def _open_fence(text: str) -> str:
    """The fence that a cut left open, if any. Only our own lines start with one: all else is escaped."""
    fence = ""
    for line in text.splitlines():
        if not fence and line.startswith("```"):
            fence = line.removesuffix("text")
        elif fence and line == fence:
            fence = ""
    return fence
