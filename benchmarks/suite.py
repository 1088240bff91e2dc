"""Runs a package's own suite in a plain checkout: no sandbox, no gate, nothing of Gatecrew's."""

from __future__ import annotations

import os
import shlex
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TIMEOUT_S = 1800
BAD = ("failure", "error")


@dataclass(frozen=True, slots=True)
class Suite:
    """A spec's own commands, in an environment that this script made for itself."""

    setup: str
    command: str
    cache: Path

    @classmethod
    def of(cls, spec: Path, cache: Path) -> Suite:
        gate: dict[str, Any] = yaml.safe_load(spec.read_text(encoding="utf-8"))["gate"]
        suite = cls(gate["setup"], gate["run"], cache)
        suite._shell(gate["setup"], cache, cache / "unused.xml")
        return suite

    def outcomes(self, tree: Path) -> dict[str, bool]:
        """Every test of the tree, and whether it went well; empty where there is no report."""
        report = self.cache / "report.xml"
        report.unlink(missing_ok=True)
        self._shell(self.command, tree, report)
        return _read(report) if report.exists() else {}

    def _shell(self, command: str, cwd: Path, report: Path) -> None:
        self.cache.mkdir(parents=True, exist_ok=True)
        filled = command.replace("{cache}", shlex.quote(str(self.cache)))
        filled = filled.replace("{report}", shlex.quote(str(report)))
        env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        env |= {"LANG": "C.UTF-8", "CI": "true", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        # The exit code is not asked: what counts are the outcomes of single tests.
        subprocess.run(
            filled, shell=True, cwd=cwd, env=env, timeout=TIMEOUT_S, capture_output=True, check=False
        )


def _read(report: Path) -> dict[str, bool]:
    """By class and name; where a test stands there twice (its teardown failed), the worst counts."""
    outcomes: dict[str, bool] = {}
    for case in ET.parse(report).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        good = not any(case.find(kind) is not None for kind in BAD)
        outcomes[name] = good and outcomes.get(name, True)
    return outcomes


def worse(base: dict[str, bool], head: dict[str, bool]) -> list[str]:
    """Tests that went well at the base and do not at the head, and bad ones that the base did not have."""
    lost = [name for name, good in base.items() if good and not head.get(name, False)]
    return sorted([*lost, *(name for name, good in head.items() if not good and name not in base)])
