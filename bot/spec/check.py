"""What types cannot say about a spec: values that contradict one another, the engines or the repository."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import chain

from bot.globs import problem_of
from bot.spec.around import Around, Told, leaves_tree
from bot.spec.check_gate import GATE_CHECKS
from bot.spec.problem import Path, meant, shown
from bot.types.agent import Role
from bot.types.spec import Spec

BUILT_IN_SCRIPTS = ("audit", "migrate")
HOST_LENSES = ("references",)
"""Deterministic lenses that the host runs itself, whatever the reviewers' engine."""

LONGEST_LABEL = 50
"""GitHub's limit."""

RE_COMMAND_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def _script(spec: Spec, around: Around) -> Told:
    if spec.script in BUILT_IN_SCRIPTS:
        return
    if "/" not in spec.script and not spec.script.endswith(".py"):
        guess = meant(spec.script, list(BUILT_IN_SCRIPTS))
        known = ", ".join(BUILT_IN_SCRIPTS)
        yield ("script",), f"{shown(spec.script)}: neither built in ({known}) nor a path to a .py file{guess}"
    elif reason := leaves_tree(spec.script):
        yield ("script",), f"{shown(spec.script)}: {reason}"
    elif not spec.script.endswith(".py"):
        yield ("script",), f"{shown(spec.script)}: a script's name ends in .py"
    elif around.files is not None and spec.script not in around.files:
        yield ("script",), f"{shown(spec.script)}: no such file in the base commit; was it committed?"


def _recipe(spec: Spec, _around: Around) -> Told:
    recipe = spec.recipe
    if recipe.kind == "codemod" and not (recipe.command or "").strip():
        yield (
            ("recipe", "command"),
            "is required for a codemod: the command to run, with {files} for the shard's files",
        )
    if recipe.kind == "dead-code" and recipe.command is not None:
        yield ("recipe", "command"), "belongs to 'kind: codemod'; dead-code runs no command"


def _review(spec: Spec, around: Around) -> Told:
    lenses, engine = spec.review.lenses, spec.engines.reviewer
    for index, lens in enumerate(lenses):
        here = ("review", "lenses", index)
        if lens in lenses[:index]:
            yield here, f"{shown(lens)}: is named twice"
        elif lens not in HOST_LENSES and around.serves and not around.serves(engine, Role.REVIEWER, lens):
            yield (
                here,
                f"{shown(lens)}: the reviewers' engine ({engine}) does not serve this lens"
                f"{meant(lens, list(HOST_LENSES)) or '; remove it, or choose another engine for reviewers'}",
            )
    if spec.review.quorum is not None and spec.review.quorum > len(set(lenses)):
        yield (
            ("review", "quorum"),
            f"{spec.review.quorum}: cannot be reached: there are as many votes as lenses, {len(set(lenses))}",
        )


def _engines(spec: Spec, around: Around) -> Told:
    for role in Role:
        engine = spec.engines.of(role)
        # The planner is asked only where a script wants one: a script that does will be told then.
        if role is not Role.PLANNER and around.serves and not around.serves(engine, role, None):
            yield ("engines", role.value), f"{shown(engine.value)}: this engine has no {role.value}s"


def _commands(spec: Spec, _around: Around) -> Told:
    for name, command in spec.commands.items():
        if not RE_COMMAND_NAME.fullmatch(name):
            yield (
                ("commands", name),
                f"{shown(name)}: a command's name is up to 40 of a-z, 0-9, '-', '_', beginning with a letter",
            )
        if not command.strip():
            yield ("commands", name), "is blank: write a command, or remove the key"
        elif not _closed(command):
            yield ("commands", name), f"{shown(command)}: has a quote that is never closed"


def _closed(command: str) -> bool:
    """Whether every quote ends. What else a shell may find wrong, it will say itself."""
    try:
        shlex.split(command, comments=True)
    except ValueError as err:
        return "quotation" not in str(err) or "<<" in command
    return True


def globs_of(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Every glob of a spec with its place."""
    lists = (
        (("files", "include"), spec.files.include),
        (("files", "exclude"), spec.files.exclude),
        (("gate", "protected"), spec.gate.protected),
    )
    return chain.from_iterable(
        (((*path, index), glob) for index, glob in enumerate(globs)) for path, globs in lists
    )


def _globs(spec: Spec, _around: Around) -> Told:
    for path, glob in globs_of(spec):
        if reason := problem_of(glob):
            yield path, f"{shown(glob)}: {reason}, so it would never match"
    if all(glob.startswith("!") for glob in spec.files.include):
        yield ("files", "include"), "every glob only takes out: begin with what is in scope, such as '**'"


def _limits(spec: Spec, _around: Around) -> Told:
    """Only what the spec says itself: a default above a lowered limit contradicts nobody."""
    run, agent = spec.limits, spec.limits.agent
    for name in ("dollars", "tokens", "minutes"):
        whole, one = getattr(run, name), getattr(agent, name)
        if name in agent.model_fields_set and None not in (whole, one) and one > whole:
            yield ("limits", "agent", name), f"{one:g}: one agent may not use more than the run ({whole:g})"


def _texts(spec: Spec, _around: Around) -> Told:
    if not spec.goal.strip():
        yield ("goal",), "is blank: say what the workers are to do"
    for index, label in enumerate(spec.stack.labels):
        if len(label) > LONGEST_LABEL or not label.strip():
            yield ("stack", "labels", index), f"{shown(label)}: a label has 1 to {LONGEST_LABEL} characters"


CHECKS = (
    _texts,
    _globs,
    _script,
    _engines,
    _recipe,
    _review,
    *GATE_CHECKS,
    _commands,
    _limits,
)


def check(spec: Spec, around: Around) -> list[tuple[Path, str]]:
    """All contradictions, each with the path of the value that has to change."""
    return [problem for each in CHECKS for problem in each(spec, around)]
