"""The operations on the repository itself: branches, refs, commits, statuses, who may what."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from .github_call import Call, Handler, limit_text, paged
from .github_contract import contract
from .github_lifecycle import follow_branches
from .github_views import commit_view, ref_view, repo_view, status_view, user_view
from .github_wire import NOT_ACCESSIBLE, Json, Reply, refused
from .github_world import Status, World

RATE_LIMIT = 5000
# A moment far away: a client that waits for the reset would hang, and the test's timeout would tell.
RATE_RESET = 4102444800


def _get_repo(world: World, call: Call) -> Reply:
    return Reply(200, repo_view(world, "full-repository"))


def _get_branch(world: World, call: Call) -> Reply:
    name = call.params["branch"]
    sha = world.repo.branches().get(name)
    if sha is None:
        raise refused(404, "Branch not found")
    url = f"{world.repo_url}/branches/{name}"
    known = {
        "name": name,
        "commit": commit_view(world, world.repo.facts(sha)),
        "_links": {"self": url, "html": f"{world.html_url}/tree/{name}"},
        "protected": _refusal(world, f"refs/heads/{name}") is not None,
        "protection_url": f"{url}/protection",
    }
    return Reply(200, contract().skeleton("branch-with-protection", url) | known)


def _list_branches(world: World, call: Call) -> Reply:
    call.refuse_filters("protected")
    return paged(world, call, list(world.repo.branches().items()), lambda item: _short_branch(world, *item))


def _short_branch(world: World, name: str, sha: str) -> Json:
    protected = _refusal(world, f"refs/heads/{name}") is not None
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{world.repo_url}/commits/{sha}"},
        "protected": protected,
    }


def _get_ref(world: World, call: Call) -> Reply:
    ref = f"refs/{call.params['ref']}"
    return Reply(200, ref_view(world, ref, _existing(world, ref, 404, "Not Found")))


def _matching_refs(world: World, call: Call) -> Reply:
    wanted = f"refs/{call.params['ref']}"
    found = [item for item in world.repo.refs().items() if item[0].startswith(wanted)]
    return Reply(200, [ref_view(world, *item) for item in found])  # the one list without pages


def _create_ref(world: World, call: Call) -> Reply:
    ref, sha = call.fields["ref"], call.fields["sha"]
    if not ref.startswith("refs/") or ref.count("/") < 2:
        raise refused(422, "Reference name must start with 'refs/' and have at least two slashes")
    if ref in world.repo.refs(ref):
        raise refused(422, "Reference already exists")
    return _write_ref(world, ref, sha, 201)


def _update_ref(world: World, call: Call) -> Reply:
    ref, sha = f"refs/{call.params['ref']}", call.fields["sha"]
    old = _existing(world, ref, 422, "Reference does not exist")
    if not call.fields.get("force") and world.repo.resolve(sha) and not world.repo.contains(sha, old):
        raise refused(422, "Update is not a fast forward")
    return _write_ref(world, ref, sha, 200)


def _delete_ref(world: World, call: Call) -> Reply:
    ref = f"refs/{call.params['ref']}"
    _existing(world, ref, 422, "Reference does not exist")
    _demand_writable(world, ref)
    world.repo.point({ref: None})
    follow_branches(world)
    return Reply(204)


def _write_ref(world: World, ref: str, sha: str, status: int) -> Reply:
    _demand_writable(world, ref)
    if world.repo.resolve(sha) is None:
        raise refused(422, "Object does not exist")
    world.repo.point({ref: sha})
    follow_branches(world)
    return Reply(status, ref_view(world, ref, sha))


def _get_commit(world: World, call: Call) -> Reply:
    return Reply(200, commit_view(world, world.repo.facts(_commit(world, call.params["ref"]))))


def _create_status(world: World, call: Call) -> Reply:
    fields, sha = call.fields, call.params["sha"]
    if world.repo.resolve(sha) != sha:
        raise refused(422, f"No commit found for SHA: {sha}")
    limit_text("Status", "description", fields.get("description"), 140)
    status = Status(
        id=world.next_id(),
        sha=sha,
        state=fields["state"],
        context=fields.get("context", "default"),
        description=fields.get("description"),
        target_url=fields.get("target_url"),
        login=call.login,
        created_at=world.clock.now(),
    )
    world.statuses.append(status)
    view = status_view(world, status)
    return Reply(201, view, {"location": view["url"]})


def _combined_status(world: World, call: Call) -> Reply:
    sha = _commit(world, call.params["ref"])
    newest = {status.context: status for status in world.statuses if status.sha == sha}
    listed = paged(world, call, list(newest.values()), lambda status: status_view(world, status))
    url = f"{world.repo_url}/commits/{sha}"
    combined = {
        "state": _combined([status.state for status in newest.values()]),
        "sha": sha,
        "total_count": len(newest),
        "statuses": listed.data,
        "repository": repo_view(world, "minimal-repository"),
        "commit_url": url,
        "url": f"{url}/status",
    }
    return Reply(200, combined, listed.headers)


def _combined(states: Sequence[str]) -> str:
    if any(state in ("error", "failure") for state in states):
        return "failure"
    return "success" if states and set(states) == {"success"} else "pending"


def _permission(world: World, call: Call) -> Reply:
    login = call.params["username"]
    role = world.permissions.get(login, "read")  # everybody may read a public repository
    user = user_view(world, login, "nullable-collaborator") | {"role_name": role}
    return Reply(200, {"permission": role, "role_name": role, "user": user})


def _user(world: World, call: Call) -> Reply:
    if call.login.endswith("[bot]"):
        raise refused(403, NOT_ACCESSIBLE)  # the token of a workflow belongs to no user
    return Reply(200, user_view(world, call.login, "private-user"))


def _rate_limit(world: World, call: Call) -> Reply:
    rate = {"limit": RATE_LIMIT, "remaining": RATE_LIMIT - 1, "reset": RATE_RESET, "used": 1}
    return Reply(200, {"resources": {"core": rate, "search": rate, "graphql": rate}, "rate": rate})


def _existing(world: World, ref: str, status: int, message: str) -> str:
    sha = world.repo.refs(ref).get(ref)
    if sha is None:
        raise refused(status, message)
    return sha


def _commit(world: World, name: str) -> str:
    sha = world.repo.resolve(name)
    if sha is None:
        raise refused(422, f"No commit found for SHA: {name}")
    return sha


def _demand_writable(world: World, ref: str) -> None:
    message = _refusal(world, ref)
    if message is not None:
        raise refused(422, message)


def _refusal(world: World, ref: str) -> str | None:
    # The push hook matches with the shell's `case`; fnmatch agrees with it, in that `*` crosses slashes.
    return next((message for pattern, message in world.refused_refs if fnmatchcase(ref, pattern)), None)


REPO: dict[str, Handler] = {
    "repos/get": _get_repo,
    "repos/get-branch": _get_branch,
    "repos/list-branches": _list_branches,
    "repos/get-commit": _get_commit,
    "repos/create-commit-status": _create_status,
    "repos/get-combined-status-for-ref": _combined_status,
    "repos/get-collaborator-permission-level": _permission,
    "git/get-ref": _get_ref,
    "git/list-matching-refs": _matching_refs,
    "git/create-ref": _create_ref,
    "git/update-ref": _update_ref,
    "git/delete-ref": _delete_ref,
    "users/get-authenticated": _user,
    "rate-limit/get": _rate_limit,
}
