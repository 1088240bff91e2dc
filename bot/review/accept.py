"""Acceptance as one pure function: nothing is accepted because nobody looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.review.lenses import is_deterministic
from bot.types.change import Change
from bot.types.review import Finding, Panel, Verdict, Vote

CLAIMS_QUOTED = 2
CLAIM_LENGTH = 120


def accepted(
    change: Change, votes: Sequence[Vote], required: Sequence[str], quorum: int | None, content: str
) -> tuple[bool, str]:
    """Whether these votes, cast on `content`, accept this change; and the sentence that says why.

    Every required lens voted, no refutation stands, and the accepts reach the quorum (None: every vote
    accepts). An abstention is a vote but no accept; so is a refutation that brings no finding, except
    a deterministic lens's, which is never waved away.
    """
    if content != change.digest:
        return False, "the verdicts are about other contents"
    missing = [lens for lens in dict.fromkeys(required) if lens not in {vote.lens for vote in votes}]
    if missing or not votes:
        return False, f"no vote by {', '.join(missing)}" if missing else "no vote at all"
    standing = [vote for vote in votes if _stands(vote)]
    if standing:
        return False, "; ".join(_refuted(vote) for vote in standing)
    return _counted(votes, quorum)


def panel(change: Change, votes: Sequence[Vote], required: Sequence[str], quorum: int | None) -> Panel:
    """The votes on a change's present contents, and what they come to."""
    content = change.digest
    verdict, summary = accepted(change, votes, required, quorum, content)
    return Panel(change.unit, content, tuple(votes), verdict, summary)


def _counted(votes: Sequence[Vote], quorum: int | None) -> tuple[bool, str]:
    accepts = sum(vote.verdict is Verdict.ACCEPT for vote in votes)
    needed = len(votes) if quorum is None else max(1, quorum)
    noun = "lens" if len({vote.lens for vote in votes}) == len(votes) else "vote"
    summary = f"{accepts} of {_plural(len(votes), noun)} {'accepts' if accepts == 1 else 'accept'}"
    notes = [] if quorum is None else [f"{needed} needed"]
    notes += [_dissent(vote) for vote in votes if vote.verdict is not Verdict.ACCEPT]
    return accepts >= needed, f"{summary} ({'; '.join(notes)})" if notes else summary


def _stands(vote: Vote) -> bool:
    if _deterministic(vote) and vote.verdict is Verdict.REFUTE:
        return True
    return any(True for _ in _standing(vote))


def _standing(vote: Vote) -> Iterator[Finding]:
    for finding in vote.findings:
        if finding.verdict is Verdict.REFUTE and (finding.confirmed or _deterministic(vote)):
            yield finding


def _deterministic(vote: Vote) -> bool:
    return vote.deterministic or is_deterministic(vote.lens)


def _refuted(vote: Vote) -> str:
    findings = list(_standing(vote))
    if not findings:
        return f"refuted by {vote.lens}, which gives no finding"
    claims = [_cut(finding.claim) for finding in findings[:CLAIMS_QUOTED]]
    more = len(findings) - len(claims)
    told = "; ".join(claims) + (f"; and {more} more" if more else "")
    return f"refuted by {vote.lens}: {_plural(len(findings), 'finding')} ({told})"


def _dissent(vote: Vote) -> str:
    claims = [f for f in vote.findings if f.verdict is Verdict.REFUTE]
    if vote.verdict is Verdict.ABSTAIN or not claims:
        return f"{vote.lens} abstains"
    return f"{vote.lens} objects, unconfirmed: {_cut(claims[0].claim)}"


def _plural(count: int, noun: str) -> str:
    ending = "" if count == 1 else "es" if noun.endswith("s") else "s"
    return f"{count} {noun}{ending}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CLAIM_LENGTH else line[: CLAIM_LENGTH - 1] + "…"
