"""Reason codes as people say them."""

from app.cli.words import plain

_WORDS = {
    "price_above_budget": ("costs more than the whole budget", "it costs more than the whole budget"),
    "other_offer_chosen": (
        "another offer of the creator is in the plan",
        "another offer of the same creator is in the plan, and a creator has one at most",
    ),
    "low_on_target_share": (
        "too little of the audience is in the target group",
        "too little of its audience is in the target group: with the plan's share of it, it would be worth its price",
    ),
    "audience_already_reached": (
        "others in the plan reach the same people",
        "others in the plan reach the same people: without that overlap it would be worth its price",
    ),
    "better_value_elsewhere": (
        "the money brings more elsewhere",
        "the money for it brings more elsewhere in the plan",
    ),
}


def in_short(code: str) -> str:
    """A reason for a table."""
    kind, _, name = code.partition(":")
    if kind == "filtered":
        return f"removed by the rule '{plain(name)}'"
    if kind == "rule":
        return f"with it the rule '{plain(name)}' would be broken"
    return _WORDS[kind][0] if kind in _WORDS else plain(code)


def at_length(code: str) -> str:
    """A reason as a sentence about one offer."""
    kind, _, name = code.partition(":")
    if kind == "filtered":
        return f"the rule '{plain(name)}' removes it, whatever else is chosen"
    if kind == "rule":
        return f"added to the plan as it is, it would break the rule '{plain(name)}'"
    return _WORDS[kind][1] if kind in _WORDS else plain(code)
