"""The claude engine: the Messages API of Anthropic's own service, of its clouds, or of any compatible one."""

from bot.engines.claude.clouds import Cloud, Service
from bot.engines.claude.engine import ClaudeEngine, ClaudeSettings

__all__ = ["ClaudeEngine", "ClaudeSettings", "Cloud", "Service"]
