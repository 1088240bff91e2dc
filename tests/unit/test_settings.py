"""Settings: flags > environment > spec > defaults, and no secret in sight."""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict

import pytest

from bot.errors import InputError
from bot.redact import Redactor
from bot.settings import Flags, Settings, effective_limits, parse_limits, resolve, with_engine
from bot.types.agent import Role
from bot.types.spec import AgentLimits, EngineName, Gate, Limits, Spec

KEY = "sk-test-not-a-known-shape-1234"


def _resolved(flags: Flags | None = None, /, **env: str) -> Settings:
    return resolve(flags or Flags(), env, Redactor())


def test_defaults() -> None:
    settings = _resolved()
    assert (settings.base, settings.engine, settings.forge, settings.out) == ("HEAD", None, "local", None)
    assert settings.limits == {}
    assert settings.environment.github.api_url == "https://api.github.com"
    assert not settings.environment.claude.reachable


def test_flags_win_over_the_environment() -> None:
    env = {"GATECREW_ENGINE": "scripted", "GATECREW_BASE": "v1", "GATECREW_LIMIT": "agents=3,dollars=1.5"}
    assert _resolved(**env).engine is EngineName.SCRIPTED
    assert _resolved(**env).base == "v1"
    settings = _resolved(Flags(engine="claude", base="v2", limits=("agents=7",)), **env)
    assert settings.engine is EngineName.CLAUDE
    assert settings.base == "v2"
    assert settings.limits == {"agents": 7, "dollars": 1.5}


def test_an_empty_variable_is_not_set() -> None:
    """In Actions an input that nobody gave arrives as an empty text."""
    settings = _resolved(GATECREW_ENGINE="", ANTHROPIC_API_KEY=" ", GITHUB_API_URL="")
    assert settings.engine is None
    assert not settings.environment.claude.reachable
    assert settings.environment.github.api_url == "https://api.github.com"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dollars", "not NAME=N"),
        ("dolars=3", "did you mean 'dollars'?"),
        ("agents=1.5", "not a whole number above 0"),
        ("dollars=many", "'many' is not a number above 0"),
        ("dollars=nan", "above 0"),
        ("minutes=inf", "above 0"),
        ("tokens=0", "above 0"),
        ("agents=-1", "above 0"),
        ("=3", "not known"),
    ],
)
def test_bad_limits_name_the_good_ones(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_limits([text])
    assert said in str(caught.value)
    assert text in str(caught.value)
    assert caught.value.exit_code == 2
    assert caught.value.hint


def test_unknown_limits_are_answered_with_all_names() -> None:
    with pytest.raises(InputError, match="dollars, tokens, agents, minutes, concurrency"):
        parse_limits(["x=1"])


def test_limits_override_the_specs_and_keep_the_rest() -> None:
    spec = Limits(dollars=5, agents=10, agent=AgentLimits(turns=3))
    limits = effective_limits(spec, parse_limits(["dollars=50", "concurrency=32", "tokens=1_000_000"]))
    assert (limits.dollars, limits.concurrency, limits.tokens) == (50, 32, 1_000_000)
    assert (limits.agents, limits.agent.turns) == (10, 3)


def test_limits_beyond_what_is_possible_are_refused() -> None:
    with pytest.raises(InputError, match=r"concurrency=300.*256"):
        effective_limits(Limits(), {"concurrency": 300})


def test_one_engine_for_every_role() -> None:
    spec = Spec(goal="x", gate=Gate(run="pytest"))
    assert with_engine(spec, None) is spec
    claude = with_engine(spec, EngineName.CLAUDE)
    assert {claude.engines.of(role) for role in Role} == {EngineName.CLAUDE}
    assert spec.engines.worker is EngineName.RECIPE


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (Flags(engine="cluade"), "did you mean 'claude'?"),
        (Flags(forge="gitlab"), "Known are: local, github"),
        (Flags(forge="github"), "there is no token"),
    ],
)
def test_what_cannot_be_is_told(flags: Flags, said: str) -> None:
    with pytest.raises(InputError) as caught:
        _resolved(flags)
    assert said in str(caught.value)


