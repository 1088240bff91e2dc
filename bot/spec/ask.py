"""The spec that a question to the gate is about: named, the only one there is, or made of a command."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from bot.errors import InputError, SpecError
from bot.spec.around import Around
from bot.spec.check_gate import GATE_CHECKS
from bot.spec.load import FOLDER, names_in
from bot.types.spec import Gate, Spec

GOAL = "Judge a candidate."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says of the gate; None: not said."""

    spec: str | None = None
    run: str | None = None
    report: str | None = None
    runs: int | None = None
    timeout: float | None = None
    sandbox: str | None = None

    @property
    def overrides(self) -> dict[str, object]:
        said = {"runs": self.runs, "timeout": self.timeout, "sandbox": self.sandbox}
        return {name: value for name, value in said.items() if value is not None}

    def options(self, named: str | None) -> str:
        """What has to be typed to ask the same of any clone."""
        said = {"spec": named, "run": self.run, "report": self.report, **self.overrides}
        return " ".join(
            f"--{name} {shlex.quote(str(value))}" for name, value in said.items() if value is not None
        )


def wanted_spec(wanted: Wanted, around: Around, load: Callable[[str], Spec]) -> tuple[Spec, str | None]:
    """The spec, and its name where it has one. Raises InputError."""
    if wanted.run is not None and wanted.spec is not None:
        raise InputError("--spec and --run: each says what to run", "Leave one of them out.")
    if wanted.run is not None:
        return _of_command(wanted, around), None
    if wanted.report is not None:
        raise InputError("--report goes with --run; a spec says it in gate.report", "Leave it out.")
    name = wanted.spec or _only(around)
    spec = load(name)
    return spec.model_copy(update={"gate": _made(spec.gate.model_dump() | wanted.overrides)}), name


def _only(around: Around) -> str:
    names = names_in(around.files or ())
    if len(names) == 1:
        return names[0]
    if not names:
        raise InputError(
            f"no spec in {FOLDER}/ of the base commit, and no command",
            'Type for example: --run "python -m pytest -q"',
        )
    raise InputError(f"{len(names)} specs in {FOLDER}/ of the base commit", f"Type: --spec {names[0]}")


def _of_command(wanted: Wanted, around: Around) -> Spec:
    """What a spec on paper is held to, this one is too."""
    gate = _made({"run": wanted.run, "report": wanted.report} | wanted.overrides)
    spec = Spec(goal=GOAL, gate=gate)
    problems = [f"{'.'.join(map(str, path))}: {text}" for c in GATE_CHECKS for path, text in c(spec, around)]
    if problems:
        raise SpecError("the command line", problems, "See docs/gate.md for what the gate needs.")
    return spec


def _made(values: dict[str, object]) -> Gate:
    try:
        return Gate.model_validate(values)
    except ValidationError as err:
        wrong = err.errors(include_url=False)[0]
        told = wrong["msg"].replace("Input", "it", 1)
        raise InputError(f"--{wrong['loc'][0]} {wrong['input']!r}: {told}", "See: gatecrew gate -h") from err
