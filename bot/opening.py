"""Opens a run: which commit, spec, script and journal it is about. Choosing adapters is left to `deps`."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from bot.clock import Clock
from bot.errors import InputError, JournalError
from bot.git import File, Git
from bot.journal import Call, Header, Journal, calls_of, header_of, read
from bot.plan.check import Script, load_script
from bot.ports.forge import Forge
from bot.prices import known as price_known
from bot.review.tree import reader
from bot.settings import Settings, effective_limits, with_engine, with_lenses
from bot.spec.around import Around
from bot.spec.load import Loaded, is_path, load
from bot.spec.parse import parse
from bot.state import State, write_whole
from bot.types.agent import Role
from bot.types.change import LINK
from bot.types.ids import Blob, Branch, RunId, Sha
from bot.types.spec import EngineName, Spec

SPEC_FILE, SCRIPT_FILE, PLAN_FILE = "spec.yml", "script.py", "plan.json"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a run is about. On resume all of it is as it was, but for the limits."""

    header: Header
    loaded: Loaded
    spec: Spec
    script: Script
    resumed: bool


def open_run(
    workflow: str, settings: Settings, git: Git, state: State, around: Around, clock: Clock
) -> Opened:
    """Start a run, or take an earlier one up. Raises InputError, SpecError, JournalError."""
    if settings.resume is not None:
        return _take_up(workflow, settings, git, state, around)
    if git.shallow():
        raise InputError(
            "the repository is a shallow clone: what others did below our branches cannot be told",
            "Type: git fetch --unshallow; with actions/checkout, set fetch-depth: 0.",
        )
    base = git.commit(settings.base)
    files = git.files(base)
    loaded = load(workflow, git.root, reader(git, files), replace(around, files=files.keys()))
    script = load_script(loaded.spec.script, reader(git, files))
    stamp = clock.now().strftime("%Y%m%d-%H%M%S")
    run = RunId(f"{stamp}-{secrets.token_hex(2)}")
    header = Header(run, loaded.name, base, loaded.sha, _sha(script.text))
    _keep(state, header, loaded, script, settings)
    return Opened(header, loaded, _effective(loaded.spec, settings), script, resumed=False)


