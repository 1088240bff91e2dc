"""Finds the spec that a WORKFLOW names: a bare name in the base commit, a path on disk."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from bot.errors import InputError, SpecError
from bot.spec.around import Around
from bot.spec.parse import NOTHING_KNOWN, parse
from bot.spec.text import MAX_BYTES
from bot.spec.warn import warnings
from bot.types.spec import Spec

FOLDER = ".github/gatecrew"
ENDINGS = (".yml", ".yaml")

# The name is part of branch names and of unit ids.
RE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")

Read = Callable[[str], bytes | None]
"""A file of the base commit; None where there is none."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec with its source. `sha` is the text's sha256; `told` says in words where it was read."""

    name: str
    path: str
    told: str
    text: bytes
    sha: str
    spec: Spec
    warnings: tuple[str, ...] = ()


def is_path(workflow: str) -> bool:
    return "/" in workflow or workflow.endswith(ENDINGS)


def names_in(files: Collection[str]) -> list[str]:
    """The workflows that a commit holds."""
    return sorted(
        PurePosixPath(path).stem
        for path in files
        if path.startswith(f"{FOLDER}/")
        and path.endswith(ENDINGS)
        and path.count("/") == FOLDER.count("/") + 1
    )


def _from_base(workflow: str, folder: Path, read: Read, files: Collection[str]) -> tuple[str, bytes]:
    for ending in ENDINGS:
        path = f"{FOLDER}/{workflow}{ending}"
        if (data := read(path)) is not None:
            return path, data
    for ending in ENDINGS:
        if (folder / FOLDER / f"{workflow}{ending}").is_file():
            path = f"{FOLDER}/{workflow}{ending}"
            raise InputError(
                f"{path} is on disk, but not in the base commit",
                f"Commit it, or read it from disk: gatecrew check {path}",
            )
    names = names_in(files)
    close = get_close_matches(workflow, names, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    known = (
        f"Known are: {', '.join(names)}" if names else f"No workflow is there yet: write {FOLDER}/NAME.yml"
    )
    raise InputError(f"no workflow {workflow!r} in {FOLDER}/ of the base commit{guess}", known)


def _from_disk(workflow: str) -> bytes:
    try:
        with Path(workflow).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as err:
        reason = err.strerror or type(err).__name__
        raise InputError(
            f"cannot read the spec {workflow!r}: {reason.lower()}",
            "A name without '/' and '.yml' is read from the base commit instead",
        ) from err
    except ValueError as err:
        raise InputError(f"{workflow!r} is no path: {err}") from err


def load(workflow: str, folder: Path, read: Read, around: Around = NOTHING_KNOWN) -> Loaded:
    """`folder` is the repository's worktree: only to tell a spec that was not committed yet."""
    files = around.files or ()
    if is_path(workflow):
        path, data, told = workflow, _from_disk(workflow), f"{workflow} on disk"
    else:
        path, data = _from_base(workflow, folder, read, files)
        told = f"{path} of the base commit"
    name = PurePosixPath(path).stem
    if not RE_NAME.fullmatch(name) or ".." in name or name.endswith((".", ".lock")):
        raise SpecError(
            path, [f"the file's name {name!r} names branches: use a-z, 0-9, '-', '_' and '.', at most 60"]
        )
    spec = parse(data, path, around)
    sha = hashlib.sha256(data).hexdigest()
    return Loaded(
        name, path, told, data, sha, spec, tuple(warnings(spec, files) if around.files is not None else ())
    )
