"""Which sandbox project code runs in, and when it may not run at all."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import SandboxError
from bot.ports.events import Events
from bot.ports.sandbox import Sandbox
from bot.sandboxes.probe import KINDS, choose
from bot.settings import Settings
from bot.types.events import Said
from bot.types.spec import Gate


async def sandbox_for(gate: Gate, settings: Settings, beside: Sequence[str], events: Events) -> Sandbox:
    """Project code runs beside a key or a write token (`beside`) only inside an enforced sandbox."""
    chosen = await choose(gate.sandbox)
    sandbox = chosen.sandbox
    if sandbox.enforced:
        if chosen.troubles:
            events.tell(Said(f"{sandbox.name} is the sandbox here: {'; '.join(chosen.troubles)}"))
        return sandbox
    wanted = gate.sandbox == "plain"
    why = "gate.sandbox is 'plain'" if wanted else "no sandbox works here"
    told = "" if wanted else f" ({'; '.join(chosen.troubles)})"
    if beside and not settings.unsafe_plain:
        ways = " or ".join(f"{kind.name} ({kind.install})" for kind in KINDS)
        way_out = "Set gate.sandbox to auto" if wanted else f"Install {ways}"
        raise SandboxError(
            f"{why}{told}, and the suite would run beside {' and '.join(beside)}",
            f"{way_out}, or accept the risk with --unsafe-plain.",
        )
    open_to = ", ".join(sandbox.weaknesses)
    events.tell(Said(f"{why}{told}: the suite runs as plain processes, and can reach {open_to}", "warning"))
    return sandbox
