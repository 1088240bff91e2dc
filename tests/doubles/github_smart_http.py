"""Git over smart HTTP: the bare repository behind `git http-backend`, and GitHub's say on who may push."""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
from dataclasses import dataclass

from .github_git import BareRepo
from .github_wire import Incoming, Reply

# GitHub serves a repository with and without ".git"; actions/checkout asks without.
GIT_PATH = re.compile(
    r"/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?(?P<rest>/(?:info/refs|git-upload-pack|git-receive-pack))"
)
USER = "x-access-token"


@dataclass(frozen=True)
class Push:
    """One ref that a push moved. Nothing before: the ref was made; nothing after: it was deleted."""

    ref: str
    before: str | None
    after: str | None
    forced: bool


def is_push(request: Incoming, rest: str) -> bool:
    """Tell whether a request is one of the two of a push: the question about refs, or the pack."""
    return rest == "/git-receive-pack" or "service=git-receive-pack" in request.query


def basic_token(authorization: str) -> str | None:
    """Return the token of a basic-auth header, or None when its user is not the one that tokens come with."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, token = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return token if user == USER else None


def ask_for_token() -> Reply:
    """Return the answer that makes git look for a password."""
    text = "Invalid username or token. Password authentication is not supported for Git operations.\n"
    return Reply(401, text, {"www-authenticate": 'Basic realm="GitHub"'})


def serve(repo: BareRepo, request: Incoming, rest: str, login: str) -> Reply:
    """Hand a request to git's own CGI program."""
    env = {
        **repo.env,
        "GIT_PROJECT_ROOT": str(repo.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repo.path.name}{rest}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query,
        "REMOTE_USER": login,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
    }
    done = subprocess.run(
        ["git", "http-backend"], env=env, input=request.body, capture_output=True, check=False
    )
    return _cgi_reply(done.stdout)


def moved_refs(repo: BareRepo, before: dict[str, str], after: dict[str, str]) -> list[Push]:
    """Return what a push changed."""
    changed = sorted(ref for ref in before.keys() | after.keys() if before.get(ref) != after.get(ref))
    return [_push(repo, ref, before.get(ref), after.get(ref)) for ref in changed]


def _push(repo: BareRepo, ref: str, before: str | None, after: str | None) -> Push:
    forced = bool(before and after and not repo.contains(after, before))
    return Push(ref, before, after, forced)


def _cgi_reply(output: bytes) -> Reply:
    head, _, body = output.partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode("latin-1").split("\r\n"))
    headers = {name.lower(): value for name, _, value in lines if name}
    status = int(headers.pop("status", "200 OK").split()[0])
    return Reply(status, body, headers)
