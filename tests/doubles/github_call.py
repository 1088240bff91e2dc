"""A REST request that passed the contract, and what handlers share: paging, limits, lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from .github_wire import Json, NotModelled, Reply, flaw, invalid, refused
from .github_world import Issue, World

PAGE_SIZE = 30
MAX_PAGE_SIZE = 100
# Issue, pull request and comment bodies.
MAX_BODY = 65536

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One request to one operation."""

    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    login: str

    @property
    def fields(self) -> Json:
        """The body's fields; a request without a body has none."""
        return self.body if isinstance(self.body, dict) else {}

    def refuse_filters(self, *names: str) -> None:
        """Stop at a filter that the double lacks: an unfiltered list would be a wrong answer."""
        for name in names:
            if name in self.query:
                raise NotModelled(f"the filter {name!r} of {self.path}")


Handler = Callable[[World, Call], Reply]


def find_issue(world: World, call: Call) -> Issue:
    """Return the issue or pull request that a path names."""
    number = call.params.get("issue_number") or call.params["pull_number"]
    issue = world.issues.get(int(number))
    if issue is None:
        raise refused(404, "Not Found")
    return issue


def paged(world: World, call: Call, items: Sequence[T], view: Callable[[T], Json]) -> Reply:
    """Return one page of a list, with GitHub's Link header."""
    size = min(int(call.query.get("per_page", PAGE_SIZE)), MAX_PAGE_SIZE)
    page = int(call.query.get("page", 1))
    shown = items[(page - 1) * size : page * size]
    link = _link(world, call, page, last=max(1, -(-len(items) // size)))
    return Reply(200, [view(item) for item in shown], {"link": link} if link else {})


def ordered(call: Call, issues: Sequence[Issue], default_direction: str = "desc") -> list[Issue]:
    """Sort as `sort` and `direction` say; by creation unless told otherwise."""
    by = call.query.get("sort", "created")
    if by not in ("created", "updated"):
        raise NotModelled(f"sort={by}")
    newest_first = call.query.get("direction", default_direction) == "desc"
    return sorted(
        issues, key=lambda i: (i.updated_at if by == "updated" else "", i.number), reverse=newest_first
    )


def in_state(call: Call, issues: Sequence[Issue]) -> list[Issue]:
    """Return the issues of the asked state: the open ones unless told otherwise."""
    state = call.query.get("state", "open")
    return [issue for issue in issues if state in ("all", issue.state)]


def limit_text(resource: str, field: str, text: str | None, maximum: int = MAX_BODY) -> None:
    """Refuse a text that GitHub would not store."""
    if text is not None and len(text) > maximum:
        raise invalid(flaw(resource, field, f"{field} is too long (maximum is {maximum} characters)"))


def demand_title(resource: str, title: str | None) -> None:
    """Refuse an empty title."""
    if not (title or "").strip():
        raise invalid(flaw(resource, "title", code="missing_field"))
    limit_text(resource, "title", title, 256)


def _link(world: World, call: Call, page: int, last: int) -> str:
    targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    useful = {
        name: number
        for name, number in targets.items()
        if (name in ("prev", "first") and page > 1) or (name in ("next", "last") and page < last)
    }
    return ", ".join(
        f'<{world.url}{call.path}?{urlencode({**call.query, "page": number})}>; rel="{name}"'
        for name, number in useful.items()
    )
