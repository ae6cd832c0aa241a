"""What a forecast says: arrays for the program, and the words that explain them."""

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import Flags, Floats, Positions


@dataclass(frozen=True, eq=False, slots=True)
class Finding:
    """Something the forecast could not do, or did and must be said.

    severity: an error means that no Problem can be built from these candidates.
    code: stable, e.g. ``reach_needed``. detail: a sentence for people, with the figures: that of an error
    speaks of one row (it is shown at each), that of a warning of all its rows together (shown once).
    rows: rising positions it applies to, of creators, offers or items as ``of`` says; empty with ``of="brief"``.
    field: the JSON Pointer, without its leading slash, under the row (or the brief) to what the finding is
    about (``expected_reach``, ``audience/topic``), or "".
    """

    severity: Literal["error", "warning"]
    code: str
    detail: str
    of: Literal["brief", "creators", "offers", "items"]
    rows: Positions
    field: str = ""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A default that the forecast leaned on.

    name: e.g. ``reach_rate instagram/reel/micro``. value: the figure. source: where it comes from
    (as in benchmarks.toml), or "brief setting" for the product's own defaults.
    creators: how many creators it was used for.
    """

    name: str
    value: float
    source: str
    creators: int


@dataclass(frozen=True, eq=False, slots=True)
class Forecast:
    """The forecast of m creators, n offers with k items, and S segments; all arrays float64 unless said.

    Arrays are read-only. Figures are NaN only in rows that an error among the findings names. Audiences have rows of
    their own: one per creator, or one per offer where a panel measures them.

    Per creator:
      rate             (m,) engagement rate used, after shrinkage, before sponsored_ratio
      rate_weight      (m,) w in 0..1: the weight of the creator's own figure
      rate_log_mean, rate_log_variance   (m,) the posterior m and v on the log scale
      rate_source      (m,) int8, position in ``RATE_SOURCES``; -1 where there is neither figure nor prior
      excluded         (m,) bool, removed by ``unknown_audience: exclude``
    Per audience:
      shares           (a, S) share of the audience in each segment, 0..1
      on_target_share  (a,) t_i, relevance weighted, 0..1
    Per offer:
      audience         (n,) int64, row of its audience
      single_post_reach, audience_pool   (n,) R1 (summed over a bundle's items) and A, people, genuine
      followers_pool                     (n,) the largest F_g / (1 - nu) of its items: A before R1 is its floor
      reach, contacts, engaged           (n,) people, contacts, people; all x delivery_probability
      waste                              (n,) contacts outside the target group
      reach_source                       (n,) int8, position in ``REACH_SOURCES`` (a bundle: its weakest); -1 where
                                         some item has no reach figure
    Per item:
      item_reach                         (k,) R1, people who see one post of the item, genuine
    """

    rate: Floats
    rate_weight: Floats
    rate_log_mean: Floats
    rate_log_variance: Floats
    rate_source: NDArray[np.int8]
    shares: Floats
    on_target_share: Floats
    excluded: Flags
    item_reach: Floats
    audience: Positions
    single_post_reach: Floats
    followers_pool: Floats
    audience_pool: Floats
    reach: Floats
    contacts: Floats
    engaged: Floats
    waste: Floats
    reach_source: NDArray[np.int8]
    assumptions: tuple[Assumption, ...]
    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


RATE_SOURCES = ("benchmark", "observed, shrunk", "observed")
"""``Forecast.rate_source``: the prior alone; a stated rate shrunk to it; a stated rate without a prior."""

REACH_SOURCES = ("expected_reach", "average_reach", "average_views", "reach_rate", "benchmark")
"""``Forecast.reach_source``, strongest first."""
