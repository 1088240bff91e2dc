"""The pull request operations."""

from __future__ import annotations

import re

from .github_call import (
    Call,
    Handler,
    demand_title,
    find_issue,
    in_state,
    limit_text,
    ordered,
    paged,
)
from .github_lifecycle import close, land, open_pull, reopen, retarget
from .github_views import commit_view, diff_base, file_view, pull_item_view, pull_view
from .github_wire import Json, NotModelled, Refused, Reply, refused
from .github_world import Issue, Pull, World

# GitHub shows at most this many files and commits of one pull request.
MAX_FILES = 3000
MAX_COMMITS = 250


def _find_pull(world: World, call: Call) -> tuple[Issue, Pull]:
    issue = find_issue(world, call)
    if issue.pull is None:
        raise refused(404, "Not Found")
    return issue, issue.pull


def _list(world: World, call: Call) -> Reply:
    # GitHub ignores a head without "owner:" and lists everything: nobody ever means that.
    if ":" not in call.query.get("head", ":"):
        raise NotModelled(f"head={call.query['head']} without its owner, which GitHub ignores")
    pulls = [issue for issue in world.issues.values() if issue.pull and _wanted(world, call, issue.pull)]
    newest = "desc" if call.query.get("sort", "created") == "created" else "asc"
    return paged(world, call, ordered(call, in_state(call, pulls), newest), lambda issue: _item(world, issue))


def _item(world: World, issue: Issue) -> Json:
    assert issue.pull is not None
    return pull_item_view(world, issue, issue.pull)


def _wanted(world: World, call: Call, pull: Pull) -> bool:
    head, base = call.query.get("head"), call.query.get("base")
    return head in (None, f"{world.head_owner(pull)}:{pull.head}") and base in (None, pull.base)


def _create(world: World, call: Call) -> Reply:
    fields = call.fields
    if "issue" in fields or "head_repo" in fields:
        raise NotModelled("pull requests from an issue or from another repository")
    demand_title("PullRequest", fields.get("title"))
    limit_text("PullRequest", "body", fields.get("body"))
    issue = open_pull(
        world,
        fields["head"],
        fields["base"],
        fields["title"],
        fields.get("body"),
        draft=fields.get("draft", False),
        login=call.login,
    )
    assert issue.pull is not None
    view = pull_view(world, issue, issue.pull, judged=False)
    return Reply(201, view, {"location": view["url"]})


def _get(world: World, call: Call) -> Reply:
    return Reply(200, pull_view(world, *_find_pull(world, call)))


def _update(world: World, call: Call) -> Reply:
    issue, pull = _find_pull(world, call)
    fields = call.fields
    if "title" in fields:
        demand_title("PullRequest", fields["title"])
    limit_text("PullRequest", "body", fields.get("body"))
    if "base" in fields:
        retarget(world, issue, fields["base"])
    if fields.get("state") == "closed":
        close(world, issue, call.login)
    elif fields.get("state") == "open":
        reopen(world, issue)
    issue.title, issue.body = fields.get("title", issue.title), fields.get("body", issue.body)
    world.touch(issue)
    return Reply(200, pull_view(world, issue, pull))


def _merge(world: World, call: Call) -> Reply:
    issue, pull = _find_pull(world, call)
    fields = call.fields
    if fields.get("sha", pull.head_sha) != pull.head_sha:
        raise refused(409, "Head branch was modified. Review and try the merge again.")
    method = fields.get("merge_method", "merge")
    title, message = fields.get("commit_title"), fields.get("commit_message")
    commit = land(world, issue, method, call.login, title, message)
    return Reply(200, {"sha": commit, "merged": True, "message": "Pull Request successfully merged"})


def _files(world: World, call: Call) -> Reply:
    issue, pull = _find_pull(world, call)
    base = diff_base(world, issue, pull)
    changes = world.repo.changes(base, pull.head_sha)[:MAX_FILES]
    return paged(world, call, changes, lambda change: file_view(world, pull, base, change))


def _commits(world: World, call: Call) -> Reply:
    issue, pull = _find_pull(world, call)
    commits = world.repo.commits_between(diff_base(world, issue, pull), pull.head_sha)[:MAX_COMMITS]
    return paged(world, call, commits, lambda sha: commit_view(world, world.repo.facts(sha)))


PULLS: dict[str, Handler] = {
    "pulls/list": _list,
    "pulls/create": _create,
    "pulls/get": _get,
    "pulls/update": _update,
    "pulls/merge": _merge,
    "pulls/list-files": _files,
    "pulls/list-commits": _commits,
}

# GraphQL is the only way to change a pull request between draft and ready. These two mutations are known by
# their names; there is no schema for GraphQL here, so that only what PyGithub sends is understood.
DRAFT_MUTATIONS = {"convertPullRequestToDraft": True, "markPullRequestReadyForReview": False}


def graphql(world: World, body: Json) -> Reply:
    """Answer one of the two draft mutations."""
    named = re.search(r"\{\s*(\w+)\s*\(input: \$input\)", body.get("query", ""))
    if named is None or named[1] not in DRAFT_MUTATIONS:
        raise NotModelled(f"the GraphQL query {body.get('query', '')[:100]!r}")
    node = body.get("variables", {}).get("input", {}).get("pullRequestId", "")
    issue = world.issues.get(int(node.removeprefix("PR_") or 0)) if node.startswith("PR_") else None
    if issue is None or issue.pull is None:
        message = f"Could not resolve to a node with the global id of '{node}'"
        raise Refused(Reply(200, {"data": None, "errors": [{"type": "NOT_FOUND", "message": message}]}))
    issue.pull.draft = DRAFT_MUTATIONS[named[1]]
    world.touch(issue)
    answer = {"clientMutationId": None, "pullRequest": {"isDraft": issue.pull.draft}}
    return Reply(200, {"data": {named[1]: answer}})
