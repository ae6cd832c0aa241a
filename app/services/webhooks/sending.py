"""One request to a place that a caller named: bounded in time and size, to addresses that were checked, no redirects.

Whatever happens is an answer; nothing is raised. Proxies and other settings of the environment have no say, but for
SSL_CERT_FILE and SSL_CERT_DIR, which say whom the machine trusts.
"""

import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic

import httpcore
import httpx

from app.services.webhooks.guard import RefusedError, Target, UnresolvedError, addresses_of

CONNECT_S, READ_S, TOTAL_S = 5.0, 10.0, 15.0
"""Longest wait for a connection, for the next bytes, and for all of an attempt, the name's lookup included."""
LARGEST_BODY_BYTES = 16_384
_MOST_ADDRESSES = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended. status_code: what was answered, None where nothing was.

    error: in words, None after a 2xx. retry_after_s: what the receiver asked for, None where it did not.
    is_blocked: whether it was not sent because it must not go there.
    """

    status_code: int | None
    error: str | None
    retry_after_s: float | None = None
    is_blocked: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the receiver has it: 2xx and nothing else."""
        return self.status_code is not None and 200 <= self.status_code < 300


def trusting() -> ssl.SSLContext:
    """Whom to trust: the usual authorities, or those of SSL_CERT_FILE or SSL_CERT_DIR. Takes a while to load."""
    return httpx.create_ssl_context()


def post(
    target: Target, headers: Mapping[str, str], body: bytes, trusted: ssl.SSLContext, *, deadline: float
) -> Answer:
    """Send ``body`` to ``target``. deadline: on the monotonic clock, in seconds; nothing is sent after it."""
    try:
        addresses = addresses_of(target)
        return _exchange(target, headers, body, trusted, _PinnedBackend(addresses, deadline))
    except RefusedError as error:
        return Answer(None, str(error), is_blocked=True)
    except UnresolvedError as error:
        return Answer(None, str(error))
    except httpcore.TimeoutException:
        return Answer(None, "The receiver took too long.")
    except httpcore.ConnectError as error:
        return Answer(None, _connect_error(error))
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        return Answer(None, f"The connection broke: {type(error).__name__}.")


def _exchange(
    target: Target, headers: Mapping[str, str], body: bytes, trusted: ssl.SSLContext, backend: "_PinnedBackend"
) -> Answer:
    url = httpcore.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
    )
    sent = {"Host": target.host_header, "Connection": "close", "Content-Length": str(len(body)), **headers}
    timeout = {"connect": CONNECT_S, "read": READ_S, "write": READ_S, "pool": CONNECT_S}
    with (
        httpcore.ConnectionPool(
            ssl_context=trusted, max_connections=1, max_keepalive_connections=0, network_backend=backend
        ) as pool,
        pool.stream("POST", url, headers=list(sent.items()), content=body, extensions={"timeout": timeout}) as response,
    ):
        with suppress(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
            _skim(response.iter_stream())
        return _answer(response)


def _skim(parts: Iterable[bytes]) -> None:
    """Read a little of the body, so that a well-behaved receiver is not cut off, and drop it."""
    size = 0
    for part in parts:
        size += len(part)
        if size > LARGEST_BODY_BYTES:
            return


def _answer(response: httpcore.Response) -> Answer:
    status = response.status
    if 200 <= status < 300:
        return Answer(status, None)
    error = f"The receiver answered {status}."
    if 300 <= status < 400:
        error = f"The receiver answered {status}; redirects are not followed."
    asked = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
    return Answer(status, error, retry_after_s(asked.decode("latin-1"), datetime.now(UTC)))


def retry_after_s(text: str, now: datetime) -> float | None:
    """What the header Retry-After asks for, in seconds from now: a number of them or a date; None if neither."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (zoned - now).total_seconds())


def _connect_error(error: httpcore.ConnectError) -> str:
    """Why there is no connection; only what the certificate is blamed for is told in the library's words."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"The receiver's certificate is not accepted: {cause.verify_message}."
    return "There is no TLS connection." if isinstance(cause, ssl.SSLError) else "There is no connection."


class _PinnedBackend(httpcore.NetworkBackend):
    """Connects to given addresses, whatever the host's name; the name is still what TLS is asked for."""

    def __init__(self, addresses: list[str], deadline: float) -> None:
        self._addresses = addresses[:_MOST_ADDRESSES]
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that takes it."""
        last: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            try:
                stream = self._network.connect_tcp(
                    address, port, _left_s(self._deadline, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return _BoundedStream(stream, self._deadline)
        raise last


class _BoundedStream(httpcore.NetworkStream):
    """A stream whose every step ends by the deadline, so that dripping bytes do not stretch it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left_s(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left_s(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left_s(self._deadline, timeout))
        return _BoundedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left_s(deadline: float, timeout: float | None) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the attempt's time is over")
    return left if timeout is None else min(left, timeout)
