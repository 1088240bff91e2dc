"""Pushing branches to any forge: fast-forwards only, in batches, and refusals in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.errors import GitError
from bot.git import Git
from bot.redact import Redactor
from bot.types.ids import Branch, Sha
from bot.types.stack import RefUpdate

BATCH = 200
"""Branches in one push: a push of more than 5,000 starts no workflow at all, and argv is finite."""

TRIES = 3
RE_PASSING = re.compile(
    r"returned error: 5\d\d|RPC failed|early EOF|hung up|Empty reply|timed out|Could not resolve host"
    r"|Connection (reset|refused)|Failed to connect",
    re.IGNORECASE,
)

# What git or the forge says, and what it means with the way out.
REASONS = (
    (
        r"workflows? permission|without `?workflows?`? (scope|permission)",
        "the token may not change workflow files",
        "Exclude .github/workflows/** in the spec, or use an app's token with the workflows permission.",
    ),
    (
        r"GH006|GH013|protected branch|rule violations",
        "a rule of the repository protects these branches",
        "Let the rule leave out gatecrew/**, or give the token's owner a bypass.",
    ),
    (
        r"stale info|fetch first|cannot lock ref",
        "somebody moved the branch meanwhile",
        "Run it again: the new commits are looked at first.",
    ),
    (
        r"returned error: 40[134]|Permission to .* denied|Authentication failed|could not read|not found",
        "the token may not push here, or the repository's name is wrong",
        "It needs write access to contents: `permissions: contents: write` in the workflow.",
    ),
)


def push(
    git: Git, url: str, updates: Sequence[RefUpdate], *, config: Sequence[str], redact: Redactor
) -> None:
    """Push all updates, 200 at a time, each batch as a whole. Raises GitError with the reason."""
    for update in updates:
        _ensure_forward(git, update)
    for batch in _batches(updates):
        _push_batch(git, url, batch, config, redact)


def _batches(updates: Sequence[RefUpdate]) -> Iterator[Sequence[RefUpdate]]:
    for start in range(0, len(updates), BATCH):
        yield updates[start : start + BATCH]


def _ensure_forward(git: Git, update: RefUpdate) -> None:
    """A lease alone would let a rewritten history through."""
    if update.expected is None:
        return
    if not git.has(update.expected) or not git.is_ancestor(update.expected, update.new):
        raise GitError(
            f"{update.branch} would not be a fast-forward from {update.expected[:12]} to {update.new[:12]}: "
            "somebody moved the branch meanwhile",
            "Run it again: the new commits are looked at first.",
        )


def _push_batch(
    git: Git, url: str, batch: Sequence[RefUpdate], config: Sequence[str], redact: Redactor
) -> None:
    refspecs = [f"{update.new}:refs/heads/{update.branch}" for update in batch]
    leases = [f"refs/heads/{update.branch}:{update.expected or ''}" for update in batch]
    for attempt in range(1, TRIES + 1):
        try:
            return git.push(url, refspecs, leases, config)
        except GitError as err:
            passing = RE_PASSING.search(err.message) is not None
            if passing and arrived(git, url, batch, config):
                return None
            if not passing or attempt == TRIES:
                raise _refusal(batch, redact(err.message)) from None
    return None


def arrived(git: Git, url: str, batch: Sequence[RefUpdate], config: Sequence[str]) -> bool:
    """Whether the branches are there already: the answer to a push may get lost on its way."""
    try:
        there = git.remote_heads(url, _common([update.branch for update in batch]), config)
    except GitError:
        return False
    return all(there.get(update.branch) == update.new for update in batch)


def _common(branches: Sequence[Branch]) -> str:
    first, last = min(branches), max(branches)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:same]


def _refusal(batch: Sequence[RefUpdate], said: str) -> GitError:
    names = batch[0].branch if len(batch) == 1 else f"{len(batch)} branches ({batch[0].branch}, ...)"
    for pattern, reason, hint in REASONS:
        if re.search(pattern, said, re.IGNORECASE):
            return GitError(f"the push of {names} was refused: {reason}\n{_lines(said)}", hint)
    return GitError(f"the push of {names} failed\n{_lines(said)}", "Nothing was pushed; run it again.")


def _lines(said: str) -> str:
    return "\n".join(f"    {line.strip()}" for line in said.splitlines()[-8:] if line.strip())


def fetched_heads(git: Git, url: str, prefix: str, config: Sequence[str] = ()) -> dict[Branch, Sha]:
    """A remote's branches that start with `prefix`; their commits are here afterwards."""
    heads = git.remote_heads(url, prefix, config)
    git.fetch(url, heads.values(), config)
    return heads
