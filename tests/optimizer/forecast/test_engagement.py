"""Engagement rates: each formula of the posterior against numbers worked by hand."""

from math import e, exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.forecast.benchmarks import Benchmarks
from optimizer.forecast.engagement import Engagement, engagement
from optimizer.forecast.result import RATE_SOURCES
from optimizer.forecast.tables import look_up
from tests.optimizer.forecast.creators import ROUND_FIGURES, benchmarks, candidates, creator

PRIOR = -3 - 0.1 * log(1000)  # alpha + beta ln(followers) of the test benchmarks: -3.690776


def rates(*creators: dict[str, object], confidence: float | None = None, by: Benchmarks | None = None) -> Engagement:
    columns = candidates(creators)
    return engagement(columns, look_up(columns, by or benchmarks()), confidence)


def test_one_post_with_as_much_noise_as_spread_is_halfway_between_figure_and_prior() -> None:
    said = rates(creator(engagement={"rate": 0.05, "per": "follower", "posts": 1}))
    # tau^2 = 0.36, sigma^2 / 1 = 0.36: w = 0.5, v = 0.5 x 0.36 = 0.18
    # m = 0.5 ln 0.05 + 0.5 x -3.690776 = -3.343254; exp(m + 0.09) = 0.038649
    assert said.weight[0] == pytest.approx(0.5)
    assert said.log_mean[0] == pytest.approx((log(0.05) + PRIOR) / 2)
    assert said.log_variance[0] == pytest.approx(0.18)
    assert said.rate[0] == pytest.approx(0.0386482, abs=1e-6)
    assert RATE_SOURCES[said.source[0]] == "observed, shrunk"


def test_posts_that_are_not_stated_count_as_twelve() -> None:
    said = rates(creator(engagement={"rate": 0.05, "per": "follower"}))
    # sigma^2 / 12 = 0.03; w = 0.36 / 0.39
    assert said.weight[0] == pytest.approx(0.36 / 0.39)
    assert said.log_variance[0] == pytest.approx(0.36 * 0.03 / 0.39)
    assert ("engagement.posts", 12.0, 1) in [(a.name, a.value, a.creators) for a in said.assumptions]


def test_confidence_takes_the_lower_quantile_of_the_posterior() -> None:
    said = rates(creator(engagement={"rate": 0.05, "per": "follower", "posts": 1}), confidence=0.8)
    # z_0.2 = -0.841621; exp(-3.343254 - 0.841621 x sqrt(0.18)) = exp(-3.700323) = 0.024716
    assert said.rate[0] == pytest.approx(0.0247155, abs=1e-6)


def test_confidence_of_one_half_is_the_median() -> None:
    said = rates(creator(engagement={"rate": 0.05, "per": "follower", "posts": 1}), confidence=0.5)
    assert said.rate[0] == pytest.approx(exp(said.log_mean[0]))


def test_sigma_is_read_by_the_tier_of_the_benchmarks() -> None:
    said = rates(creator(followers=10_000, engagement={"rate": 0.05, "per": "follower", "posts": 4}))
    # micro: sigma 0.8; 0.64 / 4 = 0.16; w = 0.36 / 0.52
    assert said.weight[0] == pytest.approx(0.36 / 0.52)


def test_without_any_figure_the_prior_stands_alone() -> None:
    said = rates(creator())
    # w = 0, v = tau^2 = 0.36: exp(-3.690776 + 0.18) = 0.029873
    assert said.weight[0] == 0
    assert said.rate[0] == pytest.approx(exp(PRIOR + 0.18))
    assert RATE_SOURCES[said.source[0]] == "benchmark"


def test_five_post_rates_bring_their_own_spread() -> None:
    said = rates(creator(engagement={"post_rates": [e**-4, e**-4, e**-3, e**-2, e**-2], "per": "follower"}))
    # logs: mean -3, squared deviations 1 + 1 + 0 + 1 + 1 = 4, s^2 = 4 / 4 = 1
    # ln(observed) = -3 + 1 / 2 = -2.5; w = 0.36 / (0.36 + 1 / 5) = 0.642857
    weight = 0.36 / 0.56
    assert said.weight[0] == pytest.approx(weight)
    assert said.log_mean[0] == pytest.approx(weight * -2.5 + (1 - weight) * PRIOR)
    assert not [a for a in said.assumptions if a.name.startswith("sigma")]


def test_fewer_than_five_post_rates_take_sigma_everywhere() -> None:
    said = rates(creator(engagement={"post_rates": [e**-4, e**-2], "per": "follower"}))
    # mean of logs -3, sigma^2 / 2 = 0.18: ln(observed) = -2.82; w = 0.36 / (0.36 + 0.36 / 2) = 2 / 3
    assert said.weight[0] == pytest.approx(2 / 3)
    assert said.log_mean[0] == pytest.approx(2 / 3 * -2.82 + PRIOR / 3)


