"""Asked inside a run's surroundings: which files could `import NAME` load?

Runs under the project's own Python, by `python -c`: it knows nothing of ours, and nothing newer than 3.8.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import sysconfig
from importlib import metadata
from importlib.machinery import ModuleSpec
from pathlib import Path
from urllib.parse import unquote, urlsplit

SIGN = "gatecrew-whence "


def whence(name: str, tree: Path) -> list[list[str]]:
    """Files, and what brought them there: as it is, and without what `-c` or a runner puts in front."""
    paths = list(sys.path)
    without = [path for path in paths if Path(path).resolve() != Path.cwd()]
    found = []
    for left in (paths, without, [path for path in without if not inside(Path(path), tree)]):
        sys.path[:] = left
        importlib.invalidate_caches()
        try:
            file = place(importlib.util.find_spec(name))
        except (ImportError, ValueError):
            file = None
        sys.path[:] = paths
        if file is not None and not standard(file):
            found.append([str(file), "" if inside(file, tree) else how(file)])
    return found


def place(spec: ModuleSpec | None) -> Path | None:
    if spec is None:
        return None
    # A namespace has no file, but folders.
    places = [spec.origin] if spec.has_location else [*(spec.submodule_search_locations or ())]
    return Path(places[0]).resolve() if places and places[0] else None


def standard(file: Path) -> bool:
    """Whether Python itself brings it: a script of the tree may have the name of one of its modules."""
    installed = {"site-packages", "dist-packages"} & set(file.parts)
    return not installed and inside(file, Path(sysconfig.get_path("stdlib")).resolve())


def inside(path: Path, folder: Path) -> bool:
    path = path.resolve()
    return folder == path or folder in path.parents


def how(file: Path) -> str:
    """What brought the file onto the path, where it is an editable install."""
    for found in metadata.distributions():
        told = json.loads(found.read_text("direct_url.json") or "{}")
        folder = unquote(urlsplit(told.get("url", "")).path)
        if told.get("dir_info", {}).get("editable") and inside(file, Path(folder).resolve()):
            return f"an editable install of {folder}"
    for place in sorted({sysconfig.get_path("purelib"), *sys.path}):
        for added in sorted(Path(place).glob("*.pth")) if place else ():
            if any(inside(file, folder) for folder in folders(added)):
                return f"an editable install by {added}"
    return ""


def folders(added: Path) -> list[Path]:
    """What a .pth file adds to the path."""
    lines = added.read_text("utf-8", "replace").splitlines()
    told = [line.strip() for line in lines if not line.startswith(("#", "import "))]
    return [(added.parent / line).resolve() for line in told if line]


if __name__ == "__main__":
    answers = {name: whence(name, Path(sys.argv[1]).resolve()) for name in sys.argv[2:]}
    sys.stdout.write(f"{SIGN}{json.dumps(answers)}\n")
