"""The Messages API on 127.0.0.1: real HTTP, answers from a list or from a function of the request.

It holds clients to the API's rules (see `problems_of`): a request that breaks one is answered with 400 and
fails the test at the end. `requests` are the bodies, `headers` the headers, in the order of arrival.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.doubles.anthropic_contract import problems_of

Body = dict[str, Any]

RE_CLOUD_MODEL = re.compile(r"/model/([^/]+)/invoke$|/models/([^/:]+):rawPredict$")


@dataclass(frozen=True)
class Answer:
    """What the server does with one request."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    drop: bool = False


def usage(given: int = 100, produced: int = 20, *, read: int = 0, written: int = 0) -> dict[str, int]:
    return {
        "input_tokens": given,
        "output_tokens": produced,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
    }


def message(*content: Mapping[str, Any], stop: str | None = "end_turn", **more: Any) -> Answer:
    """A whole answer of the model."""
    body = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test", "usage": usage()}
    return Answer(body={**body, "content": list(content), "stop_reason": stop, **more})


def text(said: str, stop: str = "end_turn", **more: Any) -> Answer:
    return message({"type": "text", "text": said}, stop=stop, **more)


def structured(value: Any, **more: Any) -> Answer:
    return text(json.dumps(value), **more)


def calls(*wanted: tuple[str, Mapping[str, Any]], prefix: str = "toolu", **more: Any) -> Answer:
    """An answer that calls tools: `calls(("read", {"path": "a.py"}))`."""
    blocks = [
        {"type": "tool_use", "id": f"{prefix}_{number}", "name": name, "input": dict(arguments)}
        for number, (name, arguments) in enumerate(wanted)
    ]
    return message(*blocks, **{"stop": "tool_use", **more})


def error(status: int, kind: str = "api_error", said: str = "it failed", **headers: str) -> Answer:
    """`headers` by their names with underscores: `retry_after="3"`."""
    body = {"type": "error", "error": {"type": kind, "message": said}}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def overloaded() -> Answer:
    return error(529, "overloaded_error", "Overloaded")


def dropped() -> Answer:
    """The line breaks after the request was read."""
    return Answer(drop=True)


def malformed() -> Answer:
    return Answer(body=b'{"content": [')


def slow(wait_s: float, answer: Answer) -> Answer:
    return replace(answer, wait_s=wait_s)


Script = Iterable[Answer] | Callable[[Body], Answer]


class AnthropicDouble:
    """`with AnthropicDouble([text("hello")]) as api: ... api.url`."""

    def __init__(self, script: Script) -> None:
        self._answering = script if callable(script) else _in_turn(iter(script))
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.requests: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.problems: list[str] = []
        self.inside = 0
        self.most_inside = 0
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def said(self) -> str:
        """Everything that was sent, as one text."""
        return json.dumps(self.requests, ensure_ascii=False)

    def __enter__(self) -> AnthropicDouble:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        assert kind is not None or not self.problems, self.problems

    def reply_to(self, path: str, headers: Mapping[str, str], body: Body) -> Answer:
        """Record a request and choose its answer."""
        found = RE_CLOUD_MODEL.search(path)
        if found:
            body = {"model": found[1] or found[2], **body}
        with self._lock:
            self.requests.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()})
            problems = problems_of(body, self.headers[-1])
            self.problems += problems
            if problems:
                return error(400, "invalid_request_error", "; ".join(problems))
            return self._answering(body)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the requests that are being answered at the same time."""
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        try:
            yield
        finally:
            with self._lock:
                self.inside -= 1

    def wait(self, seconds: float) -> None:
        """Ends early where the test is over."""
        self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, double: AnthropicDouble) -> None:
        self.double = double
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length", 0)))
        double = self.server.double
        with double.counted():
            answer = double.reply_to(self.path, dict(self.headers.items()), json.loads(data))
            if answer.wait_s:
                double.wait(answer.wait_s)
        if answer.drop:
            self._drop()
        else:
            self._send(answer)

    def _drop(self) -> None:
        self.close_connection = True
        # Linger 0: the client sees a reset, as from a machine that went away.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _send(self, answer: Answer) -> None:
        data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        try:
            self.send_response(answer.status)
            for name, value in {"content-type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        return None


def _in_turn(answers: Iterator[Answer]) -> Callable[[Body], Answer]:
    def answering(_body: Body) -> Answer:
        return next(answers, error(400, "invalid_request_error", "the test has no answer left"))

    return answering


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """For tests that must see a request arrive before they go on."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.005)
