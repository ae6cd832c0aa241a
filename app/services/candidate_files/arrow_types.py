"""The fields of a candidate as Arrow types, but for those whose names are free: audience and segment_shares."""

from typing import Any

import pyarrow as pa

from app.services.candidate_files.block import FIGURES

_ENGAGEMENT = {
    "rate": pa.float64(),
    "per": pa.string(),
    "posts": pa.float64(),
    "post_rates": pa.list_(pa.float64()),
}
_ITEM = {
    "format": pa.string(),
    "posts": pa.float64(),
    "expected_reach": pa.float64(),
    "non_follower_share": pa.float64(),
}


def candidate_types(price: str, price_type: Any) -> dict[str, Any]:
    """Field name to type; ``price`` is the name and the type of the price of an offer."""
    offer = {"id": pa.string(), price: price_type, **_ITEM, "items": pa.list_(pa.struct(_ITEM))}
    return {
        **dict.fromkeys(("id", "handle", "platform", "country", "group"), pa.string()),
        **dict.fromkeys(FIGURES, pa.float64()),
        "tags": pa.list_(pa.string()),
        "engagement": pa.struct(_ENGAGEMENT),
        "offers": pa.list_(pa.struct(offer)),
    }
