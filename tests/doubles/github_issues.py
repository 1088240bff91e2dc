"""The operations on issues, their comments and their labels. Every pull request is an issue too."""

from __future__ import annotations

from typing import Any

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
from .github_lifecycle import close, reopen
from .github_views import comment_view, issue_view, label_view
from .github_wire import NotModelled, Reply, flaw, invalid, refused
from .github_world import Comment, Issue, World


def _list(world: World, call: Call) -> Reply:
    call.refuse_filters("milestone", "assignee", "mentioned", "type", "issue_field_values")
    issues = [issue for issue in world.issues.values() if _wanted(call, issue)]
    return paged(world, call, ordered(call, in_state(call, issues)), lambda issue: issue_view(world, issue))


def _wanted(call: Call, issue: Issue) -> bool:
    labels = {name.strip().lower() for name in call.query.get("labels", "").split(",") if name.strip()}
    return (
        labels <= {name.lower() for name in issue.labels}
        and call.query.get("creator", issue.login) == issue.login
        and issue.updated_at >= call.query.get("since", "")
    )


def _create(world: World, call: Call) -> Reply:
    fields = call.fields
    _refuse_fields(call, "assignee", "assignees", "milestone", "type", "issue_field_values")
    demand_title("Issue", fields["title"])
    limit_text("Issue", "body", fields.get("body"))
    issue = world.add_issue(fields["title"], fields.get("body"), call.login)
    world.set_labels(issue, _label_names(fields.get("labels", [])))
    view = issue_view(world, issue)
    return Reply(201, view, {"location": view["url"]})


def _get(world: World, call: Call) -> Reply:
    return Reply(200, issue_view(world, find_issue(world, call)))


def _update(world: World, call: Call) -> Reply:
    issue, fields = find_issue(world, call), call.fields
    _refuse_fields(
        call, "assignee", "assignees", "milestone", "type", "issue_field_values", "duplicate_issue_id"
    )
    if "title" in fields:
        demand_title("Issue", fields["title"])
    limit_text("Issue", "body", fields.get("body"))
    issue.title, issue.body = fields.get("title", issue.title), fields.get("body", issue.body)
    if "labels" in fields:
        world.set_labels(issue, _label_names(fields["labels"]))
    if fields.get("state") == "closed":
        close(world, issue, call.login, fields.get("state_reason"))
    elif fields.get("state") == "open":
        reopen(world, issue)
    world.touch(issue)
    return Reply(200, issue_view(world, issue))


def _list_comments(world: World, call: Call) -> Reply:
    number, since = find_issue(world, call).number, call.query.get("since", "")
    comments = [c for c in world.comments.values() if c.number == number and c.updated_at >= since]
    return paged(world, call, comments, lambda comment: comment_view(world, comment))


def _create_comment(world: World, call: Call) -> Reply:
    issue = find_issue(world, call)
    body = _comment_body(call)
    view = comment_view(world, world.add_comment(issue, body, call.login))
    return Reply(201, view, {"location": view["url"]})


def _update_comment(world: World, call: Call) -> Reply:
    comment = _find_comment(world, call)
    comment.body = _comment_body(call)
    comment.updated_at = world.touch(world.issues[comment.number])
    return Reply(200, comment_view(world, comment))


def _delete_comment(world: World, call: Call) -> Reply:
    del world.comments[_find_comment(world, call).id]
    return Reply(204)


def _list_labels(world: World, call: Call) -> Reply:
    return _labels_of(world, call, find_issue(world, call))


def _add_labels(world: World, call: Call) -> Reply:
    issue = find_issue(world, call)
    world.set_labels(issue, issue.labels + _label_names(call.body))
    return _all_labels(world, issue)


def _set_labels(world: World, call: Call) -> Reply:
    issue = find_issue(world, call)
    world.set_labels(issue, _label_names(call.body))
    return _all_labels(world, issue)


def _remove_label(world: World, call: Call) -> Reply:
    issue, name = find_issue(world, call), call.params["name"].lower()
    kept = [label for label in issue.labels if label.lower() != name]
    if len(kept) == len(issue.labels):
        raise refused(404, "Label does not exist")
    world.set_labels(issue, kept)
    return _all_labels(world, issue)


def _list_repo_labels(world: World, call: Call) -> Reply:
    return paged(world, call, world.labels, lambda label: label_view(world, label))


def _create_label(world: World, call: Call) -> Reply:
    name = call.fields["name"]
    limit_text("Label", "name", name, 50)
    limit_text("Label", "description", call.fields.get("description"), 100)
    if world.find_label(name):
        raise invalid(flaw("Label", "name", code="already_exists"))
    known = {key: call.fields[key] for key in ("color", "description") if key in call.fields}
    view = label_view(world, world.add_label(name, **known))
    return Reply(201, view, {"location": view["url"]})


def _find_comment(world: World, call: Call) -> Comment:
    comment = world.comments.get(int(call.params["comment_id"]))
    if comment is None:
        raise refused(404, "Not Found")
    return comment


def _comment_body(call: Call) -> str:
    body: str = call.fields["body"]
    if not body.strip():
        raise invalid(flaw("IssueComment", "body", code="missing_field"))
    limit_text("IssueComment", "body", body)
    return body


def _label_names(given: Any) -> list[str]:
    # The same list comes bare, as {"labels": [...]}, and with names or objects in it.
    labels = given.get("labels", []) if isinstance(given, dict) else given or []
    labels = [labels] if isinstance(labels, str) else labels
    names = [label["name"] if isinstance(label, dict) else label for label in labels]
    for name in names:
        limit_text("Label", "name", name, 50)
    return names


def _labels_of(world: World, call: Call, issue: Issue) -> Reply:
    labels = [label for name in issue.labels if (label := world.find_label(name))]
    return paged(world, call, labels, lambda label: label_view(world, label))


def _all_labels(world: World, issue: Issue) -> Reply:
    return Reply(
        200, [label_view(world, label) for name in issue.labels if (label := world.find_label(name))]
    )


def _refuse_fields(call: Call, *names: str) -> None:
    for name in names:
        if call.fields.get(name):
            raise NotModelled(f"the field {name!r} of {call.path}")


ISSUES: dict[str, Handler] = {
    "issues/list-for-repo": _list,
    "issues/create": _create,
    "issues/get": _get,
    "issues/update": _update,
    "issues/list-comments": _list_comments,
    "issues/create-comment": _create_comment,
    "issues/update-comment": _update_comment,
    "issues/delete-comment": _delete_comment,
    "issues/list-labels-on-issue": _list_labels,
    "issues/add-labels": _add_labels,
    "issues/set-labels": _set_labels,
    "issues/remove-label": _remove_label,
    "issues/list-labels-for-repo": _list_repo_labels,
    "issues/create-label": _create_label,
}