def test_a_post_without_engagement_counts_as_half_a_person() -> None:
    said = rates(creator(engagement={"post_rates": [0.0], "per": "follower"}))
    # 0.5 / 1000; ln(observed) = ln 0.0005 + 0.18; n = 1: w = 0.5
    assert said.log_mean[0] == pytest.approx((log(0.0005) + 0.18 + PRIOR) / 2)
    assert "people engaged with a post whose rate is 0" in [a.name for a in said.assumptions]


def test_post_rates_and_their_mean_are_one_statement() -> None:
    posts = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06]
    both = {"rate": 0.035, "posts": 6, "post_rates": posts, "per": "follower"}
    said = rates(creator(engagement=both), creator(engagement={"post_rates": posts, "per": "follower"}))
    assert said.rate[0] == said.rate[1]


def test_posts_of_neighbours_are_not_mixed_up() -> None:
    first = creator(engagement={"post_rates": [0.02, 0.0, 0.03], "per": "follower"})
    middle = creator()
    last = creator(followers=5000, engagement={"post_rates": [0.0, 0.01, 0.05, 0.02, 0.04], "per": "follower"})
    together = rates(first, middle, last)
    alone = [rates(one).rate[0] for one in (first, middle, last)]
    assert together.rate.tolist() == alone


def test_a_rate_without_a_prior_is_used_as_it_is_with_a_warning() -> None:
    said = rates(creator(engagement={"rate": 0.05, "per": "view", "posts": 4}, average_views=100))
    # w = 1, v = 0.36 / 4 = 0.09: exp(ln 0.05 + 0.045)
    assert said.weight[0] == 1
    assert said.rate[0] == pytest.approx(0.05 * exp(0.045))
    assert RATE_SOURCES[said.source[0]] == "observed"
    assert [(f.code, f.severity, f.rows.tolist()) for f in said.findings] == [("no_prior", "warning", [0])]


def test_on_an_unknown_platform_the_stated_rate_has_no_spread_to_count_on() -> None:
    said = rates(creator(platform="elsewhere", engagement={"rate": 0.05, "per": "follower"}), confidence=0.9)
    assert said.rate[0] == pytest.approx(0.05)
    assert "no spread is known" in said.findings[0].detail


def test_on_an_unknown_platform_post_rates_bring_their_own_spread() -> None:
    said = rates(creator(platform="elsewhere", engagement={"post_rates": [e**-4, e**-2], "per": "follower"}))
    # s^2 = 2; ln(observed) = -3 + 1; v = 2 / 2
    assert said.log_mean[0] == pytest.approx(-2)
    assert said.log_variance[0] == pytest.approx(1)


def test_no_figure_and_no_prior_is_an_error_at_the_creator() -> None:
    said = rates(creator(), creator(platform="elsewhere"))
    (finding,) = said.findings
    assert (finding.severity, finding.code, finding.of, finding.field) == (
        "error",
        "engagement_needed",
        "creators",
        "engagement",
    )
    assert finding.rows.tolist() == [1]
    assert np.isnan(said.rate[1])
    assert "these platforms, compared exactly: instagram." in finding.detail
    assert said.source[1] == -1


def test_every_figure_of_the_benchmarks_that_was_used_is_named_once() -> None:
    figure = {"rate": 0.05, "per": "follower", "posts": 3}
    said = rates(creator(engagement=figure), creator(engagement=figure), creator(followers=20_000, engagement=figure))
    named = {a.name: (a.value, a.source, a.creators) for a in said.assumptions}
    assert named == {
        "prior instagram/follower alpha": (-3.0, "prior study (2020)", 3),
        "prior instagram/follower beta": (-0.1, "prior study (2020)", 3),
        "prior instagram/follower tau": (0.6, "prior study (2020)", 3),
        "sigma instagram/nano": (0.6, "sigma study (2021)", 2),
        "sigma instagram/micro": (0.8, "sigma study (2021)", 1),
    }


def test_an_absurd_prior_gives_a_finite_rate() -> None:
    absurd = benchmarks(ROUND_FIGURES.replace("beta = -0.1", "beta = 2.0"))
    assert np.isfinite(rates(creator(followers=1e300), by=absurd).rate[0])


@given(st.floats(1e-6, 1), st.integers(1, 10_000), st.integers(1, 10**8))
def test_the_posterior_lies_between_figure_and_prior_and_is_never_wider(
    rate: float, posts: int, followers: int
) -> None:
    said = rates(creator(followers=followers, engagement={"rate": rate, "per": "follower", "posts": posts}))
    prior = -3 - 0.1 * log(followers)
    low, high = sorted((log(rate), prior))
    assert low - 1e-9 <= said.log_mean[0] <= high + 1e-9
    assert 0 < said.log_variance[0] < 0.36


@given(st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_more_confidence_never_counts_on_more(one: float, other: float) -> None:
    figure = creator(engagement={"rate": 0.05, "per": "follower"})
    low, high = sorted((one, other))
    assert rates(figure, confidence=high).rate[0] <= rates(figure, confidence=low).rate[0]
