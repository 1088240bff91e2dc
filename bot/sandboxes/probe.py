"""Chooses the sandbox: what is installed is tried with a real command, because containers and AppArmor
forbid namespaces in ways that only show when they are asked for."""

from __future__ import annotations

import os
from typing import Literal

from bot.errors import SandboxError
from bot.ports.sandbox import Job, Sandbox
from bot.sandboxes.bubblewrap import installed
from bot.sandboxes.plain import Plain
from bot.scratch import scratch

Mode = Literal["auto", "required", "plain"]
PROBE_S = 20.0


async def choose(mode: Mode) -> Sandbox:
    """The strongest sandbox that works here. Raises SandboxError where one is required and none works."""
    if mode == "plain":
        return Plain()
    found = installed()
    trouble = "bubblewrap (bwrap) is not installed" if found is None else await trouble_of(found)
    if found is not None and trouble is None:
        return found
    if mode == "required":
        raise SandboxError(
            f"gate.sandbox is 'required', and no sandbox works here: {trouble}",
            "Install it (apt-get install bubblewrap), or set gate.sandbox to auto: plain processes.",
        )
    return Plain()


async def trouble_of(sandbox: Sandbox) -> str | None:
    """Why a sandbox does not work on this machine; None where it does."""
    with scratch() as folder:
        output = folder / "output"
        job = Job(
            command="echo works > probe && cat probe",
            cwd=folder,
            tree=folder,
            env={"PATH": os.environ.get("PATH", os.defpath)},
            timeout_s=PROBE_S,
            output=output,
        )
        try:
            ended = await sandbox.run(job)
        except SandboxError as err:
            return str(err)
        said = output.read_text("utf-8", "replace").strip()
    if ended.exit_code == 0 and said == "works":
        return None
    return f"{sandbox.name} failed ({ended.exit_code}): {said[-500:]}"
