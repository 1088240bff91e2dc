"""The composition root: alone in choosing adapters, and in tying services together."""

from bot.deps.gate import asked
from bot.deps.run import opened, serves, state_of

__all__ = ["asked", "opened", "serves", "state_of"]
