"""The types of the figures in an answer, each with its range for readers of the schema.

The ranges are stated, not enforced: what we computed is judged before it comes here, and a
share that is 1 + 2e-16 must not turn a finished plan into an error.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """A part of an answer: made once, never changed, and without a field that its schema does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Money = Annotated[str, Field(json_schema_extra={"pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["517.05"]})]
"""An amount in the brief's currency: a decimal string with all of the currency's decimals."""

People = Annotated[float, Field(json_schema_extra={"minimum": 0})]
"""People or contacts, an unrounded double."""

Share = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]
"""A share of a whole, 0 to 1, unrounded."""
