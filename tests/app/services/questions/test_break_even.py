"""Exact prices of a brief, checked by posting it again with other prices."""

from decimal import Decimal
from typing import Any

import pytest

from app.errors import InvalidRequest
from app.services.questions.asked import Asked
from app.services.questions.break_even import prices
from app.services.run import run
from app.wire.break_even import BreakEvenRow
from app.wire.optimization import NetValue
from optimizer.solve import solve
from tests.app.services.solved import campaign_of, demo, outcome_of, rows_of
from tests.builders import brief, creator, offer

Brief = dict[str, Any]
CENT = Decimal("0.01")
SHARP = {"relative_gap": 1e-9, "time_limit": "PT10M"}


def asked_of(document: Brief) -> Asked:
    campaign = campaign_of(document)
    return Asked(campaign, solve(campaign.problem, campaign.brief.solver.limits()))


def rows_for(document: Brief, *creator_ids: str) -> dict[tuple[str, str], BreakEvenRow]:
    answer = prices(asked_of(document), creator_ids)
    return {(row.creator_id, row.offer_id): row for row in answer.data}


def priced(document: Brief, creator_id: str, offer_id: str, price: Decimal) -> Brief:
    """The brief with one other price."""

    def changed(candidate: Brief) -> Brief:
        if candidate["id"] != creator_id:
            return candidate
        offers = [one | {"price": str(price)} if one["id"] == offer_id else one for one in candidate["offers"]]
        return candidate | {"offers": offers}

    return document | {"candidates": [changed(candidate) for candidate in document["candidates"]]}


def is_in(document: Brief, creator_id: str, offer_id: str, price: Decimal) -> bool:
    plan = outcome_of(priced(document, creator_id, offer_id, price)).result.selection
    return (creator_id, offer_id) in {(row.creator_id, row.offer_id) for row in plan}


@pytest.fixture(scope="module")
def realistic() -> Brief:
    return demo("realistic", solver=SHARP)


@pytest.fixture(scope="module")
def answered(realistic: Brief) -> list[BreakEvenRow]:
    """Offers of every third creator: surcharges by country, a price filter, spend shares and count rules."""
    creators = [candidate["id"] for candidate in realistic["candidates"][::3]]
    return prices(asked_of(realistic), creators).data


def test_one_cent_below_it_is_in_and_one_above_it_is_out(realistic: Brief, answered: list[BreakEvenRow]) -> None:
    """Every second offer, chosen and not, solved again at both prices."""
    assert {row.decision for row in answered[::2]} == {"chosen", "rejected"}
    checked = 0
    for row in answered[::2]:
        assert row.exact
        text = row.drop_out_price if row.decision == "chosen" else row.entry_price
        if text is None:
            assert not is_in(realistic, row.creator_id, row.offer_id, Decimal(0))
            continue
        price = Decimal(text)
        checked += 1
        assert not is_in(realistic, row.creator_id, row.offer_id, price + CENT)
        if price > 0:
            assert is_in(realistic, row.creator_id, row.offer_id, price - CENT)
    assert checked > 5


def test_one_of_the_two_prices_by_what_is_chosen_now(realistic: Brief, answered: list[BreakEvenRow]) -> None:
    chosen = {(row.creator_id, row.offer_id) for row in outcome_of(realistic).result.selection}
    offers = [(one["id"], deal["id"]) for one in realistic["candidates"][::3] for deal in one["offers"]]
    assert {(row.creator_id, row.offer_id) for row in answered} == set(offers)
    for row in answered:
        if (row.creator_id, row.offer_id) in chosen:
            assert row.decision == "chosen"
            assert row.entry_price is None
            assert row.drop_out_price is not None
            assert Decimal(row.drop_out_price) >= Decimal(row.price)
            assert row.loss_if_forced == 0.0
        else:
            assert row.decision == "rejected"
            assert row.drop_out_price is None
            if row.entry_price is not None:
                assert Decimal(row.entry_price) <= Decimal(row.price)


def test_the_loss_is_what_a_brief_that_requires_the_offer_loses(realistic: Brief, answered: list[BreakEvenRow]) -> None:
    best = outcome_of(realistic).result.value
    assert isinstance(best, NetValue)
    for row in [row for row in answered if row.decision == "rejected"][::5]:
        require = {"kind": "require", "creator_id": row.creator_id, "offer_id": row.offer_id}
        forced = outcome_of(realistic | {"rules": [*realistic["rules"], require]}).result.value
        if forced is None:
            assert row.loss_if_forced is None
            continue
        assert isinstance(forced, NetValue)
        assert row.loss_if_forced == pytest.approx(best.net - forced.net, abs=1e-4)


def test_an_offer_that_only_its_price_keeps_out_may_come_in_below_the_filter() -> None:
    """A good creator at 500 under a filter of 300: in up to 300.00 and no further, with the surcharge of 10 %."""
    rules = [{"kind": "max_cost_per_creator", "max": "330.00", "name": "no big spend"}]
    good = creator("good", followers=200_000, offers=[offer(price="500.00")])
    document = brief(
        budget="1000.00",
        rules=rules,
        surcharges=[{"name": "fee", "rate": 0.1}],
        candidates=[good, creator("c2"), creator("c3")],
    )
    row = rows_for(document, "good")["good", "1 reel"]
    assert row.decision == "rejected"
    assert row.entry_price == "300.00"
    assert row.loss_if_forced is None
    assert is_in(document, "good", "1 reel", Decimal("300.00"))
    assert not is_in(document, "good", "1 reel", Decimal("300.01"))


