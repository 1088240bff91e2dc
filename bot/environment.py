"""What the environment says: the way to the models, GitHub, the terminal. Read once, from a mapping.

Secrets are kept in a type that does not print, and are registered with the redactor before anybody can
hold them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import SecretStr

from bot.errors import InputError
from bot.redact import Redactor

Env = Mapping[str, str]
Cloud = Literal["anthropic", "bedrock", "vertex", "foundry"]

CLOUD_SWITCHES: Mapping[str, Cloud] = {
    "CLAUDE_CODE_USE_BEDROCK": "bedrock",
    "CLAUDE_CODE_USE_VERTEX": "vertex",
    "CLAUDE_CODE_USE_FOUNDRY": "foundry",
}

BASE_URLS: Mapping[Cloud, str] = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "bedrock": "ANTHROPIC_BEDROCK_BASE_URL",
    "vertex": "ANTHROPIC_VERTEX_BASE_URL",
    "foundry": "ANTHROPIC_FOUNDRY_BASE_URL",
}

RE_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
RE_SECRET_NAME = re.compile(r"(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|PRIVATE_KEY|SIGNING_KEY)$")
SHORTEST_SECRET = 12

# What project code may see of the environment: no home folder, no token, nothing that we do not know.
HOST_NAMES = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PKG_CONFIG_PATH"),
    *("pythonLocation", "Python_ROOT_DIR", "JAVA_HOME", "GOROOT", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("REQUESTS_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("ImageOS", "ImageVersion"),
    *("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"),
)
RE_LOGIN_IN_URL = re.compile(r"//[^/\s]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claude:
    """The way to the models: which cloud, and with which key."""

    cloud: Cloud = "anthropic"
    api_key: SecretStr | None = None
    token: SecretStr | None = None
    """A short-lived access token instead of a key: of Anthropic, or of Google for Vertex."""
    base_url: str | None = None
    region: str | None = None
    project: str | None = None
    """Vertex's project."""
    resource: str | None = None
    """Foundry's resource."""
    aws_access_key: SecretStr | None = None
    aws_secret_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None
    aws_profile: str | None = None

    @property
    def reachable(self) -> bool:
        """Whether there is a credential to try; the other clouds look theirs up themselves."""
        return self.cloud != "anthropic" or self.api_key is not None or self.token is not None

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        found = (self.api_key, self.token, self.aws_access_key, self.aws_secret_key, self.aws_session_token)
        return tuple(secret for secret in found if secret is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """GitHub as the environment tells it, inside of Actions and outside."""

    token: SecretStr | None = None
    repository: str | None = None
    api_url: str = "https://api.github.com"
    server_url: str = "https://github.com"
    actions: bool = False
    event_name: str | None = None
    event_path: Path | None = None
    run_id: str | None = None
    run_attempt: str | None = None
    actor: str | None = None
    output: Path | None = None
    step_summary: Path | None = None
    oidc_url: str | None = None
    """Where Actions mints identity tokens, for keyless access to the clouds."""
    oidc_token: SecretStr | None = None

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        return tuple(secret for secret in (self.token, self.oidc_token) if secret is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """What the environment says of the output. Whether it is a terminal, the stream knows."""

    color: bool | None = None
    """None: where the output can show it."""
    columns: int | None = None
    ci: bool = False
    dumb: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    claude: Claude
    github: GitHub
    terminal: Terminal
    host: Mapping[str, str]
    """The allow-listed environment of project code: no home folder, no secret."""

    @classmethod
    def read(cls, env: Env, redact: Redactor) -> Environment:
        _register(env, redact)
        claude, github = _claude(env), _github(env)
        for secret in (*claude.secrets, *github.secrets):
            redact.register(secret.get_secret_value())
        return cls(claude=claude, github=github, terminal=_terminal(env), host=_host(env))


def ensure_known(word: str, known: Iterable[str], source: str) -> str:
    """The word, if it is a known one."""
    words = [str(name) for name in known]
    if word in words:
        return word
    close = get_close_matches(word.lower(), words, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    raise InputError(f"{source}: {word!r} is not known{guess}", f"Known are: {', '.join(words)}")


def _secret(env: Env, *names: str) -> SecretStr | None:
    value = first(env, *names)
    return SecretStr(value) if value else None


def first(env: Env, *names: str) -> str | None:
    """The first that says something: in Actions an input that nobody set is an empty variable."""
    return next((value for name in names if (value := env.get(name, "").strip())), None)


def is_on(env: Env, name: str) -> bool:
    return env.get(name, "").strip().lower() in ("1", "true", "yes", "on")


def _path(env: Env, name: str) -> Path | None:
    value = first(env, name)
    return Path(value) if value else None


def _cloud(env: Env) -> Cloud:
    if word := first(env, "GATECREW_CLOUD"):
        return cast(Cloud, ensure_known(word, get_args(Cloud), "GATECREW_CLOUD"))
    switched = [(name, cloud) for name, cloud in CLOUD_SWITCHES.items() if is_on(env, name)]
    if len(switched) > 1:
        names = " and ".join(name for name, _ in switched)
        raise InputError(
            f"{names} are both set, and choose different clouds", f"Type: unset {switched[1][0]}"
        )
    return switched[0][1] if switched else "anthropic"


def _claude(env: Env) -> Claude:
    """Only what belongs to the chosen cloud: a key of another one must not go to it."""
    cloud = _cloud(env)
    base_url = first(env, BASE_URLS[cloud])
    match cloud:
        case "anthropic":
            key, token = _secret(env, "ANTHROPIC_API_KEY"), _secret(env, "ANTHROPIC_AUTH_TOKEN")
            return Claude(cloud=cloud, base_url=base_url, api_key=key, token=token)
        case "bedrock":
            return Claude(
                cloud=cloud,
                base_url=base_url,
                api_key=_secret(env, "AWS_BEARER_TOKEN_BEDROCK"),
                region=first(env, "AWS_REGION", "AWS_DEFAULT_REGION"),
                aws_access_key=_secret(env, "AWS_ACCESS_KEY_ID"),
                aws_secret_key=_secret(env, "AWS_SECRET_ACCESS_KEY"),
                aws_session_token=_secret(env, "AWS_SESSION_TOKEN"),
                aws_profile=first(env, "AWS_PROFILE"),
            )
        case "vertex":
            return Claude(
                cloud=cloud,
                base_url=base_url,
                token=_secret(env, "GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"),
                region=first(env, "CLOUD_ML_REGION"),
                project=first(env, "ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT"),
            )
        case "foundry":
            key, resource = (
                _secret(env, "ANTHROPIC_FOUNDRY_API_KEY"),
                first(env, "ANTHROPIC_FOUNDRY_RESOURCE"),
            )
            return Claude(cloud=cloud, base_url=base_url, api_key=key, resource=resource)


def _github(env: Env) -> GitHub:
    repository = first(env, "GITHUB_REPOSITORY")
    if repository and not RE_REPOSITORY.fullmatch(repository):
        raise InputError(
            f"GITHUB_REPOSITORY: {repository!r} is not OWNER/NAME",
            "Type: export GITHUB_REPOSITORY=OWNER/NAME",
        )
    return GitHub(
        token=_secret(env, "GITHUB_TOKEN", "GH_TOKEN"),
        repository=repository,
        api_url=(first(env, "GITHUB_API_URL") or "https://api.github.com").rstrip("/"),
        server_url=(first(env, "GITHUB_SERVER_URL") or "https://github.com").rstrip("/"),
        actions=is_on(env, "GITHUB_ACTIONS"),
        event_name=first(env, "GITHUB_EVENT_NAME"),
        event_path=_path(env, "GITHUB_EVENT_PATH"),
        run_id=first(env, "GITHUB_RUN_ID"),
        run_attempt=first(env, "GITHUB_RUN_ATTEMPT"),
        actor=first(env, "GITHUB_ACTOR"),
        output=_path(env, "GITHUB_OUTPUT"),
        step_summary=_path(env, "GITHUB_STEP_SUMMARY"),
        oidc_url=first(env, "ACTIONS_ID_TOKEN_REQUEST_URL"),
        oidc_token=_secret(env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    )


def _terminal(env: Env) -> Terminal:
    columns = first(env, "COLUMNS") or ""
    color = False if env.get("NO_COLOR") else (True if env.get("FORCE_COLOR") else None)
    return Terminal(
        color=color,
        columns=int(columns) if re.fullmatch(r"[1-9][0-9]{0,3}", columns) else None,
        ci=is_on(env, "CI") or is_on(env, "GITHUB_ACTIONS"),
        dumb=env.get("TERM") == "dumb",
    )


def _host(env: Env) -> dict[str, str]:
    return {name: env[name] for name in HOST_NAMES if name in env and not RE_LOGIN_IN_URL.search(env[name])}


def _register(env: Env, redact: Redactor) -> None:
    """Everything that is named like a secret, whether we use it or not."""
    for name, value in env.items():
        if RE_SECRET_NAME.search(name) and len(value) >= SHORTEST_SECRET and not value.startswith("/"):
            redact.register(value)
