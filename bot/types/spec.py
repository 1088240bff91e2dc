"""The spec: what `.github/gatecrew/<name>.yml` may say, with its defaults. `bot/spec/` reads it.

The texts under the fields are what editors show: `bot/spec/schema.json` is made of them.
"""

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

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class EngineName(StrEnum):
    """What carries out agents' tasks: a Claude model, a deterministic recipe, or a list of answers."""

    CLAUDE = "claude"
    RECIPE = "recipe"
    SCRIPTED = "scripted"


class Files(Part):
    """Which files are in scope. Globs are git's: the last that matches decides, `!` takes out."""

    include: Annotated[tuple[Text, ...], Field(min_length=1, examples=[["src/**/*.py"]])] = ("**",)
    """Globs, as git means them, of the files in scope."""
    exclude: Annotated[tuple[Text, ...], Field(examples=[["src/vendor/**"]])] = ()
    """Globs of files that are never in scope. Tests and the judge's other files never are."""


class Sharding(Part):
    """How the scope is cut into units."""

    by: Literal["directory", "file", "size"] = "directory"
    """One unit a directory, a file, or as many neighbouring files as fit into `max_lines`."""
    max_lines: Annotated[int, Field(ge=1)] = 4000
    """A unit holds at most this many lines; a single larger file is a unit of its own."""


class Engines(Part):
    """Which engine carries out each role's tasks."""

    worker: EngineName = EngineName.RECIPE
    """Makes the changes."""
    reviewer: EngineName = EngineName.RECIPE
    """Looks for defects in them."""
    planner: EngineName = EngineName.RECIPE
    """Drafts the script, where the spec names none."""

    def of(self, role: Role) -> EngineName:
        by_role = {Role.WORKER: self.worker, Role.REVIEWER: self.reviewer, Role.PLANNER: self.planner}
        return by_role[role]


class Models(Part):
    """Which model each role uses, where its engine uses models at all."""

    worker: Text = "claude-sonnet-5-5"
    """The workers' model."""
    reviewer: Text = "claude-sonnet-5-5"
    """The reviewers' model."""
    planner: Text = "claude-opus-5-5"
    """The planner's model."""

    def of(self, role: Role) -> str:
        by_role = {Role.WORKER: self.worker, Role.REVIEWER: self.reviewer, Role.PLANNER: self.planner}
        return by_role[role]


class Recipe(Part):
    """What the recipe engine does."""

    kind: Literal["dead-code", "codemod"] = "dead-code"
    """What the recipe engine's worker does."""
    public: Literal["library", "application"] | None = None
    """What is protected: a library's importable names, or nothing. Default: by the project's own metadata."""
    command: Annotated[str, Field(examples=["pyupgrade --py311-plus {files}"])] | None = None
    """For codemod: a command run in a sandboxed tree; `{files}` stands for the shard's files."""


class Review(Part):
    """Who reviews every change, and what it takes to be accepted."""

    lenses: Annotated[tuple[Text, ...], Field(min_length=1)] = ("references",)
    """Required lenses; a script may add to them, never take away."""
    quorum: Annotated[int, Field(ge=1)] | None = None
    """How many of the votes must accept. Default: all of them."""
    rounds: Annotated[int, Field(ge=0, le=10)] = 2
    """How often a refuted change may be revised."""


class GateLimits(Part):
    """What one run of the suite may use, where the sandbox can hold it; null: no limit."""

    memory: Annotated[int, Field(ge=64)] | None = 8192
    """MiB of memory that all its processes together may hold."""
    processes: Annotated[int, Field(ge=8)] | None = 2048
    """Processes and threads at once."""
    disk: Annotated[int, Field(ge=16)] | None = 8192
    """MiB on the disk that it may write to its folders, in one file or in many."""


