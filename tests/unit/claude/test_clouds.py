"""One client for each cloud, from explicit settings, all of them against the same server."""

from __future__ import annotations

import dataclasses
import importlib.util

import pytest

from bot.engines.claude.clouds import Cloud, Service, connect, credential_errors
from bot.errors import InputError
from bot.types.agent import ReplyKind
from tests.doubles.anthropic_api import AnthropicDouble, structured
from tests.doubles.bench import FakeMeter
from tests.doubles.tasks import KEY, question_task, run, talking, worker_bench


async def minted() -> str:
    return "minted-token-123"


SERVICES = {
    "key": (Service(api_key=KEY), f"Bearer {KEY}"),
    "token": (Service(token="token-12345"), "Bearer token-12345"),
    "minted": (Service(mint=minted), "Bearer minted-token-123"),
    "bedrock": (Service(cloud=Cloud.BEDROCK, api_key=KEY, region="us-east-1"), f"Bearer {KEY}"),
    "vertex": (Service(cloud=Cloud.VERTEX, token="g-1234567", region="eu", project="p"), "Bearer g-1234567"),
    "foundry": (Service(cloud=Cloud.FOUNDRY, api_key=KEY), KEY),
    "foundry minted": (Service(cloud=Cloud.FOUNDRY, mint=minted), "Bearer minted-token-123"),
}


@pytest.mark.parametrize("name", SERVICES)
def test_every_cloud_answers(name: str) -> None:
    """Same request, same answer; the credential goes where the cloud wants it."""
    service, sent = SERVICES[name]
    with AnthropicDouble([structured({"n": 1})]) as api:

        async def perform() -> None:
            told = dataclasses.replace(service, base_url=api.url, timeout_s=10)
            async with talking(api, service=told) as engine:
                schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
                reply = await engine.perform(question_task(schema=schema), worker_bench(), FakeMeter())
                assert reply.kind is ReplyKind.ANSWER

        run(perform())
    (headers,) = api.headers
    assert sent in (headers.get("authorization"), headers.get("x-api-key"))
    assert api.requests[0]["output_config"]["format"]["type"] == "json_schema"


def test_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another key or address that lies around is not used."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "somebody-elses")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    client = connect(Service(token="mine-123"))
    assert str(client.base_url).startswith("https://api.anthropic.com")
    assert client.api_key is None  # type: ignore[union-attr]
    run(client.close())


@pytest.mark.parametrize(
    ("service", "missing"),
    [
        (Service(), "no key for 'anthropic'"),
        (Service(cloud=Cloud.BEDROCK, api_key=KEY), "no region for 'bedrock'"),
        (Service(cloud=Cloud.BEDROCK, region="r"), "no key"),
        (Service(cloud=Cloud.VERTEX, token="t"), "no region"),
        (Service(cloud=Cloud.VERTEX, token="t", region="r"), "no project"),
        (Service(cloud=Cloud.FOUNDRY, resource="r"), "no key"),
        (Service(cloud=Cloud.FOUNDRY, api_key=KEY), "no resource or base_url"),
    ],
)
def test_what_is_missing_is_an_input_error(service: Service, missing: str) -> None:
    with pytest.raises(InputError, match=missing) as caught:
        connect(service)
    assert caught.value.hint


@pytest.mark.skipif(importlib.util.find_spec("boto3") is not None, reason="boto3 is installed here")
def test_a_missing_extra_is_named() -> None:
    with pytest.raises(InputError) as caught:
        connect(Service(cloud=Cloud.BEDROCK, region="us-east-1", aws_profile="work"))
    assert caught.value.hint == "pip install 'anthropic[bedrock]'"


def test_secrets_are_neither_shown_nor_forgotten() -> None:
    service = Service(api_key=KEY, aws_secret_key="aws-secret-123")
    assert service.secrets == (KEY, "aws-secret-123")
    assert KEY not in repr(service)
    assert "aws-secret" not in repr(service)


def test_errors_of_libraries_that_are_not_installed_are_left_out() -> None:
    assert all(issubclass(error, Exception) for error in credential_errors())
