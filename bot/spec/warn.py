"""What is no error in a spec, but most likely not meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.globs import Globs
from bot.spec.check import globs_of
from bot.spec.problem import dotted, meant, shown
from bot.types.agent import Role
from bot.types.spec import EngineName, Spec


def _spending(spec: Spec) -> Iterator[str]:
    engines = {spec.engines.of(role) for role in Role}
    if EngineName.CLAUDE in engines and spec.limits.dollars is None and spec.limits.tokens is None:
        yield "limits: neither 'dollars' nor 'tokens' is limited; only 'agents' and 'minutes' can stop a run"
    models = {spec.models.of(role) for role in Role}
    for name in sorted(spec.prices.keys() - models):
        yield f"prices: {shown(name)} is none of the models that this spec uses{meant(name, sorted(models))}"


def _habits(spec: Spec) -> Iterator[str]:
    recipe, gate = spec.recipe, spec.gate
    if recipe.kind == "codemod" and recipe.command and "{files}" not in recipe.command:
        yield "recipe.command: holds no {files}; edits outside a unit's own files are thrown away"
    if recipe.kind == "codemod" and recipe.public is not None:
        yield "recipe.public: only the dead-code recipe reads it"
    if spec.limits.minutes is not None and gate.timeout > spec.limits.minutes * 60:
        yield f"gate.timeout: a run of the suite may take {gate.timeout:g} s, longer than limits.minutes"


def warnings(spec: Spec, files: Collection[str]) -> list[str]:
    """One sentence each; `files` are all paths of the base commit."""
    unmatched = [
        f"{dotted(path)}: {shown(glob)} matches no file of the base commit"
        for path, glob in globs_of(spec)
        if not glob.startswith("!") and not any(map(Globs([glob]).match, files))
    ]
    return [*unmatched, *_spending(spec), *_habits(spec)]
