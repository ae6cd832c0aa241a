"""Problem details about a file of candidates: as those about a brief, and each fault names its line or row."""

from pydantic import Field

from app.errors import InvalidCandidateFile
from app.wire.optimization import Issue
from app.wire.problem import MOST_LISTED, Problem, issue_of, problem_of


class LineIssue(Issue):
    """One thing that is wrong in a text file of candidates; ``pointer`` points into the creator on that line."""

    line: int | None = Field(description="Line of the file, from 1; null for the file as a whole.")


class RowIssue(Issue):
    """One thing that is wrong in a Parquet file of candidates; ``pointer`` points into the creator in that row."""

    row: int | None = Field(description="Row of the file, from 1; null for the file as a whole.")


class FileProblem(Problem):
    """What went wrong in a file of candidates."""

    errors: list[LineIssue] | list[RowIssue] = Field(  # type: ignore[assignment]
        description=f"What is wrong and where, at most {MOST_LISTED}.", min_length=1, max_length=MOST_LISTED
    )
    bad_rows: int | None = Field(description="Rows with something wrong in them; null where the file as a whole is.")
    complete: bool = Field(description="Whether the whole file was read; false when there were too many bad rows.")


def file_problem_of(error: InvalidCandidateFile, *, request_id: str) -> FileProblem:
    """The error as it is shown, with the line or row of every fault."""
    problem = problem_of(error, instance=error.source, request_id=request_id)
    issues = [(issue_of(fault).model_dump(), fault.line) for fault in error.faults[:MOST_LISTED]]
    issues = issues or [(issue.model_dump(), None) for issue in problem.errors]
    placed: list[LineIssue] | list[RowIssue]
    if error.counted_in == "row":
        placed = [RowIssue(**issue, row=line) for issue, line in issues]
    else:
        placed = [LineIssue(**issue, line=line) for issue, line in issues]
    return FileProblem(
        **problem.model_dump(exclude={"errors"}), errors=placed, bad_rows=error.bad_rows, complete=error.complete
    )
