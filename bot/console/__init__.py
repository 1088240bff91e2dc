"""Shows a run to whoever watches it: a live display on a terminal, plain lines everywhere else."""

from bot.console.console import Console, console_for

__all__ = ["Console", "console_for"]