class Gate(Part):
    """The project's own test suite, which lets changes through."""

    run: Annotated[Text, Field(examples=["python -m pytest -q --junitxml={report}"])]
    """The command that runs the suite. `{report}` is the file that its JUnit XML goes to."""
    setup: (
        Annotated[str, Field(examples=["python -m venv {cache}/venv && {cache}/venv/bin/pip install pytest"])]
        | None
    ) = None
    """Run once per lock-file digest on the base's code; may use the network. `{cache}`: a folder to fill."""
    build: str | None = None
    """Run in every candidate's tree before the suite, without network."""
    select: Annotated[str, Field(examples=["python -m pytest -q --junitxml={report} {tests}"])] | None = None
    """Runs single tests: `{tests}` stands for their ids. Known for pytest, if `run` names no files."""
    report: Annotated[str, Field(examples=["build/junit.xml"])] | None = None
    """Where `run` writes its report inside the tree, if it cannot take `{report}`."""
    collect: Annotated[str, Field(examples=["ctest -N | sed -n 's/^ *Test .*: //p'"])] | None = None
    """Prints the ids of all tests that `run` would run, one a line. Known for pytest."""
    coverage: Annotated[str, Field(examples=["coverage.xml"])] | None = None
    """Where `run` writes line coverage inside the tree: Cobertura XML or LCOV. Or pass it `{coverage}`."""
    min_coverage: Annotated[float, Field(ge=0, le=1)] | None = None
    """The fraction of a change's lines that the suite has to run, of those that its coverage speaks of."""
    cwd: str = "."
    """The folder that the commands run in, for monorepos."""
    protected: tuple[Text, ...] = ()
    """Globs of further files that belong to the judge, besides the built-in ones; `!glob` takes one out."""
    bar: Annotated[float, Field(gt=0, le=1)] = 1.0
    """The pass rate asked for, as a fraction of the tests that are stable at the base."""
    runs: Annotated[int, Field(ge=1, le=20)] = 3
    """Runs of the suite at the base, and of a failing test with and without a suspect."""
    timeout: Seconds = 1800
    """Seconds that one run may take."""
    renames: Mapping[str, Text] = Field(default_factory=dict)
    """Tests that changes may rename: old id to new id."""
    removals: tuple[Text, ...] = ()
    """Tests that changes may remove."""
    jobs: Annotated[int, Field(ge=1, le=64)] = 1
    """Runs of the suite at once: probes of the search, heads of layers."""
    probes: Annotated[int, Field(ge=1)] | None = None
    """Looks that one search for culprits may take. Default: two for each landing unit."""
    limits: GateLimits = GateLimits()
    """What one run of the suite may use."""
    sandbox: Literal["auto", "required", "plain"] = "auto"
    """auto: the strongest that works here, with a warning where that is none; required: or refuse."""


class Stacking(Part):
    """How accepted changes become pull requests."""

    depth: Annotated[int, Field(ge=0)] = 4
    """Layers above one another at most: 1 = independent pull requests, 0 = one stack."""
    max_lines: Annotated[int, Field(ge=1)] = 400
    """Changed lines that one layer may hold; a single larger landing unit is a layer of its own."""
    draft: bool = False
    """Open pull requests as drafts."""
    labels: tuple[Text, ...] = ("gatecrew",)
    """Labels of every pull request."""


class AgentLimits(Part):
    """What one agent may use."""

    dollars: Annotated[float, Field(gt=0)] | None = None
    """US dollars."""
    tokens: Annotated[int, Field(gt=0)] | None = None
    """Tokens of every kind, whatever their price."""
    minutes: Annotated[float, Field(gt=0)] | None = 30
    """Minutes, waiting for the service included."""
    turns: Annotated[int, Field(gt=0)] = 60
    """Requests that one agent may send."""


class Limits(Part):
    """What one run may use. They are the host's: no script can raise them, `--limit NAME=N` can."""

    agents: Annotated[int, Field(ge=1)] = 1000
    """Agents in all."""
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    """Agents at once."""
    dollars: Annotated[float, Field(gt=0)] | None = 20.0
    """US dollars; null: no limit."""
    tokens: Annotated[int, Field(gt=0)] | None = None
    """Tokens of every kind, whatever their price; null: no limit."""
    minutes: Annotated[float, Field(gt=0)] | None = 330
    """Minutes from the start; null: no limit."""
    agent: AgentLimits = AgentLimits()
    """What one agent may use."""


class Price(Part):
    """US dollars per million tokens, where the built-in prices do not know a model or are wrong."""

    input: Annotated[float, Field(ge=0)]
    """Input that is not cached."""
    output: Annotated[float, Field(ge=0)]
    """Output."""
    cache_read: Annotated[float, Field(ge=0)]
    """Input read from the cache."""
    cache_write: Annotated[float, Field(ge=0)]
    """Input written to the cache."""


class Spec(Part):
    """A workflow: what agents do to this repository, and the test suite that lets their work through."""

    goal: Text
    """What the workers are asked to do, in one or a few sentences."""
    gate: Gate
    """The project's own test suite, which lets changes through."""
    files: Files = Files()
    """Which files are in scope."""
    shard: Sharding = Sharding()
    """How the scope is cut into units."""
    script: Text = "audit"
    """The orchestration script: a built-in one (audit, migrate) or a path in the repository."""
    args: Mapping[str, Any] = Field(default_factory=dict)
    """Values that the script reads as `args`."""
    engines: Engines = Engines()
    """Which engine carries out each role's tasks."""
    models: Models = Models()
    """Which model each role uses."""
    recipe: Recipe = Recipe()
    """What the recipe engine does."""
    review: Review = Review()
    """Who reviews every change, and what it takes to be accepted."""
    tests: Literal["protect", "propose"] = "protect"
    """propose: workers may write tests and other protected files, into a layer of their own."""
    stack: Stacking = Stacking()
    """How accepted changes become pull requests."""
    commands: Mapping[str, Text] = Field(default_factory=dict, examples=[{"lint": "ruff check"}])
    """Named commands that a script may run on a change, in the sandbox."""
    limits: Limits = Limits()
    """What one run may use."""
    prices: Mapping[str, Price] = Field(default_factory=dict)
    """US dollars per million tokens, by model, where the built-in prices are missing or wrong."""
