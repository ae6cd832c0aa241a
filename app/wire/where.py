"""Which offers a rule or a surcharge is about."""

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.wire.fields import Posted, one_or_many


def _as_list(value: object) -> object:
    return [] if value is None else one_or_many(value)


MOST_VALUES = 100_000

Values = Annotated[
    list[str],
    Field(max_length=MOST_VALUES),
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "maxItems": MOST_VALUES},
                {"type": "null"},
            ]
        }
    ),
]


class Where(Posted):
    """Keys are and-ed; a list is any of its values; null and an empty list match nothing; comparison is exact.

    A key that is absent sets no condition. ``{}`` takes every offer.
    """

    tier: Values = Field(
        default=[],
        description="Tier of the creator by its followers; names as in `tiers`. Absent: any.",
        examples=["micro"],
    )
    platform: Values = Field(default=[], description="Platform of the creator. Absent: any.", examples=["instagram"])
    country: Values = Field(
        default=[], description="Country of the creator (not of its audience). Absent: any.", examples=[["DE", "AT"]]
    )
    tag: Values = Field(default=[], description="Any of the creator's tags. Absent: any.", examples=["vegan"])
    group: Values = Field(
        default=[], description="Group of the creator, such as an agency. Absent: any.", examples=["agency A"]
    )
    creator_id: Values = Field(default=[], description="Id of the creator. Absent: any.", examples=["c17"])
    format: Values = Field(
        default=[], description="Format of the offer; of a bundle, of any item. Absent: any.", examples=["reel"]
    )
    offer_id: Values = Field(default=[], description="Id of the offer. Absent: any.", examples=["1 reel"])

    def conditions(self) -> dict[str, tuple[str, ...]]:
        """Key to wanted values, only the keys that were posted; an empty tuple matches nothing."""
        return {
            key: tuple(dict.fromkeys(getattr(self, key)))
            for key in type(self).model_fields
            if key in self.model_fields_set
        }
