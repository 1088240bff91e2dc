"""Small projects for the installed command: a repository, its spec, its state, and what a run left behind."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bot.__main__ import main
from bot.git import Git
from bot.journal import Record, read
from tests.builders import commit_all, make_repo, write

COMMAND = str(Path(sys.executable).with_name("gatecrew"))
QUICK = f"{sys.executable} -S -E {Path(__file__).parent / 'scenarios' / 'quick_suite.py'} {{report}}"
WORKFLOW = "tidy"
SPEC_PATH = f".github/gatecrew/{WORKFLOW}.yml"
KEY = "sk-ant-a-key-that-nobody-may-ever-read-0123456789"
TOKEN = "ghs_AtokenThatNobodyMayEverRead0123456789ab"

FILES: dict[str, str | bytes] = {
    "app/__init__.py": "",
    "app/price.py": "def net(gross):\n    return gross - 1\n\n\ndef dead():\n    return 0\n",
    "tests/__init__.py": "",
    "tests/test_price.py": "from app.price import net\n\n\ndef test_net():\n    assert net(3) == 2\n",
}


def spec_of(**more: Any) -> str:
    """A spec as YAML (JSON is YAML); `gate=` adds to the gate, the rest replaces."""
    gate = {"run": QUICK, "runs": 1, "sandbox": "plain", "timeout": 60, **more.pop("gate", {})}
    spec = {
        "goal": "Remove code that nothing uses.",
        "files": {"include": ["app/**"]},
        "recipe": {"public": "application"},
        "gate": {name: value for name, value in gate.items() if value is not None},
        **more,
    }
    return json.dumps(spec, indent=2)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass
class Project:
    """A repository in which commands are typed."""

    folder: Path
    git: Git
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.folder / ".git" / "gatecrew"

    def type(self, *args: str, prefix: Sequence[str] = (), **env: str) -> Ended:
        """Type `gatecrew ...` in the repository; `prefix` goes before it, or is another name for it."""
        command = [] if "bot" in prefix else [COMMAND]
        done = subprocess.run(
            [*prefix, *command, *args],
            cwd=self.folder,
            env={**self._around(), **env},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=100,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def inside(self, *args: str, **env: str) -> Ended:
        """The same command without a process of its own: where libraries that load for seconds are wanted."""
        out, err = io.StringIO(), io.StringIO()
        with _standing(self.folder, {**self._around(), **env}), redirect_stdout(out), redirect_stderr(err):
            code = main(args)
        return Ended(code, out.getvalue(), err.getvalue())

    def piped_to(self, reader: str, *args: str) -> Ended:
        """Type `gatecrew ... | reader`; the exit code is ours."""
        typed = ["bash", "-c", f'"$@" | {reader}; exit ${{PIPESTATUS[0]}}', "bash"]
        return self.type(*args, prefix=typed)

    def start(self, *args: str, **env: str) -> subprocess.Popen[bytes]:
        """The same, without waiting for its end."""
        return subprocess.Popen(
            [COMMAND, *args],
            cwd=self.folder,
            env={**self._around(), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *args: str, workflow: str = WORKFLOW, **env: str) -> Ended:
        """`gatecrew run`, without a question."""
        return self.type("run", workflow, "--yes", *args, **env)

    def commit(self, files: Mapping[str, str | bytes | None]) -> None:
        write(self.folder, files)
        commit_all(self.folder)

    @property
    def result(self) -> Any:
        """The newest run's result.json."""
        return json.loads((self.state / "result.json").read_text())

    @property
    def statuses(self) -> dict[str, str]:
        """What became of each unit, by its first part."""
        return {unit["id"].rpartition("-")[0]: unit["status"] for unit in self.result["units"]}

    @property
    def journals(self) -> list[Path]:
        return sorted((self.state / "journal").glob("*.jsonl"))

    @property
    def records(self) -> list[Record]:
        """The newest journal."""
        return read(self.journals[-1])

    @property
    def pulls(self) -> list[dict[str, Any]]:
        """The local forge's pull requests."""
        path = self.state / "forge" / "pulls.json"
        return cast("list[dict[str, Any]]", json.loads(path.read_text())["pulls"]) if path.exists() else []

    def kept(self) -> str:
        """Everything that a run keeps outside of git's objects, as one text."""
        files = sorted(
            path for path in self.state.rglob("*") if path.is_file() and "objects" not in path.parts
        )
        return "\n".join(f"{path}\n{path.read_bytes().decode('utf-8', 'replace')}" for path in files)

    def _around(self) -> dict[str, str]:
        kept = ("PATH", "HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "TMPDIR")
        plain = {name: os.environ[name] for name in kept if name in os.environ}
        return {**plain, "LANG": "C.UTF-8", **self.environment}


@contextmanager
def _standing(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    before, where = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(where)
        os.environ.clear()
        os.environ.update(before)


def project(
    folder: Path, spec: str | None = None, files: Mapping[str, str | bytes | None] | None = None
) -> Project:
    """A package with one dead function, and a suite of one test; None leaves a file out."""
    laid = {**FILES, SPEC_PATH: spec_of() if spec is None else spec, **(files or {})}
    given = {path: text for path, text in laid.items() if text is not None}
    return Project(folder / "repo", make_repo(folder / "repo", given))
