"""Lists on the wire: pages with a cursor."""

from typing import Generic, TypeVar

from pydantic import Field

from app.wire.creator_row import CreatorRow
from app.wire.figures import Answer
from app.wire.optimization import Optimization

Row = TypeVar("Row")


class Page(Answer, Generic[Row]):
    """One page of a list."""

    data: list[Row] = Field(description="The rows of this page.")
    has_more: bool = Field(description="Whether there are rows after these.")
    next_cursor: str | None = Field(description="Pass it as `cursor` to get the next page; null on the last.")


class OptimizationPage(Page[Optimization]):
    """Optimizations, newest first."""


class CreatorPage(Page[CreatorRow]):
    """Offers of an optimization: chosen before rejected, each by creator and offer id."""
