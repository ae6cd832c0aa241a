"""Briefs: read, checked and translated, before anything is stored or solved."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from app.errors import Fault, InvalidBrief
from app.services import resource
from app.services.opened import benchmarks_at
from app.services.translate import Campaign, currency_in, translate, translate_columns, wanted_dimensions
from app.services.webhooks import guard
from app.settings import Settings
from app.wire.objective import Solver
from app.wire.optimization import Issue, Reproducibility
from app.wire.parse import parse_brief, parse_brief_head
from app.wire.problem import issue_of
from app.wire.validity import Validation
from optimizer.forecast.benchmarks import Benchmarks

ANY_NUMBER = 2**62
"""Candidates that a stored brief may have: it was accepted when it came."""


@dataclass(frozen=True, eq=False, slots=True)
class Received:
    """A brief that can be solved. raw: its bytes as they came at received_at."""

    raw: bytes
    received_at: datetime
    campaign: Campaign
    reproducibility: Reproducibility
    read_s: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is kept of a brief that can be solved, besides its bytes: small, since it may come from another process."""

    label: str | None
    warnings: list[Issue]
    reproducibility: Reproducibility
    time_limit_s: float
    webhook_url: str | None

    @classmethod
    def of(cls, received: Received) -> "Accepted":
        """The same of a brief that was read here."""
        campaign = received.campaign
        return cls(
            label=campaign.brief.label,
            warnings=[issue_of(fault) for fault in campaign.warnings],
            reproducibility=received.reproducibility,
            time_limit_s=campaign.brief.solver.limits().time_limit_s,
            webhook_url=campaign.brief.webhook_url,
        )


def read(
    raw: bytes,
    received_at: datetime,
    settings: Settings,
    benchmarks: Benchmarks,
    *,
    max_candidates: int | None = None,
) -> Received:
    """Check and translate a brief. Raises MalformedJson, InvalidBrief, BodyTooLarge with all that is wrong.

    max_candidates: instead of the settings', for a brief that was accepted before.
    """
    start = perf_counter()
    brief = parse_brief(raw, max_candidates or settings.max_candidates)
    refuse_long(brief.solver, settings)
    read_s = perf_counter() - start
    campaign = translate(brief, benchmarks)
    reproduced_by = resource.reproducibility(raw, brief.solver.seed, benchmarks)
    return Received(raw, received_at, campaign, reproduced_by, read_s)


def read_stored(raw: bytes, received_at: datetime, benchmarks: Benchmarks) -> Received:
    """A brief that was accepted before, whatever the limits are by now."""
    start = perf_counter()
    brief = parse_brief(raw, ANY_NUMBER)
    read_s = perf_counter() - start
    campaign = translate(brief, benchmarks)
    return Received(raw, received_at, campaign, resource.reproducibility(raw, brief.solver.seed, benchmarks), read_s)


def read_with_file(
    raw: bytes, candidates: Path, received_at: datetime, settings: Settings, benchmarks: Benchmarks
) -> Received:
    """Check and translate a brief whose candidates are in a file.

    Raises MalformedJson, InvalidBrief, InvalidCandidateFile with all that is wrong, OSError for an unreadable file.
    """
    from app.services.candidate_files import read_candidates  # its reader takes longer to import than a brief to solve

    start = perf_counter()
    brief = parse_brief_head(raw)
    refuse_long(brief.solver, settings)
    made = read_candidates(candidates, currency_in(brief), wanted_dimensions(brief))
    read_s = perf_counter() - start
    campaign = translate_columns(brief, made, benchmarks)
    reproduced_by = resource.reproducibility(raw, brief.solver.seed, benchmarks, candidates)
    return Received(raw, received_at, campaign, reproduced_by, read_s)


def accepted(settings: Settings, raw: bytes, received_at: datetime) -> Accepted:
    """Check a brief that shall be stored and solved later. Raises as ``read`` does."""
    received = read(raw, received_at, settings, benchmarks_at(settings.benchmarks_path))
    refuse_webhook(received.campaign.brief.webhook_url, settings)
    return Accepted.of(received)


def refuse_long(solver: Solver, settings: Settings) -> None:
    """Raise InvalidBrief when a solve may take longer than the service allows."""
    asked_s, longest_s = solver.limits().time_limit_s, settings.max_time_limit.total_seconds()
    if asked_s > longest_s:
        detail = f"The time limit is {asked_s:g} s; this service allows at most {longest_s:g} s."
        raise InvalidBrief(detail, [Fault("out_of_range", "/solver/time_limit", detail)])


def refuse_webhook(url: str | None, settings: Settings) -> None:
    """Raise InvalidBrief when a brief wants its end told where this service does not tell it."""
    if url is None:
        return
    code = "url_not_allowed"
    try:
        guard.target_of(url, settings.webhook_allowed_hosts)
        if settings.webhook_secret is not None:
            return
        code = "not_configured"
        detail = (
            "This service cannot sign what it would send to a brief's webhook_url: its operator has to set "
            "CREATORMIX_WEBHOOK_SECRET. Leave webhook_url out, or register an endpoint (POST /v1/webhook-endpoints), "
            "which has a secret of its own."
        )
    except guard.RefusedError as error:
        detail = str(error)
    raise InvalidBrief(detail, [Fault(code, "/webhook_url", detail)])


def validate(settings: Settings, raw: bytes) -> Validation:
    """Say what is wrong with a brief and what is noteworthy. Raises MalformedJson, BodyTooLarge."""
    try:
        campaign = read(raw, datetime.now(UTC), settings, benchmarks_at(settings.benchmarks_path)).campaign
        refuse_webhook(campaign.brief.webhook_url, settings)
        faults = campaign.warnings
    except InvalidBrief as error:
        faults = error.faults
    issues = [issue_of(fault) for fault in faults]
    errors = [issue for issue in issues if issue.severity == "error"]
    return Validation(
        valid=not errors, errors=errors, warnings=[issue for issue in issues if issue.severity == "warning"]
    )
