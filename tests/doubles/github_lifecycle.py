"""The life of a pull request: opened, followed along its branches, retargeted, closed, reopened, merged.

What is modelled beyond the documentation, because stacks of pull requests live or die by it:

- The head of an open pull request follows its branch; that of a closed one stays where it was.
- A branch deleted by git or by the API closes every open pull request that has it as head or base. Only where
  it is deleted as part of a merge are the pull requests on top of it retargeted.
- A pull request whose commits become part of its base by a push counts as merged, whatever the rules say.
- A closed one cannot be retargeted, and is reopened only while both branches exist and its head was not
  rewound.
"""

from __future__ import annotations

from collections.abc import Iterable

from .github_git import MergeConflict
from .github_wire import flaw, invalid, refused
from .github_world import Fork, Issue, Pull, World

MERGE_METHODS = ("merge", "squash", "rebase")


def open_pull(
    world: World, head: str, base: str, title: str, body: str | None, *, draft: bool, login: str
) -> Issue:
    """Open a pull request, or refuse in GitHub's words."""
    head = _own_branch(world, head)
    branches = world.repo.branches()
    missing = [side for side, name in (("head", head), ("base", base)) if name not in branches]
    if missing:
        raise invalid(*(flaw("PullRequest", side) for side in missing))
    _demand_commits(world, branches, base, head, f"No commits between {base} and {head}")
    if _open_pull_of(world, head, base):
        raise invalid(_custom(f"A pull request already exists for {world.owner}:{head}."))
    pull = Pull(head, base, branches[head], branches[base], draft)
    issue = world.add_issue(title, body, login, pull)
    world.repo.point({f"refs/pull/{issue.number}/head": pull.head_sha})
    return issue


def open_from_fork(world: World, fork: Fork, head: str, commit: str, title: str) -> Issue:
    """Open a pull request for a commit of somebody's fork against the default branch."""
    base = world.default_branch
    issue = world.add_issue(title, None, fork.owner, Pull(head, base, commit, _tip(world, base), fork=fork))
    world.repo.point({f"refs/pull/{issue.number}/head": commit})
    return issue


def retarget(world: World, issue: Issue, base: str) -> None:
    """Give a pull request another base."""
    pull = _pull(issue)
    if base == pull.base:
        return
    if issue.state != "open":
        raise invalid(_custom("Cannot change the base branch of a closed pull request.", "base"))
    branches = world.repo.branches()
    if base not in branches:
        raise invalid(_custom(f"Proposed base branch '{base}' was not found", "base"))
    pair = f"base branch '{base}' and head branch '{pull.head}'"
    if _open_pull_of(world, pull.head, base):
        raise invalid(_custom(f"A pull request already exists for {pair}", "base"))
    _demand_commits(world, branches, base, pull.head, f"There are no new commits between {pair}")
    _set_base(world, issue, base)


def close(world: World, issue: Issue, login: str, reason: str | None = None) -> None:
    """Close an issue or a pull request."""
    if issue.state == "closed":
        return
    issue.state, issue.closed_by = "closed", login
    issue.state_reason = None if issue.pull else reason or "completed"
    issue.closed_at = world.touch(issue)


def reopen(world: World, issue: Issue) -> None:
    """Open an issue or a pull request again."""
    if issue.state == "open":
        return
    if issue.pull is not None:
        _demand_reopenable(world, issue.pull)
    issue.state, issue.closed_at, issue.closed_by = "open", None, None
    issue.state_reason = None if issue.pull else "reopened"
    world.touch(issue)
    world.seen = {}
    follow_branches(world)


def follow_branches(world: World) -> None:
    """Let all open pull requests see what became of their branches since the last look."""
    branches = world.repo.branches()
    if branches == world.seen:
        return
    before, world.seen = world.seen, branches
    moved = {name for name, sha in branches.items() if before.get(name, sha) != sha}
    swallowed = {name: world.repo.branches_within(branches[name]) for name in _bases(world) & moved}
    for issue, pull in list(world.open_pulls()):
        if pull.base not in branches or not (pull.fork or pull.head in branches):
            close(world, issue, world.login)
        elif pull.fork:
            continue  # its branch is elsewhere and never moves
        elif pull.head_sha != branches[pull.head]:
            _follow_head(world, issue, pull, branches)
        elif pull.head in swallowed.get(pull.base, ()):
            _mark_merged(world, issue, branches[pull.base], world.login)


def land(
    world: World, issue: Issue, method: str, login: str, title: str | None = None, message: str | None = None
) -> str:
    """Merge a pull request in the bare repository and return the base's new commit."""
    follow_branches(world)
    pull = _pull(issue)
    if issue.state != "open" or pull.draft:
        raise refused(405, "Pull Request is still a draft" if pull.draft else "Pull Request is not mergeable")
    try:
        commit = _merged(world, issue, pull, method, login, title, message)
    except MergeConflict:
        raise refused(405, "Pull Request is not mergeable") from None
    pull.base_sha = _tip(world, pull.base)
    world.repo.point({f"refs/heads/{pull.base}": commit})
    _mark_merged(world, issue, commit, login)
    if world.delete_branch_on_merge and not pull.fork:
        _delete_merged_branch(world, pull)
    follow_branches(world)
    return commit


