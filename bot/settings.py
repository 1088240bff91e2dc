"""What a run was asked, resolved once: flags > environment > spec > defaults.

The environment comes in as a mapping; what it says of services and of the terminal is `environment.py`'s.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import ValidationError

from bot.environment import Env, Environment, ensure_known, first, is_on
from bot.errors import InputError
from bot.redact import Redactor
from bot.types.spec import EngineName, Engines, Limits, Spec

ForgeName = Literal["local", "github"]

WHOLE = ("agents", "tokens", "concurrency")
LIMITS = ("dollars", "tokens", "agents", "minutes", "concurrency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The command line as it was typed; None or empty: not said."""

    repo: str | None = None
    base: str | None = None
    engine: str | None = None
    forge: str | None = None
    out: str | None = None
    only: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    resume: str | None = None
    dry_run: bool = False
    yes: bool = False
    json: bool = False
    unsafe_plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    repo: Path
    base: str
    """A revision: what was asked for, not yet a commit."""
    engine: EngineName | None
    """For all roles; None: as the spec has it."""
    forge: ForgeName
    out: Path | None
    only: tuple[str, ...]
    limits: Mapping[str, float]
    """Overrides, by name; see `effective_limits`."""
    resume: str | None
    dry_run: bool
    yes: bool
    json: bool
    unsafe_plain: bool
    environment: Environment


def parse_limits(texts: Iterable[str], source: str = "--limit") -> dict[str, float]:
    """`NAME=N` each; a later one of a name wins."""
    limits: dict[str, float] = {}
    for text in texts:
        name, equals, number = (part.strip() for part in text.partition("="))
        if not equals:
            raise InputError(f"{source} {text!r}: not NAME=N", f"NAME is one of: {', '.join(LIMITS)}")
        ensure_known(name, LIMITS, f"{source} {text!r}")
        limits[name] = _amount(name, number, f"{source} {text!r}")
    return limits


def _amount(name: str, number: str, source: str) -> float:
    try:
        amount = int(number) if name in WHOLE else float(number)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount) or amount <= 0:
        kind = "a whole number" if name in WHOLE else "a number"
        raise InputError(
            f"{source}: {number!r} is not {kind} above 0", f"Write for example: --limit {name}=10"
        )
    return amount


def effective_limits(limits: Limits, overrides: Mapping[str, float]) -> Limits:
    """The spec's limits with those of the command line in their place."""
    try:
        return Limits.model_validate({**limits.model_dump(), **overrides})
    except ValidationError as err:
        wrong = err.errors(include_url=False)[0]
        name = wrong["loc"][0]
        raise InputError(
            f"--limit {name}={wrong['input']:g}: {wrong['msg'].lower()}", f"Known are: {', '.join(LIMITS)}"
        ) from err


def with_engine(spec: Spec, name: EngineName | None) -> Spec:
    """The spec with one engine for every role; None leaves it as it is."""
    if name is None:
        return spec
    return spec.model_copy(update={"engines": Engines(worker=name, reviewer=name, planner=name)})


def with_lenses(spec: Spec) -> Spec:
    """Where the spec names no lenses and a model reviews, it looks for defects besides the host's lens."""
    if "lenses" in spec.review.model_fields_set or spec.engines.reviewer is not EngineName.CLAUDE:
        return spec
    review = spec.review.model_copy(update={"lenses": ("references", "correctness")})
    return spec.model_copy(update={"review": review})


def _base(flags: Flags, env: Env, default_branch: str | None) -> str:
    """HEAD; in Actions the pull request's base, or the default branch where the caller knows it."""
    if said := flags.base or first(env, "GATECREW_BASE"):
        return said
    branch = (first(env, "GITHUB_BASE_REF") or default_branch) if is_on(env, "GITHUB_ACTIONS") else None
    return f"origin/{branch}" if branch and branch != env.get("GITHUB_REF_NAME") else "HEAD"


def resolve(flags: Flags, env: Env, redact: Redactor, *, default_branch: str | None = None) -> Settings:
    """Raises InputError for what cannot be. The spec's part comes with `effective_limits`, `with_engine`."""
    environment = Environment.read(env, redact)
    engine = flags.engine or first(env, "GATECREW_ENGINE")
    forge = ensure_known(
        flags.forge or first(env, "GATECREW_FORGE") or "local", get_args(ForgeName), "--forge"
    )
    if forge == "github" and environment.github.token is None:
        raise InputError(
            "--forge github: there is no token", "Set one that may write: export GITHUB_TOKEN=..."
        )
    out = flags.out or first(env, "GATECREW_OUT")
    said = re.split(r"[\s,]+", first(env, "GATECREW_LIMIT") or "")
    return Settings(
        repo=Path(flags.repo or "."),
        base=_base(flags, env, default_branch),
        engine=EngineName(ensure_known(engine, EngineName, "--engine")) if engine else None,
        forge=cast(ForgeName, forge),
        out=Path(out) if out else None,
        only=flags.only,
        limits=parse_limits(filter(None, said), "GATECREW_LIMIT") | parse_limits(flags.limits),
        resume=flags.resume,
        dry_run=flags.dry_run,
        yes=flags.yes,
        json=flags.json,
        unsafe_plain=flags.unsafe_plain,
        environment=environment,
    )
