"""Reruns are the gate's: a runner that runs failing tests again hides what the gate has to see.

pytest's plug-ins are switched off from inside (`inside/gatecrew_reruns.py`), or where that file cannot be
loaded, by their names. Other runners' flags are refused; what their reports show counts as failed.
"""

from __future__ import annotations

import re
from pathlib import Path

INSIDE = Path(__file__).with_name("inside")
PLUGIN = "gatecrew_reruns"

# No run may learn from the one before; and a file that does not load must not silence all others.
ALWAYS = "-p no:cacheprovider --continue-on-collection-errors"
# `-p no:x` is harmless where there is no plug-in x.
NAMES = ("rerunfailures", "flaky", "pytest-retry", "randomly", "random_order")
BY_NAME = " ".join([*(f"-p no:{plugin}" for plugin in NAMES), ALWAYS])

RE_NOT_LOADED = re.compile(f'Error importing plugin "{PLUGIN}"')
RE_UNKNOWN = re.compile(r"unrecognized arguments: (.{1,200})|Missing required plugins: (.{1,200})")
RE_OF_RERUNS = re.compile(r"rerun|retr(?:y|ies)|flaky|max-runs|min-passes|random")
# Flags that run failures again, of gotestsum, ctest, nextest, playwright, mocha, vitest, surefire.
RE_FLAG = re.compile(
    r"(?<!\S)(?:--rerun-fails(?:=\d+)?(?!\S)|--repeat[ =]until-pass:\d+|--retr(?:y|ies)[ =]\d+"
    r"|-D(?:surefire|failsafe)\.rerunFailingTestsCount=\d+)"
)


def settings(*, inside: bool) -> dict[str, str]:
    """The environment that switches pytest's reruns off; it means nothing to other runners."""
    if not inside:
        return {"PYTEST_ADDOPTS": BY_NAME}
    return {"PYTEST_ADDOPTS": f"-p {PLUGIN} {ALWAYS}", "PYTHONPATH": str(INSIDE)}


def not_loaded(output: str) -> bool:
    """Whether pytest could not find our plug-in: the command has a PYTHONPATH of its own, say."""
    return RE_NOT_LOADED.search(output) is not None


def shadow(folder: Path) -> str | None:
    """A file where the suite starts that Python would take for our plug-in."""
    return next((path.name for path in sorted(folder.glob(f"{PLUGIN}*"))), None)


def refusal(command: str, *, pytest: bool) -> str | None:
    """Why a command cannot be the gate's, if it asks its runner to run failing tests again."""
    flags = [] if pytest else [flag for flag in RE_FLAG.findall(command) if not re.search(r"\D0$", flag)]
    if not flags:
        return None
    return (
        f"the command tells its runner to run failures again ({flags[0]}), which hides them. "
        "Take it out, reruns are the gate's"
    )


def complaint(output: str) -> str | None:
    """What to change where pytest misses a plug-in that was switched off by its name."""
    found = RE_UNKNOWN.search(output)
    if found is None or not RE_OF_RERUNS.search(found[0]):
        return None
    return (
        f"pytest says {found[0].strip()!r}: plug-ins that run tests again are off, and the command keeps the "
        "gate from doing that unseen. Take these options out of the project's addopts and of gate.run, or "
        "let the command keep the PYTHONPATH that it gets (PYTHONPATH=src:$PYTHONPATH)"
    )
