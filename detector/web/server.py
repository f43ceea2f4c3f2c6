"""/livez, /readyz and /metrics over HTTP, from a thread of its own."""

import contextlib
import hmac
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6, SHUT_RDWR, socket
from types import TracebackType
from typing import Any, Self

from detector.config import Web
from detector.errors import ConfigError, Fault
from detector.web.health import Health
from detector.web.metrics import CONTENT_TYPE, Metrics

TIMEOUT_S = 5.0  # for the whole request of a client that dawdles, and for each write
AT_ONCE = 16  # connections; probes and one scraper need three


class WebServer:
    """Serves from ``__enter__`` until ``__exit__``.

    Raises ConfigError at ``__enter__`` where the address cannot be listened on.

    timeout_s: after so long a client that dawdles is cut.
    """

    def __init__(
        self, settings: Web, health: Health, metrics: Metrics, *, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._settings = settings
        self._timeout_s = timeout_s
        self._routes: dict[str, Callable[[str], Answer]] = {
            "/livez": lambda _: _live(health),
            "/readyz": lambda _: _ready(health),
            "/metrics": lambda authorization: self._metrics(metrics, authorization),
        }
        self.port = settings.port

    def __enter__(self) -> Self:
        host, port = self._settings.host, self._settings.port
        try:
            self._server = _Server(host, port, self._routes, self._timeout_s)
        except OSError as error:
            raise ConfigError(
                Fault(
                    place="web.listen",
                    expected="an address that is free on this machine",
                    got=f"{host}:{port}: {error.strerror or error}",
                    hint="another process may hold the port; port 0 takes any free one.",
                )
            ) from error
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="web", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _metrics(self, metrics: Metrics, authorization: str) -> "Answer":
        token = self._settings.token
        if token is not None:
            expected = f"Bearer {token.reveal()}".encode()
            if not hmac.compare_digest(authorization.encode("utf-8", "replace"), expected):
                return Answer(HTTPStatus.UNAUTHORIZED, b"expected Authorization: Bearer TOKEN\n")
        return Answer(HTTPStatus.OK, metrics.render(), CONTENT_TYPE)


class Answer:
    """One answer to one request."""

    def __init__(
        self, status: HTTPStatus, body: bytes, content_type: str = "text/plain; charset=utf-8"
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type


def _live(health: Health) -> Answer:
    if health.is_live:
        return Answer(HTTPStatus.OK, b"live\n")
    return Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"the loop does not turn\n")


def _ready(health: Health) -> Answer:
    problems = health.problems
    if not problems:
        return Answer(HTTPStatus.OK, b"ready\n")
    return Answer(HTTPStatus.SERVICE_UNAVAILABLE, "".join(f"{p}\n" for p in problems).encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(
        self,
        host: str,
        port: int,
        routes: dict[str, Callable[[str], Answer]],
        client_timeout_s: float,
    ) -> None:
        self.routes = routes
        self.client_timeout_s = client_timeout_s
        self.free = threading.BoundedSemaphore(AT_ONCE)
        self.address_family = AF_INET6 if ":" in host else AF_INET
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Takes the connection, or closes it at once where too many are open."""
        if not self.free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    connection: socket
    server_version = "detector"
    sys_version = ""

    def setup(self) -> None:
        """Ends a request that takes too long, however slowly its bytes drip."""
        super().setup()
        self.connection.settimeout(self.server.client_timeout_s)
        self._cut = threading.Timer(self.server.client_timeout_s, self._end)
        self._cut.daemon = True
        self._cut.start()

    def finish(self) -> None:
        self._cut.cancel()
        super().finish()

    def do_GET(self) -> None:
        """Answers one request."""
        route = self.server.routes.get(self.path.partition("?")[0])
        if route is None:
            answer = Answer(HTTPStatus.NOT_FOUND, b"there are /livez, /readyz and /metrics\n")
        else:
            answer = route(self.headers.get("Authorization", ""))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_HEAD = do_GET  # noqa: N815  # the name that http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Probes come every few seconds: not an event."""

    def _end(self) -> None:
        with contextlib.suppress(OSError):  # the client went first
            self.connection.shutdown(SHUT_RDWR)