def mergeable(world: World, pull: Pull) -> bool:
    """Tell whether a pull request would merge without a conflict."""
    try:
        world.repo.merged_tree(world.seen[pull.base], pull.head_sha)
    except MergeConflict:
        return False
    return True


def _own_branch(world: World, head: str) -> str:
    owner, colon, branch = head.rpartition(":")
    if colon and owner != world.owner:
        raise invalid(flaw("PullRequest", "head"))  # there are no forks here
    return branch


def _demand_commits(world: World, branches: dict[str, str], base: str, head: str, message: str) -> None:
    fork = world.repo.merge_base(branches[base], branches[head])
    if fork is None:
        raise invalid(_custom(f"The {head} branch has no history in common with {base}"))
    if fork == branches[head]:
        raise invalid(_custom(message))


def _demand_reopenable(world: World, pull: Pull) -> None:
    branches = world.repo.branches()
    if pull.merged_at:
        raise invalid(_custom("state cannot be changed. The pull request cannot be reopened.", "state"))
    for name in (pull.base,) if pull.fork else (pull.head, pull.base):
        if name not in branches:
            raise invalid(_custom(f"state cannot be changed. The {name} branch has been deleted.", "state"))
    if pull.fork:
        return
    if not world.repo.contains(branches[pull.head], pull.head_sha):
        text = f"state cannot be changed. The {pull.head} branch was force-pushed or recreated."
        raise invalid(_custom(text, "state"))
    if _open_pull_of(world, pull.head, pull.base):
        text = (
            f"state cannot be changed. There is already an open pull request from {pull.head} to {pull.base}."
        )
        raise invalid(_custom(text, "state"))


def _custom(message: str, field: str = "") -> dict[str, str]:
    return flaw("PullRequest", field, message)


def _pull(issue: Issue) -> Pull:
    if issue.pull is None:
        raise refused(404, "Not Found")
    return issue.pull


def _tip(world: World, branch: str) -> str:
    return world.repo.git("rev-parse", "--verify", f"refs/heads/{branch}")


def _open_pull_of(world: World, head: str, base: str) -> bool:
    return any((p.head, p.base, p.fork) == (head, base, None) for _, p in world.open_pulls())


def _bases(world: World) -> set[str]:
    return {pull.base for _, pull in world.open_pulls()}


def _set_base(world: World, issue: Issue, base: str) -> None:
    pull = _pull(issue)
    pull.base, pull.base_sha = base, _tip(world, base)
    world.touch(issue)


def _follow_head(world: World, issue: Issue, pull: Pull, branches: dict[str, str]) -> None:
    pull.head_sha, pull.base_sha = branches[pull.head], branches[pull.base]
    world.repo.point({f"refs/pull/{issue.number}/head": pull.head_sha})
    world.touch(issue)
    if world.repo.contains(pull.base_sha, pull.head_sha):
        close(world, issue, world.login)  # rewound to its base: nothing is left to merge


def _mark_merged(world: World, issue: Issue, commit: str, login: str) -> None:
    pull = _pull(issue)
    close(world, issue, login)
    pull.merged_at, pull.merged_by, pull.merge_commit = issue.closed_at, login, commit


def _merged(
    world: World, issue: Issue, pull: Pull, method: str, login: str, title: str | None, message: str | None
) -> str:
    base = _tip(world, pull.base)
    if method == "rebase":
        return _rebased(world, base, pull.head_sha)
    tree = world.repo.merged_tree(base, pull.head_sha)
    usual_title, usual_message = (
        _squash_text(world, issue, pull) if method == "squash" else _merge_text(world, issue)
    )
    text = f"{title or usual_title}\n\n{usual_message if message is None else message}".rstrip() + "\n"
    parents = [base] if method == "squash" else [base, pull.head_sha]
    author = world.person(issue.login if method == "squash" else login)
    return world.repo.commit(tree, parents, text, author, world.repo.github())


def _rebased(world: World, base: str, head: str) -> str:
    tip = base
    for commit in world.repo.commits_between(base, head):
        if len(world.repo.facts(commit).parents) == 1:  # GitHub leaves merge commits out
            tip = world.repo.replay(commit, tip, world.repo.github())
    return tip


def _merge_text(world: World, issue: Issue) -> tuple[str, str]:
    head = _pull(issue).head
    return f"Merge pull request #{issue.number} from {world.owner}/{head}", issue.title


def _squash_text(world: World, issue: Issue, pull: Pull) -> tuple[str, str]:
    # GitHub's own defaults, COMMIT_OR_PR_TITLE and COMMIT_MESSAGES.
    commits = world.repo.commits_between(_tip(world, pull.base), pull.head_sha)
    messages = [world.repo.facts(commit).message for commit in commits]
    if len(messages) == 1:
        subject, _, rest = messages[0].partition("\n")
        return f"{subject} (#{issue.number})", rest.strip()
    return f"{issue.title} (#{issue.number})", _bullets(messages)


def _bullets(messages: Iterable[str]) -> str:
    return "\n\n".join(f"* {message}" for message in messages)


def _delete_merged_branch(world: World, merged: Pull) -> None:
    for issue, pull in list(world.open_pulls()):
        if pull.base == merged.head:
            _set_base(world, issue, merged.base)
    world.repo.point({f"refs/heads/{merged.head}": None})
