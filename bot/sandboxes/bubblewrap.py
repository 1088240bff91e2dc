"""bubblewrap: own mounts, own process namespace, no network but an own loopback, no capabilities.

The machine is readable but for the places where credentials lie: home folders, temporary folders, /run,
the runner's command files, and the configuration of the repository's git folder. The toolchain is bound
back where it lies below one of them. When the first process ends, everything in the namespace ends.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.errors import SandboxError
from bot.ports.sandbox import Ended, Job
from bot.process import run

NAMESPACES = (
    *("--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
)
HIDDEN = ("/tmp", "/var/tmp", "/root", "/home", "/run", "/dev/shm")
# actions/checkout leaves its token in the first of them.
GIT_SECRETS = ("config", "config.worktree", "credentials")
RESOLVER = Path("/etc/resolv.conf")


class Bubblewrap:
    name = "bubblewrap"
    enforced = True

    def __init__(self, program: Path) -> None:
        self._program = program

    async def run(self, job: Job) -> Ended:
        argv = [str(self._program), *arguments(job, os.environ), "/bin/sh", "-c", job.command]
        outer = {"PATH": job.env.get("PATH", os.defpath)}
        try:
            ended = await run(argv, cwd=Path("/"), env=outer, timeout_s=job.timeout_s, output=job.output)
        except OSError as err:
            raise SandboxError(f"cannot start {str(self._program)!r}: {err}") from err
        return Ended(ended.exit_code, ended.seconds)


def installed() -> Bubblewrap | None:
    program = shutil.which("bwrap")
    return Bubblewrap(Path(program)) if program else None


def arguments(job: Job, machine: Mapping[str, str]) -> list[str]:
    """What bwrap is told. Order matters: later mounts lie over earlier ones."""
    args = [*NAMESPACES] if job.network else [*NAMESPACES, "--unshare-net"]
    for name, value in job.env.items():
        args += ["--setenv", name, value]
    args += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for folder in _hidden(machine):
        args += ["--tmpfs", str(folder)]
    readable = [*_toolchain(job.env.get("PATH", ""), machine), *job.readable]
    if job.network and RESOLVER.exists():
        readable.append(RESOLVER.resolve())
    for path in sorted({path for path in readable if path.exists()}):
        args += ["--ro-bind", str(path), str(path)]
    for path in job.readable:
        args += _masks(path)
    for path in (job.tree, *job.writable):
        args += ["--bind", str(path), str(path)]
    if (job.tree / ".git").exists():
        args += ["--ro-bind", str(job.tree / ".git"), str(job.tree / ".git")]
    return [*args, "--chdir", str(job.cwd), "--"]


def _hidden(machine: Mapping[str, str]) -> list[Path]:
    """Folders that the job finds empty, a folder before those inside of it."""
    named = [machine[name] for name in ("HOME", "RUNNER_TEMP") if machine.get(name)]
    paths = {Path(name).resolve() for name in (*HIDDEN, *named)}
    return sorted(path for path in paths if path.is_dir() and path != Path("/"))


def _toolchain(search_path: str, machine: Mapping[str, str]) -> Iterator[Path]:
    """The interpreters and programs on PATH, where they lie in a hidden folder."""
    hidden = _hidden(machine)
    homes = {*hidden, Path(machine.get("HOME", "/")).resolve()}
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
            if any(path.is_relative_to(folder) for folder in hidden) and path not in homes:
                yield path


def _masks(folder: Path) -> Iterator[str]:
    """An empty file over each place where git keeps what it logs in with."""
    for name in GIT_SECRETS:
        if (folder / "HEAD").is_file() and (folder / name).is_file():
            yield from ("--ro-bind", "/dev/null", str(folder / name))
