"""Chooses the sandbox: what is installed is tried with a real command, because containers and AppArmor
forbid namespaces in ways that only show when they are asked for."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.errors import SandboxError
from bot.ports.sandbox import Job, Sandbox
from bot.sandboxes import bubblewrap, sandlock
from bot.sandboxes.plain import Plain
from bot.scratch import scratch

Mode = Literal["auto", "required", "plain"]
PROBE_S = 20.0
SHOWN = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """A sandbox that may be installed, and how one installs it."""

    name: str
    installed: Callable[[], Sandbox | None]
    install: str


# The strongest first.
KINDS = (
    Kind("bubblewrap", bubblewrap.installed, "apt-get install bubblewrap"),
    Kind("sandlock", sandlock.installed, "pip install 'gatecrew[sandlock]'"),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sandbox, and why each stronger one was not taken."""

    sandbox: Sandbox
    troubles: tuple[str, ...] = ()


async def choose(mode: Mode, kinds: Sequence[Kind] = KINDS) -> Chosen:
    """The strongest sandbox that works here. Raises SandboxError where one is required and none works."""
    if mode == "plain":
        return Chosen(Plain())
    troubles: list[str] = []
    for kind in kinds:
        found = kind.installed()
        trouble = f"{kind.name} is not installed" if found is None else await trouble_of(found)
        if found is not None and trouble is None:
            return Chosen(found, tuple(troubles))
        troubles.append(str(trouble))
    if mode == "required":
        ways = " or ".join(f"type: {kind.install}" for kind in kinds)
        raise SandboxError(
            f"gate.sandbox is 'required', and no sandbox works here: {'; '.join(troubles)}",
            f"To get one, {ways}. Or set gate.sandbox to auto: plain processes.",
        )
    return Chosen(Plain(), tuple(troubles))


async def trouble_of(sandbox: Sandbox) -> str | None:
    """Why a sandbox does not work on this machine; None where it does."""
    with scratch() as folder:
        tree, secret = folder / "tree", folder / "secret"
        tree.mkdir()
        secret.write_text("secret")
        job = Job(
            command=f"echo works > probe && cat probe; cat {shlex.quote(str(secret))} 2> probe || true",
            cwd=tree,
            tree=tree,
            env={"PATH": os.environ.get("PATH", os.defpath)},
            timeout_s=PROBE_S,
            output=folder / "output",
        )
        try:
            ended = await sandbox.run(job)
        except SandboxError as err:
            return str(err)
        said = job.output.read_text("utf-8", "replace").strip()
    if ended.exit_code == 0 and said == "works":
        return None
    if sandbox.enforced and "secret" in said:
        return f"{sandbox.name} does not keep files away"
    return f"{sandbox.name} failed ({ended.exit_code}): {said[-SHOWN:]}"
