"""The suite's commands and the environment that they get. Allow-listed: no token, no key."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from bot.suite import pytest, reruns
from bot.suite.collect import collecting
from bot.types.gate import TestId
from bot.types.spec import Gate

# LD_LIBRARY_PATH: the Pythons of GitHub's runners are shared builds that need it.
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
FIXED = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "CI": "true"}

# For setup alone, which has the network and runs the base's code: where packages come from.
RE_PACKAGES = re.compile(
    r"(?i)(?:https?|all|no)_proxy|(?:pip|uv|npm_config|cargo)_\w+|goproxy|gosumdb|goflags"
    r"|ssl_cert_(?:file|dir)|requests_ca_bundle|curl_ca_bundle|node_extra_ca_certs|git_ssl_cainfo"
)
RE_SECRET = re.compile(r"(?i)token|secret|passw|auth|credential|(?:api|private|access)_?key")
RE_LOGIN = re.compile(r"://[^/\s@]+@")
PIP_SETTINGS = (".config/pip/pip.conf", ".pip/pip.conf")


class Commands:
    """The commands of one gate, with what pytest lets us add."""

    def __init__(self, gate: Gate) -> None:
        known = gate.report is None
        self.run = pytest.with_report(gate.run) if known else gate.run
        self.select = gate.select or (pytest.select_of(gate.run) if known else None)
        self.collect = gate.collect or collecting(self.run)
        self._cwd = gate.cwd

    def selecting(
        self, tests: Collection[TestId], files: Collection[str], *, whole_files: bool
    ) -> str | None:
        """The command for these tests alone; None where it must be the whole suite."""
        if self.select is None or not tests:
            return None
        if not pytest.is_pytest(self.select):
            return self.select.replace("{tests}", shlex.join(map(str, sorted(tests))))
        ids = pytest.node_ids(tests, files, self._cwd, whole_files=whole_files)
        return None if ids is None else self.select.replace("{tests}", shlex.join(ids))


def filled(command: str, *, cache: Path, report: Path | None = None, coverage: Path | None = None) -> str:
    """The command with its places filled in, quoted for the shell. Other braces are the shell's."""
    for name, path in (("cache", cache), ("report", report), ("coverage", coverage)):
        if path is not None:
            command = command.replace(f"{{{name}}}", shlex.quote(str(path)))
    return command


def filled_files(command: str, files: Sequence[str]) -> str:
    """A codemod's command with the shard's files in place of `{files}`."""
    return command.replace("{files}", shlex.join(files))


def environment(
    machine: Mapping[str, str], home: Path, temporary: Path, *, inside: bool = False
) -> dict[str, str]:
    """All that the project's code sees of our environment. `inside`: pytest's reruns are switched off from
    inside, see bot/suite/reruns.py; a pytest behind `make` is reached too."""
    kept = {name: machine[name] for name in INHERITED if machine.get(name)}
    own = {"HOME": str(home), "TMPDIR": str(temporary), "GATECREW": "1"}
    return {"LANG": "C.UTF-8"} | kept | FIXED | reruns.settings(inside=inside) | own


def package_sources(machine: Mapping[str, str]) -> dict[str, str]:
    """Where setup's package managers fetch from; nothing that looks like a login."""
    return {
        name: value
        for name, value in machine.items()
        if RE_PACKAGES.fullmatch(name) and not RE_SECRET.search(name) and not RE_LOGIN.search(value)
    }


def copy_package_settings(machine: Mapping[str, str], home: Path) -> None:
    """The user's pip settings into setup's home folder, unless they hold a login."""
    for name in PIP_SETTINGS:
        path = Path(machine.get("HOME", "/nonexistent"), name)
        if path.is_file() and not RE_LOGIN.search(text := path.read_text("utf-8", "replace")):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)


def digest(parts: Sequence[str | None]) -> str:
    """Of commands and settings, in order."""
    joined = "\0".join("-" if part is None else f"={part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogateescape")).hexdigest()[:16]
