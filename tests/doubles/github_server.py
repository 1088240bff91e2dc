"""The HTTP server: bytes in, bytes out, and connections that can be dropped on purpose."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .github_wire import NO_ANSWER, Incoming, Reply

Answer = Callable[[Incoming], Reply]
_Request = socket.socket | tuple[bytes, socket.socket]  # as socketserver has it


class Server(ThreadingHTTPServer):
    """Serves on a free port of the loopback in its own thread until `stop`."""

    request_queue_size = 128
    daemon_threads = False  # closing joins them: nothing of a test outlives it

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End all connections, and with them all threads: a client that keeps its own open keeps a thread."""
        self.shutdown()
        for connection in tuple(self._open):
            _hang_up(connection)
        self.server_close()
        self._thread.join()

    def get_request(self) -> tuple[socket.socket, object]:
        """Remember a connection before its thread starts, so that `stop` cannot miss one."""
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def close_request(self, request: _Request) -> None:
        """Forget a connection."""
        self._open.difference_update({request})
        super().close_request(request)

    def handle_error(self, request: _Request, client_address: object) -> None:
        """Say nothing when a client went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a kept connection waits 40 ms for every answer
    wbufsize = -1
    server: Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output clean."""

    def _serve(self) -> None:
        split = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Incoming(self.command, split.path, split.query, headers, self._body())
        reply = self.server.answer(request)
        if reply.status == NO_ANSWER:
            self.wfile.write(reply.payload)
            self.wfile.flush()
            self.close_connection = True
            _hang_up(self.connection)
        else:
            self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _body(self) -> bytes:
        # git sends a large pack in chunks.
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data

    def _send(self, reply: Reply) -> None:
        payload = reply.payload
        self.send_response(reply.status)
        if "content-type" not in reply.headers and reply.status != 204:
            self.send_header("content-type", "application/json; charset=utf-8")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("content-length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster
