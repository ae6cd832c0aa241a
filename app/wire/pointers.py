"""JSON Pointers (RFC 6901): how an error names a place of the body."""


def pointer(*tokens: str | int) -> str:
    """The pointer to the value under these keys and indices; ``""`` is the whole body."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
