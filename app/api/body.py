"""The body of a request, as bytes: what a client posted is kept exactly as it came."""

from fastapi import Request

from app.errors import BodyTooLarge, UnsupportedMediaType

JSON = "application/json"
_READ = "body_read_ahead"


async def read_json_bytes(request: Request, max_bytes: int) -> bytes:
    """The whole body, which claims to be JSON. Raises UnsupportedMediaType, BodyTooLarge.

    ``request.state.body_is_unread`` says whether the client may still be sending when an error is answered.
    """
    read: bytes | None = request.scope["state"].pop(_READ, None)
    request.state.body_is_unread = read is None
    _require_json(request)
    if read is None:
        return await read_bytes(request, max_bytes)
    if len(read) > max_bytes:
        raise _too_large(max_bytes)
    return read


async def read_ahead(request: Request, max_bytes: int) -> bytes:
    """The whole body, for whoever needs it before the route, which reads it again. Raises BodyTooLarge."""
    body = await read_bytes(request, max_bytes)
    request.scope["state"][_READ] = body
    return body


async def read_bytes(request: Request, max_bytes: int) -> bytes:
    """The whole body, whatever it claims to be. Raises BodyTooLarge."""
    request.state.body_is_unread = True
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    request.state.body_is_unread = False
    return bytes(body)


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {max_bytes} bytes, the most that this service reads.")


def _require_json(request: Request) -> None:
    given = request.headers.get("content-type", "")
    media_type, _, parameters = given.lower().partition(";")
    if media_type.strip() != JSON:
        said = f"is '{given[:80]}'" if given else "is missing"
        raise UnsupportedMediaType(f"The header Content-Type {said}; send {JSON}.")
    charset = parameters.partition("charset=")[2].strip(' "')
    if charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType(f"The body's charset is '{charset[:40]}'; send UTF-8.")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise UnsupportedMediaType(f"The header Content-Encoding is '{encoding[:40]}'; send the body uncompressed.")
