"""Projects whose suite would silently test another tree: the gate says that it is blind, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from tests.scenarios.gate_story import Story, names

CHANGE = {"app/price.py": "def net(gross):\n    return gross - 1\n\n\ndef unused():\n    return 1\n"}


def asked(story: Story, files: Mapping[str, str | bytes | None]) -> str:
    """What the gate says of a change; the empty text where it sees it and lets it through."""
    gated = asyncio.run(story.gated(story.change("a", files)))
    return "" if names(gated.kept) else next(iter(gated.failed.values()), "evicted")


def test_a_build_that_fails_proves_nothing_of_what_the_suite_loads(tmp_path: Path) -> None:
    """The spoiled tree does not compile, and the suite is green all the same: it has a copy of its own."""
    installed = tmp_path / "installed"
    story = Story(
        tmp_path,
        {"tests/__init__.py": f"import sys\n\nsys.path.insert(0, {str(installed)!r})\n"},
        build="python3 -m compileall -q app",
        setup=f"mkdir {installed} && cp -r app {installed}",
    )
    assert asked(story, CHANGE).startswith("blind: the suite does not load this tree")
