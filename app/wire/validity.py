"""What is said about a brief that is only checked."""

from pydantic import Field

from app.wire.figures import Answer
from app.wire.optimization import Issue


class Validation(Answer):
    """What is wrong with a brief and what is noteworthy about it."""

    valid: bool = Field(description="Whether it would be solved: true when there are no errors.")
    errors: list[Issue] = Field(description="What keeps it from being solved, the first hundred or so.")
    warnings: list[Issue] = Field(description="What does not, but is noteworthy.")
