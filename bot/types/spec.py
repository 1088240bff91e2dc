"""The spec: what `.github/gatecrew/<name>.yml` may say, with its defaults. `bot/spec/` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.types.agent import Role

Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """A part of the spec: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class EngineName(StrEnum):
    CLAUDE = "claude"
    RECIPE = "recipe"
    SCRIPTED = "scripted"


class Files(Part):
    include: tuple[Text, ...] = ("**",)
    """Globs, as git means them, of the files in scope."""
    exclude: tuple[Text, ...] = ()
    """Globs of files that are never in scope."""


class Sharding(Part):
    by: Literal["directory", "file", "size"] = "directory"
    """One unit a directory, a file, or as many neighbouring files as fit into `max_lines`."""
    max_lines: Annotated[int, Field(ge=1)] = 4000
    """A unit holds at most this many lines; a single larger file is a unit of its own."""


class Engines(Part):
    worker: EngineName = EngineName.RECIPE
    reviewer: EngineName = EngineName.RECIPE
    planner: EngineName = EngineName.RECIPE

    def of(self, role: Role) -> EngineName:
        by_role = {Role.WORKER: self.worker, Role.REVIEWER: self.reviewer, Role.PLANNER: self.planner}
        return by_role[role]


class Models(Part):
    worker: Text = "claude-sonnet-5-5"
    reviewer: Text = "claude-sonnet-5-5"
    planner: Text = "claude-opus-5-5"

    def of(self, role: Role) -> str:
        by_role = {Role.WORKER: self.worker, Role.REVIEWER: self.reviewer, Role.PLANNER: self.planner}
        return by_role[role]


class Recipe(Part):
    kind: Literal["dead-code", "codemod"] = "dead-code"
    """What the recipe engine's worker does."""
    public: Literal["library", "application"] | None = None
    """What is protected: a library's importable names, or nothing. Default: by the project's own metadata."""
    command: str | None = None
    """For codemod: a command run in a sandboxed tree; `{files}` stands for the shard's files."""


class Review(Part):
    lenses: Annotated[tuple[Text, ...], Field(min_length=1)] = ("references",)
    """Required lenses; a script may add to them, never take away."""
    quorum: Annotated[int, Field(ge=1)] | None = None
    """How many of the votes must accept. Default: all of them."""
    rounds: Annotated[int, Field(ge=0, le=10)] = 2
    """How often a refuted change may be revised."""


class Gate(Part):
    run: Text
    """The command that runs the suite. `{report}` is the file that its JUnit XML goes to."""
    setup: str | None = None
    """Run once per lock-file digest on the base's code; may use the network. `{cache}` is its folder."""
    build: str | None = None
    """Run in every candidate's tree before the suite, without network."""
    select: str | None = None
    """Runs single tests: `{tests}` stands for their ids. Known for pytest, if `run` names no files."""
    report: str | None = None
    """Where `run` writes its report inside the tree, if it cannot take `{report}`."""
    cwd: str = "."
    """The folder that the commands run in, for monorepos."""
    protected: tuple[Text, ...] = ()
    """Globs of further files that belong to the judge, besides the built-in ones."""
    bar: Annotated[float, Field(gt=0, le=1)] = 1.0
    """The pass rate asked for, as a fraction of the tests that are stable at the base."""
    runs: Annotated[int, Field(ge=1, le=20)] = 3
    """Runs of the suite at the base, and of a failing test with and without a suspect."""
    timeout: Seconds = 1800
    """Seconds that one run may take."""
    renames: Mapping[str, str] = Field(default_factory=dict)
    """Tests that changes may rename: old id to new id."""
    removals: tuple[str, ...] = ()
    """Tests that changes may remove."""
    sandbox: Literal["auto", "required", "plain"] = "auto"
    """auto: the strongest that works here, with a warning where that is none; required: or refuse."""


class Stacking(Part):
    depth: Annotated[int, Field(ge=0)] = 4
    """Layers above one another at most: 1 = independent pull requests, 0 = one stack."""
    max_lines: Annotated[int, Field(ge=1)] = 400
    """Changed lines that one layer may hold; a single larger landing unit is a layer of its own."""
    draft: bool = False
    labels: tuple[Text, ...] = ("gatecrew",)


class AgentLimits(Part):
    dollars: Annotated[float, Field(gt=0)] | None = None
    tokens: Annotated[int, Field(gt=0)] | None = None
    minutes: Annotated[float, Field(gt=0)] | None = 30
    turns: Annotated[int, Field(gt=0)] = 60
    """Requests that one agent may send."""


class Limits(Part):
    agents: Annotated[int, Field(ge=1)] = 1000
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    dollars: Annotated[float, Field(gt=0)] | None = 20.0
    tokens: Annotated[int, Field(gt=0)] | None = None
    minutes: Annotated[float, Field(gt=0)] | None = 330
    agent: AgentLimits = AgentLimits()
    """What one agent may use."""


class Price(Part):
    """US dollars per million tokens, where the built-in prices do not know a model or are wrong."""

    input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]
    cache_read: Annotated[float, Field(ge=0)]
    cache_write: Annotated[float, Field(ge=0)]


class Spec(Part):
    goal: Text
    """What the workers are asked to do, in one or a few sentences."""
    gate: Gate
    files: Files = Files()
    shard: Sharding = Sharding()
    script: Text = "audit"
    """The orchestration script: a built-in one (audit, migrate) or a path in the repository."""
    args: Mapping[str, Any] = Field(default_factory=dict)
    """Values that the script reads as `args`."""
    engines: Engines = Engines()
    models: Models = Models()
    recipe: Recipe = Recipe()
    review: Review = Review()
    tests: Literal["protect", "propose"] = "protect"
    """propose: workers may write tests and other protected files, into a layer of their own."""
    stack: Stacking = Stacking()
    commands: Mapping[str, str] = Field(default_factory=dict)
    """Named commands that a script may run on a change, in the sandbox."""
    limits: Limits = Limits()
    prices: Mapping[str, Price] = Field(default_factory=dict)
