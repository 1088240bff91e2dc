"""bubblewrap: own mounts, own process namespace, no network but an own loopback, no capabilities.

The machine is readable but for the places where credentials lie (`private`). The toolchain is bound back
where it lies in one of them. When the first process ends, everything in the namespace ends.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.errors import SandboxError
from bot.ports.sandbox import Ended, Job
from bot.process.run import run
from bot.sandboxes.private import git_secrets, hidden, tool_secrets, toolchain

NAMESPACES = (
    *("--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
)
# Of what is hidden, the job may write to these; they are memory, and so they are bounded.
SCRATCH = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))
SCRATCH_SHARE = 4
RESOLVER = Path("/etc/resolv.conf")
MIB = 1024 * 1024
# A file, and no device: git wants to open its configuration.
EMPTY = Path(__file__).with_name("empty")


class Bubblewrap:
    name = "bubblewrap"
    enforced = True
    weaknesses: tuple[str, ...] = ()

    def __init__(self, program: Path) -> None:
        self._program = program

    async def run(self, job: Job) -> Ended:
        argv = [str(self._program), *arguments(job, os.environ), "/bin/sh", "-c", job.command]
        try:
            ended = await run(
                argv,
                cwd=Path("/"),
                env={"PATH": job.env.get("PATH", os.defpath)},
                timeout_s=job.timeout_s,
                output=job.output,
                limits=job.limits,
                folders=(job.tree, *job.writable),
            )
        except OSError as err:
            raise SandboxError(f"cannot start {str(self._program)!r}: {err}") from err
        return Ended(ended.exit_code, ended.seconds, ended.limit)


def installed() -> Bubblewrap | None:
    program = shutil.which("bwrap")
    return Bubblewrap(Path(program)) if program else None


def arguments(job: Job, machine: Mapping[str, str]) -> list[str]:
    """What bwrap is told. Order matters: later mounts lie over earlier ones."""
    args = [*NAMESPACES] if job.network else [*NAMESPACES, "--unshare-net"]
    for name, value in job.env.items():
        args += ["--setenv", name, value]
    args += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    closed = hidden(machine)
    for path in closed:
        args += _covered(path, job)
    tools = list(toolchain(job.env.get("PATH", ""), machine))
    readable = [*tools, *job.readable]
    if job.network and RESOLVER.exists():
        readable.append(RESOLVER.resolve())
    for path in sorted({path for path in readable if path.exists()}):
        args += ["--ro-bind", str(path), str(path)]
    for secret in (*tool_secrets(tools), *(at for path in job.readable for at in git_secrets(path))):
        args += ["--ro-bind", str(EMPTY), str(secret)]
    for path in (job.tree, *job.writable):
        args += ["--bind", str(path), str(path)]
    if (job.tree / ".git").exists():
        args += ["--ro-bind", str(job.tree / ".git"), str(job.tree / ".git")]
    for path in (*_closed_folders(closed), Path("/dev")):
        args += ["--remount-ro", str(path)]
    return [*args, "--chdir", str(job.cwd), "--"]


def _covered(path: Path, job: Job) -> list[str]:
    """An empty folder, or an empty file, over this one."""
    if not path.is_dir():
        return ["--ro-bind", str(EMPTY), str(path)]
    if path in SCRATCH and (most := _scratch_mib(job)):
        return ["--size", str(most * MIB), "--tmpfs", str(path)]
    return ["--tmpfs", str(path)]


def _scratch_mib(job: Job) -> int | None:
    bounds = [limit for limit in (job.limits.memory, job.limits.disk) if limit is not None]
    return max(1, min(bounds) // SCRATCH_SHARE) if bounds else None


def _closed_folders(closed: list[Path]) -> Iterator[Path]:
    """Those that stay empty. One below another lies on that one's own mount."""
    yield from (path for path in closed if path.is_dir() and path not in SCRATCH)
