"""What a run proposed, checked from outside: each branch in a plain clone of the forge's repository."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from names import definitions, public
from pypi import Package
from suite import Suite, worse


@dataclass(frozen=True, slots=True)
class Checked:
    """One proposed layer, as the forge holds it."""

    layer: str
    tests: int
    worse: tuple[str, ...]
    gone: tuple[str, ...]
    """Definitions of the base that the layer's head lacks, with those of the layers below it."""
    public_gone: tuple[str, ...]
    outside: tuple[str, ...]
    """Changed files that are not the package's own source."""

    @property
    def right(self) -> bool:
        return self.tests > 0 and not (self.worse or self.public_gone or self.outside)


def verify(package: Package, result: dict[str, Any], forge: Path, suite: Suite, aside: Path) -> list[Checked]:
    """Check every layer's head against the base."""
    layers = [layer for stack in result["stacks"] for layer in stack]
    if not layers:
        return []
    clone = aside / "clone"
    subprocess.run(["git", "clone", "-q", str(forge), str(clone)], check=True)
    _checkout(clone, result["base"])
    before = _Side(suite.outcomes(clone), definitions(clone, package.source), public(clone, package.source))
    return [_check(package, layer, result["base"], clone, suite, before) for layer in layers]


@dataclass(frozen=True, slots=True)
class _Side:
    outcomes: dict[str, bool]
    definitions: set[str]
    public: set[str]


def _check(
    package: Package, layer: dict[str, Any], base: str, clone: Path, suite: Suite, before: _Side
) -> Checked:
    branch = f"origin/{layer['branch']}"
    _checkout(clone, branch)
    outcomes = suite.outcomes(clone)
    hidden = before.public - public(clone, package.source) if package.is_library else set()
    changed = _git(clone, "diff", "--name-only", base, branch).splitlines()
    head = _git(clone, "rev-parse", branch).strip()
    assert head == layer["head"], f"{branch} is {head}, the result says {layer['head']}"
    return Checked(
        layer=layer["layer"],
        tests=len(outcomes),
        worse=tuple(worse(before.outcomes, outcomes)),
        gone=tuple(sorted(before.definitions - definitions(clone, package.source))),
        public_gone=tuple(sorted(hidden)),
        outside=tuple(path for path in changed if not path.startswith(f"{package.source}/")),
    )


def _checkout(clone: Path, rev: str) -> None:
    _git(clone, "checkout", "-q", "--force", "--detach", rev)
    _git(clone, "clean", "-qfdx")


def _git(clone: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=clone, check=True, capture_output=True, text=True).stdout
