"""The stable codes of errors and warnings, with their meaning: what GET /v1/problem-types publishes."""

from app.errors import ServiceError
from app.wire.reference import ProblemType


def _subclasses(of: type[ServiceError]) -> list[type[ServiceError]]:
    return [of, *(inner for each in of.__subclasses__() for inner in _subclasses(each))]


_ERRORS: dict[str, str] = {}
_WARNINGS: dict[str, str] = {}

PROBLEM_TYPES: list[ProblemType] = [
    *(
        ProblemType(name=error.code, title=error.title, severity="error", status=error.status)
        for error in sorted(_subclasses(ServiceError), key=lambda error: (error.status, error.code))
    ),
    *(ProblemType(name=name, title=title, severity="error", status=None) for name, title in sorted(_ERRORS.items())),
    *(
        ProblemType(name=name, title=title, severity="warning", status=None)
        for name, title in sorted(_WARNINGS.items())
    ),
]