def test_a_filter_that_does_not_look_at_the_price_leaves_none() -> None:
    document = brief(rules=[{"kind": "exclude", "creator_id": "c1"}])
    row = rows_for(document, "c1")["c1", "1 reel"]
    assert (row.decision, row.entry_price, row.exact) == ("rejected", None, True)


def test_a_price_filter_for_others_does_not_concern_an_offer() -> None:
    rules = [{"kind": "max_cost_per_creator", "max": "50.00", "where": {"creator_id": "c2"}}]
    row = rows_for(brief(rules=rules, budget="350.00"), "c1")["c1", "1 reel"]
    assert row.drop_out_price == "250.00"


def test_surcharges_are_taken_off_exactly() -> None:
    """Budget 350.00, two others at 100 x 1.149 + 1 = 115.90: 118.20 are left, and 102.00 land at 118.20."""
    document = brief(
        budget="350.00", surcharges=[{"name": "fee", "rate": 0.1, "fixed": "1.00"}, {"name": "KSK", "rate": 0.049}]
    )
    row = rows_for(document, "c1")["c1", "1 reel"]
    assert row.drop_out_price == "102.00"


def test_when_cost_is_minimised_prices_and_losses_are_money() -> None:
    document = demo("realistic", objective={"minimise": "cost", "min_engaged_reach": 5000}, solver=SHARP)
    creators = [candidate["id"] for candidate in document["candidates"][::12]]
    found = rows_for(document, *creators)
    for (creator_id, offer_id), row in found.items():
        text = row.drop_out_price if row.decision == "chosen" else row.entry_price
        assert row.exact
        assert row.loss_if_forced is None or isinstance(row.loss_if_forced, str)
        if text is not None:
            assert not is_in(document, creator_id, offer_id, Decimal(text) + CENT)
            assert Decimal(text) == 0 or is_in(document, creator_id, offer_id, Decimal(text) - CENT)


def test_without_a_plan_an_entry_price_is_what_makes_one_possible() -> None:
    dear = creator("c1", offers=[offer(price="5000.00")])
    document = brief(rules=[{"kind": "require", "creator_id": "c1"}], candidates=[dear, creator("c2")])
    row = rows_for(document, "c1")["c1", "1 reel"]
    assert (row.decision, row.entry_price, row.loss_if_forced) == ("rejected", "1000.00", None)


def test_ids_that_are_unknown_or_twice_are_all_named() -> None:
    with pytest.raises(InvalidRequest) as raised:
        prices(asked_of(brief()), ["c1", "nobody", "c1", "no one"])
    assert [(fault.code, fault.pointer) for fault in raised.value.faults] == [
        ("unknown_creator", "/creator_ids/1"),
        ("duplicate_id", "/creator_ids/2"),
        ("unknown_creator", "/creator_ids/3"),
    ]


def test_rows_come_in_the_order_asked_for() -> None:
    asked = asked_of(demo("realistic"))
    assert list(dict.fromkeys(row.creator_id for row in prices(asked, ["c09", "c02"]).data)) == ["c09", "c02"]


def test_cost_per_person_and_per_thousand_contacts_are_of_the_offer_itself() -> None:
    campaign = campaign_of(demo("realistic"))
    outcome = run(campaign, read_s=0)
    forecasts = rows_of(outcome)
    for row in outcome.result.selection:
        contacts = forecasts[row.creator_id, row.offer_id].forecast.contacts
        assert row.cost_per_engaged_person is not None
        assert row.cpm is not None
        assert float(row.cost_per_engaged_person) == pytest.approx(
            float(row.landed_cost) / row.engaged_reach_alone, abs=0.0051
        )
        assert float(row.cpm) == pytest.approx(1000 * float(row.landed_cost) / contacts, abs=0.0051)


def test_without_time_nothing_is_said_to_be_exact_but_what_is_known() -> None:
    """A whole request has one time limit; a row that had none of it left claims nothing."""
    hurried = demo("realistic", solver={"time_limit": "PT0.001S"})
    creator_ids = [candidate["id"] for candidate in hurried["candidates"]]
    asked = asked_of(demo("realistic"))
    in_time = Asked(campaign_of(hurried), asked.solution)
    exact = {(row.creator_id, row.offer_id): row for row in prices(asked, creator_ids).data}
    answered = prices(in_time, creator_ids).data
    assert not all(row.exact for row in answered)
    for row in answered:
        known = exact[row.creator_id, row.offer_id]
        assert row.decision == known.decision
        if row.exact:
            assert (row.entry_price, row.drop_out_price) == (known.entry_price, known.drop_out_price)
        if row.decision == "chosen":
            assert (row.loss_if_forced, row.loss_exact) == (known.loss_if_forced, True)
            assert row.drop_out_price is not None, "at its price of now it is in the plan"
            assert Decimal(row.price) <= Decimal(row.drop_out_price) <= Decimal(known.drop_out_price or 0)
