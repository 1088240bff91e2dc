"""YAML text to a Spec, or one SpecError that lists everything that is wrong with it."""

from __future__ import annotations

import copy
import json
from operator import attrgetter, itemgetter
from typing import Any

from pydantic import ValidationError

from bot.errors import SpecError
from bot.redact import RE_KNOWN
from bot.settings import with_engine
from bot.spec.around import Around
from bot.spec.check import check
from bot.spec.document import Document, read
from bot.spec.explain import explained
from bot.spec.problem import RE_SECRET, Path, Problem
from bot.spec.text import Unreadable
from bot.types.spec import Spec

SECRET = "looks like a credential (not shown): revoke it, and pass its successor by the environment"
MOST_SHOWN = 100
NOTHING_KNOWN = Around()
STAND_IN = "stand-in"


def _validated(data: Any) -> Spec:
    """Strict, and by way of JSON: there a list may become a tuple, but '3' never a number."""
    return Spec.model_validate_json(json.dumps(data), strict=True)


def _sound(data: dict[str, Any], problems: list[Problem]) -> Spec | None:
    """A spec of what is right, with defaults or stand-ins for the rest, so that the rest can be checked."""
    data = copy.deepcopy(data)
    for problem in problems:
        if problem.path:
            _drop(data, problem.path)
    data.setdefault("goal", STAND_IN)
    data.setdefault("gate", {}).setdefault("run", "pytest")
    try:
        return _validated(data)
    except ValidationError:
        return None


def _drop(data: dict[str, Any], path: Path) -> None:
    """Remove a wrong value; in a list something stands in for it: its neighbours keep their places."""
    # A price lacks what nothing can stand in for.
    *parents, last = path[:1] if path[:1] == ("prices",) else path
    inside: Any = data
    for name in parents:
        inside = inside.get(name) if isinstance(inside, dict) else None
    if isinstance(inside, list) and isinstance(last, int):
        inside[last] = STAND_IN
    elif isinstance(inside, dict):
        inside.pop(last, None)


def _modelled(document: Document, around: Around) -> tuple[Spec | None, list[Problem]]:
    """The spec, with all that is wrong with its types and with what types cannot say."""
    problems: list[Problem] = []
    try:
        spec: Spec | None = _validated(document.data)
    except ValidationError as err:
        problems = explained(err, document)
        spec = _sound(document.data, problems)
    if spec is None:
        return None, problems
    spec = with_engine(spec, around.engine)
    wrong = {problem.path for problem in problems}
    for path, text in check(spec, around):
        if not any(path[: len(bad)] == bad or bad[: len(path)] == path for bad in wrong):
            problems.append(Problem(path, text, document.place_of(path)))
    return spec, problems


def _secrets(data: bytes, document: Document) -> list[Problem]:
    """What looks like a credential anywhere in the text, comments included."""
    lines = data.decode("utf-8-sig").splitlines()
    found = [(number, RE_KNOWN.search(line) or RE_SECRET.search(line)) for number, line in enumerate(lines)]
    return [
        Problem(_path_on(number + 1, lines, document), SECRET, (number + 1, match.start() + 1))
        for number, match in found
        if match
    ][:MOST_SHOWN]


def _path_on(number: int, lines: list[str], document: Document) -> Path:
    """The value that stands on a line, or goes on there; none for a comment."""
    before = [(place, path) for path, place in document.values.items() if place[0] <= number]
    comment = lines[number - 1].lstrip().startswith("#")
    return max(before, key=itemgetter(0))[1] if before and not comment else ()


def _told(problems: list[Problem]) -> list[str]:
    """In the order of the text; bounded, because a file that is no spec at all is wrong in every line."""
    lines = [str(problem) for problem in sorted(problems, key=attrgetter("place"))[:MOST_SHOWN]]
    more = len(problems) - len(lines)
    return [*lines, f"... and {more} more"] if more else lines


def parse(data: bytes, where: str, around: Around = NOTHING_KNOWN) -> Spec:
    """`where` is the text's path. The engine of the command line is in the spec that comes back."""
    hint = f"Mend it, then type: gatecrew check {where}"
    try:
        document = read(data)
    except Unreadable as err:
        raise SpecError(where, [str(err.problem)], hint) from err
    spec, problems = _modelled(document, around)
    problems = [*document.problems, *problems, *_secrets(data, document)]
    if problems or spec is None:
        raise SpecError(where, _told(problems), hint)
    return spec
