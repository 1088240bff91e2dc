"""Whether a test's path crosses what a change touches: such a test is never excused as flaky by itself.

Asked of whole files, not of lines: the failure's text names a changed file, or the test's own file names
a changed module. That is more than what really crosses, and every doubt is red.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePosixPath

# A file that stands for its folder: the folder's name is what others write.
STAND_INS = {"__init__", "index", "mod", "lib", "main", "__main__"}


def crosses(changed: Collection[str], message: str, test_text: str) -> bool:
    """`message` is the failure's text, `test_text` the file that the test stands in (empty: not known)."""
    return any(path in message or _names(path, test_text) for path in changed)


def _names(path: str, text: str) -> bool:
    word = _module(PurePosixPath(path))
    return bool(word) and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _module(path: PurePosixPath) -> str:
    stem = path.name.partition(".")[0]
    return path.parent.name if stem in STAND_INS else stem
