"""Names of columns: what a flat column says, and what was probably meant by a name that says nothing.

Flat names are paths with dots: ``followers``, ``engagement.rate``, ``audience.country.DE``, ``segment_shares.runners``,
``offer.price`` (a row per offer) or ``offers.0.price`` (all offers in one row), ``offer.items.0.format``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from app.errors import Fault
from app.wire.candidate import Candidate, Engagement, Item, Offer

NESTED = ("engagement", "audience", "segment_shares", "audience_sample", "offers")
"""Fields that are no single cell."""

LISTED = ("tags", "engagement.post_rates")
"""Cells that hold several values, joined with semicolons."""

SCALARS = tuple(name for name in Candidate.model_fields if name not in NESTED)

_OFFER = tuple(name for name in Offer.model_fields if name != "items")
_OFFER_COLUMN = re.compile(
    rf"(?:offer|offers\.(?P<offer>\d{{1,3}}))\.(?:(?P<field>{'|'.join(_OFFER)})"
    rf"|items\.(?P<item>\d{{1,3}})\.(?P<of_item>{'|'.join(Item.model_fields)}))"
)

_EXAMPLES = (
    *SCALARS,
    *(f"engagement.{name}" for name in Engagement.model_fields),
    *(f"offer.{name}" for name in _OFFER),
    *(f"offer.items.0.{name}" for name in Item.model_fields),
    *("audience.", "segment_shares."),
)


@dataclass(frozen=True, slots=True)
class Flat:
    """What a flat column says. path: keys from the candidate down; offers and items are keyed by their number.

    A column ``offer.`` has the offer's number -1.
    """

    path: tuple[str | int, ...]

    @property
    def name(self) -> str:
        """The path without numbers and free names, which tells how the cell is read."""
        if self.path[0] in ("audience", "segment_shares"):
            return str(self.path[0])
        return ".".join(str(key) for key in self.path if isinstance(key, str))


def flat(column: str) -> Flat | None:
    """What a column says by its name, None where it says nothing."""
    if column in SCALARS:
        return Flat((column,))
    head, _, rest = column.partition(".")
    if head == "engagement" and rest in Engagement.model_fields:
        return Flat((head, rest))
    if head == "audience":
        dimension, _, value = rest.partition(".")
        return Flat((head, dimension, value)) if dimension and value else None
    if head == "segment_shares":
        return Flat((head, rest)) if rest else None
    match = _OFFER_COLUMN.fullmatch(column)
    if match is None:
        return None
    offer = -1 if match["offer"] is None else int(match["offer"])
    if match["item"] is None:
        return Flat(("offers", offer, match["field"]))
    return Flat(("offers", offer, "items", int(match["item"]), match["of_item"]))


def column_faults(names: Sequence[str], nested: Iterable[str] = ()) -> list[Fault]:
    """Faults of a header: names that say nothing or say the same, and columns without which no row is right.

    nested: columns of a Parquet file that hold a whole field of a candidate.
    """
    whole = set(nested)
    faults = []
    said: dict[tuple[str | int, ...], str] = {}
    for name in names:
        meaning = Flat((name,)) if name in whole else flat(name)
        if meaning is None:
            faults.append(Fault("unknown_field", "", f"There is no column {name!r} here{meant(name)}."))
        elif meaning.path in said:
            faults.append(Fault("ambiguous_columns", "", f"The column {name!r} is there twice; leave one of them out."))
        elif len(meaning.path) > 1 and meaning.path[0] in whole:
            detail = f"The columns {meaning.path[0]!r} and {name!r} say the same; leave one of them out."
            faults.append(Fault("ambiguous_columns", "", detail))
        else:
            said[meaning.path] = name
    numbers = {path[1] for path in said if path[0] == "offers" and len(path) > 1}
    if -1 in numbers and len(numbers) > 1:
        detail = "Columns offer. (a row per offer) and offers.0. (all offers in one row) exclude each other."
        faults.append(Fault("ambiguous_columns", "", detail))
    return faults or _missing(said)


def _missing(said: Iterable[tuple[str | int, ...]]) -> list[Fault]:
    paths = list(said)
    faults = [
        Fault("missing_field", "", f"The column {name!r} is missing; every creator needs it.")
        for name in SCALARS
        if Candidate.model_fields[name].is_required() and (name,) not in paths
    ]
    if not any(path[0] == "offers" for path in paths):
        detail = "There are no columns of offers: offer.id, offer.format and offer.price, with a row per offer."
        faults.append(Fault("missing_field", "", detail))
    return faults


def meant(name: str) -> str:
    """A half sentence about what a name was probably meant to be, empty where nothing is near."""
    plain = re.sub(r"[ _\-]+", "_", name.strip().lower())
    by_form = {re.sub(r"[._]+", "_", example): example for example in _EXAMPLES}
    by_end = {example.rpartition(".")[2]: example for example in _EXAMPLES if example.startswith("offer.")}
    form = re.sub(r"[._]+", "_", plain)
    if form in by_form and by_form[form] != name:
        return f"; {by_form[form]!r} is one"
    if form in by_end:
        return f"; {by_end[form]!r} is one"
    near = get_close_matches(form, by_form, n=1, cutoff=0.75) or get_close_matches(form, by_end, n=1, cutoff=0.75)
    if near:
        return f"; did you mean {by_form.get(near[0], by_end.get(near[0]))!r}"
    return ", and none with a name like it; leave it out"
