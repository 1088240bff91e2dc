"""Keeps secrets out of whatever leaves the process: logs, journals, prompts, pull requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

MASK = "***"

# Known shapes of credentials, for those that nobody registered.
RE_KNOWN = re.compile(
    r"sk-ant-[A-Za-z0-9_-]{16,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|github_pat_[A-Za-z0-9_]{30,}"
    r"|AKIA[0-9A-Z]{16}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    re.DOTALL,
)


def redacted_json(value: Any, redact: Callable[[str], str]) -> Any:
    """What JSON can hold, text by text: a secret must not take the quotes around it along."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: redacted_json(item, redact) for name, item in value.items()}
    return [redacted_json(item, redact) for item in value] if isinstance(value, list) else value


class Redactor:
    """Replaces registered values and known shapes. Values under 6 characters would mask ordinary text."""

    def __init__(self, *secrets: str) -> None:
        self._secrets: list[str] = []
        for secret in secrets:
            self.register(secret)

    def register(self, secret: str) -> None:
        for value in {secret, secret.strip()}:
            if len(value) >= 6 and value not in self._secrets:
                self._secrets.append(value)
        # Longest first: a secret that contains another one must go as a whole.
        self._secrets.sort(key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return RE_KNOWN.sub(MASK, text)
