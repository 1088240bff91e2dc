"""The action's inputs and the event that started the job, as a command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from bot.environment import first
from bot.errors import InputError
from bot.spec.load import is_path

TEXTS = ("repo", "engine", "forge", "base", "resume", "out")
LISTS = ("only", "limit")
SWITCHES = ("dry-run", "unsafe-plain")
GATE_TEXTS = ("repo", "run", "report", "runs", "timeout", "out")
RUN_ONLY = ("engine", "only", "limit", "resume", "dry-run")
GATE_ONLY = ("head", "run", "report", "runs", "timeout", "status")
KEYS = {"INPUT_ANTHROPIC_API_KEY": "ANTHROPIC_API_KEY", "INPUT_GITHUB_TOKEN": "GITHUB_TOKEN"}


class Branch(BaseModel):
    ref: str
    sha: str = ""


class PullRequest(BaseModel):
    base: Branch
    head: Branch | None = None


class MergeGroup(BaseModel):
    base_sha: str
    head_sha: str


class Repository(BaseModel):
    default_branch: str


class Payload(BaseModel):
    """What we need of an event, which need not have any of it."""

    pull_request: PullRequest | None = None
    merge_group: MergeGroup | None = None
    repository: Repository | None = None
    before: str = ""
    after: str = ""


def arguments(env: Mapping[str, str], payload: Payload) -> list[str]:
    """The command line that the inputs ask for. Raises InputError."""
    match said(env, "command") or "run":
        case "run":
            _refuse(env, GATE_ONLY, "gate")
            return _run(env, payload)
        case "gate":
            _refuse(env, RUN_ONLY, "run")
            return _gate(env, payload)
        case other:
            raise InputError(f"the input `command` is {other!r}", "Write run or gate.")


def asks_gate(env: Mapping[str, str]) -> bool:
    return said(env, "command") == "gate"


def _refuse(env: Mapping[str, str], names: Iterable[str], command: str) -> None:
    """What is not looked at must not look as if it were."""
    for name in names:
        if (value := said(env, name)) not in ("", "false"):
            raise InputError(
                f"the input `{name}` ({value!r}) goes with `command: {command}`", "Leave one of them out."
            )


def _run(env: Mapping[str, str], payload: Payload) -> list[str]:
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


def _gate(env: Mapping[str, str], payload: Payload) -> list[str]:
    """Outside of an enforced sandbox a candidate could write the step's outputs itself."""
    spec = said(env, "workflow")
    if is_path(spec):
        raise InputError(
            f"the input `workflow` is the path {spec!r}: what lies there may be the candidate's",
            "Name a spec of the base commit: .github/gatecrew/NAME.yml is NAME.",
        )
    base, head = parties(payload)
    options = {name: said(env, name) for name in GATE_TEXTS}
    options |= {"spec": spec, "base": said(env, "base") or base, "head": said(env, "head") or head}
    if not options["base"]:
        raise InputError("neither the input `base` nor the event names a base", "Add `with: base: REV`.")
    argv = ["gate", "--json", *(f"--{name}={value}" for name, value in options.items() if value)]
    argv.append("--unsafe-plain" if _is_on(env, "unsafe-plain") else "--sandbox=required")
    return [*argv, "--status"] if _is_on(env, "status") else argv


def parties(payload: Payload) -> tuple[str, str]:
    """The two commits that the event is about: the base and the head, each empty where it names none."""
    if (pull := payload.pull_request) is not None:
        return pull.base.sha, pull.head.sha if pull.head else ""
    if (group := payload.merge_group) is not None:
        return group.base_sha, group.head_sha
    if payload.before.strip("0"):
        return payload.before, payload.after
    # A new branch: its push says only zeros of what was before.
    return (f"origin/{payload.repository.default_branch}" if payload.repository else ""), payload.after


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
    """An input that nobody set must not hide what the job's own environment says. The gate needs a token
    to set a status, and nothing else."""
    wanted = {"GITHUB_TOKEN"} if _is_on(env, "status") else set()
    for source, target in KEYS.items():
        value = env.pop(source, "").strip()
        if value and (target in wanted or not asks_gate(env)):
            env[target] = value
