"""A receiver on the loopback address that answers as a test says, and checks signatures with the published library."""

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Reply:
    """What to answer. drip_s: pause before each byte of the head, None to send it at once."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drip_s: float | None = None


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """The event, if the library accepts its signature. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """What came, and what is answered next; the last reply is given again and again.

    decide: says what is answered instead, from the request and how often its event has come.
    """

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.replies = list(replies)
        self.got: list[Got] = []
        self.port = 0
        self.ended = threading.Event()
        self.decide: Callable[[Got, int], Reply] | None = None
        self._came = threading.Condition()

    def take(self, got: Got) -> Reply:
        """Note a request, and what to answer."""
        with self._came:
            self.got.append(got)
            self._came.notify_all()
            if self.decide is not None:
                return self.decide(got, sum(one.headers["webhook-id"] == got.headers["webhook-id"] for one in self.got))
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def wait_for(self, number: int, timeout_s: float = 30) -> list[Got]:
        """The requests once there are so many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.got) >= number, timeout_s), f"{len(self.got)} of {number} came"
            return list(self.got)


@contextmanager
def receiving(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver while the block runs."""
    receiver = Receiver(replies or [Reply()])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the sender died on the way: no request came, and nobody is left to answer
            reply = receiver.take(Got(self.path, dict(self.headers.items()), body))
            head = f"HTTP/1.1 {reply.status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in reply.headers.items())
            if reply.drip_s is None:
                self.wfile.write(head.encode() + b"\r\n" + reply.body)
                return
            for byte in head.encode() + b"\r\n":
                self.wfile.write(bytes([byte]))
                if receiver.ended.wait(reply.drip_s):
                    return

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a sender that hangs up

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
