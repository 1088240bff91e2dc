"""What the attacks on the gate have in common: changes that break a project, and a bench that judges."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.gate.gate import Gated, gate
from bot.gate.scan import Edit, scan
from bot.types.change import Change
from bot.types.gate import SuiteRun, Suspicion
from bot.types.ids import Sha, UnitId
from bot.types.stack import LandingUnit
from tests.scenarios.gate_story import PYTEST, Story

Files = Mapping[str, str | bytes | None]

BREAKS: Files = {"app/text.py": "def greet(name):\n    return name\n"}
GREEN = (
    "<testsuites><testsuite><testcase classname='tests.test_price' name='test_net'/>"
    "<testcase classname='tests.test_text' name='test_greet'/></testsuite></testsuites>"
)
# As a module that the runner loads: it knows where the report goes, and writes one that is green.
FORGES = (
    "import os, sys\n"
    "for word in sys.argv:\n"
    "    if word.startswith('--junitxml='):\n"
    f"        open(word.partition('=')[2], 'w').write({GREEN!r})\n"
    "        os._exit(0)\n"
)
# As a plug-in: whatever happens, the test has passed.
PASSES_ALL = (
    "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    "    out = yield\n    out.get_result().outcome = 'passed'\n"
)
WITH_PYTEST: dict[str, Any] = {"run": PYTEST}


class Bench:
    """One project whose baseline is measured once, for many attacks."""

    def __init__(self, folder: Path, files: Files | None = None, **settings: Any) -> None:
        self.story = Story(folder, files, **{"runs": 1, **settings})
        self._judge = asyncio.run(self.story.judge())

    def gated(self, files: Files) -> Gated:
        return self.gated_commit(self.story.commit(files))

    def gated_commit(self, commit: Sha) -> Gated:
        """The gate's whole story about a change of one unit, `evil`."""
        git, base = self.story.git, self.story.base
        change = Change(UnitId("evil"), base, commit, git.entries(base, commit))

        async def judged() -> Gated:
            try:
                unit = LandingUnit((change,), frozenset())
                return await gate([unit], judge=self._judge, compose=self.story.compose)
            finally:
                await self.story.places.aclose()

        return asyncio.run(judged())

    def as_it_is(self, files: Files) -> SuiteRun:
        """What a gate would see that judges a candidate with the candidate's own files."""
        return asyncio.run(self.story.run(files))

    def scanned(self, files: Files) -> tuple[Suspicion, ...]:
        git, base, holds = self.story.git, self.story.base, self.story.protection.holds
        known = {path: git.blob(file.blob) for path, file in git.files(base).items()}
        edits = [
            Edit(path, known.get(path), text.encode() if isinstance(text, str) else text)
            for path, text in files.items()
        ]
        return scan(edits, holds, [data for path, data in known.items() if holds(path)])