def test_secrets_do_not_print_and_are_redacted() -> None:
    redact = Redactor()
    env = {
        "ANTHROPIC_API_KEY": KEY,
        "GITHUB_TOKEN": "token-of-github-0123",
        "DEPLOY_PASSWORD": "horse-battery-staple",
        "SSH_PRIVATE_KEY": "/home/me/.ssh/id_ed25519",
        "PATH": "/usr/bin/path-that-stays",
    }
    settings = resolve(Flags(forge="github"), env, redact)
    printed = f"{settings} {settings!r} {asdict(settings)} {json.dumps(asdict(settings), default=str)}"
    for name in ("ANTHROPIC_API_KEY", "GITHUB_TOKEN", "DEPLOY_PASSWORD"):
        assert env[name] not in printed
        assert redact(f"see {env[name]}!") == "see ***!"
    assert redact(env["SSH_PRIVATE_KEY"]) == env["SSH_PRIVATE_KEY"]
    assert redact(env["PATH"]) == env["PATH"]
    key = settings.environment.claude.api_key
    assert key is not None
    assert key.get_secret_value() == KEY
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_project_code_gets_a_short_environment() -> None:
    env = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "GITHUB_TOKEN": "token-of-github-0123",
        "PIP_INDEX_URL": "https://me:secret@index.example/simple",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "PYTHONPATH": "/x",
    }
    assert _resolved(**env).environment.host == {"PATH": "/bin", "HTTPS_PROXY": "http://proxy.example:3128"}


@pytest.mark.parametrize(
    ("env", "default_branch", "base"),
    [
        ({"GITHUB_BASE_REF": "main"}, None, "HEAD"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "release"}, "main", "origin/release"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "topic"}, "main", "origin/main"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "main"}, "main", "HEAD"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "main"}, None, "HEAD"),
    ],
)
def test_in_actions_the_base_is_the_pull_requests_or_the_default_branch(
    env: dict[str, str], default_branch: str | None, base: str
) -> None:
    assert resolve(Flags(), env, Redactor(), default_branch=default_branch).base == base


def test_clouds() -> None:
    env = {
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "AWS_REGION": "eu-central-1",
        "AWS_SECRET_ACCESS_KEY": "aws-secret-key-0",
    }
    redact = Redactor()
    bedrock = resolve(Flags(), env, redact).environment.claude
    assert (bedrock.cloud, bedrock.region, bedrock.reachable) == ("bedrock", "eu-central-1", True)
    assert redact("aws-secret-key-0") == "***"
    vertex = _resolved(
        GATECREW_CLOUD="vertex",
        ANTHROPIC_VERTEX_PROJECT_ID="p",
        CLOUD_ML_REGION="global",
        ANTHROPIC_API_KEY=KEY,
    ).environment.claude
    assert (vertex.cloud, vertex.project, vertex.region, vertex.api_key) == ("vertex", "p", "global", None)
    foundry = _resolved(
        CLAUDE_CODE_USE_FOUNDRY="true", ANTHROPIC_FOUNDRY_RESOURCE="r", ANTHROPIC_FOUNDRY_API_KEY=KEY
    ).environment.claude
    assert (foundry.cloud, foundry.resource) == ("foundry", "r")
    assert foundry.api_key is not None
    with pytest.raises(InputError, match="different clouds"):
        _resolved(CLAUDE_CODE_USE_BEDROCK="1", CLAUDE_CODE_USE_VERTEX="1")


def test_terminal() -> None:
    plain = _resolved(NO_COLOR="1", COLUMNS="132", GITHUB_ACTIONS="true").environment.terminal
    assert (plain.color, plain.columns, plain.ci) == (False, 132, True)
    other = _resolved(COLUMNS="wide", TERM="dumb", FORCE_COLOR="1").environment.terminal
    assert (other.color, other.columns, other.ci, other.dumb) == (True, None, False, True)


def test_a_repository_has_an_owner_and_a_name() -> None:
    with pytest.raises(InputError, match="OWNER/NAME"):
        _resolved(GITHUB_REPOSITORY="nobody")
