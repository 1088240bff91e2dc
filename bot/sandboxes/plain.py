"""Plain processes: the project's code sees this machine's files and network. Keeps nothing away."""

from __future__ import annotations

from bot.errors import SandboxError
from bot.ports.sandbox import Ended, Job
from bot.process.run import run


class Plain:
    name = "plain"
    enforced = False
    weaknesses = (
        "files of this user with the logins among them",
        "other processes and their environment",
        "the network",
    )

    async def run(self, job: Job) -> Ended:
        try:
            ended = await run(
                ["/bin/sh", "-c", job.command],
                cwd=job.cwd,
                env=job.env,
                timeout_s=job.timeout_s,
                output=job.output,
                limits=job.limits,
                folders=(job.tree, *job.writable),
            )
        except OSError as err:
            raise SandboxError(f"cannot start a process in {str(job.cwd)!r}: {err}") from err
        return Ended(ended.exit_code, ended.seconds, ended.limit)
