"""sandlock: Landlock and seccomp, without namespaces and without root. Files by an allow-list, no network but
loopback, and that is this machine's own.

What a job may read is all but the places where credentials lie (`private`): what is around them, in pieces.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.errors import SandboxError
from bot.ports.sandbox import Ended, Job
from bot.process.run import run
from bot.sandboxes import confine
from bot.sandboxes.private import git_secrets, hidden, is_innocent, tool_secrets, toolchain

# Not the places of other programs' files, and not what `around` may list.
APART = (Path("/dev"), Path("/proc"))
DEVICES = (
    *("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"),
    *("/dev/ptmx", "/dev/pts", "/dev/shm"),
)
SHARED = Path("/dev/shm")
LOOPBACK = ["127.0.0.0/8:*", "[::1]:*"]


class Sandlock:
    name = "sandlock"
    enforced = True
    weaknesses = ("this machine's own services on loopback", "shared memory in /dev/shm")

    def __init__(self, site: Path) -> None:
        self._site = site

    async def run(self, job: Job) -> Ended:
        settings = json.dumps(policy(job, os.environ))
        argv = [sys.executable, "-I", confine.__file__, str(self._site), settings, job.command]
        try:
            ended = await run(
                argv,
                cwd=job.cwd,
                env={"PATH": job.env.get("PATH", os.defpath)},
                timeout_s=job.timeout_s,
                output=job.output,
                limits=job.limits,
                folders=(job.tree, *job.writable, SHARED),
            )
        except OSError as err:
            raise SandboxError(f"cannot start sandlock in {str(job.cwd)!r}: {err}") from err
        return Ended(ended.exit_code, ended.seconds, ended.limit)


def installed() -> Sandlock | None:
    """Whether the package is there: it is not loaded into our own process."""
    found = importlib.util.find_spec("sandlock")
    return Sandlock(Path(found.origin).parents[1]) if found is not None and found.origin else None


def policy(job: Job, machine: Mapping[str, str]) -> dict[str, Any]:
    """What sandlock is told."""
    secrets = {secret for path in job.readable for secret in git_secrets(path) if not is_innocent(secret)}
    closed = {*hidden(machine), *secrets, *APART}
    tools = list(toolchain(job.env.get("PATH", ""), machine))
    secrets |= set(tool_secrets(tools))
    readable = [*around(Path("/"), closed), Path("/proc")]
    for path in (*tools, *job.readable):
        readable += around(path, secrets)
    if job.network:
        readable.append(Path("/etc/resolv.conf").resolve())
    return {
        "fs_readable": sorted({str(path) for path in readable if path.exists()}),
        "fs_writable": [*(str(path) for path in (job.tree, *job.writable)), *filter(os.path.exists, DEVICES)],
        "net_allow": ["*:*"] if job.network else LOOPBACK,
        "net_allow_bind": ["*"],
        "extra_allow_syscalls": ["sysv_ipc"],
        # The watch tells, and comes first; this stops what grows faster than it looks.
        "max_processes": job.limits.processes and 2 * job.limits.processes,
        "clean_env": True,
        "env": dict(job.env),
        "cwd": str(job.cwd),
    }


def around(folder: Path, closed: Collection[Path]) -> Iterator[Path]:
    """All that lies in a folder but for what is closed, in as few paths as that takes. No links: what they
    point to is open, or closed, by itself."""
    if folder in closed:
        return
    if not any(path.is_relative_to(folder) for path in closed):
        yield folder
        return
    with suppress(PermissionError):
        for child in sorted(folder.iterdir()):
            if not child.is_symlink():
                yield from around(child, closed)
