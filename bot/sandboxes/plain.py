"""Plain processes: the project's code sees this machine's files and network. Keeps nothing away."""

from __future__ import annotations

from bot.errors import SandboxError
from bot.ports.sandbox import Ended, Job
from bot.process import run


class Plain:
    name = "plain"
    enforced = False

    async def run(self, job: Job) -> Ended:
        argv = ["/bin/sh", "-c", job.command]
        try:
            ended = await run(argv, cwd=job.cwd, env=job.env, timeout_s=job.timeout_s, output=job.output)
        except OSError as err:
            raise SandboxError(f"cannot start a process in {str(job.cwd)!r}: {err}") from err
        return Ended(ended.exit_code, ended.seconds)
