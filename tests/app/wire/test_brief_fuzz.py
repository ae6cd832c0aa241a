"""Whatever is done to a valid brief, the answer is a brief or an error that says where."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Fault, ServiceError
from app.services.translate import translate
from app.wire.fault_codes import ERRORS, WARNINGS
from app.wire.parse import parse_brief
from optimizer.forecast.benchmarks import load_benchmarks
from tests.builders import brief, bundle, creator, offer
from tests.fuzz.places import is_a_place

BENCHMARKS = load_benchmarks()

FULL = brief(
    label="everything",
    target={
        "segments": [
            {
                "name": "runners",
                "size": 1_000_000,
                "relevance": 1.0,
                "where": {"topic": "trail-running", "age": ["25-34"]},
            },
            {"name": "hikers", "where": {"topic": "hiking"}},
        ],
        "unknown_audience": "exclude",
    },
    objective={
        "maximise": "net_engaged_reach",
        "goal_engaged_reach": 500,
        "waste_aversion": 0.01,
        "duplication": 1.2,
        "confidence": 0.8,
    },
    conversion={"rate": 0.01, "order_value": "49.90"},
    surcharges=[{"name": "fee", "rate": 0.1}, {"name": "KSK", "fixed": "1.50", "where": {"country": "DE"}}],
    tiers={"small": 0, "large": 50_000},
    rules=[
        {"kind": "count", "min": 1, "max": 3, "where": {"tier": ["small"], "group": None}},
        {"name": "spend", "kind": "spend", "min": "1.00", "max": 500},
        {"kind": "spend_share", "max": 0.4, "where": {"format": "reel"}},
        {"kind": "waste_share", "max": 0.99},
        {"kind": "max_cost_per_creator", "max": "400.00"},
        {"kind": "min_on_target_share", "min": 0.1},
        {"kind": "min_reply_rate", "min": 0.1, "where": {"tag": "vegan"}},
        {"kind": "max_followers", "max": 500_000},
        {"kind": "require", "creator_id": "c1", "offer_id": "1 reel"},
        {"kind": "exclude", "creator_id": "c2"},
        {"kind": "at_most_one_of", "creator_ids": ["c1", "c3"]},
        {"kind": "at_least_one_of", "where": {"platform": "instagram"}},
        {"kind": "only_with", "creator_id": "c1", "with": ["c3"]},
        {"kind": "max_changes", "from": [{"creator_id": "c1"}, {"creator_id": "c2"}], "max": 5},
    ],
    solver={"time_limit": "PT5S", "relative_gap": 1e-6, "seed": 1},
    candidates=[
        creator("c1", country="DE", tags=["vegan"], group="a", reply_rate=0.5, offers=[offer(), bundle()]),
        creator("c2", engagement={"post_rates": [0.01, 0.02], "per": "reach"}, segment_shares={"runners": 0.3}),
        creator(
            "c3",
            engagement={"rate": 0.1, "per": "view"},
            average_views=10_000,
            audience={"topic": None, "age": {"x": 1}},
        ),
    ],
)

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.sampled_from([0, 1, -1, 0.5, 1.0, 1e-320, 1e308, -0.0, 2**53, 2**63, 9e15, float("nan"), float("inf"), 10**400]),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["", "c1", "c2", "runners", "[key]", "kind", "a/b~c", "\x00", "\ud800", "1.00", "1e5", "x" * 300]),
    st.sampled_from([[], {}, [[]], [{}], [None], {"": None}, {"kind": "count"}, ["c1", "c1"], {"x": 0.9, "y": 0.9}]),
)


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """A full brief in which up to four places were replaced, removed, copied or added to."""
    document: Any = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(1, 4))):
        container: Any = document
        key: Any = None
        while isinstance(container, dict | list) and container:
            key = draw(st.sampled_from(list(container) if isinstance(container, dict) else list(range(len(container)))))
            if not (isinstance(container[key], dict | list) and container[key] and draw(st.integers(0, 4))):
                break
            container = container[key]
        match draw(st.integers(0, 5)):
            case 0:
                del container[key]
            case 1 if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
            case 2 if isinstance(container, dict):
                container[draw(st.text(max_size=3))] = copy.deepcopy(draw(ODD))
            case _:
                container[key] = copy.deepcopy(draw(ODD))
        if not document:
            break
    return document


def faults_of(raw: bytes) -> tuple[Fault, ...]:
    """What is told about a body: the faults that it is refused for, or the warnings."""
    try:
        return translate(parse_brief(raw), BENCHMARKS).warnings
    except ServiceError as error:
        return error.faults or (Fault("nothing said", "", error.detail),)


@settings(max_examples=600, deadline=None)
@given(broken())
def test_every_fault_has_a_published_code_and_a_place(document: Any) -> None:
    for fault in faults_of(json.dumps(document).encode()):
        assert fault.code in {"malformed_json", *(ERRORS if fault.severity == "error" else WARNINGS)}
        assert is_a_place(fault.pointer, document), fault


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 4000))
def test_no_bytes_are_a_defect(noise: bytes, at: int) -> None:
    raw = json.dumps(FULL).encode()
    for fault in faults_of(raw[:at] + noise + raw[at + len(noise) // 2 :]):
        assert fault.code in {"malformed_json", *ERRORS, *WARNINGS}


def test_the_full_brief_is_valid() -> None:
    translate(parse_brief(json.dumps(FULL).encode()), BENCHMARKS)
