"""Tiers and ``where``: which offers a rule or a surcharge takes."""

import numpy as np
import pytest

from optimizer.where import STANDARD_TIERS, matching, tiers
from tests.optimizer.forecast.creators import candidates, creator

PEOPLE = candidates(
    [
        creator(country="DE", tags=["vegan", "yoga"], offers=[{"format": "reel"}, {"format": "story"}]),
        creator(followers=20_000, platform="tiktok", offers=[{"items": [{"format": "video"}, {"format": "story"}]}]),
        creator(followers=2_000_000, country="AT", group="agency", offers=[{"format": "reel"}]),
    ]
)
"""Offers 0 and 1 of a nano creator, 2 of a micro one, 3 of a mega one."""


def taken(where: dict[str, list[str]]) -> list[int]:
    hits = matching(PEOPLE, tiers(PEOPLE.followers, STANDARD_TIERS), where)
    return [int(offer) for offer in np.flatnonzero(hits)]


def test_a_tier_begins_at_its_bound() -> None:
    found = tiers(np.array([1, 9_999, 10_000, 99_999, 100_000, 500_000, 999_999, 1_000_000.0]), STANDARD_TIERS)
    expected = ["nano", "nano", "micro", "micro", "mid", "macro", "macro", "mega"]
    assert [found.names[code] for code in found.codes] == expected


def test_tiers_may_come_in_any_order() -> None:
    found = tiers(np.array([5.0, 50.0]), {"large": 10, "small": 0})
    assert [found.names[code] for code in found.codes] == ["small", "large"]


@pytest.mark.parametrize(
    ("where", "offers"),
    [
        ({}, [0, 1, 2, 3]),
        ({"tier": ["nano", "mega"]}, [0, 1, 3]),
        ({"platform": ["tiktok"]}, [2]),
        ({"country": ["DE", "AT"]}, [0, 1, 3]),
        ({"country": ["de"]}, []),
        ({"tag": ["yoga"]}, [0, 1]),
        ({"group": ["agency"]}, [3]),
        ({"creator_id": ["c0001", "c9999"]}, [2]),
        ({"offer_id": ["1", "3"]}, [1, 3]),
        ({"format": ["story"]}, [1, 2]),
        ({"format": ["reel"], "country": ["DE"]}, [0]),
        ({"country": []}, []),
    ],
)
def test_keys_are_anded_and_their_values_ored(where: dict[str, list[str]], offers: list[int]) -> None:
    assert taken(where) == offers


def test_an_unknown_key_is_a_defect() -> None:
    with pytest.raises(KeyError):
        taken({"colour": ["red"]})
