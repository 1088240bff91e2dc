"""The JSON of the REST API, as full as GitHub's own schemas demand.

Fields that somebody may read are filled in by hand; a schema's other required fields get neutral values.
"""

from __future__ import annotations

from .github_contract import contract
from .github_git import CommitFacts, FileChange, Person
from .github_lifecycle import mergeable
from .github_wire import Json
from .github_world import Comment, Issue, Label, Pull, Status, World

FILE_STATUS = {"A": "added", "D": "removed", "M": "modified", "T": "changed"}


def user_view(world: World, login: str, schema: str = "simple-user") -> Json:
    """A user; names that end in [bot] are GitHub Apps."""
    url = f"{world.url}/users/{login}"
    known = {
        "login": login,
        "id": sum(login.encode()),
        "node_id": f"U_{login}",
        "url": url,
        "html_url": f"{world.url}/{login}",
        "type": "Bot" if login.endswith("[bot]") else "User",
    }
    return contract().skeleton(schema, url) | known


def repo_view(world: World, schema: str = "repository") -> Json:
    """The repository."""
    known = {
        "id": 1,
        "node_id": "R_1",
        "name": world.name,
        "full_name": f"{world.owner}/{world.name}",
        "owner": user_view(world, world.owner),
        "private": False,
        "visibility": "public",
        "url": world.repo_url,
        "html_url": world.html_url,
        "clone_url": f"{world.html_url}.git",
        "default_branch": world.default_branch,
        "delete_branch_on_merge": world.delete_branch_on_merge,
        "permissions": {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True},
    }
    return contract().skeleton(schema, world.repo_url) | known


def label_view(world: World, label: Label) -> Json:
    """A label."""
    return {
        "id": label.id,
        "node_id": f"LA_{label.id}",
        "url": f"{world.repo_url}/labels/{label.name}",
        "name": label.name,
        "description": label.description,
        "color": label.color,
        "default": False,
    }


def issue_view(world: World, issue: Issue) -> Json:
    """An issue, or the issue side of a pull request."""
    url = f"{world.repo_url}/issues/{issue.number}"
    known = _shared(world, issue) | {
        "url": url,
        "repository_url": world.repo_url,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "state_reason": issue.state_reason,
        "comments": _count_comments(world, issue),
        "closed_by": user_view(world, issue.closed_by) if issue.closed_by else None,
    }
    if issue.pull is not None:
        known["draft"] = issue.pull.draft
        known["pull_request"] = _pull_links(world, issue) | {"merged_at": issue.pull.merged_at}
    return contract().skeleton("issue", url) | known


def comment_view(world: World, comment: Comment) -> Json:
    """A comment."""
    issue = world.issues[comment.number]
    url = f"{world.repo_url}/issues/comments/{comment.id}"
    known = {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": url,
        "html_url": f"{_html_url(world, issue)}#issuecomment-{comment.id}",
        "issue_url": f"{world.repo_url}/issues/{comment.number}",
        "body": comment.body,
        "user": user_view(world, comment.login),
        "author_association": _association(world, comment.login),
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
    }
    return contract().skeleton("issue-comment", url) | known


def pull_item_view(world: World, issue: Issue, pull: Pull) -> Json:
    """A pull request in a list: GitHub leaves out what it would have to compute."""
    known = _shared(world, issue) | _pull_part(world, issue, pull)
    return contract().skeleton("pull-request-simple", known["url"]) | known


def pull_view(world: World, issue: Issue, pull: Pull, *, judged: bool = True) -> Json:
    """A pull request by itself. GitHub answers a creation before it has judged whether it can be merged."""
    base = diff_base(world, issue, pull)
    changes = world.repo.changes(base, pull.head_sha)
    verdict = mergeable(world, pull) if judged and issue.state == "open" else None
    known = {
        **_shared(world, issue),
        **_pull_part(world, issue, pull),
        "merged": pull.merged_at is not None,
        "merged_by": user_view(world, pull.merged_by) if pull.merged_by else None,
        "mergeable": verdict,
        "rebaseable": verdict,
        "mergeable_state": _mergeable_state(pull, verdict),
        "comments": _count_comments(world, issue),
        "commits": len(world.repo.commits_between(base, pull.head_sha)),
        "additions": sum(change.additions for change in changes),
        "deletions": sum(change.deletions for change in changes),
        "changed_files": len(changes),
        "maintainer_can_modify": False,
    }
    return contract().skeleton("pull-request", known["url"]) | known


def diff_base(world: World, issue: Issue, pull: Pull) -> str:
    """The base that the diff is against: `base.sha` is the base as it was at the last push to the head."""
    return world.seen.get(pull.base, pull.base_sha) if issue.state == "open" else pull.base_sha


def file_view(world: World, pull: Pull, base: str, change: FileChange) -> Json:
    """One file of a pull request's diff."""
    blob_url = f"{world.html_url}/blob/{pull.head_sha}/{change.path}"
    return {
        "sha": change.blob,
        "filename": change.path,
        "status": FILE_STATUS[change.status],
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": blob_url,
        "raw_url": blob_url.replace("/blob/", "/raw/"),
        "contents_url": f"{world.repo_url}/contents/{change.path}?ref={pull.head_sha}",
        "patch": world.repo.patch(base, pull.head_sha, change.path),
    }


