"""The composition root: alone in choosing adapters, and in tying services together."""

from bot.deps.gate import asked
from bot.deps.run import opened, serves, state_of
from bot.deps.status import announced

__all__ = ["announced", "asked", "opened", "serves", "state_of"]
