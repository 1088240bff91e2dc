"""Opens a run: which commit, spec, script and journal it is about. Choosing adapters is left to `deps`."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.errors import InputError, JournalError
from bot.git import File, Git
from bot.journal import Call, Header, Journal, calls_of, header_of, read
from bot.plan.check import Script, load_script
from bot.prices import known as price_known
from bot.settings import Settings, effective_limits, with_engine, with_lenses
from bot.spec.around import Around
from bot.spec.load import Loaded, load
from bot.spec.parse import parse
from bot.state import State, write_whole
from bot.types.agent import Role
from bot.types.change import LINK
from bot.types.ids import Blob, RunId, Sha
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
    base = git.commit(settings.base)
    files = git.files(base)
    loaded = load(workflow, git.root, reader(git, files), replace(around, files=files.keys()))
    script = load_script(loaded.spec.script, reader(git, files))
    stamp = clock.now().strftime("%Y%m%d-%H%M%S")
    run = RunId(f"{stamp}-{secrets.token_hex(2)}")
    header = Header(run, loaded.name, base, loaded.sha, _sha(script.text))
    _keep(state, header, loaded, script)
    return Opened(header, loaded, _effective(loaded.spec, settings), script, resumed=False)


def _take_up(workflow: str, settings: Settings, git: Git, state: State, around: Around) -> Opened:
    run = state.find(settings.resume or "last")
    path = state.journal(run)
    header = header_of(path, read(path)[:1])
    if header.run != run:
        raise JournalError(
            f"{str(path)!r} belongs to run {header.run!r}: it was copied or renamed",
            f"Rename it back, or type: gatecrew run {header.workflow}",
        )
    if header.workflow != workflow and header.workflow != _stem(workflow):
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


def _keep(state: State, header: Header, loaded: Loaded, script: Script) -> None:
    """Resuming needs the spec and the script as they were."""
    folder = state.run(header.run)
    write_whole(folder / SPEC_FILE, loaded.text)
    write_whole(folder / SCRIPT_FILE, script.text.encode())
    plan = {"spec": loaded.path, "script": script.name, "workflow": header.workflow, "base": header.base}
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
    if unknown and spec.limits.dollars is not None:
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
            yield from list(calls_of(read(path)))
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


def reader(git: Git, files: Mapping[str, File]) -> Callable[[str], bytes | None]:
    """Reads a commit's files; None where there is none."""

    def get(path: str) -> bytes | None:
        file = files.get(path)
        return None if file is None else git.blob(file.blob)

    return get


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _stem(workflow: str) -> str:
    return workflow.rpartition("/")[2].partition(".")[0]
