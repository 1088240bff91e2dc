"""What lies on a machine that project code must not read, and what of it is the toolchain all the same.

Whole folders rather than single files: a home folder holds more logins than any list knows.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

FOLDERS = (
    *("/tmp", "/var/tmp", "/root", "/home", "/run", "/var/run", "/dev/shm", "/etc/ssh", "/etc/ssl/private"),
    *("/etc/docker", "/etc/kubernetes", "/var/lib/docker", "/var/lib/waagent", "/var/lib/cloud"),
    *("/var/spool", "/var/backups", "/boot"),
)
FILES = ("/etc/shadow", "/etc/gshadow", "/etc/shadow-", "/etc/gshadow-", "/etc/krb5.keytab")
# Places that the environment names: folders as they are, files by the folder that holds them.
NAMED_FOLDERS = (
    *("HOME", "RUNNER_TEMP", "GITHUB_WORKSPACE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"),
    *("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "GH_CONFIG_DIR", "DOCKER_CONFIG", "CLOUDSDK_CONFIG"),
    *("AZURE_CONFIG_DIR", "GNUPGHOME", "CARGO_HOME", "TMPDIR"),
)
NAMED_FILES = (
    *("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"),
    *("GITHUB_EVENT_PATH", "NETRC", "KUBECONFIG", "NPM_CONFIG_USERCONFIG", "npm_config_userconfig"),
    *("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_GHA_CREDS_PATH", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"),
    *("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "SSH_AUTH_SOCK"),
    *("AZURE_FEDERATED_TOKEN_FILE", "BOTO_CONFIG", "PIP_CONFIG_FILE", "GIT_CONFIG_GLOBAL"),
)
# Beside a runner's `_work`, where RUNNER_TEMP is `_work/_temp`.
RUNNER = (".credentials", ".credentials_rsaparams", ".credentials_migrated", ".runner", ".env", "_diag")
# actions/checkout leaves its token in the first of them.
GIT_SECRETS = ("config", "config.worktree", "credentials")
TOOL_SECRETS = ("credentials", "credentials.toml", ".npmrc", ".pypirc", "etc/npmrc")
RE_SECTION = re.compile(r'\s*\[\s*(?P<name>[\w.-]+)(?:\s+"[^"]*")?\s*\]')
INNOCENT = ("core", "remote", "branch", "user", "extensions", "submodule", "init", "gc", "index", "worktree")
RE_LOGIN = re.compile(r"://[^/\s]*@|(?i:extraheader|password|token|askpass|sshcommand)")


def hidden(machine: Mapping[str, str]) -> list[Path]:
    """What a job must not find, a folder before those inside of it. Only what there is."""
    root = Path("/")
    paths = {Path(name).resolve() for name in (*FOLDERS, *FILES)}
    paths |= {Path(machine[name]).resolve() for name in NAMED_FOLDERS if machine.get(name)}
    for name in filter(machine.get, NAMED_FILES):
        paths |= {Path(part).resolve() for part in machine[name].split(os.pathsep) if part}
    for name in ("GITHUB_ENV", "GITHUB_OUTPUT"):
        if machine.get(name):
            paths.add(Path(machine[name]).resolve().parent)
    if machine.get("RUNNER_TEMP"):
        runner = Path(machine["RUNNER_TEMP"]).resolve().parents[1:2]
        paths |= {folder / name for folder in runner for name in RUNNER}
    return sorted(path for path in paths if path != root and _holds_something(path))


def _holds_something(path: Path) -> bool:
    """Not a device: a setting may name /dev/null."""
    try:
        return path.is_dir() or path.is_file() or path.is_socket()
    except PermissionError:
        return False


def toolchain(search_path: str, machine: Mapping[str, str]) -> Iterator[Path]:
    """The interpreters and programs on PATH, where they lie in a hidden folder."""
    closed = hidden(machine)
    homes = {*closed, Path(machine.get("HOME", "/")).resolve()}
    places = [Path(sys.prefix), Path(sys.base_prefix)]
    for entry in filter(None, search_path.split(os.pathsep)):
        folder = Path(entry)
        places.append(folder)
        # `prefix/bin` needs `prefix/lib`; but `~/bin` must not open the home folder, nor `~/.local/bin`
        # what lies beside it.
        private = folder.parent.resolve() in homes or folder.parent.name == ".local"
        if folder.name in ("bin", "shims") and not private:
            places.append(folder.parent)
    for place in places:
        resolved = place.resolve()
        for path in {place, resolved}:
            if any(path.is_relative_to(folder) for folder in closed) and path not in homes:
                yield path


def tool_secrets(places: Iterable[Path]) -> Iterator[Path]:
    """Logins that package managers keep beside their programs."""
    for place in places:
        yield from (place / name for name in TOOL_SECRETS if (place / name).is_file())


def git_secrets(folder: Path) -> Iterator[Path]:
    """Where a git folder, its submodules' and its worktrees' keep what git logs in with."""
    if not (folder / "HEAD").is_file():
        return
    yield from (folder / name for name in GIT_SECRETS if (folder / name).is_file())
    for below in ("modules", "worktrees"):
        for found, _, names in os.walk(folder / below):
            yield from (Path(found, name) for name in GIT_SECRETS if name in names)


def is_innocent(config: Path) -> bool:
    """Whether a git configuration holds only what git needs, and nothing that it could log in with."""
    text = config.read_text("utf-8", "replace")
    sections = [line for line in text.splitlines() if line.lstrip().startswith("[")]
    known = [RE_SECTION.match(line) for line in sections]
    names = [found["name"].lower() if found else "" for found in known]
    return all(name in INNOCENT for name in names) and not RE_LOGIN.search(text)