def commit_view(world: World, facts: CommitFacts) -> Json:
    """A commit. Its author is nobody on GitHub: the addresses in tests belong to no account."""
    url = f"{world.repo_url}/commits/{facts.sha}"
    git_url = f"{world.repo_url}/git"
    known = {
        "url": url,
        "html_url": f"{world.html_url}/commit/{facts.sha}",
        "sha": facts.sha,
        "node_id": f"C_{facts.sha}",
        "commit": {
            "url": f"{git_url}/commits/{facts.sha}",
            "author": _git_user(facts.author),
            "committer": _git_user(facts.committer),
            "message": facts.message,
            "comment_count": 0,
            "tree": {"sha": facts.tree, "url": f"{git_url}/trees/{facts.tree}"},
        },
        "author": None,
        "committer": None,
        "parents": [_parent(world, sha) for sha in facts.parents],
    }
    return contract().skeleton("commit", url) | known


def status_view(world: World, status: Status) -> Json:
    """A commit status."""
    url = f"{world.repo_url}/statuses/{status.sha}"
    known = {
        "url": url,
        "id": status.id,
        "node_id": f"SC_{status.id}",
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.target_url,
        "created_at": status.created_at,
        "updated_at": status.created_at,
        "creator": user_view(world, status.login),
    }
    return contract().skeleton("status", url) | known


def ref_view(world: World, ref: str, sha: str) -> Json:
    """A git ref. Its URL says /git/refs/ though it is read at /git/ref/: clients delete at that URL."""
    return {
        "ref": ref,
        "node_id": f"REF_{ref}",
        "url": f"{world.repo_url}/git/{ref}",
        "object": {"type": "commit", "sha": sha, "url": f"{world.repo_url}/git/commits/{sha}"},
    }


def _shared(world: World, issue: Issue) -> Json:
    labels = [label for name in issue.labels if (label := world.find_label(name))]
    return {
        "id": 9000 + issue.number,
        "node_id": f"{'PR' if issue.pull else 'I'}_{issue.number}",
        "html_url": _html_url(world, issue),
        "number": issue.number,
        "state": issue.state,
        "title": issue.title,
        "body": issue.body,
        "user": user_view(world, issue.login),
        "labels": [label_view(world, label) for label in labels],
        "author_association": _association(world, issue.login),
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
    }


def _pull_part(world: World, issue: Issue, pull: Pull) -> Json:
    links = _pull_links(world, issue)
    url = links["url"]
    issue_url = f"{world.repo_url}/issues/{issue.number}"
    followed = {
        "self": url,
        "html": links["html_url"],
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{world.repo_url}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{world.repo_url}/statuses/{pull.head_sha}",
    }
    return {
        **links,
        **{f"{name}_url": followed[name] for name in followed if name not in ("self", "html")},
        "_links": {name: {"href": target} for name, target in followed.items()},
        "head": _head(world, pull),
        "base": _side(world, world.owner, pull.base, pull.base_sha),
        "draft": pull.draft,
        "merged_at": pull.merged_at,
        "merge_commit_sha": pull.merge_commit,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
    }


def _pull_links(world: World, issue: Issue) -> Json:
    page = _html_url(world, issue)
    return {
        "url": f"{world.repo_url}/pulls/{issue.number}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
    }


def _side(world: World, owner: str, branch: str, sha: str) -> Json:
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user_view(world, owner),
        "repo": repo_view(world),
    }


def _head(world: World, pull: Pull) -> Json:
    side = _side(world, world.head_owner(pull), pull.head, pull.head_sha)
    if pull.fork is None:
        return side
    full_name = f"{pull.fork.owner}/{world.name}"
    theirs = {
        "id": 2,
        "full_name": full_name,
        "owner": side["user"],
        "url": f"{world.url}/repos/{full_name}",
        "html_url": f"{world.url}/{full_name}",
        "clone_url": f"{world.url}/{full_name}.git",
        "fork": True,
    }
    return side | {"repo": None if pull.fork.gone else side["repo"] | theirs}


def _mergeable_state(pull: Pull, verdict: bool | None) -> str:
    if verdict is None:
        return "unknown"
    if pull.draft:
        return "draft"
    return "clean" if verdict else "dirty"


def _parent(world: World, sha: str) -> Json:
    url = f"{world.repo_url}/commits/{sha}"
    return {"sha": sha, "url": url, "html_url": f"{world.html_url}/commit/{sha}"}


def _git_user(person: Person) -> Json:
    return {"name": person.name, "email": person.email, "date": person.date}


def _html_url(world: World, issue: Issue) -> str:
    return f"{world.html_url}/{'pull' if issue.pull else 'issues'}/{issue.number}"


def _count_comments(world: World, issue: Issue) -> int:
    return sum(comment.number == issue.number for comment in world.comments.values())


def _association(world: World, login: str) -> str:
    if login == world.owner:
        return "OWNER"
    return "COLLABORATOR" if world.permissions.get(login) in ("admin", "write") else "NONE"
