"""What one version of a file holds that deserves a look: pure facts, compared with the other version's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RULES: Mapping[str, str] = {
    "asserts": "the tests assert less than before",
    "class": "changes the class or the code of something that exists",
    "code": "runs text as code",
    "environment": "may act otherwise where it is tested: asks for CI's or the gate's environment",
    "equals": "may be equal to, or true for, whatever a test expects",
    "exit": "may end the process that runs the tests",
    "hidden": "holds characters that a reader does not see",
    "hides": "may hide from a test that something fails",
    "hook": "changes how the tests are run or told",
    "imports": "changes which modules are loaded",
    "literal": "treats a value that stands in the tests as a special case",
    "marker": "takes a test out of the suite, or expects it to fail",
    "memory": "reaches into the memory of the process that runs the tests",
    "mock": "replaces parts of the program outside of the tests",
    "patch": "replaces a part of the language's or the runner's own library",
    "report": "may write, or look for, a test report",
    "runner": "may act otherwise where it is tested: looks for the test runner",
    "settings": "changes what the tests are run with",
    "shadow": "may be loaded in place of a module of the language",
    "signals": "changes what becomes of signals",
    "snapshot": "changes what a test expects",
    "stack": "may act otherwise where it is tested: looks at who calls it",
    "trace": "follows or changes what is being run",
    "unread": "is too large to be looked through, or no text",
    "weaker": "a test compares less exactly than before",
}
"""Rules by name, with what a line of that kind may do."""

CODE_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Found:
    """One place. `early` runs when the file is loaded: to move a line there is news."""

    rule: str
    line: int
    code: str
    early: bool = False

    @property
    def key(self) -> tuple[str, str, bool]:
        return self.rule, self.code, self.early

    def told(self, lines: Sequence[str]) -> str:
        """What it may do, in words, with the line of the file."""
        code = lines[self.line - 1].strip() if 0 < self.line <= len(lines) else self.code
        shown = code if len(code) <= CODE_WIDTH else f"{code[: CODE_WIDTH - 3]}..."
        return f"{RULES[self.rule]}: `{shown}`"
