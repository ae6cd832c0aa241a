"""What the health calls answer."""

from typing import Literal

from pydantic import Field

from app.wire.figures import Answer


class Alive(Answer):
    """The process answers."""

    status: Literal["alive"] = Field(description="Always `alive`: a dead process does not answer.")


class Ready(Answer):
    """Requests can be served."""

    status: Literal["ready"] = Field(description="Always `ready`; otherwise the answer is 503.")
    database: Literal["sqlite", "postgresql"] = Field(description="The kind of database that answers.")
    migration: str = Field(
        description="The revision of its schema: the one that this version needs, or a newer one.", examples=["0001"]
    )


class Version(Answer):
    """Which versions answer here."""

    service: str = Field(description="Version of the creatormix package.", examples=["0.1.0"])
    api: Literal["v1"] = Field(description="Version of the HTTP contract.")
    model: str = Field(description="Version of forecast, program and method: the same version, the same plan.")
    solver: str = Field(description="Solver library with its version.", examples=["ortools 9.15.6755"])
    python: str = Field(description="Version of Python.", examples=["3.11.7"])
