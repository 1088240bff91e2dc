"""Where the model is asked: one client of the SDK for each cloud, made from explicit settings.

The SDK would fall back on environment variables for what it is not told; so every client is told its address
and its credentials, and what is missing is an error here.
"""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

import anthropic
from anthropic import AsyncAnthropic, AsyncAnthropicBedrock, AsyncAnthropicFoundry, AsyncAnthropicVertex

from bot.errors import InputError

DIRECT_URL = "https://api.anthropic.com"
VERTEX_HOSTS = {
    "global": "aiplatform.googleapis.com",
    "us": "aiplatform.us.rep.googleapis.com",
    "eu": "aiplatform.eu.rep.googleapis.com",
}
FOREIGN_ERRORS = (("google.auth.exceptions", "GoogleAuthError"), ("botocore.exceptions", "BotoCoreError"))


class Cloud(StrEnum):
    ANTHROPIC = "anthropic"
    BEDROCK = "bedrock"
    VERTEX = "vertex"
    FOUNDRY = "foundry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service and the credentials for it. Nothing is read from the environment."""

    cloud: Cloud = Cloud.ANTHROPIC
    base_url: str | None = None
    """Any compatible address instead of the cloud's own."""
    api_key: str | None = field(default=None, repr=False)
    """A key of Anthropic, of Foundry, or Bedrock's bearer key."""
    token: str | None = field(default=None, repr=False)
    """A short-lived access token instead of a key: of Anthropic, or of Google for Vertex."""
    mint: Callable[[], Awaitable[str]] | None = field(default=None, repr=False)
    """Makes short-lived tokens when asked (keyless access): for Anthropic and for Foundry."""
    region: str | None = None
    project: str | None = None
    resource: str | None = None
    aws_access_key: str | None = field(default=None, repr=False)
    aws_secret_key: str | None = field(default=None, repr=False)
    aws_session_token: str | None = field(default=None, repr=False)
    aws_profile: str | None = None
    timeout_s: float = 600.0

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never leave the process: the redactor learns these."""
        values = (self.api_key, self.token, self.aws_access_key, self.aws_secret_key, self.aws_session_token)
        return tuple(value for value in values if value)


Client = AsyncAnthropic | AsyncAnthropicBedrock | AsyncAnthropicVertex | AsyncAnthropicFoundry


def _ensure(service: Service, told: bool, what: str) -> None:
    if not told:
        message = f"the claude engine has no {what} for {service.cloud.value!r}"
        raise InputError(
            message, "set it in the environment or the action's inputs, or use the recipe engine"
        )


def _ensure_installed(module: str, extra: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as err:
        message = f"the cloud {extra!r} with these credentials needs the package {module!r}, which is missing"
        raise InputError(message, f"pip install 'anthropic[{extra}]'") from err


class _Minted:
    """Tokens as the SDK asks for them. Expiry 0: whoever mints them keeps them, so it asks every time."""

    def __init__(self, mint: Callable[[], Awaitable[str]]) -> None:
        self._mint = mint

    async def __call__(self, *, force_refresh: bool = False) -> anthropic.AccessToken:
        return anthropic.AccessToken(await self._mint(), expires_at=0)


def _direct(service: Service) -> Client:
    static = service.api_key or service.token
    _ensure(service, bool(static or service.mint), "key")
    return AsyncAnthropic(
        api_key=service.api_key,
        auth_token=None if service.api_key else service.token,
        credentials=None if static or service.mint is None else _Minted(service.mint),
        base_url=service.base_url or DIRECT_URL,
        timeout=service.timeout_s,
        max_retries=0,
    )


def _bedrock(service: Service) -> Client:
    _ensure(service, bool(service.region), "region")
    signed = bool(service.aws_profile or (service.aws_access_key and service.aws_secret_key))
    _ensure(service, bool(service.api_key) or signed, "key (a bearer key, a profile, or key and secret)")
    if not service.api_key:
        _ensure_installed("boto3", "bedrock")
    return AsyncAnthropicBedrock(
        api_key=service.api_key,
        aws_region=service.region,
        aws_access_key=service.aws_access_key,
        aws_secret_key=service.aws_secret_key,
        aws_session_token=service.aws_session_token,
        aws_profile=service.aws_profile,
        base_url=service.base_url or f"https://bedrock-runtime.{service.region}.amazonaws.com",
        timeout=service.timeout_s,
        max_retries=0,
    )


def _vertex(service: Service) -> Client:
    _ensure(service, bool(service.region), "region")
    _ensure(service, bool(service.project), "project")
    if not service.token:
        _ensure_installed("google.auth", "vertex")
    host = VERTEX_HOSTS.get(service.region or "", f"{service.region}-aiplatform.googleapis.com")
    return AsyncAnthropicVertex(
        region=service.region or "",
        project_id=service.project or "",
        access_token=service.token,
        base_url=service.base_url or f"https://{host}/v1",
        timeout=service.timeout_s,
        max_retries=0,
    )


def _foundry(service: Service) -> Client:
    _ensure(service, bool(service.api_key or service.mint), "key")
    _ensure(service, bool(service.base_url or service.resource), "resource or base_url")
    return AsyncAnthropicFoundry(
        base_url=service.base_url or f"https://{service.resource}.services.ai.azure.com/anthropic/",
        api_key=None if service.mint else service.api_key,
        azure_ad_token_provider=service.mint,
        timeout=service.timeout_s,
        max_retries=0,
    )


def credential_errors() -> tuple[type[Exception], ...]:
    """What the clouds' own libraries raise where they find no credentials. They may not be installed."""
    found: list[type[Exception]] = [anthropic.CredentialsError]
    for module, name in FOREIGN_ERRORS:
        try:
            found.append(getattr(importlib.import_module(module), name))
        except ImportError:
            continue
    return tuple(found)


CONNECT = {
    Cloud.ANTHROPIC: _direct,
    Cloud.BEDROCK: _bedrock,
    Cloud.VERTEX: _vertex,
    Cloud.FOUNDRY: _foundry,
}


def connect(service: Service) -> Client:
    """A client whose own retries are off: ours are bounded, and each has its own reservation."""
    try:
        return CONNECT[service.cloud](service)
    except (ValueError, anthropic.AnthropicError) as err:
        raise InputError(f"the claude engine cannot use {service.cloud.value!r} like this: {err}") from err
