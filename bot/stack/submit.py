"""Proposes gated layers: pushes their branches, opens or updates their pull requests, and no more.

Running it twice changes nothing twice: what the forge holds is read first, and only differences are
written. For n new layers: ceil(n/200) pushes and n + 2 writes, with labels and statuses on top.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import GatecrewError, ServiceError
from bot.git import Git
from bot.ports.events import Events, Silence
from bot.ports.forge import Forge
from bot.stack import body
from bot.stack.heads import lowest_first, next_head
from bot.stack.known import CLOSED, HANDS_OFF, known
from bot.stack.marker import campaign_marker
from bot.types.events import Said
from bot.types.ids import LayerId, Sha, UnitId
from bot.types.stack import (
    Known,
    KnownLayer,
    Layer,
    NewPull,
    Placed,
    Proposal,
    Pull,
    PullState,
    RefUpdate,
    StatusState,
    Submission,
    Submitted,
)

Step = Callable[[str, str, Callable[[], Any]], Any]
"""step(name, key, fn): does a visible thing once. `fn` returns what JSON can hold; equal keys are one."""

STATUS = "gatecrew/gate"
NO_ISSUES = (403, 404, 410)


def straight(_name: str, _key: str, fn: Callable[[], Any]) -> Any:
    """A step that nobody records."""
    return fn()


def submit(
    submission: Submission, *, git: Git, forge: Forge, events: Events | None = None, step: Step = straight
) -> Submitted:
    """Propose everything that may be proposed. Raises ServiceError and GitError; then whatever was done
    is found again, and adopted, by the next run."""
    at_work = _Publishing(submission, git, forge, events or Silence(), step)
    now = known(forge, git, submission.workflow, submission.base, submission.reopened)
    proposals, skipped = at_work.choose(now)
    heads = at_work.heads(now, proposals)
    pulls = at_work.free_bases(now, proposals)
    at_work.push(now, proposals, heads)
    rows = {layer.id: layer for layer in now.layers}
    campaign = at_work.campaign(rows) if proposals or rows else None
    placed = []
    for proposal in proposals:
        layer, head = proposal.placed.layer, heads[proposal.placed.layer.id]
        moved = now.heads.get(proposal.placed.branch) != head
        pull, note = at_work.propose(proposal, pulls.get(layer.id), head, moved=moved, campaign=campaign)
        rows[layer.id] = KnownLayer(layer.id, layer.units, pull)
        placed.append(replace(proposal.placed, head=head, pull=pull.number, url=pull.url, note=note))
    if proposals and campaign:
        at_work.campaign(rows)
    return Submitted(tuple(placed), skipped, campaign)


@dataclass(frozen=True, slots=True)
class _Publishing:
    """One submission at one forge."""

    submission: Submission
    git: Git
    forge: Forge
    events: Events
    step: Step

    def choose(self, now: Known) -> tuple[list[Proposal], dict[UnitId, str]]:
        """What may be proposed, lowest first, and the units that may not, with the rule. People act
        while the crew works: what was free before the work may be closed or taken over by now."""
        by_layer = {proposal.placed.layer.id: proposal for proposal in self.submission.proposals}
        left: dict[LayerId, str] = {}
        chosen: list[Proposal] = []
        skipped: dict[UnitId, str] = {}
        for layer in lowest_first(proposal.placed.layer for proposal in by_layer.values()):
            proposal = by_layer[layer.id]
            if rule := self._rule(layer, proposal.placed, now, left):
                left[layer.id] = rule
                skipped |= dict.fromkeys(layer.units, rule)
            else:
                chosen.append(proposal)
        return chosen, skipped

    def _rule(self, layer: Layer, placed: Placed, now: Known, left: dict[LayerId, str]) -> str | None:
        if placed.branch in now.foreign:
            return HANDS_OFF
        if rule := next((now.skipped[unit] for unit in layer.units if unit in now.skipped), None):
            return rule
        closed = next(
            (x.pull for x in now.layers if x.id == layer.id and x.pull.state == PullState.CLOSED), None
        )
        if closed and not self.submission.reopened.intersection(layer.units):
            return CLOSED
        return f"stands on {layer.below}: {left[layer.below]}" if layer.below in left else None

    def heads(self, now: Known, proposals: Sequence[Proposal]) -> dict[LayerId, Sha]:
        """The commit of every branch: exactly the tree that the gate judged."""
        heads: dict[LayerId, Sha] = {}
        for proposal in proposals:
            placed = proposal.placed
            below = placed.layer.below
            if self.git.tree(placed.head) != placed.tree:
                raise GatecrewError(
                    f"{placed.layer.id}: the gate judged {placed.tree}, which is not its head's"
                )
            heads[placed.layer.id] = next_head(
                self.git,
                placed.tree,
                below=heads[below] if below else self.submission.base,
                remote=now.heads.get(placed.branch),
                message=body.commit_message(proposal, run=self.submission.run),
                dated=self.submission.base,
            )
        return heads

    def free_bases(self, now: Known, proposals: Sequence[Proposal]) -> dict[LayerId, Pull]:
        """Open pull requests by layer, none of them based on a branch that it will not stand on: a push
        that brings a head into its own base closes the pull request."""
        wanted = {proposal.placed.layer.id: proposal.placed.base_branch for proposal in proposals}
        pulls = {layer.id: layer.pull for layer in now.layers if layer.ours and layer.id in wanted}
        for layer, pull in pulls.items():
            if pull.base_branch not in (wanted[layer], self.submission.base_branch):
                pulls[layer] = self._edit(pull, replace(pull, base_branch=self.submission.base_branch))
        return pulls

    def push(self, now: Known, proposals: Sequence[Proposal], heads: dict[LayerId, Sha]) -> None:
        updates = [
            RefUpdate(p.placed.branch, heads[p.placed.layer.id], now.heads.get(p.placed.branch))
            for p in proposals
            if now.heads.get(p.placed.branch) != heads[p.placed.layer.id]
        ]
        if updates:
            key = _key(*(f"{update.branch}:{update.new}" for update in updates))
            self.step("push", key, lambda: self.forge.push(updates))

    def propose(
        self, proposal: Proposal, pull: Pull | None, head: Sha, *, moved: bool, campaign: int | None
    ) -> tuple[Pull, str]:
        """Open or update one pull request; how it is now, and what was done."""
        placed, submission = proposal.placed, self.submission
        wanted = NewPull(
            branch=placed.branch,
            base_branch=placed.base_branch,
            title=body.pull_title(placed.layer),
            body=body.pull_body(
                proposal, workflow=submission.workflow, goal=submission.goal, campaign=campaign
            ),
            draft=proposal.draft,
        )
        note = "as it was"
        if pull is None:
            pull, note = self._open(wanted, head), "opened"
        text = pull.body if body.same_but_for_seconds(pull.body, wanted.body) else wanted.body
        target = replace(pull, title=wanted.title, body=text, base_branch=wanted.base_branch)
        if target != pull:
            pull, note = self._edit(pull, target), "updated"
        if wanted.draft and not pull.draft and moved:
            self.step("draft", _key(str(pull.number), head), lambda: self.forge.draft(target.number))
            pull = replace(pull, draft=True)
        self._decorate(proposal, pull, head)
        return pull, "updated" if moved and note == "as it was" else note

    def _open(self, new: NewPull, head: Sha) -> Pull:
        def ask() -> dict[str, Any]:
            pull = self.forge.open(new)
            # It may be one that was opened by hand, or by a process that was killed.
            if (pull.title, pull.body, pull.base_branch) != (new.title, new.body, new.base_branch):
                self.forge.edit(pull.number, title=new.title, body=new.body, base_branch=new.base_branch)
            return {"number": pull.number, "url": pull.url, "draft": pull.draft, "labels": list(pull.labels)}

        made = self.step("open", _key(new.branch, new.base_branch, new.title, new.body, head), ask)
        return Pull(
            number=made["number"],
            title=new.title,
            body=new.body,
            branch=new.branch,
            base_branch=new.base_branch,
            head=head,
            state=PullState.OPEN,
            draft=made["draft"],
            labels=tuple(made["labels"]),
            url=made["url"],
        )

    def _edit(self, pull: Pull, target: Pull) -> Pull:
        def ask() -> None:
            self.forge.edit(pull.number, title=target.title, body=target.body, base_branch=target.base_branch)

        before = _key(pull.title, pull.body, pull.base_branch)
        self.step("edit", _key(str(pull.number), before, target.title, target.body, target.base_branch), ask)
        return target

    def _decorate(self, proposal: Proposal, pull: Pull, head: Sha) -> None:
        """Labels that are missing, and the gate's word on the commit."""
        missing = [label for label in self.submission.labels if label not in pull.labels]
        if missing:
            self.step(
                "label", _key(str(pull.number), *missing), lambda: self.forge.label(pull.number, missing)
            )
        text = body.status_text(proposal)
        state: StatusState = "success" if proposal.green else "failure"
        self.step(
            "status",
            _key(head, text, str(proposal.green)),
            lambda: self.forge.status(head, context=STATUS, state=state, text=text),
        )

    def campaign(self, rows: dict[LayerId, KnownLayer]) -> int | None:
        """Bring the campaign's issue up to date: the only place with all layers. It is worth having, but
        a repository without issues, or a token that may not write them, must not stop the rest."""
        title = body.campaign_title(self.submission.workflow)
        text = body.campaign_body(self.submission.workflow, self.submission.goal, rows.values())
        marker = campaign_marker(self.submission.workflow)
        try:
            number: int = self.step(
                "campaign", _key(title, text), lambda: self.forge.campaign(marker, title, text)
            )
        except ServiceError as err:
            if err.status not in NO_ISSUES:
                raise
            self.events.tell(Said(f"no campaign issue: {err.message}", "warning"))
            return None
        return number


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
