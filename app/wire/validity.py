"""What is said about a brief that is only checked."""

from pydantic import Field

from app.wire.figures import Answer
from app.wire.optimization import Issue
from app.wire.problem import MOST_LISTED


class Validation(Answer):
    """What is wrong with a brief and what is noteworthy about it."""

    valid: bool = Field(description="Whether it would be solved: true when there are no errors.")
    errors: list[Issue] = Field(description=f"What keeps it from being solved; at most {MOST_LISTED}.")
    warnings: list[Issue] = Field(description=f"What does not, but is noteworthy; at most {MOST_LISTED}.")
    truncated: bool = Field(description=f"Whether there are more than {MOST_LISTED} of either.")
