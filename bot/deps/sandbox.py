"""Which sandbox project code runs in, and when it may not run at all."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import SandboxError
from bot.ports.events import Events
from bot.ports.sandbox import Sandbox
from bot.sandboxes.probe import choose
from bot.settings import Settings
from bot.types.events import Said
from bot.types.spec import Gate


async def sandbox_for(gate: Gate, settings: Settings, beside: Sequence[str], events: Events) -> Sandbox:
    """Project code runs beside a key or a write token (`beside`) only inside an enforced sandbox."""
    sandbox = await choose(gate.sandbox)
    if sandbox.enforced:
        return sandbox
    wanted = gate.sandbox == "plain"
    why = "gate.sandbox is 'plain'" if wanted else "no sandbox works here"
    if beside and not settings.unsafe_plain:
        way_out = "Set gate.sandbox to auto" if wanted else "Install bubblewrap (apt-get install bubblewrap)"
        raise SandboxError(
            f"{why}, and the suite would run beside {' and '.join(beside)}",
            f"{way_out}, or accept the risk with --unsafe-plain.",
        )
    events.tell(Said(f"{why}: the suite runs as plain processes, with an empty environment", "warning"))
    return sandbox
