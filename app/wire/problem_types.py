"""The stable codes of errors and warnings, with their meaning: what GET /v1/problem-types publishes."""

from app.errors import ServiceError
from app.wire.fault_codes import ERRORS, WARNINGS
from app.wire.reference import ProblemType, Severity


def _subclasses(of: type[ServiceError]) -> list[type[ServiceError]]:
    return [of, *(inner for each in of.__subclasses__() for inner in _subclasses(each))]


_FAILURES = {"service_stopped": "The service stopped while the optimization was being solved"}


def _severities(name: str) -> list[Severity]:
    lists: dict[Severity, dict[str, str]] = {"error": {**ERRORS, **_FAILURES}, "warning": WARNINGS}
    return [severity for severity, names in lists.items() if name in names]


def _problem_types() -> list[ProblemType]:
    """Errors of a whole request by status, then the codes of single faults and warnings by name."""
    whole = [
        ProblemType(name=error.code, title=error.title, severities=["error"], status=error.status)
        for error in sorted(_subclasses(ServiceError), key=lambda error: (error.status, error.code))
    ]
    titles = {**WARNINGS, **ERRORS, **_FAILURES}
    single = [
        ProblemType(
            name=name,
            title=titles[name],
            severities=_severities(name),
            status=None,
        )
        for name in sorted(titles)
    ]
    return whole + single


PROBLEM_TYPES = _problem_types()
