"""What goes over the wire: requests, replies, and GitHub's ways to say no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]

DOCUMENTATION = "https://docs.github.com/rest"
NOT_ACCESSIBLE = "Resource not accessible by integration"


@dataclass(frozen=True)
class Incoming:
    """A request as it arrived; the path is still percent-encoded, header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def parameters(self) -> dict[str, str]:
        """The query, decoded; no operation here takes a name twice."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    """An answer. `data` is sent as JSON, or as it is where it is bytes or text."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The bytes of the body."""
        if self.data is None:
            return b""
        if isinstance(self.data, bytes):
            return self.data
        return (self.data if isinstance(self.data, str) else json.dumps(self.data)).encode()


# Instead of an answer the connection is closed, after the data of the reply if it has any.
NO_ANSWER = 0
DROPPED = Reply(NO_ANSWER)
# For git the answer must have begun: its HTTP library takes a kept connection that is silent for a stale one
# and repeats the request by itself, and the push would go through after all.
CUT_OFF = Reply(NO_ANSWER, b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status} {reply.data}")
        self.reply = reply


class NotModelled(Exception):
    """GitHub can do this, and this double cannot: a gap of the double, never an answer of GitHub's."""


def error(status: int, message: str, **more: Any) -> Reply:
    """Return an error as GitHub words it."""
    about = {"documentation_url": DOCUMENTATION, "status": str(status)}
    return Reply(status, {"message": message, **more, **about})


def refused(status: int, message: str) -> Refused:
    """Return an exception that answers with a plain error."""
    return Refused(error(status, message))


def invalid(*problems: Json) -> Refused:
    """Return an exception that answers 422 with a list of problems, each made by `flaw`."""
    return Refused(error(422, "Validation Failed", errors=list(problems)))


def flaw(resource: str, field: str = "", message: str = "", code: str = "invalid") -> Json:
    """Return one entry of a 422's list; with a message GitHub's code is always "custom"."""
    entry = {"resource": resource, "code": "custom" if message else code}
    return entry | ({"field": field} if field else {}) | ({"message": message} if message else {})
