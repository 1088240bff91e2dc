"""Source distributions from the package index, unpacked and turned into repositories of one commit."""

from __future__ import annotations

import os
import shutil
import string
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

SPECS = Path(__file__).resolve().parent / "specs"
WORKFLOW = "dead-code"


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    kind: str
    source: str
    """The folder that holds the package's modules."""

    @property
    def is_library(self) -> bool:
        return self.kind == "library"


PACKAGES = (
    Package("boltons", "26.2.0", "library", "boltons"),
    Package("sqlparse", "0.6.1", "library", "sqlparse"),
    Package("cookiecutter", "2.7.1", "application", "cookiecutter"),
    Package("yamllint", "1.38.0", "application", "yamllint"),
    Package("babel", "2.18.0", "application", "babel"),
    Package("rope", "1.15.2", "library", "rope"),
)


def prepare(package: Package, folder: Path) -> Path:
    """Download, unpack and commit; the repository."""
    repo = _unpack(_download(package, folder), folder / "repo")
    text = string.Template((SPECS / f"{package.name}.yml").read_text(encoding="utf-8"))
    spec = repo / ".github" / "gatecrew" / f"{WORKFLOW}.yml"
    spec.parent.mkdir(parents=True, exist_ok=True)
    # The interpreter that lies behind the virtual environment, which need not be on the PATH.
    spec.write_text(text.safe_substitute(python=Path(sys.executable).resolve()), encoding="utf-8")
    _commit(repo, f"{package.name} {package.version}")
    return repo


def _download(package: Package, folder: Path) -> Path:
    place = folder / "sdist"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    what = ["--no-deps", "--no-binary", ":all:", "--dest", str(place), f"{package.name}=={package.version}"]
    subprocess.run([*pip, *what], check=True, stdout=sys.stderr)
    return next(place.glob("*.tar.gz"))


def _unpack(archive: Path, target: Path) -> Path:
    aside = target.with_name("unpacked")
    with tarfile.open(archive) as tar:
        tar.extractall(aside, filter="data")
    shutil.move(str(next(aside.iterdir())), target)
    return target


def _commit(repo: Path, message: str) -> None:
    who = {
        f"GIT_{role}_{what}": f"ada{'@example.org' if what == 'EMAIL' else ''}"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    env = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull}
    for args in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-q", "-m", message]):
        subprocess.run(["git", *args], cwd=repo, env=env, check=True)
