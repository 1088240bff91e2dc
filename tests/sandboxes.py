"""The sandboxes that work on this machine; tests of the others are skipped, and say so."""

from __future__ import annotations

import asyncio
from functools import cache

import pytest

from bot.ports.sandbox import Sandbox
from bot.sandboxes.plain import Plain
from bot.sandboxes.probe import KINDS, trouble_of


def works_here(name: str) -> Sandbox:
    if name == "plain":
        return Plain()
    found, trouble = _tried(name)
    if found is None or trouble:
        pytest.skip(f"{name} does not work here: this is NOT tested for it ({trouble})")
    return found


@cache
def _tried(name: str) -> tuple[Sandbox | None, str | None]:
    kind = next(kind for kind in KINDS if kind.name == name)
    found = kind.installed()
    return found, f"it is not installed: {kind.install}" if found is None else asyncio.run(trouble_of(found))
