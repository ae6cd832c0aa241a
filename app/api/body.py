"""The body of a request, as bytes: what a client posted is kept exactly as it came."""

from fastapi import Request

from app.errors import BodyTooLarge, UnsupportedMediaType

JSON = "application/json"


async def read_json_bytes(request: Request, max_bytes: int) -> bytes:
    """The whole body, which claims to be JSON. Raises UnsupportedMediaType, BodyTooLarge.

    ``request.state.body_is_unread`` says whether the client may still be sending when an error is answered.
    """
    request.state.body_is_unread = True
    _require_json(request)
    too_large = BodyTooLarge(f"The body is larger than {max_bytes} bytes, the most that this service reads.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise too_large
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > max_bytes:
            raise too_large
    request.state.body_is_unread = False
    return bytes(body)


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