def _take_up(workflow: str, settings: Settings, git: Git, state: State, around: Around) -> Opened:
    run = state.find(settings.resume or "last", _named(workflow))
    path = state.journal(run)
    header = header_of(path, read(path)[:1])
    if header.run != run:
        raise JournalError(
            f"{str(path)!r} belongs to run {header.run!r}: it was copied or renamed",
            f"Rename it back, or type: gatecrew run {header.workflow}",
        )
    if header.workflow != _named(workflow):
        raise JournalError(
            f"run {run} is of the workflow {header.workflow!r}, not of {workflow!r}",
            f"Type: gatecrew run {header.workflow} --resume {run}",
        )
    folder = state.run(run)
    try:
        text, script = (folder / SPEC_FILE).read_bytes(), (folder / SCRIPT_FILE).read_text(encoding="utf-8")
        plan = json.loads((folder / PLAN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise JournalError(
            f"run {run} cannot be resumed: {err}", "Start a new run without --resume."
        ) from err
    files = git.files(git.commit(header.base))
    spec = parse(text, plan["spec"], replace(around, files=files.keys()))
    loaded = Loaded(header.workflow, plan["spec"], f"run {run}", text, header.spec_sha, spec)
    return Opened(header, loaded, _effective(spec, settings), Script(plan["script"], script), resumed=True)


def remembered(workflow: str, settings: Settings, state: State) -> Settings:
    """On resume, what the run was asked at first holds, but for what is typed now."""
    if settings.resume is None:
        return settings
    run = state.find(settings.resume, _named(workflow))
    try:
        asked = json.loads((state.run(run) / PLAN_FILE).read_text(encoding="utf-8"))["asked"]
        return replace(
            settings,
            resume=run,
            base=asked["base"],
            engine=settings.engine or (EngineName(asked["engine"]) if asked["engine"] else None),
            forge="github" if asked["forge"] == "github" else settings.forge,
            only=settings.only or tuple(asked["only"]),
            limits={**asked["limits"], **settings.limits},
            dry_run=settings.dry_run or bool(asked["dry_run"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise JournalError(
            f"run {run} cannot be resumed: {PLAN_FILE}: {err}", "Start a new run without --resume."
        ) from err


def named_branch(git: Git, rev: str) -> Branch | None:
    """The branch that a revision names: its own name, or the one that HEAD is on."""
    if rev == "HEAD":
        return git.branch()
    name = rev
    for prefix in ("refs/heads/", "refs/remotes/origin/", "origin/"):
        name = name.removeprefix(prefix)
    places = (f"refs/heads/{name}", f"refs/remotes/origin/{name}")
    return Branch(name) if any(git.refs(place).get(place) for place in places) else None


def base_branch(forge: Forge, git: Git, base: Sha, rev: str) -> Branch:
    """Where pull requests go: the branch that the base was named by, if the forge has it, else the forge's
    default. It must hold the base, or a pull request would show what nobody reviewed. Raises InputError."""
    # Asked first: of a wrong token or name the forge itself says what is wrong, and git only that it failed.
    default = forge.default_branch()
    named = named_branch(git, rev)
    there = forge.heads(named) if named else {}
    branch = named if named and named in there else default
    tip = there.get(branch) or forge.heads(branch).get(branch)
    if tip is None or not git.is_ancestor(base, tip):
        raise InputError(
            f"the base {base[:12]} ({rev}) is not on {branch!r} of the {forge.name} forge,"
            " so pull requests to it would show more than was reviewed",
            "Name a base that is on a branch there, e.g. --base origin/main, or push it first.",
        )
    return branch


def _keep(state: State, header: Header, loaded: Loaded, script: Script, settings: Settings) -> None:
    """Resuming needs the spec, the script and what was asked as they were."""
    folder = state.run(header.run)
    write_whole(folder / SPEC_FILE, loaded.text)
    write_whole(folder / SCRIPT_FILE, script.text.encode())
    asked = {
        "base": settings.base,
        "engine": settings.engine,
        "forge": settings.forge,
        "only": list(settings.only),
        "limits": dict(settings.limits),
        "dry_run": settings.dry_run,
    }
    plan = {"spec": loaded.path, "script": script.name, "workflow": header.workflow, "asked": asked}
    write_whole(folder / PLAN_FILE, json.dumps(plan).encode())


def _effective(spec: Spec, settings: Settings) -> Spec:
    limits = effective_limits(spec.limits, settings.limits)
    return with_lenses(with_engine(spec, settings.engine)).model_copy(update={"limits": limits})


def ensure_reachable(spec: Spec, settings: Settings) -> None:
    """Whether there is a key, a price and a repository to start with. Raises InputError."""
    claude = [role for role in Role if spec.engines.of(role) is EngineName.CLAUDE]
    if claude and not settings.environment.claude.reachable:
        raise InputError(
            "the claude engine has no key: ANTHROPIC_API_KEY is not set",
            "Type: export ANTHROPIC_API_KEY=..., or run with --engine recipe, which needs none.",
        )
    models = {spec.models.of(role) for role in claude}
    unknown = sorted(model for model in models if not price_known(model, spec.prices))
    if unknown and (spec.limits.dollars is not None or spec.limits.agent.dollars is not None):
        # A limit in dollars would hold nothing.
        raise InputError(
            f"limits.dollars is set, but nobody knows the price of {', '.join(unknown)}",
            "Add it under `prices` in the spec, or set limits.dollars to null and limits.tokens instead.",
        )
    if settings.forge == "github" and settings.environment.github.repository is None:
        raise InputError(
            "--forge github: GITHUB_REPOSITORY is not set",
            "Type: export GITHUB_REPOSITORY=OWNER/NAME; the token needs contents and pull-requests: write.",
        )


def open_journal(state: State, header: Header, journals: type[Journal] = Journal) -> Journal:
    return journals(state.journal(header.run), header)


def earlier_calls(state: State, header: Header, warn: Callable[[str], None]) -> Iterator[Call]:
    """The calls of all other runs, the oldest first. A journal that cannot be read is told and left out."""
    for path in state.journals:
        if path == state.journal(header.run):
            continue
        try:
            records = read(path)
            header_of(path, records)
            yield from list(calls_of(records))
        except JournalError as err:
            warn(f"an earlier journal is left out: {err.message}")


class Contents:
    """The repository as the recipe engine looks at it; every commit is listed once."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._listed: dict[Sha, Mapping[str, File]] = {}

    def listed(self, commit: Sha) -> Mapping[str, File]:
        if commit not in self._listed:
            self._listed[commit] = self._git.files(commit)
        return self._listed[commit]

    def files(self, commit: Sha) -> Mapping[str, Blob]:
        return {path: file.blob for path, file in self.listed(commit).items() if file.mode != LINK}

    def blob(self, blob: Blob) -> bytes:
        return self._git.blob(blob)

    def tree(self, commit: Sha) -> str:
        return self._git.tree(commit)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _named(workflow: str) -> str:
    """The workflow's name, whether it was given by name or by path."""
    return PurePosixPath(workflow).stem if is_path(workflow) else workflow
