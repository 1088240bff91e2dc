"""What GitHub refuses, in plain words: what happened, the likely cause, and what to switch on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import ServiceError

RE_LIMITED = re.compile(r"rate limit|abuse detection|submitted too quickly", re.IGNORECASE)
FIRST_WAIT_S = 60.0
LONGEST_WAIT_S = 900.0

ACTIONS_SETTING = (
    "GitHub Actions may not open pull requests in this repository",
    'Switch on Settings > Actions > General > "Allow GitHub Actions to create and approve pull requests" '
    "(an organisation may hold it), or give Gatecrew an app's token. The branches are pushed already: "
    "the next run adopts them.",
)
PERMISSIONS = (
    "the token lacks a permission",
    "In the workflow: `permissions:` with contents, pull-requests, issues and statuses, each `write`; "
    "a run from a fork or from Dependabot only ever reads.",
)


@dataclass(eq=False)
class Refusal(Exception):
    """An answer that is no success; status 0 is a connection that broke before there was one."""

    status: int
    message: str = ""
    errors: tuple[Any, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def dropped(self) -> bool:
        """Nobody knows whether the request took effect."""
        return self.status == 0 or self.status >= 500

    @property
    def limited(self) -> bool:
        if self.status == 429:
            return True
        told_when = "retry-after" in self.headers or self.headers.get("x-ratelimit-remaining") == "0"
        return (self.status == 403 and told_when) or (
            self.status in (403, 422) and RE_LIMITED.search(self.reasons) is not None
        )

    @property
    def reasons(self) -> str:
        """GitHub's own words, with the reasons of a 422."""
        details = [_detail(error) for error in self.errors]
        return "; ".join(part for part in (self.message, *details) if part)

    def wait_s(self, attempt: int, now: float) -> float:
        """Seconds to wait before trying again, `attempt` counting from 0: what the answer asks for, else
        a growing time."""
        if not self.limited:
            return float(2**attempt)
        try:
            if after := self.headers.get("retry-after"):
                return max(1.0, float(after))
            if self.headers.get("x-ratelimit-remaining") == "0":
                return max(1.0, float(self.headers.get("x-ratelimit-reset", "")) - now)
        except ValueError:
            pass  # an unreadable header is no header
        return float(FIRST_WAIT_S * 2**attempt)


def _detail(error: Any) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    if error.get("message"):
        return str(error["message"])
    return " ".join(str(error[key]) for key in ("resource", "field", "code") if error.get(key))


def explain(refusal: Refusal, what: str, repository: str) -> ServiceError:
    """The error that ends it, for a person. `what` was being done."""
    cause, hint = _cause(refusal, repository)
    number = f" (HTTP {refusal.status})" if refusal.status else ""
    words = f"\n    GitHub says: {refusal.reasons}" if refusal.reasons else ""
    return ServiceError(
        f"cannot {what}: {cause}{number}{words}",
        hint,
        terminal=refusal.status in (401, 403, 404),
        status=refusal.status or None,
    )


def _cause(refusal: Refusal, repository: str) -> tuple[str, str]:
    if refusal.limited:
        return (
            "GitHub's rate limit holds on",
            "Nothing is lost: run it again in an hour, it goes on from there.",
        )
    if "not permitted to create or approve pull requests" in refusal.message:
        return ACTIONS_SETTING
    if refusal.dropped:
        return (
            "GitHub does not answer",
            "See https://www.githubstatus.com; run it again, it goes on from there.",
        )
    known = {
        401: ("the token is wrong or has expired", "Set GITHUB_TOKEN anew."),
        403: PERMISSIONS,
        404: (
            f"there is no {repository!r} that this token can see",
            "Check the name, and that the token has access to the repository.",
        ),
        410: ("issues are switched off in this repository", "Switch them on under Settings > General."),
        422: ("GitHub finds it invalid", "Nothing was changed."),
    }
    return known.get(refusal.status, ("GitHub refuses", "Nothing was changed."))
