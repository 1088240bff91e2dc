"""What types cannot say about `gate`: commands, paths, and the tests that may change."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from bot.spec.around import Around, Told, leaves_tree
from bot.spec.problem import meant, shown
from bot.suite.pytest import is_pytest
from bot.types.spec import Spec

RE_PLACEHOLDER = re.compile(r"(?<![$\\])\{([a-z_]+)\}")

NO_REPORT = (
    "where is its report? Pass {report} to the command (the file for its JUnit XML), "
    "or name the file that it writes in 'gate.report'"
)

NO_COVERAGE = (
    "where is the coverage? Pass {coverage} to 'gate.run' (the file for its Cobertura XML or LCOV), "
    "or name the file that it writes in 'gate.coverage'"
)


def _lost(command: str, report: str | None) -> bool:
    """Whether nobody would know where the command's report is."""
    return "{report}" not in command and report is None and not is_pytest(command)


def _commands_of_gate(spec: Spec, _around: Around) -> Told:
    gate = spec.gate
    if _lost(gate.run, gate.report):
        near = (name for name in RE_PLACEHOLDER.findall(gate.run) if meant(name, ["report"]))
        guess = next((f"; did you mean {{report}} where it says {{{name}}}?" for name in near), "")
        yield ("gate", "run"), f"{shown(gate.run)}: {NO_REPORT}{guess}"
    if "{report}" in gate.run and gate.report is not None:
        yield ("gate", "report"), "'gate.run' takes {report} already: remove one of the two"
    if "{coverage}" in gate.run and gate.coverage is not None:
        yield ("gate", "coverage"), "'gate.run' takes {coverage} already: remove one of the two"
    if gate.min_coverage and "{coverage}" not in gate.run and gate.coverage is None:
        yield ("gate", "min_coverage"), f"{shown(gate.min_coverage)}: {NO_COVERAGE}"
    if gate.select is not None and "{tests}" not in gate.select:
        yield ("gate", "select"), f"{shown(gate.select)}: must hold {{tests}}, where the ids of the tests go"
    elif gate.select is not None and _lost(gate.select, gate.report):
        yield ("gate", "select"), f"{shown(gate.select)}: {NO_REPORT}"
    for name in ("run", "setup", "build", "select"):
        command = getattr(gate, name)
        if command is not None and not command.strip():
            yield ("gate", name), "is blank: write a command, or remove the key"


def _paths_of_gate(spec: Spec, around: Around) -> Told:
    gate = spec.gate
    if reason := leaves_tree(gate.cwd):
        yield ("gate", "cwd"), f"{shown(gate.cwd)}: {reason}"
    elif around.files is not None and not _is_folder(gate.cwd, around.files):
        yield ("gate", "cwd"), f"{shown(gate.cwd)}: no such folder in the base commit"
    for name, path in (("report", gate.report), ("coverage", gate.coverage)):
        if path is not None and (reason := _no_file(path, name)):
            yield ("gate", name), f"{shown(path)}: {reason}"


def _no_file(path: str, placeholder: str) -> str | None:
    """Why a path is no place for a file in the tree."""
    if reason := leaves_tree(path):
        return f"{reason}; for a file outside, pass {{{placeholder}}} to 'gate.run'"
    return "must be a file" if not PurePosixPath(path).name or path.endswith("/") else None


def _is_folder(path: str, files: Collection[str]) -> bool:
    folder = PurePosixPath(path).as_posix()
    return folder == "." or any(name.startswith(f"{folder}/") for name in files)


def _tests_of_gate(spec: Spec, _around: Around) -> Told:
    gate = spec.gate
    heirs: dict[str, str] = {}
    for old, new in gate.renames.items():
        here = ("gate", "renames", old)
        if old == new:
            yield here, f"{shown(new)}: the old and the new id are equal"
        if first := heirs.get(new):
            yield here, f"{shown(new)}: {shown(first)} is renamed to it already; two tests cannot become one"
        heirs.setdefault(new, old)
        if old in gate.removals:
            yield here, f"{shown(old)}: is in 'gate.removals' too; a test is renamed or removed"


GATE_CHECKS = (_commands_of_gate, _paths_of_gate, _tests_of_gate)
