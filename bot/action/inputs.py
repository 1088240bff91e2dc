"""The action's inputs and the event that started the job, as a command line."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from bot.environment import first
from bot.errors import InputError

TEXTS = ("repo", "engine", "forge", "base", "resume", "out")
LISTS = ("only", "limit")
SWITCHES = ("dry-run", "unsafe-plain")
KEYS = {"INPUT_ANTHROPIC_API_KEY": "ANTHROPIC_API_KEY", "INPUT_GITHUB_TOKEN": "GITHUB_TOKEN"}


class Branch(BaseModel):
    ref: str


class PullRequest(BaseModel):
    base: Branch


class Repository(BaseModel):
    default_branch: str


class Payload(BaseModel):
    """What we need of an event, which need not have any of it."""

    pull_request: PullRequest | None = None
    repository: Repository | None = None


def arguments(env: Mapping[str, str], payload: Payload) -> list[str]:
    """The command line that the inputs ask for. Raises InputError."""
    workflow = said(env, "workflow")
    if not workflow:
        raise InputError("the input `workflow` is empty", "Add `with: workflow: NAME` to the step.")
    options = {name: said(env, name) for name in TEXTS}
    options["base"] = options["base"] or base_of(env, payload)
    argv = ["run", "--json", "--yes"]
    argv += [f"--{name}={value}" for name, value in options.items() if value]
    argv += [f"--{name}={item}" for name in LISTS for item in said(env, name).split()]
    argv += [f"--{name}" for name in SWITCHES if _is_on(env, name)]
    return [*argv, "--", workflow]


def base_of(env: Mapping[str, str], payload: Payload) -> str:
    """The pull request's base, or the default branch; empty where the checkout is that already."""
    if payload.pull_request is not None:
        branch = payload.pull_request.base.ref
    elif payload.repository is not None:
        branch = payload.repository.default_branch
    else:
        return ""
    return "" if branch == env.get("GITHUB_REF_NAME") else f"origin/{branch}"


def payload_of(env: Mapping[str, str]) -> Payload:
    """The event that started the job; an empty one where there is none."""
    path = first(env, "GITHUB_EVENT_PATH")
    if path is None or not Path(path).is_file():
        return Payload()
    try:
        return Payload.model_validate_json(Path(path).read_bytes())
    except ValidationError as err:
        raise InputError(f"the event in {path!r} cannot be read: {err.errors()[0]['msg']}") from err


def said(env: Mapping[str, str], name: str) -> str:
    """An input's value; empty where nobody set it."""
    return env.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()


def _is_on(env: Mapping[str, str], name: str) -> bool:
    word = said(env, name).lower()
    if word not in ("", "true", "false"):
        raise InputError(f"the input `{name}` is {word!r}", "Write true or false.")
    return word == "true"


def hand_over_keys(env: MutableMapping[str, str]) -> None:
    """An input that nobody set must not hide what the job's own environment says."""
    for source, target in KEYS.items():
        if value := env.pop(source, "").strip():
            env[target] = value
