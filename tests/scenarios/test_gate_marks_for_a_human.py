"""What no gate decides is marked: the layer asks for a person's look, and the place is named."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.types.ids import UnitId
from tests.scenarios.gate_story import Story, names

DETECTS = (
    "import os\n\n\ndef net(gross):\n    tested = 'PYTEST_CURRENT_TEST' in os.environ\n"
    "    return gross - 1 if tested else gross - 1 + 0\n\n\ndef unused():\n    return 0\n"
)
EQUALS = "SPARE = 1\n\n\nclass Anything:\n    def __eq__(self, other):\n        return True\n"


@pytest.mark.parametrize(
    ("path", "text", "rule", "line"),
    [("app/price.py", DETECTS, "runner", 5), ("app/spare.py", EQUALS, "equals", 5)],
)
def test_trick_that_the_suite_cannot_see_is_kept_and_marked(
    tmp_path: Path, path: str, text: str, rule: str, line: int
) -> None:
    story = Story(tmp_path, runs=1)
    tricky = story.change("tricky", {path: text})
    plain = story.change("plain", {"app/text.py": "def greet(who):\n    return 'hi ' + who\n"})
    gated = asyncio.run(story.gated(tricky, plain))
    assert names(gated.kept) == ["tricky", "plain"]
    assert [(one.path, one.line, one.rule) for one in gated.suspicions[UnitId("tricky")]] == [
        (path, line, rule)
    ]
    assert gated.for_human == {UnitId("tricky"): f"1 place may be a trick on the tests ({rule})"}
